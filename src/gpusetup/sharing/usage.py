"""Who uses the GPUs of a machine right now: the values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gpusetup.machine import GpuState, Reading


class Presence(str, Enum):
    """Whether a process that NVML names can be looked at."""

    RUNNING = "running"
    GONE = "gone"  # it ended after NVML had named it
    HIDDEN = "hidden"  # of another container, or /proc shows everybody only their own


class Kind(str, Enum):
    """What a process does on a GPU."""

    COMPUTE = "compute"
    GRAPHICS = "graphics"


@dataclass(frozen=True)
class GpuProcess:
    """A process on a GPU. None is what is not known."""

    pid: int
    kind: Kind
    memory_mib: int | None = None
    presence: Presence = Presence.RUNNING
    user: str | None = None
    login: str | None = None  # who logged in, where that is somebody else (sudo, su)
    command: tuple[str, ...] = ()
    since: datetime | None = None
    job: str | None = None  # "slurm 4711"
    is_mine: bool = False

    @property
    def occupies(self) -> bool:
        """Whether somebody who wants to compute should go elsewhere."""
        return self.kind is Kind.COMPUTE and self.presence is not Presence.GONE


@dataclass(frozen=True)
class UsedSlice:
    """A MIG slice. `processes` None: NVML does not say."""

    name: str | None
    uuid: str | None
    memory_mib: int | None = None
    memory_used_mib: int | None = None
    processes: tuple[GpuProcess, ...] | None = ()


@dataclass(frozen=True)
class UsedGpu:
    """A GPU. `processes` None: NVML does not say; `refused`: because we may not know."""

    index: int
    name: str | None = None
    uuid: str | None = None
    state: GpuState = GpuState.OK
    memory_mib: int | None = None
    memory_used_mib: int | None = None
    utilization_percent: int | None = None
    is_prohibited: bool = False  # compute mode: nobody may compute there
    is_cut: bool = False  # MIG is on: only its slices can be used
    slices: tuple[UsedSlice, ...] = ()
    processes: tuple[GpuProcess, ...] | None = ()
    refused: bool = False


@dataclass(frozen=True)
class Usage:
    """All GPUs. `gpus` is None where nobody could count them."""

    reading: Reading
    gpus: tuple[UsedGpu, ...] | None = None
