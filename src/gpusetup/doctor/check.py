"""What a check is, what it reads, and what it may find. Values only.

A check reads a `Case`, yields findings of its own id, prints nothing and holds no sentences:
`messages` has `doctor.<id>` (title), `doctor.<id>.text` and the codes of remedies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Callable, Iterator, Mapping

from gpusetup.basics.versions import Version
from gpusetup.doctor.symptoms import Sighting
from gpusetup.environments.facts import Environment, Surroundings
from gpusetup.machine import Driver, Gpu, Machine
from gpusetup.matrix.rows import Matrix
from gpusetup.steps import Command, Plan, Step


class Severity(str, Enum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Area(str, Enum):
    """The chain in which things depend on each other; also the lines of the healthy screen."""

    GPU = "gpu"
    DRIVER = "driver"
    CONTAINER = "container"
    SCHEDULER = "scheduler"
    ENVIRONMENT = "environment"
    TORCH = "torch"
    PACKAGES = "packages"
    HEALTH = "health"
    INSTALLERS = "installers"


class Need(str, Enum):
    """What a remedy takes that is not everybody's to give."""

    ROOT = "root"
    REBOOT = "reboot"
    NETWORK = "network"
    ADMINISTRATOR = "administrator"  # of a shared server or cluster
    HOST = "host"  # to be done outside the container
    WINDOWS = "windows"  # to be done on the Windows side of WSL
    BIOS = "bios"
    HARDWARE = "hardware"


@dataclass(frozen=True)
class Remedy:
    """How to get rid of a finding: a plan that can be run, or steps for the user's own hands."""

    code: str  # of the sentence that says what is done, spoken with `facts`
    facts: Mapping[str, object] = field(default_factory=dict)
    plan: Plan | None = None
    by_hand: tuple[Command, ...] = ()  # shown, never run
    needs: tuple[Need, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.plan.steps if self.plan else self.by_hand


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or that is harmless and looks wrong (`info`)."""

    id: str
    severity: Severity = Severity.ERROR
    facts: Mapping[str, object] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()  # lines in the user's own words, or facts as "driver 470.57"
    remedy: Remedy | None = None
    because_of: str | None = None  # the id of the finding that explains this one
    variant: str | None = None  # `doctor.<id>.text.<variant>` instead of `doctor.<id>.text`


@dataclass(frozen=True)
class Told:
    """What only a pasted text tells, beyond machine and environment."""

    started_with_gpus: bool | None = None  # a container; None: its start is not shown
    asked_for_gpus: bool = False  # a scheduler's job
    wants_cuda: bool = False  # somebody tried to use CUDA
    jetson: bool = False  # its GPU is in no list
    contradicts_itself: bool = False  # CUDA is available in one place and not in another
    torch_written: str | None = None  # the version with its suffixes
    mentioned: tuple[Gpu, ...] = ()  # GPUs that are named, in prose too
    torch_places: tuple[str, ...] = ()  # the folders that torch was imported from
    toolkit: Version | None = None  # nvcc's
    memory: tuple[float, float, float] | None = None  # MiB of a card: total, own, free


@dataclass(frozen=True)
class Case:
    """All that a check may read."""

    machine: Machine
    matrix: Matrix
    environment: Environment | None = None  # None: no environment was looked at
    surroundings: Surroundings = field(default_factory=Surroundings)
    sightings: tuple[Sighting, ...] = ()
    told: Told = field(default_factory=Told)
    reported: bool = False  # read from a pasted text: what is not there may have been left out
    remedies: Mapping[str, Remedy] = field(default_factory=dict)  # plans made outside, by finding

    @property
    def driver(self) -> Driver | None:
        return self.machine.driver if isinstance(self.machine.driver, Driver) else None

    def seen(self, finding: str) -> tuple[Sighting, ...]:
        """The lines that stand for a finding by themselves."""
        return tuple(each for each in self.sightings if each.finding == finding and not each.hint)

    def hints(self, finding: str) -> tuple[Sighting, ...]:
        """The lines that point to a finding and need other facts."""
        return tuple(each for each in self.sightings if each.finding == finding and each.hint)


class Fact(str, Enum):
    """What a check reads. An unknown one makes it skipped, with `doctor.unknown.<fact>`."""

    DRIVER = "driver"  # its version, or that there is none
    CUDA_DRIVER_VERSION = "cuda-driver-version"
    GPUS = "gpus"
    CAPABILITIES = "capabilities"
    PCI = "pci"
    ENVIRONMENT = "environment"
    TORCH = "torch"  # the installed torch, or that there is none
    BUILD = "build"
    PACKAGES = "packages"
    VARIABLES = "variables"
    SURROUNDINGS = "surroundings"  # kernel, processes, shell: only a look at the machine tells
    CONFIGURATION = "configuration"  # installers' files and the shell's
    TEXT = "text"  # only a text can show it: error lines


Judge = Callable[[Case], Iterator[Finding]]


def everywhere(_case: Case) -> bool:
    """A check that applies to every case."""
    return True


@dataclass(frozen=True)
class Check:
    """The declaration of a check. The order of the list is the order of causes."""

    id: str  # also the id of what it finds
    area: Area
    judge: Judge
    reads: tuple[Fact, ...] = ()
    applies: Callable[[Case], bool] = everywhere
    explained_by: tuple[str, ...] = ()  # findings that, if there, are the reason for this one
    residual: bool = False  # judged only where nothing else is wrong


class Verdict(str, Enum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Skipped:
    """A check that could not judge, and why: `doctor.unknown.<reason>`, or its own code."""

    id: str
    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    verdict: Verdict
    findings: tuple[Finding, ...]  # the first is the main cause
    skipped: tuple[Skipped, ...] = ()
    passed: tuple[str, ...] = ()  # ids of checks that looked and found nothing
    areas: Mapping[str, Area] = field(default_factory=dict)

    @property
    def main(self) -> Finding | None:
        """The main cause, if anything is wrong."""
        return next((each for each in self.findings if each.severity is not Severity.INFO), None)
