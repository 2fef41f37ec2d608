"""A machine as a `gpusetup.machine/1` document: plain values in a fixed order of keys."""

from __future__ import annotations

from gpusetup.basics.redact import without_credentials
from gpusetup.basics.versions import Capability, Version, show_capability
from gpusetup.machine import (
    Absence,
    Conda,
    Conflict,
    Disk,
    Driver,
    Gpu,
    Installers,
    Libc,
    Machine,
    Mig,
    PciGpu,
    Python,
    Reading,
    Toolkit,
)

SCHEMA = "gpusetup.machine/1"

Document = dict[str, object]


def machine_to_document(machine: Machine) -> Document:
    """The profile of a machine. Unknown driver, GPUs and conda have no key; absent ones are null.

    URLs lose their credentials.
    """
    return {
        "schema": SCHEMA,
        **({} if machine.name is None else {"name": machine.name}),
        "os": machine.os.value,
        "arch": machine.arch.value,
        "os_version": machine.os_version,
        "distribution": machine.distribution,
        "libc": _libc(machine.libc),
        "kernel": machine.kernel,
        "wsl": machine.wsl,
        "container": machine.container,
        "cloud": machine.cloud,
        "scheduler": machine.scheduler,
        "node_role": machine.node_role,
        "python": None if machine.python is None else str(machine.python.version),
        "other_pythons": [_python(each) for each in machine.other_pythons],
        **_driver(machine.driver),
        **_gpus(machine),
        "compute_nodes": [machine_to_document(each) for each in machine.compute_nodes],
        "toolkits": [_toolkit(each) for each in machine.toolkits],
        **_conda(machine.conda),
        "installers": _installers(machine.installers),
        "memory_mib": machine.memory_mib,
        "swap_mib": machine.swap_mib,
        "disks": [_disk(each) for each in machine.disks],
        "proxies": [
            {"scheme": scheme, "url": without_credentials(url)} for scheme, url in machine.proxies
        ],
        "cuda_visible_devices": machine.cuda_visible_devices,
        "readings": [_reading(each) for each in machine.readings],
        "conflicts": [_conflict(each) for each in machine.conflicts],
    }


def _text(version: Version | None) -> str | None:
    return None if version is None else str(version)


def _capability(capability: Capability | None) -> str | None:
    return None if capability is None else show_capability(capability)


def _libc(libc: Libc | None) -> Document | None:
    return None if libc is None else {"name": libc.name, "version": _text(libc.version)}


def _python(python: Python) -> Document:
    return {"version": str(python.version), "path": python.path}


def _driver(driver: Driver | Absence | None) -> Document:
    if driver is None:
        return {}
    if isinstance(driver, Absence):
        return {"driver": None}
    return {
        "driver": {
            "version": _text(driver.version),
            "cuda_version": _text(driver.cuda_version),
            "module": driver.module,
        }
    }


def _gpus(machine: Machine) -> Document:
    found: Document = {}
    if machine.gpus is not None:
        found["gpus"] = [_gpu(each) for each in machine.gpus]
    if machine.pci_gpus is not None:
        found["pci_gpus"] = [_pci_gpu(each) for each in machine.pci_gpus]
    return found


def _gpu(gpu: Gpu) -> Document:
    return {
        "index": gpu.index,
        "name": gpu.name,
        "compute_capability": _capability(gpu.compute_capability),
        "memory_mib": gpu.memory_mib,
        "uuid": gpu.uuid,
        "pci_bus_id": gpu.pci_bus_id,
        "mig": _mig(gpu.mig),
        "memory_used_mib": gpu.memory_used_mib,
        "state": gpu.state.value,
        "unified_memory": gpu.unified_memory,
        "virtualization": gpu.virtualization,
        "capability_source": gpu.capability_source,
    }


def _mig(mig: Mig | None) -> Document | None:
    if mig is None:
        return None
    instances = [
        {"name": each.name, "uuid": each.uuid, "memory_mib": each.memory_mib}
        for each in mig.instances
    ]
    return {"enabled": mig.enabled, "instances": instances}


def _pci_gpu(gpu: PciGpu) -> Document:
    return {
        "device_id": gpu.device_id,
        "chip": gpu.chip,
        "architecture": gpu.architecture,
        "compute_capability": _capability(gpu.compute_capability),
        "name": gpu.name,
        "bus_id": gpu.bus_id,
        "bound_driver": gpu.bound_driver,
    }


def _toolkit(toolkit: Toolkit) -> Document:
    return {"version": str(toolkit.version), "path": toolkit.path}


def _conda(conda: Conda | Absence | None) -> Document:
    if conda is None:
        return {}
    if isinstance(conda, Absence):
        return {"conda": None}
    return {
        "conda": {
            "executable": conda.executable,
            "kind": conda.kind,
            "version": conda.version,
            "root": conda.root,
            "solver": conda.solver,
        }
    }


def _installers(installers: Installers) -> Document:
    index, proxy = installers.index_url, installers.proxy
    return {
        "uv": installers.uv,
        "uv_version": installers.uv_version,
        "pip_config_files": list(installers.pip_config_files),
        "index_url": None if index is None else without_credentials(index),
        "extra_index_urls": [without_credentials(each) for each in installers.extra_index_urls],
        "find_links": [without_credentials(each) for each in installers.find_links],
        "no_index": installers.no_index,
        "cert": installers.cert,
        "proxy": None if proxy is None else without_credentials(proxy),
        "trusted_hosts": list(installers.trusted_hosts),
    }


def _disk(disk: Disk) -> Document:
    return {
        "path": disk.path,
        "purpose": disk.purpose,
        "free_mib": disk.free_mib,
        "filesystem": disk.filesystem,
        "quota_mib": disk.quota_mib,
    }


def _reading(reading: Reading) -> Document:
    return {"source": reading.source, "status": reading.status.value, "detail": reading.detail}


def _conflict(conflict: Conflict) -> Document:
    return {
        "subject": conflict.subject,
        "first": dict(zip(("source", "value"), conflict.first)),
        "second": dict(zip(("source", "value"), conflict.second)),
    }
