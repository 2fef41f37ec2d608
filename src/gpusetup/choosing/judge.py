"""Every build judged against the machine: what stands against it, and how sure that is."""

from __future__ import annotations

from typing import Iterable, NamedTuple, Optional, Sequence

from gpusetup.basics.versions import Capability, Version
from gpusetup.choosing.architecture import covered_by_code, covered_by_ptx, lacks_kepler_cudnn
from gpusetup.choosing.choice import Reason
from gpusetup.choosing.driver import driver_failure, may_compile_ptx, undriven
from gpusetup.choosing.pins import refusing_traps, trapped
from gpusetup.choosing.platform import platform_failure, system_failure
from gpusetup.choosing.targets import Card, Host, Targets
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build, Confidence, Matrix, Trap

_ORDER = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


class Verdict(NamedTuple):
    """What the machine says to one build, whatever is wished.

    `confidence` is that of the facts about the build. What is not known about the machine lowers
    the confidence of the choice and never removes a build.
    """

    build: Build
    platform: Reason | None
    system: Reason | None
    driver: Reason | None
    architecture: Reason | None
    confidence: Confidence

    @property
    def sure(self) -> bool:
        return self.confidence is not Confidence.LOW and not self.build.only_on_wish


def survey(
    machine: Machine, targets: Targets, builds: Sequence[Build], matrix: Matrix
) -> tuple[Verdict, ...]:
    """The verdicts on all builds, in their order."""
    return tuple(map(Judge(machine, targets, matrix).verdict, builds))


def lowest(*confidences: Confidence) -> Confidence:
    return min(confidences, key=_ORDER.index)


_Facts = tuple[  # a verdict without its build
    Optional[Reason], Optional[Reason], Optional[Reason], Optional[Reason], Confidence
]


def _of_cards(traps: Iterable[Trap], cards: tuple[Card, ...]) -> tuple[Trap, ...]:
    """The defects that can concern these cards."""
    known = {card.capability for card in cards}
    return tuple(t for t in traps if not t.architectures or known.intersection(t.architectures))


class Judge:
    """Judges builds of one machine, remembering what does not differ from build to build."""

    def __init__(self, machine: Machine, targets: Targets, matrix: Matrix) -> None:
        self._hosts = targets.hosts
        self._machines = tuple(dict.fromkeys((machine, *(host.machine for host in targets.hosts))))
        self._matrix = matrix
        self._with_cards = tuple(host for host in targets.hosts if host.cards)
        self._judged_hosts = tuple(h for h in targets.hosts if h.cards or h.gpus_unknown)
        self._undriven = next(
            (reason for host in self._hosts if (reason := undriven(host, matrix))), None
        )
        cards = tuple(card for host in self._with_cards for card in host.cards)
        self._traps = _of_cards(refusing_traps(matrix), cards) if self._judged_hosts else ()
        self._cpu_traps = tuple(t for t in refusing_traps(matrix) if not t.architectures)
        self._cards = cards
        self._driver_by_cuda: dict[Version, Reason | None] = {}
        self._systems: dict[tuple[object, ...], tuple[Reason | None, Reason | None]] = {}
        self._alike: dict[tuple[object, ...], _Facts] = {}
        self._verdicts: dict[int, Verdict] = {}

    def verdict(self, build: Build) -> Verdict:
        """What the machine says to a build. The builds must outlive this judge."""
        known = self._verdicts.get(id(build))
        if known is None:
            known = self._verdicts[id(build)] = self._verdict(build)
        return known

    def _verdict(self, build: Build) -> Verdict:
        # Rows of the quick form share their values: identity finds those that are judged alike,
        # some dozens among hundreds, without comparing them.
        key = (
            id(build.platform), id(build.glibc), id(build.macos), id(build.cuda_runtime),
            id(build.architectures), id(build.ptx), build.cudnn, build.torch.numbers >= (2, 4),
            id(build.confidence), id(build.architectures_confidence),
        )  # fmt: skip
        facts = self._alike.get(key)
        if facts is None:
            facts = self._alike[key] = self._judge(build)
        traps = self._traps if build.cuda_runtime is not None else self._cpu_traps
        if traps:
            defect = trapped(build, self._cards, traps)
            if defect:
                sureness = lowest(build.confidence, build.architectures_confidence)
                if build.is_cpu:  # what stands against GPUs is not asked of it
                    return Verdict(build, facts[0], facts[1] or defect, *facts[2:])
                return Verdict(build, *facts[:3], defect, sureness)
        return Verdict(build, *facts)

    def _judge(self, build: Build) -> _Facts:
        architecture, confidence = self._architecture(build)
        driver = self._driver(build.cuda_runtime)
        return (*self._system(build), driver, architecture, lowest(build.confidence, confidence))

    def _system(self, build: Build) -> tuple[Reason | None, Reason | None]:
        key = build.platform, build.glibc, build.macos
        if key not in self._systems:
            self._systems[key] = (
                self._first(platform_failure(each, build) for each in self._machines),
                self._first(system_failure(each, build) for each in self._machines),
            )
        return self._systems[key]

    @staticmethod
    def _first(reasons: Iterable[Reason | None]) -> Reason | None:
        return next((reason for reason in reasons if reason), None)

    def _driver(self, runtime: Version | None) -> Reason | None:
        if runtime is None:
            return None
        if self._undriven:
            return self._undriven
        if runtime not in self._driver_by_cuda:
            self._driver_by_cuda[runtime] = self._first(
                driver_failure(host, runtime, self._matrix) for host in self._judged_hosts
            )
        return self._driver_by_cuda[runtime]

    def _architecture(self, build: Build) -> tuple[Reason | None, Confidence]:
        """The first card without code, and how sure it is that the others have some."""
        if build.cuda_runtime is None or not self._judged_hosts:
            return None, Confidence.HIGH
        return self._cover(build)

    def _cover(self, build: Build) -> tuple[Reason | None, Confidence]:
        confidence = build.architectures_confidence
        for host in self._with_cards:
            for card in host.cards:
                if card.capability is None:
                    continue
                failure, sureness = self._card(card, card.capability, host, build)
                if failure:
                    return failure, confidence
                confidence = lowest(confidence, sureness)
        return None, confidence

    def _card(
        self, card: Card, capability: Capability, host: Host, build: Build
    ) -> tuple[Reason | None, Confidence]:
        if covered_by_code(capability, build):
            if lacks_kepler_cudnn(capability, build):
                return Reason("choose.cudnn-without-gpu", {"gpu": str(card)}), Confidence.HIGH
            return None, Confidence.HIGH
        if not covered_by_ptx(capability, build):
            return Reason("choose.gpu-not-covered", {"gpu": str(card)}), Confidence.HIGH
        runtime = build.cuda_runtime
        if runtime is None or not may_compile_ptx(host, runtime, self._matrix):
            return Reason("choose.driver-cannot-compile", {"gpu": str(card)}), Confidence.HIGH
        return None, Confidence.LOW  # it starts, after minutes of translating, and nobody tests it
