"""Results without rounding: they are right or they are not."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Sequence

from gpusetup.evidence.claim import Bounds, Claim, Wrong, compare, require_equal
from gpusetup.inside.gpusetup_questions import FILLED, SORTED, filling, rows_of

_TONE = Bounds(0.02, 0.05)
_ROUNDED = Bounds(1e-5, 1e-4)
_HALF = Bounds(1e-3, 2e-3)


def judge_allocation(claim: Claim) -> None:
    value = filling(claim.question)
    require_equal(claim.values("total"), [value * FILLED], "sum")
    require_equal(claim.values("some"), [value] * 64, "fill")


def judge_kernel(claim: Claim) -> None:
    values = claim.question.integers("values", 1000)
    require_equal(claim.values("result"), [float(3 * each + 1) for each in values], "3 x + 1")


def judge_index(claim: Claim) -> None:
    """Sorting, sums, choosing."""
    rows, columns = SORTED
    values = [float(each) for each in claim.question.order("values", rows * columns)]
    chosen = [each % rows for each in claim.question.integers("chosen", 3 * rows, 20)]
    table = rows_of(values, columns)
    added = [[0.0] * columns for _ in range(rows)]
    for place in chosen:
        added[place] = [a + b for a, b in zip(added[place], table[place])]
    right: dict[str, Sequence[float]] = {
        "sorted": sorted(values),
        "origin": [float(i) for i in sorted(range(len(values)), key=values.__getitem__)],
        "columns": [sum(column) for column in zip(*table)],
        "running": [each for row in table for each in accumulate(row)],
        "largest": [max(row) for row in table],
        "where": [float(row.index(max(row))) for row in table],
        "picked": [each for place in chosen for each in table[place]],
        "added": [each for row in added for each in row],
        "above": [each for each in values if each > 1000],
        "turned": [each for column in zip(*table) for each in column],
        "least": [min(column) for column in zip(*table)],
        "top": [each for row in table for each in sorted(row, reverse=True)[:3]],
        "gathered": [table[place][i] for i, place in enumerate(chosen[:columns])],
        "clipped": [each if each > 1000 else 0.0 for each in values],
        "joined": [each for pair in zip(table[:2], table[-2:]) for row in pair for each in row],
    }
    for part, wanted in right.items():
        require_equal(claim.values(part), wanted, part)
    compare(claim.values("mean"), [sum(row) / columns for row in table], _ROUNDED)


def judge_elementwise(claim: Claim) -> float:
    """Every function against Python's own."""
    given = claim.question.numbers("values", 600)
    above = [abs(each) + 0.25 for each in given]
    right = {
        "exp": map(math.exp, given),
        "log": map(math.log, above),
        "sqrt": map(math.sqrt, above),
        "sin": map(math.sin, given),
        "sigmoid": (1 / (1 + math.exp(-each)) for each in given),
        "quotient": (a / b for a, b in zip(given, above)),
        "power": (each**3 for each in above),
        "softmax": (each for row in rows_of(given, 30) for each in _softmax(row)),
        "clamp": (min(0.5, max(-0.5, each)) for each in given),
    }
    errors = [compare(claim.values(part), list(wanted), _ROUNDED) for part, wanted in right.items()]
    compare(claim.values("half"), given, _HALF)
    return max(errors)


def judge_random(claim: Claim) -> None:
    """Within their range, spread as they should be, repeatable, and not constant."""
    for prefix, middle, spread in (("", 0.5, 1 / 12), ("normal ", 0.0, 1.0)):
        one, same, other = (claim.values(prefix + name, 3000) for name in ("one", "same", "other"))
        require_equal(same, one, "manual_seed")
        mean = sum(one) / 3000
        variance = sum((each - mean) ** 2 for each in one) / 3000
        # six standard deviations of the mean, and a wide berth for the variance
        usual = abs(mean - middle) < 6 * math.sqrt(spread / 3000)
        usual = usual and 0.8 * spread < variance < 1.25 * spread
        if not usual or one == other or (not prefix and not 0 <= min(one) <= max(one) <= 1):
            raise Wrong("wrong-result", f"{prefix}random".strip())


def judge_streams(claim: Claim) -> None:
    _require_line(claim, "values", "result", 2, 1)


def judge_graphs(claim: Claim) -> None:
    """A replay that gives the first result again has not looked at the new numbers."""
    _require_line(claim, "one", "one", 2, 1)
    _require_line(claim, "two", "two", 2, 1)


def judge_pinned(claim: Claim) -> None:
    _require_line(claim, "values", "result", 1, 0)


def judge_copies(claim: Claim) -> None:
    """What arrived from each GPU at each other one."""
    places = {name.partition(" -> ")[0] for name in claim.parts}
    if len(places) < 2 or len(claim.parts) != len(places) * (len(places) - 1):
        raise Wrong("no-evidence", ", ".join(claim.parts))
    for name in claim.parts:
        sent = claim.question.numbers(f"from {name.partition(' -> ')[0]}", 4096)
        if claim.values(name) != sent:
            raise Wrong("wrong-copy", name)


def judge_sum(claim: Claim) -> None:
    """Every GPU holds the sum of what all had."""
    indexes = [name.partition(" ")[2] for name in claim.parts]
    if not indexes:
        raise Wrong("no-evidence", "sum")
    given = [claim.question.integers(f"from {index}", 1024) for index in indexes]
    right = [float(sum(column)) for column in zip(*given)]
    for name in claim.parts:
        require_equal(claim.values(name), right, name)


def judge_loading(claim: Claim) -> None:
    require_equal(claim.values("values"), claim.question.numbers("values", 24), "order")


def judge_compiled(claim: Claim) -> None:
    table = rows_of([float(each) for each in claim.question.integers("values", 1024)], 64)
    right = [max(each, 0.0) * 2 + sum(row) for row in table for each in row]
    require_equal(claim.values("result"), right, "compiled")


def judge_numpy(claim: Claim) -> None:
    require_equal(claim.values("there"), claim.question.numbers("there", 50), "numpy")
    doubled = [2 * each for each in claim.question.numbers("back", 50)]
    require_equal(claim.values("back"), doubled, "numpy")


def judge_torchvision(claim: Claim) -> None:
    """Normalised pixels; of boxes that overlap by more than half, the best ones."""
    picture = claim.question.numbers("picture", 48, 8)
    require_equal(claim.values("normal"), [(each - 0.5) / 0.25 for each in picture], "normalize")
    boxes, scores = claim.question.boxes("boxes", 40)
    right = [float(each) for each in _best_boxes(boxes, scores)]
    for name in claim.parts:
        if name.startswith("kept "):
            require_equal(claim.values(name), right, "nms")


def judge_torchaudio(claim: Claim) -> float:
    pitch = 150.0 + claim.question.integers("pitch", 1, 7)[0]
    right = [math.sin(2 * math.pi * pitch / 8000 * i) for i in range(200, 600)]
    if not claim.parts:
        raise Wrong("no-evidence", "tone")
    return max(compare(claim.values(name), right, _TONE) for name in claim.parts)


def _require_line(claim: Claim, given: str, part: str, factor: int, plus: int) -> None:
    right = [float(factor * each + plus) for each in claim.question.integers(given, 4096)]
    require_equal(claim.values(part), right, part)


def _softmax(row: Sequence[float]) -> list[float]:
    powers = [math.exp(each) for each in row]
    return [each / sum(powers) for each in powers]


def _best_boxes(boxes: Sequence[Sequence[float]], scores: Sequence[float]) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=scores.__getitem__, reverse=True):
        if all(_overlap(boxes[i], boxes[j]) <= 0.5 for j in kept):
            kept.append(i)
    return kept


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, wide) * max(0.0, high)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared)
