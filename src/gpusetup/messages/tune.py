"""Sentences of `bench tune`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "tune.title": "What suits training on {device} with pictures of {size} x {size}",
    "tune.trying-workers": "trying {count} workers",
    "tune.trying-batch": "trying batches of {count}",
    "tune.workers": "Loading pictures",
    "tune.batches": "Training on them",
    "tune.answer": "So",
    "tune.column-workers": "workers",
    "tune.column-batch": "batch",
    "tune.column-rate": "speed",
    "tune.column-share": "of the best",
    "tune.column-start": "to start",
    "tune.column-memory": "memory",
    "tune.no-room": "no room",
    "tune.use-workers": "{count} workers load {rate} images/s; more bring less than 5 %.",
    "tune.use-batch": "Batches of {size} are within 5 % of the best and take {memory} of the GPU.",
    "tune.use-batch-cpu": (
        "Batches of {size} are within 5 % of the best; the program grows to {memory}."
    ),
    "tune.out-of-time": "The time ran out before larger batches: give it more (`--seconds 120`).",
    "tune.balance": "balance",
    "tune.slower-loader": (
        "The model takes {model} images/s and loading brings only {loader}: the model waits. "
        "Store smaller pictures, or let the GPU cut and scale them."
    ),
    "tune.slower-model": (
        "Loading brings {loader} images/s and the model takes {model}: the model does not wait."
    ),
    "tune.shared-memory-label": "shared memory",
    "tune.shared-memory": "Workers have only {size} of shared memory (/dev/shm) here.",
    "tune.shared-memory.next": "Start the container with `--ipc=host` or `--shm-size=8g`.",
    "tune.image-size": "{size} is no size of pictures that can be tried.",
    "tune.image-size.next": "Name one from {least} to {most}: `--image-size 224`.",
}
