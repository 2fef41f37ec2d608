"""Remedies: plans that can be run, and steps for the user's own hands. Pure.

A finding gets a plan where we may and can change something, else what to do by hand, fitted to the
machine. Plans that need the network to be made come from outside, in `Case.remedies`.
"""

from __future__ import annotations

from dataclasses import replace

from gpusetup.basics.origins import WHEEL_INDEX
from gpusetup.doctor.check import Case, Diagnosis, Finding, Need, Remedy
from gpusetup.steps import Plan


def with_remedies(diagnosis: Diagnosis, case: Case, wheel_index: str = WHEEL_INDEX) -> Diagnosis:
    """The same diagnosis, each finding with the remedy that fits this machine."""
    findings = tuple(with_remedy(each, case, wheel_index) for each in diagnosis.findings)
    return replace(diagnosis, findings=findings)


def with_remedy(finding: Finding, case: Case, wheel_index: str = WHEEL_INDEX) -> Finding:
    """A finding that has a remedy of its own keeps it."""
    if finding.remedy is not None:
        return finding
    remedy = case.remedies.get(finding.id) or _planned(finding, case, wheel_index)
    if remedy is None:
        from gpusetup.doctor.remedies.fitting import remedy_by_hand

        remedy = remedy_by_hand(case, finding)
    return replace(finding, remedy=remedy)


def _planned(finding: Finding, case: Case, wheel_index: str) -> Remedy | None:
    """A plan of ours. A pasted report is of another machine: nothing can be run there."""
    if case.reported:
        return None
    from gpusetup.doctor.remedies import files, packages

    plan: Plan | None = None
    if finding.id in files.PLANS:
        plan = files.PLANS[finding.id](case, finding)
    elif finding.id in packages.PLANS:
        plan = packages.PLANS[finding.id](case, finding, wheel_index)
    if plan is None:
        return None
    needs = (Need.NETWORK,) if finding.id in packages.PLANS else ()
    key = f"{finding.id}.{finding.variant}"
    code = f"doctor.fix.{key if key in _OWN_TEXTS else finding.id}"
    return Remedy(code, dict(finding.facts), plan, (), needs)


_OWN_TEXTS = ("shell.library-path-overwritten.dead",)
"""Variants whose plan does something else than that of their finding."""
