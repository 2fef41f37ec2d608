"""Sentences of the doctor about what PyTorch finds beside it: libraries, packages, processors."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.system.static-tls": "The loader has no room left for a library",
    "doctor.system.static-tls.text": (
        "{library} needs a place in memory that other libraries have used up before it. "
        "That happens on ARM machines such as Jetson, and with an old C library."
    ),
    "doctor.system.static-tls.text.unknown": (
        "A library needs a place in memory that other libraries have used up before it. "
        "That happens on ARM machines such as Jetson, and with an old C library."
    ),
    "doctor.system.static-tls.how": "The line `cannot allocate memory in static TLS block`.",
    "doctor.system.static-tls.fix": (
        "Load that library first: set LD_PRELOAD to the path that the error names. In a "
        "notebook the variable belongs into the kernel's `kernel.json`. Importing torch "
        "before all else can be enough."
    ),
    "doctor.system.cpu-too-old": "The processor lacks an instruction that the program uses",
    "doctor.system.cpu-too-old.text": (
        "PyTorch or a library beside it uses instructions such as AVX or AVX2 that this "
        "processor, or the one that a virtual machine shows, does not have."
    ),
    "doctor.system.cpu-too-old.text.arm": (
        "PyTorch or NumPy's OpenBLAS takes this ARM processor for another one and uses "
        "instructions that it does not have."
    ),
    "doctor.system.cpu-too-old.how": (
        "`Illegal instruction`, SIGILL or exit code 0xC000001D in a text about torch."
    ),
    "doctor.system.cpu-too-old.fix": (
        "Look for `avx2` among the flags. In a virtual machine choose the processor type "
        "`host`; else keep to basic instructions with ATEN_CPU_CAPABILITY, or take an "
        "older release or another machine."
    ),
    "doctor.system.cpu-too-old.fix.arm": ("Tell OpenBLAS which processor it is, then start again."),
    "doctor.system.no-exec": "A library may not be loaded from where it lies",
    "doctor.system.no-exec.text": (
        "{file} could not be mapped: its folder is on a file system mounted with "
        "`noexec`, the file may not be executed, or there is a limit on the program's "
        "memory."
    ),
    "doctor.system.no-exec.how": "The line `failed to map segment from shared object`.",
    "doctor.system.no-exec.fix": (
        "If the options name `noexec`, use another folder: TMPDIR and TRITON_CACHE_DIR "
        "for what is compiled while running, another place for the environment. If "
        "`ulimit -v` is not `unlimited`, raise it or ask the administrator."
    ),
    "doctor.system.library-missing": "A library of the system is missing",
    "doctor.system.library-missing.text": (
        "A Python package needs {library}, which belongs to the system and does not come "
        "with pip. Small images and servers leave it out."
    ),
    "doctor.system.library-missing.how": (
        "The loader cannot open a library such as `libGL.so.1`, `libgomp.so.1` or "
        "`libopenblas.so.0`."
    ),
    "doctor.system.library-missing.fix": (
        "Install the package of the system that holds it. For OpenCV on a server the "
        "package `opencv-python-headless` needs no libGL."
    ),
    "doctor.packages.openmp-twice": "Two copies of the OpenMP library are loaded",
    "doctor.packages.openmp-twice.text": (
        "{second} is loaded, and {first} was there before. PyTorch brings one, another "
        "package (NumPy of conda, for example) the other, and Intel's library stops the "
        "program."
    ),
    "doctor.packages.openmp-twice.how": (
        "`OMP: Error #15: Initializing …, but found … already initialized`."
    ),
    "doctor.packages.openmp-twice.fix": (
        "Make an environment where PyTorch and NumPy come from the same installer, all by"
        " pip or all by conda. Until then KMP_DUPLICATE_LIB_OK lets the program run; its "
        "maker warns of crashes and wrong results."
    ),
    "doctor.packages.torch-too-old": "PyTorch is too old for another package",
    "doctor.packages.torch-too-old.text": "A package uses what this PyTorch does not have.",
    "doctor.packages.torch-too-old.text.needed": (
        "A package needs PyTorch {needed} or newer. Installed is {torch}."
    ),
    "doctor.packages.torch-too-old.text.name": (
        "A package uses `{name}`, which this PyTorch ({torch}) does not have yet."
    ),
    "doctor.packages.torch-too-old.how": (
        "transformers' word about the version that it requires, or an attribute of torch "
        "that only newer releases have."
    ),
    "doctor.packages.torch-too-old.fix": (
        "Install a newer PyTorch, or an older release of the package that asks for it."
    ),
    "doctor.packages.torch-too-old.fix.build": (
        "The newest that runs on this machine is PyTorch {best} ({build}). Or take an "
        "older release of the package that asks for it."
    ),
    "doctor.packages.torch-too-old.fix.older": (
        "The newest PyTorch that runs on this machine is {best} ({build}), and that is "
        "not new enough: take an older release of the package, or a newer driver first."
    ),
    "doctor.packages.torch-too-new": "PyTorch is too new for another package",
    "doctor.packages.torch-too-new.text": (
        "A package uses a part of PyTorch that newer releases no longer have."
    ),
    "doctor.packages.torch-too-new.text.weights": (
        "Since 2.6 `torch.load` takes nothing but weights unless it is told otherwise. "
        "The file holds more, and the program was written before."
    ),
    "doctor.packages.torch-too-new.how": (
        "`No module named 'torch._six'`, a function of torch that was removed, or "
        "`Weights only load failed`."
    ),
    "doctor.packages.torch-too-new.fix": (
        "Install a newer release of that package. Where there is none, take an older "
        "PyTorch: {last} is the last one before."
    ),
    "doctor.packages.torch-too-new.fix.weights": (
        "Install a newer release of the program. If you trust the file, the variable lets"
        " it be loaded as before (in your own code: `weights_only=False`); PyTorch {last}"
        " is the last one that asks for nothing."
    ),
    "doctor.packages.torchvision-too-new": "A package wants a part of torchvision that is gone",
    "doctor.packages.torchvision-too-new.text": (
        "torchvision 0.17 took `functional_tensor` out. basicsr and what builds on it "
        "(Real-ESRGAN, GFPGAN) still ask for it."
    ),
    "doctor.packages.torchvision-too-new.how": (
        "`No module named 'torchvision.transforms.functional_tensor'`."
    ),
    "doctor.packages.torchvision-too-new.fix": (
        "In the file that the last lines name (`basicsr/data/degradations.py`), write "
        "`torchvision.transforms.functional` in place of "
        "`torchvision.transforms.functional_tensor`. The last PyTorch whose torchvision "
        "has it is {last}."
    ),
    "doctor.packages.torchcodec": "TorchCodec cannot be loaded",
    "doctor.packages.torchcodec.text": (
        "torchaudio reads and writes files by TorchCodec since 2.9. That needs FFmpeg's "
        "libraries and a release that belongs to this PyTorch."
    ),
    "doctor.packages.torchcodec.how": (
        "`Could not load libtorchcodec`, or `TorchCodec is required`."
    ),
    "doctor.packages.torchcodec.fix": (
        'Install FFmpeg with its libraries (on Windows the "full-shared" one; conda\'s '
        "works everywhere), and the release of torchcodec that its table names for your "
        "PyTorch."
    ),
    "doctor.packages.onnxruntime-cuda": "ONNX Runtime cannot load its part for CUDA",
    "doctor.packages.onnxruntime-cuda.text": (
        "onnxruntime-gpu needs the libraries of one CUDA and one cuDNN and finds none "
        "that fit. It computes on the processor instead. PyTorch is not affected."
    ),
    "doctor.packages.onnxruntime-cuda.how": (
        "Errors while `onnxruntime_providers_cuda` is loaded, or `Failed to create "
        "CUDAExecutionProvider`."
    ),
    "doctor.packages.onnxruntime-cuda.fix": (
        "Install it together with its libraries. Where PyTorch of the same CUDA "
        "generation is there, `import torch` before `import onnxruntime` is enough."
    ),
    "doctor.packages.extension-without-cuda": (
        "An extension was installed without its part for the GPU"
    ),
    "doctor.packages.extension-without-cuda.text": (
        "{package} is installed, but it was built without CUDA or without its compiled part."
    ),
    "doctor.packages.extension-without-cuda.text.unknown": (
        "An extension is installed, but it was built without CUDA or without its compiled part."
    ),
    "doctor.packages.extension-without-cuda.how": (
        "`No module named 'mmcv._ext'`, `implementation for device cuda:0 not found`, or "
        "`Not compiled with CUDA support` out of an extension."
    ),
    "doctor.packages.extension-without-cuda.fix": (
        "Remove it and install its build for your PyTorch and CUDA from the index of its "
        "own project; the package index often has only the source or the build for "
        "processors."
    ),
    "doctor.gpu.format-unsupported": (
        "This GPU does not have the number format that was asked for"
    ),
    "doctor.gpu.format-unsupported.text": (
        "The program wants a format that begins with compute capability {needed}; the GPU"
        " has {has}. Nothing is wrong with the installation."
    ),
    "doctor.gpu.format-unsupported.text.unknown": (
        "The program wants a format that begins with compute capability {needed}. Nothing"
        " is wrong with the installation."
    ),
    "doctor.gpu.format-unsupported.how": (
        "A program's own word that bfloat16, FP8 or a kind of quantization needs a newer "
        "compute capability."
    ),
    "doctor.gpu.format-unsupported.fix": (
        "Choose a format that the GPU has: `--dtype half` in vLLM, `torch.float16` "
        "instead of `torch.bfloat16`, or a model with another quantization."
    ),
    "doctor.packages.library-not-started": "cuBLAS or cuDNN does not start",
    "doctor.packages.library-not-started.text": (
        "The line alone does not tell why. In this order: the GPU's memory is full, "
        "another release of the library is loaded first, the driver is too old for it, or"
        " an earlier fault of the program (an index out of range) only shows here."
    ),
    "doctor.packages.library-not-started.how": (
        "`CUDNN_STATUS_NOT_INITIALIZED`, `CUBLAS_STATUS_NOT_INITIALIZED` and their "
        "sisters, and no other finding that explains them."
    ),
    "doctor.packages.library-not-started.fix": (
        "Look whether memory is free and try a small batch; start without "
        "LD_LIBRARY_PATH; with CUDA_LAUNCH_BLOCKING=1, or on the processor, the true line"
        " shows itself. `gpusetup doctor` on that machine compares driver and libraries."
    ),
    "doctor.torch.computing-on-cpu": "The program computes on the processor, not on the GPU",
    "doctor.torch.computing-on-cpu.text": (
        "Half precision failed in a part of PyTorch for processors: the model is not on "
        "the GPU, because CUDA is not available or because the program was told so."
    ),
    "doctor.torch.computing-on-cpu.how": (
        "`\"…\" not implemented for 'Half'`, with the name of a part for processors."
    ),
    "doctor.torch.computing-on-cpu.fix": (
        "If it prints False or `None`, that is the thing to repair: run `gpusetup doctor`"
        " there. If the processor is meant, compute in float32 (`--no-half`, `.float()`)."
    ),
    "doctor.harmless.no-triton": "xFormers without Triton is only slower",
    "doctor.harmless.no-triton.text": (
        "Triton does not come with PyTorch for Windows; xFormers leaves out what needs it."
    ),
    "doctor.harmless.no-triton.how": (
        "`Triton is not available, some optimizations will not be enabled`."
    ),
    "doctor.harmless.wsl-library-link": (
        "ldconfig's word about a symbolic link in WSL is harmless"
    ),
    "doctor.harmless.wsl-library-link.text": (
        "Windows puts the library there as a file of its own; programs find it all the same."
    ),
    "doctor.harmless.wsl-library-link.how": (
        "`/usr/lib/wsl/lib/libcuda.so.1 is not a symbolic link`."
    ),
}
