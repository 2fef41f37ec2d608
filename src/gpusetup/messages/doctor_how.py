"""How the doctor finds what concerns the machine: one sentence a finding, for its page."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.driver.nouveau-bound.how": "`/sys/bus/pci` names the driver that holds the card, and "
    "it is not `nvidia`; or the kernel's log says so.",
    "doctor.driver.secure-boot.how": "A module for the running kernel is on the disk and not "
    "loaded, and the kernel's log has `Key was rejected` or the firmware says that Secure Boot is "
    "on.",
    "doctor.driver.module-missing.how": "`/lib/modules` of the running kernel lists no "
    "`nvidia.ko`, while other kernels, DKMS or the driver's libraries show that a driver is "
    "installed.",
    "doctor.driver.open-module-unsupported.how": "The module is the open one, and the card's "
    "generation, by its PCI id, is older than Turing and not served.",
    "doctor.driver.closed-module-unsupported.how": "The module is the proprietary one, and the "
    "card's generation, by its PCI id, needs the open one and is not served.",
    "doctor.driver.too-old-for-gpu.how": "A card is on the bus and not served, and its generation "
    "begins with a later branch than the driver's.",
    "doctor.driver.too-new-for-gpu.how": "A card is on the bus and not served, and its generation "
    "ends with an earlier branch than the driver's.",
    "doctor.driver.not-installed.how": "An NVIDIA card is on the PCI bus, and there is neither a "
    "module nor a library of a driver; or torch says `Found no NVIDIA driver`.",
    "doctor.driver.not-loaded.how": "The module for the running kernel is there and not loaded, "
    "or NVML ends with its code 9.",
    "doctor.driver.library-mismatch.how": "The version of the loaded module differs from that in "
    "the name of the library's file, and NVML does not work; or NVML ends with its code 18.",
    "doctor.driver.no-permission.how": "The device files in `/dev` cannot be opened by this user, "
    "or NVML ends with its code 4.",
    "doctor.driver.uvm-missing.how": "`/dev` has files for cards and no `/dev/nvidia-uvm`.",
    "doctor.driver.stub-library.how": "The first `libcuda.so.1` on the loader's way lies in a "
    "folder `stubs`, or CUDA says that it is a stub library.",
    "doctor.driver.forward-compatibility.how": "CUDA reports error 804, or the `compat` library "
    "that is loaded is older than the driver. A library that works is no finding.",
    "doctor.driver.cuda-mismatch.how": "CUDA reports error 803.",
    "doctor.fabric-manager.not-running.how": "The machine has NVSwitch, and no process "
    "`nv-fabricmanager` runs or its version is not the driver's; or CUDA reports error 802.",
    "doctor.driver.unknown-error.how": "CUDA reports error 999 or an unknown error at its start.",
    "doctor.driver.nvml-failed.how": "NVML ends with an error that no other finding explains, or "
    "does not answer in time.",
    "doctor.gpu.none.how": "There is no NVIDIA card on the PCI bus and no driver, and no "
    "container, WSL or cluster could hide one.",
    "doctor.gpu.lost.how": "NVML says that a GPU is lost, or the kernel's log has Xid 79 or "
    "`fallen off the bus`.",
    "doctor.gpu.no-handle.how": "The driver counts a card for which NVML gives no handle.",
    "doctor.gpu.none-found.how": "NVML works and counts no GPU, while an NVIDIA card is on the "
    "PCI bus.",
    "doctor.gpu.bar-unassigned.how": "The kernel's log says that the card's PCI region is invalid "
    "or could not be assigned, and a card is not served.",
    "doctor.gpu.gsp-failed.how": "The kernel's log has `RmInitAdapter failed`, an error of GSP, "
    "or Xid 119 or 120, and a card is not served.",
    "doctor.gpu.mig-empty.how": "NVML says that MIG is on, and lists no instance.",
    "doctor.gpu.not-visible.how": "The variable is empty or -1, or its first word names no GPU "
    "that NVML lists. In a job of a cluster that is the scheduler's word.",
    "doctor.gpu.busy.how": "NVML says that the card's compute mode is exclusive and a process has "
    "it, or that it is prohibited; or CUDA says busy or unavailable.",
    "doctor.gpu.memory-taken.how": "More than 85 % of a card's memory is in use before anything "
    "of yours runs.",
    "doctor.gpu.ecc.how": "NVML counts uncorrected memory errors since the driver was loaded, or "
    "waits for a reset to replace memory; or the kernel's log or CUDA says so.",
    "doctor.gpu.throttled.how": "NVML names heat or the power supply as the reason for lower "
    "clocks. A power limit that somebody set is none.",
    "doctor.container.no-gpu.how": "In a container there are no device files and no GPU, while "
    "the host's module or card can be seen, or the image is made for a GPU.",
    "doctor.container.no-library.how": "In a container there are device files of GPUs and no "
    "`libcuda.so.1`.",
    "doctor.container.gpu-lost.how": "In a container NVML ends with `Unknown Error` (code 999).",
    "doctor.container.shm-small.how": "In a container with a GPU, `/dev/shm` holds 64 MiB or "
    "less; or NCCL or a worker complains.",
    "doctor.container.toolkit-missing.how": "Docker says that it could not select a device driver "
    "with the capability `gpu`, or knows no runtime `nvidia`.",
    "doctor.container.host-driver-missing.how": "`nvidia-container-cli` finds no "
    "`libnvidia-ml.so.1` on the host.",
    "doctor.container.host-driver-broken.how": "`nvidia-container-cli` reports an error of the "
    "host's driver.",
    "doctor.container.driver-too-old.how": "`nvidia-container-cli` says that a condition "
    "`cuda>=…` is not met.",
    "doctor.wsl.driver-missing.how": "In WSL there is no `/dev/dxg`, or no `libcuda.so.1` in "
    "`/usr/lib/wsl/lib`; or it is WSL 1.",
    "doctor.wsl.gpu-blocked.how": "NVML ends with its code 17: the operating system has blocked "
    "the request.",
    "doctor.wsl.library-shadowed.how": "In WSL the loader takes another `libcuda.so.1` before the "
    "one in `/usr/lib/wsl/lib`.",
    "doctor.cloud.no-gpu.how": "The machine is a notebook of Colab or Kaggle, and there is no "
    "device file of a GPU.",
    "doctor.environment.python-broken.how": "The environment's Python does not start, or does not "
    "answer within 15 seconds.",
    "doctor.environment.library-shadowed.how": "A folder of LD_LIBRARY_PATH holds a library of "
    "CUDA or cuDNN in another version than the environment's, which is loaded first.",
    "doctor.torch.cuda-unused.how": "The build is one for CUDA, and the machine has neither an "
    "NVIDIA card nor a driver.",
    "doctor.torch.import-failed.how": "`import torch` fails in a process of its own, and no other "
    "finding explains it.",
    "doctor.torch.proof-failed.how": "Tensors are computed on every device and compared with "
    "results of Python; something differed or failed, and no other finding explains it.",
    "doctor.shell.library-path-overwritten.how": "`.bashrc` or another start file sets "
    "LD_LIBRARY_PATH without naming the variable itself in the value.",
    "doctor.shell.dead-path.how": "A start file of the shell adds a folder that does not exist.",
    "doctor.room.disk-full.how": "Less than 200 MiB, or less of the quota, is free where home, "
    "environments, caches or temporary files lie.",
    "doctor.room.disk-low.how": "Less than 3000 MiB, or less of the quota, is free where home, "
    "environments or caches lie.",
    "doctor.room.memory-small.how": "There is no swap space, and less than 8 GiB of memory on a "
    "cloud machine or beside a GPU; or the kernel's log says that it has ended a program.",
    "doctor.conda.config-broken.how": "A `.condarc` is read as conda reads it: brackets that are "
    "not closed and keys that stand twice stop it.",
    "doctor.pip.config-broken.how": "A `pip.conf` is read as pip reads it.",
    "doctor.uv.config-broken.how": "A `uv.toml` is read as uv reads it.",
    "doctor.conda.dead-channel.how": "A channel in a `.condarc` is known to be gone (such as "
    "`pkgs/free`), or its host refuses connections or has no address.",
    "doctor.pip.dead-index.how": "An index in a `pip.conf` is known to be gone, or its host "
    "refuses connections or has no address.",
    "doctor.uv.dead-index.how": "An index in a `uv.toml` is known to be gone, or its host refuses "
    "connections or has no address.",
    "doctor.conda.channel-alias.how": "A `.condarc` sets `channel_alias` to something else than "
    "conda's own.",
    "doctor.conda.conflicting-channels.how": "The channels of all `.condarc` files together hold "
    "`defaults` and conda-forge, and no priority is set to strict.",
    "doctor.pip.conflicting-indexes.how": "A configuration of pip or uv names a folder of the "
    "PyTorch index, such as `whl/cu118`.",
    "doctor.pip.config-unread.how": "A file such as `~/pip.conf` holds settings, and pip never "
    "looks there.",
    "doctor.proxy.dead.how": "A proxy is set by variables or in pip's configuration, and its port "
    "refuses connections.",
    "doctor.cache.damaged.how": "A package in the cache of uv or conda is empty, is no package, "
    "or its files have other sizes than its own list says.",
}
