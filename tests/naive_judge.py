"""A second opinion on a chosen build, written from the published tables alone.

It shares no code with the chooser: own tables, own comparisons, plain tuples. What it objects to
must never be chosen. It is strict about what is known and silent about what is not.
"""

from __future__ import annotations

from gpusetup.machine import Absence, Driver, Machine
from gpusetup.matrix.rows import Build

# NVIDIA's release notes: the oldest driver of each CUDA, (Linux, Windows). From 11.1 on one floor
# serves the whole major version.
EXACT = {
    (8, 0): ((375, 26), (376, 51)),
    (9, 0): ((384, 81), (385, 54)),
    (9, 2): ((396, 26), (397, 44)),
    (10, 0): ((410, 48), (411, 31)),
    (10, 1): ((418, 39), (418, 96)),
    (10, 2): ((440, 33), (441, 22)),
    (11, 0): ((450, 36, 6), (451, 22)),
}
FLOORS = {11: ((450, 80, 2), (452, 39)), 12: ((525, 60, 13), (527, 41)), 13: ((580,), (580,))}
# The last branch that drives an architecture (major version of the capability).
LAST_BRANCH = {2: 390, 3: 470, 5: 580, 6: 580, 7.0: 580}
# Windows counts on inside a branch: the first number of the next branch.
NEXT_WINDOWS = {390: 396, 470: 495, 580: 590}
JETSON = {(3, 2), (5, 3), (6, 2), (7, 2), (8, 7), (10, 1), (11, 0)}


def objections(machine: Machine, build: Build, python: tuple[int, int]) -> list[str]:
    """Why this build must not be installed on this machine. Empty: nothing speaks against it."""
    hosts = machine.compute_nodes or (machine,)
    found = [f"python {python}"] if python not in {p.numbers[:2] for p in build.pythons} else []
    for host in {machine, *hosts}:
        found += _system(host, build)
    cards = [gpu for host in hosts for gpu in host.gpus or () if gpu.compute_capability]
    if build.cuda_runtime is None or not cards:
        return found + (["cpu build beside a GPU"] if cards else [])
    for host in hosts:
        found += _driver(host, build) if host.gpus else []
    for gpu in cards:
        if gpu.compute_capability and not _has_code(gpu.compute_capability, build):
            found.append(f"no code for {gpu.compute_capability}")
    return found


def _system(host: Machine, build: Build) -> list[str]:
    found = []
    if host.platform != build.platform.replace("-tegra", ""):
        found.append("platform")
    if host.os.value == "linux" and host.libc is not None:
        if host.libc.name != "glibc":
            found.append("libc")
        elif host.libc.version and build.glibc and host.libc.version < build.glibc:
            found.append("glibc")
    return found


def _driver(host: Machine, build: Build) -> list[str]:
    if host.driver is Absence.NOT_THERE or not isinstance(host.driver, Driver):
        return []
    version, runtime = host.driver.version, build.cuda_runtime
    if version is None or runtime is None:
        return []
    windows = host.os.value == "windows" or host.wsl is not None
    minima = EXACT.get(runtime.numbers[:2]) or FLOORS[runtime.numbers[0]]
    if version.numbers < minima[windows]:
        return [f"driver {version} below {minima[windows]}"]
    return [
        f"driver {version} dropped {gpu.compute_capability}"
        for gpu in host.gpus or ()
        if gpu.compute_capability and _dropped(gpu.compute_capability, version.numbers[0], windows)
    ]


def _dropped(capability: tuple[int, int], major: int, windows: bool) -> bool:
    if capability in JETSON:
        return False
    last = LAST_BRANCH.get(7.0 if capability == (7, 0) else capability[0])
    if last is None or capability == (7, 5):
        return False
    return major >= NEXT_WINDOWS[last] if windows else major > last


def _has_code(capability: tuple[int, int], build: Build) -> bool:
    if capability[0] == 3 and (build.cudnn or "").startswith("9."):
        return False
    wanted = (11, 0) if capability == (10, 1) else capability
    compiled = {(11, 0) if each == (10, 1) else each for each in build.architectures}
    if wanted in compiled:
        return True
    if capability in JETSON:
        orin_is_ordinary = capability == (8, 7) and build.cuda_runtime is not None
        if not (orin_is_ordinary and build.cuda_runtime.numbers >= (13, 2)):  # type: ignore[union-attr]
            return False
    return any(
        major == wanted[0] and minor <= wanted[1]
        for major, minor in compiled
        if (major, minor) not in JETSON
    )
