"""Releases, the picture and the answer to "why" on the screen."""

from __future__ import annotations

from typing import Sequence

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Refusal
from gpusetup.choosing.queries import Answer, Judged, Release, Row, capabilities_words
from gpusetup.cli.plan_screen import choice_words, spoken
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.messages import say
from gpusetup.request import Origin
from gpusetup.terminal import show
from gpusetup.terminal.show import Line, Mark

ORIGINS = (Origin.PYPI, Origin.WHEEL_INDEX, Origin.CONDA_FORGE, Origin.PYTORCH)


def show_releases(matrix: Matrix, platform: str, found: Sequence[Release]) -> None:
    """One line per release, a column per origin that has builds."""
    if not found:
        show.paragraph(say("matrix.list-none"))
        return
    origins = [origin for origin in ORIGINS if any(release.of(origin) for release in found)]
    headers = ["torch", "released", *(origin.value for origin in origins), "pythons"]
    rows = [
        [
            str(release.torch),
            release.released,
            *(build_names(release.of(origin)) for origin in origins),
            python_range(release.pythons),
        ]
        for release in found
    ]
    facts = {"platform": platform, "count": len(found), "updated": matrix.updated}
    title = say("matrix.list-title", **facts)
    show.table([say(f"matrix.column.{header}") for header in headers], rows, title)


def build_names(builds: Sequence[Build]) -> str:
    """ "cpu cu118 cu126", each once, CUDA ascending."""
    names = {build.build: build.cuda_runtime for build in builds}
    return " ".join(sorted(names, key=lambda name: _numbers(names[name])))


def _numbers(runtime: Version | None) -> tuple[int, ...]:
    return runtime.numbers if runtime else ()


def python_range(pythons: Sequence[Version]) -> str:
    """ "3.9-3.13"."""
    if not pythons:
        return ""
    first, last = min(pythons), max(pythons)
    return str(first) if first == last else f"{first}-{last}"


def show_picture(platform: str, rows: Sequence[Row]) -> None:
    """Generations down, driver branches across; on a narrow terminal the branches that matter."""
    branches = [cell.branch for cell in rows[0].cells] if rows else []
    shown = _fitting(branches)
    headers = [say("matrix.column.gpu"), *(str(branch) for branch in shown)]
    table = [[row_title(row), *(cell_words(row, branch) for branch in shown)] for row in rows]
    show.table(headers, table, say("matrix.picture-title", platform=platform))
    show.note("")
    show.note(say("matrix.picture-legend"))
    left_out = [str(branch) for branch in branches if branch not in shown]
    if left_out:
        show.note(say("matrix.picture-more", branches=", ".join(left_out)))


_BY_WEIGHT = (580, 535, 470, 570, 550, 615, 450, 595, 525, 418)
_TITLE_CELLS, _CELL_CELLS = 18, 8


def _fitting(branches: Sequence[int]) -> list[int]:
    """The branches that a terminal has room for; all of them in a pipe."""
    columns = show.table_cells()
    if columns is None:
        return list(branches)
    room = max(2, (columns - 1 - _TITLE_CELLS) // _CELL_CELLS)
    by_weight = sorted(branches, key=lambda b: _BY_WEIGHT.index(b) if b in _BY_WEIGHT else 99)
    return [branch for branch in branches if branch in by_weight[:room]]


def row_title(row: Row) -> str:
    """The generation with its capabilities, and cards that people know."""
    cards = ", ".join(row.examples[:2])
    title = f"{row.generation} {capabilities_words(row.capabilities)}"
    return f"{title}\n{cards}" if cards else title


def cell_words(row: Row, branch: int) -> str:
    """The torch with its build below; "-" where the driver does not know the GPU, "x" for none."""
    cell = next(each for each in row.cells if each.branch == branch)
    if cell.build is None:
        return "x" if cell.driven else "-"
    conda = "*" if cell.build.origin.is_conda else ""
    return f"{cell.build.torch}\n{cell.build.build}{conda}"


def show_why(answer: Answer) -> None:
    """Yes or no, each build with the rule that decides and what would change it."""
    decision = answer.decision
    if isinstance(decision, Choice):
        show.item(Mark.OK, say("matrix.why-yes", chosen=choice_words(decision)))
    else:
        reason = say(decision.code, **decision.facts)
        show.item(Mark.BAD, say("matrix.why-no", reason=reason))
    if answer.builds:
        show.heading(say("matrix.why-builds"))
        show.lines([_judged_line(each, decision) for each in answer.builds])
    if isinstance(decision, Refusal):
        if not decision.would_change:
            show.paragraph(say("matrix.why-nothing-changes"))
        _show_instead(answer)


def _judged_line(judged: Judged, decision: Choice | Refusal) -> Line:
    build = judged.build
    label = f"{build.torch} {build.build} ({build.origin.value})"
    if not judged.reasons:
        assert isinstance(decision, Choice)  # noqa: S101 - only the chosen build has no reason
        return Line(Mark.OK, label, say("matrix.why-takes"), "\n".join(spoken(decision.why)))
    changes = "\n".join(spoken([each.condition for each in judged.changes]))
    mark = Mark.NOTE if isinstance(decision, Choice) else Mark.BAD
    return Line(mark, label, "\n".join(spoken(judged.reasons)), changes or None)


def _show_instead(answer: Answer) -> None:
    show.heading(say("matrix.why-instead"))
    if isinstance(answer.instead, Choice):
        show.item(Mark.OK, choice_words(answer.instead))
        return
    show.paragraph(say("matrix.why-nothing"))
