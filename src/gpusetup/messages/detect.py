"""Sentences of `detect`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.detect.from": "Read a pasted report instead of this machine: the output of "
    "`nvidia-smi`, or `-` for standard input.",
    "help.detect.record": "Also write what was found to a file, without personal data.",
    "help.detect.timeout": "How long to wait for the driver at most.",
    "help.detect.examples": "gpusetup detect\n"
    "gpusetup detect --verbose\n"
    "nvidia-smi | gpusetup detect --from -\n"
    "gpusetup detect --record my-machine.yaml",
    "detect.title": "This machine",
    "detect.title-report": "The machine of this report",
    "detect.looking": "Looking at this machine",
    "detect.awaiting": "Waiting for {sources} to answer",
    "detect.recorded": "Written to {path}, without identifiers, user and host names.",
    "detect.not-readable": "{path} cannot be read: {reason}",
    "detect.not-readable.next": "Check the path, or pass `-` to read standard input.",
    "detect.not-writable": "{path} cannot be written: {reason}",
    "detect.not-writable.next": "Name a file in a folder that is yours.",
    "detect.bad-timeout": "`--timeout` takes a number of seconds above 0.",
    "detect.bad-timeout.next": ("Write one such as `--timeout 60`."),
    # labels of the areas
    "detect.label.gpu": "GPU",
    "detect.label.driver": "Driver",
    "detect.label.system": "System",
    "detect.label.python": "Python",
    "detect.label.conda": "conda",
    "detect.label.memory": "Memory",
    "detect.label.disk": "Disk",
    "detect.label.network": "Network",
    "detect.label.conflict": "Conflict",
    # GPU
    "detect.gpu.many": "{count} × {gpu}",
    "detect.gpu.unnamed": "NVIDIA GPU of unknown model",
    "detect.gpu.unified": "memory shared with the system",
    "detect.gpu.capability": "compute capability {capability}",
    "detect.gpu.vgpu": "a share of a card (vGPU)",
    "detect.gpu.lost": "GPU {index} ({name}) no longer answers",
    "detect.gpu.error": "GPU {index} ({name}) does not answer properly",
    "detect.gpu.mig": "divided into {count} MIG slices: {names}",
    "detect.gpu.mig-empty": "MIG is on, but no slice has been made, so nothing can run on it",
    "detect.gpu.none": "no NVIDIA GPU; PyTorch will compute on the processor",
    "detect.gpu.mac": "no NVIDIA GPU; PyTorch uses the Apple GPU here",
    "detect.gpu.none-served": "the driver is there, but serves no GPU",
    "detect.gpu.without-driver": "{gpu}: plugged in, but no NVIDIA driver is there to use it",
    "detect.gpu.not-served": "{gpu}: plugged in, but the driver does not make it available",
    "detect.gpu.no-answer": "{gpu}: plugged in, but the driver did not answer in time",
    "detect.gpu.unknown": "not known, because the driver did not answer",
    "detect.gpu.visible": "CUDA_VISIBLE_DEVICES is `{value}`: programs see only these GPUs",
    "detect.gpu.hidden": "CUDA_VISIBLE_DEVICES is empty: programs see no GPU at all",
    # driver
    "detect.driver.found": "version {version}, supports CUDA {cuda}",
    "detect.driver.version": "version {version}",
    "detect.driver.broken": "version {version}, but it does not work: {reason}",
    "detect.driver.unknown": "not usable: {reason}",
    "detect.driver.none": "no NVIDIA driver is installed",
    "detect.driver.not-needed": "no NVIDIA driver, and none is needed",
    "detect.driver.module": "{module} kernel module",
    # why NVML or nvidia-smi did not answer, and what to do
    "detect.trouble.4": "this user may not use the GPU",
    "detect.trouble.4.next": "Ask the administrator for access to /dev/nvidia0 and its "
    "neighbours; in a container, start it again with GPU access.",
    "detect.trouble.9": "the driver is installed, but its kernel module is not loaded",
    "detect.trouble.9.next": "Try `sudo modprobe nvidia`. If that fails, the kernel was probably "
    "updated: install the driver again, then restart the computer.",
    "detect.trouble.12": "the driver's programs are not there; probably no driver is installed",
    "detect.trouble.12.next": "Install the NVIDIA driver; on Ubuntu: "
    "`sudo ubuntu-drivers install`, then restart the computer.",
    "detect.trouble.15": "a GPU is lost",
    "detect.trouble.15.next": "Restart the computer. If it happens again, check the card's power "
    "and cooling.",
    "detect.trouble.17": "the operating system blocks the GPU",
    "detect.trouble.17.next": "In WSL, run `wsl --shutdown` in Windows and open WSL again.",
    "detect.trouble.18": "the driver was updated, but the old one is still running",
    "detect.trouble.18.next": "Restart the computer.",
    "detect.trouble.999": "the driver reports an unknown error",
    "detect.trouble.999.next": "In a container, start it again; elsewhere, restart the computer.",
    "detect.trouble.timeout": "it did not answer in time",
    "detect.trouble.timeout.next": "Run `gpusetup detect --timeout 120` to wait longer. If that "
    "does not help either, restart the computer.",
    "detect.trouble.crash": "the driver's library crashed when it was asked",
    "detect.trouble.crash.next": "Install the driver again; in WSL, update the Windows driver.",
    "detect.trouble.other-driver": "the card is in the hands of another driver, {driver}",
    "detect.trouble.other-driver.next": "Install NVIDIA's driver; it takes the card over at the "
    "next start of the computer.",
    "detect.trouble.no-driver.next": "Install the NVIDIA driver; on Ubuntu: "
    "`sudo ubuntu-drivers install`, then restart the computer.",
    "detect.trouble.no-driver-container.next": "This container was started without GPU access. "
    "Start it again with it; for Docker that is `--gpus all`.",
    "detect.trouble.no-driver-wsl.next": "Install or update the NVIDIA driver in Windows, never "
    "inside WSL, then run `wsl --shutdown` in Windows.",
    "detect.trouble.no-library": "its libraries are not here",
    "detect.trouble.other": "{detail}",
    # conflicts
    "detect.conflict": "{first_source} says {first}, {second_source} says {second}",
    "detect.conflict.driver-version": "driver {first} is running, but {second} is installed",
    "detect.conflict.driver-version.next": "Restart the computer.",
    "detect.conflict.gpu-count": "{first} cards are plugged in, but the driver serves {second}",
    "detect.conflict.gpu-count.next": "Look at `sudo dmesg | grep NVRM` for the reason.",
    "detect.conflict.cuda-driver-version": "the driver serves CUDA {first}, but programs load a "
    "library for CUDA {second}",
    "detect.conflict.cuda-driver-version.next": "Remove the folders of CUDA from "
    "LD_LIBRARY_PATH, unless your administrator set them for a reason.",
    # the system around
    "detect.system.name": "{name} {version}",
    "detect.system.wsl": "in WSL {version}",
    "detect.system.container": "in a container ({kind})",
    "detect.system.login": "login node of a cluster ({scheduler})",
    "detect.system.compute": "compute node of a cluster ({scheduler})",
    "detect.system.cluster": "in a cluster ({scheduler})",
    "detect.python.found": "{version}",
    "detect.python.others": "also there: {versions}",
    "detect.python.none": "no interpreter of its own was found; gpusetup can bring one",
    "detect.conda.found": "{kind} {version}, {root}",
    "detect.conda.none": "not there, and not needed: gpusetup brings uv",
    "detect.memory.found": "{memory}",
    "detect.memory.swap": "{memory}, {swap} of swap space",
    "detect.disk.found": "{free} free in {path} ({purpose})",
    "detect.disk.tight": "only {free} free in {path} ({purpose}); PyTorch for CUDA needs about "
    "{needed}",
    "detect.disk.home": "home folder",
    "detect.disk.prefix": "environments",
    "detect.disk.cache": "downloads",
    "detect.disk.tmp": "temporary files",
    "detect.network.proxy": "proxy {url}",
    "detect.network.index": "pip takes packages from {url}",
    "detect.network.find-links": "pip also looks in {place}",
    "detect.network.plain": "no proxy, and pip uses its usual package index",
    # --verbose
    "detect.readings": "Where this comes from",
    "detect.readings.source": "source",
    "detect.readings.status": "status",
    "detect.readings.detail": "detail",
    "detect.status.ok": "read",
    "detect.status.partial": "read in part",
    "detect.status.absent": "not there",
    "detect.status.error": "failed",
    "detect.status.timeout": "no answer in time",
}
