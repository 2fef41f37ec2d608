"""Sentences of `bench`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.bench.quick": "At most 20 seconds (the default).",
    "help.bench.full": "About a minute and a half; steadier figures.",
    "bench.running": "measuring: {figure}",
    "bench.title": "How fast PyTorch computes here",
    "bench.column-device": "device",
    "bench.column-figure": "what",
    "bench.column-speed": "speed",
    "bench.column-expected": "expected",
    "bench.column-health": "verdict",
    "bench.figure-import": "loading PyTorch",
    "bench.figure-matmul-float32": "products, float32",
    "bench.figure-matmul-tf32": "products, TF32",
    "bench.figure-matmul-float16": "products, float16",
    "bench.figure-matmul-bfloat16": "products, bfloat16",
    "bench.figure-copy-device": "copy within its memory",
    "bench.figure-copy-to-device": "copy to the GPU",
    "bench.figure-copy-from-device": "copy from the GPU",
    "bench.figure-copy-memory": "copy within memory",
    "bench.share": "{percent} %",
    "bench.health-good": "good",
    "bench.health-low": "low",
    "bench.health-bad": "too low",
    "bench.health-unsteady": "runs differ by {percent} %",
    "bench.not-measured": "not supported",
    "bench.failed": "failed",
    "bench.device-good": "{name} is as fast as this model should be.",
    "bench.device-low": "{name} is a little slower than this model should be ({percent} %).",
    "bench.device-bad": "{name} is much slower than this model should be ({percent} %).",
    "bench.device-unknown": "{name}: there is no reference for this model to judge by.",
    "bench.device-failed": "{name}: nothing could be measured ({reason}).",
    "bench.device-low.next": (
        "Other programs on the GPU, heat and power limits cost speed: look with `nvidia-smi`."
    ),
    "bench.device-bad.next": (
        "Look with `nvidia-smi` for other programs, heat and a power limit, and on a laptop "
        "plug in the charger; then measure again."
    ),
    "bench.factor": "In float32 about {factor} times as fast as the CPU of this machine.",
    "bench.cpu-only": "Measured on the CPU ({threads} threads); no GPU is in use here.",
    "bench.stopped": "The benchmark did not come to its end: {reason}",
}
