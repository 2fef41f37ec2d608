"""Sentences of the doctor about what is built or installed here and fails."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.driver.build-failed": "The driver's kernel module cannot be built",
    "doctor.driver.build-failed.text": (
        "The driver comes as source for the kernel, and compiling it failed: most often "
        "the kernel is newer than this driver knows, or the kernel's headers or its "
        "compiler are missing."
    ),
    "doctor.driver.build-failed.how": (
        "dkms or NVIDIA's installer say that the module was not built."
    ),
    "doctor.remedy.driver.build-failed": (
        "The last lines of `make.log` tell the reason. Install the kernel's headers and "
        "build again; if they are there, install a newer branch of the driver, or start "
        "the older kernel from the boot menu."
    ),
    "doctor.driver.packages-mixed": "Packages of two drivers are in each other's way",
    "doctor.driver.packages-mixed.text": (
        "apt cannot install the driver: parts of another version, or of another "
        "repository (NVIDIA's beside the distribution's), are installed or held."
    ),
    "doctor.driver.packages-mixed.how": (
        "apt's unmet dependencies between packages of the driver, or a file that two of them bring."
    ),
    "doctor.remedy.driver.packages-mixed": (
        "Remove all packages of the driver, keep one of the two repositories, and install"
        " one driver from it. Inside WSL install none: Windows brings it."
    ),
    "doctor.driver.repository-key": "apt does not know the key of NVIDIA's repository",
    "doctor.driver.repository-key.text": (
        "NVIDIA changed the key of its repository in April 2022; machines and images from"
        " before have only the old one, so apt refuses it."
    ),
    "doctor.driver.repository-key.how": "apt's line `NO_PUBKEY A4B469963BF863CC`.",
    "doctor.remedy.driver.repository-key": (
        "Install NVIDIA's package with the new key. In a Dockerfile these lines come "
        "before the first `apt update`, or take a newer image."
    ),
    "doctor.container.image-has-driver": "The image contains files of a driver",
    "doctor.container.image-has-driver.text": (
        "The container toolkit wants to put the host's {file} into the container, and the"
        " image has a file of that name: it was saved from a container that ran with a "
        "GPU, or a driver was installed in it."
    ),
    "doctor.container.image-has-driver.how": (
        "nvidia-container-cli's `mount error: file creation failed … file exists`."
    ),
    "doctor.remedy.container.image-has-driver": (
        "Build the image anew with these files removed, as a line `RUN` of its "
        "Dockerfile. Do not install a driver in an image."
    ),
    "doctor.packages.build-isolation": "A package is built where it cannot see PyTorch",
    "doctor.packages.build-isolation.text": (
        "pip and uv build a package in an environment of its own. This one imports torch "
        "while it is built and does not say so, and in there is no torch, even if your "
        "environment has one."
    ),
    "doctor.packages.build-isolation.how": (
        "`No module named 'torch'` while a wheel is built or metadata is prepared, or "
        "uv's hint about a build dependency."
    ),
    "doctor.packages.build-isolation.fix": (
        "Install torch first, by a command of its own. Then install that package without "
        "isolation, or take a ready wheel of it for your torch, CUDA and Python."
    ),
    "doctor.packages.compiler-missing": ("Something has to be compiled, and the tools are missing"),
    "doctor.packages.compiler-missing.text": (
        "Triton, `torch.compile` or a package compiles code here, and there is no C compiler."
    ),
    "doctor.packages.compiler-missing.text.headers": (
        "Triton, `torch.compile` or a package compiles code for Python here, and Python's"
        " header files are missing."
    ),
    "doctor.packages.compiler-missing.text.windows-compiler": (
        "A package compiles code here, and Microsoft's compiler is missing or this "
        "terminal does not know it."
    ),
    "doctor.packages.compiler-missing.text.windows-headers": (
        "Triton compiles code for Python here, and this Python came without its folders "
        "`include` and `libs`, as the portable one of ComfyUI does."
    ),
    "doctor.packages.compiler-missing.how": (
        "`Failed to find C compiler`, `Python.h: No such file or directory`, `Microsoft "
        "Visual C++ 14.0 or greater is required`."
    ),
    "doctor.packages.compiler-missing.fix": (
        "Install a compiler: from the system, or without root from conda-forge."
    ),
    "doctor.packages.compiler-missing.fix.headers": (
        "Install the headers of exactly this Python. A Python of conda or uv brings them:"
        " make the environment with one of these where you are not root."
    ),
    "doctor.packages.compiler-missing.fix.windows-compiler": (
        'Install the Build Tools with "Desktop development with C++", then work in "x64 '
        'Native Tools Command Prompt". Or look for a ready wheel of the package.'
    ),
    "doctor.packages.compiler-missing.fix.windows-headers": (
        "Copy the folders `include` and `libs` of an installed Python of the same version"
        " beside `python.exe`; triton-windows has an archive of them."
    ),
    "doctor.packages.host-compiler": "nvcc refuses the compiler of this system",
    "doctor.packages.host-compiler.text": (
        "The CUDA toolkit is older than the system's compiler and does not work with it."
    ),
    "doctor.packages.host-compiler.text.gcc": (
        "This CUDA toolkit works with gcc {newest} at the most, and the system's gcc is newer."
    ),
    "doctor.packages.host-compiler.how": (
        "The error `unsupported GNU version` or `unsupported Microsoft Visual Studio "
        "version` of the toolkit's `host_config.h`."
    ),
    "doctor.packages.host-compiler.fix": (
        "Use a newer toolkit of the same CUDA generation as torch, or an older compiler "
        "beside yours. `-allow-unsupported-compiler` often works and promises nothing."
    ),
    "doctor.packages.host-compiler.fix.gcc": (
        "Install that gcc beside yours and use it for this build; or take a newer toolkit"
        " of the same CUDA generation as torch."
    ),
    "doctor.packages.triton-missing": "Triton is missing, which `torch.compile` needs",
    "doctor.packages.triton-missing.text": (
        "PyTorch computes on the GPU without it; only `torch.compile` and kernels written"
        " in Triton fail. It is not installed, or too old or too new for this torch."
    ),
    "doctor.packages.triton-missing.text.windows": (
        "PyTorch for Windows comes without Triton. It computes on the GPU all the same; "
        "only `torch.compile` and kernels written in Triton fail."
    ),
    "doctor.packages.triton-missing.how": (
        "`Cannot find a working triton installation`, TritonMissing, or `No module named 'triton'`."
    ),
    "doctor.packages.triton-missing.fix": (
        "`pip check` names the release that this torch wants; install exactly that one. "
        "Or switch compiling off with TORCHDYNAMO_DISABLE=1."
    ),
    "doctor.packages.triton-missing.fix.windows": (
        "Install `triton-windows` in the release that its page names for your torch, with"
        " `python -m pip` of the very Python that runs. Or switch compiling off with "
        "TORCHDYNAMO_DISABLE=1."
    ),
    "doctor.environment.no-ssl": "This Python cannot use HTTPS",
    "doctor.environment.no-ssl.text": (
        "Its module `ssl` cannot be loaded, so neither pip nor conda can download "
        "anything. On Windows conda's libraries are not on the path because the "
        "environment was not activated; elsewhere Python was compiled without OpenSSL."
    ),
    "doctor.environment.no-ssl.how": (
        "`the ssl module in Python is not available`, or conda's `OpenSSL appears to be "
        "unavailable on this machine`."
    ),
    "doctor.environment.no-ssl.fix": (
        'Open "Anaconda Prompt", or activate the environment first. A Python that you '
        "compiled needs OpenSSL's headers (`libssl-dev`) and a new build; `gpusetup init`"
        " takes a ready one."
    ),
    "doctor.installers.wrong-name": "The package is called torch, not pytorch",
    "doctor.installers.wrong-name.text": "On PyPI `pytorch` is a package that only says so.",
    "doctor.installers.wrong-name.how": "That package's own error.",
    "doctor.installers.wrong-name.fix": "Install `torch`.",
    "doctor.installers.externally-managed": "pip may not change the system's Python",
    "doctor.installers.externally-managed.text": (
        "The distribution keeps this Python for its own programs. PyTorch belongs into an"
        " environment."
    ),
    "doctor.installers.externally-managed.how": (
        "The error `externally-managed-environment` of pip or uv."
    ),
    "doctor.installers.externally-managed.fix": (
        "Make an environment: `gpusetup init`, or `python3 -m venv NAME` and pip inside "
        "it. Leave `--break-system-packages` alone."
    ),
    "doctor.installers.long-paths": "A path is too long for Windows",
    "doctor.installers.long-paths.text": (
        "Windows takes 260 characters unless it was told otherwise, and packages such as "
        "torch or flash-attn hold deep folders. The Python of the Microsoft Store lies "
        "deep already."
    ),
    "doctor.installers.long-paths.how": "pip's hint about Long Path support, or WinError 206.",
    "doctor.installers.long-paths.fix": (
        "As administrator in PowerShell switch long paths on, restart, and install again;"
        " or make the environment in a short folder such as `C:\\envs`, with the Python of"
        " python.org."
    ),
    "doctor.installers.file-in-use": "A file is in use or protected",
    "doctor.installers.file-in-use.text": (
        "Windows lets nobody replace a library that a program has loaded: a notebook, an "
        "editor, ComfyUI or another Python still runs, or a virus scanner looks at it. "
        "Folders such as `~orch` are what is left of the old package."
    ),
    "doctor.installers.file-in-use.how": (
        "WinError 5 or 32 about a library or a package while installing."
    ),
    "doctor.installers.file-in-use.fix": (
        "Close all programs that use this Python (or restart Windows), delete the folders"
        " that begin with `~` in `site-packages`, and install again. If Python lies in "
        "`C:\\Program Files`, make an environment in your own folder."
    ),
    "doctor.installers.no-permission": "This user may not write where packages are installed",
    "doctor.installers.no-permission.text": (
        "The Python, or the conda, belongs to the system or to somebody else."
    ),
    "doctor.installers.no-permission.how": (
        "`Permission denied` for a folder of packages, or conda's EnvironmentNotWritableError."
    ),
    "doctor.installers.no-permission.fix": (
        "Make an environment of your own, in your home or on a data disk. Do not use `sudo pip`."
    ),
    "doctor.installers.conda-terms": (
        "conda waits for a yes to the terms of its `defaults` channel"
    ),
    "doctor.installers.conda-terms.text": (
        "Since 2025 conda asks before it uses Anaconda's own channels, and here it cannot"
        " ask. conda-forge needs no yes."
    ),
    "doctor.installers.conda-terms.how": "CondaToSNonInteractiveError.",
    "doctor.installers.conda-terms.fix": (
        "Use conda-forge alone, or accept the terms of each channel that the error names,"
        " if they allow your use."
    ),
    "doctor.installers.virtual-package": "conda finds no CUDA on the machine where it solves",
    "doctor.installers.virtual-package.text": (
        "The CUDA build needs `__cuda`, which conda only has where a driver runs: not on "
        "a login node, in a container build, or beside a driver that is too old."
    ),
    "doctor.installers.virtual-package.text.glibc": (
        "The build needs a newer C library than this system has (`__glibc`)."
    ),
    "doctor.installers.virtual-package.how": ("A solver's complaint about `__cuda` or `__glibc`."),
    "doctor.installers.virtual-package.fix": (
        "If the machine that will compute has a driver for it, tell conda so and install "
        "again. On the machine that computes itself, update the driver or choose an older"
        " build."
    ),
    "doctor.installers.virtual-package.fix.glibc": (
        "Choose an older release that was built for this C library, or use a container "
        "with a newer system."
    ),
    "doctor.installers.mirror-unreachable.fix.slow": (
        "uv gave up because the download took too long. Give it more time and repeat, it "
        "goes on with what it has; a mirror near you is quicker."
    ),
}
