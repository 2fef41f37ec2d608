"""The events of the scripts in `inside/` -> Verdict: what was checked and how it ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Iterable, Mapping, Sequence

from gpusetup.basics.versions import Capability, parse_capability, show_capability
from gpusetup.machine import Arch, Machine, Os

Event = Mapping[str, object]
"""One line of a script: `event` and its facts."""


class CheckStatus(str, Enum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One check. `reason` is a code (`verify.reason-CODE` in messages), `detail` torch's words."""

    id: str
    status: CheckStatus
    reason: str | None = None
    detail: str | None = None
    error: float | None = None  # relative to the float64 result
    seconds: float | None = None


@dataclass(frozen=True)
class ProvenDevice:
    """A device that torch showed, with the checks that ran on it."""

    index: int
    name: str | None = None
    compute_capability: Capability | None = None
    memory_mib: int | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Note:
    """Something to know that is no failure: a code (`verify.note-CODE` in messages) and facts."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Versions:
    """What stands beside torch, as torch and the files of the environment tell it.

    Attributes:
        driver: the driver's own version, as the machine tells it.
        cuda_driver: the CUDA driver API version, as torch sees it.
        architectures: the code in the build: "sm_86", "compute_90".
        files_say: torch's version by its installed files.
        differing: (library, the version that torch asks for, the one that is there).
    """

    driver: str | None = None
    nccl: str | None = None
    triton: str | None = None
    cuda_driver: str | None = None
    architectures: tuple[str, ...] = ()
    files_say: str | None = None
    differing: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a verification found. `expected` is the kind of device that had to compute."""

    expected: str  # "cuda" | "mps" | "cpu"
    torch: str | None = None
    cuda_runtime: str | None = None
    cudnn: str | None = None
    python: str | None = None
    devices: tuple[ProvenDevice, ...] = ()
    checks: tuple[Check, ...] = ()  # those of no single device
    companions: Mapping[str, str] = field(default_factory=dict)
    versions: Versions = Versions()
    notes: tuple[Note, ...] = ()
    claims_gpu: bool = False  # torch says that it can use CUDA

    @property
    def ok(self) -> bool:
        """Nothing failed and every device of the expected kind computed."""
        return bool(self.devices) and not self.failures and not any(map(unproven, self.devices))

    @property
    def all_checks(self) -> tuple[tuple[ProvenDevice | None, Check], ...]:
        """Every check with its device, those of no single device first."""
        own = tuple((device, check) for device in self.devices for check in device.checks)
        return tuple((None, check) for check in self.checks) + own

    @property
    def failures(self) -> tuple[tuple[ProvenDevice | None, Check], ...]:
        """The checks that failed."""
        return tuple(pair for pair in self.all_checks if pair[1].status is CheckStatus.FAILED)


@dataclass(frozen=True)
class Ending:
    """How the script's process ended.

    Attributes:
        exit_code: negative for a signal, as in `subprocess`; None when it was never started.
        signal: the signal's name.
        last_words: the last line on stderr.
    """

    exit_code: int | None
    timed_out: bool = False
    signal: str | None = None
    last_words: str | None = None

    def cause(self) -> tuple[str, str | None]:
        """(reason, detail) of an end that was not the script's own."""
        if self.timed_out:
            return "timed-out", self.last_words
        if self.exit_code is None:
            return "not-started", self.last_words
        if self.signal:
            known = {"SIGKILL": "killed", "SIGILL": "illegal-instruction"}
            return known.get(self.signal, "crashed"), self.signal
        if (self.last_words or "").startswith("MemoryError"):
            return "out-of-memory", self.last_words
        return "ended-early", self.last_words


_PROOF = (
    "allocation", "matmul-float32", "convolution", "index-reduction", "training",
)  # fmt: skip


def expected_device(machine: Machine) -> str:
    """What torch should compute on: "cuda" with an NVIDIA GPU, driver or not; "mps" on Apple
    silicon; else "cpu"."""
    if machine.os is Os.MACOS and machine.arch is not Arch.X86_64:
        return "mps"
    # a card that is handed on to a virtual machine is not for us
    cards = [card for card in machine.pci_gpus or () if card.bound_driver != "vfio-pci"]
    return "cuda" if machine.gpus or cards else "cpu"


def parse_event(line: str) -> Event | None:
    """One line of a script's stdout, None when it is something else.

    >>> parse_event('{"event": "start", "check": "import", "device": null}')
    {'event': 'start', 'check': 'import', 'device': None}
    """
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None


def read_verdict(expected: str, events: Sequence[Event], ending: Ending) -> Verdict:
    """All events of a verification. What had started and did not end has failed."""
    info = _information(events)
    kind = str(info.get("device_type") or ("cpu" if expected == "any" else expected))
    placed = [_placed(event) for event in events if event["event"] == "check"]
    placed += _unfinished(events, ending)
    companions = info.get("companions")
    failed = any(check.status is CheckStatus.FAILED for _, check in placed)
    devices = [_complete(each, failed) for each in _devices(info.get("devices"), placed)]
    if not devices and not failed:
        placed.append((None, Check("proof", CheckStatus.FAILED, "nothing-proven")))
    return Verdict(
        expected=kind,
        torch=text_of(info.get("torch")),
        cuda_runtime=text_of(info.get("cuda_runtime")),
        cudnn=text_of(info.get("cudnn")),
        python=text_of(info.get("python")),
        devices=tuple(devices),
        checks=tuple(check for device, check in placed if device is None),
        companions=dict(companions) if isinstance(companions, dict) else {},
        versions=_versions(info),
        claims_gpu=info.get("cuda_available") is True,
    )


def verdict_document(verdict: Verdict) -> dict[str, object]:
    """`gpusetup.verdict/1`."""
    return {
        "schema": "gpusetup.verdict/1",
        "ok": verdict.ok,
        "expected": verdict.expected,
        "torch": verdict.torch,
        "cuda_runtime": verdict.cuda_runtime,
        "cudnn": verdict.cudnn,
        "python": verdict.python,
        "driver": verdict.versions.driver,
        "nccl": verdict.versions.nccl,
        "triton": verdict.versions.triton,
        "cuda_driver": verdict.versions.cuda_driver,
        "companions": dict(verdict.companions),
        "devices": [
            {
                "index": device.index,
                "name": device.name,
                "compute_capability": device.compute_capability
                and show_capability(device.compute_capability),
                "memory_mib": device.memory_mib,
                "checks": [_check_document(check) for check in device.checks],
            }
            for device in verdict.devices
        ],
        "checks": [_check_document(check) for check in verdict.checks],
        "warnings": [{"code": note.code, "facts": dict(note.facts)} for note in verdict.notes],
    }


def _check_document(check: Check) -> dict[str, object]:
    return {
        "id": check.id,
        "status": check.status.value,
        "reason": check.reason,
        "detail": check.detail,
        "error": check.error,
        "seconds": check.seconds,
    }


def unproven(device: ProvenDevice) -> tuple[str, ...]:
    """What makes a device one that computes and did not pass, whatever the reason."""
    passed = {check.id for check in device.checks if check.status is CheckStatus.PASSED}
    return tuple(name for name in _PROOF if name not in passed)


def _complete(device: ProvenDevice, may_lack: bool) -> ProvenDevice:
    """A device whose proof is not whole, and nobody said why, gets a failed check that says it."""
    failed = any(check.status is CheckStatus.FAILED for check in device.checks)
    lacking = unproven(device)
    if failed or may_lack or not lacking:
        return device
    check = Check("proof", CheckStatus.FAILED, "not-proven", ", ".join(lacking))
    return replace(device, checks=(*device.checks, check))


def _information(events: Iterable[Event]) -> dict[str, object]:
    found: dict[str, object] = {}
    for event in events:
        if event["event"] == "info":
            found.update(event)
    return found


def _placed(event: Event) -> tuple[int | None, Check]:
    device, status = event.get("device"), event.get("status")
    known = isinstance(status, str) and status in [each.value for each in CheckStatus]
    check = Check(
        id=str(event.get("id")),
        status=CheckStatus(str(status)) if known else CheckStatus.FAILED,
        reason=text_of(event.get("reason")),
        detail=text_of(event.get("detail")),
        error=number_of(event.get("error")),
        seconds=number_of(event.get("seconds")),
    )
    return (device if isinstance(device, int) else None), check


def _unfinished(events: Sequence[Event], ending: Ending) -> list[tuple[int | None, Check]]:
    """The check that was under way when the script was gone."""
    if events and events[-1]["event"] == "end":
        return []
    begun = [event for event in events if event["event"] in ("start", "check")]
    name, device = "start", None
    if begun:
        # between two checks: the last one still did it
        name = str(begun[-1].get("check", begun[-1].get("id")))
        place = begun[-1].get("device")
        device = place if isinstance(place, int) else None
    if begun and begun[-1]["event"] == "check":
        name = "end"
    failed = Check(name, CheckStatus.FAILED, *ending.cause())
    return [(device if name != "end" else None, failed)]


def _devices(
    described: object, placed: Iterable[tuple[int | None, Check]]
) -> Iterable[ProvenDevice]:
    by_index: dict[int, ProvenDevice] = {}
    for row in described if isinstance(described, list) else []:
        index = row.get("index") if isinstance(row, dict) else None
        if not isinstance(index, int):
            continue
        by_index[index] = ProvenDevice(
            index=index,
            name=text_of(row.get("name")),
            compute_capability=_capability(row.get("compute_capability")),
            memory_mib=row.get("memory_mib"),
        )
    for number, check in placed:
        if number is not None:
            device = by_index.get(number, ProvenDevice(number))
            by_index[number] = replace(device, checks=(*device.checks, check))
    return by_index.values()


def _capability(told: object) -> Capability | None:
    """What torch calls a capability may be anything."""
    try:
        return parse_capability(str(told)) if told else None
    except ValueError:
        return None


def _versions(info: Mapping[str, object]) -> Versions:
    rows, compiled = info.get("differing"), info.get("architectures")
    return Versions(
        nccl=text_of(info.get("nccl")),
        triton=text_of(info.get("triton")),
        cuda_driver=text_of(info.get("cuda_driver")),
        architectures=tuple(map(str, compiled)) if isinstance(compiled, list) else (),
        files_say=text_of(info.get("files_say")),
        differing=tuple(
            (str(row.get("name")), str(row.get("wanted")), str(row.get("found")))
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict)
        ),
    )


def text_of(value: object) -> str | None:
    return None if value is None else str(value)


def number_of(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
