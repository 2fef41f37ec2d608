"""What the doctor looks at on this machine: an environment from outside, and its surroundings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gpusetup.environment import Environment, Surroundings, TorchRun
from gpusetup.machine import Machine
from gpusetup.probe.environment import read_environment
from gpusetup.probe.surroundings import read_surroundings
from gpusetup.probe.world import World, at_once
from gpusetup.verdict import Verdict


@dataclass(frozen=True)
class Examined:
    """`environment` None: nobody named one, and none is active."""

    environment: Environment | None
    surroundings: Surroundings


def examine(
    machine: Machine, python: str | None, world: World, folder: Path | None = None
) -> Examined:
    """Read both at the same time. Torch is not imported: see `with_run`.

    Args:
        python: the interpreter of the environment; its links say which one it is.
        folder: where the user stands.
    """
    prefix = str(Path(python).parent.parent) if python else None
    found = at_once(
        (
            lambda: read_environment(python, world, folder) if python else None,
            lambda: read_surroundings(world, machine, prefix),
        )
    )
    environment, surroundings = found
    assert environment is None or isinstance(environment, Environment)  # noqa: S101
    assert isinstance(surroundings, Surroundings)  # noqa: S101
    return Examined(environment, surroundings)


def with_run(environment: Environment, verdict: Verdict) -> Environment:
    """The environment with what happened when torch ran in it."""
    return replace(environment, run=run_of(verdict))


def run_of(verdict: Verdict) -> TorchRun:
    """The proof's events as the facts that checks read."""
    started = {each.id: each for each in verdict.checks}
    imported = started.get("import")
    failed = tuple(
        (check.id, check.reason or "")
        for check in (*verdict.checks, *(each for card in verdict.devices for each in card.checks))
        if check.status == "failed"
    )
    return TorchRun(
        imported=None if imported is None else imported.status == "passed",
        cuda_available=None if imported is None else bool(verdict.devices and _is_cuda(verdict)),
        device_count=len(verdict.devices) if _is_cuda(verdict) else None,
        failed=failed,
        error=failed[0][1] if failed else None,
    )


def _is_cuda(verdict: Verdict) -> bool:
    return any(each.compute_capability is not None for each in verdict.devices)
