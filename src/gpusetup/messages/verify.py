"""Sentences of `verify`."""

from __future__ import annotations

_AGAIN = (
    "Make the environment again, with its name for NAME: `gpusetup init NAME --replace`. The old "
    "one is kept aside."
)

SENTENCES: dict[str, str] = {
    "help.verify.env": "Name or folder of the environment; without it, the active one.",
    "help.verify.python": "Path of a Python interpreter.",
    "help.verify.quick": "Some seconds (the default).",
    "help.verify.full": (
        "Also large products, small models, mixed precision, the compiler, NCCL, loading workers: "
        "some minutes."
    ),
    "help.verify.timeout": "Time limit of each check in seconds.",
    "help.verify.expected": "The device that must compute: auto, cuda, cpu or mps.",
    "verify.two-targets": "--env and --python both name an environment.",
    "verify.two-targets.next": "Keep one of them.",
    "verify.no-target": "No environment is named and none is active.",
    "verify.no-target.next": (
        "Add `--env NAME`, or activate an environment first; `gpusetup init` makes one."
    ),
    "verify.no-environment": (
        "There is no environment named {env} (looked in {folder} and conda's)."
    ),
    "verify.no-environment.next": "Check the name, or give its folder: `--env /path/to/it`.",
    "verify.environment-gone": (
        "The environment {env} was made in {folder}, and that folder is no longer there."
    ),
    "verify.environment-gone.next": "`gpusetup init {env}` makes it anew.",
    "verify.not-an-environment": "{env} holds no Python environment.",
    "verify.not-an-environment.next": (
        "Name the folder that has `bin/python` (on Windows `python.exe`) in it."
    ),
    "verify.python-gone": "The Python that {env} was made with is gone: {target}",
    "verify.python-gone.next": "`gpusetup doctor --env {env}` says what can be done.",
    "verify.no-interpreter": "There is no Python at {path}.",
    "verify.no-interpreter.next": (
        "Give the path of the interpreter itself: `--python /path/python`."
    ),
    "verify.two-levels": "--quick and --full exclude each other.",
    "verify.two-levels.next": "Keep one of them.",
    # while it runs
    "verify.looking": "looking for GPUs",
    "verify.running": "checking: {check}",
    "verify.slow-import": (
        "`import torch` took {seconds} s, because the environment is on a network file system "
        "({filesystem}). While the system remembers the files it is quicker; `gpusetup envs clone` "
        "with `--prefix` makes a copy on a disk of this machine."
    ),
    "verify.running-slowly": (
        "checking: {check} (from a network file system, {filesystem}: the first time may take "
        "minutes)"
    ),
    # the screen
    "verify.title": "PyTorch of {python}",
    "verify.ok-cuda": "PyTorch computes correctly on {count} GPU(s).",
    "verify.ok-mps": "PyTorch computes correctly on the Apple GPU.",
    "verify.ok-cpu": "PyTorch computes correctly on the CPU. No GPU was expected here.",
    "verify.not-ok": "Something is wrong with this PyTorch: {count} problem(s), see above.",
    "verify.label-gpu": "GPU {index}",
    "verify.label-cpu": "CPU",
    "verify.label-result": "Result",
    "verify.device-ok": "{name}: {count} checks passed, results match a double-precision reference",
    # what each check is about (left column), and what it means that it passed
    "verify.label-start": "Python",
    "verify.label-end": "Ending",
    "verify.label-import": "Import",
    "verify.label-versions": "Versions",
    "verify.label-expected-device": "Device",
    "verify.label-belonging": "Together",
    "verify.label-proof": "Proof",
    "verify.label-note": "To know",
    "verify.label-allocation": "Allocation",
    "verify.label-architecture": "GPU code",
    "verify.label-matmul-float64": "float64",
    "verify.label-matmul-tf32": "TF32",
    "verify.label-matmul-float8": "float8",
    "verify.label-matmul-large": "Large",
    "verify.label-fft": "Fourier",
    "verify.label-linear-algebra": "Equations",
    "verify.label-index-reduction": "Sort, sum",
    "verify.label-training-cnn": "CNN",
    "verify.label-training-transformer": "Transformer",
    "verify.label-amp": "AMP",
    "verify.label-compile": "Compiler",
    "verify.label-streams": "Streams",
    "verify.label-cuda-graphs": "CUDA graphs",
    "verify.label-pinned-memory": "Pinned",
    "verify.label-nccl": "NCCL",
    "verify.label-dataloader": "DataLoader",
    "verify.label-matmul-float32": "float32",
    "verify.label-matmul-float16": "float16",
    "verify.label-matmul-bfloat16": "bfloat16",
    "verify.label-convolution": "Convolution",
    "verify.label-elementwise": "Functions",
    "verify.label-random": "Random",
    "verify.label-training": "Training",
    "verify.label-copy-between-devices": "GPU to GPU",
    "verify.label-numpy": "NumPy",
    "verify.label-torchvision": "torchvision",
    "verify.label-torchaudio": "torchaudio",
    "verify.passed-import": "`import torch` works ({seconds:.1f} s)",
    "verify.passed-versions": "PyTorch {torch}, Python {python}, {cuda}",
    "verify.passed-versions-cuda": "CUDA runtime {cuda_runtime}",
    "verify.passed-belonging": "what is installed belongs together",
    "verify.passed-versions-driver": "driver {driver}",
    "verify.passed-versions-cpu": "a build for the CPU",
    "verify.passed-expected-device-cuda": "PyTorch sees {count} GPU(s): {names}",
    "verify.passed-expected-device-mps": "PyTorch sees the Apple GPU",
    "verify.passed-expected-device-cpu": "PyTorch computes on the CPU: {names}",
    "verify.passed-allocation": "memory can be reserved, written and read back",
    "verify.passed-architecture": "this GPU runs PyTorch's own kernels",
    "verify.passed-architecture-code": "this GPU runs PyTorch's own kernels (from {detail})",
    "verify.passed-matmul-float64": (
        "double-precision products are right (relative error {error:.0e})"
    ),
    "verify.passed-matmul-tf32": "TF32 products are right (relative error {error:.0e})",
    "verify.passed-matmul-float8": "eight-bit numbers are right",
    "verify.passed-matmul-large": "a large product is right (relative error {error:.0e})",
    "verify.passed-matmul-float32": "matrix products are right (relative error {error:.0e})",
    "verify.passed-matmul-float16": (
        "half-precision products are right (relative error {error:.0e})"
    ),
    "verify.passed-matmul-bfloat16": "bfloat16 products are right (relative error {error:.0e})",
    "verify.passed-convolution": "a convolution is right (relative error {error:.0e})",
    "verify.passed-training": "gradients are right and a small model learns",
    "verify.passed-fft": "a Fourier transform is right, there and back",
    "verify.passed-linear-algebra": (
        "equations are solved and matrices decomposed (relative error {error:.0e})"
    ),
    "verify.passed-elementwise": "exp, log, softmax and others are right",
    "verify.passed-random": "random numbers are spread well and come again for the same seed",
    "verify.passed-index-reduction": "sorting, summing and choosing elements are exact",
    "verify.passed-training-cnn": "a small convolutional network learns as in double precision",
    "verify.passed-training-transformer": "a small transformer learns as in double precision",
    "verify.passed-amp": "mixed precision computes in a short type and is right",
    "verify.passed-compile": "`torch.compile` makes a kernel, and it is right",
    "verify.passed-streams": "streams wait for each other",
    "verify.passed-cuda-graphs": "a recorded graph gives new results for new numbers",
    "verify.passed-pinned-memory": "pinned memory reaches the GPU and comes back",
    "verify.passed-nccl": "NCCL adds up over {count} GPU(s)",
    "verify.passed-dataloader": "worker processes deliver every item, in order",
    "verify.passed-copy-between-devices": "what one GPU sends to another arrives unchanged",
    "verify.passed-numpy": "arrays pass to PyTorch and back",
    "verify.passed-torchvision": "version {version} works with this PyTorch",
    "verify.passed-torchaudio": "version {version} works with this PyTorch",
    "verify.passed-other": "works",
    "verify.unknown-version": "(unknown)",
    # what is worth knowing and no failure
    "verify.note-library-differs": (
        "{name} is there as {found}; this PyTorch asks for exactly {wanted}"
    ),
    "verify.note-cudnn-differs": (
        "cuDNN {found} is in use; this build came with {wanted} (look at LD_LIBRARY_PATH)"
    ),
    "verify.note-driver-behind": (
        "the driver serves CUDA {driver} and the build is for {runtime}: it computes, "
        "but kernels that other programs compile for {runtime} may not load"
    ),
    "verify.note-hidden-gpus": (
        "CUDA_VISIBLE_DEVICES={value} shows {seen} of {count} GPUs; the others were not checked"
    ),
    "verify.note-mig": (
        "a GPU is divided into MIG slices; PyTorch sees {count} device(s) here, each is a slice"
    ),
    # why a check was left out
    "verify.reason-not-supported": "not supported here, left out",
    "verify.reason-no-compiler": "left out: there is no compiler ({detail})",
    "verify.reason-no-python-headers": "left out: Python's header files are missing ({detail})",
    "verify.reason-no-triton": "left out: Triton is not installed",
    "verify.reason-too-fast": "too fast to be timed",
    "verify.reason-blocked": "left out, because the check above failed",
    # what went wrong; `.next` says what to do
    "verify.reason-exception": "PyTorch stopped with an error: {detail}",
    "verify.reason-not-started": "this Python could not be started: {detail}",
    "verify.reason-not-started.next": (
        "The environment is damaged; make it again with `gpusetup init`."
    ),
    "verify.reason-crashed": "the program crashed here ({detail})",
    "verify.reason-crashed.next": (
        "Run `gpusetup detect`: it shows where driver and libraries contradict each other."
    ),
    "verify.reason-killed": "the system ended the program here; most often memory had run out",
    "verify.reason-killed.next": "Close other programs, or ask for more memory, and check again.",
    "verify.reason-illegal-instruction": (
        "the program uses an instruction that this processor does not have"
    ),
    "verify.reason-illegal-instruction.next": (
        "Install an older PyTorch: `gpusetup plan --torch '<2'`."
    ),
    "verify.reason-no-evidence": "it says that it computed, and shows no result",
    "verify.reason-no-evidence.next": (
        "What is installed as torch is not PyTorch, or was changed: make the environment again."
    ),
    "verify.reason-not-proven": "the proof is incomplete, these did not run: {detail}",
    "verify.reason-not-proven.next": "`gpusetup verify --full --verbose` shows every check.",
    "verify.reason-nothing-proven": "the program ended properly and computed nothing",
    "verify.reason-nothing-proven.next": (
        "What is installed as torch is not PyTorch, or was changed: make the environment again."
    ),
    "verify.reason-not-on-gpu": (
        "PyTorch says that this is on the GPU; the driver knows of no such memory ({detail})"
    ),
    "verify.reason-not-on-gpu.next": (
        "What is installed as torch is not PyTorch, or was changed: make the environment again."
    ),
    "verify.reason-two-versions": "PyTorch and its files name different versions ({detail})",
    "verify.reason-two-versions.next": (
        "Two installations lie over each other: make the environment again, with its name for "
        "NAME: `gpusetup init NAME --replace`."
    ),
    "verify.reason-other-torch": "PyTorch {torch} is there; {detail} was chosen",
    "verify.reason-other-torch.next": (
        "Another package brought its own PyTorch: `gpusetup init NAME --replace`, with the "
        "environment's name for NAME, installs the chosen one."
    ),
    "verify.reason-more-devices": "PyTorch shows more GPUs than this machine has ({detail})",
    "verify.reason-more-devices.next": "`gpusetup detect` shows the GPUs that are there.",
    "verify.reason-other-devices": (
        "PyTorch shows a GPU that this machine does not have (compute capability {detail})"
    ),
    "verify.reason-other-devices.next": "`gpusetup detect` shows the GPUs that are there.",
    "verify.reason-shared-memory": "shared memory is too small for worker processes",
    "verify.reason-shared-memory.next": (
        "In a container: start it with `--shm-size 8g` or `--ipc=host`."
    ),
    "verify.reason-no-workers": "no worker processes loaded the data ({detail})",
    "verify.reason-no-cudnn": "cuDNN, the library for convolutions, is not there",
    "verify.reason-no-cudnn.next": _AGAIN,
    "verify.reason-nccl": "NCCL, the library between GPUs, fails: {detail}",
    "verify.reason-nccl.next": (
        "Check again with NCCL_P2P_DISABLE=1. If that passes, direct copies between the GPUs are "
        "broken (IOMMU, ACS): ask the administrator."
    ),
    "verify.reason-not-pinned": "memory was not pinned",
    "verify.reason-not-compiled": "`torch.compile` returned without compiling anything",
    "verify.reason-not-compiled.next": (
        "What is installed as torch was changed: make the environment again."
    ),
    "verify.reason-timed-out": "no answer within the time limit",
    "verify.reason-timed-out.next": (
        "A slow network disk or a hanging GPU can cause this: try again, then `gpusetup detect`."
    ),
    "verify.reason-ended-early": "the program ended here without finishing. Last line: {detail}",
    "verify.reason-no-torch": "PyTorch is not installed in this environment",
    "verify.reason-no-torch.next": "`gpusetup init` makes an environment that has it.",
    "verify.reason-not-torch": "what is installed under the name torch is not PyTorch: {detail}",
    "verify.reason-not-torch.next": "Remove that file or folder and install PyTorch again.",
    "verify.reason-cpu-build": (
        "PyTorch {torch} is a build for the CPU only and cannot use the NVIDIA GPU"
    ),
    "verify.reason-cpu-build.next": "`gpusetup init` installs the build for your GPU.",
    "verify.reason-rocm-build": "PyTorch {torch} is a build for AMD GPUs, not for NVIDIA",
    "verify.reason-rocm-build.next": "`gpusetup init` installs the build for your GPU.",
    "verify.reason-no-kernel-image": (
        "PyTorch {torch} contains no code for this GPU model (no kernel image)"
    ),
    "verify.reason-no-kernel-image.next": "`gpusetup plan` finds a build that covers this GPU.",
    "verify.reason-driver-too-old": (
        "the NVIDIA driver is too old for this build (CUDA runtime {cuda_runtime})"
    ),
    "verify.reason-driver-too-old.next": (
        "Update the driver, or let `gpusetup init` choose a build for the driver that is there."
    ),
    "verify.reason-no-driver": "PyTorch finds no NVIDIA driver",
    "verify.reason-no-driver.next": "`gpusetup detect` shows what is there of the driver.",
    "verify.reason-no-device": "the driver shows PyTorch no GPU",
    "verify.reason-no-device.next": (
        "Look at CUDA_VISIBLE_DEVICES, and inside a container at its GPU option; "
        "then `gpusetup detect`."
    ),
    "verify.reason-hidden-devices": "the GPUs are hidden by {detail}",
    "verify.reason-hidden-devices.next": "Unset that variable in this shell and check again.",
    "verify.reason-fewer-devices": "PyTorch sees fewer GPUs than this machine has ({detail})",
    "verify.reason-fewer-devices.next": "`gpusetup detect` shows which one is missing.",
    "verify.reason-cuda-unavailable": "PyTorch cannot use the GPU: {detail}",
    "verify.reason-cuda-unavailable.next": "`gpusetup detect` shows the state of the driver.",
    "verify.reason-no-mps": "PyTorch cannot use the Apple GPU",
    "verify.reason-no-mps.next": (
        "This needs macOS 12.3 or newer and a PyTorch built for Apple silicon."
    ),
    "verify.reason-driver-mismatch": "the driver's kernel part and its libraries do not match",
    "verify.reason-driver-mismatch.next": "Restart the machine; then `gpusetup detect`.",
    "verify.reason-forward-compatibility": (
        "a CUDA compatibility library is in use that this GPU does not support"
    ),
    "verify.reason-forward-compatibility.next": (
        "Remove the `compat` folder of CUDA from LD_LIBRARY_PATH and check again."
    ),
    "verify.reason-fabric-manager": "the GPUs of this server are not ready (CUDA error 802)",
    "verify.reason-fabric-manager.next": (
        "The service nvidia-fabricmanager must run: ask the administrator."
    ),
    "verify.reason-gpu-lost": "the GPU no longer answers",
    "verify.reason-gpu-lost.next": (
        "Restart the machine. If it happens again, check power and seating."
    ),
    "verify.reason-out-of-memory": "there is not enough free memory: {detail}",
    "verify.reason-out-of-memory.next": (
        "`nvidia-smi` shows who uses the GPU; free some and check again."
    ),
    "verify.reason-companion-mismatch": "it was built for another PyTorch than {torch}",
    "verify.reason-companion-mismatch.next": (
        "Install the version that belongs to this PyTorch, from the same source; "
        "`gpusetup init` does."
    ),
    "verify.reason-numpy-mismatch": "NumPy is missing, or too new or too old for this PyTorch",
    "verify.reason-numpy-mismatch.next": "Install a NumPy below 2: `pip install 'numpy<2'`.",
    "verify.reason-cudnn": "cuDNN, the library for convolutions, fails: {detail}",
    "verify.reason-cudnn.next": (
        "An LD_LIBRARY_PATH with another cuDNN is the usual cause: unset it."
    ),
    "verify.reason-cublas": "cuBLAS, the library for products, fails: {detail}",
    "verify.reason-cublas.next": "Free GPU memory and unset LD_LIBRARY_PATH, then check again.",
    "verify.reason-old-system": "this system is too old for the build: {detail}",
    "verify.reason-old-system.next": "`gpusetup plan` finds a build that this system can load.",
    "verify.reason-missing-library": "a library file is missing: {detail}",
    "verify.reason-missing-library.next": _AGAIN,
    "verify.reason-mixed-files": "files of two different versions are mixed: {detail}",
    "verify.reason-mixed-files.next": _AGAIN,
    "verify.reason-missing-module": "it is not installed: {detail}",
    "verify.reason-missing-module.next": "Install it from the same source as PyTorch.",
    "verify.reason-wrong-result": "the result is wrong ({detail})",
    "verify.reason-wrong-result.next": (
        "Check again; if it stays, the GPU or the installation is faulty."
    ),
    "verify.reason-low-precision": (
        "the result has only the precision of a shorter type ({detail})"
    ),
    "verify.reason-low-precision.next": (
        "Unset NVIDIA_TF32_OVERRIDE and other settings of the precision, then check again."
    ),
    "verify.reason-wrong-reference": "the reference result of the CPU itself is wrong",
    "verify.reason-wrong-reference.next": (
        "Install PyTorch again; if it stays, test the memory (RAM)."
    ),
    "verify.reason-not-a-number": "the result holds values that are not numbers (NaN)",
    "verify.reason-not-a-number.next": (
        "Check again; if it stays, the GPU or the installation is faulty."
    ),
    "verify.reason-wrong-shape": "the result has the wrong shape {detail}",
    "verify.reason-wrong-type": "the result has the wrong type {detail}",
    "verify.reason-wrong-device": "the result lies on the wrong device {detail}",
    "verify.reason-wrong-copy": "data changed on the way between GPUs ({detail})",
    "verify.reason-wrong-copy.next": (
        "Direct copies between GPUs are often broken by a setting (IOMMU, ACS): "
        "ask the administrator."
    ),
    "verify.reason-loss-not-falling": "the small model does not learn ({detail})",
}
