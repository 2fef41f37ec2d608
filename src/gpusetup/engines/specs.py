"""What to ask a channel for: channels and exact specs of a choice, so that no CPU build fits. Pure.

A channel holds CPU and CUDA builds of a release under one version, and which of them a solver
takes depends on what else is asked for. Here every spec of torch names its build.
"""

from __future__ import annotations

import re
from typing import Sequence

from gpusetup.basics.errors import UsageError
from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Companion, Reason
from gpusetup.engines.held import Held, pinned_specs
from gpusetup.engines.solved import Solved, channel_name
from gpusetup.machine import Driver, Machine
from gpusetup.matrix.rows import Build
from gpusetup.packages import is_plain_word
from gpusetup.request import Origin

CONDA_FORGE = "conda-forge"
PYTHON_CHANNELS = (CONDA_FORGE,)
"""Where Python comes from when torch is a wheel. Never `defaults`: its licence is not for all."""

_FIRST_DOTTED_ON_WINDOWS = Version.parse("1.8")
_FIRST_NAMED_TORCHAUDIO = Version.parse("0.10")
_FIRST_BUILT_TORCHVISION = Version.parse("0.3")
_FIRST_SHORT_TORCHVISION = Version.parse("0.4")
_FIRST_CUDA_VERSION = Version.parse("11.2")
_LAST_SEPARATE_CPU_PACKAGE = Version.parse("1.1.0")
_EXACT_CUDA = {"8.0": "8.0.61", "9.0": "9.0.176", "10.0": "10.0.130"}
# Build strings as people's environments list them: py3.8_cuda11.0.221_cudnn8.0.5_0 on Linux,
# py3.8_cuda110_cudnn8_0 on Windows up to 1.7.1, py3.9_cuda11.1_cudnn8_0 there from 1.8.


@dataclass(frozen=True)
class Wanted:
    """The words of a conda command after its options: where to look, and for what."""

    channels: tuple[str, ...]
    specs: tuple[str, ...]

    def __post_init__(self) -> None:
        """Nothing among them is read as an option, wherever it comes from.

        Raises:
            UsageError: a word would be.
        """
        for word in (*self.channels, *self.specs):
            if not is_plain_word(word):
                raise UsageError("wish.package", text=word)


def wanted(choice: Choice, base: Sequence[str], extra: Sequence[str]) -> Wanted:
    """Channels and specs of a choice from a channel."""
    names = {_name_of(pin) for pin in choice.pins}
    specs = [
        f"python={choice.python}",
        *torch_specs(choice),
        *choice.pins,
        *(each for each in base if each not in names),
        *extra,
    ]
    return Wanted(channels_of(choice.build), tuple(dict.fromkeys(specs)))


def wanted_into(choice: Choice, base: Sequence[str], extra: Sequence[str], held: Held) -> Wanted:
    """For an environment that is there: nothing that would renew what it holds.

    No Python: conda keeps the minor by itself, and would take a spec for a wish to update.
    """
    names = {*held.names, *map(_name_of, choice.pins)}
    specs = [
        *torch_specs(choice),
        *choice.pins,
        *pinned_specs(held),
        *(each for each in (*base, *extra) if _name_of(each) not in names),
    ]
    return Wanted(channels_of(choice.build), tuple(dict.fromkeys(specs)))


def wanted_python(python: Version) -> Wanted:
    """An environment with a Python only: the torch that goes inside is a wheel."""
    return Wanted(PYTHON_CHANNELS, (f"python={python}", "pip"))


def channels_of(build: Build) -> tuple[str, ...]:
    """In the order of priority: torch's own, those of its CUDA, conda-forge for the rest."""
    own = build.origin.value
    return tuple(dict.fromkeys((own, *build.channels, CONDA_FORGE)))


def torch_specs(choice: Choice) -> tuple[str, ...]:
    """torch and its companions with their builds, and the package that picks the CUDA."""
    build = choice.build
    specs = [f"{torch_package(build)}={build.torch}={_torch_build(choice)}"]
    specs += [_companion_spec(build, each) for each in choice.companions]
    if build.is_cpu and build.toolkit and not _is_separate_cpu(build):
        specs.append(build.toolkit)
    elif _picks_cuda(build):
        specs.append(f"{build.toolkit}={build.cuda_runtime}")
    return tuple(specs)


def _picks_cuda(build: Build) -> bool:
    """Whether a package beside torch picks the CUDA; otherwise torch's own build is enough.

    1.0.0 has features (cuda100) instead, which not every solver knows. Of cuda-version, old
    CUDA releases are not sure to exist; the builds for them ask for their cudatoolkit.
    """
    if build.toolkit == "cuda-version":
        return build.cuda_runtime is not None and build.cuda_runtime >= _FIRST_CUDA_VERSION
    return build.toolkit in ("cudatoolkit", "pytorch-cuda")


def torch_package(build: Build) -> str:
    """The name of torch's package: the CPU builds of 1.0 and 1.1 had one of their own."""
    return "pytorch-cpu" if _is_separate_cpu(build) else "pytorch"


def _is_separate_cpu(build: Build) -> bool:
    own = build.origin is Origin.PYTORCH and build.is_cpu
    return own and build.torch <= _LAST_SEPARATE_CPU_PACKAGE


def _torch_build(choice: Choice) -> str:
    build = choice.build
    if build.origin is Origin.CONDA_FORGE:
        return "cpu*" if build.is_cpu else f"cuda{_digits(build)}*"
    start = f"py{choice.python}_"
    if build.is_cpu:
        return f"{start}cpu*"
    if build.platform.startswith("windows") and build.torch < _FIRST_DOTTED_ON_WINDOWS:
        return f"{start}cuda{_digits(build)}_*"
    exact = _EXACT_CUDA.get(str(build.cuda_runtime))
    if str(build.torch) == "1.0.0" and exact and build.cudnn:
        return f"{start}cuda{exact}_cudnn{build.cudnn}_1"
    return f"{start}cuda{build.cuda_runtime}*"


def _companion_spec(build: Build, companion: Companion) -> str:
    name, version = companion.name, companion.version
    if build.origin is Origin.CONDA_FORGE:
        return f"{name}={version}={'*cpu*' if build.is_cpu else '*cuda*'}"
    if name == "torchvision" and version < _FIRST_BUILT_TORCHVISION:
        return f"{name}={version}"  # Python only, one build for all
    if name == "torchaudio" and version < _FIRST_NAMED_TORCHAUDIO:
        return f"{name}={version}"
    if build.is_cpu:
        separate = _is_separate_cpu(build)
        return f"{name}-cpu={version}" if separate else f"{name}={version}=*_cpu*"
    if name == "torchvision" and version < _FIRST_SHORT_TORCHVISION:
        return f"{name}={version}=*_cu*"  # py37_cu10.0.130_1
    return f"{name}={version}=*_cu{_digits(build)}*"


def _digits(build: Build) -> str:
    return "".join(map(str, build.cuda_runtime.numbers[:2])) if build.cuda_runtime else ""


def _name_of(spec: str) -> str:
    return spec.split("<")[0].split(">")[0].split("=")[0].strip()


def overrides(choice: Choice, machine: Machine, *, simulated: bool) -> dict[str, str | None]:
    """What conda shall believe about a machine that is not the one it runs on.

    A login node or a container build has no GPU, so conda would see no `__cuda` there and take
    CPU builds; an older glibc on the compute nodes would be found out when torch is imported.
    """
    if choice.build.is_cpu:
        return {}
    env: dict[str, str | None] = {}
    hosts = machine.compute_nodes or (machine,)
    if machine.compute_nodes or simulated or not isinstance(machine.driver, Driver):
        known = [each.driver.cuda_version for each in hosts if isinstance(each.driver, Driver)]
        version = min((each for each in known if each), default=choice.build.cuda_runtime)
        env["CONDA_OVERRIDE_CUDA"] = str(version)
    glibc = _oldest_glibc(hosts)
    here = _oldest_glibc((machine,))
    if glibc and (simulated or (machine.compute_nodes and (here is None or glibc < here))):
        env["CONDA_OVERRIDE_GLIBC"] = str(glibc)
    return env


def _oldest_glibc(hosts: Sequence[Machine]) -> Version | None:
    found = [each.libc.version for each in hosts if each.libc and each.libc.name == "glibc"]
    return min((each for each in found if each), default=None)


def judge(choice: Choice, solved: Sequence[Solved]) -> Reason | None:
    """Why a solver's answer is not what was chosen; None if it is."""
    by_name = {each.name: each for each in solved}
    python = by_name.get("python")
    if python is None or not f"{python.version}.".startswith(f"{choice.python}."):
        found = python.version if python else "-"
        return Reason("conda.other-python", {"chosen": str(choice.python), "found": found})
    if choice.build.origin.is_conda:
        return _judge_torch(choice, by_name)
    return _judge_beside_wheel(by_name)


def _judge_beside_wheel(by_name: dict[str, Solved]) -> Reason | None:
    """A package of the channel must not bring a torch of its own: the wheel comes after it."""
    torch = by_name.get("pytorch") or by_name.get("libtorch")
    if torch is None:
        return None
    return Reason("conda.second-torch", {"found": f"{torch.name} {torch.version}={torch.build}"})


def _judge_torch(choice: Choice, by_name: dict[str, Solved]) -> Reason | None:
    build = choice.build
    torch = by_name.get(torch_package(build)) or by_name.get("pytorch")
    facts = {
        "chosen": f"{build.torch} ({build.build})",
        "found": f"{torch.version}={torch.build}" if torch else "-",
    }
    if torch is None or torch.version != str(build.torch):
        return Reason("conda.other-torch", facts)
    is_cuda = "cuda" in torch.build
    if not build.is_cpu and (not is_cuda or "cpuonly" in by_name):
        return Reason(_way_to_cpu(build, torch, by_name), facts)
    if build.is_cpu and is_cuda:
        return Reason("conda.other-torch", facts)
    if not build.is_cpu and not _is_of_cuda(build, torch.build):
        return Reason("conda.other-cuda", {**facts, "runtime": str(build.cuda_runtime)})
    return _judge_companions(choice, by_name)


def _way_to_cpu(build: Build, torch: Solved, by_name: dict[str, Solved]) -> str:
    """By which of the known ways a CPU build came in: the code of the sentence that names it."""
    if "cpuonly" in by_name:
        return "conda.cpu-by-marker"
    if build.origin is Origin.CONDA_FORGE:
        return "conda.cpu-without-driver"
    if channel_name(torch.channel) == CONDA_FORGE:
        return "conda.cpu-by-priority"
    if build.toolkit == "pytorch-cuda" and "pytorch-cuda" not in by_name:
        return "conda.cpu-by-toolkit" if "cudatoolkit" in by_name else "conda.cpu-without-nvidia"
    return "conda.cpu-build"


def _is_of_cuda(build: Build, found: str) -> bool:
    dotted = re.escape(str(build.cuda_runtime))
    return re.search(rf"cuda(?:{dotted}|{_digits(build)})(?!\d)", found) is not None


def _judge_companions(choice: Choice, by_name: dict[str, Solved]) -> Reason | None:
    separate = "-cpu" if _is_separate_cpu(choice.build) else ""
    for each in choice.companions:
        found = by_name.get(each.name + separate) or by_name.get(each.name)
        if found is None or found.version != str(each.version):
            facts = {"name": each.name, "chosen": str(each.version)}
            return Reason(
                "conda.other-companion", {**facts, "found": found.version if found else "-"}
            )
    return None
