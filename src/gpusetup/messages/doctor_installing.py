"""Sentences of the doctor about installers, and about what only looks bad."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.installers.mirror-unreachable": "The installer cannot fetch from its source",
    "doctor.installers.mirror-unreachable.text": (
        "A channel, an index or a mirror did not answer, or does not have what was asked for: it"
        " is down, moved, blocked by a proxy, or the address is dead."
    ),
    "doctor.installers.mirror-unreachable.how": (
        "Errors of conda, pip or uv about HTTP, connections, proxies and certificates. Downloads"
        " of models and data sets do not count."
    ),
    "doctor.installers.mirror-unreachable.fix": (
        "Look whether the address still exists and whether a proxy is set that does not run; take"
        " another mirror, or none."
    ),
    "doctor.installers.download-corrupt": "A download arrived damaged",
    "doctor.installers.download-corrupt.text": (
        "What was downloaded is not what the index promised: the transfer was cut, a mirror is"
        " out of step, or the cache holds a broken file."
    ),
    "doctor.installers.download-corrupt.how": (
        "Hash or checksum errors of pip, uv or conda, or archives that cannot be opened."
    ),
    "doctor.installers.download-corrupt.fix": (
        "Empty the cache of the installer and download again."
    ),
    "doctor.installers.no-wheel-for-python": "There is no such PyTorch for this Python or system",
    "doctor.installers.no-wheel-for-python.text": (
        "The index that was asked has no wheel of this release for this Python, this processor or"
        " this system."
    ),
    "doctor.installers.no-wheel-for-python.text.python": (
        "PyTorch {torch} has wheels for Python {pythons}. Here Python {python} runs."
    ),
    "doctor.installers.no-wheel-for-python.text.window": (
        "PyTorch {torch} has wheels for Python {pythons}; the Python that ran is another one."
    ),
    "doctor.installers.no-wheel-for-python.text.none": (
        "pip saw not one release that it could take. Either the index was not reached as it is "
        "(firewall, proxy, login page, a mirror without PyTorch), or there is none for this "
        "Python or system (too new, 32 bits)."
    ),
    "doctor.installers.no-wheel-for-python.fix.none": (
        "`gpusetup mirrors --show` says which address pip asks and whether it answers. If it does, "
        "compare the Python with those that the release supports: `gpusetup matrix list`."
    ),
    "doctor.conda.not-found": "The shell finds no conda",
    "doctor.conda.not-found.text": (
        "There is no command `conda` here: none is installed, or this terminal does not know where "
        "it lies."
    ),
    "doctor.conda.not-found.how": "The shell's own words when `conda` is typed.",
    "doctor.conda.not-found.fix": (
        "gpusetup needs no conda: `gpusetup init` makes the environment without it. Where one is "
        "installed (look for `~/miniconda3` or `~/anaconda3`), this makes it known to the "
        "terminal: `source ~/miniconda3/etc/profile.d/conda.sh`."
    ),
    "doctor.conda.not-initialised": "conda was never set up for this shell",
    "doctor.conda.not-initialised.text": (
        "`conda activate` is a function that conda defines in the shell's start file, and here "
        "it is not defined: a fresh installation, a script, a batch job, or another shell."
    ),
    "doctor.conda.not-initialised.how": "conda's own words when `conda activate` is called.",
    "doctor.conda.not-initialised.fix": (
        "For good: `conda init` (in PowerShell `conda init powershell`), then a new terminal. For "
        'this terminal or script alone: `source "$(conda info --base)/etc/profile.d/conda.sh"`.'
    ),
    "doctor.installers.no-wheel-for-python.how": (
        "pip's `No matching distribution found`, uv's `no wheels with a matching … tag`, or a"
        " wheel that is not supported on the platform."
    ),
    "doctor.installers.no-wheel-for-python.fix": (
        "Choose a release that has wheels for your Python, or make an environment with a Python"
        " that the release supports; releases with a suffix such as `+cu118` also need the"
        " PyTorch index."
    ),
    "doctor.installers.conda-package-not-found": "conda finds no such package in its channels",
    "doctor.installers.conda-package-not-found.text": (
        "The package or version that was asked for is not in the channels in use, or not for this"
        " system."
    ),
    "doctor.installers.conda-package-not-found.how": (
        "conda's PackagesNotFoundError, or `nothing provides`."
    ),
    "doctor.installers.conda-package-not-found.fix": (
        "Name the channel that has it (`-c conda-forge`, `-c nvidia`), or take the wheel: the"
        " channel `pytorch` ends with 2.5.1."
    ),
    "doctor.installers.conda-unsatisfiable": "conda finds no set of packages that fits",
    "doctor.installers.conda-unsatisfiable.text": (
        "The wishes contradict each other, or a virtual package such as `__cuda` says that this"
        " machine cannot run them."
    ),
    "doctor.installers.conda-unsatisfiable.how": (
        "conda's UnsatisfiableError, or the same from libmamba."
    ),
    "doctor.installers.conda-unsatisfiable.fix": (
        "Start from a fresh environment and name fewer versions. On a machine without a driver"
        " set `CONDA_OVERRIDE_CUDA`."
    ),
    "doctor.harmless.architecture-warning": "The warning about the GPU's architecture is harmless",
    "doctor.harmless.architecture-warning.text": (
        "This GPU runs the code that PyTorch has for its older sister of the same generation."
    ),
    "doctor.harmless.architecture-warning.how": (
        "torch warns, and the matrix knows that its code runs on the GPU."
    ),
    "doctor.harmless.other-toolkit": "Another CUDA toolkit beside PyTorch does no harm",
    "doctor.harmless.other-toolkit.text": (
        "The system has toolkit {toolkit}, PyTorch brings its own CUDA {cuda} and does not use"
        " the other. It matters only when extensions are compiled."
    ),
    "doctor.harmless.other-toolkit.how": (
        "CUDA is available, and nvcc has another version than torch's CUDA."
    ),
    "doctor.harmless.out-of-memory": "The program itself filled the GPU",
    "doctor.harmless.out-of-memory.text": (
        "Nothing is wrong with the installation: the model, the batch or the data are too large"
        " for this GPU."
    ),
    "doctor.harmless.out-of-memory.fix": (
        "Halve the batch, compute in `bfloat16` with `torch.autocast`, or take a smaller model; "
        "`PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True` helps where memory is in pieces. "
        "`gpusetup bench tune` finds the batch that fits."
    ),
    "doctor.harmless.out-of-memory.how": (
        "`CUDA out of memory`, and the numbers show that no other process holds much of the card."
    ),
    "doctor.harmless.no-nvidia-smi": "nvidia-smi is not there, and CUDA works",
    "doctor.harmless.no-nvidia-smi.text": (
        "The tool is missing in this place only; PyTorch does not need it."
    ),
    "doctor.harmless.no-nvidia-smi.how": (
        "The command is not found, and torch says that CUDA is available."
    ),
    "doctor.harmless.no-gpu": "No NVIDIA GPU: PyTorch computes on the processor",
    "doctor.harmless.no-gpu.text": (
        "That CUDA is not available is as it should be on a machine without an NVIDIA GPU."
    ),
    "doctor.harmless.no-gpu.how": (
        "A whole report names no NVIDIA GPU, and nothing in it asks for one."
    ),
    "doctor.harmless.image-extension": "The warning about torchvision's image reader is harmless",
    "doctor.harmless.image-extension.text": (
        "Only `torchvision.io` for JPEG and PNG is missing. Programs that read images with Pillow"
        " or OpenCV do not notice."
    ),
    "doctor.harmless.image-extension.how": (
        "`Failed to load image Python extension`, without another complaint of torchvision."
    ),
    "doctor.harmless.nccl-plugin": "NCCL's word about a missing network plugin is harmless",
    "doctor.harmless.nccl-plugin.text": (
        "`libnccl-net.so` is only there on some clusters; NCCL takes its own network."
    ),
    "doctor.harmless.nccl-plugin.how": "NCCL's lines about NET/Plugin.",
    "doctor.harmless.kernel-tainted": "That the module taints the kernel is normal",
    "doctor.harmless.kernel-tainted.text": (
        "The kernel notes that NVIDIA's module is not its own. It runs all the same."
    ),
    "doctor.harmless.kernel-tainted.how": (
        "The kernel's lines `taints kernel` and `module verification failed … tainting kernel`."
    ),
    "doctor.harmless.tensorflow-registration": (
        "TensorFlow's lines about cuDNN and TensorRT are harmless"
    ),
    "doctor.harmless.tensorflow-registration.text": (
        "They come from TensorFlow and say nothing about PyTorch."
    ),
    "doctor.harmless.tensorflow-registration.how": (
        "`Unable to register cuDNN factory`, `TF-TRT Warning`, `libnvinfer`."
    ),
    "doctor.harmless.no-flash-attention": "PyTorch without flash attention is only slower",
    "doctor.harmless.no-flash-attention.text": (
        "PyTorch for Windows was built without it and uses another way to compute attention."
    ),
    "doctor.harmless.no-flash-attention.how": "`Torch was not compiled with flash attention`.",
    "doctor.harmless.minor-cuda-difference": (
        "A small difference between nvcc and PyTorch is allowed"
    ),
    "doctor.harmless.minor-cuda-difference.text": (
        "Both are of the same CUDA generation, so what is compiled fits."
    ),
    "doctor.harmless.minor-cuda-difference.how": "torch's line `has a minor version mismatch`.",
    "doctor.harmless.pynvml-renamed": "The warning about pynvml is harmless",
    "doctor.harmless.pynvml-renamed.text": "The package only has a new name, `nvidia-ml-py`.",
    "doctor.harmless.pynvml-renamed.how": "`The pynvml package is deprecated`.",
}
