"""What decides during the conversation, and when the world has to be asked anew for it."""

from __future__ import annotations

from gpusetup.choosing.choice import Decision
from gpusetup.cli import deciding
from gpusetup.cli.deciding import Known
from gpusetup.machine import Machine
from gpusetup.request import Request


class Judging:
    """Wishes -> decision, on what is known; `refresh` finds out what other wishes need."""

    def __init__(self, known: Known, machine: Machine, request: Request) -> None:
        self.known = known
        self._machine = machine  # as it was looked at, without what mirrors changed
        self._basis = _basis(request)

    def __call__(self, request: Request) -> Decision:
        return deciding.decide(self.known, request)

    def is_outdated(self, request: Request) -> bool:
        """Whether an answer leads to sources that nobody has asked yet."""
        return not self.known.simulated and _basis(request) != self._basis

    def refresh(self, request: Request) -> None:
        """Ask mirrors and origins again.

        Raises:
            GpusetupError: a mirror or a folder that was named does not serve.
        """
        simulated = self.known.simulated
        self.known = deciding.know(self._machine, request, simulated, asks=True)
        self._basis = _basis(request)


def _basis(request: Request) -> tuple[object, ...]:
    by_channel = request.origin is not None and request.origin.is_conda
    return request.mirror, request.wheelhouse, by_channel
