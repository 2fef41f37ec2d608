"""What the doctor knows beside the `Machine`: one Python environment, and its surroundings.

Both are filled by `probe/` (from outside: nothing in the environment is imported), by profiles and
by the readers of pasted reports. `None` means "not known"; an empty tuple "looked for, not there".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from gpusetup.basics.versions import Version
from gpusetup.machine import Absence, Reading


class Kind(str, Enum):
    """Who made the environment."""

    VENV = "venv"
    CONDA = "conda"
    SYSTEM = "system"  # the distribution's interpreter, or one that was installed for all


@dataclass(frozen=True)
class Distribution:
    """One installed package. `name` is normalised ("flash-attn"), `version` as it is written."""

    name: str
    version: str  # with its local part: "2.13.0+cpu"
    location: str | None = None  # the folder that it is imported from
    installer: str | None = None  # "pip" | "uv" | "conda"
    build: str | None = None  # conda's build string: "py3.12_cuda12.4_cudnn9.1.0_0"
    channel: str | None = None
    pins: tuple[str, ...] = ()  # what it demands of torch or numpy: "torch==2.9.0"
    whole: bool = True  # False: its metadata are gone, as after a removal that was cut
    missing: tuple[str, ...] = ()  # what it needs and nobody has installed: "sympy>=1.13.3"

    @property
    def number(self) -> Version | None:
        """The version without suffixes; None for one that is not made of numbers."""
        found = re.match(r"v?(\d+(?:\.\d+)*)", self.version)
        return Version.parse(found[1]) if found else None

    @property
    def local(self) -> str | None:
        """ "cu128" of "2.9.0+cu128"."""
        return self.version.partition("+")[2] or None


@dataclass(frozen=True)
class TorchFacts:
    """The torch that `import torch` would take, by its metadata and `torch/version.py`."""

    version: Version | None
    local: str | None = None  # "cu128" | "cpu" | None for a build without a suffix
    cuda: Version | Absence | None = None  # NOT_THERE: built without CUDA
    hip: str | None = None  # the ROCm version of a build for AMD cards
    location: str | None = None
    build: str | None = None  # conda's build string
    cudnn: Version | None = None  # what it was built with, or brings
    damaged: tuple[str, ...] = ()  # its own files that are missing or cut

    @property
    def is_cpu(self) -> bool | None:
        """Whether it is built without CUDA and without ROCm."""
        return None if self.cuda is None else self.cuda is Absence.NOT_THERE and not self.hip


@dataclass(frozen=True)
class TorchRun:
    """What happened when torch ran: a proof of ours, or what a report says."""

    imported: bool | None = None
    cuda_available: bool | None = None
    device_count: int | None = None
    architectures: tuple[str, ...] | None = None  # torch.cuda.get_arch_list()
    failed: tuple[
        tuple[str, str], ...
    ] = ()  # (check, reason): ("matmul-float32", "CUDA error ...")
    error: str | None = None  # the last line of the error that ended it


@dataclass(frozen=True)
class Library:
    """A shared library, and who brings it: "libcuda", "libcudnn", "libnvjitlink", "libstdc++"."""

    name: str
    path: str
    version: Version | None = None
    brought_by: str | None = None  # "nvidia-cudnn-cu12" | "system" | "toolkit" | "conda"


@dataclass(frozen=True)
class Shadow:
    """Something that Python finds before the thing meant: `torch.py` beside the script, say."""

    name: str  # the module
    path: str
    by: str  # "current-folder" | "user-site" | "pythonpath" | "pth-file"


@dataclass(frozen=True)
class ShellLine:
    """A line of a shell's start file that sets a variable of ours."""

    path: str
    number: int  # from 1
    text: str
    variable: str
    overwrites: bool = False  # sets it without keeping what was in it
    points_to_nothing: bool = False  # a folder that is not there


@dataclass(frozen=True)
class ConfigFile:
    """A file that configures an installer: `.condarc`, `pip.conf`, `uv.toml`.

    `settings` are (key, value) as written, one pair per member of a list.
    """

    tool: str  # "conda" | "pip" | "uv"
    path: str
    settings: tuple[tuple[str, str], ...] = ()
    error: str | None = None  # why the tool cannot read it, with the line
    line: int | None = None
    is_read: bool = True  # False: lies where the tool never looks
    text: str | None = None  # for repairs; holds credentials, never shown


@dataclass(frozen=True)
class Environment:
    """One interpreter and what it would import."""

    python: str | None = None  # its path
    version: Version | None = None
    kind: Kind | None = None
    prefix: str | None = None
    name: str | None = None
    site_packages: str | None = None  # where its own packages lie
    torch: TorchFacts | Absence | None = None
    distributions: tuple[Distribution, ...] | None = None
    duplicates: tuple[Distribution, ...] = ()  # all copies of what is there more than once
    user_site: str | None = None  # the folder, if this interpreter looks there
    shadows: tuple[Shadow, ...] = ()
    pth_files: tuple[str, ...] = ()  # those that add folders
    variables: tuple[tuple[str, str], ...] | None = None  # LD_LIBRARY_PATH, CUDA_HOME ...
    libraries: tuple[Library, ...] = ()  # that come with the environment's packages
    loaded_first: tuple[Library, ...] = ()  # that the loader would take instead, by LD_LIBRARY_PATH
    externally_managed: bool | None = None
    writable: bool | None = None
    run: TorchRun | None = None
    readings: tuple[Reading, ...] = ()

    def distribution(self, name: str) -> Distribution | None:
        """The installed package of that normalised name: the copy that is imported."""
        return next((each for each in self.distributions or () if each.name == name), None)

    def variable(self, name: str) -> str | None:
        """A variable's value; None if it is not set or not known."""
        return dict(self.variables or ()).get(name)


@dataclass(frozen=True)
class KernelModule:
    """The `nvidia` module on disk, for the kernel that runs. What is loaded is in `Driver`."""

    is_loaded: bool | None = None
    on_disk: bool | None = None  # there is one for the running kernel
    installed: Version | None = None  # modinfo's version for the running kernel
    flavour: str | None = None  # "open" | "proprietary"
    other_kernels: tuple[str, ...] | None = None  # kernels that the module is there for
    dkms: tuple[str, ...] = ()  # `dkms status` lines of nvidia
    has_headers: bool | None = None  # of the running kernel
    nouveau_loaded: bool | None = None
    packages: tuple[str, ...] | None = None  # the driver's packages that are installed


@dataclass(frozen=True)
class CudaLibrary:
    """One libcuda.so.1 that a loader could take, in the loader's order."""

    path: str
    version: Version | None = None
    kind: str = "driver"  # "driver" | "stub" | "compat" | "wsl"
    found_by: str | None = None  # "LD_LIBRARY_PATH" | "cache" | "folder"


@dataclass(frozen=True)
class GpuProcess:
    """A process that holds memory of a GPU. `is_own`: it is this user's."""

    pid: int
    memory_mib: int | None = None
    user: str | None = None
    name: str | None = None
    is_own: bool | None = None


@dataclass(frozen=True)
class GpuHealth:
    """What NVML says of one GPU's condition. `index` as in `Gpu`."""

    index: int
    compute_mode: str | None = None  # "default" | "exclusive-process" | "prohibited"
    throttle_reasons: tuple[str, ...] = ()  # "hw-thermal", "hw-power-brake", "sw-thermal" ...
    temperature_c: int | None = None
    ecc_uncorrected: int | None = None  # since the driver was loaded
    pages_pending: bool | None = None  # a row remapping or page retirement waits for a reset
    remap_failed: bool | None = None
    fabric_state: str | None = None  # "completed" | "in-progress" | "not-started"
    processes: tuple[GpuProcess, ...] = ()  # that compute on it


DAMAGED = ".damaged"
"""The ending of what was set aside."""


@dataclass(frozen=True)
class DamagedCache:
    """Something in a package cache that no installer can use."""

    tool: str  # "uv" | "conda" | "pip"
    path: str
    what: str  # "not-a-package" | "no-index" | "no-record" | "empty", or a file that is cut
    number: int = 1  # of the free name beside those that were set aside before

    @property
    def aside(self) -> str:
        """Where it goes: on the same disk, where the tool does not look for packages."""
        folder, _, name = self.path.rstrip("/").rpartition("/")
        if self.tool == "uv" and folder.endswith("/archive-v0"):
            folder = folder.rpartition("/")[0]
        number = f".{self.number}" if self.number > 1 else ""
        return f"{folder}/{name}{number}{DAMAGED}"


@dataclass(frozen=True)
class GpuQueue:
    """GPUs of one type that jobs of one partition can get, as the scheduler tells."""

    partition: str
    type: str | None = None  # as in --gres=gpu:TYPE:1; None: the cluster names none
    per_node: int | None = None
    nodes: int | None = None
    usable: int | None = None  # nodes of them that jobs can start on at all
    is_open: bool = True  # the partition takes jobs


@dataclass(frozen=True)
class Job:
    """A scheduler's job, told by its variables and, where it answers, by the scheduler."""

    id: str
    partition: str | None = None
    account: str | None = None
    node: str | None = None  # the scheduler's name of this machine
    step: str | None = None  # Slurm: the number of the step that we are in; None: the batch script
    stayed_behind: bool | None = None  # a shell on the machine that asked, not on one of the job's
    gpus: str | None = None  # what the whole job was given here: "0,1", "gpu:a100:2"
    order: str | None = None  # what the scheduler wrote into CUDA_VISIBLE_DEVICES
    node_gpus: str | None = None  # the GPUs that the scheduler knows this node to have
    node_state: str | None = None  # "IDLE+DRAIN"
    node_reason: str | None = None  # why it is drained or down


@dataclass(frozen=True)
class Surroundings:
    """What acts on torch beyond `Machine`: kernel, driver's files, shell, installers."""

    module: KernelModule | None = None
    secure_boot: bool | None = None
    kernel_messages: tuple[str, ...] | None = None  # lines of NVRM, Xid, "Key was rejected" ...
    cuda_libraries: tuple[CudaLibrary, ...] | None = None
    health: tuple[GpuHealth, ...] = ()
    fabric_manager: str | None = None  # "running" | "stopped" | "absent"
    fabric_manager_version: Version | None = None
    shm_mib: int | None = None
    user: str | None = None
    is_root: bool | None = None
    may_become_root: bool | None = None  # root, or in a group that sudo serves
    visible_devices_request: str | None = None  # NVIDIA_VISIBLE_DEVICES
    job: Job | None = None  # a scheduler's job that we are in
    job_gpus: str | None = None  # what this process was given, as the scheduler says: "0,1", ""
    gpu_queues: tuple[GpuQueue, ...] | None = None  # where the cluster has GPUs
    modules: tuple[str, ...] = ()  # of `module load`: "cuda/11.8"
    lost_prefix: str | None = None  # an environment that is active, and whose folder is not here
    prefix_filesystem: str | None = None  # of the environment's folder: "nfs4", "tmpfs"
    device_nodes: tuple[str, ...] | None = None  # /dev/nvidia0 ..., those that are there
    closed_nodes: tuple[str, ...] = ()  # of them, those that this user may not open
    node_group: str | None = None  # the group that may: "video"
    shell_lines: tuple[ShellLine, ...] = ()
    shell_texts: tuple[tuple[str, str], ...] = ()  # (path, text) of the files of these lines
    config_files: tuple[ConfigFile, ...] = ()
    dead_proxy: str | None = None  # a proxy that is set and refuses connections, redacted
    dead_hosts: tuple[str, ...] = ()  # "host:port" of configured indexes that take no connection
    unknown_hosts: tuple[str, ...] = ()  # those whose name nobody knows here and now
    damaged_caches: tuple[DamagedCache, ...] = ()
    readings: tuple[Reading, ...] = ()
