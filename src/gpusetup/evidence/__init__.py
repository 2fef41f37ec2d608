"""Judges what torch computed, in a process where torch never was.

`judged` makes the question of a check again from its seed, knows the answer, and takes nothing on
trust: a check without evidence has failed, whatever the script says of it.
"""

from __future__ import annotations

import math
from typing import Callable, Mapping, Union

from gpusetup.evidence import algebra, exact, learning, products, signals
from gpusetup.evidence.claim import Claim, Wrong
from gpusetup.inside.gpusetup_questions import Question

Judge = Callable[[Claim], Union[float, None]]

JUDGES: Mapping[str, Judge] = {
    "allocation": exact.judge_allocation,
    "architecture": exact.judge_kernel,
    "matmul-float64": products.judge_product,
    "matmul-float32": products.judge_product,
    "matmul-tf32": products.judge_product,
    "matmul-float16": products.judge_product,
    "matmul-bfloat16": products.judge_product,
    "matmul-float8": products.judge_float8,
    "matmul-large": products.judge_large,
    "convolution": signals.judge_convolution,
    "fft": signals.judge_transform,
    "linear-algebra": algebra.judge_algebra,
    "index-reduction": exact.judge_index,
    "elementwise": exact.judge_elementwise,
    "random": exact.judge_random,
    "training": learning.judge_training,
    "training-cnn": learning.judge_curves,
    "training-transformer": learning.judge_curves,
    "amp": products.judge_mixed,
    "compile": exact.judge_compiled,
    "streams": exact.judge_streams,
    "cuda-graphs": exact.judge_graphs,
    "pinned-memory": exact.judge_pinned,
    "copy-between-devices": exact.judge_copies,
    "nccl": exact.judge_sum,
    "dataloader": exact.judge_loading,
    "numpy": exact.judge_numpy,
    "torchvision": exact.judge_torchvision,
    "torchaudio": exact.judge_torchaudio,
}


def judged(event: Mapping[str, object], seed: int) -> Mapping[str, object]:
    """A script's event; of a check that says it passed, the judgement on its evidence."""
    name, device = str(event.get("id")), event.get("device")
    if event["event"] != "check" or event.get("status") != "passed" or name not in JUDGES:
        return event
    parts = event.get("evidence")
    if not isinstance(parts, dict):
        return {**event, "evidence": None, "status": "failed", "reason": "no-evidence"}
    question = Question(seed, name, device if isinstance(device, int) else None)
    found: dict[str, object] = {**event, "evidence": None}
    try:
        found["error"] = JUDGES[name](Claim(question, parts))
    except Wrong as wrong:
        found.update(status="failed", reason=wrong.reason, detail=wrong.detail)
        found["error"] = wrong.error if wrong.error and math.isfinite(wrong.error) else None
    return found
