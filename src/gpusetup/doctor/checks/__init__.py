"""The explicit list of all checks, in the order in which things depend on each other."""

from __future__ import annotations

from dataclasses import replace

from gpusetup.doctor.check import Check
from gpusetup.doctor.checks import (
    architectures,
    beside,
    container,
    driver,
    environment,
    gpu,
    health,
    installers,
    kinds,
    packages,
    proof,
    room,
    scheduler,
    shell,
    told,
    torch,
)

_PLACES = (
    "machine.macos",
    "machine.amd-gpu",
    "machine.intel-gpu",
    "cloud.no-gpu",
    "wsl.driver-missing",
    "wsl.gpu-blocked",
    "container.toolkit-missing",
    "container.gpu-lost",
    "container.no-gpu",
    "scheduler.no-gpu",
    "scheduler.step-without-gpu",
    "scheduler.shell-stayed-behind",
)
"""Where one of these is the reason, what is seen from inside is only its symptom."""

_ALSO_EXPLAINED_BY = {
    "driver.not-installed": (*_PLACES, "wsl.libcuda-path", "torch.arm-cpu-wheel"),
    "driver.not-loaded": _PLACES,
    "driver.nvml-failed": _PLACES,
    "gpu.none-found": (*_PLACES, "scheduler.gpu-missing"),
    "container.no-gpu": ("scheduler.no-gpu", "container.toolkit-missing", "cloud.no-gpu"),
}

_ALL: tuple[Check, ...] = (
    *told.MACHINE,
    *gpu.CHECKS,
    *driver.CHECKS,
    *container.CHECKS,
    *scheduler.REFUSED,
    *scheduler.CHECKS,
    *kinds.CHECKS,
    *health.CHECKS,
    *shell.CHECKS,
    *gpu.VISIBLE,
    *told.ORDINAL,
    *environment.CHECKS,
    *proof.CHECKS,
    *told.SYSTEM,
    *beside.SYSTEM,
    *torch.CHECKS,
    *architectures.CHECKS,
    *told.LIBRARIES,
    *packages.CHECKS,
    *beside.BUILDING,
    *told.BESIDE_TORCH,
    *beside.PACKAGES,
    *room.CHECKS,
    *scheduler.ENDED,
    *installers.CHECKS,
    *beside.INSTALLING,
    *told.INSTALLING,
    *told.HARMLESS,
    *proof.RESIDUAL,
    *torch.RESIDUAL,
    *told.RESIDUAL,
    *beside.RESIDUAL,
)

ALL_CHECKS: tuple[Check, ...] = tuple(
    replace(each, explained_by=(*each.explained_by, *_ALSO_EXPLAINED_BY.get(each.id, ())))
    for each in _ALL
)
