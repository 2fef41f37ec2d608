"""The program that a node gets through standard input: a shell that looks for a Python.

It works behind any login shell, because that one only starts `sh -s` (`REMOTE_COMMAND`). Nothing of
it becomes a file on the node: here-documents would, in some shells.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Iterable, Sequence

REMOTE_COMMAND = ("sh", "-s")
_PARTS = ("gpusetup_node_facts.py", "gpusetup_node_nvml.py", "node.py")
PYTHONS = ("python3", "python", "/usr/bin/python3", "/usr/libexec/platform-python")

# What the readers of `probe/` look at. Kinds: text, names, exists, value (of a variable), mark
# (only whether it is set), program.
_WISHES = """\
text /etc/os-release
text /usr/lib/os-release
text /proc/sys/kernel/osrelease
text /proc/meminfo
text /proc/mounts
text /proc/self/cgroup
text /proc/1/cgroup
text /proc/stat
text /sys/module/nvidia/version
text /proc/driver/nvidia/version
text /run/systemd/container
text /sys/class/dmi/id/chassis_asset_tag
text /sys/class/dmi/id/sys_vendor
names /lib
exists /sys/module/nvidia
exists /dev/dxg
exists /dev/nvidia0
exists /.singularity.d
exists /var/run/secrets/kubernetes.io
exists /run/secrets/kubernetes.io
exists /run/.containerenv
exists /.dockerenv
exists /proc/1/stat
value CUDA_VISIBLE_DEVICES
value NVIDIA_VISIBLE_DEVICES
value LD_LIBRARY_PATH
value LOADEDMODULES
value CONDA_PREFIX
value CUDA_HOME
value SLURM_JOB_ID
value SLURM_JOB_PARTITION
value SLURM_JOB_GPUS
value SLURM_STEP_GPUS
value SLURM_GPUS_ON_NODE
value SLURM_CPUS_ON_NODE
value SLURM_MEM_PER_NODE
value SLURM_CLUSTER_NAME
value SLURMD_NODENAME
value container
mark SLURM_JOBID
mark LSB_JOBID
mark PBS_JOBID
mark SGE_JOB_SPOOL_DIR
mark APPTAINER_CONTAINER
mark SINGULARITY_CONTAINER
mark APPTAINER_NAME
mark SINGULARITY_NAME
mark KUBERNETES_SERVICE_HOST
mark WSL_DISTRO_NAME
mark WSL_INTEROP
program sbatch
program bsub
program bjobs
program qsub
program pbsnodes
program qhost
"""


def node_script(
    nonce: str,
    *,
    seconds: float = 20.0,
    places: Sequence[str] = ("~", "/tmp"),  # noqa: S108 - only looked at
    processes: bool = False,
    pythons: Sequence[str] = PYTHONS,
) -> str:
    """The text for `sh -s` on the node.

    Args:
        nonce: marks the block; letters and digits.
        seconds: how long the node may take in all.
        places: folders of which to tell whether they are there, writable, and the room on the disk.
        processes: tell of the processes on the GPUs too.
        pythons: where to look for a Python; without any the shell tells.
    """
    if not re.fullmatch(r"\w+", nonce) or any("\n" in each for each in places):
        raise ValueError(nonce)  # a line more would be a wish more
    wishes = _WISHES + _marks_of_places() + "".join(f"place {each}\n" for each in places)
    wishes += "processes yes\n" if processes else ""
    shell = _inside("node.sh").replace("\r", "")
    head = (
        f"nonce={nonce}\nseconds={max(1, round(seconds))}\n"
        f"wishes={quoted(wishes)}\npythons={quoted(' '.join(pythons))}\n"
        f"program={quoted(python_program() if pythons else '')}\n"
    )
    return f"{shell}\ngpusetup_node() {{\n{head}begin_node\n}}\ngpusetup_node\nexit\n"


def python_program() -> str:
    """The parts of `inside/` as one program."""
    whole = "\n".join(_inside(name) for name in _PARTS)
    own_imports = r"^from gpusetup_node_\w+ import (?:\([^)]*\)|.*)\n"
    return re.sub(own_imports, "", whole, flags=re.MULTILINE)


def quoted(text: str) -> str:
    """One word for any Bourne shell."""
    return "'" + text.replace("'", "'\\''") + "'"


@cache
def _inside(name: str) -> str:
    folder = Path(__file__).resolve().parent.parent / "inside"
    return (folder / name).read_text("utf-8")


def _marks_of_places() -> str:
    from gpusetup.probe.cloud import PATHS, VARIABLES
    from gpusetup.probe.scheduler import FILES

    paths = (*_each(PATHS), *FILES)
    return "".join(f"mark {name}\n" for name in _each(VARIABLES)) + "".join(
        f"exists {path}\n" for path in paths
    )


def _each(table: Iterable[tuple[str, tuple[str, ...]]]) -> list[str]:
    return [word for _name, words in table for word in words]
