"""Plans that bring packages of an environment into step with its torch, by uv. Pure."""

from __future__ import annotations

import re
from typing import Callable, Mapping

from gpusetup.basics.origins import wheel_index_folder
from gpusetup.basics.versions import Version
from gpusetup.doctor.check import Case, Finding
from gpusetup.doctor.facts import lacking
from gpusetup.doctor.remedies.files import plan_of
from gpusetup.engines.uv import config_text, network_environment
from gpusetup.environments.facts import Distribution, Environment, Kind, TorchFacts
from gpusetup.machine import Absence
from gpusetup.matrix.rows import Build
from gpusetup.request import Origin
from gpusetup.steps import Command, Plan, Undo, UndoKind, WriteFile

Maker = Callable[[Case, Finding, str], "Plan | None"]
"""A plan of a case and a finding; the last argument is the base of the wheel index."""


def is_ours_to_change(environment: Environment | None) -> bool:
    """Whether uv may install here: not in the system's Python, nor where we may not write."""
    if environment is None or environment.python is None or environment.prefix is None:
        return False
    if environment.kind is Kind.SYSTEM or environment.externally_managed:
        return False
    return environment.writable is not False


def repair_companion(name: str) -> Maker:
    """The companion from the same origin and build as the torch that is there."""

    def plan(case: Case, _finding: Finding, wheel_index: str) -> Plan | None:
        environment = case.environment
        if environment is None or not is_ours_to_change(environment):
            return None
        build = build_of(case, environment)
        version = companion_version(build, name) if build else None
        old = environment.distribution(name)
        if build is None or version is None or (old is not None and old.installer == "conda"):
            return None
        local = build.local if build.origin is Origin.WHEEL_INDEX else None
        wanted = f"{name}=={version}" + (f"+{local}" if local else "")
        words = _words(environment, case, (wanted, "--no-deps"), _index(build, wheel_index))
        return _plan(case, words, _undo(environment, case, name, old, wheel_index))

    return plan


def build_of(case: Case, environment: Environment) -> Build | None:
    """The matrix's row of the torch that is installed, by its version and its origin."""
    torch, package = environment.torch, environment.distribution("torch")
    if not isinstance(torch, TorchFacts) or torch.version is None:
        return None
    from_index = package is not None and package.local is not None
    for row in case.matrix.builds_for(case.machine.platform):
        if row.torch != torch.version or row.origin.is_conda:
            continue
        if from_index and row.origin is Origin.WHEEL_INDEX and row.build == torch.local:
            return row
        if not from_index and row.origin is Origin.PYPI and _same_cuda(row, torch):
            return row
    return None


def _same_cuda(row: Build, torch: TorchFacts) -> bool:
    if isinstance(torch.cuda, Version):
        return row.cuda_runtime is not None and torch.cuda.starts_with(row.cuda_runtime)
    return row.is_cpu if torch.cuda is Absence.NOT_THERE else True


def companion_version(build: Build, name: str) -> Version | None:
    return build.torchvision if name == "torchvision" else build.torchaudio


def _index(build: Build, wheel_index: str) -> tuple[str, ...]:
    """The folder of the build, and no other index: `--no-deps` needs none."""
    if build.origin is not Origin.WHEEL_INDEX:
        return ()
    return ("--default-index", wheel_index_folder(wheel_index, build.build))


def repair_numpy(case: Case, _finding: Finding, wheel_index: str) -> Plan | None:
    """A NumPy of the generation that torch was built with."""
    environment = case.environment
    if environment is None or not is_ours_to_change(environment):
        return None
    old = environment.distribution("numpy")
    if old is None or old.installer == "conda":
        return None
    words = _words(environment, case, ("numpy<2",), ())
    return _plan(case, words, _undo(environment, case, "numpy", old, wheel_index))


def install_missing(case: Case, _finding: Finding, _wheel_index: str) -> Plan | None:
    """What torch and its companions lack; nothing that is there changes."""
    environment = case.environment
    if environment is None or not is_ours_to_change(environment):
        return None
    wanted = lacking(environment)
    uv = case.machine.installers.uv or "uv"
    names = tuple(re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in wanted)
    undo = (uv, "pip", "uninstall", "--python", str(environment.python), *names)
    return _plan(case, _words(environment, case, wanted, ()), undo)


def _words(
    environment: Environment, case: Case, what: tuple[str, ...], index: tuple[str, ...]
) -> tuple[str, ...]:
    uv = case.machine.installers.uv or "uv"
    return (
        uv, "pip", "install", "--config-file", _config(environment),
        "--python", str(environment.python), *index, *what,
    )  # fmt: skip


def _config(environment: Environment) -> str:
    # not uv.toml: that is how `init` made the environment
    return f"{environment.prefix}/gpusetup/doctor-uv.toml"


def _undo(
    environment: Environment, case: Case, name: str, old: Distribution | None, wheel_index: str
) -> tuple[str, ...]:
    """The version that was there, from where its suffix says; or none again."""
    uv = case.machine.installers.uv or "uv"
    if old is None:
        return (uv, "pip", "uninstall", "--python", str(environment.python), name)
    index = ("--default-index", wheel_index_folder(wheel_index, old.local)) if old.local else ()
    return _words(environment, case, (f"{name}=={old.version}", "--no-deps"), index)


def _plan(case: Case, words: tuple[str, ...], undo: tuple[str, ...]) -> Plan:
    """Two steps: what the user's pip is configured with in uv's words, and the installation."""
    environment, installers = case.environment, case.machine.installers
    assert environment is not None  # noqa: S101 - asked before
    config = WriteFile(
        "write-config", _config(environment), config_text(installers), "step.write-settings",
        mode=0o600, secret=True,
    )  # fmt: skip
    install = Command(
        "install-extra", words, "step.repair-package", env=network_environment(installers),
        undo=Undo(UndoKind.COMMAND, argv=undo), when_cut=("--reinstall",), timeout_s=3600,
    )  # fmt: skip
    return plan_of((config, install), case)


PLANS: Mapping[str, Maker] = {
    "packages.torchvision-mismatch": repair_companion("torchvision"),
    "packages.torchaudio-mismatch": repair_companion("torchaudio"),
    "packages.numpy-abi": repair_numpy,
    "packages.missing": install_missing,
}
