"""`gpusetup bench`: how fast torch computes here, what suits it, and how it was before."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping, Optional

import typer

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.cli.job_wishes import Jobs, with_jobs
from gpusetup.cli.proof_options import ENV, PYTHON, level_of
from gpusetup.messages import say
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.benchmark.comparison import Change
    from gpusetup.benchmark.measurement import Benchmark

SMALLEST, LARGEST = 32, 4096  # pictures; the model halves them five times
LAST = "last"  # instead of a file: the newest benchmark of this machine


@with_jobs
def command(
    env: Optional[str] = ENV,
    python: Optional[str] = PYTHON,
    quick: bool = typer.Option(False, "--quick", help=say("help.bench.quick")),
    full: bool = typer.Option(False, "--full", help=say("help.bench.full")),
    compare: Optional[str] = typer.Option(
        None, "--compare", metavar="FILE", help=say("help.bench.compare")
    ),
    *,
    jobs: Jobs,
) -> int:
    """Texts: `help.bench` and its parts."""
    from gpusetup.cli.benchmarking import measure_with_progress
    from gpusetup.compat_files import packaged_or_configured
    from gpusetup.effects.targets import resolve_python

    level = level_of(quick, full)
    before = None if compare is None else _earlier(compare)
    if jobs.slurm:
        from gpusetup.cli.slurm_proof import Asked, prove_on_nodes, target_of

        if compare is not None:
            raise UsageError("wish.contradiction", first="--compare", second="--slurm")
        target = target_of(jobs, env, python)
        return prove_on_nodes(Asked("bench", target, level), jobs)
    target = resolve_python(env, python)
    matrix = packaged_or_configured(os.environ)
    benchmark = measure_with_progress(target, matrix, level)
    _tell(benchmark, before, compare)
    return Exit.OK if benchmark.ok else Exit.FOUND


def _tell(benchmark: Benchmark, before: Mapping[str, Any] | None, name: str | None) -> None:
    from gpusetup.benchmark.comparison import changes
    from gpusetup.cli.benchmark_screen import show_benchmark
    from gpusetup.cli.benchmarking import remembered

    document = remembered(benchmark)
    compared = changes(before, benchmark) if before is not None else ()
    if session().json:
        from gpusetup.envelope import emit

        emit({**document, "comparison": _comparison(compared, name) if name else None})
        return
    show_benchmark(benchmark, compared)
    if before is not None and not compared:
        from gpusetup.terminal.show import warning

        warning(say("bench.nothing-compared"))


def _comparison(compared: tuple[Change, ...], name: str) -> dict[str, Any]:
    from gpusetup.benchmark.comparison import change_document

    return {"with": name, "figures": [change_document(each) for each in compared]}


def _earlier(name: str) -> Mapping[str, Any]:
    """An earlier benchmark: what `bench --json` printed, or the last one that we remember.

    Raises:
        UsageError: there is none, or it is something else.
    """
    from gpusetup.road.benchmark_history import remembered

    path = Path(name).expanduser()
    if name == LAST and not path.exists():
        known = remembered(os.environ)
        if not known:
            raise UsageError("bench.no-last")
        return known[-1]
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError("bench.not-readable", path=name, reason=error.strerror) from error
    except ValueError as error:
        raise UsageError("bench.no-benchmark", path=name) from error
    if not isinstance(document, dict) or document.get("schema") != "gpusetup.benchmark/1":
        raise UsageError("bench.no-benchmark", path=name)
    return document


def tune(
    env: Optional[str] = ENV,
    python: Optional[str] = PYTHON,
    image_size: int = typer.Option(
        224, "--image-size", metavar="N", help=say("help.bench.tune.size")
    ),
    seconds: float = typer.Option(
        60.0, "--seconds", metavar="SECONDS", help=say("help.bench.tune.seconds")
    ),
) -> int:
    """Texts: `help.bench.tune` and its parts."""
    from gpusetup.benchmark.tuning import tuning_document
    from gpusetup.effects.targets import resolve_python

    if not SMALLEST <= image_size <= LARGEST:
        raise UsageError("tune.image-size", size=image_size, least=SMALLEST, most=LARGEST)
    if not (seconds > 0 and math.isfinite(seconds)):
        raise UsageError("detect.bad-timeout")
    found = _tune(resolve_python(env, python), image_size, seconds)
    if session().json:
        from gpusetup.envelope import emit

        emit(tuning_document(found, image_size))
    else:
        from gpusetup.cli.tuning_screen import show_tuning

        show_tuning(found, image_size)
    return Exit.OK if found.ok else Exit.FOUND


def _tune(python: str, image_size: int, seconds: float) -> Any:
    from gpusetup.benchmark.tuning import read_tuning
    from gpusetup.proving.here import Limits, run_script
    from gpusetup.terminal.show import awaiting
    from gpusetup.verdict import Event

    events: list[Event] = []
    with awaiting(say("bench.running", figure=say("bench.figure-import"))) as wait:

        def listen(event: Event) -> None:
            events.append(event)
            if event["event"] == "start" and event.get("check") in ("workers", "batch"):
                check = str(event["check"])
                wait.update(say(f"tune.trying-{check}", count=event.get(check)))

        words = ("--image-size", str(image_size), "--seconds", str(seconds))
        ending = run_script("tune.py", python, words, listen, Limits())
    return read_tuning(events, ending)


def history() -> int:
    """Texts: `help.bench.history` and its parts."""
    from gpusetup.road.benchmark_history import history_file, remembered

    runs = remembered(os.environ)
    if session().json:
        from gpusetup.envelope import emit

        emit({"schema": "gpusetup.benchmark/1", "part": "history", "runs": list(runs)})
    else:
        from gpusetup.cli.history_screen import show_history

        show_history(runs, history_file(os.environ))
    return Exit.OK


COMMANDS = {"tune": tune, "history": history}
