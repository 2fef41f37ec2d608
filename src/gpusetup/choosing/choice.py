"""A decision with its reasons: `Choice` or `Refusal`. Codes and facts, no sentences."""

from __future__ import annotations

from typing import Mapping, Union

from gpusetup.basics.values import dataclass, field
from gpusetup.basics.versions import Version
from gpusetup.machine import Driver, Machine
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.request import Engine, Origin

Facts = Mapping[str, object]
"""Values that `messages` puts into the sentence of a code; JSON-ready scalars and lists."""


@dataclass(frozen=True)
class Reason:
    """A code of `messages/choose.py` with the facts that fill its sentence."""

    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """A build that was judged and not taken, with the rule that decided."""

    build: Build
    reason: Reason


@dataclass(frozen=True)
class WouldChange:
    """A change of the machine or the wishes, and the build that it would allow."""

    condition: Reason
    then: Build


@dataclass(frozen=True)
class Companion:
    """torchvision or torchaudio beside torch; `local` as in `Build.local`."""

    name: str
    version: Version
    local: str | None = None


@dataclass(frozen=True)
class Choice:
    """The build to install. `pins` are requirement lines that must stand beside torch."""

    build: Build
    python: Version  # minor
    engine: Engine
    confidence: Confidence
    companions: tuple[Companion, ...] = ()
    pins: tuple[str, ...] = ()
    why: tuple[Reason, ...] = ()
    would_change: tuple[WouldChange, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    warnings: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Nearest:
    """An alternative to a wish that cannot be met, and which wishes it changes."""

    torch: Version
    build: str
    cuda_runtime: Version | None
    origin: Origin
    python: Version
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """No build fits. `nearest` best first; empty when nothing would help."""

    code: str
    facts: Facts = field(default_factory=dict)
    nearest: tuple[Nearest, ...] = ()
    would_change: tuple[WouldChange, ...] = ()
    rejected: tuple[Rejected, ...] = ()


Decision = Union[Choice, Refusal]


def expected_device(choice: Choice, machine: Machine) -> str:
    """Where torch must compute after the installation: "cuda", "mps" or "cpu".

    A CUDA build on a machine without GPU (the package index has no other, or the GPUs are on
    compute nodes) must compute on the processor.
    """
    if choice.build.is_cpu:
        return "mps" if choice.build.platform == "macos-arm64" else "cpu"
    cards = [card for card in machine.pci_gpus or () if card.bound_driver != "vfio-pci"]
    unread = machine.gpus is None and isinstance(machine.driver, Driver)
    if machine.gpus is None and machine.driver is None:  # not looked at: a list of hosts
        return "cuda" if any(each.gpus for each in machine.compute_nodes) else "cpu"
    return "cuda" if machine.gpus or cards or unread else "cpu"
