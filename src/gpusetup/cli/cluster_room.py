"""What is to be said of the disk of a plan: on a login node its room, anywhere its speed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gpusetup.choosing.choice import Choice, Reason
from gpusetup.choosing.room import Folder, Wanted, about_room, is_on_cluster
from gpusetup.effects.home_folder import home_to_read
from gpusetup.machine import Machine
from gpusetup.request import Engine, Request

if TYPE_CHECKING:
    from gpusetup.cli.deciding import Known
    from gpusetup.engines.uv import Place
    from gpusetup.matrix.rows import Build
    from gpusetup.probe.world import World

_REMEDY = "plan.room-on-"


def least_mib(known: Known, choice: Choice) -> int | None:
    """What the build takes on a disk at least, before anything is looked up; None: not known.

    Where nobody measured it, no build for CUDA of that platform is smaller than the smallest known.
    """
    from gpusetup.road.preflight import UNPACKED_CPU, UNPACKED_CUDA

    build = choice.build
    if build.is_cpu:
        return round(_download(build) * UNPACKED_CPU) or None
    alike = [each for each in known.matrix.builds if each.cuda_runtime is not None]
    sizes = [_download(each) for each in alike if each.platform == build.platform]
    least = _download(build) or min(filter(None, sizes), default=0)
    return round(least * UNPACKED_CUDA) or None


def _download(build: Build) -> int:
    return build.download_mib or build.wheel_mib or 0


def about_room_of(
    known: Known, request: Request, choice: Choice, needed_mib: int | None
) -> tuple[Reason, ...]:
    """Of this plan: how fast its disk is, and on a login node how much room there is."""
    if request.into:
        return ()
    from gpusetup.cli.plan_output import place_for

    place = place_for(known, request, choice)
    speed = _about_speed(known, place, choice, needed_mib)
    if not is_on_cluster(known.machine):
        return speed
    return (*speed, *_about_room(known, place, choice, needed_mib))


def _about_speed(
    known: Known, place: Place, choice: Choice, needed_mib: int | None
) -> tuple[Reason, ...]:
    from gpusetup.choosing.slow_disks import about_speed, is_slow

    prefix = _told(known.machine, place.prefix)
    if not known.simulated:
        prefix = _here(place.prefix)
    if not is_slow(prefix.filesystem, prefix.mount):
        return ()
    others: tuple[Folder, ...] = ()
    if not known.simulated:
        others = _other_disks()
    variables = _cache_variables(place, choice)
    wanted = Wanted(prefix, needed_mib, None, variables, place.name)
    home = "~" if known.simulated else str(home_to_read())
    return about_speed(known.machine, wanted, others, home)


def _here(path: str) -> Folder:
    """A path with its file system, wherever links lead."""
    from gpusetup.probe.disk import mount_of, mounts_of

    mount = mount_of(os.path.realpath(path), mounts_of(_world()))
    return Folder(path, filesystem=mount[2] if mount else None, mount=mount[1] if mount else None)


def _other_disks() -> tuple[Folder, ...]:
    """The large folders of this machine: those that variables name, and the usual ones."""
    from gpusetup.choosing.slow_disks import LOCAL_FOLDERS
    from gpusetup.effects.home_folder import user_name
    from gpusetup.probe.folders import large_folders, look_at

    world = _world()
    user = world.environ.get("USER") or user_name(os.getuid() if hasattr(os, "getuid") else 0)
    usual = (path for each in LOCAL_FOLDERS for path in (f"{each}/{user}", each))
    return look_at(world, (*large_folders(world), *(("", path) for path in usual)))


def _world() -> World:
    from gpusetup.probe.world import World

    return World(os.environ, Path(os.environ.get("GPUSETUP_ROOT") or "/"))


def _about_room(
    known: Known, place: Place, choice: Choice, needed_mib: int | None
) -> tuple[Reason, ...]:
    machine = known.machine
    cache: Folder | None = None
    others: tuple[Folder, ...] = ()
    prefix = _told(machine, place.prefix)
    if not known.simulated:
        prefix, cache, others = _seen(place)
    if place.wheel_cache or choice.build.origin.is_conda:
        cache = None
    variables = _cache_variables(place, choice)
    wanted = Wanted(prefix, needed_mib, cache, variables, place.name)
    return about_room(machine, wanted, others)


def hint_at_better(reasons: tuple[Reason, ...]) -> None:
    """Before a refusal for want of room: the place that has more."""
    from gpusetup.messages import say
    from gpusetup.terminal import show

    for each in reasons:
        if each.code.startswith(_REMEDY):
            show.hint(say(each.code, **each.facts))


def _seen(place: Place) -> tuple[Folder, Folder, tuple[Folder, ...]]:
    """This machine's folders: the environment's, that of uv's cache, and the large ones."""
    from gpusetup.probe.disk import uv_cache
    from gpusetup.probe.folders import large_folders, look_at

    world = _world()
    paths = (("", place.prefix), ("", uv_cache(world)), *large_folders(world))
    prefix, cache, *others = look_at(world, paths)
    return prefix, cache, tuple(others)


def _told(machine: Machine, prefix: str) -> Folder:
    """What a profile tells of the disk; of its other folders nothing is known."""
    above = [each for each in machine.disks if prefix.startswith(each.path.rstrip("/") + "/")]
    disk = max(above, key=lambda each: len(each.path), default=None)
    if machine.wsl and re.match(r"/mnt/[a-z]/", prefix):
        return Folder(prefix, filesystem="9p", mount=prefix[:6])  # a drive of Windows
    if disk is None:
        return Folder(prefix)
    return Folder(prefix, disk.free_mib, disk.quota_mib, disk.filesystem)


def _cache_variables(place: Place, choice: Choice) -> tuple[tuple[str, str], ...]:
    """Those of the installers that take part, and the folder that each would get."""
    from gpusetup.engines import conda_engine

    found = []
    if not choice.build.origin.is_conda and not place.wheel_cache:
        found.append(("UV_CACHE_DIR", ".packages/uv"))
    if choice.engine is not Engine.UV and not place.package_cache:
        found.append((conda_engine(choice.engine).cache_variable, ".packages/conda"))
    return tuple((name, below) for name, below in found if not os.environ.get(name))
