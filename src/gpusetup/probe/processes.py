"""What the system tells of a process: its user, command, start and job. No root needed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from gpusetup.basics.redact import without_secrets
from gpusetup.effects.home_folder import user_name
from gpusetup.probe.container import read_container
from gpusetup.probe.world import World
from gpusetup.sharing.usage import GpuProcess, Presence

_NOBODY = 2**32 - 1  # "loginuid" of what no login started: services, containers
_JOBS = (
    ("slurm", re.compile(r"/job_(\d+)")),
    ("kubernetes", re.compile(r"/kubepods[^\n]*?pod([0-9a-f_-]{8})")),
    ("docker", re.compile(r"docker[-/]([0-9a-f]{12})")),
    ("podman", re.compile(r"libpod-([0-9a-f]{12})")),
)
# what follows an option of such a name is nobody's business
_SECRET = re.compile(r"(?i)(token|secret|password|passwd|api[-_]?key|credential)")


@dataclass(frozen=True)
class MachineFacts:
    """What is the same for all processes."""

    booted: float | None  # seconds since 1970
    ticks: int  # of a process's start time, per second
    sees_all: bool  # whether a process that /proc lacks has ended
    own_numbers: bool  # a container counts its processes anew, the driver does not
    own_uid: int | None


def machine_facts(world: World) -> MachineFacts:
    """Read once."""
    booted = re.search(r"^btime (\d+)$", world.text("/proc/stat") or "", re.MULTILINE)
    kind, _reading = read_container(world)
    own_numbers = kind not in (None, "apptainer")  # Apptainer shares the host's numbers
    return MachineFacts(
        booted=float(booted[1]) if booted else None,
        ticks=_ticks(),
        # with hidepid not even process 1 is shown; a container has a process 1 of its own
        sees_all=not own_numbers and world.exists("/proc/1/stat"),
        own_numbers=own_numbers,
        own_uid=os.getuid() if hasattr(os, "getuid") else None,
    )


def describe(world: World, machine: MachineFacts, told: GpuProcess) -> GpuProcess:
    """What NVML told of a process, with what the system knows of it."""
    folder = f"/proc/{told.pid}"
    status = world.text(f"{folder}/status")
    if status is not None and machine.own_numbers and not _uses_a_gpu(world, folder):
        status = None  # another process that happens to have this number here
    if status is None:
        presence = Presence.GONE if machine.sees_all else Presence.HIDDEN
        return replace(told, presence=presence)
    uid = _uid(status)
    login = _number(world.text(f"{folder}/loginuid"))
    user = _user(world, uid)
    who = _user(world, login) if login not in (None, _NOBODY, uid) else None
    return replace(
        told,
        user=user,
        login=who,
        command=_command(world, folder) or told.command,
        since=_since(world.text(f"{folder}/stat"), machine),
        job=_job(world.text(f"{folder}/cgroup") or ""),
        is_mine=uid is not None and uid == machine.own_uid,
    )


def _uses_a_gpu(world: World, folder: str) -> bool:
    """Whether a process of ours holds a device file of the driver open."""
    opened = (f"{folder}/fd/{name}" for name in world.names(f"{folder}/fd"))
    return any("/nvidia" in world.resolved(path) for path in opened)


def _uid(status: str) -> int | None:
    """ "Uid:\t1000\t1000\t1000\t1000": the second is whose rights it has."""
    found = re.search(r"^Uid:\s+\d+\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else None


def _user(world: World, uid: int | None) -> str | None:
    """The name; the number where nobody knows a name."""
    if uid is None:
        return None
    for line in (world.text("/etc/passwd") or "").splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[2] == str(uid):
            return fields[0]
    return user_name(uid)  # users of a directory service stand in no file


def _command(world: World, folder: str) -> tuple[str, ...]:
    words = [word for word in (world.text(f"{folder}/cmdline") or "").split("\0") if word]
    if not words:
        name = (world.text(f"{folder}/comm") or "").strip()
        return (name,) if name else ()
    return tuple(_without_secrets(words))


def _without_secrets(words: list[str]) -> list[str]:
    """A command line is shown to others: what looks secret is not."""
    found: list[str] = []
    for position, word in enumerate(words):
        before = words[position - 1] if position else ""
        if before.startswith("-") and "=" not in before and _SECRET.search(before):
            found.append("***")
        elif "=" in word and _SECRET.search(word.split("=", 1)[0]):
            found.append(word.split("=", 1)[0] + "=***")
        else:
            found.append(without_secrets(word))
    return found


def _since(stat: str | None, machine: MachineFacts) -> datetime | None:
    """Field 22 of /proc/PID/stat, in ticks since the machine started; a name may hold ")"."""
    if not stat or machine.booted is None:
        return None
    fields = stat.rpartition(")")[2].split()
    if len(fields) < 20 or not fields[19].isdigit():
        return None
    return datetime.fromtimestamp(machine.booted + int(fields[19]) / machine.ticks, timezone.utc)


def _job(cgroup: str) -> str | None:
    for name, pattern in _JOBS:
        found = pattern.search(cgroup)
        if found:
            return f"{name} {found[1]}"
    return None


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isdigit() else None


def _ticks() -> int:
    try:
        return os.sysconf("SC_CLK_TCK")
    except (AttributeError, ValueError, OSError):
        return 100
