"""What to do about torch, its packages and installers, fitted to the machine. Pure.

Where GPU and driver are known, the build that runs there is named with the command that installs
it: the newest torch that the chooser would take on this machine.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Callable, Mapping

from gpusetup.basics.versions import Version
from gpusetup.doctor.advice_words import advice as _remedy
from gpusetup.doctor.advice_words import install_words
from gpusetup.doctor.check import Case, Diagnosis, Finding, Need, Remedy
from gpusetup.doctor.facts import lacking, torch_of, windows_driver
from gpusetup.machine import Absence, Gpu, Machine, Os
from gpusetup.matrix.rows import Build
from gpusetup.request import Request

Advisor = Callable[[Case, Finding], Remedy]


def advised(diagnosis: Diagnosis, case: Case) -> Diagnosis:
    """The same diagnosis; findings without a remedy get advice, where there is any."""
    findings = tuple(_advised(each, case) for each in diagnosis.findings)
    return replace(diagnosis, findings=findings)


def _advised(finding: Finding, case: Case) -> Finding:
    if finding.remedy is not None:
        return finding
    advisor = _ADVISORS.get(finding.id) or _beside(finding.id)
    return replace(finding, remedy=advisor(case, finding)) if advisor else finding


def _beside(name: str) -> Advisor | None:
    from gpusetup.doctor.advice_beside import ADVISORS

    return ADVISORS.get(name)


def best_here(case: Case) -> Build | None:
    """The newest torch for the GPUs and the driver of this machine. None: too little is known."""
    machine = _without_ghosts(case)
    if not machine.gpus and not machine.pci_gpus and not machine.compute_nodes:
        return None
    from gpusetup.choosing.choose import best_build  # 20 ms that most findings do not need

    build = best_build(machine, Request(), case.matrix)
    return build if build is not None and not build.is_cpu else None


def _for_all_kinds(case: Case, finding: Finding) -> Remedy:
    """The newest build that computes on every kind of node, else on most of them."""
    from gpusetup.choosing.coverage import cover
    from gpusetup.doctor.checks.kinds import kind_name

    nodes = [each for each in case.machine.compute_nodes if each.gpus]
    found = cover(nodes, case.matrix)
    build = found.build
    if build is None or build.is_cpu or len(found.left_out) == len(nodes):
        return _remedy(finding)
    command, needs = install_words(build), (Need.NETWORK,)
    facts = _facts_of(build)
    if not found.left_out:
        return _remedy(finding, command, variant="build", needs=needs, **facts)
    names = dict.fromkeys(kind_name(nodes[each.position]) for each in found.left_out)
    without = "; ".join(names)
    return _remedy(finding, command, variant="most", needs=needs, without=without, **facts)


def _without_ghosts(case: Case) -> Machine:
    """The machine as the chooser needs it: GPUs that only a complaint names are GPUs too."""
    machine = case.machine
    if isinstance(machine.driver, Absence):
        machine = replace(machine, driver=None)
    found = case.hints("torch.gpu-unsupported")
    if machine.gpus or not found:
        return machine
    capability = next((each.facts["sm"] for each in found if "sm" in each.facts), None)
    if capability is None:
        return machine
    return replace(machine, gpus=(Gpu(0, None, (int(capability[:-1]), int(capability[-1]))),))


def _facts_of(build: Build) -> dict[str, object]:
    return {"best": str(build.torch), "build": build.build}


def _another_build(case: Case, finding: Finding) -> Remedy:
    """The build that runs here in place of the one that does not."""
    build = best_here(case)
    if build is None:
        return _remedy(finding)
    command = install_words(build)
    return _remedy(finding, command, variant="build", needs=(Need.NETWORK,), **_facts_of(build))


def _cpu_build(case: Case, finding: Finding) -> Remedy:
    """A CPU build is taken out first: pip finds the wish met otherwise."""
    if case.machine.node_role == "login" and not case.machine.compute_nodes and not case.reported:
        prefix = (case.environment.prefix if case.environment else None) or "NAME"
        ask, into = ("gpusetup", "detect", "--slurm"), ("gpusetup", "init", "--into", prefix)
        return _remedy(finding, ask, into, needs=(Need.NETWORK,))
    remedy = _another_build(case, finding)
    out = _remedy(finding, ("pip", "uninstall", "torch"))
    if finding.id == "torch.conda-cpu-build":
        out = _remedy(finding, ("conda", "remove", "cpuonly"))
    return replace(remedy, by_hand=(*out.by_hand, *remedy.by_hand))


def _driver_too_old(case: Case, finding: Finding) -> Remedy:
    """Another build, another driver, or both, as far as this person can have them."""
    if windows_driver(case) and case.machine.os is Os.LINUX:
        return _remedy(finding, variant="windows", needs=(Need.WINDOWS,))
    build = best_here(case)
    if build is None:
        return _remedy(finding, needs=(Need.ROOT,))
    last = _last_branch(case)
    minimum = _leading_number(str(finding.facts.get("minimum", "")))
    facts = {**_facts_of(build), "last": last or "?"}
    command = install_words(build)
    if last is not None and minimum is not None and minimum > last:
        return _remedy(finding, command, variant="last", needs=(Need.NETWORK,), **facts)
    if case.machine.container or case.machine.cloud:
        return _remedy(finding, command, variant="host", needs=(Need.NETWORK,), **facts)
    if case.surroundings.may_become_root is False or case.machine.scheduler:
        return _remedy(finding, command, variant="shared", needs=(Need.NETWORK,), **facts)
    return _remedy(finding, command, variant="build", needs=(Need.NETWORK,), **facts)


def _leading_number(text: str) -> int | None:
    head = text.partition(".")[0]
    return int(head) if head.isdigit() else None


def _last_branch(case: Case) -> int | None:
    """The newest driver branch that drives every GPU here."""
    from gpusetup.choosing.driver import driven_by
    from gpusetup.choosing.targets import Card

    cards = [Card(gpu.name or "GPU", gpu.compute_capability) for gpu in case.machine.gpus or ()]
    found = [last for card in cards if (last := driven_by(card, case.matrix)[1]) is not None]
    return min(found, default=None)


def _companion(name: str, case: Case, finding: Finding) -> Remedy:
    """The companion of the same release, from the same index."""
    torch = torch_of(case)
    if torch is None or torch.version is None:
        return _remedy(finding)
    cuda = torch.cuda.minor() if isinstance(torch.cuda, Version) else None
    rows = [
        row
        for row in case.matrix.builds_for(case.machine.platform)
        if row.torch == torch.version and (torch.cuda is None or row.cuda_runtime == cuda)
    ]
    row = next((each for each in rows if getattr(each, name) is not None), None)
    if row is None:
        return _remedy(finding)
    version = getattr(row, name)
    command = install_words(row, f"{name}=={version}")
    return _remedy(finding, command, variant="build", needs=(Need.NETWORK,), companion=str(version))


def _plain(*commands: tuple[str, ...], needs: tuple[Need, ...] = ()) -> Advisor:
    """The same advice everywhere."""
    return lambda _case, finding: _remedy(finding, *commands, needs=needs)


def _conda_shell(case: Case, finding: Finding) -> Remedy:
    """In a terminal for good; in a job's script by a line of its own."""
    if case.machine.scheduler:
        return _remedy(finding, variant="script")
    return _remedy(finding, ("conda", "init"))


def _user_site(_case: Case, finding: Finding) -> Remedy:
    return _remedy(finding, ("export", "PYTHONNOUSERSITE=1"))


def _shadowed(_case: Case, finding: Finding) -> Remedy:
    if finding.variant == "pythonpath":
        return _remedy(finding, ("unset", "PYTHONPATH"), variant="pythonpath")
    return _remedy(finding, variant="pth-file" if finding.variant == "pth-file" else None)


def _missing(case: Case, finding: Finding) -> Remedy:
    wanted = lacking(case.environment) if case.environment else ()
    return _remedy(finding, ("pip", "install", *wanted), needs=_NETWORK)


def _corrupt(_case: Case, finding: Finding) -> Remedy:
    """The caches of the installers that the lines name."""
    text = " ".join(finding.evidence).lower()
    if "conda" in text:
        return _remedy(finding, ("conda", "clean", "--packages", "--tarballs"))
    return _remedy(finding, ("pip", "cache", "purge"))


def _no_wheel(_case: Case, finding: Finding) -> Remedy:
    """Where the index listed nothing at all, it may as well be the way there that is closed."""
    if finding.variant != "none":
        return _remedy(finding, needs=_NETWORK)
    commands = (("gpusetup", "mirrors", "--show"), ("python", "-VV"), ("pip", "config", "list"))
    return _remedy(finding, *commands, variant="none", needs=_NETWORK)


def _unreachable(_case: Case, finding: Finding) -> Remedy:
    """A source that is only too slow for the installer's patience gets more of it."""
    text = " ".join(finding.evidence)
    show = ("gpusetup", "mirrors", "--show")
    if "UV_HTTP_TIMEOUT" in text:
        patience = ("export", "UV_HTTP_TIMEOUT=600")
        return _remedy(finding, patience, show, variant="slow", needs=_NETWORK)
    return _remedy(finding, show, needs=_NETWORK)


_NETWORK = (Need.NETWORK,)
_ADVISORS: Mapping[str, Advisor] = {
    "driver.too-old": _driver_too_old,
    "scheduler.kinds-left-out": _for_all_kinds,
    "torch.not-installed": _plain(("gpusetup", "init", "--into", "NAME"), needs=_NETWORK),
    "torch.cpu-build": _cpu_build,
    "torch.conda-cpu-build": _cpu_build,
    "torch.arm-cpu-wheel": _cpu_build,
    "torch.rocm-build": _plain(needs=_NETWORK),
    "torch.gpu-too-new": _another_build,
    "torch.gpu-too-old": _another_build,
    "torch.no-kernel-image": _plain(),
    "torch.cuda-unavailable": _plain(),
    "torch.no-gpu-visible": _plain(("nvidia-smi", "-L")),
    "gpu.invalid-ordinal": _plain(("nvidia-smi", "-L")),
    "environment.torch-shadowed": _shadowed,
    "environment.user-site-shadows": _user_site,
    "environment.two-torches": _plain(("pip", "uninstall", "torch")),
    "machine.macos": _plain(),
    "machine.amd-gpu": _plain(),
    "machine.intel-gpu": _plain(),
    "system.glibc-too-old": _plain(),
    "system.libstdcxx-too-old": _plain(
        ("conda", "install", "-c", "conda-forge", "libstdcxx-ng"), needs=_NETWORK
    ),
    "system.paging-file": _plain(needs=(Need.WINDOWS,)),
    "system.dll-missing": _plain(needs=(Need.WINDOWS,)),
    "wsl.libcuda-path": _plain(("export", "LD_LIBRARY_PATH=/usr/lib/wsl/lib:$LD_LIBRARY_PATH")),
    "packages.mkl-symbol": _plain(("conda", "install", "mkl=2024.0"), needs=_NETWORK),
    "packages.nvjitlink-conflict": _plain(("unset", "LD_LIBRARY_PATH")),
    "packages.cuda-library-conflict": _plain(("unset", "LD_LIBRARY_PATH")),
    "packages.cuda-library-missing": _plain(
        ("pip", "install", "--force-reinstall", "torch"), needs=_NETWORK
    ),
    "packages.cudnn-missing": _plain(needs=_NETWORK),
    "packages.cudnn-conflict": _plain(("unset", "LD_LIBRARY_PATH")),
    "packages.torchvision-mismatch": partial(_companion, "torchvision"),
    "packages.torchaudio-mismatch": partial(_companion, "torchaudio"),
    "packages.missing": _missing,
    "packages.numpy-abi": _plain(("pip", "install", "numpy<2"), needs=_NETWORK),
    "packages.xformers-mismatch": _plain(needs=_NETWORK),
    "packages.extension-cuda": _plain(needs=_NETWORK),
    "packages.extension-abi": _plain(needs=_NETWORK),
    "packages.architecture-missing": _plain(),
    "packages.nvcc-mismatch": _plain(),
    "packages.nvcc-too-old": _plain(),
    "packages.nvcc-missing": _plain(),
    "packages.bitsandbytes-cuda": _plain(
        ("pip", "install", "--upgrade", "bitsandbytes"), needs=_NETWORK
    ),
    "installers.mirror-unreachable": _unreachable,
    "installers.download-corrupt": _corrupt,
    "installers.no-wheel-for-python": _no_wheel,
    "conda.not-found": _plain(("gpusetup", "init"), needs=_NETWORK),
    "conda.not-initialised": _conda_shell,
    "harmless.out-of-memory": _plain(("gpusetup", "bench", "tune")),
    "installers.conda-package-not-found": _plain(needs=_NETWORK),
    "installers.conda-unsatisfiable": _plain(needs=_NETWORK),
}
"""By finding; those of the driver and of the places where we run are in `remedies/`."""
