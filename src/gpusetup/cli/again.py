"""`init` a second time: a finished environment that meets the wishes is proven, not remade."""

from __future__ import annotations

import os

from gpusetup import show
from gpusetup.errors import Exit
from gpusetup.machine import Machine
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.road.existing import Record, matches, read_record
from gpusetup.road.placing import prefix_of
from gpusetup.session import session


def finished(request: Request, machine: Machine, *, changing: bool) -> int | None:
    """The exit code if there is nothing to do; None where there is.

    With `changing` false (a dry run) the environment is named and not proven again.
    """
    if request.into or request.replace:
        return None
    prefix = str(prefix_of(request, machine, os.environ))
    record = read_record(prefix)
    if record is None or not matches(record, request):
        return None
    facts: dict[str, object] = {
        "name": record.name, "torch": record.torch, "build": record.build, "prefix": prefix,
    }  # fmt: skip
    if session().json:
        return _as_json(record, prefix, facts)
    show.paragraph(say("run.finished-already", **facts))
    code = _prove_again(record, prefix) if changing else Exit.OK
    show.paragraph(say("run.nothing-changed"))
    from gpusetup.cli.last_screen import show_activation

    show_activation(prefix)
    return code


def _prove_again(record: Record, prefix: str) -> int:
    from gpusetup.cli.proof_screen import prove_with_progress, show_verdict
    from gpusetup.road.placing import python_of

    verdict = prove_with_progress(
        python_of(prefix), record.expected, companions=tuple(record.companions)
    )
    show.heading(say("run.proof"))
    show_verdict(verdict, session().verbose)
    return Exit.OK if verdict.ok else Exit.FOUND


def _as_json(record: Record, prefix: str, facts: dict[str, object]) -> int:
    from gpusetup.envelope import emit

    emit(
        {
            "schema": "gpusetup.run/1", "run": record.run, "state": "finished", "changed": False,
            "prefix": prefix, "text": say("run.finished-already", **facts),
            "choice": {
                "torch": record.torch, "build": record.build, "python": record.python,
                "cuda_runtime": record.cuda_runtime, "origin": record.origin,
            },
        }
    )  # fmt: skip
    return Exit.OK
