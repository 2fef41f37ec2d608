"""Questions about a case that several checks ask. Pure."""

from __future__ import annotations

import re
from typing import Callable, Iterator, Mapping

from gpusetup.basics.versions import Capability
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity, everywhere
from gpusetup.machine import Absence, Driver, Gpu, PciGpu, Reading, Status
from gpusetup.matrix.rows import Generation

_NVML_CODE = re.compile(r"(\d+) ")


def cards(case: Case) -> tuple[PciGpu, ...]:
    """The NVIDIA cards on the bus that are for us: one that a virtual machine has is not."""
    return tuple(each for each in case.machine.pci_gpus or () if each.bound_driver != "vfio-pci")


def has_card(case: Case) -> bool:
    """Whether there is an NVIDIA GPU, whoever says so."""
    return bool(cards(case) or case.machine.gpus)


def is_served(case: Case) -> bool:
    """Whether the driver shows a GPU that answers."""
    return any(gpu.state.value == "ok" for gpu in case.machine.gpus or ())


def works(case: Case) -> bool:
    """Whether torch itself has found its GPUs: what looks odd beside that is harmless."""
    run = case.environment.run if case.environment else None
    return run is not None and run.cuda_available is True


def no_driver(case: Case) -> bool:
    """Looked for and not there."""
    return case.machine.driver is Absence.NOT_THERE


def nvml_code(case: Case) -> int | None:
    """The code that NVML failed with: "18 RM has detected an NVML/RM version mismatch."."""
    reading = case.machine.reading("nvml")
    if reading is None or reading.status in (Status.OK, Status.TIMEOUT):  # "20 s" is no code
        return None
    found = _NVML_CODE.match(f"{reading.detail or ''} ")
    return int(found[1]) if found else None


def failed_reading(case: Case, source: str) -> Reading | None:
    """The reading of a source that did not end well."""
    reading = case.machine.reading(source)
    is_bad = reading is not None and reading.status in (Status.ERROR, Status.TIMEOUT)
    return reading if is_bad else None


def logged(case: Case, pattern: str) -> tuple[str, ...]:
    """The kernel's lines that fit, the newest last."""
    lines = case.surroundings.kernel_messages or ()
    return tuple(each for each in lines if re.search(pattern, each))


def run_failed(case: Case, *reasons: str) -> str | None:
    """Torch's own words, if its proof failed for one of these reasons (`gpusetup_proof.py`)."""
    run = case.environment.run if case.environment else None
    if run is None:
        return None
    return next((run.error or reason for _check, reason in run.failed if reason in reasons), None)


def capability_of(case: Case, card: PciGpu) -> Capability | None:
    """A card's compute capability: its own fact, or the matrix's by its id."""
    if card.compute_capability is not None:
        return card.compute_capability
    known = case.matrix.pci_device(card.device_id) if card.device_id else None
    return known.compute_capability if known else None


def card_name(case: Case, card: PciGpu) -> str:
    known = case.matrix.pci_device(card.device_id) if card.device_id else None
    return card.name or (known.name if known and known.name else None) or f"10de:{card.device_id}"


def generation_of(case: Case, card: PciGpu) -> Generation | None:
    capability = capability_of(case, card)
    return case.matrix.generation(capability) if capability else None


def gpu_names(gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
    return tuple(gpu.name or f"GPU {gpu.index}" for gpu in gpus)


def branch(driver: Driver | None) -> int | None:
    """535 of 535.161.08. In WSL the number is Windows' own and has no branch in it."""
    return driver.version.major if driver and driver.version else None


def finding(
    id_: str,
    *evidence: str | None,
    variant: str | None = None,
    severity: Severity = Severity.ERROR,
    facts: Mapping[str, object] | None = None,
    **more: object,
) -> Finding:
    """A finding; evidence that is not there is left out."""
    words = tuple(each for each in evidence if each)
    return Finding(id_, severity, {**(facts or {}), **more}, words, variant=variant)


def check(
    id_: str,
    area: Area,
    look: Callable[[Case], Finding | None],
    reads: tuple[Fact, ...] = (),
    *,
    applies: Callable[[Case], bool] = everywhere,
    explained_by: tuple[str, ...] = (),
    variant: str = "unknown",
    residual: bool = False,
) -> Check:
    """A check that looks at the facts and, where they show nothing, at the lines of a text.

    Args:
        variant: of the sentence, where only a line tells it and facts are missing.
    """

    def judge(case: Case) -> Iterator[Finding]:
        found = look(case) or told(case, id_, variant)
        if found is not None:
            yield found

    return Check(id_, area, judge, reads, applies, explained_by, residual)


def told(
    case: Case, id_: str, variant: str | None = None, severity: Severity = Severity.ERROR
) -> Finding | None:
    """The finding that lines of a text stand for, if there are such lines."""
    seen = case.seen(id_)
    if not seen:
        return None
    facts = {key: value for each in seen for key, value in each.facts.items()}
    evidence = tuple(dict.fromkeys(each.line for each in seen))[:3]
    variant = facts.pop("variant", variant)  # what was inferred knows its own
    return Finding(id_, severity, facts, evidence, variant=variant or None)


def never(_case: Case) -> Finding | None:
    """A look that sees nothing: only a text can show it."""
    return None
