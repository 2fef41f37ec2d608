"""One check's results as the script sent them, and what can be wrong with numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping, Sequence

from gpusetup.inside.gpusetup_questions import Question, unpack


class Wrong(Exception):
    """An answer that is not right. `reason` is a code of `verify.reason-...`."""

    def __init__(self, reason: str, detail: str | None = None, error: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.error = error


@dataclass(frozen=True)
class Claim:
    """What one check claims to have computed."""

    question: Question
    parts: Mapping[str, str]

    def values(self, part: str, count: int | None = None) -> list[float]:
        """The numbers of one part.

        Raises:
            Wrong: there is no such part, or it has another length.
        """
        try:
            found = unpack(self.parts[part])
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Wrong("no-evidence", part) from None
        if count is not None and len(found) != count:
            raise Wrong("wrong-shape", f"{len(found)} != {count}")
        return found


@dataclass(frozen=True)
class Bounds:
    """How far a result may be away: relative to the size of the whole (Frobenius), and each
    element in units of the root mean square."""

    whole: float
    element: float


def compare(got: Sequence[float], right: Sequence[float], bounds: Bounds) -> float:
    """The relative error. Raises Wrong when it is too large."""
    if len(got) != len(right):
        raise Wrong("wrong-shape", f"{len(got)} != {len(right)}")
    differences = [a - b for a, b in zip(got, right)]
    if not all(map(math.isfinite, differences)):
        raise Wrong("not-a-number")
    size = math.sqrt(sum(each * each for each in right)) or 1.0
    error = math.sqrt(sum(each * each for each in differences)) / size
    worst = max(map(abs, differences)) / (size / math.sqrt(len(right)))
    if error > bounds.whole or worst > bounds.element:
        raise Wrong("wrong-result", f"±{worst:.2g}", error)
    return error


def require_equal(got: Sequence[float], right: Sequence[float], part: str) -> None:
    """For results without rounding. Raises Wrong."""
    if list(got) != list(right):
        if any(math.isnan(each) for each in got):
            raise Wrong("not-a-number", part)
        raise Wrong("wrong-shape" if len(got) != len(right) else "wrong-result", part)
