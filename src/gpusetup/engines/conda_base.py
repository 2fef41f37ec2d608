"""conda itself, made by the built-in engine: what Miniforge's installer makes, without one. Pure.

The base environment holds conda and mamba from conda-forge; every package is checked against the
checksum that its channel tells, and mirrors count as always. Nothing is run as root, and no file of
a shell is touched: `conda init` is for the user to say.
"""

from __future__ import annotations

from gpusetup.engines import rattler
from gpusetup.engines.specs import CONDA_FORGE, Wanted
from gpusetup.engines.uv import Place
from gpusetup.steps import Plan, Undo, UndoKind, WriteFile

FOLDER = "miniforge3"
_SPECS = ("python", "conda", "mamba", "pip")
# as Miniforge's installer writes it; without it conda has no channel, or asks for Anaconda's terms
_SETTINGS = "channels:\n  - conda-forge\n"


def base_plan(place: Place) -> Plan:
    """The steps, and the question what they would install."""
    wanted = Wanted((place.channel(CONDA_FORGE),), _SPECS)
    settings = place.within(".condarc")
    return Plan(
        (
            rattler.create("", place.prefix, wanted, {}, "step.create-conda"),
            WriteFile(
                "write-config", settings, _SETTINGS, "step.write-condarc",
                undo=Undo(UndoKind.REMOVE, path=settings),
            ),
        ),
        place.prefix,
        place.python,
        rattler.dry_run("", place.prefix, wanted, {}),
    )  # fmt: skip
