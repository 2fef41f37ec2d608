"""`gpusetup.diagnosis/1` and the list of checks as documents."""

from __future__ import annotations

from typing import Sequence

from gpusetup.cli import doctor_words as words
from gpusetup.cli.doctor_fix import Fix
from gpusetup.doctor.check import Case, Check, Diagnosis, Finding, Remedy, Skipped
from gpusetup.documents import step_document
from gpusetup.messages import say


def diagnosis_document(
    diagnosis: Diagnosis, fixes: Sequence[Fix] | None = None, environment: str | None = None
) -> dict[str, object]:
    """The first finding is the main cause.

    Args:
        fixes: None: none were asked for.
        environment: the interpreter that was looked into; None: there was none.
    """
    document = {**_document(diagnosis), "environment": environment}
    if fixes is not None:
        document["fixes"] = [
            {"id": each.id, "outcome": each.outcome, "run": each.run} for each in fixes
        ]
    return document


def looked_into(case: Case) -> str | None:
    """The interpreter whose environment was judged, on this machine."""
    return case.environment.python if case.environment and not case.reported else None


def _document(diagnosis: Diagnosis) -> dict[str, object]:
    return {
        "schema": "gpusetup.diagnosis/1",
        "verdict": diagnosis.verdict.value,
        "findings": [_finding(each) for each in diagnosis.findings],
        "skipped": [_skipped(each) for each in diagnosis.skipped],
    }


def checks_document(checks: Sequence[Check]) -> dict[str, object]:
    """What `doctor --list` shows."""
    return {
        "schema": "gpusetup.checks/1",
        "checks": [
            {
                "id": each.id,
                "area": each.area.value,
                "title": words.title(each.id),
                "reads": [fact.value for fact in each.reads],
                "explained_by": list(each.explained_by),
            }
            for each in checks
        ],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "title": words.title_of(finding),
        "text": words.text_of(finding),
        "evidence": list(words.evidence_of(finding)),
        "because_of": finding.because_of,
        "remedy": _remedy(finding, finding.remedy) if finding.remedy else None,
    }


def _remedy(finding: Finding, remedy: Remedy) -> dict[str, object]:
    return {
        "text": words.remedy_of(finding),
        "steps": [step_document(step) for step in remedy.steps],
        "by_hand": remedy.plan is None,
        "needs": [each.value for each in remedy.needs],
    }


def _skipped(skipped: Skipped) -> dict[str, object]:
    code = f"doctor.unknown.{skipped.reason}"
    return {"id": skipped.id, "reason": say(code), "code": skipped.reason, **_facts(skipped)}


def _facts(skipped: Skipped) -> dict[str, object]:
    return {"error": str(skipped.facts["error"])} if "error" in skipped.facts else {}
