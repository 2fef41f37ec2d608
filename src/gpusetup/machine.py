"""What was found on a machine: values only, filled by `probe/`, by profiles and by pasted reports.

`None` means "not known"; an empty tuple or `Absence.NOT_THERE` means "looked for and not there".
Why something is not known stands in `Machine.readings`. The JSON form is `gpusetup.machine/1`.
"""

from __future__ import annotations

from enum import Enum

from gpusetup.basics.values import dataclass, field
from gpusetup.basics.versions import Capability, Version


class Os(str, Enum):
    LINUX = "linux"
    WINDOWS = "windows"
    MACOS = "macos"


class Arch(str, Enum):
    X86_64 = "x86_64"
    AARCH64 = "aarch64"
    ARM64 = "arm64"  # macOS's name for the same instruction set


class Absence(Enum):
    """Looked for and not there (unlike None, which is "not known")."""

    NOT_THERE = "not-there"


class Status(str, Enum):
    """How a reading of one source ended."""

    OK = "ok"
    PARTIAL = "partial"
    ABSENT = "absent"
    ERROR = "error"
    TIMEOUT = "timeout"


class GpuState(str, Enum):
    """Whether a GPU answers. A lost one is still in the machine, and still counted."""

    OK = "ok"
    LOST = "lost"
    ERROR = "error"


@dataclass(frozen=True)
class Reading:
    """One source that was tried: `nvml`, `nvidia-smi`, `kernel-module`, `pci`, `libcuda` ...

    `detail` is the source's own word (an error text, a version), never a sentence of ours.
    """

    source: str
    status: Status
    detail: str | None = None


@dataclass(frozen=True)
class Conflict:
    """Two sources that contradict each other about one thing, both shown."""

    subject: str  # "driver-version", "gpu-count", "cuda-driver-version" ...
    first: tuple[str, str]  # (source, value)
    second: tuple[str, str]


@dataclass(frozen=True)
class Libc:
    name: str  # "glibc" | "musl"
    version: Version | None


@dataclass(frozen=True)
class Driver:
    """The kernel driver. In WSL2 `version` is the Windows driver's number."""

    version: Version | None = None
    cuda_version: Version | None = None  # the CUDA driver API version, conda's __cuda
    module: str | None = None  # "proprietary" | "open"


@dataclass(frozen=True)
class MigInstance:
    """One MIG slice of a GPU."""

    name: str
    uuid: str | None = None
    memory_mib: int | None = None


@dataclass(frozen=True)
class Mig:
    enabled: bool
    instances: tuple[MigInstance, ...] = ()


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU. `index` is the driver's (PCI order) and may have holes."""

    index: int | None
    name: str | None
    compute_capability: Capability | None = None
    memory_mib: int | None = None  # None also for unified memory, see `unified_memory`
    memory_used_mib: int | None = None
    uuid: str | None = None
    pci_bus_id: str | None = None
    mig: Mig | None = None
    state: GpuState = GpuState.OK
    unified_memory: bool | None = None
    virtualization: str | None = None  # "passthrough" | "vgpu" | "host"
    capability_source: str | None = None  # "nvml" | "nvidia-smi" | "pci-table" | "name-table"


@dataclass(frozen=True)
class PciGpu:
    """An NVIDIA display device on the PCI bus, with or without a driver."""

    device_id: str  # four hex digits, lower case
    chip: str | None = None
    architecture: str | None = None
    compute_capability: Capability | None = None
    name: str | None = None
    bus_id: str | None = None
    bound_driver: str | None = None  # "nvidia" | "nouveau" | "vfio-pci" ...


@dataclass(frozen=True)
class Toolkit:
    version: Version
    path: str


@dataclass(frozen=True)
class Conda:
    executable: str
    kind: str  # "conda" | "mamba" | "micromamba"
    version: str | None = None
    root: str | None = None
    solver: str | None = None


@dataclass(frozen=True)
class Python:
    """An interpreter found on the machine."""

    version: Version
    path: str


@dataclass(frozen=True)
class Disk:
    """Free space where something of ours would go. Sizes in MiB."""

    path: str
    purpose: str  # "home" | "prefix" | "cache" | "tmp"
    free_mib: int | None = None
    filesystem: str | None = None
    quota_mib: int | None = None


@dataclass(frozen=True)
class Installers:
    """uv and pip as found, and what the user's pip is configured to use.

    URLs may hold credentials here; they are redacted wherever they leave the process.
    """

    uv: str | None = None
    uv_version: str | None = None
    pip_config_files: tuple[str, ...] = ()
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    cert: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    system_certs: bool = False  # uv trusts a company's certificate only if told to look there


@dataclass(frozen=True)
class Machine:
    """Everything known about one machine. Only `os` and `arch` are always known."""

    os: Os
    arch: Arch
    os_version: str | None = None
    distribution: str | None = None
    libc: Libc | None = None
    kernel: str | None = None
    wsl: int | None = None
    container: str | None = None
    cloud: str | None = None
    scheduler: str | None = None
    node_role: str | None = None  # "login" | "compute"
    python: Python | None = None  # the interpreter that a new environment would use by default
    other_pythons: tuple[Python, ...] = ()
    driver: Driver | Absence | None = None
    gpus: tuple[Gpu, ...] | None = None
    compute_nodes: tuple[Machine, ...] = ()
    pci_gpus: tuple[PciGpu, ...] | None = None
    toolkits: tuple[Toolkit, ...] = ()
    conda: Conda | Absence | None = None
    installers: Installers = field(default_factory=Installers)
    memory_mib: int | None = None
    swap_mib: int | None = None
    disks: tuple[Disk, ...] = ()
    proxies: tuple[tuple[str, str], ...] = ()  # ("https", URL without credentials)
    cuda_visible_devices: str | None = None
    name: str | None = None  # of a compute node or a host, as it was asked for
    readings: tuple[Reading, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def platform(self) -> str:
        """The matrix's platform key, such as "linux-x86_64"; WSL guests are Linux."""
        if self.os is Os.MACOS:
            return "macos-arm64" if self.arch is not Arch.X86_64 else "macos-x86_64"
        arch = "x86_64" if self.arch is Arch.X86_64 else "aarch64"
        return f"{self.os.value}-{arch}"

    def reading(self, source: str) -> Reading | None:
        """The reading of one source, if it was tried."""
        return next((each for each in self.readings if each.source == source), None)
