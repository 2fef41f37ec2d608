"""Which options of a command belong together on its help page, and in which order."""

from __future__ import annotations

from typing import Mapping, Sequence

SHARED = ("--lang", "--json", "--plain", "--verbose", "--version", "--help")
"""The options of every command."""

_WISHES: Mapping[str, Sequence[str]] = {
    "wishes": (
        "--torch", "--cuda", "--cpu", "--python", "--gpu-policy", "--for-kind", "--with",
        "--requirements",
    ),
    "place": ("--prefix", "--into", "--replace"),
    "source": ("--origin", "--wheelhouse", "--mirror", "--engine"),
}  # fmt: skip

_JOB = (
    "--partition", "--account", "--qos", "--gres", "--constraint", "--reservation", "--time",
    "--mem", "--memory", "--cpus", "--gpus", "--wait", "--no-jobs", "--batch",
    "--collect", "--drop",
)  # fmt: skip
"""What a job of a cluster asks for, and how it is run."""

_GROUPS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "init": _WISHES,
    "plan": _WISHES,
    "export": {**_WISHES, "output": ("--output", "--overwrite"), "job": _JOB},
    "verify": {
        "subject": ("--env", "--python", "--slurm", "--host", "--hosts"),
        "manner": ("--quick", "--full", "--expected", "--timeout"),
        "job": _JOB,
    },
    "bench": {
        "subject": ("--env", "--python", "--slurm", "--host", "--hosts"),
        "manner": ("--quick", "--full", "--compare"),
        "job": _JOB,
    },
    "doctor": {
        "subject": ("--env", "--python", "--report", "--machine", "--host", "--hosts"),
        "output": ("--bundle", "--list"),
    },
    "mirrors": {"choice": ("--tuna", "--use", "--fastest"), "look": ("--show", "--restore")},
    "detect": {"subject": ("--from", "--slurm", "--host", "--hosts"), "job": _JOB},
}
"""Command -> group -> options. What stands nowhere comes last, as the other options."""

OTHERS = "options"


def group_of(path: str, option: str) -> str:
    """The group of an option of the command `gpusetup init`."""
    for group, names in _GROUPS.get(_name(path), {}).items():
        if option in names:
            return group
    return OTHERS


def groups_of(path: str) -> tuple[str, ...]:
    """The groups of a command's page, in order."""
    return (*_GROUPS.get(_name(path), {}), OTHERS)


def _name(path: str) -> str:
    return " ".join(path.split()[1:])
