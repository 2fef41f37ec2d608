"""A pasted text becomes the case that the checks judge: as a look at the machine does."""

from __future__ import annotations

import re
from dataclasses import replace

from gpusetup.basics.errors import UsageError
from gpusetup.basics.versions import Version
from gpusetup.doctor.check import Case, Told
from gpusetup.doctor.extensions import with_packages
from gpusetup.doctor.inference import inferred, weighed
from gpusetup.doctor.symptoms import Symptom, find_symptoms
from gpusetup.environments.facts import Distribution, Environment, Surroundings, TorchFacts
from gpusetup.machine import Absence, Arch, Gpu, Machine, Os
from gpusetup.matrix.rows import Matrix
from gpusetup.reports import Report, read_report
from gpusetup.reports.capabilities import fill_capabilities
from gpusetup.reports.circumstances import Circumstances, circumstances_in
from gpusetup.reports.jobs import job_in
from gpusetup.reports.memory import memory_in
from gpusetup.reports.merge import merge
from gpusetup.reports.packages import packages_in, torch_places
from gpusetup.reports.programs import mentioned_gpus
from gpusetup.reports.text import cleaned, looks_binary
from gpusetup.reports.torch_state import (
    contradicts_itself,
    is_made_by_others,
    run_in,
    torch_in,
    written_version,
)
from gpusetup.request import Origin

_PYTHON = re.compile(
    r"\bPython(?: version)?[ ]{0,20}:? ?(\d\.\d{1,2}(?:\.\d{1,2})?)\b"
    r"|[/\\]python(3\.\d{1,2})[/\\]|\bcp(3\d{1,2})-cp3"
)
_NVCC = re.compile(
    r"Cuda compilation tools, release (\d{1,2}\.\d)"
    r"|CUDA runtime version[ ]{0,20}: ?(\d{1,2}\.\d)|\bnvcc (\d{1,2}\.\d)\b"
)


def case_of_text(text: str, matrix: Matrix, symptoms: tuple[Symptom, ...]) -> Case:
    """Read what can be read.

    Raises:
        UsageError: it is empty, or no text at all.
    """
    if not text.strip():
        raise UsageError("report.empty")
    if looks_binary(text):
        raise UsageError("report.binary", characters=len(text))
    readable, composed = cleaned(text)
    readable = readable.replace("%2B", "+")  # as file names of wheels stand in addresses
    around = circumstances_in(readable, composed=composed)
    packages = packages_in(readable)
    machine = _machine(text, around, matrix)
    case = Case(
        machine=machine,
        matrix=matrix,
        environment=_environment(readable, packages, around, machine, matrix),
        surroundings=Surroundings(job=job_in(readable) if machine.scheduler == "slurm" else None),
        sightings=with_packages(find_symptoms(readable, symptoms), readable),
        reported=True,
        told=_told(readable, around, packages, matrix),
    )
    case = weighed(case)
    return replace(case, sightings=case.sightings + inferred(case, readable))


def _machine(text: str, around: Circumstances, matrix: Matrix) -> Machine:
    try:
        report: Report | None = read_report(text)
    except UsageError:
        report = None
    machine = report.machine if report else merge((), (), ())
    machine = _with_circumstances(machine, around)
    return fill_capabilities(machine, matrix)


def _with_circumstances(machine: Machine, around: Circumstances) -> Machine:
    """What the readers had to assume, replaced by what the text betrays."""
    assumed = machine.reading("assumed-os")
    system = around.os if assumed and around.os else machine.os
    arch = machine.arch
    if assumed and system is Os.MACOS:
        arch = Arch.ARM64
    elif assumed and around.arch and system is Os.LINUX:
        arch = around.arch
    return replace(
        machine,
        os=system,
        arch=arch,
        wsl=machine.wsl or (2 if around.wsl and system is Os.LINUX else None),
        container=machine.container or around.container,
        cloud=machine.cloud or around.cloud,
        scheduler=machine.scheduler or around.scheduler,
        node_role=machine.node_role or ("login" if around.on_login_node else None),
        cuda_visible_devices=dict(around.variables).get("CUDA_VISIBLE_DEVICES"),
    )


def _environment(
    text: str,
    packages: tuple[Distribution, ...],
    around: Circumstances,
    machine: Machine,
    matrix: Matrix,
) -> Environment | None:
    torch = torch_in(text, packages)
    run = run_in(text)
    python = _python(text)
    if torch is None and run is None and not packages and not around.variables and not python:
        return None
    if isinstance(torch, TorchFacts):
        torch = _with_default_cuda(torch, packages, machine, matrix, text)
    return Environment(
        version=python,
        torch=torch,
        distributions=packages or None,
        variables=around.variables or None,
        run=run,
    )


def _with_default_cuda(
    torch: TorchFacts,
    packages: tuple[Distribution, ...],
    machine: Machine,
    matrix: Matrix,
    text: str,
) -> TorchFacts:
    """A plain "torch 2.3.0" of a pip list is the default build of PyPI for that system."""
    listed = next((each for each in packages if each.name == "torch"), None)
    plain = torch.cuda is None and torch.local is None and torch.version is not None
    if listed is None or listed.installer != "pip" or listed.build is not None:
        return torch
    has_conda = any(each.name in ("pytorch", "pytorch-mutex") for each in packages)
    if not plain or has_conda or is_made_by_others(listed.version):
        return torch
    if "CUDA used to build" in text and "Could not collect" not in text:
        return torch
    rows = matrix.builds_for(machine.platform)
    build = next(
        (row for row in rows if row.origin is Origin.PYPI and row.torch == torch.version), None
    )
    if build is None:
        return torch
    return replace(torch, cuda=build.cuda_runtime or Absence.NOT_THERE)


def _python(text: str) -> Version | None:
    found = _PYTHON.search(text)
    if not found:
        return None
    word = found[1] or found[2] or f"{found[3][0]}.{found[3][1:]}"
    return Version.parse(word)


def _told(
    text: str, around: Circumstances, packages: tuple[Distribution, ...], matrix: Matrix
) -> Told:
    nvcc = _NVCC.search(text)
    return Told(
        started_with_gpus=around.started_with_gpus,
        asked_for_gpus=around.asked_for_gpus,
        wants_cuda=around.wants_cuda,
        jetson=around.jetson,
        contradicts_itself=contradicts_itself(text),
        torch_written=written_version(text, packages),
        mentioned=_mentioned(text, matrix),
        torch_places=torch_places(text),
        toolkit=Version.parse(next(each for each in nvcc.groups() if each)) if nvcc else None,
        memory=memory_in(text),
    )


def _mentioned(text: str, matrix: Matrix) -> tuple[Gpu, ...]:
    """The GPUs that are named anywhere, as far as the matrix knows them."""
    known = ((name, matrix.capability_of_name(name)) for name in mentioned_gpus(text))
    return tuple(Gpu(None, name, capability) for name, capability in known if capability)
