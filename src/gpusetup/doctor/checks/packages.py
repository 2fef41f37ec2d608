"""The packages around torch: built for another torch, another CUDA, another numpy."""

from __future__ import annotations

import re
from typing import Iterator

from gpusetup.basics.versions import Version
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.checks.architectures import builds_of, unserved
from gpusetup.doctor.facts import (
    CPU_BUILDS,
    Seen,
    available,
    lines_of,
    package,
    torch_of,
    torch_words,
)
from gpusetup.environments.facts import Distribution
from gpusetup.machine import Os

_PIN = re.compile(r"torch ?==? ?([\d.]+)")
_FIRST_FOR_NUMPY_2 = Version.parse("2.3")
_FIRST_FOR_NUMPY_2_ON_WINDOWS = Version.parse("2.4.1")


def judge_torchvision(case: Case) -> Iterator[Finding]:
    yield from _companion(case, "torchvision", "packages.torchvision-mismatch")


def judge_torchaudio(case: Case) -> Iterator[Finding]:
    yield from _companion(case, "torchaudio", "packages.torchaudio-mismatch")


def _companion(case: Case, name: str, finding: str) -> Iterator[Finding]:
    """A companion of another release, or built for another CUDA."""
    lines = lines_of(case, finding)
    own = package(case, name)
    wanted = _wanted_torch(case, own) if own else None
    words = _words(own) + torch_words(case)
    facts = {"version": own.version if own else "?", "torch": _torch_number(case)}
    if own and wanted is not None:
        facts["wanted"] = str(wanted)
        yield Finding(finding, facts=facts, evidence=(lines + words)[:4], variant="release")
    elif own and _other_cuda(case, own):
        yield Finding(finding, facts=facts, evidence=(lines + words)[:4], variant="cuda")
    elif lines:
        yield Finding(finding, facts=facts, evidence=(lines + words)[:4])


def _wanted_torch(case: Case, own: Distribution) -> Version | None:
    """The torch that this companion was made for, if it is surely another one."""
    torch = torch_of(case)
    number = own.number
    if torch is None or torch.version is None or number is None:
        return None
    if _is_odd(own.version) or _is_odd(case.told.torch_written or ""):
        return None
    pins = [match[1] for each in own.pins if (match := _PIN.search(each))]
    if pins:
        wanted = Version.parse(pins[0].rstrip("."))
        return None if torch.version.starts_with(wanted) else wanted
    rows = case.matrix.builds_for(case.machine.platform)
    made_for = {row.torch for row in rows if getattr(row, own.name, None) == number}
    known = any(row.torch == torch.version for row in rows)
    if not made_for or not known:
        return None
    if torch.version.minor() in {each.minor() for each in made_for}:
        return None
    return max(made_for)


def _is_odd(version: str) -> bool:
    """A build of nobody's index: nightly, from source, NVIDIA's own."""
    return bool(re.search(r"a0|\.?dev|\+git|\+[0-9a-f]{7}", version))


def _other_cuda(case: Case, own: Distribution) -> bool:
    """ "+cu118" beside a torch with "+cu121", or a CPU companion of a CUDA torch."""
    torch = torch_of(case)
    if torch is None or torch.local is None or own.local is None:
        return False
    tags = (own.local, torch.local)
    if not all(re.fullmatch(r"cu\d{2,3}|cpu", tag) for tag in tags):
        return False
    return tags[0] != tags[1]


def judge_extension_pins(case: Case) -> Iterator[Finding]:
    """xformers, flash-attn and others that name the torch they were built for."""
    yield from _pinned(case, ("xformers",), "packages.xformers-mismatch")


def judge_abi(case: Case) -> Iterator[Finding]:
    names = ("flash-attn", "vllm", "sgl-kernel", "torchtext")
    yield from _pinned(case, names, "packages.extension-abi")


def _pinned(case: Case, names: tuple[str, ...], finding: str) -> Iterator[Finding]:
    lines = lines_of(case, finding)
    for name in names:
        own = package(case, name)
        wanted = _pin_of(case, own) if own else None
        if own and wanted is not None:
            facts = {
                "package": own.name,
                "version": own.version,
                "wanted": str(wanted),
                "torch": _torch_number(case),
            }
            words = (lines + _words(own) + torch_words(case))[:4]
            yield Finding(finding, facts=facts, evidence=words, variant="release")
            return
    if lines:
        # xformers' own row names itself; of others only the text can say which it is
        named = _package_in(lines[0]) or _told_package(case, finding)
        named = named or (names[0] if len(names) == 1 else None)
        facts = {"torch": _torch_number(case), "package": named or "?"}
        words = (lines + torch_words(case))[:4]
        yield Finding(finding, facts=facts, evidence=words, variant=None if named else "unnamed")


def _told_package(case: Case, finding: str) -> str | None:
    """The package that the text names around the line."""
    found = (each.facts.get("package") for each in case.sightings if each.finding == finding)
    return next((each for each in found if each), None)


def _pin_of(case: Case, own: Distribution) -> Version | None:
    torch = torch_of(case)
    if torch is None or torch.version is None:
        return None
    for each in own.pins:
        match = _PIN.search(each)
        if match:
            wanted = Version.parse(match[1].rstrip("."))
            return None if torch.version.starts_with(wanted) else wanted
    return None


def judge_extension_arch(case: Case) -> Iterator[Finding]:
    """Torch has code for the GPU, and something compiled beside it has none."""
    lines = lines_of(case, "packages.architecture-missing")
    seen = Seen(case)
    if not lines and seen.has("no-kernel-image") and _torch_serves_all(case):
        lines = tuple(each.line for each in (seen.one("no-kernel-image"),) if each)
    if lines and not unserved(case):
        facts = {"package": _package_in(" ".join(lines)) or "?"}
        yield Finding("packages.architecture-missing", facts=facts, evidence=lines[:4])


def _torch_serves_all(case: Case) -> bool:
    cards = case.machine.gpus or case.told.mentioned
    known = [gpu for gpu in cards if gpu.compute_capability]
    return bool(known) and bool(builds_of(case)) and not unserved(case)


def judge_extension_cuda(case: Case) -> Iterator[Finding]:
    """An extension asks for a CUDA library that torch does not bring."""
    lines = lines_of(case, "packages.extension-cuda")
    if not lines or Seen(case).has("cudart-of-torch", "cudnn-absent", "bitsandbytes-setup"):
        return
    seen = Seen(case)
    major = seen.fact("cudart-of-extension", "major") or seen.fact("cudart-windows", "major")
    major = major or seen.fact("extension-says-cuda", "major")
    torch = torch_of(case)
    cuda = str(torch.cuda) if torch and isinstance(torch.cuda, Version) else "?"
    facts = {"needed": major or "?", "cuda": cuda}
    yield Finding("packages.extension-cuda", facts=facts, evidence=(lines + torch_words(case))[:4])


def judge_numpy(case: Case) -> Iterator[Finding]:
    """NumPy 2 beside a torch that was built for NumPy 1."""
    lines = lines_of(case, "packages.numpy-abi")
    numpy = package(case, "numpy")
    facts = {"numpy": numpy.version if numpy else "2", "torch": _torch_number(case)}
    words = (lines + _words(numpy) + torch_words(case))[:4]
    if lines:
        yield Finding("packages.numpy-abi", facts=facts, evidence=words)
    elif (
        numpy is not None
        and _is_for_numpy_1(case)
        and (numpy.number or _FIRST_FOR_NUMPY_2).major >= 2
    ):
        yield Finding("packages.numpy-abi", Severity.WARNING, facts, words)


def _is_for_numpy_1(case: Case) -> bool:
    """Wheels before 2.3 (on Windows 2.4.1); conda rebuilds its own."""
    torch = torch_of(case)
    if torch is None or torch.version is None or torch.build:
        return False
    if package(case, "pytorch") is not None or _is_odd(case.told.torch_written or ""):
        return False
    windows = case.machine.os is Os.WINDOWS
    first = _FIRST_FOR_NUMPY_2_ON_WINDOWS if windows else _FIRST_FOR_NUMPY_2
    return torch.version < first


def judge_cudnn(case: Case) -> Iterator[Finding]:
    seen = Seen(case)
    lines = lines_of(case, "packages.cudnn-conflict")
    if lines:
        facts = {
            "built": seen.fact("cudnn-incompatible", "built") or "?",
            "found": seen.fact("cudnn-incompatible", "found") or "?",
        }
        yield Finding("packages.cudnn-conflict", facts=facts, evidence=lines[:3])


def judge_nvcc(case: Case) -> Iterator[Finding]:
    seen = Seen(case)
    lines = lines_of(case, "packages.nvcc-mismatch")
    if lines:
        torch = torch_of(case)
        built = str(torch.cuda) if torch and isinstance(torch.cuda, Version) else "?"
        facts = {
            "nvcc": _said(seen, "nvcc") or str(case.told.toolkit or "?"),
            "cuda": _said(seen, "torch") or built,
        }
        yield Finding("packages.nvcc-mismatch", facts=facts, evidence=lines[:3])


def _said(seen: Seen, name: str) -> str | None:
    return seen.fact("nvcc-mismatch", name) or seen.fact("deepspeed-mismatch", name)


def judge_harmless_toolkit(case: Case) -> Iterator[Finding]:
    """A toolkit of another version beside a torch that works: wheels do not need it."""
    torch = torch_of(case)
    toolkit = case.told.toolkit or next((each.version for each in case.machine.toolkits), None)
    if not (available(case) and torch and isinstance(torch.cuda, Version) and toolkit):
        return
    if toolkit.minor() == torch.cuda.minor() or Seen(case).has(
        "nvcc-mismatch", "apex-mismatch", "deepspeed-mismatch"
    ):
        return
    facts = {"toolkit": str(toolkit), "cuda": str(torch.cuda)}
    yield Finding("harmless.other-toolkit", Severity.INFO, facts, (f"nvcc {toolkit}",))


def _words(own: Distribution | None) -> tuple[str, ...]:
    return (f"{own.name} {own.version}",) if own else ()


def _torch_number(case: Case) -> str:
    torch = torch_of(case)
    return case.told.torch_written or (str(torch.version) if torch and torch.version else "?")


_KNOWN = re.compile(
    r"flash[-_]attn|xformers|vllm|sgl[-_]kernel|mmcv|detectron2|bitsandbytes|causal[-_]conv1d"
    r"|mamba[-_]ssm"
    r"|transformer[-_]engine|exllamav?2?|apex|spconv|pytorch3d|torch[-_]scatter"
    r"|torch[-_]sparse|gsplat"
    r"|deepspeed|awq|flashinfer|auto[-_]gptq|triton|torchtext|fused[-_]\w{2,20}"
    r"|MultiScaleDeformableAttention"
)


def _package_in(line: str) -> str | None:
    found = _KNOWN.search(line)
    return found[0].replace("_", "-") if found else None


CHECKS = (
    Check(
        "packages.torchvision-mismatch",
        Area.PACKAGES,
        judge_torchvision,
        reads=(Fact.PACKAGES, Fact.TORCH),
        explained_by=(*CPU_BUILDS, "environment.user-site-shadows"),
    ),
    Check(
        "packages.torchaudio-mismatch",
        Area.PACKAGES,
        judge_torchaudio,
        reads=(Fact.PACKAGES, Fact.TORCH),
        explained_by=(*CPU_BUILDS, "environment.user-site-shadows"),
    ),
    Check("packages.numpy-abi", Area.PACKAGES, judge_numpy, reads=(Fact.PACKAGES, Fact.TORCH)),
    Check(
        "packages.xformers-mismatch",
        Area.PACKAGES,
        judge_extension_pins,
        reads=(Fact.PACKAGES, Fact.TORCH),
        explained_by=CPU_BUILDS,
    ),
    Check(
        "packages.extension-cuda",
        Area.PACKAGES,
        judge_extension_cuda,
        reads=(Fact.TEXT,),
        explained_by=(*CPU_BUILDS, "torch.not-installed"),
    ),
    Check(
        "packages.extension-abi",
        Area.PACKAGES,
        judge_abi,
        reads=(Fact.PACKAGES, Fact.TORCH),
        explained_by=("torch.damaged", "environment.user-site-shadows"),
    ),
    Check(
        "packages.architecture-missing",
        Area.PACKAGES,
        judge_extension_arch,
        reads=(Fact.TEXT,),
        explained_by=("torch.gpu-too-new", "torch.gpu-too-old"),
    ),
    Check("packages.cudnn-conflict", Area.PACKAGES, judge_cudnn, reads=(Fact.TEXT,)),
    Check("packages.nvcc-mismatch", Area.PACKAGES, judge_nvcc, reads=(Fact.TEXT,)),
    Check("harmless.other-toolkit", Area.PACKAGES, judge_harmless_toolkit, reads=(Fact.BUILD,)),
)
