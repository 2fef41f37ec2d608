"""What is said of hosts beside the facts: newest torch, what is wrong, one build for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Sequence

from gpusetup.choosing.choose import best_build
from gpusetup.choosing.coverage import Coverage, cover, together, without_extent
from gpusetup.machine import Machine
from gpusetup.probe.fleet import Asked
from gpusetup.request import Request

if TYPE_CHECKING:
    from gpusetup.doctor.check import Case, Finding
    from gpusetup.matrix.rows import Build, Matrix


@dataclass
class Judging:
    """Judges hosts; those that are alike are judged once."""

    matrix: Matrix
    _builds: dict[Machine, Build | None] = field(default_factory=dict)

    def newest(self, machine: Machine) -> Build | None:
        """The newest torch that runs there."""
        kind = without_extent(machine)
        if kind not in self._builds:
            self._builds[kind] = best_build(together([kind]), Request(), self.matrix)
        return self._builds[kind]

    def finding(self, machine: Machine) -> Finding | None:
        """The main thing that the doctor finds wrong there."""
        from gpusetup.doctor.checks import ALL_CHECKS
        from gpusetup.doctor.diagnose import diagnose

        return diagnose(self.case(machine), ALL_CHECKS).main

    def case(self, machine: Machine) -> Case:
        from gpusetup.doctor.check import Case
        from gpusetup.environments.facts import Surroundings

        return Case(machine, self.matrix, None, Surroundings())


def serving(asked: Sequence[Asked]) -> list[Asked]:
    """The hosts that a common build must serve: those with GPUs, or all if none has any."""
    answered = [each for each in asked if each.answer]
    with_gpus = [each for each in answered if each.answer and _has_cards(each.answer.machine)]
    return with_gpus or answered


def common_build(asked: Sequence[Asked], matrix: Matrix) -> tuple[list[Asked], Coverage] | None:
    """The hosts that it is about, and the build for them; None for less than two."""
    hosts = serving(asked)
    machines = [each.answer.machine for each in hosts if each.answer]
    return (hosts, cover(machines, matrix)) if len(machines) > 1 else None


def _has_cards(machine: Machine) -> bool:
    return bool(machine.gpus or machine.pci_gpus)
