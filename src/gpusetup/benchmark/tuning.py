"""The events of `inside/tune.py` -> how many workers and which batch suit this machine. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from gpusetup.verdict import Ending, Event, number_of

WITHIN = 0.95  # of the best


@dataclass(frozen=True)
class Workers:
    """A number of DataLoader workers: pictures per second, and seconds until the first batch."""

    count: int
    rate: float
    start_s: float | None = None


@dataclass(frozen=True)
class Batch:
    """A batch size: pictures per second, and memory at its peak. `fits` False: no room for it."""

    size: int
    rate: float | None = None
    memory_mib: int | None = None
    fits: bool = True


@dataclass(frozen=True)
class Tuning:
    """Both sweeps. `reason` (a code) is set when something did not come to its end."""

    device: str | None = None
    kind: str | None = None  # "cuda" | "mps" | "cpu"
    torch: str | None = None
    processors: int | None = None
    shared_memory_mib: int | None = None
    workers: tuple[Workers, ...] = ()
    batches: tuple[Batch, ...] = ()
    out_of_time: bool = False  # larger batches were left out
    seconds: float | None = None
    reason: str | None = None
    detail: str | None = None

    @property
    def best_workers(self) -> Workers | None:
        """The knee: the fewest that are nearly as quick as the quickest."""
        best = max((each.rate for each in self.workers), default=0.0)
        enough = (each for each in self.workers if each.rate >= WITHIN * best)
        return min(enough, key=lambda each: each.count, default=None)

    @property
    def best_batch(self) -> Batch | None:
        """The smallest that is nearly as quick as the quickest."""
        best = max((each.rate or 0.0 for each in self.batches), default=0.0)
        enough = (each for each in self.batches if each.rate and each.rate >= WITHIN * best)
        return min(enough, key=lambda each: each.size, default=None)

    @property
    def loader_is_slower(self) -> bool:
        """Whether the model waits for pictures, however many workers there are."""
        workers, batch = self.best_workers, self.best_batch
        return bool(workers and batch and workers.rate < (batch.rate or 0))

    @property
    def ok(self) -> bool:
        return self.reason is None


def read_tuning(events: Sequence[Event], ending: Ending) -> Tuning:
    """All events of a tuning."""
    info: dict[str, Any] = {}
    for event in events:
        if event["event"] == "info":
            info.update(event)
    end = next((event for event in events if event["event"] == "end"), None)
    failed = next((event for event in events if event["event"] == "failed"), None)
    reason, detail = (None, None) if end else ending.cause()
    if failed:
        reason, detail = str(failed.get("reason")), failed.get("detail")  # type: ignore[assignment]
    device = info.get("device") or {}
    return Tuning(
        device=device.get("name"),
        kind=info.get("kind"),
        torch=info.get("torch"),
        processors=info.get("processors"),
        shared_memory_mib=info.get("shared_memory_mib"),
        workers=tuple(_workers(event) for event in events if event["event"] == "workers"),
        batches=tuple(_batch(event) for event in events if event["event"] == "batch"),
        out_of_time=any(event["event"] == "out-of-time" for event in events),
        seconds=number_of(end.get("seconds")) if end else None,
        reason=reason,
        detail=detail,
    )


def _workers(event: Mapping[str, Any]) -> Workers:
    return Workers(int(event["workers"]), float(event["rate"]), number_of(event.get("start_s")))


def _batch(event: Mapping[str, Any]) -> Batch:
    memory = event.get("memory_mib")
    return Batch(
        size=int(event["batch"]),
        rate=number_of(event.get("rate")),
        memory_mib=None if memory is None else int(memory),
        fits=bool(event.get("fits", True)),
    )


def tuning_document(tuning: Tuning, image_size: int) -> dict[str, Any]:
    """`gpusetup.tune/1`."""
    workers, batch = tuning.best_workers, tuning.best_batch
    return {
        "schema": "gpusetup.tune/1",
        "torch": tuning.torch,
        "device": tuning.device,
        "kind": tuning.kind,
        "image_size": image_size,
        "processors": tuning.processors,
        "shared_memory_mib": tuning.shared_memory_mib,
        "num_workers": workers.count if workers else None,
        "batch_size": batch.size if batch else None,
        "memory_mib": batch.memory_mib if batch else None,
        "out_of_time": tuning.out_of_time,
        "loader_is_slower": tuning.loader_is_slower,
        "workers": [
            {"workers": each.count, "images_per_s": each.rate, "start_s": each.start_s}
            for each in tuning.workers
        ],
        "batches": [
            {
                "batch": each.size,
                "images_per_s": each.rate,
                "memory_mib": each.memory_mib,
                "fits": each.fits,
            }
            for each in tuning.batches
        ],
        "seconds": tuning.seconds,
        "reason": tuning.reason,
        "detail": tuning.detail,
    }
