"""Sentences of the doctor's remedies: what to do, or what a plan of ours does.

No sentence names `sudo`: the commands do, where this user has it.
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.by-hand": "To be done by hand",
    "doctor.remedy.rented": "This container is rented ({cloud}), and its host is not yours: choose "
    "another instance, or ask the provider.",
    # the kernel module
    "doctor.remedy.driver.not-installed": "Install the driver, branch {branch} or the newest that "
    "your "
    "distribution has, with the {flavour} kernel module; then restart the computer.",
    "doctor.remedy.driver.nouveau-bound": "Install NVIDIA's driver. It takes the card over at the "
    "next "
    "start of the computer.",
    "doctor.remedy.driver.secure-boot": "Enrol the key that the module is signed with: choose a "
    "password, restart, and choose `Enroll MOK` in the blue screen before the system starts. Or "
    "turn "
    "Secure Boot off in the firmware.",
    "doctor.remedy.driver.module-missing": "Build the module for kernel {kernel} and load it.",
    "doctor.remedy.driver.open-module-unsupported": "Install the proprietary kernel module (branch "
    "{branch}) in place of the open one, and restart.",
    "doctor.remedy.driver.closed-module-unsupported": "Install the open kernel module in place of "
    "the "
    "proprietary one, and restart.",
    "doctor.remedy.driver.too-old-for-gpu": "Install a later branch of the driver, and restart.",
    "doctor.remedy.driver.too-new-for-gpu": "Install branch {branch} of the driver, the last one "
    "for "
    "this card, and restart.",
    "doctor.remedy.driver.not-loaded": "Load the module. If that fails, the kernel's log says why.",
    "doctor.remedy.driver.library-mismatch": "Restart the computer.",
    "doctor.remedy.driver.no-permission": "The device files of the card have to be opened for "
    "you. In "
    "a container, start it again with GPU access.",
    "doctor.remedy.driver.no-permission.group": "Join the group that may use the card, then log in "
    "again.",
    "doctor.remedy.driver.uvm-missing": "Load the module of CUDA, which makes the file.",
    "doctor.remedy.driver.stub-library": "Take the folder that ends in `stubs` out of "
    "LD_LIBRARY_PATH.",
    "doctor.remedy.driver.forward-compatibility": "Take the folder `compat` out of "
    "LD_LIBRARY_PATH (in "
    "a container: out of the image), or use a PyTorch for the driver as it is.",
    "doctor.remedy.driver.cuda-mismatch": "In a container, take the driver's library out of the "
    "image: "
    "the host hands its own in. Elsewhere, restart the computer.",
    "doctor.remedy.driver.unknown-error": "Load the module `nvidia_uvm` anew. If it is in use, "
    "restart "
    "the computer.",
    "doctor.remedy.driver.nvml-failed": "Restart the computer. In a container, start it again.",
    "doctor.remedy.fabric-manager.not-running": "Start the fabric manager. On a rented machine "
    "that is "
    "the provider's task.",
    "doctor.remedy.fabric-manager.not-running.version": "Install the fabric manager in version "
    "{driver}, the driver's own, and start it.",
    "doctor.remedy.fabric-manager.not-running.absent": "Install the package of the fabric manager "
    "in "
    "version {driver}, the driver's own, and start it.",
    # the cards
    "doctor.remedy.gpu.none": "Nothing is to be done.",
    "doctor.remedy.gpu.lost": "Restart the computer. If it happens again, check the card's power "
    "cables, its cooling and its slot.",
    "doctor.remedy.gpu.no-handle": "Restart the computer. If it stays, try the card in another "
    "slot.",
    "doctor.remedy.gpu.none-found": "Look at the lines with `NVRM` in the kernel's log.",
    "doctor.remedy.gpu.bar-unassigned": "Turn on `Above 4G Decoding` and `Resizable BAR` in the "
    "firmware (BIOS).",
    "doctor.remedy.gpu.gsp-failed": "Turn the computer off and on again. If it stays, install "
    "another "
    "version of the driver.",
    "doctor.remedy.gpu.mig-empty": "Make slices with `nvidia-smi mig -cgi`, or turn MIG off.",
    "doctor.remedy.gpu.not-visible": "Remove the variable from this shell, and from where it is "
    "set.",
    "doctor.remedy.gpu.not-visible.job": "Give the variable the value that the scheduler wrote, "
    "and "
    "remove the line that sets another one: it stands in a start file or in the job's script.",
    "doctor.remedy.gpu.busy": "Choose another GPU with CUDA_VISIBLE_DEVICES, or wait for its "
    "program "
    "to end.",
    "doctor.remedy.gpu.busy.exclusive": "Choose another GPU, wait for its program to end, or let "
    "the "
    "GPU serve several programs.",
    "doctor.remedy.gpu.busy.prohibited": "Let the GPU take compute programs again.",
    "doctor.remedy.gpu.memory-taken": "Wait, or ask the owners of the programs; a batch of half "
    "the "
    "size needs less.",
    "doctor.remedy.gpu.memory-taken.other-free": "Use a GPU that is free.",
    "doctor.remedy.gpu.ecc": "Save what you have and do not trust results of this card. It has to "
    "be "
    "reset, and replaced if the errors come back.",
    "doctor.remedy.gpu.ecc.pending": "Reset the GPU when nobody uses it, or restart the computer.",
    "doctor.remedy.gpu.throttled": "Check fans, dust and the flow of air, and the power supply "
    "with "
    "its cables.",
    # where we run
    "doctor.remedy.container.no-gpu": "Start the container again with GPU access.",
    "doctor.remedy.container.no-gpu.kubernetes": "Ask for `nvidia.com/gpu: 1` under "
    "`resources.limits` of the pod.",
    "doctor.remedy.container.no-gpu.rented": "Choose an instance with a GPU, or the mode with a "
    "GPU, "
    "in the provider's console.",
    "doctor.remedy.container.no-library": "Start the container again with the capabilities "
    "`compute` "
    "and `utility`.",
    "doctor.remedy.container.gpu-lost": "Start the container again. For good: use CDI, or the "
    "driver "
    "`cgroupfs`, as NVIDIA's container toolkit describes.",
    "doctor.remedy.container.shm-small": "Start the container again with more shared memory.",
    "doctor.remedy.container.toolkit-missing": "Install NVIDIA's container toolkit on the host and "
    "tell Docker of it.",
    "doctor.remedy.container.host-driver-missing": "Install the NVIDIA driver on the host.",
    "doctor.remedy.container.host-driver-broken": "Make `nvidia-smi` work on the host first.",
    "doctor.remedy.container.driver-too-old": "Use an image with an older CUDA, or have the host's "
    "driver updated.",
    "doctor.remedy.wsl.driver-missing": "Install or update the NVIDIA driver in Windows, never "
    "inside "
    "WSL; update WSL and start it again.",
    "doctor.remedy.wsl.driver-missing.wsl1": "Turn this Linux into one of WSL 2.",
    "doctor.remedy.wsl.gpu-blocked": "Close WSL in Windows and open it again.",
    "doctor.remedy.wsl.library-shadowed": "Take the folder of that library out of LD_LIBRARY_PATH.",
    "doctor.remedy.wsl.library-shadowed.packages": "Remove the Linux driver from WSL.",
    "doctor.remedy.cloud.no-gpu": "Choose a GPU in the notebook's settings (Colab: Runtime, Change "
    "runtime type; Kaggle: Settings, Accelerator), and run it again.",
    "doctor.remedy.environment.python-broken": "Make the environment again, with its name for "
    "NAME; the Python that it was made with may have been removed or updated.",
    "doctor.remedy.torch.cuda-unused": "Nothing has to be done. `gpusetup init --cpu` makes a "
    "smaller "
    "environment.",
    "doctor.remedy.torch.import-failed": "Make the environment again, with its name for NAME (the "
    "old one is kept aside), and copy the error into your question if that fails too.",
    "doctor.remedy.torch.import-failed.here": "Make the environment again (the old one is kept "
    "aside), and copy the error into your question if that fails too.",
    "doctor.remedy.torch.damaged.here": "Make the environment again (the old one is kept aside). "
    "Should it be the same afterwards, the package cache holds the damaged files: clear it with "
    "`uv cache clean torch`, and make the environment once more.",
    "doctor.remedy.torch.damaged": "Make the environment again, with its name for NAME (the old "
    "one is kept aside). Should it be the same afterwards, the package cache holds the damaged "
    "files: clear it with `uv cache clean torch`, and make the environment once more.",
    "doctor.remedy.torch.proof-failed": "Run `gpusetup verify --full` for every check, and pass "
    "its "
    "output on.",
    # installers, shell, room
    "doctor.remedy.conda.config-broken": "Correct the line in an editor.",
    "doctor.remedy.pip.config-broken": "Correct the line in an editor.",
    "doctor.remedy.uv.config-broken": "Correct the line in an editor.",
    "doctor.remedy.conda.dead-channel": "Remove the line; `gpusetup mirrors` can choose a mirror "
    "that "
    "works.",
    "doctor.remedy.pip.dead-index": "Remove the line; `gpusetup mirrors` can choose a mirror that "
    "works.",
    "doctor.remedy.uv.dead-index": "Remove the line; `gpusetup mirrors` can choose a mirror that "
    "works.",
    "doctor.remedy.conda.dead-channel.unknown-host": (
        "Connect to the network that knows the name, such as a VPN. If it is gone for good, remove"
        " the line."
    ),
    "doctor.remedy.pip.dead-index.unknown-host": (
        "Connect to the network that knows the name, such as a VPN. If it is gone for good, remove"
        " the line."
    ),
    "doctor.remedy.uv.dead-index.unknown-host": (
        "Connect to the network that knows the name, such as a VPN. If it is gone for good, remove"
        " the line."
    ),
    "doctor.remedy.conda.channel-alias": "Remove the line, and name the channels of the mirror "
    "under "
    "`custom_channels`.",
    "doctor.remedy.conda.conflicting-channels": "Use one of them, or set the priority to strict.",
    "doctor.remedy.pip.conflicting-indexes": "Remove it from the configuration, and name that "
    "index "
    "only in the command that installs PyTorch.",
    "doctor.remedy.pip.config-unread": "Move it to where pip looks: `pip config debug` lists the "
    "places.",
    "doctor.remedy.proxy.dead": "Start the proxy, or remove its variables from this shell and from "
    "where they are set.",
    "doctor.remedy.cache.damaged": "Clear the cache of the installer.",
    "doctor.remedy.shell.library-path-overwritten": "Add to the variable instead: "
    '`export LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}/folder"`.',
    "doctor.remedy.shell.dead-path": "Remove the line when you like.",
    "doctor.remedy.environment.library-shadowed.module": "Unload the module, and take its `module "
    "load` out of the job's script or the start file.",
    "doctor.remedy.environment.library-shadowed": "Take that folder out of LD_LIBRARY_PATH; "
    "PyTorch "
    "brings its own libraries.",
    "doctor.remedy.room.disk-full": (
        "Free some room: caches of installers first, then old environments. If only the folder of "
        "temporary files is full, `TMPDIR=/a/larger/disk pip install ...` goes around it."
    ),
    "doctor.remedy.room.disk-low": "Free some room before you install: caches of installers first, "
    "then old environments.",
    "doctor.remedy.room.memory-small": "Add swap space, or load the data in smaller pieces.",
    "doctor.remedy.room.memory-small.container": "Give the container more memory, or load the "
    "data in "
    "smaller pieces.",
    # what our own plans do
    "doctor.fix.conda.config-broken": "Turn the lines that conda cannot read into comments.",
    "doctor.fix.pip.config-broken": "Turn the lines that pip cannot read into comments.",
    "doctor.fix.uv.config-broken": "Turn the lines that uv cannot read into comments.",
    "doctor.fix.conda.dead-channel": "Take the dead channels out of the file.",
    "doctor.fix.pip.dead-index": "Take the dead index out of the file.",
    "doctor.fix.uv.dead-index": "Take the dead index out of the file.",
    "doctor.fix.conda.channel-alias": "Turn the line into a comment: conda's own alias is right.",
    "doctor.fix.shell.library-path-overwritten": "Change the line so that it keeps what others "
    "have "
    "set. It takes effect in new terminals.",
    "doctor.fix.shell.library-path-overwritten.dead": "Turn the line into a comment. That takes "
    "effect in new terminals.",
    "doctor.fix.environment.library-shadowed": "Change the line that sets the variable. It takes "
    "effect in new terminals.",
    "doctor.fix.gpu.not-visible": "Turn the line that sets the variable into a comment. It takes "
    "effect in new terminals.",
    "doctor.fix.cache.damaged": "Set the damaged files aside; the installer fetches them again.",
    "doctor.fix.environment.user-site-shadows": "Let this environment, and no other, leave your "
    "personal packages out.",
    "doctor.fix.packages.torchvision-mismatch": "Install the torchvision that belongs to this "
    "PyTorch.",
    "doctor.fix.packages.torchaudio-mismatch": "Install the torchaudio that belongs to this "
    "PyTorch.",
    "doctor.fix.packages.missing": "Install what is missing; nothing that is there changes.",
    "doctor.fix.packages.numpy-abi": "Install NumPy 1, for which this PyTorch was built.",
    "doctor.fix.torch": "Install PyTorch {torch} ({build}), which runs on this machine as it is.",
    "doctor.need.root": "root",
    "doctor.need.reboot": "a restart",
    "doctor.need.administrator": "your administrator",
    "doctor.need.host": "on the host",
    "doctor.need.windows": "in Windows",
    "doctor.need.bios": "in the firmware (BIOS)",
    "doctor.need.hardware": "a look at the hardware",
    "doctor.verdict.healthy": "Nothing is wrong.",
    "doctor.verdict.degraded": "It works, with warnings.",
    "doctor.verdict.broken": "Something is broken.",
    "doctor.verdict.unknown": "Too little is known to judge.",
    "doctor.bundle.title": "GPU diagnosis",
    "doctor.bundle.made": "Made by gpusetup {version} on {day}. Names, identifiers and passwords "
    "were left out.",
    "doctor.bundle.main": "The main cause.",
    "doctor.bundle.because": "It follows from: {title}",
    "doctor.bundle.machine": "Machine",
    "doctor.bundle.environment": "Environment",
    "doctor.bundle.settings": "Settings",
    "doctor.bundle.readings": "What did not answer",
    "doctor.bundle.skipped": "Not judged",
    "doctor.bundle.written": "Written to {path}, without names, identifiers and passwords.",
    "doctor.fix.offer": "`gpusetup doctor --fix` does this for you, after asking, and can take it "
    "back.",
    "doctor.fix.offer-env": "`gpusetup doctor --fix --python {python}` does this for you, after "
    "asking, and can take it back.",
    "doctor.fix.by-hand": "gpusetup cannot repair this by itself, so nothing was done about it: "
    "please do what stands above, then run `gpusetup doctor` again.",
    "doctor.fix.title": "What will be repaired",
    "doctor.fix.confirm": "Repair this now?",
    "doctor.fix.fixed": "Fixed: {title}",
    "doctor.fix.new-terminal": "Repaired, and in force in new terminals: {title}",
    "doctor.fix.still-there": "Not cured: {title}",
    "doctor.fix.undo": "`gpusetup undo {run}` takes it back.",
    "doctor.fix.failed": "The repair failed. {cause}",
    "doctor.fix.failed.next": "`gpusetup undo {run}` takes back what was done before; the log says "
    "what happened: {log}",
    "doctor.fix.stopped": "The repair was stopped in the middle.",
    "doctor.fix.stopped.next": "Run `gpusetup undo {run}` to take back what was done, or "
    "`gpusetup doctor --fix` to go on.",
    "step.repair-config": "Repair the configuration, and keep the old one",
    "step.repair-mirror": "Switch the dead addresses off, and keep the old file",
    "step.repair-shell": "Repair the shell's start file, and keep the old one",
    "step.set-aside": "Set a damaged file of the cache aside",
    "step.no-user-site": "Keep personal packages out of this environment",
    "step.repair-package": "Install the version that fits",
}
