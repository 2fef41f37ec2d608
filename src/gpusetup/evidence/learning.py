"""Training: a small network is trained again in Python, larger ones against double precision."""

from __future__ import annotations

import math
from operator import mul
from typing import Sequence

from gpusetup.evidence.claim import Bounds, Claim, Wrong, compare
from gpusetup.evidence.products import require_falling
from gpusetup.inside.gpusetup_questions import LAYERS, RATE, STEPS, rows_of

_GRADIENTS = Bounds(1e-4, 1e-3)
_CURVE = 0.02  # of the first loss

Matrix = list[list[float]]


def judge_training(claim: Claim) -> float:
    """The gradients of the first step, the losses, and the weights after the last step."""
    rows, width, hidden = LAYERS
    ask = claim.question
    inputs = rows_of(ask.numbers("inputs", rows * width), width)
    plane = ask.numbers("plane", width)
    target = [sum(map(mul, row, plane)) for row in inputs]
    first = rows_of(ask.numbers("first", width * hidden), hidden)
    second = ask.numbers("second", hidden)
    losses, error = [], 0.0
    for step in range(STEPS):
        loss, first_gradient, second_gradient = _step(inputs, target, first, second)
        losses.append(loss)
        if step == 0:
            error = max(
                compare(claim.values("first gradient"), _flat(first_gradient), _GRADIENTS),
                compare(claim.values("second gradient"), second_gradient, _GRADIENTS),
            )
        first = [
            [weight - RATE * each for weight, each in zip(*pair)]
            for pair in zip(first, first_gradient)
        ]
        second = [weight - RATE * each for weight, each in zip(second, second_gradient)]
    compare(claim.values("losses"), losses, _GRADIENTS)
    compare(claim.values("first"), _flat(first), _GRADIENTS)
    compare(claim.values("second"), second, _GRADIENTS)
    require_falling(claim.values("losses"))
    return error


def judge_curves(claim: Claim) -> float:
    """A model that learns, and learns the same as in double precision."""
    losses, reference = claim.values("losses"), claim.values("reference")
    if not reference or len(losses) != len(reference):
        raise Wrong("no-evidence", "losses")
    require_falling(reference)
    require_falling(losses)
    away = max(abs(a - b) for a, b in zip(losses, reference)) / abs(reference[0])
    if not away <= _CURVE:
        raise Wrong("wrong-result", f"±{away:.2g}", away)
    return away


def _step(
    inputs: Matrix, target: Sequence[float], first: Matrix, second: Sequence[float]
) -> tuple[float, Matrix, list[float]]:
    """The loss of tanh(X W1) w2 and its gradients."""
    hidden = [[math.tanh(sum(map(mul, row, column))) for column in zip(*first)] for row in inputs]
    away = [sum(map(mul, row, second)) - wanted for row, wanted in zip(hidden, target)]
    share = 2.0 / len(away)
    second_gradient = [share * sum(map(mul, away, column)) for column in zip(*hidden)]
    back = [
        [share * error * weight * (1 - unit * unit) for weight, unit in zip(second, row)]
        for error, row in zip(away, hidden)
    ]
    first_gradient = [
        [sum(map(mul, column, units)) for units in zip(*back)] for column in zip(*inputs)
    ]
    return sum(each * each for each in away) / len(away), first_gradient, second_gradient


def _flat(matrix: Matrix) -> list[float]:
    return [each for row in matrix for each in row]
