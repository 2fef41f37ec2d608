"""The last survey of a cluster, kept in the state folder so that `init` plans for its nodes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from gpusetup.choosing.targets import NODE_KIND
from gpusetup.effects.files import make_folders, write_whole
from gpusetup.effects.places import state_folder
from gpusetup.machine import Machine, Reading, Status

_CONFIGURATIONS = (
    "/etc/slurm/slurm.conf",
    "/run/slurm/conf/slurm.conf",
    "/etc/slurm-llnl/slurm.conf",
)


@dataclass(frozen=True)
class Survey:
    """`machine`: the login node with the nodes that answered. `at`: seconds since 1970."""

    machine: Machine
    at: float

    @property
    def age_s(self) -> float:
        return max(0.0, time.time() - self.at)


def remember(document: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Keep a machine document with its compute nodes. Only the user may read it."""
    path = _path(environ)
    make_folders(path.parent)
    write_whole(path, json.dumps({"at": time.time(), "machine": document}).encode(), 0o600)


def remembered(environ: Mapping[str, str]) -> Survey | None:
    """The last survey of this cluster; None: there is none that can be read."""
    from gpusetup.basics.errors import GpusetupError
    from gpusetup.profiles.reading import machine_from_text

    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, GpusetupError):
        kept = json.loads(_path(environ).read_text(encoding="utf-8"))
        machine = machine_from_text(json.dumps(kept["machine"]), "survey")
        return Survey(machine, float(kept["at"]))
    return None


def readings_of(survey: Machine) -> tuple[Reading, ...]:
    """Those about kinds of nodes."""
    return tuple(each for each in survey.readings if each.source.startswith(NODE_KIND))


def kind_reading(label: str, code: str | None) -> Reading:
    """How asking a kind ended: `code` None if it answered."""
    return Reading(f"{NODE_KIND}{label}", Status.OK if code is None else Status.TIMEOUT, code)


def _path(environ: Mapping[str, str]) -> Path:
    """One for each cluster: a home folder may be shared by several."""
    return state_folder(environ) / "clusters" / f"{_cluster_name(environ)}.json"


def _cluster_name(environ: Mapping[str, str]) -> str:
    """By the configuration file, because asking Slurm may take long."""
    named = environ.get("SLURM_CONF")
    for path in (named,) if named else _CONFIGURATIONS:
        with contextlib.suppress(OSError):
            text = Path(os.path.expanduser(path)).read_text(encoding="utf-8", errors="replace")  # noqa: PTH111
            found = re.search(r"(?im)^\s*ClusterName\s*=\s*([\w.-]+)", text)
            if found:
                return found[1].lower()
    return "cluster"
