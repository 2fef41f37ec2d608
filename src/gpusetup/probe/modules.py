"""The kernel's side on disk: is there a module for this kernel, may it load, what is logged."""

from __future__ import annotations

import os
import re
from functools import partial
from typing import Iterator

from gpusetup.basics.versions import Version
from gpusetup.environments.facts import KernelModule
from gpusetup.machine import Reading, Status
from gpusetup.probe.world import World, join

LOG = "kernel-log"
_PATIENCE_S = 1.5
_MODULE = re.compile(r"/?(?:[\w.-]+/)*nvidia\.ko(?:\.(?:xz|gz|zst))?:", re.MULTILINE)
_TELLING = re.compile(
    r"NVRM|\bnvidia\b.*(?:error|fail|reject|disagree|not support|taint)|Xid"
    r"|nouveau.*(?:fail|error)|Key was rejected|[Ll]oading of unsigned module"
    r"|Out of memory: Killed|oom-kill|fallen off the bus"
)
_DRIVER_PACKAGE = re.compile(r"nvidia-(?:driver|kernel|dkms|headless)|linux-modules-nvidia")
_IS_INSTALLED = re.compile(r"^Status: .* installed$", re.MULTILINE)
_SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def read_module(world: World, kernel: str | None) -> KernelModule:
    """What there is of the `nvidia` module for the kernel that runs."""
    facts = _modinfo(world) if kernel else {}
    here = kernel is not None and _is_listed(world, kernel)
    return KernelModule(
        is_loaded=world.is_folder("/sys/module/nvidia"),
        on_disk=here if kernel and world.is_folder("/lib/modules/" + kernel) else None,
        installed=Version.told(facts.get("version")),
        flavour=_flavour(facts.get("license")),
        other_kernels=_other_kernels(world, kernel),
        dkms=tuple(_dkms(world)),
        has_headers=_has_headers(world, kernel),
        nouveau_loaded=world.is_folder("/sys/module/nouveau"),
        packages=read_packages(world),
    )


def read_secure_boot(world: World) -> bool | None:
    """The firmware's variable: four bytes of attributes, then 1 or 0."""
    try:
        raw = world.at(_SECURE_BOOT).read_bytes()
    except OSError:
        # a machine without UEFI has no Secure Boot
        is_real = world.is_folder("/sys/firmware") or world.is_folder("/sys/devices")
        return False if is_real and not world.is_folder("/sys/firmware/efi") else None
    return bool(raw[4:5] == b"\x01") if len(raw) == 5 else None


def read_kernel_log(world: World) -> tuple[tuple[str, ...] | None, Reading]:
    """The kernel's lines about the driver, without their time stamps. Often only root may look."""
    for argv in (("dmesg",), ("journalctl", "-k", "-b", "-q", "--no-pager", "-o", "cat")):
        program = world.which(argv[0])
        if program is None:
            continue
        try:
            text = world.said((program, *argv[1:]), _PATIENCE_S)
        except (OSError, TimeoutError):
            continue
        return telling_lines(text), Reading(LOG, Status.OK, argv[0])
    return None, Reading(LOG, Status.ERROR, "dmesg")


def telling_lines(text: str) -> tuple[str, ...]:
    """ "[   12.3] NVRM: Xid (PCI:0000:01:00): 79, ..." without its stamp; the last 200 of them."""
    lines = (re.sub(r"^\[\s*[\d.]+\]\s*", "", each.strip()) for each in text.splitlines())
    return tuple(dict.fromkeys(each for each in lines if _TELLING.search(each)))[-200:]


def _modinfo(world: World) -> dict[str, str]:
    program = world.which("modinfo") or next(
        (each for each in ("/sbin/modinfo", "/usr/sbin/modinfo") if world.is_file(each)), None
    )
    if program is None:
        return {}
    try:
        text = world.said((program, "nvidia"), _PATIENCE_S)
    except (OSError, TimeoutError):
        return {}
    return dict(re.findall(r"^(version|license|filename):\s*(.+?)\s*$", text, re.MULTILINE))


def _is_listed(world: World, kernel: str) -> bool:
    text = world.text(f"/lib/modules/{kernel}/modules.dep") or ""
    return bool(_MODULE.search(text))


def _other_kernels(world: World, kernel: str | None) -> tuple[str, ...] | None:
    if kernel is None:
        return None
    names = world.names("/lib/modules")
    return tuple(each for each in names if each != kernel and _is_listed(world, each))


def _has_headers(world: World, kernel: str | None) -> bool | None:
    if kernel is None or not world.is_folder(f"/lib/modules/{kernel}"):
        return None
    return world.exists(f"/lib/modules/{kernel}/build")


def _dkms(world: World) -> Iterator[str]:
    """As `dkms status` says it: "nvidia/550.144.03, 6.8.0-49-generic: installed"."""
    folder = "/var/lib/dkms/nvidia"
    for version in world.names(folder):
        if not re.match(r"\d", version):
            continue
        place = join(folder, version)
        kernels = [each for each in world.names(place) if re.match(r"\d", each)]
        yield from (f"nvidia/{version}, {each}: built" for each in kernels)
        if world.is_file(join(place, "build", "make.log")) and not kernels:
            yield f"nvidia/{version}: failed"
        elif not kernels:
            yield f"nvidia/{version}: added"


def read_packages(world: World) -> tuple[str, ...]:
    """The driver's packages that dpkg knows as installed; rpm's database is no text."""
    return tuple(_packages(world))


def _packages(world: World) -> Iterator[str]:
    text = world.text("/var/lib/dpkg/status") or ""
    for block in re.findall(r"^Package: (?:nvidia-|linux-modules-nvidia-).*?(?=\n\n|\Z)", text,
                            re.MULTILINE | re.DOTALL):  # fmt: skip
        name = re.match(r"Package: (\S+)", block)
        if name and _DRIVER_PACKAGE.match(name[1]) and _IS_INSTALLED.search(block):
            yield name[1]


def _flavour(license_: str | None) -> str | None:
    if license_ is None:
        return None
    return "open" if "GPL" in license_ else "proprietary"


def closed_nodes(world: World) -> tuple[tuple[str, ...] | None, tuple[str, ...], str | None]:
    """The device files of NVIDIA, those that this user may not open, and whose group may."""
    names = [
        each for each in world.names("/dev") if re.fullmatch(r"nvidia(\d+|ctl|-uvm)|dxg", each)
    ]
    nodes = tuple(f"/dev/{each}" for each in names)
    is_closed = partial(_is_closed, world)
    closed = tuple(filter(is_closed, nodes))
    return nodes, closed, _group(world, closed[0]) if closed else None


def _is_closed(world: World, path: str) -> bool:
    return not os.access(world.at(path), os.R_OK | os.W_OK)


def _group(world: World, path: str) -> str | None:
    try:
        return world.at(path).group()
    except (OSError, KeyError, NotImplementedError):
        return None
