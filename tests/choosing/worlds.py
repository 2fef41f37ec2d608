"""Short ways to say a machine, a build and a matrix."""

from __future__ import annotations

from functools import cache
from typing import Iterable

from gpusetup.basics.versions import Version, parse_architecture, parse_capability
from gpusetup.machine import (
    Absence,
    Arch,
    Driver,
    Gpu,
    Libc,
    Machine,
    Os,
    Python,
)
from gpusetup.matrix.rows import Build, CudaFamily, DriverBranch, Generation, Matrix
from gpusetup.request import Origin


def version(text: str) -> Version:
    return Version.parse(text)


@cache
def real_matrix() -> Matrix:
    from gpusetup.compat_files import load_packaged

    return load_packaged()


def machine(
    driver: str | None = None,
    gpus: str = "",
    *,
    os: str = "linux",
    arch: str = "x86_64",
    glibc: str = "2.35",
    python: str | None = None,
    wsl: int | None = None,
    os_version: str | None = None,
    nodes: Iterable[Machine] = (),
) -> Machine:
    """A machine as `machine("550.90", "8.6 8.6")`: GPUs by compute capability."""
    return Machine(
        os=Os(os),
        arch=Arch(arch),
        os_version=os_version,
        libc=Libc("glibc", version(glibc)) if os == "linux" else None,
        wsl=wsl,
        driver=Driver(version(driver)) if driver else Absence.NOT_THERE,
        gpus=cards(gpus),
        python=Python(version(python), "/usr/bin/python3") if python else None,
        compute_nodes=tuple(nodes),
    )


def cards(capabilities: str) -> tuple[Gpu, ...]:
    return tuple(
        Gpu(index, f"GPU {text}", parse_capability(text))
        for index, text in enumerate(capabilities.split())
    )


def build(
    torch: str,
    name: str,
    origin: Origin = Origin.WHEEL_INDEX,
    architectures: str = "",
    **facts: object,
) -> Build:
    """A build as `build("2.7.1", "cu126", architectures="sm_50 sm_80")`."""
    runtime = None if name == "cpu" else version(f"{name[2:-1]}.{name[-1]}")
    known: dict[str, object] = {
        "platform": "linux-x86_64",
        "pythons": (version("3.11"), version("3.12")),
        "glibc": version("2.28"),
        "ptx": (),
        **facts,
    }
    compiled = tuple(parse_architecture(each) for each in architectures.split())
    return Build(
        version(torch), name, origin, cuda_runtime=runtime, architectures=compiled, **known
    )  # type: ignore[arg-type]


def small_matrix(*builds: Build) -> Matrix:
    """A matrix of these builds, with drivers and generations enough to judge them."""
    return Matrix(
        builds=builds,
        cuda=(
            CudaFamily(version("13.0"), version("580"), version("580")),
            CudaFamily(
                version("12.6"),
                version("525.60.13"),
                version("528.33"),
                ptx_minimum_linux=version("560.28.03"),
            ),
            CudaFamily(version("11.8"), version("450.80.02"), version("452.39")),
            CudaFamily(version("10.2"), version("440.33"), version("441.22"), exact=True),
        ),
        branches=tuple(
            DriverBranch(number, version(cuda), "current")
            for number, cuda in ((470, "11.4"), (535, "12.2"), (560, "12.6"), (580, "13.0"))
        ),
        generations=(
            Generation("Kepler", ((3, 5), (3, 7)), None, 470, "no"),
            Generation("Pascal", ((6, 0), (6, 1)), None, 580, "no"),
            Generation("Blackwell", ((10, 0), (12, 0)), 570, None, "required"),
            Generation("Jetson Orin", ((8, 7),), None, None, "no", jetson=True),
        ),
    )
