"""Partitions, kinds of nodes, requests for jobs and how they end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class GpuGres:
    """GPUs of a node as Slurm counts them: gpu:a100:4. `type` None: the cluster names none."""

    type: str | None
    count: int

    def __str__(self) -> str:
        return f"gpu:{self.type}:{self.count}" if self.type else f"gpu:{self.count}"


@dataclass(frozen=True)
class NodeGroup:
    """Nodes that are alike in one partition: one line of sinfo."""

    partition: str
    state: str  # "idle", "drained" ... without the flags behind it
    count: int
    names: str  # a host list: gpu[1-4]
    gpus: tuple[GpuGres, ...] = ()
    features: tuple[str, ...] = ()
    cpus: int | None = None
    memory_mib: int | None = None
    answers: bool = True  # False: the controller cannot reach them
    reason: str | None = None  # why they are down or drained

    @property
    def usable(self) -> bool:
        """Whether a job may start on them now or later."""
        return self.answers and self.state not in _OUT_OF_USE

    @property
    def free(self) -> bool:
        return self.usable and self.state in ("idle", "mixed")


_OUT_OF_USE = frozenset(
    (
        "down", "drain", "drained", "draining", "fail", "failing", "error", "unknown", "unk",
        "future", "inval", "blocked", "perfctrs", "drng", "failg", "futr", "npc",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Partition:
    """A queue. None: not told; for times and memory also "no limit"."""

    name: str
    is_default: bool = False
    is_up: bool = True
    max_minutes: int | None = None
    default_minutes: int | None = None
    accounts: tuple[str, ...] | None = None  # only these may use it
    qos: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    state: str = "UP"


@dataclass(frozen=True)
class NodeKind:
    """Nodes with the same GPUs. One job on one of them tells of all, if they are set up alike."""

    label: str  # "a100"
    gpus: tuple[GpuGres, ...]
    features: tuple[str, ...]
    groups: tuple[NodeGroup, ...]

    @property
    def has_gpu(self) -> bool:
        return bool(self.gpus)

    @property
    def partitions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.partition for each in self.groups))

    @property
    def nodes(self) -> int:
        """How many there are. A node may be in several partitions."""
        return _nodes(self.groups)

    @property
    def usable(self) -> int:
        return _nodes(tuple(each for each in self.groups if each.usable))

    @property
    def free(self) -> int:
        return _nodes(tuple(each for each in self.groups if each.free))


def _nodes(groups: tuple[NodeGroup, ...]) -> int:
    counts = {(each.names, each.state): each.count for each in groups}
    return sum(counts.values())


@dataclass(frozen=True)
class ClusterFacts:
    """What the controller is and does not do."""

    name: str | None = None
    version: tuple[int, int] | None = None
    has_accounting: bool | None = None
    enforces_limits: bool | None = None  # refuses at once what could never start


@dataclass(frozen=True)
class Cluster:
    """What Slurm tells without a job."""

    facts: ClusterFacts
    partitions: tuple[Partition, ...]
    kinds: tuple[NodeKind, ...]

    def partition(self, name: str) -> Partition | None:
        return next((each for each in self.partitions if each.name == name), None)


@dataclass(frozen=True)
class JobWish:
    """What the user said about jobs; None: decided by what the cluster told."""

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    gres: str | None = None
    reservation: str | None = None
    minutes: int | None = None
    memory_mib: int | None = None


@dataclass(frozen=True)
class JobRequest:
    """One job on one node of a kind."""

    kind: str
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    gres: str | None = None  # "gpu:a100:1"
    constraint: str | None = None
    exclude: str | None = None  # nodes of other kinds that would fit too
    nodelist: str | None = None
    reservation: str | None = None
    minutes: int = 5
    memory_mib: int | None = 1024
    cpus: int | None = None


class JobState(str, Enum):
    PENDING = "pending"
    RUNNING = "running"
    GONE = "gone"  # not in the queue (any more)


@dataclass(frozen=True)
class QueueEntry:
    """A job in the queue."""

    job_id: str
    state: JobState
    reason: str | None = None  # "Priority", "Resources" ...
    expected_start: str | None = None  # Slurm's own words: 2026-11-28T03:10:00
    node: str | None = None
    priority: float | None = None
    position: int | None = None  # 1: the next one of its partition


class End(str, Enum):
    """How a job ended, or that it did not."""

    ANSWERED = "answered"
    LEFT = "left"  # waits or runs; can be collected later
    REFUSED = "refused"  # never got into the queue
    FAILED = "failed"  # killed, lost, cut off
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class JobTrouble:
    """Why there is no answer: a code of `messages` and its facts."""

    code: str
    detail: str | None = None  # Slurm's own words


@dataclass(frozen=True)
class JobOutcome:
    """What came of one request. Only `ANSWERED` has an `answer`; all else is not known."""

    request: JobRequest
    end: End
    answer: str | None = None  # what the script printed
    returncode: int | None = None  # of the script
    node: str | None = None
    job_id: str | None = None
    trouble: JobTrouble | None = None
    reason: str | None = None  # why it waited, in Slurm's own words
    waited_s: float = 0.0
    manner: str = "srun"  # "srun" | "sbatch"
