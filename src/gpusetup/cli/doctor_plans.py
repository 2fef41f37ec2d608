"""Plans that bring another torch into the environment that is looked at, as `init --into` does."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Iterator

from gpusetup.basics.errors import Refused
from gpusetup.choosing.choice import Choice
from gpusetup.choosing.sources import Sources
from gpusetup.cli.deciding import Known
from gpusetup.doctor.check import Case, Diagnosis, Finding, Need, Remedy
from gpusetup.doctor.remedies.packages import is_ours_to_change
from gpusetup.environments.facts import Environment, TorchFacts
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.requirement_files import COMPANIONS
from gpusetup.steps import Plan

ANOTHER_TORCH = (
    "torch.cpu-build", "torch.arm-cpu-wheel", "torch.not-installed", "torch.rocm-build",
    "torch.gpu-too-new", "torch.gpu-too-old", "torch.no-kernel-image", "driver.too-old",
    "packages.cuda-library-missing", "torch.import-failed", "scheduler.kinds-left-out",
)  # fmt: skip
"""Findings that another build of torch cures. A driver that is too old is not ours to change."""


def with_torch_remedies(
    diagnosis: Diagnosis, case: Case, ask: Callable[[Case], Sources] | None = None
) -> Diagnosis:
    """The diagnosis with a plan for every finding that another torch cures.

    Args:
        ask: finds out which origins answer; None: nobody is asked, all are assumed to.
    """
    if case.reported or not any(each.id in ANOTHER_TORCH for each in diagnosis.findings):
        return diagnosis
    remedy = _remedy(case, ask(case) if ask else Sources(), looks_up=ask is not None)
    if remedy is None:
        return diagnosis
    findings = tuple(_with(each, remedy) for each in diagnosis.findings)
    return replace(diagnosis, findings=findings)


def _with(finding: Finding, remedy: Remedy) -> Finding:
    return replace(finding, remedy=remedy) if finding.id in ANOTHER_TORCH else finding


def _remedy(case: Case, sources: Sources, looks_up: bool) -> Remedy | None:
    environment = case.environment
    if environment is None or not is_ours_to_change(environment):
        return None
    package = environment.distribution("torch")
    if environment.version is None or (package is not None and package.installer == "conda"):
        return None
    known = Known(case.machine, sources, case.matrix)
    refused: Refused | None = None
    for request, choice in _choices(known, environment):
        if _is_installed(choice, environment):
            return None
        plan = _plan(known, request, choice, environment)
        try:
            if plan is not None and looks_up:
                _check(known, request, choice, plan)
        except Refused as error:
            refused = error
            continue
        facts = {"torch": str(choice.build.torch), "build": choice.build.build}
        needs = (Need.NETWORK,)
        return None if plan is None else Remedy("doctor.fix.torch", facts, plan, (), needs)
    if refused is not None:
        _tell(refused)
    return None


def _check(known: Known, request: Request, choice: Choice, plan: Plan) -> None:
    """What `init --into` checks before it asks: the exact files, and the room for them.

    Raises:
        Refused: there is no answer, another torch, or no room.
    """
    from gpusetup.cli.install import look_up

    look_up(known, request, choice, plan)


def _tell(refused: Refused) -> None:
    from gpusetup.terminal import show

    show.warning(say(refused.code, **refused.facts))


def _choices(known: Known, environment: Environment) -> Iterator[tuple[Request, Choice]]:
    """The same release in another build where there is one, then the newest that runs."""
    from gpusetup.cli import deciding

    torch = environment.torch
    wishes = [f"=={torch.version}"] if isinstance(torch, TorchFacts) and torch.version else []
    for wish in (*wishes, None):
        request = Request(
            torch=wish,
            into=environment.prefix,
            python=environment.version and environment.version.minor(),
            packages=tuple(each for each in COMPANIONS if environment.distribution(each)),
        )
        decision = deciding.decide(known, request)
        if isinstance(decision, Choice) and not decision.build.origin.is_conda:
            yield request, decision


def _is_installed(choice: Choice, environment: Environment) -> bool:
    torch = environment.torch
    if not isinstance(torch, TorchFacts):
        return False
    return torch.version == choice.build.torch and torch.local == choice.build.local


def _plan(known: Known, request: Request, choice: Choice, environment: Environment) -> Plan | None:
    """The steps of `init --into` without the proof: the checks prove it again."""
    from gpusetup.cli.plan_output import steps_of

    if known.machine.installers.uv is None or environment.python is None:
        return None
    plan = steps_of(known, request, choice)
    proofs = ("verify", "benchmark")
    return replace(plan, steps=tuple(each for each in plan.steps if each.id not in proofs))
