"""What torch is asked to compute, and how its answers travel. The parent reads this file too.

Every question is made of a secret seed and a name, by Python alone and alike in every version. So
whoever knows the seed can make the question again and judge the answer, without torch and outside
of the process in which torch could have changed anything.
"""

from __future__ import print_function

import base64
import random
import sys
from array import array
from typing import List, Optional, Sequence, Tuple

# rows, inner, columns of the products, by the check; multiples of 8 let tensor cores take part
PRODUCTS = {
    "matmul-float64": (88, 104, 72),
    "matmul-float32": (256, 256, 256),
    "matmul-tf32": (128, 144, 112),
    "matmul-float16": (128, 144, 112),
    "matmul-bfloat16": (128, 144, 112),
    "matmul-float8": (64, 96, 80),
    "matmul-large": (1024, 1152, 1000),
    "amp": (96, 128, 80),
}
ODD = (67, 131, 93)  # fits no tile of any kernel

# bits of the inputs: every type holds them exactly, so only the computing itself can be inexact
BITS = {"float64": 50, "float32": 24, "tf32": 11, "float16": 11, "bfloat16": 8, "float8": 4}

FILLED = 2**18
CONVOLUTION = (2, 4, 16, 8, 3)  # images, channels, side, kernels, their side
TRANSFORM = 96
ORDER = 24  # of the systems of equations
SORTED = (40, 50)
STEPS = 20
RATE = 0.05
LAYERS = (16, 4, 8)  # rows, inputs, hidden units of the small network


class Question(object):
    """The data of one check on one device."""

    def __init__(self, seed: int, check: str, device: Optional[int] = None) -> None:
        self.check = check
        self._seed = "{0} {1} {2}".format(seed, check, device)

    def _source(self, part: str) -> random.Random:
        return random.Random("{0} {1}".format(self._seed, part))  # noqa: S311 - no secret

    def integers(self, part: str, count: int, bits: int = 12) -> List[int]:
        """Integers of `bits` bits around zero."""
        draw, half = self._source(part).getrandbits, 1 << (bits - 1)
        return [draw(bits) - half for _ in range(count)]

    def numbers(self, part: str, count: int, bits: int = 24) -> List[float]:
        """Numbers between -1 and 1 that `bits` bits hold exactly."""
        scale = 2.0 ** (1 - bits)
        return [each * scale for each in self.integers(part, count, bits)]

    def order(self, part: str, count: int) -> List[int]:
        """The numbers below `count` in random order."""
        draw = self._source(part).getrandbits
        keys = [draw(53) for _ in range(count)]
        return sorted(range(count), key=keys.__getitem__)

    def well_behaved(self, part: str, size: int) -> List[List[float]]:
        """A matrix whose diagonal outweighs the rest: its equations have one stable answer."""
        matrix = rows_of(self.numbers(part, size * size, 16), size)
        for i in range(size):
            matrix[i][i] += float(size)
        return matrix

    def symmetric(self, part: str, size: int) -> List[List[float]]:
        """The same, and symmetric: it has a Cholesky factor."""
        half = self.well_behaved(part, size)
        return [[half[max(i, j)][min(i, j)] for j in range(size)] for i in range(size)]

    def boxes(self, part: str, count: int) -> Tuple[List[List[float]], List[float]]:
        """Boxes that overlap, and their scores, all different."""
        corners = self.integers(part, 2 * count, 5)
        placed = [
            [float(x + 16), float(y + 16), float(x + 28), float(y + 28)]
            for x, y in zip(corners[:count], corners[count:])
        ]
        return placed, [(each + 1.0) / count for each in self.order(part + " scores", count)]


def filling(ask: Question) -> float:
    """What memory is filled with: not zero, and float32 holds every partial sum of it."""
    return float(ask.integers("value", 1, 6)[0] + 33)


def rows_of(values: Sequence[float], columns: int) -> List[List[float]]:
    """A matrix from its values."""
    return [list(values[start : start + columns]) for start in range(0, len(values), columns)]


def pack(values: Sequence[float], width: str = "d") -> str:
    """Numbers as text, exactly. "f" halves the size of what came from float32 or shorter."""
    found = array(width, values)
    if sys.byteorder == "big":
        found.byteswap()
    return width + base64.b64encode(found.tobytes()).decode("ascii")


def unpack(text: str) -> List[float]:
    """The numbers of `pack`. ValueError for anything else."""
    if text[:1] not in ("d", "f"):
        raise ValueError(text[:1])
    found = array(text[0])
    found.frombytes(base64.b64decode(text[1:], validate=True))
    if sys.byteorder == "big":
        found.byteswap()
    return found.tolist()
