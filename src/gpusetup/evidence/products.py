"""Matrix products. A product of n x n numbers takes n^3 steps to make and n^2 to judge."""

from __future__ import annotations

import math
import random
from operator import mul
from typing import Sequence

from gpusetup.evidence.claim import Bounds, Claim, Wrong, compare, require_equal
from gpusetup.inside.gpusetup_questions import BITS, ODD, PRODUCTS, rows_of

# Inputs are exact, so only accumulation and the rounding of the result count.
_BOUNDS = {
    "float64": Bounds(1e-13, 1e-12),
    "float32": Bounds(3e-6, 3e-5),
    "tf32": Bounds(1e-3, 1e-2),
    "float16": Bounds(2e-3, 2e-2),
    "bfloat16": Bounds(1e-2, 6e-2),
    "float8": Bounds(1e-2, 6e-2),  # comes as bfloat16
}
_REFERENCE = 1e-10  # of sums of some hundred products in double precision
_BLURRED = 3.0  # times the bound for the whole: every element is off a little
_LARGE = 2e-6  # per element and root of their number: many times what float32 loses


def judge_product(claim: Claim) -> float:
    """A fresh result, one that was written over, and one of odd shape."""
    kind = claim.question.check.partition("-")[2]
    shape = PRODUCTS[claim.question.check]
    reference = _checked_reference(claim, shape, BITS[kind], "")
    odd = _checked_reference(claim, ODD, BITS[kind], "odd ")
    turned, odd_turned = _turned(reference, shape[2]), _turned(odd, ODD[2])
    expected = {"result": reference, "again": turned, "written": turned}
    expected.update({"odd": odd, "batch": [*odd, *odd_turned]})
    return max(_compared(claim, part, right, kind) for part, right in expected.items())


def _turned(product: Sequence[float], columns: int) -> list[float]:
    """The product for the rows of the left matrix in reverse order."""
    return [each for row in reversed(rows_of(product, columns)) for each in row]


def _compared(claim: Claim, part: str, right: Sequence[float], kind: str) -> float:
    """The relative error of one product. Raises Wrong, also for a precision that is not its own."""
    got = claim.values(part)
    try:
        return compare(got, right, _BOUNDS[kind])
    except Wrong as wrong:
        coarse = _BOUNDS["bfloat16"]
        if kind not in ("float64", "float32") or wrong.reason != "wrong-result":
            raise
        error = compare(got, right, coarse)  # far away: wrong and nothing else
        if error < _BLURRED * _BOUNDS[kind].whole:
            raise  # a few elements, not all of them
        raise Wrong("low-precision", f"±{error:.1g}", error) from None


def judge_float8(claim: Claim) -> float | None:
    """The way there and back is exact; the product is there where the hardware has it."""
    shape = PRODUCTS[claim.question.check]
    left = claim.question.numbers("left", shape[0] * shape[1], BITS["float8"])
    require_equal(claim.values("back"), left, "back")
    if "result" not in claim.parts:
        return None
    reference = _checked_reference(claim, shape, BITS["float8"], "")
    return compare(claim.values("result"), reference, _BOUNDS["float8"])


def judge_mixed(claim: Claim) -> float:
    """A product that autocast turned into a short type, and a training with scaled losses."""
    reference = _checked_reference(claim, PRODUCTS["amp"], BITS["bfloat16"], "")
    error = compare(claim.values("result"), reference, _BOUNDS["bfloat16"])
    if "losses" in claim.parts:
        require_falling(claim.values("losses"))
    return error


def judge_large(claim: Claim) -> float:
    """Freivalds: A (B r) = (A B) r for a vector that nobody knew when the product was made."""
    rows, inner, columns = PRODUCTS["matmul-large"]
    result = claim.values("result", rows * columns)
    vector = [random.SystemRandom().choice((-1.0, 1.0)) for _ in range(columns)]
    away = _freivalds(claim, (rows, inner, columns), BITS["float32"], "", result, vector)
    worst = max(away)
    # the size of an element is about the root of a third of a third of `inner`
    allowed = _LARGE * math.sqrt(inner) / 3 * math.sqrt(columns) * 10
    if not worst <= allowed:
        reason = "not-a-number" if math.isnan(sum(result)) else "wrong-result"
        raise Wrong(reason, f"±{worst:.2g}", worst)
    return worst / (math.sqrt(inner) / 3 * math.sqrt(columns))


def require_falling(losses: Sequence[float], share: float = 0.8) -> None:
    """A loss that is a number and falls. Raises Wrong."""
    if not losses or not all(map(math.isfinite, losses)):
        raise Wrong("not-a-number", "loss")
    if losses[-1] > share * losses[0]:
        raise Wrong("loss-not-falling", f"{losses[0]:.4g} -> {losses[-1]:.4g}")


def _checked_reference(
    claim: Claim, shape: tuple[int, int, int], bits: int, prefix: str
) -> list[float]:
    """The script's product in double precision, after it has passed Freivalds' check."""
    rows, _, columns = shape
    reference = claim.values(prefix + "reference", rows * columns)
    vector = [random.SystemRandom().uniform(0.5, 1.5) for _ in range(columns)]
    away = _freivalds(claim, shape, bits, prefix, reference, vector)
    if not max(away) <= _REFERENCE:
        raise Wrong("wrong-reference")
    return reference


def _freivalds(
    claim: Claim,
    shape: tuple[int, int, int],
    bits: int,
    prefix: str,
    product: Sequence[float],
    vector: Sequence[float],
) -> list[float]:
    """How far each row of (A B) r is from A (B r)."""
    rows, inner, columns = shape
    left = claim.question.numbers(prefix + "left", rows * inner, bits)
    right = claim.question.numbers(prefix + "right", inner * columns, bits)
    right_sums = [sum(map(mul, row, vector)) for row in rows_of(right, columns)]
    expected = [sum(map(mul, row, right_sums)) for row in rows_of(left, inner)]
    found = [sum(map(mul, row, vector)) for row in rows_of(product, columns)]
    # NaN is as wrong as anything can be, and would hide in max()
    return [math.inf if math.isnan(a) else abs(a - b) for a, b in zip(found, expected)]
