"""What we must not do ourselves: commands for root, restarts, the host, Windows, hardware. Pure.

One row per finding, or per finding and variant ("gpu.not-visible/empty"). Its sentence is
`doctor.remedy.<finding>`, and `doctor.remedy.<finding>.<variant>` where that is another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from gpusetup.doctor.check import Need

_ROOT, _REBOOT, _HOST, _WINDOWS = Need.ROOT, Need.REBOOT, Need.HOST, Need.WINDOWS


@dataclass(frozen=True)
class Row:
    """Commands as words with {facts}, and what they take."""

    commands: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    driver_lines: bool = False  # the distribution's lines for this card come first
    own_text: bool = False  # the variant has a sentence of its own


ROWS: Mapping[str, Row] = {
    # the kernel module
    "driver.not-installed": Row((), (_ROOT, _REBOOT), driver_lines=True),
    "driver.nouveau-bound": Row((), (_ROOT, _REBOOT), driver_lines=True),
    "driver.secure-boot": Row((), (_ROOT, _REBOOT)),
    "driver.module-missing": Row(("sudo dkms autoinstall", "sudo modprobe nvidia"), (_ROOT,)),
    "driver.build-failed": Row(
        (
            "sudo apt install linux-headers-{headers}",
            "sudo dkms autoinstall",
            "tail -n 40 /var/lib/dkms/nvidia/VERSION/build/make.log",
        ),
        (_ROOT,),
    ),
    "driver.packages-mixed": Row(
        (
            "apt-mark showhold",
            "sudo apt purge ^nvidia-.* ^libnvidia-.* ^cuda-drivers.*",
            "sudo apt autoremove",
            "sudo apt update",
        ),
        (_ROOT, _REBOOT),
    ),
    "driver.repository-key": Row(
        (
            "sudo apt-key del 7fa2af80",
            "wget {keyring}",
            "sudo dpkg -i cuda-keyring_1.1-1_all.deb",
            "sudo apt update",
        ),
        (_ROOT,),
    ),
    "driver.open-module-unsupported": Row((), (_ROOT, _REBOOT), driver_lines=True),
    "driver.closed-module-unsupported": Row((), (_ROOT, _REBOOT), driver_lines=True),
    "driver.too-old-for-gpu": Row((), (_ROOT, _REBOOT), driver_lines=True),
    "driver.too-new-for-gpu": Row((), (_ROOT, _REBOOT), driver_lines=True),
    "driver.not-loaded": Row(("sudo modprobe nvidia",), (_ROOT,)),
    "driver.library-mismatch": Row(("sudo reboot",), (_ROOT, _REBOOT)),
    "driver.no-permission": Row((), (_ROOT,)),
    "driver.no-permission/group": Row(
        ("sudo usermod -aG {group} {user}",), (_ROOT,), own_text=True
    ),
    "driver.uvm-missing": Row(("sudo nvidia-modprobe -u -c=0",), (_ROOT,)),
    "driver.stub-library": Row(),
    "driver.forward-compatibility": Row(),
    "driver.cuda-mismatch": Row((), (_REBOOT,)),
    "driver.unknown-error": Row(("sudo rmmod nvidia_uvm", "sudo modprobe nvidia_uvm"), (_ROOT,)),
    "driver.nvml-failed": Row((), (_REBOOT,)),
    "fabric-manager.not-running": Row(
        ("sudo systemctl enable --now nvidia-fabricmanager",), (_ROOT,)
    ),
    "fabric-manager.not-running/version": Row((), (_ROOT,), own_text=True),
    "fabric-manager.not-running/absent": Row((), (_ROOT,), own_text=True),
    # the cards
    "gpu.none": Row(),
    "gpu.lost": Row((), (_REBOOT, Need.HARDWARE)),
    "gpu.no-handle": Row((), (_REBOOT,)),
    "gpu.none-found": Row(("sudo dmesg",), (_ROOT,)),
    "gpu.bar-unassigned": Row((), (Need.BIOS, _REBOOT)),
    "gpu.gsp-failed": Row((), (_REBOOT,)),
    "gpu.mig-empty": Row(("sudo nvidia-smi -i {index} -mig 0",), (_ROOT,)),
    "gpu.not-visible": Row(("unset CUDA_VISIBLE_DEVICES",)),
    "gpu.busy": Row(),
    "gpu.busy/exclusive": Row(("sudo nvidia-smi -i {index} -c 0",), (_ROOT,), own_text=True),
    "gpu.busy/prohibited": Row(("sudo nvidia-smi -i {index} -c 0",), (_ROOT,), own_text=True),
    "gpu.memory-taken": Row(("nvidia-smi",)),
    "gpu.memory-taken/other-free": Row(("export CUDA_VISIBLE_DEVICES={free}",), own_text=True),
    "gpu.ecc": Row((), (Need.HARDWARE,)),
    "gpu.ecc/pending": Row(("sudo nvidia-smi -i {index} --gpu-reset",), (_ROOT,), own_text=True),
    "gpu.throttled": Row((), (Need.HARDWARE,)),
    # where we run
    "container.no-gpu": Row((), (_HOST,)),
    "container.no-gpu/docker": Row(("docker run --gpus all IMAGE",), (_HOST,)),
    "container.no-gpu/podman": Row(("podman run --device nvidia.com/gpu=all IMAGE",), (_HOST,)),
    "container.no-gpu/apptainer": Row(("apptainer exec --nv IMAGE COMMAND",), (_HOST,)),
    "container.no-gpu/kubernetes": Row((), (_HOST,), own_text=True),
    "container.no-gpu/rented": Row(own_text=True),
    "container.no-library": Row(
        ("docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility IMAGE",), (_HOST,)
    ),
    "container.gpu-lost": Row(("docker restart CONTAINER",), (_HOST,)),
    "container.shm-small": Row(("docker run --gpus all --shm-size=8g IMAGE",), (_HOST,)),
    "container.toolkit-missing": Row(
        (
            "sudo apt install nvidia-container-toolkit",
            "sudo nvidia-ctk runtime configure --runtime=docker",
            "sudo systemctl restart docker",
        ),
        (_ROOT,),
    ),
    "container.image-has-driver": Row(
        ("rm -f /usr/lib/x86_64-linux-gnu/libcuda.so* /usr/lib/x86_64-linux-gnu/libnvidia-*.so*",),
        (_HOST,),
    ),
    "container.host-driver-missing": Row((), (_HOST, _ROOT, _REBOOT)),
    "container.host-driver-broken": Row(("nvidia-smi",), (_HOST,)),
    "container.driver-too-old": Row((), (_HOST,)),
    "wsl.driver-missing": Row(("wsl --update", "wsl --shutdown"), (_WINDOWS,)),
    "wsl.driver-missing/wsl1": Row(
        ("wsl --set-version DISTRIBUTION 2",), (_WINDOWS,), own_text=True
    ),
    "wsl.gpu-blocked": Row(("wsl --shutdown",), (_WINDOWS,)),
    "wsl.library-shadowed": Row(),
    "wsl.library-shadowed/packages": Row(("sudo apt remove {packages}",), (_ROOT,), own_text=True),
    "cloud.no-gpu": Row(),
    # jobs: their lines are in jobs.py where they depend on more than facts
    "scheduler.no-gpu": Row(),
    "scheduler.no-gpu/login-slurm": Row(own_text=True),
    "scheduler.no-gpu/login-known": Row(own_text=True),
    "scheduler.no-gpu/login-nodes": Row(own_text=True),
    "scheduler.no-gpu/login-pbs": Row(("qsub -I -l select=1:ngpus=1",), own_text=True),
    "scheduler.no-gpu/login-lsf": Row(("bsub -Is -gpu num=1 bash",), own_text=True),
    "scheduler.no-gpu/job-slurm": Row(own_text=True),
    "scheduler.no-gpu/job-pbs": Row(("qsub -I -l select=1:ngpus=1",), own_text=True),
    "scheduler.no-gpu/job-lsf": Row(("bsub -Is -gpu num=1 bash",), own_text=True),
    "scheduler.step-without-gpu": Row(("srun --overlap --gres=gpu:1 COMMAND",)),
    "scheduler.shell-stayed-behind": Row(("srun --pty bash",)),
    "scheduler.gpu-missing": Row((), (Need.ADMINISTRATOR,)),
    "scheduler.other-gpu": Row(("export CUDA_VISIBLE_DEVICES={mine}",)),
    "scheduler.other-gpu/none-given": Row(own_text=True),
    "gpu.not-visible/job": Row(("export CUDA_VISIBLE_DEVICES={mine}",), own_text=True),
    "scheduler.no-answer": Row(("scontrol ping",)),
    "scheduler.request-impossible": Row(("sinfo -o %P|%a|%D|%T|%G",)),
    "scheduler.not-permitted": Row(
        ("sacctmgr show associations user={user} format=account,partition,qos", "sinfo -s")
    ),
    "scheduler.over-limit": Row(("sinfo -o %P|%l|%G", "squeue -u {user}")),
    "scheduler.nodes-unavailable": Row(("sinfo -R",)),
    "scheduler.node-failed": Row(("sinfo -R",)),
    "scheduler.out-of-memory": Row(("sbatch --mem=32G SCRIPT",)),
    "scheduler.preempted": Row(("sbatch --requeue SCRIPT",)),
    "scheduler.out-of-time": Row(("sinfo -o %P|%l",)),
    "environment.not-on-node": Row(("gpusetup init --prefix DIR",)),
    "environment.python-broken": Row(("gpusetup init NAME --replace",)),
    "torch.cuda-unused": Row(("gpusetup init --cpu",)),
    "torch.damaged": Row(("gpusetup init NAME --replace",)),
    "torch.import-failed": Row(("gpusetup init NAME --replace",)),
    "torch.proof-failed": Row(("gpusetup verify --full",)),
    # installers, shell, room
    "conda.config-broken": Row(),
    "pip.config-broken": Row(),
    "uv.config-broken": Row(),
    "conda.dead-channel": Row(),
    "pip.dead-index": Row(),
    "uv.dead-index": Row(),
    "conda.dead-channel/unknown-host": Row(own_text=True),
    "pip.dead-index/unknown-host": Row(own_text=True),
    "uv.dead-index/unknown-host": Row(own_text=True),
    "conda.channel-alias": Row(),
    "conda.conflicting-channels": Row(("conda config --set channel_priority strict",)),
    "pip.conflicting-indexes": Row(),
    "pip.config-unread": Row(),
    "proxy.dead": Row(("unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY",)),
    "cache.damaged": Row(),
    "shell.library-path-overwritten": Row(),
    "shell.dead-path": Row(),
    "environment.library-shadowed": Row(),
    "environment.library-shadowed/module": Row(("module unload {module}",), own_text=True),
    "room.disk-full": Row(("df -h", "pip cache purge", "uv cache prune", "conda clean --all")),
    "room.disk-full/quota": Row(("quota -s",)),
    "room.disk-low": Row(("uv cache prune",)),
    "room.disk-low/quota": Row(("quota -s",)),
    "room.memory-small": Row(
        (
            "sudo fallocate -l 16G /swapfile",
            "sudo chmod 600 /swapfile",
            "sudo mkswap /swapfile",
            "sudo swapon /swapfile",
        ),
        (_ROOT,),
    ),
    "room.memory-small/container": Row((), (_HOST,), own_text=True),
}
