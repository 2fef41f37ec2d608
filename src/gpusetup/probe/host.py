"""The system itself: its name, its C library, its kernel, WSL, memory."""

from __future__ import annotations

import os
import re
import sys

from gpusetup.basics.errors import Refused
from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version
from gpusetup.machine import Arch, Libc, Os, Reading, Status
from gpusetup.probe.world import World

_MIB_PER_KIB = 1024
_ARCHES = {"x86_64": Arch.X86_64, "amd64": Arch.X86_64, "aarch64": Arch.AARCH64}
_NO_LIMIT_MIB = 1 << 40  # cgroup v1 writes "no limit" as a number near 2^63 bytes


@dataclass(frozen=True)
class System:
    os: Os
    arch: Arch
    os_version: str | None
    distribution: str | None
    kernel: str | None
    wsl: int | None
    readings: tuple[Reading, ...] = ()


def read_system(world: World) -> System:
    """What runs here.

    Raises:
        Refused: an operating system or processor that torch has no builds for.
    """
    if sys.platform == "win32":
        return _windows(world)
    found = os.uname()
    arch = parse_arch(found.machine, found.version, is_mac=sys.platform == "darwin")
    if sys.platform == "darwin":
        import platform

        version = platform.mac_ver()[0] or None
        return System(Os.MACOS, arch, version, "macos", found.release, None, (_ok("os"),))
    if not sys.platform.startswith("linux"):
        raise Refused("host.unknown-system", found=found.sysname)
    return linux_system(world, arch, found.release)


def parse_arch(machine: str, kernel_version: str = "", *, is_mac: bool = False) -> Arch:
    """uname's machine: "x86_64", "AMD64", "arm64" ...

    Raises:
        Refused: no torch build is made for it.
    """
    # Under Rosetta a Mac calls itself x86_64; its kernel's version still says RELEASE_ARM64_T8103.
    if is_mac:
        return Arch.ARM64 if machine == "arm64" or "ARM64" in kernel_version else Arch.X86_64
    word = machine.lower()
    if word == "arm64":
        return Arch.AARCH64
    if word not in _ARCHES:
        raise Refused("host.unknown-processor", found=machine)
    return _ARCHES[word]


def _windows(world: World) -> System:
    # A 32-bit or emulated Python sees its own processor in the first variable only.
    machine = world.environ.get("PROCESSOR_ARCHITEW6432") or world.environ.get(
        "PROCESSOR_ARCHITECTURE", "AMD64"
    )
    word = "arm64" if machine.upper() == "ARM64" else machine
    version = None
    if sys.platform == "win32":
        found = sys.getwindowsversion()
        version = f"{found.major}.{found.minor}.{found.build}"
    arch = Arch.ARM64 if word == "arm64" else parse_arch(word)
    return System(Os.WINDOWS, arch, version, "windows", version, None, (_ok("os"),))


def linux_system(world: World, arch: Arch, release: str) -> System:
    """A Linux system. `release` is the kernel's, where /proc does not tell it."""
    kernel = (world.text("/proc/sys/kernel/osrelease") or release).strip()
    text = world.text("/etc/os-release") or world.text("/usr/lib/os-release")
    facts = parse_os_release(text or "")
    reading = _ok("os") if text else Reading("os", Status.PARTIAL, "/etc/os-release")
    return System(
        os=Os.LINUX,
        arch=arch,
        os_version=facts.get("VERSION_ID"),
        distribution=facts.get("ID"),
        kernel=kernel or None,
        wsl=_wsl(world, kernel),
        readings=(reading,),
    )


def parse_os_release(text: str) -> dict[str, str]:
    """/etc/os-release: 'ID=ubuntu\\nVERSION_ID="22.04"' -> {"ID": "ubuntu", ...}."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        value = value.strip("\"'")
        if equals and value and not name.startswith("#"):
            found[name] = value
    return found


def _wsl(world: World, kernel: str) -> int | None:
    """1 or 2 in a WSL guest. WSL 1 kernels are called 4.4.0-19041-Microsoft, capital M."""
    if "WSL2" in kernel or "microsoft-standard" in kernel:
        return 2
    if kernel.endswith("-Microsoft"):
        return 1
    # Somebody's own kernel: WSL sets these in every shell, and only WSL 2 has the device.
    is_guest = "WSL_DISTRO_NAME" in world.environ or "WSL_INTEROP" in world.environ
    return 2 if is_guest and world.exists("/dev/dxg") else None


def read_libc(world: World) -> tuple[Libc | None, Reading]:
    """The C library. glibc tells itself; musl is known by its loader, which prints its version."""
    try:
        name = "CS_GNU_LIBC_VERSION"
        said = os.confstr(name) if hasattr(os, "confstr") else None
    except (ValueError, OSError):
        said = None
    found = parse_libc(said or "")
    if found:
        return found, Reading("libc", Status.OK, said)
    loader = next((each for each in world.names("/lib") if each.startswith("ld-musl-")), None)
    if loader is None:
        return None, Reading("libc", Status.ABSENT)
    try:
        world.said([f"/lib/{loader}", "--version"], 2.0)
    except TimeoutError as error:
        return Libc("musl", None), Reading("libc", Status.TIMEOUT, str(error))
    except OSError as error:  # it prints "Version 1.2.4" and its usage, and ends with 1
        version = re.search(r"Version (\d+(?:\.\d+)+)", str(error))
        return Libc("musl", Version.parse(version[1]) if version else None), _ok("libc")
    return Libc("musl", None), Reading("libc", Status.PARTIAL)


def parse_libc(text: str) -> Libc | None:
    """ "glibc 2.35" -> Libc("glibc", 2.35)."""
    found = re.fullmatch(r"glibc (\d+(?:\.\d+)+)", text)
    return Libc("glibc", Version.parse(found[1])) if found else None


def read_memory(world: World) -> tuple[int | None, int | None, tuple[Reading, ...]]:
    """Memory and swap in MiB. A container's or a job's own limit counts, not the host's size."""
    text = world.text("/proc/meminfo")
    if text is None:
        size = _memory_without_proc()
        status = Status.ABSENT if size is None else Status.OK
        return size, None, (Reading("memory", status),)
    facts = parse_meminfo(text)
    memory, swap = facts.get("MemTotal"), facts.get("SwapTotal")
    limit = _cgroup_limit(world, ("memory.max", "memory.limit_in_bytes"))
    if memory is None or limit is None or limit >= memory:
        return memory, swap, (_ok("memory"),)
    swap_limit = _cgroup_limit(world, ("memory.swap.max",))
    swap = swap if swap is None or swap_limit is None else min(swap, swap_limit)
    return limit, swap, (Reading("memory", Status.OK, f"cgroup {limit} of {memory} MiB"),)


def parse_meminfo(text: str) -> dict[str, int]:
    """/proc/meminfo: "MemTotal:       24684084 kB" -> {"MemTotal": 24105}, in MiB."""
    lines = re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)
    return {name: int(size) // _MIB_PER_KIB for name, size in lines}


def _cgroup_limit(world: World, names: tuple[str, ...]) -> int | None:
    """The smallest limit of this process's group and all groups above it, in MiB."""
    folders = {"/sys/fs/cgroup", "/sys/fs/cgroup/memory"}
    for line in (world.text("/proc/self/cgroup") or "").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers not in ("", "memory"):
            continue
        base = "/sys/fs/cgroup/memory" if controllers else "/sys/fs/cgroup"
        parts = [each for each in path.split("/") if each not in ("", "..")]
        folders |= {"/".join([base, *parts[:count]]) for count in range(1, len(parts) + 1)}
    texts = (world.text(f"{folder}/{name}") for folder in sorted(folders) for name in names)
    numbers = (int(text) >> 20 for text in texts if text and text.strip().isdigit())
    return min((each for each in numbers if each < _NO_LIMIT_MIB), default=None)


def _memory_without_proc() -> int | None:
    if sys.platform == "win32":
        return _windows_memory()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    except (ValueError, OSError):
        return None


def _windows_memory() -> int | None:
    import ctypes

    size = ctypes.c_ulonglong(0)
    kernel32 = getattr(ctypes, "windll").kernel32  # noqa: B009 - the name exists on Windows only
    if not kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(size)):
        return None
    return size.value // _MIB_PER_KIB


def _ok(source: str) -> Reading:
    return Reading(source, Status.OK)
