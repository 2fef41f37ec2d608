"""Questions about torch, its environment and a text that several checks ask. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gpusetup.basics.versions import Version, show_capability
from gpusetup.doctor.check import Case, Fact
from gpusetup.doctor.symptoms import Sighting
from gpusetup.environments.facts import Distribution, Environment, TorchFacts
from gpusetup.machine import Absence, Os

CPU_BUILDS = ("torch.cpu-build", "torch.conda-cpu-build", "torch.arm-cpu-wheel")
"""The findings that a torch is built for the processor alone."""


@dataclass(frozen=True)
class Seen:
    """The lines of a case by their rows in symptoms.yaml."""

    case: Case

    def has(self, *symptoms: str) -> bool:
        return any(each.symptom in symptoms for each in self.case.sightings)

    def one(self, symptom: str) -> Sighting | None:
        return next((each for each in self.case.sightings if each.symptom == symptom), None)

    def fact(self, symptom: str, name: str) -> str | None:
        found = self.one(symptom)
        return found.facts.get(name) if found else None


def lines_of(case: Case, finding: str) -> tuple[str, ...]:
    """The user's own lines for a finding, each once."""
    found = (each.line for each in case.sightings if each.finding == finding)
    return tuple(dict.fromkeys(found))


def torch_of(case: Case) -> TorchFacts | None:
    """The installed torch, if there is one and it is known."""
    torch = case.environment.torch if case.environment else None
    return torch if isinstance(torch, TorchFacts) else None


def available(case: Case) -> bool | None:
    """Whether torch says that CUDA is available. None: nobody said."""
    run = case.environment.run if case.environment else None
    return run.cuda_available if run else None


def sees_gpu(case: Case) -> bool:
    """Whether an NVIDIA GPU is in the machine, whoever says so."""
    machine = case.machine
    nodes = any(node.gpus for node in machine.compute_nodes)
    return bool(machine.gpus or machine.pci_gpus or nodes or case.told.mentioned)


def others_gpu(case: Case) -> bool:
    """Whether the text names a GPU of AMD or Intel."""
    return bool(case.hints("machine.amd-gpu") or case.hints("machine.intel-gpu"))


def cuda_wanted(case: Case) -> bool:
    """Whether somebody tried to compute with CUDA and it failed."""
    seen = Seen(case)
    failed = seen.has("torch-not-compiled", "torch-no-cuda-load", "gpu-not-visible")
    failed = failed or seen.has("xformers", "bitsandbytes-setup")  # these compute on GPUs only
    return failed or (case.told.wants_cuda and available(case) is False)


def windows_driver(case: Case) -> bool:
    """Whether the driver's number is one of Windows."""
    return case.machine.os is Os.WINDOWS or case.machine.wsl is not None


def torch_words(case: Case) -> tuple[str, ...]:
    """Torch as evidence: "torch 2.3.1+cpu", "CUDA 12.1"."""
    torch = torch_of(case)
    if torch is None or torch.version is None:
        return ()
    written = case.told.torch_written or str(torch.version)
    if case.told.torch_written is None and torch.local:
        written = f"{torch.version}+{torch.local}"
    build = f" ({torch.build})" if torch.build else ""
    cuda = f", CUDA {torch.cuda}" if isinstance(torch.cuda, Version) else ""
    return (f"torch {written}{build}{cuda}",)


def torch_version(case: Case) -> str:
    """Torch's number for a sentence."""
    torch = torch_of(case)
    return str(torch.version) if torch and torch.version else "torch"


def gpu_words(case: Case) -> tuple[str, ...]:
    """The first GPU as evidence: "GPU 0: NVIDIA A100 (8.0)"."""
    gpu = next(iter((*(case.machine.gpus or ()), *case.told.mentioned)), None)
    if gpu is None:
        card = next(iter(case.machine.pci_gpus or ()), None)
        return (f"PCI {card.bus_id or ''} {card.name or card.device_id}",) if card else ()
    capability = f" ({show_capability(gpu.compute_capability)})" if gpu.compute_capability else ""
    label = "GPU" if gpu.index is None else f"GPU {gpu.index}"
    return (f"{label}: {gpu.name or '?'}{capability}",)


def package(case: Case, *names: str) -> Distribution | None:
    """The first of these packages that is installed."""
    environment = case.environment
    if environment is None:
        return None
    found = (environment.distribution(name) for name in names)
    return next((each for each in found if each is not None), None)


def is_known(case: Case, fact: Fact) -> bool:
    """Whether a check that reads this fact has something to read."""
    machine, environment = case.machine, case.environment
    torch = torch_of(case)
    driver = machine.driver
    known = {
        Fact.DRIVER: driver is not None,
        Fact.CUDA_DRIVER_VERSION: case.driver is not None and case.driver.cuda_version is not None,
        Fact.GPUS: machine.gpus is not None or bool(machine.pci_gpus),
        Fact.CAPABILITIES: any(gpu.compute_capability for gpu in machine.gpus or ()),
        Fact.PCI: machine.pci_gpus is not None,
        Fact.ENVIRONMENT: environment is not None,
        Fact.TORCH: environment is not None and environment.torch is not None,
        Fact.BUILD: (torch is not None and (torch.cuda is not None or torch.hip is not None))
        or (environment is not None and environment.torch is Absence.NOT_THERE),
        Fact.PACKAGES: environment is not None and bool(environment.distributions),
        Fact.VARIABLES: environment is not None and environment.variables is not None,
        Fact.SURROUNDINGS: not case.reported,
        Fact.CONFIGURATION: not case.reported,
        Fact.TEXT: case.reported or bool(case.sightings),
    }
    return known[fact]


def lacking(environment: Environment) -> tuple[str, ...]:
    """Every requirement that is not met, once."""
    found = [line for each in environment.distributions or () for line in each.missing]
    return tuple(dict.fromkeys(found))
