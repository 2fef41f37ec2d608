"""What is wished beside torch: a repository's requirements, the compiler, extra packages. Pure."""

from __future__ import annotations

from typing import Iterable

from gpusetup.basics.redact import without_credentials
from gpusetup.basics.values import dataclass
from gpusetup.choosing.choice import Choice, Reason
from gpusetup.engines.compiler import Compiler, compiler_for
from gpusetup.engines.specs import Wanted
from gpusetup.engines.uv import Place, cache_of, network_environment
from gpusetup.machine import Installers, Machine
from gpusetup.packages import extra_packages, wants_compiler
from gpusetup.request import Request
from gpusetup.requirement_files import Requirements
from gpusetup.steps import Command, Undo, UndoKind, WriteFile

_KEPT_AS_CHOSEN = ("torch", "torchvision", "torchaudio", "triton")


@dataclass(frozen=True)
class More:
    """Packages by name, what they are for conda, and the file for uv."""

    packages: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()
    channels_first: tuple[str, ...] = ()
    channels_last: tuple[str, ...] = ()
    file: Requirements | None = None

    @property
    def has_file(self) -> bool:
        """Whether uv has a file to install from."""
        return self.file is not None and bool(self.file.lines)


def more_of(choice: Choice, request: Request, machine: Machine) -> More:
    """All that the wishes name beside torch and its companions."""
    compiler = _compiler(choice, request, machine)
    file = request.requirements
    return More(
        (*extra_packages(request.packages, choice.build.origin), *compiler.requirements),
        (*(file.specs if file else ()), *compiler.specs),
        compiler.channels,
        file.channels if file else (),
        file,
    )


def objection(choice: Choice, request: Request, machine: Machine) -> Reason | None:
    """Why the compiler that is wished cannot be had."""
    if not wants_compiler(request.packages):
        return None
    found = compiler_for(choice, machine)
    return found if isinstance(found, Reason) else None


def _compiler(choice: Choice, request: Request, machine: Machine) -> Compiler:
    if not wants_compiler(request.packages):
        return Compiler()
    found = compiler_for(choice, machine)
    return found if isinstance(found, Compiler) else Compiler()


def with_more(wanted: Wanted, more: More) -> Wanted:
    """Channels and specs with those of the other wishes."""
    channels = (*more.channels_first, *wanted.channels, *more.channels_last)
    names = {_name(each) for each in more.specs}
    # the file's own version of a package counts, not ours without one
    specs = [each for each in wanted.specs if not (each.isidentifier() and each in names)]
    return Wanted(tuple(dict.fromkeys(channels)), tuple(dict.fromkeys((*specs, *more.specs))))


def _name(spec: str) -> str:
    bare = spec.partition("::")[2] or spec
    return bare.split("=")[0].split("<")[0].split(">")[0].split(" ")[0]


def requirement_files(more: More, choice: Choice, place: Place) -> tuple[WriteFile, ...]:
    """The cleaned requirements and what binds them, as files of the environment."""
    if more.file is None or not more.has_file:
        return ()
    texts = {place.within("gpusetup", "requirements.txt"): more.file.lines}
    limits = (*more.file.constraints, *(choice.pins if choice.build.origin.is_conda else ()))
    if limits:
        texts[place.within("gpusetup", "constraints.txt")] = limits
    if choice.build.origin.is_conda:
        # a marker that never holds: the channel's torch is there, and no wheel shall replace it
        never = tuple(f"{name} ; sys_platform == 'never'" for name in _KEPT_AS_CHOSEN)
        texts[place.within("gpusetup", "overrides.txt")] = never
    return tuple(_written(path, lines) for path, lines in texts.items())


def _written(path: str, lines: tuple[str, ...]) -> WriteFile:
    content = "# Written by gpusetup.\n" + "".join(f"{line}\n" for line in lines)
    private = without_credentials(content) != content
    return WriteFile(
        "write-config", path, content, "step.write-requirements", mode=0o600 if private else None,
        undo=Undo(UndoKind.REMOVE, path=path), secret=private,
    )  # fmt: skip


SOURCES = ("pyproject.toml", "requirements.txt", "constraints.txt", "overrides.txt")
"""The names of the files that uv reads, in the folder of the environment."""


def sources_in(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the files that are there, as words for `uv pip compile`."""
    options = {"constraints.txt": ("-c",), "overrides.txt": ("--overrides",)}
    there = set(names)
    return tuple(
        word for name in SOURCES if name in there for word in (*options.get(name, ()), name)
    )


def install_requirements(
    place: Place, installers: Installers, files: tuple[WriteFile, ...]
) -> Command:
    """`uv pip install` of the cleaned requirements beside a channel's torch."""
    return Command(
        id="install-extra",
        argv=(
            place.uv, "pip", "install", "--config-file", place.config_file,
            "--python", place.python, *requirement_words(files),
        ),
        text="step.install-requirements",
        env={**network_environment(installers), **cache_of(place)},
        when_cut=("--reinstall",),
        timeout_s=6 * 3600,
    )  # fmt: skip


def requirement_words(files: tuple[WriteFile, ...]) -> tuple[str, ...]:
    """The files as words for `uv pip install`."""
    options = {"requirements.txt": "-r", "constraints.txt": "-c", "overrides.txt": "--overrides"}
    words = []
    for each in files:
        name = each.path.replace("\\", "/").rpartition("/")[2]
        words += [options[name], each.path]
    return tuple(words)
