"""What torch needs beside it and does not get: compilers, other packages' parts, system libraries.

Only lines show these; the rows of compat/symptoms.yaml say which.
"""

from __future__ import annotations

from typing import Iterator

from gpusetup.basics.versions import Version
from gpusetup.doctor.check import Area, Case, Check, Fact, Finding
from gpusetup.doctor.facts import Seen, lines_of, torch_of
from gpusetup.doctor.looks import told
from gpusetup.machine import Arch, Os

_CPU = ("torch.cpu-build", "torch.conda-cpu-build", "torch.arm-cpu-wheel")
_NO_GPU = ("driver.not-installed", "driver.not-loaded", "container.no-gpu", "wsl.driver-missing")
_SYSTEM_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libSM.so.6": "libsm6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libgomp.so.1": "libgomp1",
    "libopenblas.so.0": "libopenblas0",
    "libnuma.so.1": "libnuma1",
    "libsndfile.so.1": "libsndfile1",
}
"""Packages of Debian and Ubuntu."""


def judge_static_tls(case: Case) -> Iterator[Finding]:
    """The loader has no room left; loading that library first helps."""
    found = told(case, "system.static-tls")
    if found:
        library = found.facts.get("library")
        variant = None if library else "unknown"
        yield Finding(found.id, found.severity, found.facts, found.evidence, variant=variant)


def judge_cpu_too_old(case: Case) -> Iterator[Finding]:
    found = told(case, "system.cpu-too-old")
    if found:
        is_arm = case.machine.arch is Arch.AARCH64 or case.told.jetson
        yield Finding(found.id, evidence=found.evidence, variant="arm" if is_arm else None)


def judge_library_missing(case: Case) -> Iterator[Finding]:
    found = told(case, "system.library-missing")
    if found:
        library = str(found.facts["library"])
        package = _SYSTEM_PACKAGES.get(library)
        facts = {"library": library, **({"package": package} if package else {})}
        yield Finding(found.id, facts=facts, evidence=found.evidence)


def judge_compiler(case: Case) -> Iterator[Finding]:
    """A C compiler, Python's headers, or Microsoft's compiler."""
    found = told(case, "packages.compiler-missing")
    if found is None:
        return
    seen = Seen(case)
    on_windows = case.machine.os is Os.WINDOWS or seen.has("msvc-missing")
    headers = seen.has("python-headers")
    kind = "headers" if headers else "compiler"
    variant = f"windows-{kind}" if on_windows else "headers" if headers else None
    python = case.environment.version if case.environment else None
    facts = {"python": str(python.minor()) if python else "3"}
    yield Finding(found.id, facts=facts, evidence=found.evidence, variant=variant)


def judge_host_compiler(case: Case) -> Iterator[Finding]:
    found = told(case, "packages.host-compiler")
    if found:
        variant = "gcc" if "newest" in found.facts else None
        yield Finding(found.id, facts=found.facts, evidence=found.evidence, variant=variant)


def judge_triton(case: Case) -> Iterator[Finding]:
    found = told(case, "packages.triton-missing")
    if found:
        variant = "windows" if case.machine.os is Os.WINDOWS else None
        yield Finding(found.id, evidence=found.evidence, variant=variant)


def judge_torch_too_old(case: Case) -> Iterator[Finding]:
    """A package uses what this torch does not have yet."""
    found = told(case, "packages.torch-too-old")
    if found is None:
        return
    torch = torch_of(case)
    have = found.facts.get("found") or (torch.version if torch else None)
    needed = found.facts.get("needed") or found.facts.get("least")
    keys = ("name", "tree", "import")
    name = next((found.facts[key] for key in keys if key in found.facts), None)
    facts = {"needed": needed or "?", "name": name or "?", "torch": str(have or "?")}
    variant = "needed" if needed else "name"
    yield Finding(found.id, facts=facts, evidence=found.evidence, variant=variant)


def judge_torch_too_new(case: Case) -> Iterator[Finding]:
    """A package uses what this torch has no more, or a file of before 2.6."""
    found = told(case, "packages.torch-too-new")
    if found:
        variant = "weights" if Seen(case).has("weights-only") else None
        yield Finding(found.id, evidence=found.evidence, variant=variant)


def judge_without_cuda(case: Case) -> Iterator[Finding]:
    found = told(case, "packages.extension-without-cuda")
    if found:
        keys = ("package", "own", "named")
        name = next((str(found.facts[key]) for key in keys if key in found.facts), "")
        package = name.replace("_", "-")
        variant = None if package else "unknown"
        facts = {"package": package}
        yield Finding(found.id, facts=facts, evidence=found.evidence, variant=variant)


def judge_format(case: Case) -> Iterator[Finding]:
    """Arithmetic that the generation of this GPU does not have."""
    found = told(case, "gpu.format-unsupported")
    if found is None:
        return
    gpu = next((each for each in case.machine.gpus or () if each.compute_capability), None)
    has = found.facts.get("has") or _dotted(gpu.compute_capability if gpu else None)
    needed = found.facts.get("needed") or _dotted_of(str(found.facts.get("minimum") or ""))
    facts = {"needed": needed, "has": has or "?"}
    variant = None if has else "unknown"
    yield Finding(found.id, facts=facts, evidence=found.evidence, variant=variant)


def _dotted(capability: tuple[int, int] | None) -> str | None:
    return f"{capability[0]}.{capability[1]}" if capability else None


def _dotted_of(digits: str) -> str:
    """ "80" -> "8.0"."""
    return f"{digits[:-1]}.{digits[-1]}" if digits else "?"


def judge_virtual_package(case: Case) -> Iterator[Finding]:
    """conda asks the machine it runs on, and that has no driver or an old one."""
    found = told(case, "installers.virtual-package")
    if found is None:
        return
    keys = ("package", "name", "virtual", "feature")
    name = next((str(found.facts[key]) for key in keys if key in found.facts), "__cuda")
    lines = lines_of(case, "installers.virtual-package")
    if name == "__glibc":
        yield Finding(found.id, evidence=lines, variant="glibc")
        return
    driver = case.driver.cuda_version if case.driver else None
    version = found.facts.get("needed") or driver or _newest_cuda_of_conda(case)
    yield Finding(found.id, facts={"cuda": str(version or "VERSION")}, evidence=lines)


def _newest_cuda_of_conda(case: Case) -> Version | None:
    rows = case.matrix.builds_for(case.machine.platform)
    known = [row.cuda_runtime for row in rows if row.origin.is_conda and row.cuda_runtime]
    return max(known, default=None)


def _lines(name: str, area: Area, *explained_by: str, residual: bool = False) -> Check:
    return Check(
        name, area, lambda _case: iter(()), reads=(Fact.TEXT,), explained_by=explained_by,
        residual=residual,
    )  # fmt: skip


SYSTEM = (
    Check("system.static-tls", Area.ENVIRONMENT, judge_static_tls, reads=(Fact.TEXT,)),
    Check("system.cpu-too-old", Area.ENVIRONMENT, judge_cpu_too_old, reads=(Fact.TEXT,)),
    _lines("system.no-exec", Area.ENVIRONMENT),
    Check("system.library-missing", Area.ENVIRONMENT, judge_library_missing, reads=(Fact.TEXT,)),
)
BUILDING = (
    _lines("packages.build-isolation", Area.PACKAGES),
    Check(
        "packages.compiler-missing",
        Area.PACKAGES,
        judge_compiler,
        reads=(Fact.TEXT,),
        explained_by=("packages.host-compiler",),
    ),
    Check("packages.host-compiler", Area.PACKAGES, judge_host_compiler, reads=(Fact.TEXT,)),
    Check(
        "packages.triton-missing",
        Area.PACKAGES,
        judge_triton,
        reads=(Fact.TEXT,),
        explained_by=_CPU,
    ),
)
PACKAGES = (
    _lines("packages.openmp-twice", Area.PACKAGES),
    Check(
        "packages.torch-too-old",
        Area.PACKAGES,
        judge_torch_too_old,
        reads=(Fact.TEXT,),
        explained_by=("environment.torch-shadowed", "environment.user-site-shadows"),
    ),
    Check("packages.torch-too-new", Area.PACKAGES, judge_torch_too_new, reads=(Fact.TEXT,)),
    _lines("packages.torchvision-too-new", Area.PACKAGES),
    _lines("packages.torchcodec", Area.PACKAGES),
    _lines("packages.onnxruntime-cuda", Area.PACKAGES, *_NO_GPU, "packages.cudnn-missing"),
    Check(
        "packages.extension-without-cuda",
        Area.PACKAGES,
        judge_without_cuda,
        reads=(Fact.TEXT,),
        explained_by=_CPU,
    ),
    Check("gpu.format-unsupported", Area.GPU, judge_format, reads=(Fact.TEXT,)),
)
INSTALLING = (
    _lines("environment.no-ssl", Area.ENVIRONMENT),
    _lines("installers.wrong-name", Area.INSTALLERS),
    _lines("installers.externally-managed", Area.INSTALLERS),
    _lines("installers.long-paths", Area.INSTALLERS),
    _lines("installers.file-in-use", Area.INSTALLERS),
    _lines("installers.no-permission", Area.INSTALLERS, "installers.file-in-use"),
    _lines("installers.conda-terms", Area.INSTALLERS),
    Check(
        "installers.virtual-package",
        Area.INSTALLERS,
        judge_virtual_package,
        reads=(Fact.TEXT,),
        explained_by=("machine.macos",),
    ),
)
RESIDUAL = (
    _lines("packages.library-not-started", Area.PACKAGES, residual=True),
    _lines("torch.computing-on-cpu", Area.TORCH, residual=True),
)
