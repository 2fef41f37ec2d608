"""All checks over one case: findings with causes before symptoms, and one main cause.

A check that crashes becomes a result and the others go on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Sequence

from gpusetup.doctor.check import (
    Case,
    Check,
    Diagnosis,
    Finding,
    Severity,
    Skipped,
    Verdict,
)
from gpusetup.doctor.facts import available, is_known, sees_gpu, torch_of
from gpusetup.doctor.looks import told

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def diagnose(case: Case, checks: Sequence[Check]) -> Diagnosis:
    """Run the checks and order what they find."""
    outcome = _Outcome()
    for check in checks:
        if not check.residual:
            outcome.add(check, case)
    if not any(each.severity is Severity.ERROR for each in outcome.findings):
        for check in checks:
            if check.residual:
                outcome.add(check, case)
    findings = ordered(_linked(outcome.findings, checks), [check.id for check in checks])
    return Diagnosis(
        verdict=_verdict(findings, case),
        findings=findings,
        skipped=tuple(outcome.skipped),
        passed=tuple(outcome.passed),
        areas={check.id: check.area for check in checks},
    )


class _Outcome:
    """What the checks said so far."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.skipped: list[Skipped] = []
        self.passed: list[str] = []

    def add(self, check: Check, case: Case) -> None:
        try:
            if not check.applies(case):
                return
            found = tuple(_shown(each, case) for each in check.judge(case)) or _told(check, case)
        except Exception as error:  # noqa: BLE001 - one check must not silence the others
            facts = {"error": f"{type(error).__name__}: {error}"}
            self.skipped.append(Skipped(check.id, "crashed", facts))
            return
        self.findings += found
        unknown = next((fact for fact in check.reads if not is_known(case, fact)), None)
        if not found and unknown is not None:
            self.skipped.append(Skipped(check.id, unknown.value))
        elif not found:
            self.passed.append(check.id)


def _told(check: Check, case: Case) -> tuple[Finding, ...]:
    """The finding that lines stand for, where the facts show nothing."""
    seen = case.seen(check.id)
    severity = Severity(seen[0].severity) if seen else Severity.ERROR
    found = told(case, check.id, severity=severity)
    return (found,) if found else ()


def _shown(finding: Finding, case: Case) -> Finding:
    """A finding without evidence of its own shows the lines that stand for it."""
    if finding.evidence:
        return finding
    lines = tuple(dict.fromkeys(each.line for each in case.seen(finding.id)))
    return replace(finding, evidence=lines[:3])


def _linked(findings: Iterable[Finding], checks: Sequence[Check]) -> list[Finding]:
    """Each finding with the one that explains it. What explains an error is an error itself."""
    reasons = {check.id: check.explained_by for check in checks}
    found = list(findings)
    there = {each.id for each in found if each.severity is not Severity.INFO}
    linked = []
    for each in found:
        cause = next((name for name in reasons.get(each.id, ()) if name in there), None)
        is_open = each.because_of is None and each.severity is not Severity.INFO
        linked.append(replace(each, because_of=cause) if is_open and cause else each)
    grave = {
        each.because_of for each in linked if each.because_of and each.severity is Severity.ERROR
    }
    return [
        replace(each, severity=Severity.ERROR)
        if each.id in grave and each.severity is Severity.WARNING
        else each
        for each in linked
    ]


def ordered(findings: Sequence[Finding], order: Sequence[str]) -> tuple[Finding, ...]:
    """Errors before warnings before remarks; causes before symptoms; then along the chain."""
    places = {name: place for place, name in enumerate(order)}

    def key(finding: Finding) -> tuple[int, bool, int]:
        is_symptom = finding.because_of is not None
        return _RANK[finding.severity], is_symptom, places.get(finding.id, len(places))

    return tuple(sorted(findings, key=key))


def _verdict(findings: Sequence[Finding], case: Case) -> Verdict:
    severities = {each.severity for each in findings}
    if Severity.ERROR in severities:
        return Verdict.BROKEN
    if Severity.WARNING in severities:
        return Verdict.DEGRADED
    return Verdict.HEALTHY if _enough(case) else Verdict.UNKNOWN


def _enough(case: Case) -> bool:
    """Whether what is known is worth the word "healthy"."""
    if available(case) is True:
        return True
    if case.reported:
        return sees_gpu(case) and case.driver is not None and torch_of(case) is not None
    return case.machine.gpus is not None or case.machine.driver is not None
