"""Running the plan of `init` on the screen: progress, proof, the last screen."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from gpusetup.choice import Choice, expected_device
from gpusetup.cli.deciding import Known
from gpusetup.cli.proof import Proof
from gpusetup.engines import conda_output, uv_output
from gpusetup.engines.trouble import explain
from gpusetup.engines.uv import Place
from gpusetup.errors import Exit, Interrupted, StepFailed
from gpusetup.journal import Run
from gpusetup.messages import say
from gpusetup.request import Engine, Request
from gpusetup.road.execute import SILENT, Watch, execute
from gpusetup.road.existing import record_step
from gpusetup.road.owning import entries_of
from gpusetup.runlog import RunLog
from gpusetup.runner import ended_as_by_ctrl_c
from gpusetup.session import session
from gpusetup.steps import Plan, Step
from gpusetup.terminal import show
from gpusetup.terminal.live import Awaiting, Downloads


@dataclass
class Screen:
    """What moves while a plan runs. Downloads get bars, everything else a wait."""

    count: int
    number: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)
    _downloads: Downloads | None = None
    _rest: str = ""

    def begin(self, step: Step) -> None:
        """A step starts."""
        self.number += 1
        text = say("run.step", number=self.number, count=self.count, text=say(step.text))
        if step.id in ("verify", "benchmark"):
            show.note(text)
        elif step.id.startswith("install") or getattr(step, "downloads", False):
            show.note(text)
            self._downloads = self._stack.enter_context(show.progress(None))
        else:
            waiting: Awaiting = show.awaiting(text)
            self._stack.enter_context(waiting)

    def output(self, _step: Step, piece: str) -> None:
        """A piece of what the step's program wrote."""
        if self._downloads is None:
            return
        # a bar may be cut by the end of a piece; its start waits for the rest
        text = self._rest + piece
        self._rest = text[text.rfind("\n") + 1 :][-400:]
        for bar in (*uv_output.read_bars(text), *conda_output.read_bars(text)):
            self._downloads.set(bar.name, bar.done_mib, bar.total_mib)

    def end(self, step: Step, how: str) -> None:
        """A step is over."""
        self._stack.close()
        self._downloads = None
        if how == "skipped":
            self.number += 1
        if step.id not in ("verify", "benchmark") and how != "failed":
            show.item(show.Mark.OK, say(step.text))


def run_plan(
    known: Known, request: Request, choice: Choice, plan: Plan, place: Place, run: Run
) -> int:
    """Run, prove, and say how to go on. Returns the exit code."""
    log = RunLog(run.log, ["gpusetup", *sys.argv[1:]])
    screen = Screen(len(plan.steps))
    proof = Proof(choice, known)
    begun = time.monotonic()
    show.heading(say("run.title"))
    inner = {"verify": proof.verify, "benchmark": proof.measure}
    watch = Watch(screen.begin, screen.output, screen.end)
    try:
        with ended_as_by_ctrl_c():
            execute(plan, run, log, watch, inner)
    except KeyboardInterrupt:
        screen.end(plan.steps[0], "failed")
        raise Interrupted("run.stopped", **_done_and_open(plan, run)) from None
    except StepFailed as error:
        if proof.failed:
            return _proof_failed(error, run)
        raise _explained(error, choice) from error
    device = expected_device(choice, known.machine)
    record = record_step(place.prefix, run.id, place.name, choice, request, device)
    execute(Plan((record,), place.prefix, place.python), run, log, SILENT, {})
    run.record("finished", facts={"entries": list(entries_of(Path(place.prefix)))})
    return _finish(choice, place, proof, run, device, time.monotonic() - begun)


def _explained(error: StepFailed, choice: Choice) -> StepFailed:
    """conda's many lines as the one sentence that matters.

    rattler's child has said its own, of which the end of a narrow output may have lost the start.
    """
    output = str(error.facts.get("output"))
    if error.facts.get("step") != "create-env" or choice.engine is Engine.UV:
        return error
    if choice.engine is Engine.RATTLER:
        if say("error", text="").strip() in output:
            return error
        output = " ".join(output.split())
    reason = explain(output)
    if reason.code == "conda.unsolvable":
        return error
    sentences = f"{say(reason.code, **reason.facts)}\n{say(f'{reason.code}.next', **reason.facts)}"
    return StepFailed(error.code, **{**error.facts, "output": sentences})


def _done_and_open(plan: Plan, run: Run) -> dict[str, object]:
    done = run.done()
    words: dict[bool, list[str]] = {True: [], False: []}
    for number, step in enumerate(plan.steps):
        words[f"{number}-{step.id}" in done].append(say(step.text))
    none = say("run.none")
    return {"done": "; ".join(words[True]) or none, "open": "; ".join(words[False]) or none}


def _proof_failed(error: StepFailed, run: Run) -> int:
    """The verification failed: exit 1, not a failed step."""
    if session().json:
        from gpusetup.envelope import emit, error_document

        emit(
            error_document(
                Exit.FOUND, error.code, say(error.code), {"run": run.id}, str(run.log),
                say(f"{error.code}.next", log=run.log),
            )
        )  # fmt: skip
    else:
        show.error(say(error.code))
        show.hint(say(f"{error.code}.next", log=run.log))
    return Exit.FOUND


def _finish(
    choice: Choice, place: Place, proof: Proof, run: Run, device: str, seconds: float
) -> int:
    if session().json:
        from gpusetup.cli.run_document import run_document
        from gpusetup.envelope import emit

        emit(run_document(choice, place, proof.verdict, proof.benchmark, run, seconds))
        return Exit.OK
    from gpusetup.cli.last_screen import show_end

    show_end(place.prefix, str(choice.build.torch), device)
    return Exit.OK
