"""A remedy that this person can carry out on this machine. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterator, Sequence

from gpusetup.doctor.check import Case, Finding, Need, Remedy
from gpusetup.doctor.remedies import driver_lines, jobs
from gpusetup.doctor.remedies.by_hand import ROWS, Row
from gpusetup.environments.facts import Kind
from gpusetup.steps import Command

_AGAIN = ("gpusetup", "init", "NAME", "--replace")
_WITH_PLACE = ("doctor.remedy.torch.import-failed.here", "doctor.remedy.torch.damaged.here")
_MINE_TO_RESTART = ("container.", "cloud.", "wsl.", "scheduler.")
_DEBIAN_KEY = "/var/lib/shim-signed/mok/MOK.der"
_DKMS_KEY = "/var/lib/dkms/mok.pub"
_AKMODS_KEY = "/etc/pki/akmods/certs/public_key.der"


def remedy_by_hand(case: Case, finding: Finding) -> Remedy | None:
    """The row of a finding with its facts filled in, fitted to the machine."""
    key = f"{finding.id}/{finding.variant}"
    row = ROWS.get(key) or ROWS.get(finding.id)
    if row is None:
        return None
    code = f"doctor.remedy.{finding.id}"
    if row.own_text:
        code = f"{code}.{finding.variant}"
    commands = [*_special(case, finding), *_filled(case, finding, row)]
    if row.driver_lines:
        commands = [*driver_lines.lines(case), *commands]
    if commands == [_AGAIN] and f"{code}.here" in _WITH_PLACE and (place := _own_place(case)):
        code, commands = f"{code}.here", [("gpusetup", "init", "--prefix", place, "--replace")]
    return fitted(case, finding, _remedy(code, _facts(case, finding), commands, row.needs))


def _own_place(case: Case) -> str | None:
    """The folder of an environment that is looked at here, and that uv can make again."""
    environment = case.environment
    if case.reported or environment is None or environment.kind is not Kind.VENV:
        return None
    return environment.prefix


def _remedy(
    code: str,
    facts: dict[str, object],
    commands: Sequence[tuple[str, ...]],
    needs: tuple[Need, ...],
) -> Remedy:
    steps = tuple(Command("by-hand", argv, "doctor.by-hand") for argv in commands)
    return Remedy(code, facts, None, steps, needs)


def _facts(case: Case, finding: Finding) -> dict[str, object]:
    """What the sentence of a remedy may name."""
    driver = case.driver.version if case.driver else None
    need = driver_lines.wanted(case)
    known = {
        "kernel": case.machine.kernel or "?", "user": case.surroundings.user or "USER",
        "driver": str(driver or "?"), "distribution": case.machine.distribution or "Linux",
        "branch": str(need.branch or "580"), "flavour": need.flavour or "open",
        "gres": jobs.gres(case),
        "headers": finding.facts.get("kernel") or case.machine.kernel or "$(uname -r)",
        "keyring": _keyring(finding),
    }  # fmt: skip
    return {**known, **finding.facts}


def _keyring(finding: Finding) -> str:
    """NVIDIA's package with the new key, of the distribution that the repository is for."""
    distribution = finding.facts.get("distribution") or "ubuntu2204"
    architecture = finding.facts.get("architecture") or "x86_64"
    folder = f"https://developer.download.nvidia.com/compute/cuda/repos/{distribution}"
    return f"{folder}/{architecture}/cuda-keyring_1.1-1_all.deb"


def _filled(case: Case, finding: Finding, row: Row) -> list[tuple[str, ...]]:
    """The commands whose facts are known: a line of a text may not name the card."""
    facts = _facts(case, finding)
    return [
        tuple(_words(line, facts))
        for line in row.commands
        if all(name in facts for name in re.findall(r"\{(\w+)\}", line))
    ]


def _words(line: str, facts: dict[str, object]) -> Iterator[str]:
    """The words of a command. A list ({packages}: "a, b") becomes several words."""
    for word in line.split():
        filled = word.format_map({key: str(value) for key, value in facts.items()})
        yield from filled.split(", ") if word == "{packages}" else (filled,)


def _special(case: Case, finding: Finding) -> list[tuple[str, ...]]:
    """Commands that depend on more than facts: the distribution, the kernel."""
    name = case.machine.distribution or ""
    if finding.id == "driver.secure-boot":
        return _key_commands(name)
    if finding.id == "driver.module-missing" and finding.variant == "no-headers":
        return [_headers(name, case.machine.kernel or "")]
    return jobs.lines(case, finding)


def _key_commands(distribution: str) -> list[tuple[str, ...]]:
    keys = {"fedora": _AKMODS_KEY, "ubuntu": _DEBIAN_KEY, "debian": _DKMS_KEY}
    return [("sudo", "mokutil", "--import", keys.get(distribution, _DKMS_KEY)), ("sudo", "reboot")]


def _headers(distribution: str, kernel: str) -> tuple[str, ...]:
    if distribution in ("fedora", "rhel", "centos", "rocky", "almalinux"):
        return ("sudo", "dnf", "install", f"kernel-devel-{kernel}")
    return ("sudo", "apt", "install", f"linux-headers-{kernel}")


def fitted(case: Case, finding: Finding, remedy: Remedy) -> Remedy:
    """The same remedy as it must be said on this machine.

    In a container what needs root on the machine is the host's; who is root needs no sudo; who
    cannot become root asks the administrator, and gets no command that begins with sudo.
    """
    if case.machine.container and _is_about_the_machine(finding, remedy):
        return _for_the_host(case, remedy)
    if Need.ROOT not in remedy.needs and Need.REBOOT not in remedy.needs:
        return remedy
    if case.surroundings.is_root or case.machine.os.value == "windows":
        return _without_sudo(remedy)
    if jobs.is_on_a_node(case):
        return _elsewhere(case)
    if case.surroundings.may_become_root is False or case.machine.scheduler:
        needs = tuple(each for each in remedy.needs if each is not Need.ROOT)
        return _without_sudo(replace(remedy, needs=(*needs, Need.ADMINISTRATOR)))
    return remedy


def _elsewhere(case: Case) -> Remedy:
    """Who computes on a node cannot repair it, and can compute on another one meanwhile."""
    facts: dict[str, object] = {"node": jobs.node(case)}
    steps = tuple(
        Command("by-hand", argv, "doctor.by-hand") for argv in jobs.without_this_node(case)
    )
    return Remedy("doctor.remedy.on-node", facts, None, steps, (Need.ADMINISTRATOR,))


def _is_about_the_machine(finding: Finding, remedy: Remedy) -> bool:
    if finding.id.startswith(_MINE_TO_RESTART):
        return False
    return any(each in remedy.needs for each in (Need.ROOT, Need.REBOOT, Need.BIOS, Need.HARDWARE))


def _for_the_host(case: Case, remedy: Remedy) -> Remedy:
    """On the host where it is ours to reach; a rented container's host is somebody else's."""
    needs = tuple(each for each in remedy.needs if each is not Need.ROOT)
    if case.machine.cloud:
        facts = {**remedy.facts, "cloud": case.machine.cloud}
        return Remedy("doctor.remedy.rented", facts, None, (), (Need.HOST,))
    return _without_sudo(replace(remedy, needs=(*needs, Need.HOST)))


def _without_sudo(remedy: Remedy) -> Remedy:
    steps = tuple(
        replace(each, argv=each.argv[1:]) if each.argv[:1] == ("sudo",) else each
        for each in remedy.by_hand
    )
    return replace(remedy, by_hand=steps)
