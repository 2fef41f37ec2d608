"""What the doctor looks at on this machine: an environment from outside, and its surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from gpusetup.environments.facts import Environment, Surroundings, TorchRun
from gpusetup.machine import Machine
from gpusetup.probe.environment import read_environment
from gpusetup.probe.surroundings import read_surroundings
from gpusetup.probe.world import World, at_once
from gpusetup.verdict import CheckStatus, Verdict


@dataclass(frozen=True)
class Examined:
    """`environment` None: nobody named one, and none is active."""

    environment: Environment | None
    surroundings: Surroundings


def examine(
    machine: Machine, python: str | None, world: World, folder: Path | None = None
) -> Examined:
    """Read both at the same time. Torch is not imported: see `run_of`.

    Args:
        python: the interpreter of the environment; its links say which one it is.
        folder: where the user stands.
    """
    found: dict[str, Environment | Surroundings | None] = {}
    prefix = str(Path(python).parent.parent) if python else None
    works: tuple[Callable[[], None], ...] = (
        lambda: (
            found.update(environment=read_environment(python, world, folder)) if python else None
        ),
        lambda: found.update(surroundings=read_surroundings(world, machine, prefix)),
    )
    at_once(works)
    environment, surroundings = found.get("environment"), found.get("surroundings")
    return Examined(
        environment if isinstance(environment, Environment) else None,
        surroundings if isinstance(surroundings, Surroundings) else Surroundings(),
    )


def run_of(verdict: Verdict) -> TorchRun:
    """What happened when torch ran, as the checks read it."""
    imported = next((each for each in verdict.checks if each.id == "import"), None)
    failures = [check for _device, check in verdict.failures]
    cards = [each for each in verdict.devices if each.compute_capability is not None]
    wants_cuda = verdict.expected == "cuda"
    is_imported = imported is not None and imported.status is CheckStatus.PASSED
    return TorchRun(
        imported=is_imported if imported is not None else None,
        # on a machine without a GPU nothing was asked of CUDA
        cuda_available=bool(cards) if wants_cuda and is_imported else None,
        device_count=len(cards) if wants_cuda and is_imported else None,
        failed=tuple((check.id, check.reason or "exception") for check in failures),
        error=next((check.detail for check in failures if check.detail), None),
    )
