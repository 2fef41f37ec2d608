"""Before anything is downloaded: which exact files would come, how big they are, do they fit."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from gpusetup.choice import Choice
from gpusetup.engines import uv
from gpusetup.engines.more import sources_in
from gpusetup.errors import Refused
from gpusetup.machine import Installers
from gpusetup.probe.http import measure_speed
from gpusetup.probe.reach import cause_of, sizes_of
from gpusetup.redact import without_credentials
from gpusetup.road.whence import comes_from_choice
from gpusetup.runner import run
from gpusetup.steps import Plan, WriteFile

# Unpacked size over download size. CPU: measured on torch 2.13.0+cpu, 202 -> 763 MB. CUDA: not
# measured; an estimate (3.1 -> 7.4 GB) for builds that are mostly shared libraries.
_UNPACKED_CPU = 4.0
_UNPACKED_CUDA = 2.4


@dataclass(frozen=True)
class Package:
    """A file that the dry resolve chose."""

    name: str
    version: str
    url: str | None
    size: int | None  # bytes
    others: tuple[str, ...] = ()  # other files of the same version, which are not the same bytes
    build: str = ""  # of a channel: its build string, and which channel
    channel: str = ""

    @property
    def is_local(self) -> bool:
        return urlsplit(self.url or "").scheme not in ("http", "https")


@dataclass(frozen=True)
class Cost:
    """What the installation takes. None: not known."""

    download_mib: int | None = None
    disk_mib: int | None = None
    minutes: float | None = None
    free_mib: int | None = None
    packages: tuple[Package, ...] = ()


def resolve(
    plan: Plan, choice: Choice, place: uv.Place, installers: Installers
) -> tuple[Package, ...]:
    """Let the engines resolve without installing, and compare the result with the choice.

    Raises:
        Refused: there is no answer, or another torch than the chosen one.
    """
    asked = _of_channels(plan, choice)
    if choice.build.origin.is_conda and not _has_requirements(plan):
        return asked
    return asked + _of_indexes(plan, choice, place, installers)


def _has_requirements(plan: Plan) -> bool:
    """Whether uv installs something beside a channel's torch."""
    return any(step.id == "install-extra" for step in plan.steps)


def _of_channels(plan: Plan, choice: Choice) -> tuple[Package, ...]:
    """What a conda engine would install; nothing where uv makes all."""
    if plan.dry_run is None:
        return ()
    from gpusetup.road.preflight_channels import ask

    solved = ask(plan.dry_run, choice.engine, choice)
    return tuple(
        Package(
            each.name, each.version, each.url, each.size, build=each.build,
            channel=without_credentials(each.channel),
        )
        for each in solved
    )  # fmt: skip


def _of_indexes(
    plan: Plan, choice: Choice, place: uv.Place, installers: Installers
) -> tuple[Package, ...]:
    writes = [step for step in plan.steps if isinstance(step, WriteFile)]
    sources = sources_in(Path(step.path).name for step in writes)
    with_extra = any("--extra" in getattr(step, "argv", ()) for step in plan.steps)
    with tempfile.TemporaryDirectory(prefix="gpusetup-") as folder:
        for step in writes:
            (Path(folder) / Path(step.path).name).write_text(step.content, encoding="utf-8")
        command = uv.resolve(
            place.uv, place.base_python, folder, installers, extra=with_extra, sources=sources
        )
        ended = run(command.argv, env=command.env, timeout_s=command.timeout_s, cwd=folder)
        if not ended.ok:
            raise Refused("run.unresolvable", cause=cause_of(ended), output=ended.last_lines(6))
        packages = read_lock((Path(folder) / "pylock.toml").read_text(encoding="utf-8"))
    if not choice.build.origin.is_conda:
        _compare(packages, choice)
        _compare_origin(packages, choice, place.wheel_index, installers)
    return packages


def read_lock(text: str) -> tuple[Package, ...]:
    """The packages of a PEP 751 lock file, each with the one file that would be installed."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tuple(_package(each) for each in tomllib.loads(text).get("packages", ()))


def _package(raw: dict[str, Any]) -> Package:
    files = raw.get("wheels") or [raw.get("archive") or raw.get("sdist") or {}]
    # uv writes one wheel for a plain resolve; where there are more, they differ little in size
    file = files[0]
    others = [each for each in files[1:] if each.get("hashes") != file.get("hashes")]
    return Package(
        raw["name"], raw.get("version", ""), _address(file), file.get("size"),
        tuple(filter(None, map(_address, others))),
    )  # fmt: skip


def _address(file: dict[str, Any]) -> str | None:
    return file.get("url") or file.get("path")


def _compare(packages: tuple[Package, ...], choice: Choice) -> None:
    """torch and its companions must be exactly what was chosen, local part included."""
    found = {each.name: each.version for each in packages}
    for line in uv.torch_requirements(choice):
        name, _, version = line.partition("==")
        if found.get(name) != version:
            raise Refused(
                "run.resolved-differs", name=name, chosen=version, found=found.get(name, "-")
            )


def _compare_origin(
    packages: tuple[Package, ...], choice: Choice, wheel_index: str, installers: Installers
) -> None:
    """The same version from elsewhere can be another build."""
    ours = {line.partition("==")[0] for line in uv.torch_requirements(choice)}
    for each in packages:
        for url in filter(None, (each.url, *each.others)) if each.name in ours else ():
            if not comes_from_choice(url, choice, wheel_index, installers):
                raise Refused(
                    "run.resolved-elsewhere", name=each.name, origin=choice.build.origin.value,
                    found=without_credentials(url),
                )  # fmt: skip


def cost_of(
    packages: tuple[Package, ...], choice: Choice, prefix: str, installers: Installers
) -> Cost:
    """Sizes from the lock, the file system or the server; speed from the largest download."""
    sizes = _sizes(packages, installers.cert)
    local = sum(sizes.get(each.url or "") or 0 for each in packages if each.is_local)
    remote = sum(sizes.get(each.url or "") or 0 for each in packages if not each.is_local)
    download = round(remote / 2**20)
    unknown = any(size is None for size in sizes.values())
    if unknown and not local and choice.build.download_mib:
        download = max(download, choice.build.download_mib)
    factor = _UNPACKED_CPU if choice.build.is_cpu else _UNPACKED_CUDA
    return Cost(
        download_mib=None if unknown and not download else download,
        disk_mib=round((download + local / 2**20) * factor) or None,
        minutes=_minutes(packages, sizes, installers.cert),
        free_mib=free_mib(prefix),
        packages=packages,
    )


def _sizes(packages: tuple[Package, ...], cert: str | None) -> dict[str, int | None]:
    sizes: dict[str, int | None] = {}
    asking = []
    for each in packages:
        if each.url is None:
            continue
        sizes[each.url] = each.size
        if each.size is None and each.is_local:
            sizes[each.url] = _file_size(each.url)
        elif each.size is None:
            asking.append(each.url)
    sizes.update(sizes_of(asking, cert, 5.0))
    return sizes


def _file_size(url: str) -> int | None:
    try:
        return Path(url2pathname(urlsplit(url).path)).stat().st_size
    except OSError:
        return None


def _minutes(
    packages: tuple[Package, ...], sizes: dict[str, int | None], cert: str | None
) -> float | None:
    remote = [(sizes.get(each.url or "") or 0, each.url) for each in packages if not each.is_local]
    total = sum(size for size, _ in remote) / 2**20
    if not remote or not total:
        return 0.0
    url = max(remote)[1] or ""
    speed = measure_speed(url, cert, seconds=2.0, most_mib=4)
    return total / speed / 60 if speed else None


def free_mib(prefix: str) -> int | None:
    """Free space on the disk that will hold the environment."""
    folder = Path(prefix)
    while not os.path.exists(folder) and folder != folder.parent:  # noqa: PTH110 - Path raises
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free >> 20
    except OSError:
        return None


def check_room(cost: Cost, prefix: str) -> None:
    """Stop before a full disk does.

    Raises:
        Refused: the unpacked environment does not fit.
    """
    if cost.disk_mib and cost.free_mib is not None and cost.free_mib < cost.disk_mib:
        raise Refused(
            "run.disk-too-small",
            prefix=prefix,
            needed=_gib(cost.disk_mib),
            free=_gib(cost.free_mib),
        )


def _gib(mib: int) -> str:
    return f"{mib / 1024:.1f}"
