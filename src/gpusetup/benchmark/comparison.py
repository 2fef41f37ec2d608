"""A benchmark beside an earlier one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from gpusetup.benchmark.measurement import Benchmark, MeasuredDevice

NOISE = 0.03  # runs of the same machine differ by so much


@dataclass(frozen=True)
class Change:
    """One figure before and now."""

    device: int | None  # None: the CPU
    figure: str
    before: float
    now: float
    noise: float
    less_is_better: bool = False

    @property
    def factor(self) -> float:
        """Above 1 is better than before."""
        return self.before / self.now if self.less_is_better else self.now / self.before

    @property
    def is_same(self) -> bool:
        """Within what runs differ by anyway."""
        return abs(self.factor - 1) <= self.noise


def changes(before: Mapping[str, Any], now: Benchmark) -> tuple[Change, ...]:
    """Every figure that both have, of the same shape, on the same GPU."""
    found: list[Change] = []
    for device in now.devices:
        earlier = _same_device(before.get("devices"), device)
        found += _changes(earlier, device)
    cpu = before.get("cpu")
    if now.cpu and isinstance(cpu, Mapping) and cpu.get("name") == now.cpu.name:
        found += _changes(cpu, now.cpu)
    return tuple(found)


def _same_device(rows: object, device: MeasuredDevice) -> Mapping[str, Any] | None:
    known = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    by_uuid = (row for row in known if device.uuid and row.get("uuid") == device.uuid)
    by_place = (row for row in known if row.get("index") == device.index)
    same = (row for row in (*by_uuid, *by_place) if row.get("name") == device.name)
    return next(same, None)


def _changes(before: Mapping[str, Any] | None, device: MeasuredDevice) -> Iterator[Change]:
    rows: Sequence[Any] = (before or {}).get("results") or ()
    known = {row.get("id"): row for row in rows if isinstance(row, Mapping)}
    for result in device.results:
        row = known.get(result.id, {})
        earlier, spread = row.get("median"), row.get("spread") or 0
        same_shape = row.get("shape") == list(result.shape)
        if result.median and isinstance(earlier, (int, float)) and earlier > 0 and same_shape:
            noise = max(NOISE, spread, result.spread or 0)
            yield Change(
                device.index, result.id, earlier, result.median, noise, result.unit == "us"
            )


def change_document(change: Change) -> dict[str, Any]:
    """One line of `comparison.figures`."""
    return {
        "device": change.device,
        "id": change.figure,
        "before": change.before,
        "now": change.now,
        "factor": round(change.factor, 4),
        "same": change.is_same,
    }
