"""Sentences of the doctor about the driver, the cards and where we run: titles and texts."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.looking": "Looking at this machine",
    # the kernel module
    "doctor.driver.nouveau-bound": "The card is in the hands of another driver",
    "doctor.driver.nouveau-bound.text": "{gpu} is driven by `{driver}`, so NVIDIA's module cannot "
    "take it.",
    "doctor.driver.nouveau-bound.text.unknown": "The driver `nouveau` holds the card, so NVIDIA's "
    "module cannot take it.",
    "doctor.driver.secure-boot": "Secure Boot refuses the driver's kernel module",
    "doctor.driver.secure-boot.text": "The module is installed, but it is signed with a key that "
    "this computer does not know.",
    "doctor.driver.secure-boot.text.likely": "The module is installed and not loaded, and Secure "
    "Boot is on: it most likely refuses a key that it does not know.",
    "doctor.driver.module-missing": "The driver's module was not built for the kernel that runs",
    "doctor.driver.module-missing.text": "The kernel is {kernel}; the module is there for: "
    "{others}. "
    "The kernel was updated and the module was not.",
    "doctor.driver.module-missing.text.no-headers": "The kernel is {kernel}, and its headers are "
    "missing, so no module could be built for it. It is there for: {others}.",
    "doctor.driver.module-missing.text.failed": "Building the module for kernel {kernel} failed. "
    "It "
    "is there for: {others}.",
    "doctor.driver.module-missing.text.unknown": "No NVIDIA module was found for the kernel that "
    "runs. That happens after an update of the kernel.",
    "doctor.driver.open-module-unsupported": "The open kernel module does not drive this card",
    "doctor.driver.open-module-unsupported.text": "{gpu} is of the {generation} generation; the "
    "open "
    "module begins with Turing. The proprietary one is needed.",
    "doctor.driver.open-module-unsupported.text.unknown": "The open module begins with the Turing "
    "generation. This card is older and needs the proprietary one.",
    "doctor.driver.closed-module-unsupported": "The proprietary kernel module does not drive this "
    "card",
    "doctor.driver.closed-module-unsupported.text": "{gpu} is of the {generation} generation, "
    "which "
    "only the open module drives.",
    "doctor.driver.closed-module-unsupported.text.unknown": "Cards from Blackwell on are only "
    "driven "
    "by the open module.",
    "doctor.driver.too-old-for-gpu": "The driver is older than the card",
    "doctor.driver.too-old-for-gpu.text": "Driver {driver} does not know {gpu}, which needs "
    "{branch} "
    "or later.",
    "doctor.driver.too-old-for-gpu.text.unknown": "The driver does not know this card; a later one "
    "is needed.",
    "doctor.driver.too-new-for-gpu": "The driver no longer drives this card",
    "doctor.driver.too-new-for-gpu.text": "{gpu} is driven up to branch {branch}; {driver} is "
    "installed.",
    "doctor.driver.too-new-for-gpu.text.unknown": "This card needs an older branch of the driver, "
    "which NVIDIA calls a legacy driver.",
    "doctor.driver.not-installed": "No NVIDIA driver is installed",
    "doctor.driver.not-installed.text": "{gpu} is plugged in, and there is no driver for it.",
    "doctor.driver.not-installed.text.unknown": "PyTorch found no NVIDIA driver on this machine.",
    "doctor.driver.not-loaded": "The driver's kernel module is not loaded",
    "doctor.driver.not-loaded.text": "The driver is installed, but its module does not run, so "
    "nothing can talk to the card.",
    "doctor.driver.library-mismatch": "The driver was updated, and the old one still runs",
    "doctor.driver.library-mismatch.text": "The kernel runs {first}, and the libraries are "
    "{second}. "
    "They only work together in the same version.",
    "doctor.driver.library-mismatch.text.numbers-unknown": "The kernel's module and the driver's "
    "libraries have different versions. They only work together in the same one.",
    "doctor.driver.no-permission": "This user may not use the GPU",
    "doctor.driver.no-permission.text": "The card's device files are there and closed for this "
    "user.",
    "doctor.driver.no-permission.text.group": "The card's device files are open to the group "
    "`{group}`, and this user is not in it.",
    "doctor.driver.uvm-missing": "The device file of CUDA is missing",
    "doctor.driver.uvm-missing.text": "`/dev/nvidia-uvm` is not there, so CUDA cannot start, "
    "though "
    "`nvidia-smi` may look healthy.",
    "doctor.driver.stub-library": "Programs load an empty stand-in instead of the driver",
    "doctor.driver.stub-library.text": "`{path}` is only meant for compiling. It stands before the "
    "driver's own `libcuda.so.1`.",
    "doctor.driver.stub-library.text.unknown": "A `libcuda.so.1` that is only meant for compiling "
    "stands before the driver's own, probably by LD_LIBRARY_PATH.",
    "doctor.driver.forward-compatibility": "A forward-compatibility library does not work here",
    "doctor.driver.forward-compatibility.text": "`{path}` makes a newer CUDA run on an older "
    "driver. "
    "That is only allowed on data centre cards and some driver branches.",
    "doctor.driver.forward-compatibility.text.older": "`{path}` is older than the driver that is "
    "installed, and stands before its library.",
    "doctor.driver.forward-compatibility.text.unknown": "A library of a `cuda-compat` package "
    "makes "
    "a newer CUDA run on an older driver. That is only allowed on data centre cards and some "
    "driver branches.",
    "doctor.driver.cuda-mismatch": "The CUDA library does not fit the driver that runs",
    "doctor.driver.cuda-mismatch.text": "CUDA reports error 803: `libcuda` and the kernel's module "
    "come from different drivers. In a container, the image brings a driver library of its own.",
    "doctor.fabric-manager.not-running": "The fabric manager does not run",
    "doctor.fabric-manager.not-running.text": "On a machine with NVSwitch no CUDA program starts "
    "without it; `nvidia-smi` looks healthy all the same.",
    "doctor.fabric-manager.not-running.text.stopped": "It is installed and stopped. On a machine "
    "with NVSwitch no CUDA program starts without it.",
    "doctor.fabric-manager.not-running.text.absent": "It is not installed. On a machine with "
    "NVSwitch no CUDA program starts without it.",
    "doctor.fabric-manager.not-running.text.version": "It is version {version}, and the driver is "
    "{driver}. Both must be exactly the same.",
    "doctor.driver.unknown-error": "CUDA reports an unknown error",
    "doctor.driver.unknown-error.text": "Error 999 at the very start usually means that the module "
    "`nvidia_uvm` is stuck, as after a suspend.",
    "doctor.driver.nvml-failed": "The driver does not answer",
    "doctor.driver.nvml-failed.text": "The driver's library reports: {detail}",
    "doctor.driver.nvml-failed.text.timeout": "The driver's library did not answer in time. The "
    "card or the driver hangs.",
    "doctor.driver.nvml-failed.text.unknown": "The driver's library could not be started.",
    # the cards
    "doctor.gpu.none": "No NVIDIA GPU",
    "doctor.gpu.none.text": "There is none on this machine; PyTorch computes on the processor.",
    "doctor.gpu.lost": "A GPU is lost",
    "doctor.gpu.lost.text": "GPU {index} ({gpu}) has fallen off the bus: it answers no more. That "
    "is "
    "power, heat, its slot, or the card itself.",
    "doctor.gpu.lost.text.unknown": "A GPU has fallen off the bus: it answers no more. That is "
    "power, heat, its slot, or the card itself.",
    "doctor.gpu.no-handle": "The driver counts a card that it cannot use",
    "doctor.gpu.no-handle.text": "GPU {index} ({gpu}) is there, and the driver gets no access to "
    "it.",
    "doctor.gpu.no-handle.text.unknown": "A card is there, and the driver gets no access to it.",
    "doctor.gpu.none-found": "The driver runs, but finds no card",
    "doctor.gpu.none-found.text": "The driver could not start the card. The kernel's log says why.",
    "doctor.gpu.bar-unassigned": "The firmware gave the card no room in memory",
    "doctor.gpu.bar-unassigned.text": "The card's memory window could not be placed. Large cards "
    "need the setting `Above 4G Decoding`.",
    "doctor.gpu.gsp-failed": "The card's own processor did not start",
    "doctor.gpu.gsp-failed.text": "The driver could not start the card's firmware (GSP).",
    "doctor.gpu.mig-empty": "MIG is on, and no slice has been made",
    "doctor.gpu.mig-empty.text": "GPU {index} ({gpu}) is divided into nothing, so no program finds "
    "a device on it.",
    "doctor.gpu.not-visible": "CUDA_VISIBLE_DEVICES hides the GPUs",
    "doctor.gpu.not-visible.text": "Its value is `{value}`, so programs see no GPU.",
    "doctor.gpu.not-visible.text.empty": "It is set to `{value}`, so programs see no GPU at all.",
    "doctor.gpu.not-visible.text.beyond": "It names GPU `{value}`, and there are only {count}, "
    "counted from 0.",
    "doctor.gpu.not-visible.text.unknown-uuid": "It names `{value}`, which is no GPU of this "
    "machine.",
    "doctor.gpu.not-visible.text.unreadable": "Its value `{value}` names no GPU.",
    "doctor.gpu.not-visible.text.job": "A job counts its own GPUs from 0. This one was given "
    "`{mine}`, and the value `{value}` comes from somewhere else.",
    "doctor.gpu.not-visible.text.unknown": "The variable hides all GPUs from programs.",
    "doctor.gpu.busy": "The GPU takes no further program",
    "doctor.gpu.busy.text": "CUDA says that the GPU is busy or unavailable.",
    "doctor.gpu.busy.text.exclusive": "GPU {index} ({gpu}) is set to serve one process only, and "
    "process {pid} of {user} has it.",
    "doctor.gpu.busy.text.prohibited": "GPU {index} ({gpu}) is set to take no compute program.",
    "doctor.gpu.busy.text.unknown": "CUDA says that the GPU is busy or unavailable: it serves one "
    "process only, or none.",
    "doctor.gpu.memory-taken": "Others hold nearly all of a GPU's memory",
    "doctor.gpu.memory-taken.text": "GPU {index} ({gpu}): {used} of {total} MiB are taken, by: "
    "{owners}.",
    "doctor.gpu.memory-taken.text.other-free": "GPU {index} ({gpu}): {used} of {total} MiB are "
    "taken, by: {owners}. There is room on GPU {free}.",
    "doctor.gpu.ecc": "The GPU's memory has errors",
    "doctor.gpu.ecc.text": "Memory errors were found that cannot be corrected.",
    "doctor.gpu.ecc.text.errors": "GPU {index} ({gpu}) counts {count} memory errors that could not "
    "be corrected.",
    "doctor.gpu.ecc.text.worn": "GPU {index} ({gpu}) has no spare memory left to replace bad "
    "cells.",
    "doctor.gpu.ecc.text.pending": "GPU {index} ({gpu}) has replaced bad memory, which takes "
    "effect "
    "after a reset.",
    "doctor.gpu.ecc.text.logged": "The kernel's log names memory errors of a GPU.",
    "doctor.gpu.ecc.text.unknown": "CUDA met a memory error that could not be corrected.",
    "doctor.gpu.throttled": "A GPU is slowed down",
    "doctor.gpu.throttled.text": "GPU {index} ({gpu}) slows itself down at {degrees} °C.",
    "doctor.gpu.throttled.text.heat": "GPU {index} ({gpu}) slows itself down because of heat, at "
    "{degrees} °C.",
    "doctor.gpu.throttled.text.power": "GPU {index} ({gpu}) is slowed down by the power supply.",
    # where we run
    "doctor.container.no-gpu": "The container was started without GPUs",
    "doctor.container.no-gpu.text": "Nothing of a GPU was handed into this container ({kind}).",
    "doctor.container.no-gpu.text.unknown": "Nothing of a GPU was handed into the container.",
    "doctor.container.no-library": "The container has the GPU, but not the driver's library",
    "doctor.container.no-library.text": "The device files are there and `libcuda.so.1` is not: "
    "only "
    "other parts of the driver were asked for.",
    "doctor.container.gpu-lost": "A running container has lost its GPUs",
    "doctor.container.gpu-lost.text": "It worked when it was started. A reload of systemd on the "
    "host takes the devices away from containers.",
    "doctor.container.shm-small": "The container has little shared memory",
    "doctor.container.shm-small.text": "The shared memory, /dev/shm, holds {size} MiB. The "
    "workers of a DataLoader and "
    "NCCL pass their data through it and stop when it is full.",
    "doctor.container.shm-small.text.unknown": "The shared memory, /dev/shm, is full or too "
    "small. The workers of a "
    "DataLoader and NCCL pass their data through it.",
    "doctor.container.toolkit-missing": "Docker does not know how to hand out GPUs",
    "doctor.container.toolkit-missing.text": "NVIDIA's container toolkit is missing on the host, "
    "or "
    "Docker has not been told of it.",
    "doctor.container.host-driver-missing": "The host of the container has no driver",
    "doctor.container.host-driver-missing.text": "The container toolkit found no NVIDIA driver on "
    "the host.",
    "doctor.container.host-driver-broken": "The driver of the container's host does not work",
    "doctor.container.host-driver-broken.text": "The container toolkit reached the host's driver "
    "and got an error.",
    "doctor.container.driver-too-old": "The image needs a newer driver than the host has",
    "doctor.container.driver-too-old.text": "The image asks for a CUDA that the host's driver does "
    "not serve.",
    "doctor.wsl.driver-missing": "Windows hands no GPU to its Linux",
    "doctor.wsl.driver-missing.text": "The driver's library that Windows puts into "
    "`/usr/lib/wsl/lib` is not there.",
    "doctor.wsl.driver-missing.text.no-device": "`/dev/dxg` is not there: the Windows driver or "
    "WSL "
    "itself is too old, or there is no NVIDIA GPU.",
    "doctor.wsl.driver-missing.text.wsl1": "This is WSL 1, which has no GPU.",
    "doctor.wsl.driver-missing.text.unknown": "In WSL, the driver comes from Windows, and nothing "
    "of it arrives.",
    "doctor.wsl.gpu-blocked": "Windows blocks the GPU",
    "doctor.wsl.gpu-blocked.text": "The system refuses access to the GPU. That happens after an "
    "update of the Windows driver.",
    "doctor.wsl.library-shadowed": "A Linux driver inside WSL hides the one of Windows",
    "doctor.wsl.library-shadowed.text": "`{path}` stands before the library that Windows brings.",
    "doctor.wsl.library-shadowed.text.packages": "The packages {packages} put `{path}` before the "
    "library that Windows brings. No Linux driver belongs into WSL.",
    "doctor.cloud.no-gpu": "This notebook runs without a GPU",
    "doctor.cloud.no-gpu.text": "The notebook's settings ask for none.",
    "doctor.cloud.no-gpu.text.colab": "The runtime of this Colab notebook is one without a GPU.",
    "doctor.cloud.no-gpu.text.kaggle": "The accelerator of this Kaggle notebook is set to none.",
}
