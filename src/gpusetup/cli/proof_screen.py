"""How a verdict and a benchmark look on the screen. `verify`, `bench` and `init` use it."""

from __future__ import annotations

from typing import Iterable

from gpusetup.messages import listed, say, sentences
from gpusetup.terminal.show import Line, Mark, hint, line, lines
from gpusetup.verdict import Check, CheckStatus, Event, ProvenDevice, Verdict

_FINEST = 1e-16  # what double precision, the reference, can tell from nothing
_MARKS = {
    CheckStatus.PASSED: Mark.OK,
    CheckStatus.SKIPPED: Mark.NOTE,
    CheckStatus.FAILED: Mark.BAD,
}


def show_verdict(verdict: Verdict, verbose: bool = False) -> None:
    """Every check as a line; a GPU among several without a problem as one line."""
    lines(list(verdict_lines(verdict, verbose)))
    if verdict.ok:
        text = say(f"verify.ok-{verdict.expected}", count=len(verdict.devices))
        line(Mark.OK, say("verify.label-result"), text)
        return
    count = max(1, len(verdict.failures))
    line(Mark.BAD, say("verify.label-result"), say("verify.not-ok", count=count))
    for following in _next_steps(verdict):
        hint(following)


def verdict_lines(verdict: Verdict, verbose: bool = False) -> Iterable[Line]:
    """The lines of a verdict."""
    for check in verdict.checks:
        yield _line(verdict, None, check)
    for note in verdict.notes:
        text = say(f"verify.note-{note.code}", **note.facts)
        yield Line(Mark.WARN, say("verify.label-note"), text)
    several = len(verdict.devices) > 1
    for device in verdict.devices:
        if several and not verbose and not _has_problem(device):
            count = sum(check.status is CheckStatus.PASSED for check in device.checks)
            text = say("verify.device-ok", name=device.name, count=count)
            yield Line(Mark.OK, say("verify.label-gpu", index=device.index), text)
            continue
        for check in device.checks:
            yield _line(verdict, device if several else None, check)


def progress_text(event: Event) -> str | None:
    """What is being done, from a script's `start` event."""
    if event["event"] != "start":
        return None
    label = _label(str(event.get("check")))
    device = event.get("device")
    if isinstance(device, int) and device > 0:
        label = f"{label} ({say('verify.label-gpu', index=device)})"
    return say("verify.running", check=label)


def failure_text(verdict: Verdict, check: Check) -> str:
    """A check that failed, in one line."""
    return f"{_label(check.id)}{say('colon')}{_reason(verdict, check)}"


def _has_problem(device: ProvenDevice) -> bool:
    return any(check.status is CheckStatus.FAILED for check in device.checks)


def _line(verdict: Verdict, device: ProvenDevice | None, check: Check) -> Line:
    text = (
        _passed(verdict, check) if check.status is CheckStatus.PASSED else _reason(verdict, check)
    )
    if device is not None:
        text = f"{say('verify.label-gpu', index=device.index)}: {text}"
    shown_detail = check.status is CheckStatus.FAILED and check.detail
    detail = check.detail if shown_detail and str(check.detail) not in text else None
    return Line(_MARKS[check.status], _label(check.id), text, detail)


def _label(check_id: str) -> str:
    code = f"verify.label-{check_id}"
    return say(code) if code in sentences() else check_id


def _passed(verdict: Verdict, check: Check) -> str:
    code = f"verify.passed-{check.id}"
    if check.id == "expected-device":
        code = f"{code}-{verdict.expected}"
    if check.detail and f"{code}-code" in sentences():
        code = f"{code}-code"
    if code not in sentences():
        code = "verify.passed-other"
    unknown = say("verify.unknown-version")
    return say(
        code,
        seconds=check.seconds or 0.0,
        error=max(check.error or 0.0, _FINEST),
        torch=verdict.torch,
        python=verdict.python,
        cuda=_cuda(verdict),
        count=len(verdict.devices),
        names=", ".join(dict.fromkeys(str(device.name) for device in verdict.devices)),
        version=verdict.companions.get(check.id) or unknown,
        detail=check.detail,
    )


def _cuda(verdict: Verdict) -> str:
    if verdict.cuda_runtime is None:
        return say("verify.passed-versions-cpu")
    runtime = say("verify.passed-versions-cuda", cuda_runtime=verdict.cuda_runtime)
    beside = (
        ("cuDNN", verdict.cudnn),
        ("NCCL", verdict.versions.nccl),
        ("Triton", verdict.versions.triton),
    )
    parts = [runtime, *(f"{name} {version}" for name, version in beside if version)]
    if verdict.versions.driver:
        parts.append(say("verify.passed-versions-driver", driver=verdict.versions.driver))
    return listed(parts)


def _reason(verdict: Verdict, check: Check) -> str:
    code = f"verify.reason-{check.reason}"
    if code not in sentences():
        code = "verify.reason-exception"
    return say(
        code,
        detail=check.detail or "",
        torch=verdict.torch or "",
        cuda_runtime=verdict.cuda_runtime,
    )


def _next_steps(verdict: Verdict) -> list[str]:
    """What to do about each kind of failure, each said once."""
    codes = [f"verify.reason-{check.reason}.next" for _, check in verdict.failures]
    return [say(code) for code in dict.fromkeys(codes) if code in sentences()]
