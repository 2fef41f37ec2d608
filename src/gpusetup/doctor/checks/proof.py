"""What only a look at the living environment shows: its Python, and torch at work."""

from __future__ import annotations

from gpusetup.basics.versions import Version
from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.looks import finding
from gpusetup.environments.facts import TorchFacts
from gpusetup.machine import Absence, Status


def look_python(case: Case) -> Finding | None:
    """The interpreter does not start, or hangs."""
    environment = case.environment
    reading = next(iter(environment.readings), None) if environment else None
    if environment is None or reading is None or environment.version is not None:
        return None
    if reading.status not in (Status.ERROR, Status.TIMEOUT):
        return None
    variant = "timeout" if reading.status is Status.TIMEOUT else None
    return finding(
        "environment.python-broken", reading.detail, environment.python, variant=variant,
        python=environment.python or "?",
    )  # fmt: skip


def look_import(case: Case) -> Finding | None:
    """Torch failed at something, and no other check knows why."""
    run = case.environment.run if case.environment else None
    if run is None or not run.failed:
        return None
    check, _reason = run.failed[0]
    if check == "import":
        return finding("torch.import-failed", run.error, error=run.error or "?")
    return None


def look_compute(case: Case) -> Finding | None:
    run = case.environment.run if case.environment else None
    if run is None or not run.failed or run.failed[0][0] == "import":
        return None
    names = ", ".join(dict.fromkeys(check for check, _reason in run.failed))
    return finding("torch.proof-failed", run.error, names, checks=names)


def look_unused(case: Case) -> Finding | None:
    """A CUDA build where there is no GPU: it computes, and takes gigabytes for nothing."""
    torch = case.environment.torch if case.environment else None
    if not isinstance(torch, TorchFacts) or not isinstance(torch.cuda, Version):
        return None
    machine = case.machine
    elsewhere = machine.container or machine.scheduler or machine.wsl or machine.cloud
    nothing = machine.pci_gpus == () and not machine.gpus and machine.driver is Absence.NOT_THERE
    if not nothing or elsewhere:
        return None
    return finding(
        "torch.cuda-unused", f"torch {torch.version}+{torch.local or '?'}",
        severity=Severity.INFO, torch=str(torch.version), cuda=str(torch.cuda),
    )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    looks.check("environment.python-broken", Area.ENVIRONMENT, look_python, (Fact.ENVIRONMENT,)),
    looks.check("torch.cuda-unused", Area.TORCH, look_unused, (Fact.TORCH,)),
)
RESIDUAL: tuple[Check, ...] = (
    looks.check("torch.import-failed", Area.TORCH, look_import, (Fact.TORCH,), residual=True),
    looks.check("torch.proof-failed", Area.TORCH, look_compute, (Fact.TORCH,), residual=True),
)
