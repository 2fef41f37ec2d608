"""Plans of ours only for what this user may write; the rest is said, with what it takes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from gpusetup.doctor.check import Case, Diagnosis, Finding, Need
from gpusetup.steps import Plan, Step, WriteFile


def with_possible_plans(diagnosis: Diagnosis, case: Case) -> Diagnosis:
    """The same diagnosis; a plan that would fail becomes something to do by hand."""
    return replace(
        diagnosis, findings=tuple(_possible(each, case) for each in diagnosis.findings)
    )  # fmt: skip


def _possible(finding: Finding, case: Case) -> Finding:
    plan = finding.remedy.plan if finding.remedy else None
    if plan is None or _is_possible(plan):
        return finding
    from gpusetup.doctor.remedies.fitting import fitted, remedy_by_hand

    remedy = remedy_by_hand(case, finding)
    if remedy is not None:
        remedy = fitted(case, finding, replace(remedy, needs=(*remedy.needs, Need.ROOT)))
    return replace(finding, remedy=remedy)


def _is_possible(plan: Plan) -> bool:
    return all(_may_write(each) for each in plan.steps)


def _may_write(step: Step) -> bool:
    from gpusetup.road.rewriting import obstacle

    if isinstance(step, WriteFile):
        return obstacle(step.path) is None
    if step.argv[:2] != ("mv", "--"):
        return True
    folders = {Path(each).parent for each in step.argv[2:]}
    return all(os.access(each, os.W_OK | os.X_OK) for each in folders)
