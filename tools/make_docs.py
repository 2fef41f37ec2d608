"""Write the pages of docs/reference that follow from the data, the commands and the doctor.

python tools/make_docs.py            write them
python tools/make_docs.py --check    say which are out of date (exit 1)
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import Callable, Iterable, Iterator, Sequence

import command_pages
import finding_pages
from docs_texts import TEXTS
from gpusetup.basics.versions import Capability, Version, show_capability
from gpusetup.benchmark.power_supply import (
    REST_OF_THE_COMPUTER_W,
    SIZES_W,
    SLOT_W,
    SMALLEST_W,
    recommended_supply_w,
)
from gpusetup.choosing.queries import (
    CUDA_PLATFORMS,
    PICTURE_BRANCHES,
    Cell,
    Filters,
    Release,
    Row,
    capabilities_words,
    picture,
    releases,
    without_driver,
)
from gpusetup.compat_files import compat_folder, load_folder
from gpusetup.compat_files import mirrors as mirror_file
from gpusetup.matrix.rows import Build, GpuModel, Matrix, Reference
from gpusetup.mirrors.catalogue import Mirrors
from gpusetup.request import Origin
from mirror_page import TEXTS as MIRROR_TEXTS
from mirror_page import mirrors_page
from twins import with_twin

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
Say = Callable[..., str]


def main(arguments: Sequence[str]) -> int:
    made = all_pages()
    stale = [name for name, text in made.items() if current(name) != text]
    if "--check" in arguments:
        print("\n".join(f"out of date: {name}" for name in stale) or "up to date")
        return 1 if stale else 0
    for name in stale:
        (FOLDER / name).write_text(made[name], encoding="utf-8")
        print(f"written: {name}")
    return 0


def all_pages() -> dict[str, str]:
    """File name -> text, of every generated page: from the data, the commands, the doctor."""
    found = pages(
        load_folder(compat_folder()), mirror_file.load(compat_folder() / mirror_file.NAME)
    )
    return {**found, **command_pages.pages(), **dict(finding_pages.pages())}


def current(name: str) -> str | None:
    """What a page says now."""
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


def pages(matrix: Matrix, mirrors: Mirrors) -> dict[str, str]:
    """File name -> text, of the pages that follow from the data."""
    rows = {platform: picture(matrix, platform) for platform in CUDA_PLATFORMS}
    found = {}
    for language in TEXTS:
        ending = ".md" if language == "en" else f".{language}.md"
        say = speaker(language)
        found[f"matrix{ending}"] = _joined(matrix_page(matrix, rows, say))
        found[f"gpus{ending}"] = _joined(gpus_page(matrix, say))
        found[f"mirrors{ending}"] = _joined(mirrors_page(mirrors, language, say, table))
        found[f"speeds{ending}"] = _joined(speeds_page(matrix, say))
    return {name: with_twin(name, text) for name, text in found.items()}


def speaker(language: str) -> Say:
    def say(code: str, **facts: object) -> str:
        return {**TEXTS[language], **MIRROR_TEXTS[language]}[code].format(**facts)

    return say


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"


def matrix_page(matrix: Matrix, rows: dict[str, tuple[Row, ...]], say: Say) -> Iterator[str]:
    """The picture of each platform, the drivers of each CUDA, the releases."""
    yield say("generated")
    yield f"# {say('matrix.title')}"
    yield say("matrix.intro", updated=matrix.updated)
    yield say("matrix.how")
    yield say("matrix.ask")
    for platform in CUDA_PLATFORMS:
        yield f"## {platform}"
        heads = [say("matrix.gpu"), *map(str, PICTURE_BRANCHES)]
        yield table(heads, [_picture_row(row) for row in rows[platform]])
    yield f"## {say('matrix.cuda.title')}"
    yield say("matrix.cuda.intro")
    yield table(say("matrix.cuda.columns").split("|"), list(_cuda_rows(matrix)))
    yield f"## {say('matrix.releases.title')}"
    found = releases(matrix, CUDA_PLATFORMS[0], Filters()) or ()
    yield table(say("matrix.releases.columns").split("|"), [_release_row(each) for each in found])


def _picture_row(row: Row) -> list[str]:
    title = f"{row.generation} {capabilities_words(row.capabilities)}"
    cards = ", ".join(row.examples[:2])
    return [f"{title}<br>{cards}" if cards else title, *map(_picture_cell, row.cells)]


def _picture_cell(cell: Cell) -> str:
    if cell.build is None:
        return "x" if cell.driven else "–"
    star = "*" if cell.build.origin.is_conda else ""
    return f"{cell.build.torch}<br>{cell.build.build}{star}"


def _cuda_rows(matrix: Matrix) -> Iterator[list[str]]:
    for family in matrix.cuda:
        used = {
            row.torch
            for row in matrix.builds
            if row.cuda_runtime is not None and row.cuda_runtime.starts_with(family.cuda_runtime)
        }
        newest, oldest = (str(max(used)), str(min(used))) if used else ("", "")
        minimum = [str(family.minimum_linux), str(family.minimum_windows)]
        yield [str(family.cuda_runtime), *minimum, newest, oldest]


def _release_row(release: Release) -> list[str]:
    origins = (Origin.PYPI, Origin.WHEEL_INDEX, Origin.CONDA_FORGE, Origin.PYTORCH)
    pythons = f"{min(release.pythons)}–{max(release.pythons)}"
    builds = [_builds(release.of(origin)) for origin in origins]
    return [str(release.torch), release.released, pythons, *builds]


def _builds(found: Sequence[Build]) -> str:
    runtimes = {build.build: build.cuda_runtime for build in found}
    return " ".join(sorted(runtimes, key=lambda name: _numbers(runtimes[name])))


def _numbers(version: Version | None) -> tuple[int, ...]:
    return version.numbers if version else ()


def gpus_page(matrix: Matrix, say: Say) -> Iterator[str]:
    """The rule for power supplies, and all cards by generation, newest first."""
    yield say("generated")
    yield f"# {say('gpus.title')}"
    yield say("gpus.intro", updated=matrix.updated)
    sizes = ", ".join(map(str, SIZES_W))
    facts = {"rest": REST_OF_THE_COMPUTER_W, "slot": SLOT_W, "smallest": SMALLEST_W}
    yield say("gpus.supply", sizes=sizes, **facts)
    models = sorted(matrix.gpus, key=_order)
    for capability, group in groupby(models, key=lambda gpu: gpu.compute_capability):
        yield f"## {_title(matrix, capability, say)}"
        if capability:
            yield "\n".join(f"- {line}" for line in _about(matrix, capability, say))
        yield table(say("gpus.columns").split("|"), [_card(gpu) for gpu in group])


FIGURES = tuple(f"matmul-{name}" for name in ("float32", "tf32", "float16", "bfloat16", "float8"))


def speeds_page(matrix: Matrix, say: Say) -> Iterator[str]:
    """What cards were measured at, each figure with the number of its source."""
    yield say("generated")
    yield f"# {say('speeds.title')}"
    yield say("speeds.intro")
    sources = list(dict.fromkeys((row.source, row.checked) for row in matrix.references))
    names = list(dict.fromkeys(row.gpu for row in matrix.references))
    known = {gpu.name: gpu for gpu in matrix.gpus}
    names.sort(key=lambda name: _order(known[name]))
    yield table(
        say("speeds.columns").split("|"), [_speeds(matrix, name, sources) for name in names]
    )
    yield "\n".join(
        f"{number}. {source} ({say('speeds.checked', checked=checked)})"
        for number, (source, checked) in enumerate(sources, start=1)
    )


def _speeds(matrix: Matrix, name: str, sources: Sequence[tuple[str, str]]) -> list[str]:
    rows = {row.figure: row for row in matrix.references if row.gpu == name}
    used = sorted({sources.index((row.source, row.checked)) + 1 for row in rows.values()})
    cells = [_measured(rows.get(figure)) for figure in FIGURES]
    return [name, *cells, ", ".join(map(str, used))]


def _measured(row: Reference | None) -> str:
    if row is None:
        return ""
    return f"{row.value:g}" if row.reports in (None, 1) else f"{row.value:g} ({row.reports})"


def _order(gpu: GpuModel) -> tuple[int, int, str]:
    """Newest capability first; names that mean several chips last."""
    major, minor = gpu.compute_capability or (0, 0)
    return -major, -minor, gpu.name


def _title(matrix: Matrix, capability: Capability | None, say: Say) -> str:
    generation = matrix.generation(capability) if capability else None
    if capability is None or generation is None:
        return say("gpus.several")
    return f"{generation.name} {show_capability(capability)}"


def _about(matrix: Matrix, capability: Capability, say: Say) -> Iterator[str]:
    generation = matrix.generation(capability)
    yield say("gpus.capability", capability=show_capability(capability))
    if generation is not None:
        yield f"{say('gpus.drivers')}: " + _branches(
            generation.first_branch, generation.last_branch, generation.jetson, say
        )
        if generation.open_module == "required" and not generation.jetson:
            yield say("gpus.open")
    platform = CUDA_PLATFORMS[1 if generation and generation.jetson else 0]
    build = without_driver(matrix, platform, capability)
    if build is None:
        yield say("gpus.none")
    else:
        yield say("gpus.newest", torch=build.torch, build=build.build)


def _branches(first: int | None, last: int | None, jetson: bool, say: Say) -> str:
    if jetson:
        return say("gpus.jetson")
    if last is None:
        return say("gpus.from", first=first) if first else say("gpus.any")
    return say("gpus.between", first=first, last=last) if first else say("gpus.until", last=last)


def _card(gpu: GpuModel) -> list[str]:
    sizes = gpu.memory_options or ((gpu.memory_gb,) if gpu.memory_gb else ())
    capability = gpu.compute_capability
    return [
        gpu.name,
        " / ".join(gpu.chips) or gpu.chip or "",
        show_capability(capability) if capability else "",
        " / ".join(f"{size:g}" for size in sizes),
        _text(gpu.power_w),
        _text(recommended_supply_w(gpu.name, gpu.power_w)),
        _text(gpu.figures.get("bandwidth_gb_s")),
        _text(gpu.figures.get("fp32_tflops")),
    ]


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
