"""What `export` does: decide as `plan` does, or read an environment; write the text."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gpusetup.basics.errors import Exit, Refused, UsageError
from gpusetup.choosing.choice import Choice, Reason
from gpusetup.exporting import Contents, Format, objection, sbatch, text_of
from gpusetup.exporting.sbatch import BatchJob
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.cli.deciding import Known
    from gpusetup.exporting.contents import Prepared

_CELLS = 94  # of a comment's line in a file


@dataclass(frozen=True)
class Manner:
    """Where the contents come from, and where the text goes."""

    env: str | None = None
    machine: Path | None = None
    output: Path | None = None
    overwrite: bool = False
    job: BatchJob = field(default_factory=BatchJob)
    kinds: tuple[str, ...] = ()  # of nodes, where not all of a cluster are meant

    @property
    def file(self) -> Path | None:
        """The file to write; None: standard output."""
        return None if self.output is None or str(self.output) == "-" else self.output


def export(format: Format, request: Request, manner: Manner) -> int:
    """Write one file. Returns the exit code."""
    if format is not Format.SBATCH and manner.job != BatchJob():
        raise UsageError("export.only-sbatch", format=format.value)
    if manner.env is not None:
        return _finish(format, _from_environment(manner.env, request, manner), manner)
    from gpusetup.cli import deciding, plan_output

    manner = replace(manner, kinds=request.for_kind)
    found = deciding.look(manner.machine)
    request = deciding.in_its_python(request, found) if manner.machine is None else request
    known = deciding.know(found, request, simulated=manner.machine is not None)
    decision = deciding.decide(known, request)
    if not isinstance(decision, Choice):
        return plan_output.refuse(known, request, decision)
    return _finish(format, _from_choice(known, request, decision), manner)


def _from_choice(known: Known, request: Request, choice: Choice) -> Prepared:
    from gpusetup.cli.plan_output import place_for
    from gpusetup.exporting.contents import Prepared, contents_of

    through = known.through
    index = through.index.url if through is not None and through.index is not None else None
    place = place_for(known, request, choice)
    prepared = contents_of(choice, request, known.machine, place, index)
    own = known.machine.installers
    warnings = [*choice.warnings, *prepared.warnings]
    if not known.simulated and index is None and (own.index_url or own.extra_index_urls):
        warnings.append(Reason("export.own-index"))
    return Prepared(prepared.contents, tuple(warnings))


def _from_environment(env: str, request: Request, manner: Manner) -> Prepared:
    """An environment with its exact versions.

    Raises:
        UsageError: wishes or a profile beside it.
        Refused: it is none of ours, or holds no torch.
    """
    from gpusetup.cli.exporting_environment import prepared

    if manner.machine is not None:
        raise UsageError("wish.contradiction", first="--env", second="--machine")
    if request != Request():
        raise UsageError("export.wishes-beside-env")
    return prepared(env)


def _in_a_container(contents: Contents) -> Contents:
    """Windows runs Linux containers: the same build of torch, for Linux.

    Raises:
        Refused: there is no such build.
    """
    import os

    from gpusetup.compat_files import packaged_or_configured, user_matrix_file

    mine = contents.build
    if not mine.platform.startswith("windows"):
        return contents
    key = (mine.torch, mine.build, mine.origin, mine.local)
    for row in packaged_or_configured(os.environ, user_matrix_file()).builds_for("linux-x86_64"):
        if (row.torch, row.build, row.origin, row.local) == key:
            return replace(contents, build=row, glibc=None)
    raise Refused("export.cannot.no-linux", format="Dockerfile", torch=contents.torch_line)


def _finish(format: Format, prepared: Prepared, manner: Manner) -> int:
    contents = prepared.contents
    if format is Format.DOCKERFILE:
        contents = _in_a_container(contents)
    reason = objection(format, contents)
    if reason is not None:
        facts = {"format": format.value, "torch": contents.torch_line}
        raise Refused(f"export.cannot.{reason}", **facts)
    if format is Format.SBATCH:
        from gpusetup.cli.exporting_job import fitted

        job = manner.job
        if manner.machine is None:
            job = fitted(manner.job, contents, manner.kinds)
        text = sbatch.text(contents, comment, job)
    else:
        text = text_of(format, contents, comment)
    run = None
    if manner.file is not None:
        from gpusetup.road.exported import write

        run = write(manner.file, text, manner.overwrite)
    _tell(format, contents, text, prepared.warnings, manner, run)
    return Exit.OK


def comment(code: str, **facts: object) -> tuple[str, ...]:
    """A sentence as lines of a comment, in the language in use."""
    from gpusetup.terminal.cells import wrap

    return tuple(wrap(say(code, **facts), _CELLS))


def _tell(
    format: Format,
    contents: Contents,
    text: str,
    warnings: tuple[Reason, ...],
    manner: Manner,
    run: str | None,
) -> None:
    from gpusetup.effects.files import is_stream
    from gpusetup.terminal import show

    if session().json:
        _print_document(format, contents, text, warnings, manner, run)
        return
    for each in warnings:
        show.warning(say(each.code, **each.facts))
    if manner.file is None:
        show.raw(text)
        if show.is_terminal(sys.stdout):
            show.hint(say("export.only-shown", file=_file_of(format)))
        return
    if is_stream(manner.file):
        return
    code = "export.written" if run else "export.same-already"
    show.paragraph(say(code, path=show.path(manner.file)))


def _file_of(format: Format) -> str:
    return "job.sh" if format is Format.SBATCH else format.value


def _print_document(
    format: Format,
    contents: Contents,
    text: str,
    warnings: tuple[Reason, ...],
    manner: Manner,
    run: str | None,
) -> None:
    from gpusetup.documents import build_document, reason_document
    from gpusetup.envelope import emit

    emit(
        {
            "schema": "gpusetup.export/1", "format": format.value,
            **build_document(contents.build), "python": contents.python, "text": text,
            "path": str(manner.file.absolute()) if manner.file else None,
            "changed": run is not None, "run": run,
            "warnings": [reason_document(each) for each in warnings],
        }
    )  # fmt: skip
