"""The matrix as `gpusetup.matrix/1`; `part` says which question was asked."""

from __future__ import annotations

from typing import Sequence

from gpusetup import __version__
from gpusetup.basics.versions import Capability, Version, show_architecture, show_capability
from gpusetup.benchmark.power_supply import recommended_supply_w
from gpusetup.choosing.choice import Choice, Decision
from gpusetup.choosing.queries import (
    Answer,
    Filters,
    Judged,
    Release,
    Row,
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
from gpusetup.documents import (
    Document,
    build_document,
    choice_document,
    reason_document,
    refusal_document,
    would_change_document,
)
from gpusetup.matrix.differences import Changed, Differences
from gpusetup.matrix.rows import Build, GpuModel, Matrix
from gpusetup.matrix.subjects import CudaSubject, DriverSubject, GpuSubject, Subject, TorchSubject


def head(matrix: Matrix, part: str, platform: str | None = None) -> Document:
    """What every document of the matrix begins with."""
    found: Document = {
        "schema": "gpusetup.matrix/1",
        "gpusetup": __version__,
        "part": part,
        "updated": matrix.updated,
    }
    return {**found, "platform": platform} if platform else found


def list_document(
    matrix: Matrix, platform: str, filters: Filters, found: Sequence[Release]
) -> Document:
    return {
        **head(matrix, "list", platform),
        "filters": {
            "torch": filters.torch,
            "origin": filters.origin.value if filters.origin else None,
            "compute_capabilities": _capabilities(filters.capabilities),
            "driver": _text(filters.driver),
        },
        "releases": [_release(matrix, platform, each) for each in found],
    }


def _release(matrix: Matrix, platform: str, release: Release) -> Document:
    return {
        "torch": str(release.torch),
        "released": release.released or None,
        "pythons": [str(each) for each in release.pythons],
        "builds": [full_build(matrix, platform, each) for each in release.builds],
    }


def full_build(matrix: Matrix, platform: str, build: Build) -> Document:
    """All facts about one build."""
    return {
        **build_document(build),
        "platform": build.platform,
        "pythons": [str(each) for each in build.pythons],
        "architectures": [show_architecture(each) for each in build.architectures],
        "ptx": [show_architecture(each).replace("sm_", "compute_") for each in build.ptx],
        "minimum_driver": _text(minimum_driver(matrix, platform, build)),
        "glibc": _text(build.glibc),
        "macos": _text(build.macos),
        "cudnn": build.cudnn,
        "nccl": build.nccl,
        "torchvision": _text(build.torchvision),
        "torchaudio": _text(build.torchaudio),
        "wheel_mib": build.wheel_mib,
        "download_mib": build.download_mib,
        "released": build.released or None,
        "confidence": build.confidence.value,
        "only_on_wish": build.only_on_wish,
        "source": build.source,
        "checked": build.checked,
    }


def picture_document(matrix: Matrix, platform: str, rows: Sequence[Row]) -> Document:
    return {
        **head(matrix, "picture", platform),
        "rows": [
            {
                "generation": row.generation,
                "compute_capabilities": _capabilities(row.capabilities),
                "examples": list(row.examples),
                "cells": [
                    {
                        "branch": each.branch,
                        "driven": each.driven,
                        "choice": build_document(each.build) if each.build else None,
                    }
                    for each in row.cells
                ],
            }
            for row in rows
        ],
    }


def subject_document(matrix: Matrix, platform: str, subject: Subject) -> Document:
    """What `matrix show` found: one of the keys gpu, torch, driver, cuda."""
    if isinstance(subject, GpuSubject):
        where = cuda_platform(platform)
        return {**head(matrix, "show", where), "gpu": _gpu(matrix, where, subject)}
    if isinstance(subject, TorchSubject):
        return {**head(matrix, "show", platform), "torch": _torch(matrix, subject)}
    if isinstance(subject, DriverSubject):
        where = cuda_platform(platform)
        return {**head(matrix, "show", where), "driver": _driver(matrix, where, subject)}
    return {**head(matrix, "show", platform), "cuda": _cuda(matrix, subject)}


def _torch(matrix: Matrix, subject: TorchSubject) -> Document:
    """The releases with their builds on all platforms."""
    builds = [row for row in matrix.builds if row.torch in subject.releases]
    traps = {trap.id: trap for each in subject.releases for trap in traps_of(matrix, each)}
    return {
        "releases": [str(each) for each in subject.releases],
        "builds": [full_build(matrix, row.platform, row) for row in builds],
        "defects": [
            {
                "id": trap.id,
                "pins": list(trap.pins),
                "platforms": list(trap.platforms),
                "refuse": trap.refuse,
                "note": trap.note,
                "source": trap.source,
            }
            for trap in traps.values()
        ],
    }


def _gpu(matrix: Matrix, platform: str, subject: GpuSubject) -> Document:
    return {
        "name": subject.name,
        "chip": subject.chip,
        "models": [_model(each) for each in subject.models],
        "capabilities": [_capability(matrix, platform, each) for each in subject.capabilities],
    }


def _model(gpu: GpuModel) -> Document:
    capability = gpu.compute_capability
    return {
        "name": gpu.name,
        "chip": gpu.chip,
        "architecture": gpu.architecture,
        "compute_capability": show_capability(capability) if capability else None,
        "memory_gb": list(gpu.memory_options) or ([gpu.memory_gb] if gpu.memory_gb else None),
        "power_w": gpu.power_w,
        "recommended_power_supply_w": recommended_supply_w(gpu.name, gpu.power_w),
        "figures": dict(gpu.figures),
        "source": gpu.source,
        "checked": gpu.checked,
    }


def _capability(matrix: Matrix, platform: str, capability: Capability) -> Document:
    generation = matrix.generation(capability)
    free = without_driver(matrix, platform, capability)
    found: Document = {
        "compute_capability": show_capability(capability),
        "architecture": generation.name if generation else None,
        "code": show_architecture(capability),
        "first_branch": generation.first_branch if generation else None,
        "last_branch": generation.last_branch if generation else None,
        "open_module": generation.open_module if generation else None,
        "jetson": generation.jetson if generation else None,
        "newest": build_document(free) if free else None,
        "by_driver": [],
    }
    if generation and not generation.jetson:
        found["by_driver"] = [
            {
                "first_branch": span.first,
                "last_branch": span.last,
                "minimum_driver": _text(span.minimum),
                **build_document(span.build),
            }
            for span in spans(matrix, platform, capability)
        ]
    return found


def _driver(matrix: Matrix, platform: str, subject: DriverSubject) -> Document:
    branch = branch_of(matrix, subject.version)
    row = next((each for each in matrix.branches if each.branch == branch), None)
    windows = platform.startswith("windows")
    generations = generations_of_branch(matrix, branch) if branch is not None else ()
    driver = newest_of_branch(subject.version)
    return {
        "version": str(subject.version),
        "branch": branch,
        "cuda_driver_version": _text(row.cuda_version) if row else None,
        "state": row.state if row else None,
        "end_of_life": row.end_of_life if row else None,
        "note": row.note if row else None,
        "cuda_runtimes": [str(each) for each in runtimes_served(matrix, driver, windows)],
        "gpus": [
            {
                "generation": generation.name,
                "compute_capability": show_capability(capability),
                "choice": build_document(found.build) if found.build else None,
            }
            for generation in generations
            for capability in generation.capabilities
            for found in [cell(matrix, platform, capability, branch or 0, subject.version)]
        ],
    }


def _cuda(matrix: Matrix, subject: CudaSubject) -> Document:
    family = matrix.cuda_family(subject.version)
    used = [row for row in matrix.builds if _uses(row, subject.version)]
    return {
        "version": str(subject.version),
        "minimum_driver": {
            "linux": _text(family.minimum_linux) if family else None,
            "windows": _text(family.minimum_windows) if family else None,
        },
        "ptx_minimum_driver": {
            "linux": _text(family.ptx_minimum_linux) if family else None,
            "windows": _text(family.ptx_minimum_windows) if family else None,
        },
        "exact": family.exact if family else None,
        "toolkits": [
            {
                "version": str(each.version),
                "branch": each.branch,
                "minimum_linux": _text(each.minimum_linux),
                "minimum_windows": _text(each.minimum_windows),
            }
            for each in matrix.toolkits
            if each.version.starts_with(subject.version)
        ],
        "builds": [{**build_document(each), "platform": each.platform} for each in used],
    }


def _uses(build: Build, cuda: Version) -> bool:
    return build.cuda_runtime is not None and build.cuda_runtime.starts_with(cuda)


def why_document(matrix: Matrix, torch: str, answer: Answer) -> Document:
    """Whether a torch runs, each of its builds, and what is taken without the wish."""
    decision = answer.decision
    chosen = isinstance(decision, Choice)
    return {
        **head(matrix, "why"),
        "torch": torch,
        "runs": chosen,
        "choice": choice_document(decision) if isinstance(decision, Choice) else None,
        "refusal": None if isinstance(decision, Choice) else refusal_document(decision),
        "builds": [_judged(each) for each in answer.builds],
        "instead": _instead(answer.instead),
    }


def _judged(judged: Judged) -> Document:
    """`code`, `facts`, `text`: the first rule against it; `also`: the others."""
    reasons = [reason_document(each) for each in judged.reasons]
    first: Document = reasons[0] if reasons else {"code": None, "facts": {}, "text": None}
    changes = [would_change_document(each) for each in judged.changes]
    found = {**build_document(judged.build), "taken": not reasons, **first}
    return {**found, "also": reasons[1:], "would_change": changes}


def _instead(decision: Decision) -> Document | None:
    return choice_document(decision) if isinstance(decision, Choice) else None


def differences_document(found: Differences) -> Document:
    """What an update changes."""
    return {
        "added": [_named(each) for each in found.added],
        "removed": [_named(each) for each in found.removed],
        "changed": [_changed(each) for each in found.changed],
        "tables": [
            {"table": t.table, "added": t.added, "removed": t.removed, "changed": t.changed}
            for t in found.tables
        ],
    }


def _named(build: Build) -> Document:
    return {**build_document(build), "platform": build.platform}


def _changed(changed: Changed) -> Document:
    fields = {name: {"before": old, "after": new} for name, old, new in changed.fields}
    return {**_named(changed.build), "fields": fields}


def _capabilities(found: Sequence[Capability]) -> list[str]:
    return [show_capability(each) for each in found]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
