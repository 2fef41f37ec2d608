"""The cards: whether there is one, whether it answers, whether this process may see it."""

from __future__ import annotations

import re

from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Finding, Severity
from gpusetup.doctor.checks.scheduler import own_devices, visible_devices
from gpusetup.doctor.looks import finding
from gpusetup.machine import GpuState, Os

_BARS = r"PCI I/O region assigned to your NVIDIA device is invalid|BAR\d.*(?:is 0M|can.t assign)"
_GSP = r"RmInitAdapter failed|GSP.*(?:timeout|failed)|Xid.*: (?:119|120),"
_LOST = r"fallen off the bus|Xid.*: 79,|GPU is lost"
_INDEX = re.compile(r"\d+")


def look_none(case: Case) -> Finding | None:
    """No NVIDIA GPU, and nothing that hides one: PyTorch computes on the processor."""
    machine = case.machine
    if case.reported or (machine.os is Os.MACOS and machine.pci_gpus is None):
        return None
    looked = machine.pci_gpus == () and not machine.gpus and looks.no_driver(case)
    hidden = machine.container or machine.wsl or machine.scheduler or machine.cloud == "colab"
    if not looked or hidden:
        return None
    return finding("gpu.none", severity=Severity.INFO)


def look_lost(case: Case) -> Finding | None:
    """The card fell off the bus: power, heat, seating, or its own end."""
    lost = [gpu for gpu in case.machine.gpus or () if gpu.state is GpuState.LOST]
    lines = looks.logged(case, _LOST)
    if lost or looks.nvml_code(case) == 15:
        names = looks.gpu_names(tuple(lost)) or ("GPU",)
        index = next((str(gpu.index) for gpu in lost if gpu.index is not None), "?")
        evidence = (*lines[-1:], f"GPU {index} ({names[0]}): GPU is lost")
        return finding("gpu.lost", *evidence, gpu=names[0], index=index)
    return None


def look_no_handle(case: Case) -> Finding | None:
    """The driver counts a card and cannot use it."""
    bad = [gpu for gpu in case.machine.gpus or () if gpu.state is GpuState.ERROR]
    if not bad:
        return None
    reading = case.machine.reading("nvml")
    detail = reading.detail if reading else None
    name = looks.gpu_names((bad[0],))[0]
    return finding("gpu.no-handle", detail, gpu=name, index=str(bad[0].index))


def look_none_found(case: Case) -> Finding | None:
    """The driver runs and finds no card, though one is on the bus."""
    machine = case.machine
    if machine.gpus != () or not looks.cards(case) or case.driver is None or machine.container:
        return None
    if looks.nvml_code(case) is not None or case.surroundings.job is not None:
        return None  # a job sees all cards on the bus, and only its own through the driver
    card = looks.cards(case)[0]
    return finding("gpu.none-found", f"{card.bus_id}: {looks.card_name(case, card)}", "NVML: 0 GPU")


def _logged(id_: str, pattern: str) -> Check:
    """A check that reads the kernel's log, where a card is not served."""

    def look(case: Case) -> Finding | None:
        lines = looks.logged(case, pattern)
        served = len([gpu for gpu in case.machine.gpus or () if gpu.state is GpuState.OK])
        is_short = served < max(len(looks.cards(case)), 1)
        return finding(id_, lines[-1]) if lines and is_short else None

    return looks.check(id_, Area.GPU, look)


def look_not_visible(case: Case) -> Finding | None:
    """CUDA_VISIBLE_DEVICES hides every card: it is empty, or names none that is there."""
    value = visible_devices(case)
    if case.reported or value is None or case.machine.gpus == ():
        return None  # in a text only what failed with it tells (inference.py)
    if case.machine.gpus is None and not looks.has_card(case):
        return None
    variant = _hidden(value, case)
    if variant is None or _is_deliberate(case):
        return None
    evidence = f"CUDA_VISIBLE_DEVICES={value}"
    lines = [each for each in case.surroundings.shell_lines if _sets_it(each.variable)]
    places = tuple(f"{each.path}:{each.number}: {each.text}" for each in lines[:1])
    count = len(case.machine.gpus or ())
    mine = own_devices(case)
    return finding(
        "gpu.not-visible", evidence, *places, variant="job" if mine else variant,
        value=value, count=str(count), mine=",".join(mine or ()),
    )  # fmt: skip


def _sets_it(variable: str) -> bool:
    return variable == "CUDA_VISIBLE_DEVICES"


def _is_deliberate(case: Case) -> bool:
    """A scheduler that gave no card to a job hides them with this variable."""
    return case.machine.scheduler is not None and not case.surroundings.job_gpus


def _hidden(value: str, case: Case) -> str | None:
    """CUDA reads from the left and stops at the first word that names no card."""
    first = value.split(",")[0].strip()
    if first in ("", "-1", "none", "None", "NoDevFiles"):
        return "empty"
    count = len(case.machine.gpus or looks.cards(case))
    if _INDEX.fullmatch(first):
        return "beyond" if count and int(first) >= count else None
    if re.match(r"(?i)(GPU|MIG)-", first):
        return _unknown_uuid(first, case)
    return "unreadable"


def _unknown_uuid(word: str, case: Case) -> str | None:
    known = [gpu.uuid for gpu in case.machine.gpus or ()]
    known += [part.uuid for gpu in case.machine.gpus or () if gpu.mig for part in gpu.mig.instances]
    if not known or None in known or word.upper().startswith("MIG-GPU"):
        return None
    return None if any((each or "").startswith(word) for each in known) else "unknown-uuid"


def look_mig_empty(case: Case) -> Finding | None:
    """MIG is on and cut into nothing: no program finds a device."""
    for gpu in case.machine.gpus or ():
        if gpu.mig is not None and gpu.mig.enabled and not gpu.mig.instances:
            name = looks.gpu_names((gpu,))[0]
            others = any(not (each.mig and each.mig.enabled) for each in case.machine.gpus or ())
            severity = Severity.WARNING if others else Severity.ERROR
            return finding(
                "gpu.mig-empty", f"GPU {gpu.index}: MIG", severity=severity,
                gpu=name, index=str(gpu.index),
            )  # fmt: skip
    return None


CHECKS: tuple[Check, ...] = (
    looks.check("gpu.none", Area.GPU, look_none),
    _logged("gpu.bar-unassigned", _BARS),
    looks.check("gpu.lost", Area.GPU, look_lost),
    _logged("gpu.gsp-failed", _GSP),
    looks.check(
        "gpu.no-handle", Area.GPU, look_no_handle,
        explained_by=("gpu.lost", "gpu.gsp-failed", "gpu.bar-unassigned"),
    ),
    looks.check(
        "gpu.none-found", Area.GPU, look_none_found,
        explained_by=(
            "gpu.bar-unassigned", "gpu.gsp-failed", "driver.open-module-unsupported",
            "driver.closed-module-unsupported", "driver.too-old-for-gpu", "driver.too-new-for-gpu",
            "driver.nouveau-bound",
        ),
    ),
    looks.check("gpu.mig-empty", Area.GPU, look_mig_empty),
)  # fmt: skip

VISIBLE: tuple[Check, ...] = (
    looks.check("gpu.not-visible", Area.ENVIRONMENT, look_not_visible, variant="empty"),
)
