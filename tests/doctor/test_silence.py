"""What looks odd and is in order: nothing may be said about it."""

from __future__ import annotations

from typing import Any

import pytest

from gpusetup.doctor.check import Severity
from tests.doctor.cases import case_of, diagnosis_of

CARD = {"name": "NVIDIA GeForce RTX 3090", "compute_capability": "8.6", "memory_mib": 24576}
LIBRARY = {"path": "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "version": "570.133.07"}
COMPAT = {"path": "/usr/local/cuda/compat/libcuda.so.1", "kind": "compat"}

HARMLESS: dict[str, tuple[str, dict[str, Any]]] = {
    "a compatibility library that works": (
        "container",
        {"surroundings": {"cuda_libraries": [{**COMPAT, "version": "580.65.06"}, LIBRARY]}},
    ),
    "an older compatibility library, and CUDA works": (
        "workstation",
        {"surroundings": {"cuda_libraries": [{**COMPAT, "version": "535.54.03"}, LIBRARY]}},
    ),
    "two versions of the driver, and NVML works": (
        "workstation",
        {
            "conflicts": [
                {
                    "subject": "driver-version",
                    "first": {"source": "kernel-module", "value": "570.124.06"},
                    "second": {"source": "libcuda.so.1", "value": "570.133.07"},
                }
            ]
        },
    ),
    "a card of somebody else's on a shared server": (
        "workstation",
        {"surroundings": {"closed_nodes": ["/dev/nvidia3"], "node_group": "lab"}},
    ),
    "the same cuDNN on the library path": (
        "workstation",
        {"environment": {"loaded_first": [
            {"name": "libcudnn", "path": "/opt/libcudnn.so.9", "version": "9.10.2"}
        ]}},
    ),
    "a toolkit's runtime on the library path": (
        "workstation", {"toolkits": [{"version": "11.8", "path": "/usr/local/cuda-11.8"}]},
    ),
    "cards in another order": ("workstation", {"environment": {"variables": [["CUDA_VISIBLE_DEVICES", "1,0"]]}}),
    "a card by the beginning of its UUID": (
        "workstation", {"environment": {"variables": [["CUDA_VISIBLE_DEVICES", "GPU-66666666"]]}},
    ),
    "an exclusive mode that nobody uses": (
        "workstation", {"surroundings": {"health": [{"index": 0, "compute_mode": "exclusive-process"}]}},
    ),
    "a card that a virtual machine has": (
        "workstation",
        {"pci_gpus": [
            {"device_id": "2204", "bus_id": "00000000:01:00.0", "bound_driver": "nvidia"},
            {"device_id": "2204", "bus_id": "00000000:02:00.0", "bound_driver": "nvidia"},
            {"device_id": "1b06", "bus_id": "00000000:03:00.0", "bound_driver": "vfio-pci"},
        ]},
    ),
    "a display card on nouveau beside one that works": (
        "workstation",
        {"gpus": [{"index": 0, **CARD}], "pci_gpus": [
            {"device_id": "2204", "bus_id": "00000000:01:00.0", "bound_driver": "nvidia"},
            {"device_id": "1b06", "bus_id": "00000000:02:00.0", "bound_driver": "nouveau"},
        ], "environment": {"run": {"imported": True, "cuda_available": True, "device_count": 1}}},
    ),
    "Secure Boot with a module that is loaded": ("workstation", {"surroundings": {"secure_boot": True}}),
    "no file of nvidia-uvm, and CUDA works": (
        "workstation", {"surroundings": {"device_nodes": ["/dev/nvidia0", "/dev/nvidiactl"]}},
    ),
    "an application's own error in the kernel's log": (
        "workstation",
        {"surroundings": {"kernel_messages": ["NVRM: Xid (PCI:0000:01:00): 31, MMU fault", "NVRM: Xid (PCI:0000:01:00): 13, Graphics"]}},
    ),
    "MIG with its instances": (
        "container",
        {"gpus": [{
            "index": 0, "name": "NVIDIA A100-SXM4-40GB", "compute_capability": "8.0",
            "mig": {"enabled": True, "instances": [{"name": "3g.20gb", "uuid": "MIG-1"}]},
        }]},
    ),
    "a mirror that answers": (
        "workstation",
        {"surroundings": {"config_files": [
            {"tool": "pip", "path": "/home/anna/.pip/pip.conf", "settings": [["global.index-url", "https://pypi.tuna.tsinghua.edu.cn/simple"]]},
            {"tool": "conda", "path": "/home/anna/.condarc", "settings": [["channels", "conda-forge"], ["custom_channels.conda-forge", "https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud"]]},
        ]}},
    ),
    "no swap and much memory": ("workstation", {"swap_mib": 0}),
    "a job that the scheduler gave no card, on a login node": (
        "cluster-job",
        {"node_role": "login", "driver": None, "gpus": [], "pci_gpus": [], "cuda_visible_devices": "-",
         "surroundings": {"job": "-", "job_gpus": "-", "health": [], "device_nodes": [], "cuda_libraries": []},
         "environment": {"variables": [], "run": {"imported": True}}},
    ),
    "a job that uses the second of its own cards": (
        "cluster-job",
        {"gpus": [{"index": 0, **CARD}, {"index": 1, **CARD}], "cuda_visible_devices": "1",
         "surroundings": {"job": {"gpus": "2,3", "order": "0,1"}, "job_gpus": "2,3"},
         "environment": {"variables": [["CUDA_VISIBLE_DEVICES", "1"]]}},
    ),
    "a card of the job by its UUID, without a cgroup": (
        "cluster-job",
        {"gpus": [{"index": 0, **CARD, "uuid": "GPU-1"}, {"index": 1, **CARD, "uuid": "GPU-2"}],
         "cuda_visible_devices": "GPU-1",
         "environment": {"variables": [["CUDA_VISIBLE_DEVICES", "GPU-1"]]}},
    ),
    "a cluster that gives whole nodes and counts no GPUs": (
        "cluster-job",
        {"gpus": [{"index": 0, **CARD}, {"index": 1, **CARD}], "cuda_visible_devices": None,
         "surroundings": {"job": {"gpus": None, "order": None, "node_gpus": ""}, "job_gpus": None},
         "environment": {"variables": []}},
    ),
    "a shell of salloc on a machine that has its own card": (
        "cluster-job",
        {"surroundings": {"job": {"node": None, "stayed_behind": True, "order": None}, "job_gpus": None}},
    ),
    "a job on a node that is drained and still computes": (
        "cluster-job", {"surroundings": {"job": {"node_state": "MIXED+DRAIN", "node_reason": "update"}}},
    ),
    "an environment that is gone, while another one is in use": (
        "cluster-job", {"surroundings": {"lost_prefix": "/home/wang/old-env"}},
    ),
    "a build that runs on both kinds of nodes": (
        "cluster-job",
        {"compute_nodes": [
            {"driver": {"version": "535.161.08"}, "gpus": [{"index": 0, "name": "Tesla V100-SXM2-16GB", "compute_capability": "7.0"}]},
            {"driver": {"version": "570.86.15"}, "gpus": [{"index": 0, "name": "NVIDIA A100-SXM4-80GB", "compute_capability": "8.0"}]},
            {"driver": None, "gpus": []},
        ]},
    ),
    "a kind of node that nobody has looked at": (
        "cluster-job", {"compute_nodes": [{"gpus": [{"index": 0, "name": "h100"}]}]},
    ),
    "a home folder on the network here and there": (
        "cluster-job",
        {"node_role": "login", "surroundings": {"job": None, "job_gpus": None, "prefix_filesystem": "nfs4"},
         "disks": [{"path": "/home/wang", "purpose": "home", "filesystem": "nfs4"}],
         "compute_nodes": [{"gpus": [], "disks": [{"path": "/home/wang", "purpose": "home", "filesystem": "lustre"}]}]},
    ),
    "a home folder that the login node itself exports": (
        "cluster-job",
        {"node_role": "login", "surroundings": {"job": None, "job_gpus": None, "prefix_filesystem": "xfs"},
         "disks": [{"path": "/home/wang", "purpose": "home", "filesystem": "xfs"}],
         "compute_nodes": [{"gpus": [], "disks": [{"path": "/home/wang", "purpose": "home", "filesystem": "nfs4"}]}]},
    ),
    "a module that puts no library before torch's": (
        "cluster-job", {"surroundings": {"modules": ["cuda/12.4", "cudnn/9.1"]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_nothing_is_said(name: str) -> None:
    base, change = HARMLESS[name]
    found = diagnosis_of(case_of(base, change)).findings
    assert [each.id for each in found if each.severity is not Severity.INFO] == []
