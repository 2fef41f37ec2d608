"""`init` a second time: a finished environment that meets the wishes is proven, not remade."""

from __future__ import annotations

import os

from gpusetup.basics.errors import Exit
from gpusetup.machine import Machine
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.road.existing import Record, matches, read_record
from gpusetup.road.placing import prefix_of
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.verdict import Verdict


def find_finished(request: Request, machine: Machine) -> Record | None:
    """The finished environment of ours at the place, if it meets the wishes and the machine."""
    if request.into or request.replace:
        return None
    record = read_record(str(prefix_of(request, machine, os.environ)))
    if record is None or not matches(record, request):
        return None
    # made on the CPU, and a GPU has come since: not what this machine would get today
    outgrown = record.build == "cpu" and bool(machine.gpus) and not request.wants_cpu
    return None if outgrown else record


def facts_of(record: Record, request: Request, machine: Machine) -> dict[str, object]:
    """What the sentence about a finished environment names."""
    prefix = str(prefix_of(request, machine, os.environ))
    return {
        "name": record.name, "torch": record.torch, "build": record.build, "prefix": prefix,
    }  # fmt: skip


def prove_again(record: Record, request: Request, machine: Machine) -> int:
    """Say that it is finished, and prove that it still runs. Returns the exit code."""
    from gpusetup.cli.prove import prove_with_progress
    from gpusetup.road.placing import python_of

    facts = facts_of(record, request, machine)
    if not session().json:
        show.paragraph(say("run.finished-already", **facts))
    verdict = prove_with_progress(
        python_of(str(facts["prefix"])), record.expected, machine, tuple(record.companions)
    )
    if session().json:
        _emit(record, verdict, facts)
    else:
        _show(verdict, str(facts["prefix"]))
    return Exit.OK if verdict.ok else Exit.FOUND


def _show(verdict: Verdict, prefix: str) -> None:
    from gpusetup.cli.last_screen import show_activation
    from gpusetup.cli.proof_screen import show_verdict

    show.heading(say("run.proof"))
    show_verdict(verdict, session().verbose)
    show.paragraph(say("run.nothing-changed"))
    if verdict.ok:  # what does not run is not to be used
        show_activation(prefix)
    show.hint(say("run.another-environment"))


def _emit(record: Record, verdict: Verdict, facts: dict[str, object]) -> None:
    from gpusetup.envelope import emit
    from gpusetup.verdict import verdict_document

    emit(
        {
            "schema": "gpusetup.run/1", "run": record.run, "state": "finished", "changed": False,
            "prefix": facts["prefix"], "text": say("run.finished-already", **facts),
            "choice": {
                "torch": record.torch, "build": record.build, "python": record.python,
                "cuda_runtime": record.cuda_runtime, "origin": record.origin,
            },
            "verdict": verdict_document(verdict),
        }
    )  # fmt: skip
