"""A piece of advice as a value, and the command that installs a build. Pure."""

from __future__ import annotations

from gpusetup.basics.origins import WHEEL_INDEX
from gpusetup.doctor.check import Finding, Need, Remedy
from gpusetup.matrix.rows import Build
from gpusetup.request import Origin
from gpusetup.steps import Command


def advice(
    finding: Finding,
    *commands: tuple[str, ...],
    variant: str | None = None,
    needs: tuple[Need, ...] = (),
    **facts: object,
) -> Remedy:
    code = f"doctor.{finding.id}.fix" + (f".{variant}" if variant else "")
    steps = tuple(Command("by-hand", argv, "doctor.by-hand") for argv in commands)
    return Remedy(code, {**finding.facts, **facts}, None, steps, needs)


def install_words(build: Build, *extra: str) -> tuple[str, ...]:
    """The command that installs a build: `pip install torch==2.9.1 --index-url ...`."""
    if build.origin in (Origin.CONDA_FORGE, Origin.PYTORCH):
        channel = "conda-forge" if build.origin is Origin.CONDA_FORGE else "pytorch"
        return ("conda", "install", "-c", channel, f"pytorch={build.torch}=*cuda*", *extra)
    page = (build.page or "").removeprefix("whl/")
    if build.origin is not Origin.WHEEL_INDEX or not page:
        return ("pip", "install", f"torch=={build.torch}", *extra)
    if page.endswith(".html"):  # a list of files, where the build stands in the version
        suffix = f"+{build.local}" if build.local else ""
        words = ("pip", "install", f"torch=={build.torch}{suffix}", *extra)
        return (*words, "-f", f"{WHEEL_INDEX}/{page}")
    return (
        "pip",
        "install",
        f"torch=={build.torch}",
        *extra,
        "--index-url",
        f"{WHEEL_INDEX}/{page}",
    )
