"""The GPUs' architectures against the code that a build of torch holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

from gpusetup.basics.versions import (
    Capability,
    Version,
    parse_architecture,
    show_architecture,
    show_capability,
)
from gpusetup.choosing.architecture import covered_by_code, covered_by_ptx
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.facts import (
    Seen,
    available,
    gpu_words,
    lines_of,
    torch_of,
    torch_version,
    torch_words,
)
from gpusetup.machine import Gpu
from gpusetup.matrix.rows import Build
from gpusetup.request import Origin

_COMPLAINTS = (
    "no-kernel-image", "arch-not-compatible", "arch-too-old", "arch-range", "nvrtc-arch",
)  # fmt: skip


def judge_gpu_too_new(case: Case) -> Iterator[Finding]:
    yield from _unsupported(case, "torch.gpu-too-new", too_new=True)


def judge_gpu_too_old(case: Case) -> Iterator[Finding]:
    yield from _unsupported(case, "torch.gpu-too-old", too_new=False)


def _unsupported(case: Case, name: str, *, too_new: bool) -> Iterator[Finding]:
    """GPUs without code in this build: by the matrix, by torch's own list, by its complaint."""
    lacking = [gpu for gpu in unserved(case) if _is_newer(case, gpu) is too_new]
    if not lacking and too_new and Seen(case).has("nvrtc-arch"):  # its compiler is the older one
        lacking = [gpu for gpu in _cards(case) if gpu.compute_capability][:1]
    if not lacking:
        return
    gpu = lacking[0]
    assert gpu.compute_capability is not None  # noqa: S101 - unserved() gives no others
    served = served_capabilities(case)
    facts = {
        "gpu": gpu.name or "GPU",
        "capability": show_capability(gpu.compute_capability),
        "architecture": show_architecture(gpu.compute_capability),
        "torch": case.told.torch_written or torch_version(case),
        "served": ", ".join(show_architecture(each) for each in served) or "?",
    }
    words = lines_of(case, "torch.gpu-unsupported") or gpu_words(case) + torch_words(case)
    yield Finding(name, _how_bad(case, gpu), facts, words[:4])


def _how_bad(case: Case, gpu: Gpu) -> Severity:
    """A small old card beside a served newer one is not what anybody computes on."""
    served = [
        each
        for each in case.machine.gpus or ()
        if each.compute_capability and each not in unserved(case)
    ]
    newest = max(
        (each.compute_capability for each in served if each.compute_capability), default=None
    )
    mine = gpu.compute_capability
    if newest is not None and mine is not None and newest > mine and available(case) is not False:
        return Severity.INFO
    return Severity.ERROR


def _is_newer(case: Case, gpu: Gpu) -> bool:
    """Whether the card is newer than all code of the build."""
    mine, served = gpu.compute_capability, served_capabilities(case)
    if mine is None:
        return False
    if served:
        return mine > max(served)
    return mine >= (8, 0)


def unserved(case: Case) -> tuple[Gpu, ...]:
    """The GPUs that the torch build surely has no code for."""
    builds = builds_of(case)
    cards = [gpu for gpu in _cards(case) if gpu.compute_capability]
    if builds:
        return tuple(gpu for gpu in cards if not any(_covers(gpu, each) for each in builds))
    if not Seen(case).has(*_COMPLAINTS):
        return ()
    if Seen(case).has("extension-arch", "extension-arch-in-traceback"):
        return ()
    complained = _complained(case)
    return tuple(gpu for gpu in cards if not complained or gpu.compute_capability in complained)


def _cards(case: Case) -> tuple[Gpu, ...]:
    """The GPUs known, with those that only a complaint names."""
    known = case.machine.gpus or case.told.mentioned
    have = {gpu.compute_capability for gpu in known}
    more = tuple(Gpu(None, None, each) for each in _complained(case) if each not in have)
    return (*known, *more)


def _complained(case: Case) -> tuple[Capability, ...]:
    """The capabilities that torch itself complains about."""
    found: list[Capability] = []
    for sighting in case.hints("torch.gpu-unsupported"):
        if "sm" in sighting.facts:
            found.append(parse_architecture(f"sm_{sighting.facts['sm']}"))
        if "dotted" in sighting.facts:
            major, _, minor = sighting.facts["dotted"].partition(".")
            found.append((int(major), int(minor)))
    return tuple(dict.fromkeys(found))


def _covers(gpu: Gpu, build: Build) -> bool:
    capability = gpu.compute_capability
    return capability is None or (
        covered_by_code(capability, build) or covered_by_ptx(capability, build)
    )


def served_capabilities(case: Case) -> tuple[Capability, ...]:
    """All that the build has code for, oldest first; empty where nobody knows."""
    return tuple(sorted({each for build in builds_of(case) for each in build.architectures}))


def builds_of(case: Case) -> tuple[Build, ...]:
    """The builds that this torch may be: one by its own list, else the matrix's rows."""
    torch = torch_of(case)
    run = case.environment.run if case.environment else None
    if run is not None and run.architectures:
        return (_by_its_own_list(case, run.architectures),)
    if torch is None or torch.version is None or not isinstance(torch.cuda, Version):
        return ()
    if _is_made_by_others(case):
        return ()
    minor = torch.cuda.minor()
    return tuple(
        row
        for row in case.matrix.builds_for(case.machine.platform)
        if row.torch == torch.version and row.cuda_runtime == minor and _may_be(case, row.origin)
    )


def _is_made_by_others(case: Case) -> bool:
    written = case.told.torch_written or ""
    local = written.partition("+")[2]
    return "a0" in written or ".dev" in written or (bool(local) and not local.startswith("cu"))


def _may_be(case: Case, origin: Origin) -> bool:
    """A build of conda has a build string; a wheel has none."""
    torch = torch_of(case)
    is_conda = bool(torch and torch.build) or (
        case.environment is not None and case.environment.distribution("pytorch") is not None
    )
    conda = origin in (Origin.CONDA_FORGE, Origin.PYTORCH)
    if torch and torch.local:
        return not conda
    return conda if is_conda else True


def _by_its_own_list(case: Case, names: tuple[str, ...]) -> Build:
    torch = torch_of(case)
    cuda = torch.cuda if torch and isinstance(torch.cuda, Version) else None
    code = tuple(parse_architecture(each) for each in names if each.startswith("sm_"))
    ptx = tuple(parse_architecture(each) for each in names if each.startswith("compute_"))
    empty = Build(
        torch=Version.parse("0"),
        build="",
        origin=Origin.PYPI,
        platform=case.machine.platform,
        cuda_runtime=cuda,
        architectures=code,
        ptx=ptx,
        pythons=(),
    )
    return replace(empty, torch=torch.version) if torch and torch.version else empty


def judge_no_kernel_image(case: Case) -> Iterator[Finding]:
    """The complaint, where nothing tells which way the card and the build miss each other."""
    seen = Seen(case)
    if not seen.has(*_COMPLAINTS):
        return
    if seen.has("extension-arch", "extension-arch-in-traceback") or unserved(case):
        return
    if builds_of(case) and any(gpu.compute_capability for gpu in _cards(case)):
        return  # torch has the code: an extension lacks it, or the warning is harmless
    yield Finding("torch.no-kernel-image", evidence=lines_of(case, "torch.gpu-unsupported"))


def judge_arch_warning(case: Case) -> Iterator[Finding]:
    """The warning about a GPU that runs the code of its older sister all the same."""
    if not Seen(case).has("arch-not-compatible") or unserved(case) or not builds_of(case):
        return
    if Seen(case).has("no-kernel-image"):
        return
    words = lines_of(case, "torch.gpu-unsupported")
    yield Finding("harmless.architecture-warning", Severity.INFO, evidence=words)


CHECKS = (
    Check(
        "torch.gpu-too-new",
        Area.TORCH,
        judge_gpu_too_new,
        reads=(Fact.CAPABILITIES, Fact.BUILD),
        explained_by=("environment.user-site-shadows",),
    ),
    Check(
        "torch.gpu-too-old",
        Area.TORCH,
        judge_gpu_too_old,
        reads=(Fact.CAPABILITIES, Fact.BUILD),
        explained_by=("environment.user-site-shadows",),
    ),
    Check("torch.no-kernel-image", Area.TORCH, judge_no_kernel_image, reads=(Fact.TEXT,)),
    Check("harmless.architecture-warning", Area.TORCH, judge_arch_warning, reads=(Fact.TEXT,)),
)
