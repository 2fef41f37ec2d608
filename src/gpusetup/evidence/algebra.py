"""Equations and decompositions: what was taken apart is put together again."""

from __future__ import annotations

from operator import mul
from typing import Callable, Sequence

from gpusetup.evidence.claim import Bounds, Claim, Wrong, compare
from gpusetup.inside.gpusetup_questions import ORDER, rows_of

_BOUNDS = Bounds(1e-4, 1e-3)

Matrix = Sequence[Sequence[float]]
Rule = Callable[[Claim], float]


def judge_algebra(claim: Claim) -> float:
    """What the device can do of them; the script leaves out what it cannot."""
    there = [rule for part, rule in _RULES.items() if part in claim.parts]
    if not there:
        raise Wrong("no-evidence", "solution")
    return max(rule(claim) for rule in there)


def _solution(claim: Claim) -> float:
    sides = rows_of(claim.question.numbers("sides", 3 * ORDER), 3)
    return _same(_times(_given(claim), _square(claim, "solution", 3)), sides)


def _inverse(claim: Claim) -> float:
    return _same(_times(_given(claim), _square(claim, "inverse")), _identity())


def _cholesky(claim: Claim) -> float:
    factor = _square(claim, "factor")
    _require_triangle(_turned(factor), "Cholesky")
    return _same(_times(factor, _turned(factor)), _even(claim))


def _qr(claim: Claim) -> float:
    q, r = _square(claim, "q"), _square(claim, "r")
    _require_triangle(r, "QR")
    return max(_orthogonal(q), _same(_times(q, r), _given(claim)))


def _eigenvalues(claim: Claim) -> float:
    values, vectors = claim.values("values", ORDER), _square(claim, "vectors")
    scaled = [[a * b for a, b in zip(row, values)] for row in vectors]
    error = _same(_times(scaled, _turned(vectors)), _even(claim))
    return max(error, _orthogonal(vectors))


def _singular_values(claim: Claim) -> float:
    u, s, v = _square(claim, "u"), claim.values("s", ORDER), _square(claim, "v")
    if min(s) < 0 or sorted(s, reverse=True) != s:
        raise Wrong("wrong-result", "SVD")
    scaled = [[a * b for a, b in zip(row, s)] for row in u]
    return max(_orthogonal(u), _orthogonal(v), _same(_times(scaled, v), _given(claim)))


_RULES: dict[str, Rule] = {
    "solution": _solution, "inverse": _inverse, "factor": _cholesky, "q": _qr,
    "values": _eigenvalues, "u": _singular_values,
}  # fmt: skip


def _given(claim: Claim) -> Matrix:
    return claim.question.well_behaved("matrix", ORDER)


def _even(claim: Claim) -> Matrix:
    return claim.question.symmetric("symmetric", ORDER)


def _square(claim: Claim, part: str, columns: int = ORDER) -> Matrix:
    return rows_of(claim.values(part, ORDER * columns), columns)


def _identity() -> Matrix:
    return [[float(i == j) for j in range(ORDER)] for i in range(ORDER)]


def _turned(matrix: Matrix) -> Matrix:
    return list(zip(*matrix))


def _times(left: Matrix, right: Matrix) -> Matrix:
    columns = _turned(right)
    return [[sum(map(mul, row, column)) for column in columns] for row in left]


def _orthogonal(matrix: Matrix) -> float:
    return _same(_times(_turned(matrix), matrix), _identity())


def _require_triangle(matrix: Matrix, name: str) -> None:
    """That nothing stands below the diagonal."""
    if any(matrix[i][j] != 0 for i in range(ORDER) for j in range(i)):
        raise Wrong("wrong-result", name)


def _same(got: Matrix, right: Matrix) -> float:
    flat = [[each for row in matrix for each in row] for matrix in (got, right)]
    return compare(flat[0], flat[1], _BOUNDS)
