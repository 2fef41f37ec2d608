"""Before anything is downloaded: which exact files would come, how big they are, do they fit."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Sequence
from urllib.parse import urlsplit
from urllib.request import url2pathname

from gpusetup.basics.errors import Refused
from gpusetup.basics.redact import without_credentials
from gpusetup.choosing.choice import Choice, Reason
from gpusetup.effects.runner import Ended, run
from gpusetup.engines import uv, uv_output
from gpusetup.engines.held import Held, changes
from gpusetup.engines.more import sources_in
from gpusetup.engines.solved import Solved
from gpusetup.machine import Disk, Installers
from gpusetup.probe.http import measure_speed
from gpusetup.probe.reach import cause_of, known_cause, sizes_of, trouble_with_cache
from gpusetup.road.cached import cached
from gpusetup.road.locks import Package, read_answer, tells_hashes
from gpusetup.road.room import Cost, free_mib
from gpusetup.road.whence import comes_from_choice
from gpusetup.steps import Plan, WriteFile

# Unpacked size over download size. CPU: measured on torch 2.13.0+cpu, 202 -> 763 MB. CUDA: not
# measured; an estimate (3.1 -> 7.4 GB) for builds that are mostly shared libraries.
UNPACKED_CPU = 4.0
UNPACKED_CUDA = 2.4


def resolve(
    plan: Plan,
    choice: Choice,
    place: uv.Place,
    installers: Installers,
    held: Held | None = None,
) -> tuple[Package, ...]:
    """Let the engines resolve without installing, and compare the result with the choice.

    Raises:
        Refused: there is no answer, or another torch than the chosen one.
    """
    asked = _of_channels(plan, choice, held)
    if choice.build.origin.is_conda and not _has_requirements(plan):
        return asked
    return asked + _of_indexes(plan, choice, place, installers)


def _has_requirements(plan: Plan) -> bool:
    """Whether uv installs something beside a channel's torch."""
    return any(step.id == "install-extra" for step in plan.steps)


def _of_channels(plan: Plan, choice: Choice, held: Held | None) -> tuple[Package, ...]:
    """What a conda engine would install; nothing where uv makes all."""
    if plan.dry_run is None:
        return ()
    from gpusetup.road.preflight_channels import ask

    solved = ask(plan.dry_run, choice.engine, choice, held)
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
        whole = tells_hashes(choice, place, installers)
        command = uv.resolve(
            place, folder, installers, extra=with_extra, sources=sources, whole=whole
        )
        ended = run(command.argv, env=command.env, timeout_s=command.timeout_s, cwd=folder)
        if not ended.ok:
            raise _no_answer(ended, choice)
        packages = read_answer(Path(folder), whole)
    if not choice.build.origin.is_conda:
        _compare(packages, choice)
        _compare_origin(packages, choice, place.wheel_index, installers)
    return packages


def _no_answer(ended: Ended, choice: Choice) -> Refused:
    """Why uv could not look the files up."""
    trouble = trouble_with_cache(known_cause(ended.output))
    if trouble:
        return trouble
    missing = uv_output.missing_version(ended.output)
    if missing:
        name, version = missing
        origin = choice.build.origin.value
        return Refused("run.version-missing", name=name, version=version, origin=origin)
    concluded = uv_output.conclusion(ended.output)
    if "was not found" in concluded:
        return Refused("run.unresolvable", cause="no such package", output=concluded)
    if concluded and not known_cause(ended.output):
        return Refused("run.contradiction", cause=concluded)
    full = {"no space left": "run.no-space", "quota used up": "run.quota-used-up"}
    cause = known_cause(ended.output)
    if cause in full:
        return Refused(full[cause])
    return Refused("run.unresolvable", cause=cause_of(ended), output=_what_failed(ended))


def _what_failed(ended: Ended) -> str:
    """The one line of uv's that names the file or the address."""
    lines = [line.strip() for line in ended.output.splitlines()]
    named = [re.sub(r"^(?:error|cause): ", "", line) for line in lines if "Failed to " in line]
    return without_credentials(named[0]) if named else ended.last_lines(3)


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
    packages: tuple[Package, ...],
    choice: Choice,
    prefix: str,
    installers: Installers,
    disks: tuple[Disk, ...] = (),
) -> Cost:
    """Sizes from the lock, the file system or the server; speed from the largest download."""
    sizes = _sizes(packages, installers)
    local = sum(sizes.get(each.url or "") or 0 for each in packages if each.is_local)
    remote = sum(sizes.get(each.url or "") or 0 for each in packages if not each.is_local)
    download = round(remote / 2**20)
    unknown = any(size is None for size in sizes.values())
    if unknown and not local and choice.build.download_mib:
        download = max(download, choice.build.download_mib)
    factor = UNPACKED_CPU if choice.build.is_cpu else UNPACKED_CUDA
    here = cached(packages, os.environ)
    there = round(sum(sizes.get(each.url or "") or 0 for each in here) / 2**20)
    return Cost(
        download_mib=None if unknown and not download else max(0, download - there),
        disk_mib=round((download + local / 2**20) * factor) or None,
        minutes=_minutes([each for each in packages if each not in here], sizes, installers),
        free_mib=free_mib(prefix, disks),
        packages=packages,
        cached_mib=there,
    )


def _sizes(packages: tuple[Package, ...], installers: Installers) -> dict[str, int | None]:
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
    sizes.update(sizes_of(asking, installers, 5.0))
    return sizes


def _file_size(url: str) -> int | None:
    try:
        return Path(url2pathname(urlsplit(url).path)).stat().st_size
    except OSError:
        return None


def _minutes(
    packages: Sequence[Package], sizes: dict[str, int | None], installers: Installers
) -> float | None:
    remote = [(sizes.get(each.url or "") or 0, each.url) for each in packages if not each.is_local]
    total = sum(size for size, _ in remote) / 2**20
    if not remote or not total:
        return 0.0
    url = max(remote)[1] or ""
    speed = measure_speed(url, installers, seconds=2.0, most_mib=4)
    return total / speed / 60 if speed else None


def with_kept(cost: Cost, prefix: str) -> Cost:
    """The cost with what it takes to keep an environment as it was."""
    from gpusetup.road.keeping import keeping_bytes

    kept = keeping_bytes(Path(prefix)) >> 20
    return replace(cost, disk_mib=(cost.disk_mib or 0) + kept)


def warnings_of(
    packages: tuple[Package, ...], choice: Choice, held: Held | None
) -> tuple[Reason, ...]:
    """What else changes in an environment, beside torch."""
    if held is None or not choice.build.origin.is_conda:
        return ()
    after = [Solved(each.name, each.version, "") for each in packages]
    found = changes(held, after)
    reasons = []
    if found.updated:
        lines = "; ".join(f"{name} {old} -> {new}" for name, old, new in found.updated)
        reasons.append(Reason("plan.into-updates", {"packages": lines}))
    if found.removed:
        reasons.append(Reason("plan.into-removes", {"packages": ", ".join(found.removed)}))
    return tuple(reasons)
