"""Asking the servers whether a mirror has what this machine needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from gpusetup.mirrors.catalogue import Client, Mirrors

if TYPE_CHECKING:
    from gpusetup.probe.mirror_choice import Proven


def proof(mirrors: Mirrors, wished: str | None, clients: Sequence[Client]) -> Proven:
    """The mirror that is wished, or the fastest of all."""
    from gpusetup.cli.mirrors_needs import circumstances
    from gpusetup.probe.mirror_choice import prove_asked, prove_fastest

    needs, means = circumstances(clients)
    mirror = mirrors.named(wished) if wished else None
    if mirror is None:
        return prove_fastest(mirrors, needs, means)
    return prove_asked(mirror, mirrors, needs, means)
