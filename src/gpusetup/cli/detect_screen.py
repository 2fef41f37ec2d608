"""The screen of `detect`: one line per area, what contradicts, what to do about it."""

from __future__ import annotations

from typing import Iterable

from gpusetup.basics.versions import show_capability
from gpusetup.cli.detect_trouble import Trouble, find_troubles
from gpusetup.cli.reading_words import detail_words
from gpusetup.machine import (
    Absence,
    Conda,
    Conflict,
    Disk,
    Driver,
    Gpu,
    GpuState,
    Machine,
    Os,
    PciGpu,
    Status,
)
from gpusetup.messages import listed, say, sentences
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.terminal.show import Line, Mark, mib

CUDA_PYTORCH_MIB = 8 * 1024  # an environment with PyTorch for CUDA, download included
_SYSTEMS = {
    "linux": "Linux",
    "windows": "Windows",
    "macos": "macOS",
    "ubuntu": "Ubuntu",
    "debian": "Debian",
    "fedora": "Fedora",
    "centos": "CentOS",
    "rhel": "Red Hat Enterprise Linux",
    "rocky": "Rocky Linux",
    "almalinux": "AlmaLinux",
    "arch": "Arch Linux",
    "opensuse-leap": "openSUSE Leap",
    "amzn": "Amazon Linux",
}


def show_machine(machine: Machine, title: str) -> None:
    """The whole screen."""
    show.heading(title)
    show.lines(machine_lines(machine))
    for hint in dict.fromkeys(hints(machine)):
        show.hint(hint)
    if session().verbose:
        _show_readings(machine)


def machine_lines(machine: Machine) -> list[Line]:
    """One line per area. The wizard's first screen shows them too."""
    return [
        *_gpu_lines(machine),
        *node_lines(machine),
        *_driver_lines(machine, find_troubles(machine)),
        *_conflict_lines(machine.conflicts),
        *_system_lines(machine),
        *_python_lines(machine),
        *_conda_lines(machine),
        *_memory_lines(machine),
        *_disk_lines(machine.disks),
        *_network_lines(machine),
    ]


def _line(mark: Mark, area: str, text: str, details: Iterable[str] = ()) -> Line:
    return Line(mark, say(f"detect.label.{area}"), text, "\n".join(details) or None)


def _gpu_lines(machine: Machine) -> list[Line]:
    groups: dict[tuple[object, ...], list[Gpu]] = {}
    for gpu in machine.gpus or ():
        groups.setdefault(_kind(gpu), []).append(gpu)
    lines = [_gpu_group(group) for group in groups.values()] or [_no_gpu(machine)]
    visible = machine.cuda_visible_devices
    if visible is not None:
        is_hidden = visible.strip() in ("", "-1")
        code, mark = ("hidden", Mark.WARN) if is_hidden else ("visible", Mark.NOTE)
        lines.append(_line(mark, "gpu", say(f"detect.gpu.{code}", value=visible)))
    return lines


def _kind(gpu: Gpu) -> tuple[object, ...]:
    """Cards that are alike share a line; one that does not answer has its own."""
    index = gpu.index if gpu.state is not GpuState.OK else None
    return gpu.name, gpu.memory_mib, gpu.compute_capability, gpu.state, gpu.mig, index


def _gpu_group(gpus: list[Gpu]) -> Line:
    gpu = gpus[0]
    if gpu.state is not GpuState.OK:
        name = gpu.name or say("detect.gpu.unnamed")
        code = f"detect.gpu.{gpu.state.value}"
        index = "?" if gpu.index is None else gpu.index
        return _line(Mark.BAD, "gpu", say(code, index=index, name=name))
    text = listed(_gpu_facts(gpu))
    if len(gpus) > 1:
        text = say("detect.gpu.many", count=len(gpus), gpu=text)
    mark = Mark.WARN if gpu.mig and gpu.mig.enabled and not gpu.mig.instances else Mark.OK
    return _line(mark, "gpu", text, _mig_details(gpu))


def _gpu_facts(gpu: Gpu) -> list[str]:
    facts = [gpu.name or say("detect.gpu.unnamed")]
    if gpu.memory_mib is not None:
        facts.append(mib(gpu.memory_mib))
    elif gpu.unified_memory:
        facts.append(say("detect.gpu.unified"))
    if gpu.compute_capability is not None:
        capability = show_capability(gpu.compute_capability)
        facts.append(say("detect.gpu.capability", capability=capability))
    if gpu.virtualization == "vgpu":
        facts.append(say("detect.gpu.vgpu"))
    return facts


def _mig_details(gpu: Gpu) -> list[str]:
    if gpu.mig is None or not gpu.mig.enabled:
        return []
    if not gpu.mig.instances:
        return [say("detect.gpu.mig-empty")]
    names = [part.name.split(" MIG ")[-1] for part in gpu.mig.instances]
    return [say("detect.gpu.mig", count=len(names), names=listed(names))]


def node_lines(machine: Machine) -> list[Line]:
    """The compute nodes that are known, those that are alike together."""
    groups: dict[str, int] = {}
    for node in machine.compute_nodes:
        gpus = listed(_count(line) for line in _kinds(node))
        driver = node.driver.version if isinstance(node.driver, Driver) else None
        facts = {"gpus": gpus or say("ask.none"), "driver": driver}
        text = say("detect.nodes.driver" if driver else "detect.nodes.gpus", **facts)
        groups[text] = groups.get(text, 0) + 1
    return [
        _line(Mark.OK, "nodes", say("detect.nodes.many", count=count, node=text))
        for text, count in groups.items()
    ]


def _kinds(node: Machine) -> list[tuple[str, int]]:
    names = [gpu.name or say("detect.gpu.unnamed") for gpu in node.gpus or ()]
    return [(name, names.count(name)) for name in dict.fromkeys(names)]


def _count(kind: tuple[str, int]) -> str:
    name, count = kind
    return say("detect.gpu.many", count=count, gpu=name) if count > 1 else name


def _no_gpu(machine: Machine) -> Line:
    cards = [card for card in machine.pci_gpus or () if card.bound_driver != "vfio-pci"]
    if machine.gpus is None and not cards:
        return _line(Mark.WARN, "gpu", say("detect.gpu.unknown"))
    if cards:
        text = listed(_card_name(card) for card in cards)
        return _line(Mark.BAD, "gpu", say(_why_not_served(machine), gpu=text))
    if machine.os is Os.MACOS:
        return _line(Mark.OK, "gpu", say("detect.gpu.mac"))
    if isinstance(machine.driver, Driver):
        return _line(Mark.WARN, "gpu", say("detect.gpu.none-served"))
    if machine.node_role == "login":
        return _line(Mark.NOTE, "gpu", say("detect.gpu.login"))
    return _line(Mark.NOTE, "gpu", say(f"detect.gpu.{'unseen' if _is_guest(machine) else 'none'}"))


def _why_not_served(machine: Machine) -> str:
    if machine.driver is Absence.NOT_THERE:
        return "detect.gpu.without-driver"
    nvml = machine.reading("nvml")
    is_late = nvml is not None and nvml.status is Status.TIMEOUT
    return "detect.gpu.no-answer" if is_late else "detect.gpu.not-served"


def _card_name(card: PciGpu) -> str:
    name = card.name or card.chip or say("detect.gpu.unnamed")
    if card.compute_capability is None:
        return name
    capability = show_capability(card.compute_capability)
    return f"{name} ({say('detect.gpu.capability', capability=capability)})"


def _is_guest(machine: Machine) -> bool:
    """What is not seen from inside may well be there: the host has it."""
    return bool(machine.wsl or machine.container)


def _driver_lines(machine: Machine, troubles: tuple[Trouble, ...]) -> list[Line]:
    driver = machine.driver
    if machine.os is Os.MACOS:
        return []
    if driver is Absence.NOT_THERE:
        needed = bool(machine.pci_gpus)
        absent = "unseen" if _is_guest(machine) else "not-needed"
        code = "none" if needed else "login" if machine.node_role == "login" else absent
        return [_line(Mark.BAD if needed else Mark.NOTE, "driver", say(f"detect.driver.{code}"))]
    reason = next((trouble.text for trouble in troubles if trouble.text), None)
    if not isinstance(driver, Driver) or driver.version is None:
        unknown = say("detect.driver.unknown", reason=reason or "?")
        return [_line(Mark.WARN, "driver", unknown)] if reason else []
    has_details = driver.module and session().verbose
    details = [say("detect.driver.module", module=driver.module)] if has_details else []
    if reason and not machine.gpus:
        broken = say("detect.driver.broken", version=driver.version, reason=reason)
        return [_line(Mark.BAD, "driver", broken, details)]
    code = "version" if driver.cuda_version is None else "found"
    text = say(f"detect.driver.{code}", version=driver.version, cuda=driver.cuda_version)
    return [_line(Mark.OK, "driver", text, details)]


def _conflict_lines(conflicts: Iterable[Conflict]) -> list[Line]:
    return [_line(Mark.WARN, "conflict", _conflict(conflict)) for conflict in conflicts]


def _conflict(conflict: Conflict) -> str:
    code = f"detect.conflict.{conflict.subject}"
    return say(
        code if code in sentences() else "detect.conflict",
        first_source=conflict.first[0],
        first=conflict.first[1],
        second_source=conflict.second[0],
        second=conflict.second[1],
    )


def _system_lines(machine: Machine) -> list[Line]:
    if machine.reading("assumed-os") is not None:  # a pasted report that does not tell
        return []
    system = machine.distribution or machine.os.value
    name = _SYSTEMS.get(system, system)
    if machine.os_version is not None:
        name = say("detect.system.name", name=name, version=machine.os_version)
    facts = [name, machine.arch.value]
    if machine.libc is not None and machine.libc.version is not None:
        facts.append(f"{machine.libc.name} {machine.libc.version}")
    if machine.wsl is not None:
        facts.append(say("detect.system.wsl", version=machine.wsl))
    if machine.container is not None:
        facts.append(say("detect.system.container", kind=machine.container))
    if machine.cloud is not None:
        facts.append(machine.cloud)
    if machine.scheduler is not None:
        role = machine.node_role or "cluster"
        facts.append(say(f"detect.system.{role}", scheduler=machine.scheduler))
    return [_line(Mark.OK, "system", listed(facts))]


def _python_lines(machine: Machine) -> list[Line]:
    if machine.python is None:
        if not machine.readings or machine.reading("python") is None:
            return []
        return [_line(Mark.NOTE, "python", say("detect.python.none"))]
    others = listed(
        dict.fromkeys(
            str(each.version)
            for each in machine.other_pythons
            if each.version != machine.python.version
        )
    )
    details = [say("detect.python.others", versions=others)] if others else []
    text = say("detect.python.found", version=machine.python.version)
    return [_line(Mark.OK, "python", text, details)]


def _conda_lines(machine: Machine) -> list[Line]:
    conda = machine.conda
    if isinstance(conda, Conda):
        place = show.path(conda.root or conda.executable)
        version = conda.version or ""
        text = say("detect.conda.found", kind=conda.kind, version=version, root=place)
        return [_line(Mark.OK, "conda", text.replace(" ,", ","))]
    if conda is Absence.NOT_THERE:
        return [_line(Mark.NOTE, "conda", say("detect.conda.none"))]
    return []


def _memory_lines(machine: Machine) -> list[Line]:
    if machine.memory_mib is None:
        return []
    if not machine.swap_mib:
        text = say("detect.memory.found", memory=mib(machine.memory_mib))
    else:
        swap = mib(machine.swap_mib)
        text = say("detect.memory.swap", memory=mib(machine.memory_mib), swap=swap)
    return [_line(Mark.OK, "memory", text)]


def _disk_lines(disks: Iterable[Disk]) -> list[Line]:
    """Each place once, under the first purpose that it serves."""
    lines: dict[tuple[int | None, str | None], Line] = {}
    for disk in disks:
        room = disk.free_mib if disk.quota_mib is None else min(disk.free_mib or 0, disk.quota_mib)
        if room is None or (room, disk.filesystem) in lines:
            continue
        tight = room < CUDA_PYTORCH_MIB
        text = say(
            "detect.disk.tight" if tight else "detect.disk.found",
            free=mib(room),
            path=show.path(disk.path),
            purpose=_purpose(disk),
            needed=mib(CUDA_PYTORCH_MIB),
        )
        lines[room, disk.filesystem] = _line(Mark.WARN if tight else Mark.OK, "disk", text)
    return list(lines.values())


def _purpose(disk: Disk) -> str:
    from gpusetup.choosing.slow_disks import is_slow

    purpose = say(f"detect.disk.{disk.purpose}")
    if not is_slow(disk.filesystem):
        return purpose
    return say("detect.disk.on-network", purpose=purpose, filesystem=disk.filesystem)


def _network_lines(machine: Machine) -> list[Line]:
    from gpusetup.basics.redact import without_credentials

    pip = machine.installers
    urls = dict.fromkeys(without_credentials(url) for _scheme, url in machine.proxies)
    facts = [say("detect.network.proxy", url=url) for url in urls]
    if pip.index_url:
        facts.append(say("detect.network.index", url=without_credentials(pip.index_url)))
    facts += [
        say("detect.network.find-links", place=without_credentials(each)) for each in pip.find_links
    ]
    if not facts and (not machine.disks or machine.name):
        return []  # a pasted report says nothing about the network, nor does a host
    facts = facts or [say("detect.network.plain")]
    return [_line(Mark.OK, "network", facts[0], facts[1:])]


def hints(machine: Machine) -> Iterable[str]:
    """What to do about what is in the way."""
    for trouble in find_troubles(machine):
        if trouble.hint:
            yield trouble.hint
    for conflict in machine.conflicts:
        code = f"detect.conflict.{conflict.subject}.next"
        if code in sentences():
            yield say(code)


def _show_readings(machine: Machine) -> None:
    headers = [say(f"detect.readings.{name}") for name in ("source", "status", "detail")]
    rows = [
        (each.source, say(f"detect.status.{each.status.value}"), detail_words(each))
        for each in machine.readings
    ]
    show.table(headers, rows, title=say("detect.readings"))
