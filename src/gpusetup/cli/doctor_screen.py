"""The screen of `doctor`: one main cause first, its evidence, what to do; the rest below."""

from __future__ import annotations

from typing import Iterator, Sequence

from gpusetup.cli import doctor_words as words
from gpusetup.doctor.check import (
    Area,
    Case,
    Check,
    Diagnosis,
    Finding,
    Severity,
    Verdict,
)
from gpusetup.messages import listed, say
from gpusetup.steps import WriteFile
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.terminal.show import Line, Mark

_MARKS = {Severity.ERROR: Mark.BAD, Severity.WARNING: Mark.WARN, Severity.INFO: Mark.NOTE}
_SMI, _COLLECT_ENV = ("nvidia-smi",), ("python", "-m", "torch.utils.collect_env")
_TELLS = {
    "driver": _SMI,
    "cuda-driver-version": _SMI,
    "gpus": _SMI,
    "capabilities": _SMI,
    "torch": _COLLECT_ENV,
    "build": _COLLECT_ENV,
    "packages": _COLLECT_ENV,
    "environment": _COLLECT_ENV,
}
"""Which command would tell what a check lacked."""


def show_diagnosis(case: Case, diagnosis: Diagnosis, title: str, scope: str | None = None) -> None:
    """The whole screen. `scope`: what it is about, where nobody has said it."""
    show.heading(title)
    if scope is not None:
        show.paragraph(scope)
        show.blank()
    main = diagnosis.main
    if main is None:
        _show_no_trouble(case, diagnosis)
    else:
        _show_main(main)
        _show_others([each for each in _troubles(diagnosis) if each is not main])
    _show_remarks(diagnosis)
    _show_missing(case, diagnosis)


def offer_fix(case: Case, diagnosis: Diagnosis) -> None:
    """How to have the plans carried out that were shown."""
    if not any(each.remedy and each.remedy.plan for each in _troubles(diagnosis)):
        return
    python = case.environment.python if case.environment else None
    if python:
        show.hint(say("doctor.fix.offer-env", python=show.typed_path(python)))
    else:
        show.hint(say("doctor.fix.offer"))


def say_what_is_left(diagnosis: Diagnosis) -> None:
    """After `--fix`: what stays is for the user's own hands, and nothing was tried on it."""
    left = [each for each in _troubles(diagnosis) if not (each.remedy and each.remedy.plan)]
    if left:
        show.hint(say("doctor.fix.by-hand"))


def show_checks(checks: Sequence[Check]) -> None:
    """What can be found."""
    rows = [
        (each.id, say(f"doctor.area.{each.area.value}"), words.title(each.id)) for each in checks
    ]
    headers = (say("doctor.list.id"), say("doctor.list.area"), say("doctor.list.title"))
    show.table(headers, rows)


def _troubles(diagnosis: Diagnosis) -> list[Finding]:
    return [each for each in diagnosis.findings if each.severity is not Severity.INFO]


def _show_main(finding: Finding) -> None:
    show.item(_MARKS[finding.severity], words.title_of(finding))
    show.blank()
    show.paragraph(words.text_of(finding))
    lines = words.evidence_of(finding)
    if lines:
        show.blank()
        show.paragraph(say("doctor.evidence"))
        for line in lines:
            show.code(line)
    _show_remedy(finding)


def _show_remedy(finding: Finding) -> None:
    remedy = words.remedy_of(finding)
    if finding.remedy is None or remedy is None:
        return
    show.blank()
    show.paragraph(say("doctor.remedy-line", text=remedy))
    for command in words.commands_of(finding):
        show.command(command)
    for step in finding.remedy.steps:
        if isinstance(step, WriteFile):
            show.item(Mark.NOTE, show.path(step.path))
    needs = words.needs_of(finding)
    if needs:
        show.paragraph(say("doctor.needs", needs=needs))


def _show_others(findings: Sequence[Finding]) -> None:
    """What else is wrong, each with the reason it follows from or with its own advice."""
    if not findings:
        return
    show.heading(say("doctor.also"))
    for each in findings:
        show.item(_MARKS[each.severity], words.title_of(each))
        detail = words.text_of(each)
        if each.because_of is not None:
            detail = say("doctor.because", cause=words.title(each.because_of))
        show.paragraph(detail)
        if each.because_of is None and each.remedy is not None:
            show.paragraph(say("doctor.remedy-line", text=words.remedy_of(each)))


def _show_remarks(diagnosis: Diagnosis) -> None:
    remarks = [each for each in diagnosis.findings if each.severity is Severity.INFO]
    if not remarks:
        return
    show.heading(say("doctor.remarks"))
    for each in remarks:
        show.item(Mark.NOTE, words.title_of(each))
        show.paragraph(words.text_of(each))
        advice = words.remedy_of(each) if each.id.startswith("harmless.") else None
        if advice:
            show.paragraph(advice)
        if each.variant in ("login-known", "login-nodes"):  # where to look instead
            _show_remedy(each)


def _show_no_trouble(case: Case, diagnosis: Diagnosis) -> None:
    if not case.reported:
        show.lines(list(area_lines(diagnosis)))
    if diagnosis.verdict is Verdict.UNKNOWN:
        show.item(Mark.NOTE, say("doctor.unknown"))
    else:
        code = "doctor.healthy.report" if case.reported else "doctor.healthy"
        show.item(Mark.OK, say(code))


def area_lines(diagnosis: Diagnosis) -> Iterator[Line]:
    """A healthy machine: one line per area, with how many checks looked at it."""
    for area in Area:
        passed = [each for each in diagnosis.passed if diagnosis.areas.get(each) is area]
        label = say(f"doctor.area.{area.value}")
        if passed:
            yield Line(Mark.OK, label, say("doctor.area.fine", count=len(passed)))
        else:
            yield Line(Mark.NOTE, label, say("doctor.area.quiet"))


def _show_missing(case: Case, diagnosis: Diagnosis) -> None:
    """What could not be judged, and the command that would tell."""
    for each in diagnosis.skipped:
        if each.reason == "crashed":
            show.warning(say("doctor.crashed", id=each.id, error=each.facts.get("error", "")))
    reasons = dict.fromkeys(each.reason for each in diagnosis.skipped if each.reason != "crashed")
    if session().verbose and reasons:
        names = listed(say(f"doctor.unknown.{each}") for each in reasons)
        show.note(say("doctor.skipped", count=len(diagnosis.skipped), reasons=names))
    if case.reported and _is_open(diagnosis):
        commands = dict.fromkeys(_TELLS[each] for each in reasons if each in _TELLS)
        if commands:
            show.blank()
            show.paragraph(say("doctor.ask"))
            for words_ in commands:
                show.command(words_)


def _is_open(diagnosis: Diagnosis) -> bool:
    """Whether more facts could change the answer."""
    main = diagnosis.main
    unsure = ("torch.no-kernel-image", "torch.cuda-unavailable", "torch.no-gpu-visible")
    return diagnosis.verdict is Verdict.UNKNOWN or (main is not None and main.id in unsure)
