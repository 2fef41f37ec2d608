"""The GPUs in Slurm's gres words."""

from __future__ import annotations

import re

from gpusetup.cluster.values import GpuGres

# gpu:a100:4(S:0-1), gpu:2, gpu:tesla:no_consume:2, and behind them (IDX:0-3)
_PART = re.compile(r"gpu((?::[A-Za-z][\w.+-]*|:\d+g\.[\w.+-]+)*):(\d+)(?:\([^)]*\))?")


def gpus_of(text: str) -> tuple[GpuGres, ...]:
    """ "gpu:a100:4(S:0-1),gpu:1g.10gb:7,lustre:1" -> the GPUs, in their order.

    Counts of one type (a node may name it twice, once per socket) are added.
    """
    counts: dict[str | None, int] = {}
    for part in _split(text):
        found = _PART.fullmatch(part)
        if found:
            words = [each for each in found[1].split(":") if each and each != "no_consume"]
            kind = words[0] if words else None
            counts[kind] = counts.get(kind, 0) + int(found[2])
    return tuple(GpuGres(kind, count) for kind, count in counts.items())


def _split(text: str) -> list[str]:
    """At commas, but not at those inside parentheses."""
    return [each.strip() for each in re.split(r",(?![^()]*\))", text) if each.strip()]
