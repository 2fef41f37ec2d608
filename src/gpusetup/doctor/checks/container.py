"""Where we run: in a container, in WSL, in a hosted notebook, on a node of a cluster."""

from __future__ import annotations

from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Finding, Severity
from gpusetup.doctor.looks import finding
from gpusetup.environments.facts import TorchFacts
from gpusetup.machine import Status

_SMALL_SHM_MIB = 64  # Docker's default


def _sees_nothing(case: Case) -> bool:
    """No card and no device file: not one that is there and fails."""
    return not case.machine.gpus and not case.surroundings.device_nodes


def _has_host_gpu(case: Case) -> tuple[str, ...]:
    """What shows a GPU of the host: its module, its cards."""
    found = []
    kernel = case.machine.reading("kernel-module")
    if kernel is not None and kernel.status is Status.OK:
        found.append(f"/proc/driver/nvidia/version: {kernel.detail}")
    found += [f"{each.bus_id}: {looks.card_name(case, each)}" for each in looks.cards(case)[:1]]
    return tuple(found)


def _expects_gpu(case: Case) -> tuple[str, ...]:
    """What was made for a GPU: the image, the PyTorch in it."""
    found = []
    wish = case.surroundings.visible_devices_request
    if wish and wish not in ("void", "none"):
        found.append(f"NVIDIA_VISIBLE_DEVICES={wish}")
    torch = case.environment.torch if case.environment else None
    if isinstance(torch, TorchFacts) and torch.is_cpu is False:
        found.append(f"torch {torch.version}+{torch.local or torch.cuda}")
    return tuple(found)


def look_no_gpu(case: Case) -> Finding | None:
    """The container was started without GPUs."""
    machine = case.machine
    if (
        case.reported
        or not machine.container
        or machine.wsl
        or machine.cloud in ("colab", "kaggle")
    ):
        return None
    host, wishes = _has_host_gpu(case), _expects_gpu(case)
    if not _sees_nothing(case) or not (host or wishes) or machine.node_role == "login":
        return None
    # an image for GPUs may run on a host that has none
    severity = Severity.ERROR if host or machine.cloud else Severity.WARNING
    return finding(
        "container.no-gpu", *host, *wishes, severity=severity,
        kind=machine.container, variant=_kind(case),
    )  # fmt: skip


def _kind(case: Case) -> str | None:
    """How this kind of container gets its GPUs; a rented one cannot be started by its user."""
    if case.machine.cloud:
        return "rented"
    known = ("docker", "podman", "apptainer", "kubernetes")
    return case.machine.container if case.machine.container in known else None


def look_lost(case: Case) -> Finding | None:
    """It worked when it was started: a reload of systemd took the devices away."""
    reading = case.machine.reading("nvml")
    if not case.machine.container or looks.nvml_code(case) != 999 or reading is None:
        return None
    return finding("container.gpu-lost", f"NVML: {reading.detail}")


def look_shm(case: Case) -> Finding | None:
    """DataLoader workers and NCCL pass their data through /dev/shm."""
    size = case.surroundings.shm_mib
    if not case.machine.container or size is None or size > _SMALL_SHM_MIB:
        return None
    if not looks.has_card(case) and not _has_host_gpu(case):
        return None
    return finding("container.shm-small", f"shm: {size} MiB", severity=Severity.WARNING, size=size)


def look_capabilities(case: Case) -> Finding | None:
    """The devices are here and the driver's library is not: only some parts were asked for."""
    if not case.machine.container or not case.surroundings.device_nodes:
        return None
    if case.surroundings.cuda_libraries != () or looks.works(case):
        return None
    nodes = ", ".join(case.surroundings.device_nodes[:2])
    return finding("container.no-library", nodes, "libcuda.so.1: -")


def look_wsl_driver(case: Case) -> Finding | None:
    """Windows hands no GPU to its Linux: no driver there, or WSL 1."""
    machine = case.machine
    if case.reported or not machine.wsl or machine.gpus or machine.container:
        return None
    if machine.wsl == 1:
        return finding("wsl.driver-missing", "WSL 1", variant="wsl1")
    nodes, libraries = case.surroundings.device_nodes, case.surroundings.cuda_libraries
    if nodes is None or libraries is None:
        return None
    if "/dev/dxg" not in nodes:
        return finding("wsl.driver-missing", "/dev/dxg: -", variant="no-device")
    if not any(each.kind == "wsl" for each in libraries):
        return finding("wsl.driver-missing", "/usr/lib/wsl/lib/libcuda.so.1: -")
    return None


def look_wsl_blocked(case: Case) -> Finding | None:
    reading = case.machine.reading("nvml")
    if looks.nvml_code(case) != 17 or reading is None:
        return None
    return finding("wsl.gpu-blocked", f"NVML: {reading.detail}")


def look_wsl_shadowed(case: Case) -> Finding | None:
    """A Linux driver inside WSL stands before the library that Windows brings."""
    libraries = case.surroundings.cuda_libraries or ()
    if case.machine.wsl != 2 or not libraries or libraries[0].kind in ("wsl", "stub"):
        return None
    if looks.works(case):
        return None
    if not any(each.kind == "wsl" for each in libraries):
        return None
    module = case.surroundings.module
    packages = ", ".join((module.packages or ()) if module else ())
    return finding(
        "wsl.library-shadowed", libraries[0].path, packages,
        variant="packages" if packages else None, path=libraries[0].path, packages=packages or "-",
    )  # fmt: skip


def look_notebook(case: Case) -> Finding | None:
    """Colab and Kaggle give a GPU only to notebooks whose settings say so."""
    cloud = case.machine.cloud
    if case.reported or cloud not in ("colab", "kaggle") or not _sees_nothing(case):
        return None
    return finding("cloud.no-gpu", f"{cloud}: /dev/nvidia0: -", variant=cloud, cloud=cloud)


_PLACE = Area.CONTAINER
CHECKS: tuple[Check, ...] = (
    looks.check("cloud.no-gpu", _PLACE, look_notebook),
    looks.check("wsl.driver-missing", _PLACE, look_wsl_driver),
    looks.check("wsl.gpu-blocked", _PLACE, look_wsl_blocked),
    looks.check("wsl.library-shadowed", _PLACE, look_wsl_shadowed),
    looks.check("container.toolkit-missing", _PLACE, looks.never),
    looks.check("container.image-has-driver", _PLACE, looks.never),
    looks.check("container.host-driver-missing", _PLACE, looks.never),
    looks.check("container.host-driver-broken", _PLACE, looks.never),
    looks.check("container.driver-too-old", _PLACE, looks.never),
    looks.check("container.no-gpu", _PLACE, look_no_gpu),
    looks.check("container.gpu-lost", _PLACE, look_lost),
    looks.check("container.no-library", _PLACE, look_capabilities),
    looks.check("container.shm-small", _PLACE, look_shm),
)
