"""Which GPUs are free, and how CUDA_VISIBLE_DEVICES names them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Mapping, Sequence

from gpusetup.machine import GpuState
from gpusetup.sharing.usage import GpuProcess, Kind, UsedGpu

# What a driver and a desktop take without anybody computing; beyond it somebody does whom we
# cannot see, such as the processes of another container.
UNEXPLAINED_MIB = 1024
IDLE_PERCENT = 10

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(MiB|MB|M|GiB|GB|G)", re.IGNORECASE)
_UNITS_MIB = {
    "mib": 1.0,
    "m": 1.0,
    "mb": 1e6 / 2**20,
    "gib": 1024.0,
    "g": 1024.0,
    "gb": 1e9 / 2**20,
}


class Obstacle(str, Enum):
    """Why a card or a slice is not free."""

    NO_ANSWER = "no-answer"
    NOT_OURS = "not-ours"  # outside of CUDA_VISIBLE_DEVICES or of the job
    PROHIBITED = "prohibited"
    BUSY = "busy"
    WORKING = "working"
    TAKEN = "taken"
    SMALL = "small"


@dataclass(frozen=True)
class Wish:
    """How many, how much free memory each, and whether others may compute there too."""

    count: int = 1
    memory_mib: float | None = None
    share: bool = False
    by_uuid: bool = False


@dataclass(frozen=True)
class Place:
    """Where one could compute: a card, or a MIG slice of it."""

    gpu: int
    slice: int | None = None
    name: str | None = None
    uuid: str | None = None
    memory_mib: int | None = None
    used_mib: int | None = None
    utilization_percent: int | None = None
    processes: tuple[GpuProcess, ...] | None = ()
    is_prohibited: bool = False
    answers: bool = True

    @property
    def free_mib(self) -> int | None:
        """Memory that nobody has taken."""
        if self.memory_mib is None or self.used_mib is None:
            return None
        return self.memory_mib - self.used_mib


@dataclass(frozen=True)
class Judged:
    """A place, and what stands in the way. `users`: of those who compute there."""

    place: Place
    obstacle: Obstacle | None = None
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pick:
    """`places` is empty where too few are free; `judged` holds every place."""

    places: tuple[Place, ...]
    judged: tuple[Judged, ...]
    value: str | None = None  # for CUDA_VISIBLE_DEVICES
    in_bus_order: bool = False  # the numbers mean what they say with CUDA_DEVICE_ORDER=PCI_BUS_ID

    @property
    def free(self) -> int:
        """How many are free."""
        return sum(each.obstacle is None for each in self.judged)


def parse_amount(text: str) -> float:
    """ "10GiB" -> 10240 (MiB).

    Raises:
        ValueError: no amount with a unit.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return float(found[1]) * _UNITS_MIB[found[2].lower()]


def pick(gpus: Sequence[UsedGpu], wish: Wish, environ: Mapping[str, str]) -> Pick:
    """The wished number of free cards of one kind; else slices; else whatever cards are free."""
    ours = allowed(gpus, environ)
    judged = tuple(judge(place, wish, ours) for place in places_of(gpus))
    free = [each.place for each in judged if each.obstacle is None]
    chosen = _choose(free, wish.count)
    by_uuid = wish.by_uuid or any(place.slice is not None for place in chosen)
    mixed = len({gpu.name for gpu in gpus}) > 1 and environ.get(_ORDER) != "PCI_BUS_ID"
    named = by_uuid or mixed
    value = ",".join(_name(place, named) for place in chosen) if chosen else None
    # CUDA counts from the fastest card on, NVML along the bus: on mixed machines they differ
    in_bus_order = mixed and any(_name(each, named) == str(each.gpu) for each in chosen)
    return Pick(chosen, judged, value, in_bus_order)


_ORDER = "CUDA_DEVICE_ORDER"


def places_of(gpus: Sequence[UsedGpu]) -> tuple[Place, ...]:
    """Every card, and instead of a card that is cut its slices."""
    found: list[Place] = []
    for gpu in gpus:
        if not gpu.is_cut:
            found.append(_card(gpu))
        for position, part in enumerate(gpu.slices):
            found.append(
                Place(
                    gpu.index, position, part.name or gpu.name, part.uuid,
                    part.memory_mib, part.memory_used_mib, None, part.processes,
                    gpu.is_prohibited, gpu.state is GpuState.OK,
                )
            )  # fmt: skip
    return tuple(found)


def _card(gpu: UsedGpu) -> Place:
    return Place(
        gpu.index, None, gpu.name, gpu.uuid, gpu.memory_mib, gpu.memory_used_mib,
        gpu.utilization_percent, gpu.processes, gpu.is_prohibited, gpu.state is GpuState.OK,
    )  # fmt: skip


def judge(place: Place, wish: Wish, ours: frozenset[tuple[int, int | None]] | None) -> Judged:
    """Whether one may compute there."""
    computing = [each for each in place.processes or () if each.occupies]
    users = tuple(dict.fromkeys(each.user or f"pid {each.pid}" for each in computing))
    free = place.free_mib
    if not place.answers:
        obstacle: Obstacle | None = Obstacle.NO_ANSWER
    elif ours is not None and (place.gpu, place.slice) not in ours:
        obstacle = Obstacle.NOT_OURS
    elif place.is_prohibited:
        obstacle = Obstacle.PROHIBITED
    elif wish.memory_mib is not None and (free is None or free < wish.memory_mib):
        obstacle = Obstacle.BUSY if computing and not wish.share else Obstacle.SMALL
    else:
        obstacle = None if wish.share else _occupied(place, bool(computing))
    return Judged(place, obstacle, users)


def _occupied(place: Place, someone_computes: bool) -> Obstacle | None:
    if someone_computes:
        return Obstacle.BUSY
    if (place.utilization_percent or 0) >= IDLE_PERCENT and not _draws(place):
        return Obstacle.WORKING
    return Obstacle.TAKEN if unexplained_mib(place) > UNEXPLAINED_MIB else None


def _draws(place: Place) -> bool:
    """A desktop keeps its card a little busy."""
    return any(each.kind is Kind.GRAPHICS for each in place.processes or ())


def unexplained_mib(place: Place) -> int:
    """Memory that no process in sight has taken."""
    told = sum(each.memory_mib or 0 for each in place.processes or ())
    return (place.used_mib or 0) - told


def _choose(free: Sequence[Place], count: int) -> tuple[Place, ...]:
    """The idlest, with the most free memory; a process can use one slice, and none with cards."""
    cards = [place for place in free if place.slice is None]
    slices = [place for place in free if place.slice is not None]
    groups = [[each for each in cards if each.name == name] for name in _names(cards)]
    for group in (*sorted(groups, key=lambda each: _rank(each[0])), cards, slices):
        if len(group) >= count:
            chosen = sorted(group, key=_rank)[:count]
            return tuple(sorted(chosen, key=lambda place: (place.gpu, place.slice or 0)))
    return ()


def _names(cards: Sequence[Place]) -> list[str | None]:
    return list(dict.fromkeys(card.name for card in sorted(cards, key=_rank)))


def _rank(place: Place) -> tuple[int, int, int, int]:
    # some MiB more or less must not shuffle equal cards
    free = (place.free_mib or 0) // UNEXPLAINED_MIB
    return place.utilization_percent or 0, -free, place.gpu, place.slice or 0


def _name(place: Place, by_uuid: bool) -> str:
    return place.uuid if by_uuid and place.uuid else str(place.gpu)


def allowed(
    gpus: Sequence[UsedGpu], environ: Mapping[str, str]
) -> frozenset[tuple[int, int | None]] | None:
    """(GPU, slice) that CUDA_VISIBLE_DEVICES, or else the job, leaves to us; None: all."""
    text = environ.get("CUDA_VISIBLE_DEVICES")
    if text is None:
        text = environ.get("SLURM_STEP_GPUS") or environ.get("SLURM_JOB_GPUS")
    if text is None:
        return None
    found: list[tuple[int, int | None]] = []
    for word in (part.strip() for part in text.split(",")):
        matching = _matching(gpus, word)
        if not matching:  # CUDA stops at the first that it does not know
            break
        found += matching
    return frozenset(found)


def _matching(gpus: Sequence[UsedGpu], word: str) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    for gpu in gpus:
        parts = [(gpu.index, position) for position in range(len(gpu.slices))]
        is_card = word == str(gpu.index) or _is_uuid(word, gpu.uuid)
        if is_card:
            found += parts if gpu.is_cut else [(gpu.index, None)]
        found += [
            (gpu.index, position)
            for position, part in enumerate(gpu.slices)
            if not is_card and _is_uuid(word, part.uuid)
        ]
    return found


def _is_uuid(word: str, uuid: str | None) -> bool:
    """CUDA takes the beginning of a UUID too."""
    return uuid is not None and len(word) > 4 and uuid.startswith(word)
