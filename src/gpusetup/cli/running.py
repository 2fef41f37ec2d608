"""Running the plan of `init` on the screen: progress, proof, the last screen."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from gpusetup.basics.errors import Exit, Interrupted, StepFailed
from gpusetup.choosing.choice import Choice, expected_device
from gpusetup.cli import into
from gpusetup.cli.deciding import Known
from gpusetup.cli.going_on import stopped_facts
from gpusetup.cli.proof import Proof
from gpusetup.cli.run_document import Proven
from gpusetup.cli.slurm_last_step import has_failed, proven_on_nodes
from gpusetup.effects.journal import Run
from gpusetup.effects.runlog import RunLog
from gpusetup.effects.runner import ended_as_by_ctrl_c
from gpusetup.engines import conda_output, uv_output
from gpusetup.engines.trouble import explain
from gpusetup.engines.uv import Place
from gpusetup.messages import say
from gpusetup.request import Engine, Request
from gpusetup.road.execute import SILENT, Watch, execute
from gpusetup.road.existing import record_step
from gpusetup.road.owning import entries_of
from gpusetup.steps import Plan, Step
from gpusetup.terminal import show
from gpusetup.terminal.live import Awaiting, Downloads
from gpusetup.terminal.session import session


@dataclass(frozen=True)
class Going:
    """The run, the command that goes on with it, and what it has gone on with (a document)."""

    run: Run
    command: tuple[str, ...] = ("gpusetup", "init")
    resumes: dict[str, object] | None = None


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
    known: Known,
    request: Request,
    choice: Choice,
    plan: Plan,
    place: Place,
    going: Going,
    *,
    asks: bool = False,
) -> int:
    """Run, prove, and say how to go on. Returns the exit code."""
    run = going.run
    log = RunLog(run.log, ["gpusetup", *sys.argv[1:]])
    screen = Screen(len(plan.steps))
    proof = Proof(choice, known)
    begun = time.monotonic()
    kept = into.kept_place(plan)
    show.heading(say("run.title"))
    inner = {"verify": proof.verify, "benchmark": proof.measure}
    watch = Watch(screen.begin, screen.output, screen.end)
    try:
        with ended_as_by_ctrl_c():
            execute(plan, run, log, watch, inner)
    except KeyboardInterrupt:
        screen.end(plan.steps[0], "failed")
        if kept:
            raise Interrupted("into.stopped", **into.give_back(run, place.prefix)) from None
        raise Interrupted("run.stopped", **stopped_facts(plan, run, going.command)) from None
    except StepFailed as error:
        log.code("\n".join(map(str, proof.failures())))
        return _failed(error, choice, proof, run, place.prefix if kept else None)
    device = expected_device(choice, known.machine)
    record = record_step(place.prefix, run.id, place.name, choice, request, device)
    execute(Plan((record,), place.prefix, place.python), run, log, SILENT, {})
    run.record("finished", facts={"entries": list(entries_of(Path(place.prefix)))})
    nodes = proven_on_nodes(known, request, choice, place, asks=asks)
    proven = Proven(proof.verdict, proof.benchmark, nodes)
    return _finish(choice, place, proven, going, device, time.monotonic() - begun, kept)


def _failed(error: StepFailed, choice: Choice, proof: Proof, run: Run, changed: str | None) -> int:
    """The end of a run that failed. `changed`: an environment that gets everything back.

    Raises:
        StepFailed: it was not the proof.
    """
    if not proof.failed:
        found = _explained(error, choice)
        raise (into.failed(found, run, changed) if changed else found) from error
    facts: dict[str, object] = {"failed": proof.failures()}
    if changed:
        facts.update(into.give_back(run, changed))
        return _proof_failed(error, "into.verify-failed", facts, run)
    return _proof_failed(error, "run.verify-failed", facts, run)


def _explained(error: StepFailed, choice: Choice) -> StepFailed:
    """conda's many lines as the one sentence that matters.

    rattler's child has said its own, of which the end of a narrow output may have lost the start.
    """
    output = str(error.facts.get("output"))
    by_conda = choice.engine is not Engine.UV and choice.build.origin.is_conda
    step = str(error.facts.get("step"))
    by_uv = choice.engine is Engine.UV and step == "create-env"
    if by_uv or (step.startswith("install-") and not by_conda):
        return _with_cause(error)
    # conda makes the environment; torch it installs only where that comes from a channel
    steps = ("create-env", "install-torch") if by_conda else ("create-env",)
    if step not in steps or choice.engine is Engine.UV:
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


def _with_cause(error: StepFailed) -> StepFailed:
    """uv's failure with its cause in our words instead of a number."""
    from gpusetup.probe.reach import known_cause

    cause = known_cause(str(error.facts.get("output")))
    if cause in ("no space left", "quota used up"):
        show.hint(say("run.make-room"))
    return StepFailed(error.code, **{**error.facts, "ended": cause}) if cause else error


def _proof_failed(error: StepFailed, code: str, facts: dict[str, object], run: Run) -> int:
    """The verification failed: exit 1, not a failed step."""
    text, following = say(code, **facts), say(f"{code}.next", log=run.log)
    if session().json:
        from gpusetup.envelope import emit, error_document

        known = {"run": run.id, **facts}
        emit(error_document(Exit.FOUND, error.code, text, known, str(run.log), following))
    else:
        show.error(text)
        show.hint(following)
    return Exit.FOUND


def _finish(
    choice: Choice,
    place: Place,
    proven: Proven,
    going: Going,
    device: str,
    seconds: float,
    kept: str | None,
) -> int:
    code = Exit.FOUND if has_failed(proven.nodes) else Exit.OK
    if session().json:
        from gpusetup.cli.run_document import run_document
        from gpusetup.envelope import emit

        document = run_document(choice, place, proven, going.run, seconds)
        emit({**document, "resumes": going.resumes})
        return code
    from gpusetup.cli.last_screen import show_end

    show_end(place.prefix, str(choice.build.torch), device)
    if kept:
        show.hint(say("into.kept", path=kept))
    return code
