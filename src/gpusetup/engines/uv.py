"""How uv says it: the files and commands that make an environment with one exact torch. Pure.

Two files are generated inside the environment's `gpusetup` folder. `pyproject.toml` names the
packages and binds torch and its companions to their index (an *explicit* uv index: nothing else
is taken from there, and torch from nowhere else). `uv.toml` carries what the user's pip is
configured to use, because uv itself does not read pip's files.
"""

from __future__ import annotations

import json
from typing import Sequence

from gpusetup.basics.origins import wheel_index_folder
from gpusetup.basics.redact import without_credentials
from gpusetup.basics.values import dataclass
from gpusetup.choosing.choice import Choice
from gpusetup.machine import Installers
from gpusetup.request import Origin
from gpusetup.steps import Command, Undo, UndoKind, WriteFile

TORCH_INDEX = "torch-origin"


# UV_* that the plan says itself; limits, link mode, keyring and the folders stay the user's.
DECIDED_BY_THE_PLAN = (
    "DEFAULT_INDEX", "INDEX", "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX",
    "INDEX_STRATEGY", "OFFLINE", "RESOLUTION", "PRERELEASE", "FORK_STRATEGY", "EXCLUDE_NEWER",
    "CONSTRAINT", "BUILD_CONSTRAINT", "OVERRIDE", "EXCLUDE", "TORCH_BACKEND", "REQUIRE_HASHES",
    "NO_BUILD", "NO_BUILD_PACKAGE", "NO_BINARY", "NO_BINARY_PACKAGE", "ONLY_BINARY", "NO_SOURCES",
    "NO_BUILD_ISOLATION", "NO_CACHE", "SYSTEM_PYTHON", "BREAK_SYSTEM_PACKAGES", "PYTHON",
    "PYTHON_PREFERENCE", "MANAGED_PYTHON", "NO_MANAGED_PYTHON", "CONFIG_FILE", "NO_CONFIG",
    "ENV_FILE", "WORKING_DIR", "WORKING_DIRECTORY", "PROJECT", "ISOLATED", "PREVIEW",
    "PREVIEW_FEATURES", "TARGET", "VENV_SEED", "VENV_CLEAR", "VENV_RELOCATABLE", "LOG_CONTEXT",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where the environment goes, and the programs that make it. Paths are absolute."""

    name: str
    prefix: str
    python: str  # the environment's own interpreter
    uv: str
    base_python: str  # an interpreter's path, or a version for uv to fetch
    wheel_index: str
    pythons_folder: str  # where uv puts an interpreter that it fetches
    separator: str = "/"
    conda: str = "conda"  # the program of a conda engine
    package_cache: str = ""  # for a conda engine; empty: its own
    wheel_cache: str = ""  # for uv; empty: its own
    channels: str = ""  # the base of a copy of the channels; empty: their names are enough
    channel_urls: tuple[tuple[str, str], ...] = ()  # copies of single channels: name, address
    flat_wheels: bool = False  # the wheel index has folders of wheels and no pages for packages

    def channel(self, name: str) -> str:
        """A channel as the engine gets it: its name, or its place in a copy."""
        copy = dict(self.channel_urls).get(name)
        return copy or (f"{self.channels.rstrip('/')}/{name}" if self.channels else name)

    def within(self, *parts: str) -> str:
        """A path below the prefix."""
        return self.separator.join((self.prefix, *parts))

    @property
    def project_file(self) -> str:
        return self.within("gpusetup", "pyproject.toml")

    @property
    def config_file(self) -> str:
        return self.within("gpusetup", "uv.toml")


def torch_requirements(choice: Choice) -> tuple[str, ...]:
    """`torch==2.14.1+cu126` and its companions, each with its exact version and local part."""
    build = choice.build
    lines = [_exact("torch", str(build.torch), build.local)]
    lines += [_exact(each.name, str(each.version), each.local) for each in choice.companions]
    return tuple(lines)


def _exact(name: str, version: str, local: str | None) -> str:
    return f"{name}=={version}" + (f"+{local}" if local else "")


def project_text(
    choice: Choice,
    base: Sequence[str],
    extra: Sequence[str],
    wheel_index: str,
    *,
    flat: bool = False,
) -> str:
    """The generated `pyproject.toml`: base packages, extras, and torch's only source.

    `flat`: the wheel index has folders of wheels and no pages for packages.
    """
    requirements = (*torch_requirements(choice), *base, *choice.pins)
    lines = [
        "# Written by gpusetup. `uv pip install -r` reads it; nothing is built from it.",
        "[project]",
        'name = "gpusetup-environment"',
        'version = "0"',
        f'requires-python = ">={choice.python}"',
        f"dependencies = {_array(requirements)}",
    ]
    if extra:
        lines += ["", "[project.optional-dependencies]", f"extra = {_array(extra)}"]
    return "\n".join(lines + _torch_source(choice, wheel_index, flat)) + "\n"


def _torch_source(choice: Choice, wheel_index: str, flat: bool) -> list[str]:
    build = choice.build
    if build.origin is Origin.PYPI:
        return []
    names = ["torch", *(each.name for each in choice.companions)]
    lines = ["", "[tool.uv.sources]"]
    lines += [f'{name} = {{ index = "{TORCH_INDEX}" }}' for name in names]
    lines += ["", "[[tool.uv.index]]", f'name = "{TORCH_INDEX}"']
    if build.origin is Origin.WHEEL_INDEX:
        lines.append(f"url = {_string(wheel_index_folder(wheel_index, build.build))}")
    else:
        lines.append(f"url = {_string(build.location or '')}")
    if flat or build.origin is Origin.WHEELHOUSE:
        lines.append('format = "flat"')
    return [*lines, "explicit = true"]


def config_text(
    installers: Installers,
    default_index: str | None = None,
    folder: str | None = None,
    *,
    flat: bool = False,
) -> str:
    """The generated `uv.toml`: the user's pip settings in uv's words.

    `default_index` replaces the package index where that one cannot be reached. `folder` holds
    the wheel of torch. `flat`: the default index is a folder of wheels.
    """
    if installers.no_index:
        return _config_without_index(installers, folder)
    lines = ["# Written by gpusetup from what pip is configured to use (pip config list)."]
    if installers.extra_index_urls:
        # pip looks at all indexes and takes the best version; uv would stop at the first
        lines.append('index-strategy = "unsafe-best-match"')
    lines += _links_and_hosts(installers)
    for url in installers.extra_index_urls:
        lines += ["", "[[index]]", f"url = {_string(url)}"]
    default = default_index or installers.index_url
    if default:
        lines += ["", "[[index]]", f"url = {_string(default)}", "default = true"]
        lines += ['format = "flat"'] if flat else []
    return "\n".join(lines) + "\n"


def _config_without_index(installers: Installers, folder: str | None) -> str:
    """pip's no-index. uv's own would forbid torch's folder too, so a folder is the only index."""
    lines = ["# Written by gpusetup from what pip is configured to use: no index."]
    lines += _links_and_hosts(installers)
    place = next(iter(installers.find_links), folder)
    if place is None:
        return "\n".join([*lines, "no-index = true"]) + "\n"
    lines += ["", "[[index]]", f"url = {_string(place)}", 'format = "flat"', "default = true"]
    return "\n".join(lines) + "\n"


def _links_and_hosts(installers: Installers) -> list[str]:
    lines = []
    if installers.find_links:
        lines.append(f"find-links = {_array(installers.find_links)}")
    if installers.trusted_hosts:
        lines.append(f"allow-insecure-host = {_array(installers.trusted_hosts)}")
    return lines


def _string(text: str) -> str:
    # a TOML basic string takes JSON's escapes
    return json.dumps(text, ensure_ascii=False)


def _array(items: Sequence[str]) -> str:
    return "[" + ", ".join(map(_string, items)) + "]"


def network_environment(installers: Installers) -> dict[str, str | None]:
    """What uv needs from the environment: certificate, proxy, and none of the user's own UV_*."""
    env: dict[str, str | None] = {
        "VIRTUAL_ENV": None, "CONDA_PREFIX": None, "PYTHONPATH": None, "PYTHONHOME": None,
        "UV_INDEX_URL": None, "UV_EXTRA_INDEX_URL": None, "UV_FIND_LINKS": None,
        "UV_TORCH_BACKEND": None, "UV_CONSTRAINT": None, "UV_OVERRIDE": None,
        "UV_NO_CACHE": None, "UV_SYSTEM_PYTHON": None,
    }  # fmt: skip
    return {**env, **_way_out(installers)}


def _way_out(installers: Installers) -> dict[str, str | None]:
    """Certificate and proxy."""
    env: dict[str, str | None] = {}
    if installers.cert:
        env["SSL_CERT_FILE"] = installers.cert
    if installers.system_certs:
        env["UV_SYSTEM_CERTS"] = "true"
        env["UV_NATIVE_TLS"] = "true"  # its name before uv 0.11
    if installers.proxy:
        # pip takes a proxy without a scheme too; with one its password is known as such
        proxy = installers.proxy if "://" in installers.proxy else f"http://{installers.proxy}"
        env["HTTPS_PROXY"] = proxy
        env["HTTP_PROXY"] = proxy
    return env


def create_environment(place: Place, installers: Installers | None = None) -> Command:
    """`uv venv`: the folder with its own Python, which is fetched if it is but a version."""
    fetched = place.base_python[:1].isdigit()
    return Command(
        id="create-env",
        argv=(
            place.uv, "venv", "--no-config", "--no-project", "--python", place.base_python,
            "--prompt", place.name, place.prefix,
        ),
        text="step.create-env",
        env={
            "UV_PYTHON_INSTALL_DIR": place.pythons_folder, "VIRTUAL_ENV": None,
            "CONDA_PREFIX": None, "PYTHONPATH": None, "PYTHONHOME": None,
            **(_way_out(installers) if installers and fetched else {}), **cache_of(place),
        },
        undo=Undo(UndoKind.REMOVE, path=place.prefix),
        creates=place.prefix,
        timeout_s=1800,
    )  # fmt: skip


def cache_of(place: Place) -> dict[str, str | None]:
    """What moves uv's cache to where the plan wants it."""
    return {"UV_CACHE_DIR": place.wheel_cache} if place.wheel_cache else {}


def write_configuration(
    choice: Choice,
    place: Place,
    base: Sequence[str],
    extra: Sequence[str],
    installers: Installers,
    default_index: str | None = None,
) -> tuple[WriteFile, ...]:
    """The two generated files."""
    project = project_text(choice, base, extra, place.wheel_index, flat=place.flat_wheels)
    private = without_credentials(project) != project  # a login in an index's address
    return (
        WriteFile(
            id="write-config", path=place.project_file, text="step.write-config",
            content=project, mode=0o600 if private else None, secret=private,
            undo=Undo(UndoKind.REMOVE, path=place.project_file),
        ),
        write_settings(choice, place, installers, default_index),
    )  # fmt: skip


def write_settings(
    choice: Choice, place: Place, installers: Installers, default_index: str | None = None
) -> WriteFile:
    """The generated `uv.toml`."""
    folder = choice.build.location if choice.build.origin is Origin.WHEELHOUSE else None
    return WriteFile(
        id="write-config", path=place.config_file, text="step.write-settings",
        content=config_text(installers, default_index, folder), mode=0o600, secret=True,
        undo=Undo(UndoKind.REMOVE, path=place.config_file),
    )  # fmt: skip


def install(
    place: Place, installers: Installers, *, extra: bool = False, more: tuple[str, ...] = ()
) -> Command:
    """`uv pip install` of the generated project file; with the extra packages, and more files."""
    return Command(
        id="install-extra" if extra or more else "install-torch",
        argv=(
            place.uv, "pip", "install", "--config-file", place.config_file,
            "--python", place.python, "-r", place.project_file,
            *(("--extra", "extra") if extra else ()), *more,
        ),
        text=_text_of(extra, bool(more)),
        env={**network_environment(installers), **cache_of(place)},
        # half a package can look like a whole one
        when_cut=("--reinstall",),
        timeout_s=6 * 3600,
    )  # fmt: skip


def _text_of(extra: bool, more: bool) -> str:
    if more:
        return "step.install-requirements"
    return "step.install-extra" if extra else "step.install-torch"


LOCK = "pylock.toml"
PINNED = "requirements.txt"


def resolve(
    place: Place,
    folder: str,
    installers: Installers,
    *,
    extra: bool = False,
    sources: tuple[str, ...] = ("pyproject.toml",),
    whole: bool = True,
) -> Command:
    """The dry resolve: which exact files would be installed. Without `whole` only the versions."""
    output = ("--format", "pylock.toml", "--output-file", LOCK)
    return Command(
        id="resolve",
        argv=(
            place.uv, "pip", "compile", "--config-file", "uv.toml", "--no-header", "--no-annotate",
            *_for_python(place.base_python), *(output if whole else ("--output-file", PINNED)),
            *(("--extra", "extra") if extra else ()), *sources,
        ),
        text="step.resolve",
        env={**network_environment(installers), **cache_of(place)},
        creates=folder,
        timeout_s=300,
    )  # fmt: skip


def _for_python(python: str) -> tuple[str, str]:
    # a version, where the interpreter is yet to be fetched
    return ("--python-version" if python[:1].isdigit() else "--python", python)
