"""The steps `verify` and `benchmark` of a plan, done in this process."""

from __future__ import annotations

from gpusetup.basics.errors import StepFailed
from gpusetup.benchmark.measurement import Benchmark
from gpusetup.choosing.choice import Choice, expected_device
from gpusetup.cli.deciding import Known
from gpusetup.messages import say
from gpusetup.steps import Command
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.verdict import Verdict


class Proof:
    """Runs the proof and remembers what it found."""

    def __init__(self, choice: Choice, known: Known) -> None:
        self._choice = choice
        self._known = known
        self.verdict: Verdict | None = None
        self.benchmark: Benchmark | None = None

    @property
    def failed(self) -> bool:
        """Whether the verification ran and did not pass."""
        return self.verdict is not None and not self.verdict.ok

    def failures(self) -> list[dict[str, object]]:
        """What failed, for documents and logs: the check, its device, the reason's code."""
        found = self.verdict.failures if self.verdict else ()
        return [
            {
                "check": check.id, "device": device and device.index, "reason": check.reason,
                "detail": check.detail,
            }
            for device, check in found
        ]  # fmt: skip

    def verify(self, step: Command) -> None:
        """Compute on every device.

        Raises:
            StepFailed: a check failed.
        """
        from gpusetup.cli.proof_screen import show_verdict
        from gpusetup.cli.prove import prove_with_progress

        self.verdict = prove_with_progress(
            step.argv[-1],
            expected_device(self._choice, self._known.machine),
            self._known.machine,
            companions=[each.name for each in self._choice.companions],
            build=self._choice.build,
        )
        if not session().json:
            show.heading(say("run.proof"))
            show_verdict(self.verdict, session().verbose)
        if not self.verdict.ok:
            raise StepFailed("run.verify-failed")

    def measure(self, step: Command) -> None:
        """The quick benchmark. Figures that are low are said, and do not fail a run."""
        from gpusetup.cli.benchmark_screen import show_benchmark
        from gpusetup.cli.benchmarking import measure_with_progress, remembered

        self.benchmark = measure_with_progress(step.argv[-1], self._known.matrix)
        remembered(self.benchmark)
        if not session().json:
            show_benchmark(self.benchmark)
