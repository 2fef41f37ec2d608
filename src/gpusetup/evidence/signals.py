"""Convolution and Fourier transform, done again in Python."""

from __future__ import annotations

import math
from operator import mul

from gpusetup.evidence.claim import Bounds, Claim, compare
from gpusetup.inside.gpusetup_questions import (
    CONVOLUTION,
    TRANSFORM,
    rows_of,
)

_CONVOLUTION = Bounds(1e-4, 1e-3)
_TRANSFORM = Bounds(1e-5, 1e-4)


def judge_convolution(claim: Claim) -> float:
    images, channels, side, kernels, width = CONVOLUTION
    values = rows_of(claim.question.numbers("values", images * channels * side * side), side)
    weights = rows_of(claim.question.numbers("weights", kernels * channels * width * width), width)
    room = side - width + 1
    right = [
        sum(
            sum(
                map(
                    mul,
                    weights[(kernel * channels + channel) * width + i],
                    values[(image * channels + channel) * side + y + i][x : x + width],
                )
            )
            for channel in range(channels)
            for i in range(width)
        )
        for image in range(images)
        for kernel in range(kernels)
        for y in range(room)
        for x in range(room)
    ]
    one = len(right) // images
    turned = [each for i in reversed(range(images)) for each in right[i * one : (i + 1) * one]]
    return max(
        compare(claim.values("result"), right, _CONVOLUTION),
        compare(claim.values("again"), turned, _CONVOLUTION),
    )


def judge_transform(claim: Claim) -> float:
    """A transform by its definition."""
    values = claim.question.numbers("values", TRANSFORM)
    turns = [2 * math.pi * i / TRANSFORM for i in range(TRANSFORM)]
    cosines, sines = list(map(math.cos, turns)), list(map(math.sin, turns))
    places = [[i * k % TRANSFORM for i in range(TRANSFORM)] for k in range(TRANSFORM)]
    real = [sum(v * cosines[p] for v, p in zip(values, row)) for row in places]
    imaginary = [-sum(v * sines[p] for v, p in zip(values, row)) for row in places]
    return max(
        compare(claim.values("real"), real, _TRANSFORM),
        compare(claim.values("imaginary"), imaginary, _TRANSFORM),
        compare(claim.values("back"), values, _TRANSFORM),
    )
