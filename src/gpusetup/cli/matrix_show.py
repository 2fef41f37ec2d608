"""One GPU, torch, driver or CUDA on the screen."""

from __future__ import annotations

from typing import Iterable, Sequence

from gpusetup.basics.versions import Capability, Version, show_architecture, show_capability
from gpusetup.benchmark.power_supply import recommended_supply_w
from gpusetup.choosing.queries import (
    CUDA_PLATFORMS,
    Span,
    branch_of,
    cell,
    cuda_platform,
    generations_of_branch,
    minimum_driver,
    newest_of_branch,
    runtimes_served,
    spans,
    traps_of,
    without_driver,
)
from gpusetup.cli.matrix_screen import build_names, python_range
from gpusetup.matrix.rows import Build, Generation, GpuModel, Matrix
from gpusetup.matrix.subjects import CudaSubject, DriverSubject, GpuSubject, Subject, TorchSubject
from gpusetup.messages import language, listed, say
from gpusetup.terminal import show as screen
from gpusetup.terminal.show import Line, Mark

_MOST_CARDS = 12


def show(matrix: Matrix, platform: str, subject: Subject) -> None:
    """What is known, as areas and a table."""
    if isinstance(subject, GpuSubject):
        _gpu(matrix, platform, subject)
    elif isinstance(subject, TorchSubject):
        _torch(matrix, platform, subject)
    elif isinstance(subject, DriverSubject):
        _driver(matrix, platform, subject)
    else:
        _cuda(matrix, platform, subject)


def _area(label: str, text: str, detail: str | None = None) -> Line:
    return Line(Mark.NOTE, say(f"matrix.label.{label}"), text, detail)


def _gpu(matrix: Matrix, platform: str, subject: GpuSubject) -> None:
    where = cuda_platform(platform)
    screen.heading(subject.name)
    areas = [_area("architecture", text) for text in _architecture(matrix, subject)]
    areas += _memory(subject.models) + _power(subject.models)
    for capability in subject.capabilities:
        areas += _drivers(matrix.generation(capability))
    areas += _figures(subject.models)
    if len(subject.models) > 1:
        areas.append(_area("cards", _some(gpu.name for gpu in subject.models)))
    screen.lines(areas)
    several = len(subject.capabilities) > 1
    for capability in subject.capabilities:
        _torch_of_gpu(matrix, where, capability, several)
    if where != platform:
        screen.note(say("matrix.gpu-no-cuda", platform=platform, other=where))
    screen.hint(say("matrix.ask-plan"))


def _architecture(matrix: Matrix, subject: GpuSubject) -> list[str]:
    found = []
    chips = sorted({chip for gpu in subject.models for chip in gpu.chips})
    for capability in subject.capabilities:
        generation = matrix.generation(capability)
        named = [chip for chip in chips if _is_of(matrix, chip, capability)] or chips
        facts: dict[str, object] = {
            "name": generation.name if generation else "?",
            "capability": f"{show_capability(capability)} ({show_architecture(capability)})",
        }
        if subject.chip and not named:
            named = [subject.chip]
        if len(named) in (1, 2):
            found.append(say("matrix.gpu-architecture-chip", chip=" / ".join(named), **facts))
        else:
            found.append(say("matrix.gpu-architecture", **facts))
    return found


def _is_of(matrix: Matrix, chip: str, capability: Capability) -> bool:
    row = matrix.chip(chip)
    return row is not None and row.compute_capability == capability


def _memory(models: Sequence[GpuModel]) -> list[Line]:
    sizes = {size for gpu in models for size in (gpu.memory_options or (gpu.memory_gb or 0,))}
    sizes.discard(0)
    if not sizes or len(models) > _MOST_CARDS:
        return []
    code = "matrix.gpu-memory-options" if len(sizes) > 1 else "matrix.gpu-memory"
    return [_area("memory", say(code, sizes=" / ".join(f"{size:g}" for size in sorted(sizes))))]


def _power(models: Sequence[GpuModel]) -> list[Line]:
    draws = {gpu.power_w for gpu in models}
    if len(draws) != 1 or None in draws or not models:
        return []
    gpu = models[0]
    supply = recommended_supply_w(gpu.name, gpu.power_w)
    if supply is None:
        return [_area("power", say("matrix.gpu-power", watts=gpu.power_w))]
    text = say("matrix.gpu-power-supply", watts=gpu.power_w, supply=supply)
    return [_area("power", text)]


def _drivers(generation: Generation | None) -> list[Line]:
    if generation is None:
        return []
    if generation.jetson:
        return [_area("driver", say("matrix.gpu-driver-jetson"))]
    first, last = generation.first_branch, generation.last_branch
    if last is None:
        code = "matrix.gpu-driver-open" if first else "matrix.gpu-driver-any"
    else:
        code = "matrix.gpu-driver-closed" if first else "matrix.gpu-driver-until"
    needs_open = generation.open_module == "required"
    detail = say("matrix.gpu-open-required") if needs_open else None
    return [_area("driver", say(code, first=first, last=last), detail)]


def _figures(models: Sequence[GpuModel]) -> list[Line]:
    if len(models) != 1 or not models[0].figures:
        return []
    figures = models[0].figures
    texts = (say(f"matrix.figure.{name}", value=f"{figures[name]:g}") for name in figures)
    return [_area("speed", listed(texts))]


def _torch_of_gpu(matrix: Matrix, platform: str, capability: Capability, several: bool) -> None:
    facts: dict[str, object] = {"platform": platform, "capability": show_capability(capability)}
    generation = matrix.generation(capability)
    if generation and generation.jetson:
        platform = CUDA_PLATFORMS[1]
        screen.heading(say("matrix.gpu-torch-title", platform=platform))
        build = without_driver(matrix, platform, capability)
        if build is None:
            screen.paragraph(say("matrix.gpu-torch-none"))
        else:
            screen.paragraph(say("matrix.gpu-torch-free", torch=build.torch, build=build.build))
        return
    title = say(f"matrix.gpu-torch-title{'-of' if several else ''}", **facts)
    found = spans(matrix, platform, capability)
    if not found:
        screen.heading(title)
        screen.paragraph(say("matrix.gpu-torch-none"))
        return
    headers = [
        say(f"matrix.column.{each}") for each in ("driver", "torch", "build", "origin", "minimum")
    ]
    newest = max(row.branch for row in matrix.branches)
    screen.table(headers, [_span_row(span, newest) for span in reversed(found)], title)


def _span_row(span: Span, newest: int) -> list[str]:
    if span.last == newest:
        code = "matrix.branches-open"
    else:
        code = "matrix.branch" if span.first == span.last else "matrix.branches"
    branches = say(code, first=span.first, last=span.last)
    build = span.build
    minimum = str(span.minimum) if span.minimum else "-"
    origin = say(f"matrix.column.{build.origin.value}")
    return [branches, str(build.torch), build.build, origin, minimum]


def _torch(matrix: Matrix, platform: str, subject: TorchSubject) -> None:
    torch = subject.releases[0]
    everywhere = [row for row in matrix.builds if row.torch == torch]
    builds = [row for row in everywhere if row.platform == platform]
    released = min((row.released for row in everywhere if row.released), default="?")
    title = say("matrix.torch-title", torch=torch, released=released, platform=platform)
    if builds:
        headers = ("build", "origin", "pythons", "minimum", "gpus")
        rows = [_build_row(matrix, platform, build) for build in builds]
        screen.table([say(f"matrix.column.{each}") for each in headers], rows, title)
    else:
        screen.heading(title)
        screen.paragraph(say("matrix.torch-none", platform=platform))
    _around_torch(matrix, subject, everywhere, platform)


def _build_row(matrix: Matrix, platform: str, build: Build) -> list[str]:
    minimum = minimum_driver(matrix, platform, build)
    codes = " ".join(show_capability(each) for each in sorted(build.architectures))
    origin = say(f"matrix.column.{build.origin.value}")
    return [build.build, origin, python_range(build.pythons), str(minimum or "-"), codes or "-"]


def _around_torch(
    matrix: Matrix, subject: TorchSubject, everywhere: Sequence[Build], platform: str
) -> None:
    torch = subject.releases[0]
    screen.blank()
    pairs = {
        f"{name} {version}"
        for row in everywhere
        for name, version in (("torchvision", row.torchvision), ("torchaudio", row.torchaudio))
        if version
    }
    if pairs:
        text = say("matrix.torch-companions", companions=listed(sorted(pairs, reverse=True)))
        screen.paragraph(text)
    for trap in traps_of(matrix, torch, platform):
        note = trap.note_zh if language() == "zh" and trap.note_zh else trap.note
        pins = say("matrix.trap-pins", pins=listed(trap.pins)) if trap.pins else None
        screen.item(Mark.WARN, "\n".join(filter(None, (note, pins))))
    others = sorted({row.platform for row in everywhere} - {platform})
    if others:
        screen.paragraph(say("matrix.torch-elsewhere", platforms=listed(others)))
    if len(subject.releases) > 1:
        screen.paragraph(say("matrix.torch-others", others=listed(map(str, subject.releases[1:]))))


def _driver(matrix: Matrix, platform: str, subject: DriverSubject) -> None:
    where = cuda_platform(platform)
    version = subject.version
    branch = branch_of(matrix, version)
    row = next((each for each in matrix.branches if each.branch == branch), None)
    is_newer = branch is not None and version.major > branch == _newest_branch(matrix)
    title = "matrix.driver-title-alone" if is_newer or branch is None else "matrix.driver-title"
    screen.heading(say(title, version=version, branch=branch))
    areas = []
    if is_newer:
        areas.append(_area("state", say("matrix.driver-newer", newest=branch)))
    elif row is not None:
        state = say(f"matrix.state.{row.state}")
        if row.end_of_life:
            ended = "ended" if row.state == "end-of-life" else "end"
            state = say(f"matrix.driver-{ended}", state=state, end=row.end_of_life)
        areas.append(_area("state", state))
        if row.cuda_version:
            areas.append(_area("cuda", say("matrix.driver-cuda", cuda=row.cuda_version)))
    served = runtimes_served(matrix, newest_of_branch(version), where.startswith("windows"))
    if served:
        areas.append(_area("builds", say("matrix.driver-runtimes", newest=served[0])))
    screen.lines(areas)
    rows = _rows_of_driver(matrix, where, branch, version)
    headers = [say(f"matrix.column.{each}") for each in ("gpu", "torch", "build", "origin")]
    screen.table(headers, rows, say("matrix.driver-torch-title", platform=where))
    screen.hint(say("matrix.ask-plan"))


def _newest_branch(matrix: Matrix) -> int:
    return max(row.branch for row in matrix.branches)


def _rows_of_driver(
    matrix: Matrix, platform: str, branch: int | None, version: Version
) -> list[list[str]]:
    rows = []
    for generation in generations_of_branch(matrix, branch or version.major):
        for capability in generation.capabilities:
            build = cell(matrix, platform, capability, branch or version.major, version).build
            title = f"{generation.name} {show_capability(capability)}"
            if build is None:
                rows.append([title, "-", "-", "-"])
            else:
                origin = say(f"matrix.column.{build.origin.value}")
                rows.append([title, str(build.torch), build.build, origin])
    return rows


def _cuda(matrix: Matrix, platform: str, subject: CudaSubject) -> None:
    version = subject.version
    screen.heading(say("matrix.cuda-title", version=version))
    areas = []
    family = matrix.cuda_family(version)
    if family is not None:
        facts = {"linux": family.minimum_linux, "windows": family.minimum_windows}
        areas.append(_area("driver", say("matrix.cuda-minimum", **facts), _ptx(matrix, version)))
    toolkits = [row for row in matrix.toolkits if row.version.starts_with(version)]
    if toolkits:
        areas.append(_area("toolkits", listed(str(row.version) for row in toolkits)))
    areas += _builds_with(matrix, platform, version)
    screen.lines(areas)


def _ptx(matrix: Matrix, version: Version) -> str | None:
    family = matrix.cuda_family(version)
    if family is None or family.ptx_minimum_linux is None:
        return None
    windows = family.ptx_minimum_windows or family.minimum_windows
    return say("matrix.cuda-ptx", linux=family.ptx_minimum_linux, windows=windows)


def _builds_with(matrix: Matrix, platform: str, version: Version) -> list[Line]:
    builds = [
        row
        for row in matrix.builds_for(platform)
        if row.cuda_runtime is not None and row.cuda_runtime.starts_with(version)
    ]
    if not builds:
        return [_area("builds", say("matrix.cuda-no-builds", platform=platform))]
    torches = listed(map(str, sorted({row.torch for row in builds}, reverse=True)))
    codes = sorted({each for row in builds for each in row.architectures})
    drives = " ".join(map(show_capability, codes))
    text = say("matrix.cuda-builds", torches=torches, platform=platform)
    return [_area("builds", text, build_names(builds)), _area("drives", drives)]


def _some(names: Iterable[str]) -> str:
    found = list(names)
    return listed([*found[:_MOST_CARDS], *(["..."] if len(found) > _MOST_CARDS else [])])
