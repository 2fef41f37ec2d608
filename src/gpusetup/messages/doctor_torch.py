"""Sentences of the doctor about torch, its driver, its GPUs and its environment."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.driver.too-old": "The driver is too old for this PyTorch",
    "doctor.driver.too-old.text": (
        "PyTorch {torch} brings CUDA {cuda}, which needs driver {minimum} or newer. This machine"
        " has {driver}."
    ),
    "doctor.driver.too-old.text.unknown": (
        "PyTorch says that the driver is older than its CUDA needs. Which driver that is does not"
        " stand in the text."
    ),
    "doctor.driver.too-old.how": (
        "The driver's version is held against the minimum of the CUDA that torch was built with"
        " (on Windows and in WSL against Windows' own minimum), or torch itself complains. Where"
        " CUDA is available all the same, through a compatibility library, nothing is said."
    ),
    "doctor.driver.too-old.fix": (
        "Install a build of PyTorch that this driver serves, or update the driver to {minimum} or"
        " newer."
    ),
    "doctor.driver.too-old.fix.build": (
        "PyTorch {best} ({build}) runs on the driver as it is. Or update the driver to {minimum}"
        " or newer."
    ),
    "doctor.driver.too-old.fix.last": (
        "The newest driver for this GPU is R{last}, so no update helps: PyTorch {best} ({build})"
        " is the newest that runs here."
    ),
    "doctor.driver.too-old.fix.host": (
        "The driver belongs to the host, not to this container: take PyTorch {best} ({build}), or"
        " ask whoever runs the host for driver {minimum} or newer."
    ),
    "doctor.driver.too-old.fix.shared": (
        "Take PyTorch {best} ({build}), which this driver serves. A newer driver is up to the"
        " administrator of the machine."
    ),
    "doctor.driver.too-old.fix.windows": (
        "Update the NVIDIA driver in Windows (not inside Linux) to {minimum} or newer, then run"
        " `wsl --shutdown` in Windows."
    ),
    "doctor.torch.not-installed": "PyTorch is not installed in this environment",
    "doctor.torch.not-installed.text": (
        "The Python that ran has no torch to import: it is another environment than the one"
        " meant, or torch was never installed in it."
    ),
    "doctor.torch.not-installed.how": (
        "No package torch lies in the environment, a report says `PyTorch version: N/A`, or"
        " Python answers `No module named 'torch'`."
    ),
    "doctor.torch.not-installed.fix": (
        "Activate the environment that has torch, or install it here: `gpusetup init --into NAME`."
    ),
    "doctor.torch.damaged": "Files of PyTorch itself are missing or damaged",
    "doctor.torch.damaged.text": (
        "PyTorch is installed, but not whole: `{file}` is missing or cut. A full disk, an "
        "installation that was stopped or a cleaning program can do that."
    ),
    "doctor.torch.damaged.text.mixed": (
        "PyTorch's own libraries do not belong together: `{file}` asks another one for a function "
        "that it does not have. Two installations lie over each other, or another libtorch is "
        "loaded first."
    ),
    "doctor.torch.damaged.text.unnamed": (
        "PyTorch is installed, but its own library or its `__init__.py` is not what it was "
        "installed as."
    ),
    "doctor.torch.damaged.how": (
        "The files that the installer has written down for torch are looked for, and libraries "
        "that end too early; or the loader cannot find one of torch's own libraries while torch "
        "itself is imported."
    ),
    "doctor.torch.cpu-build": "PyTorch is a build without CUDA",
    "doctor.torch.cpu-build.text": (
        "The installed PyTorch {torch} was built for processors only. It cannot use a GPU,"
        " whatever driver is there."
    ),
    "doctor.torch.cpu-build.how": (
        "The version ends in `+cpu`, `torch.version.cuda` is None, or torch says that it was not"
        " compiled with CUDA; and a GPU is there, or a program asked for one."
    ),
    "doctor.torch.cpu-build.fix": (
        "Replace it with a CUDA build. On Windows, and in old commands, plain `pip install torch`"
        " takes the CPU build: name the index."
    ),
    "doctor.torch.cpu-build.fix.build": (
        "Replace it with PyTorch {best} ({build}), which runs on this machine."
    ),
    "doctor.torch.conda-cpu-build": "conda chose the CPU build of PyTorch",
    "doctor.torch.conda-cpu-build.text": (
        "The environment holds conda's CPU build of PyTorch {torch}. It comes with the package"
        " `cpuonly`, where an old command names a `cudatoolkit` that does not exist, or where"
        " conda saw no driver while it solved."
    ),
    "doctor.torch.conda-cpu-build.how": (
        "conda's build string of pytorch has `cpu` in it, or `cpuonly` or `pytorch-mutex … cpu`"
        " is installed."
    ),
    "doctor.torch.conda-cpu-build.fix": (
        "Remove `cpuonly` and ask for a CUDA build by name. On a machine without a driver set"
        " `CONDA_OVERRIDE_CUDA` while conda solves."
    ),
    "doctor.torch.conda-cpu-build.fix.build": (
        "PyTorch {best} ({build}) runs on this machine. Remove `cpuonly` first."
    ),
    "doctor.torch.arm-cpu-wheel": "The wheel for this ARM machine has no CUDA",
    "doctor.torch.arm-cpu-wheel.text": (
        "On aarch64 the plain wheel of PyTorch is a CPU build up to 2.10, and Jetsons need"
        " NVIDIA's own builds. PyTorch {torch} here cannot use the GPU."
    ),
    "doctor.torch.arm-cpu-wheel.how": "The machine is aarch64, and torch was built without CUDA.",
    "doctor.torch.arm-cpu-wheel.fix": (
        "On a server or a DGX Spark take a CUDA build from the PyTorch index (cu128 or newer). On"
        " a Jetson take the wheel that NVIDIA offers for your JetPack."
    ),
    "doctor.torch.arm-cpu-wheel.fix.build": (
        "Replace it with PyTorch {best} ({build}), which runs on this machine. On a Jetson take"
        " the wheel that NVIDIA offers for your JetPack."
    ),
    "doctor.torch.rocm-build": "PyTorch was built for AMD GPUs",
    "doctor.torch.rocm-build.text": (
        "PyTorch {torch} is a ROCm build, and the GPU here is NVIDIA's."
    ),
    "doctor.torch.rocm-build.how": "`torch.version.hip` is set, and an NVIDIA GPU is there.",
    "doctor.torch.rocm-build.fix": "Install a CUDA build instead.",
    "doctor.torch.gpu-too-new": "The GPU is newer than this PyTorch",
    "doctor.torch.gpu-too-new.text": (
        "{gpu} has compute capability {capability}. PyTorch {torch} holds code for {served}, and"
        " none of it runs on {architecture}."
    ),
    "doctor.torch.gpu-too-new.text.unknown": (
        "{gpu} has compute capability {capability}, and this PyTorch has no code that runs on it."
    ),
    "doctor.torch.gpu-too-new.how": (
        "The GPU's compute capability is held against the architectures of the build: by torch's"
        " own list, by the matrix, or by torch's warning. Code for an older GPU of the same"
        " generation counts."
    ),
    "doctor.torch.gpu-too-new.fix": "Install a newer PyTorch, built for a newer CUDA.",
    "doctor.torch.gpu-too-new.fix.build": (
        "PyTorch {best} ({build}) has code for every GPU of this machine."
    ),
    "doctor.torch.gpu-too-old": "The GPU is older than this PyTorch supports",
    "doctor.torch.gpu-too-old.text": (
        "{gpu} has compute capability {capability}. PyTorch {torch} holds code for {served} only."
    ),
    "doctor.torch.gpu-too-old.text.unknown": (
        "{gpu} has compute capability {capability}, which this PyTorch no longer supports."
    ),
    "doctor.torch.gpu-too-old.how": (
        "As for GPUs that are too new. A small old card beside a newer one that is served is only"
        " a remark."
    ),
    "doctor.torch.gpu-too-old.fix": (
        "Install a build that still has code for this GPU: an older PyTorch, or the same one for"
        " an older CUDA."
    ),
    "doctor.torch.gpu-too-old.fix.build": (
        "PyTorch {best} ({build}) is the newest that has code for this GPU. A newer driver"
        " changes nothing about that."
    ),
    "doctor.torch.no-kernel-image": "PyTorch has no code for this GPU",
    "doctor.torch.no-kernel-image.text": (
        "A kernel was started that was not compiled for this GPU. The text does not tell which"
        " GPU and which build, so it may be too new or too old for it."
    ),
    "doctor.torch.no-kernel-image.how": (
        "The line `no kernel image is available`, without the facts that would tell more."
    ),
    "doctor.torch.no-kernel-image.fix": (
        "Add the output of `nvidia-smi` and `python -m torch.utils.collect_env`; or let `gpusetup"
        " init` choose a build on that machine."
    ),
    "doctor.torch.cuda-unavailable": "CUDA is not available, and nothing here says why",
    "doctor.torch.cuda-unavailable.text": (
        "PyTorch was built with CUDA and a GPU is there or wanted, yet"
        " `torch.cuda.is_available()` is False."
    ),
    "doctor.torch.cuda-unavailable.how": "Judged last, only where no other check found an error.",
    "doctor.torch.cuda-unavailable.fix": (
        'Run `python -c "import torch; torch.zeros(1).cuda()"` there: the error that it prints'
        " tells the cause. Or run `gpusetup doctor` on that machine."
    ),
    "doctor.torch.no-gpu-visible": "CUDA sees no GPU",
    "doctor.torch.no-gpu-visible.text": (
        "The driver answers, but CUDA counts no GPU. The text does not tell whether they are"
        " hidden, taken away, or not there."
    ),
    "doctor.torch.no-gpu-visible.how": (
        "Lines such as `No CUDA GPUs are available`, and no other finding that explains them."
    ),
    "doctor.torch.no-gpu-visible.fix": (
        "Look at `echo $CUDA_VISIBLE_DEVICES` and `nvidia-smi -L` in the same shell, container or"
        " job."
    ),
    "doctor.gpu.memory-taken.text.told": (
        "Other programs hold {used} of the {total} MiB of this GPU."
    ),
    "doctor.gpu.invalid-ordinal": "The program asks for a GPU that is not there",
    "doctor.gpu.invalid-ordinal.text": (
        "A device number is used that this process does not have. Numbers start at 0 and count"
        " only the visible GPUs."
    ),
    "doctor.gpu.invalid-ordinal.how": "The line `invalid device ordinal`.",
    "doctor.gpu.invalid-ordinal.fix": (
        "Use a number below `torch.cuda.device_count()`, and start no more processes than there"
        " are GPUs."
    ),
    "doctor.environment.torch-shadowed": "Python imports something else named torch",
    "doctor.environment.torch-shadowed.text": (
        "`{path}` is found before the installed package {module}."
    ),
    "doctor.environment.torch-shadowed.how": (
        "A file or folder of that name lies beside the script, or PYTHONPATH or a .pth file names"
        " its folder."
    ),
    "doctor.environment.torch-shadowed.fix": "Rename that file, or start Python in another folder.",
    "doctor.environment.torch-shadowed.fix.pythonpath": (
        "Take the folder out of PYTHONPATH. The command empties it in this terminal; if it is set"
        " again in a new one, remove the line from your shell's start file (`~/.bashrc`)."
    ),
    "doctor.environment.torch-shadowed.fix.pth-file": "Remove the .pth file that adds the folder.",
    "doctor.environment.user-site-shadows": (
        "A package in your home folder hides the environment's own"
    ),
    "doctor.environment.user-site-shadows.text": (
        "{module} is imported from the user's own folder ({path}), although an environment or an"
        " image with a torch of its own is in use."
    ),
    "doctor.environment.user-site-shadows.how": (
        "The folder that torch is imported from is `~/.local/lib/pythonX.Y` (or"
        " `AppData\\Roaming\\Python`), and the interpreter belongs to an environment or an image."
    ),
    "doctor.environment.user-site-shadows.fix": (
        "Set `PYTHONNOUSERSITE=1`, or uninstall the copy in the home folder with the environment"
        " deactivated."
    ),
    "doctor.environment.two-torches": "Two copies of PyTorch are installed",
    "doctor.environment.two-torches.text": (
        "{first} and {second} lie in the same environment. Which of them is imported depends on"
        " their order."
    ),
    "doctor.environment.two-torches.how": (
        "The environment holds torch more than once: two folders, or one by conda and one by pip."
    ),
    "doctor.environment.two-torches.fix": "Uninstall both, then install the one that is meant.",
    "doctor.machine.macos": "There is no CUDA on macOS",
    "doctor.machine.macos.text": (
        "PyTorch for macOS has no CUDA, and NVIDIA has made no driver for it since 2018. A"
        " program here asks for CUDA."
    ),
    "doctor.machine.macos.how": (
        "The text comes from a Mac, and a program or a command asks for CUDA."
    ),
    "doctor.machine.macos.fix": (
        "On Apple silicon use the device `mps` instead of `cuda`, on Intel Macs `cpu`. For CUDA"
        " take another machine."
    ),
    "doctor.machine.amd-gpu": "The GPU here is AMD's",
    "doctor.machine.amd-gpu.text": (
        "CUDA needs an NVIDIA GPU. This machine has one of AMD, and no other is named."
    ),
    "doctor.machine.amd-gpu.how": (
        "A GPU of AMD is named, no NVIDIA GPU is, torch is no ROCm build, and CUDA is wanted."
    ),
    "doctor.machine.amd-gpu.fix": (
        "On Linux the ROCm build of PyTorch uses many AMD GPUs, under the name `cuda`. Else"
        " compute on the processor."
    ),
    "doctor.machine.intel-gpu": "The only GPU here is Intel's",
    "doctor.machine.intel-gpu.text": "CUDA needs an NVIDIA GPU, and none is named in this text.",
    "doctor.machine.intel-gpu.how": (
        "A GPU of Intel is named, no NVIDIA GPU is, and CUDA is wanted."
    ),
    "doctor.machine.intel-gpu.fix": (
        "Compute on the processor. PyTorch has `xpu` builds for Intel Arc."
    ),
    "doctor.system.glibc-too-old": "The system's C library is too old",
    "doctor.system.glibc-too-old.text": (
        "A package needs GLIBC {needed}, and this system has an older one. It cannot be replaced"
        " without a newer system."
    ),
    "doctor.system.glibc-too-old.how": "The loader says that a version `GLIBC_2.xx` is not found.",
    "doctor.system.glibc-too-old.fix": (
        "Take a release of the package that was built for older systems (torch: 2.6 or older on"
        " CentOS 7), or work in a container with a newer system."
    ),
    "doctor.system.libstdcxx-too-old": "An old C++ library is loaded first",
    "doctor.system.libstdcxx-too-old.text": (
        "A package needs {needed}, and the libstdc++ that is loaded does not have it. Often the"
        " system's is found before the environment's."
    ),
    "doctor.system.libstdcxx-too-old.how": (
        "The loader says that a version `GLIBCXX_…` or `CXXABI_…` is not found."
    ),
    "doctor.system.libstdcxx-too-old.fix": (
        "Install `libstdcxx-ng` from conda-forge into the environment, and take folders with an"
        " older copy out of LD_LIBRARY_PATH."
    ),
    "doctor.system.paging-file": "Windows' paging file is too small",
    "doctor.system.paging-file.text": (
        "Loading the CUDA libraries reserves much memory, and Windows had none left to promise."
    ),
    "doctor.system.paging-file.how": "WinError 1455.",
    "doctor.system.paging-file.fix": (
        "Make the paging file larger in Windows' settings, or start fewer worker processes."
    ),
    "doctor.system.dll-missing": "A library that PyTorch needs is missing in Windows",
    "doctor.system.dll-missing.text": (
        "Windows cannot load a library of torch, or one that it depends on: mostly the Visual C++"
        " runtime."
    ),
    "doctor.system.dll-missing.how": (
        "WinError 126, 127, 193 or 1114 while torch is imported, or `DLL load failed`."
    ),
    "doctor.system.dll-missing.fix": (
        "Install the Microsoft Visual C++ Redistributable (x64) and try again. If it stays,"
        " reinstall torch in a fresh environment; for `fbgemm.dll` torch 2.4.1 or newer."
    ),
}
