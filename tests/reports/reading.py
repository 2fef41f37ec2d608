"""What the tests of reports share: the samples and short words for what was read."""

from __future__ import annotations

from pathlib import Path

from gpusetup.machine import Driver, Machine
from gpusetup.reports import Report, decode, read_report

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> str:
    return decode((SAMPLES / name).read_bytes())


def read(name: str) -> Report:
    return read_report(sample(name))


def numbers(machine: Machine) -> tuple[str | None, str | None]:
    """Driver version and CUDA driver version."""
    if not isinstance(machine.driver, Driver):
        return None, None
    version, cuda = machine.driver.version, machine.driver.cuda_version
    return str(version) if version else None, str(cuda) if cuda else None


def names(machine: Machine) -> list[tuple[int | None, str | None]]:
    return [(gpu.index, gpu.name) for gpu in machine.gpus or ()]
