"""Sentences of the doctor about packages around torch and the libraries that they load."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.wsl.libcuda-path": "libcuda.so is not on the library path",
    "doctor.wsl.libcuda-path.text": (
        "The driver's library is there as `libcuda.so.1`, in WSL in `/usr/lib/wsl/lib`, but"
        " something asks for `libcuda.so` and does not find it."
    ),
    "doctor.wsl.libcuda-path.how": (
        "The lines `libcuda.so: cannot open shared object file` from cuDNN, `libcuda.so cannot"
        " found` from triton, `cannot find -lcuda` from the linker."
    ),
    "doctor.wsl.libcuda-path.fix": (
        "In WSL put `/usr/lib/wsl/lib` into LD_LIBRARY_PATH. Elsewhere add the folder of"
        " `libcuda.so.1`, and a link `libcuda.so` in a folder of yours."
    ),
    "doctor.packages.mkl-symbol": "A newer MKL does not fit conda's PyTorch",
    "doctor.packages.mkl-symbol.text": (
        "MKL 2024.1 dropped a symbol that PyTorch's builds of the channel `pytorch` need"
        " (`iJIT_NotifyEvent`)."
    ),
    "doctor.packages.mkl-symbol.how": "The line `undefined symbol: iJIT_NotifyEvent`.",
    "doctor.packages.mkl-symbol.fix": "Install `mkl=2024.0`.",
    "doctor.packages.nvjitlink-conflict": "Another nvJitLink is loaded before PyTorch's own",
    "doctor.packages.nvjitlink-conflict.text": (
        "cuSPARSE of the wheel needs a newer `libnvJitLink` than the one that is found first,"
        " mostly through LD_LIBRARY_PATH or a toolkit of the system."
    ),
    "doctor.packages.nvjitlink-conflict.how": "The line `undefined symbol: __nvJitLink…`.",
    "doctor.packages.nvjitlink-conflict.fix": (
        "Start without LD_LIBRARY_PATH. If that does not help, reinstall `nvidia-nvjitlink-cu12`"
        " in the version that torch asks for."
    ),
    "doctor.packages.cuda-library-conflict": "Another CUDA library is loaded before PyTorch's own",
    "doctor.packages.cuda-library-conflict.text": (
        "PyTorch or an extension needs a function that the library found first does not have:"
        " NCCL, cuBLAS or the runtime of another release."
    ),
    "doctor.packages.cuda-library-conflict.how": (
        "Lines such as `undefined symbol: ncclCommSplit` or `undefined symbol: cublasLt…`."
    ),
    "doctor.packages.cuda-library-conflict.fix": (
        "Start without LD_LIBRARY_PATH, then reinstall torch together with its `nvidia-…` packages."
    ),
    "doctor.packages.cuda-library-missing": "A CUDA library that PyTorch brings is missing",
    "doctor.packages.cuda-library-missing.text": (
        "PyTorch was installed without the `nvidia-…` packages that hold its CUDA libraries, or"
        " they are of another CUDA."
    ),
    "doctor.packages.cuda-library-missing.how": (
        "While torch itself is imported, the loader cannot open `libcudart`, `libcublas`,"
        " `libnvJitLink`, `libcusparseLt` or another library of CUDA."
    ),
    "doctor.packages.cuda-library-missing.fix": (
        "Reinstall torch with its dependencies (without `--no-deps`), from one index only."
    ),
    "doctor.packages.cudnn-missing": "cuDNN cannot be found",
    "doctor.packages.cudnn-missing.text": (
        "A program looks for a cuDNN that is not there: PyTorch brings its own and tells nobody"
        " else, or the program wants another generation (8 or 9)."
    ),
    "doctor.packages.cudnn-missing.how": (
        "Lines such as `Could not load library libcudnn…`, `Unable to load any of {{libcudnn…`,"
        " `Could not locate cudnn…dll`, `zlibwapi.dll`."
    ),
    "doctor.packages.cudnn-missing.fix": (
        "Install the cuDNN that the program names into the same environment (`nvidia-cudnn-cu12`"
        " for pip, `cudnn` for conda), in its generation."
    ),
    "doctor.packages.cudnn-conflict": "Another cuDNN is loaded before PyTorch's own",
    "doctor.packages.cudnn-conflict.text": (
        "PyTorch was built for cuDNN {built} and finds {found}: a copy of the system, of a"
        " toolkit or of another package stands first."
    ),
    "doctor.packages.cudnn-conflict.text.unknown": (
        "The parts of cuDNN that are loaded come from different versions: a copy of the system,"
        " of a toolkit or of another package stands before PyTorch's own."
    ),
    "doctor.packages.cudnn-conflict.how": (
        "PyTorch's own words about two versions, `CUDNN_STATUS_…VERSION_MISMATCH`, or an"
        " undefined symbol in a library of cuDNN."
    ),
    "doctor.packages.cudnn-conflict.fix": (
        "Take the folder of the other cuDNN out of LD_LIBRARY_PATH. PyTorch needs none but its own."
    ),
    "doctor.packages.torchvision-mismatch": "torchvision does not belong to this PyTorch",
    "doctor.packages.torchvision-mismatch.text": (
        "Its compiled part was made for another release or another CUDA than PyTorch {torch}, so"
        " `torchvision::nms` and others are missing."
    ),
    "doctor.packages.torchvision-mismatch.text.release": (
        "torchvision {version} belongs to PyTorch {wanted}, and {torch} is installed."
    ),
    "doctor.packages.torchvision-mismatch.text.cuda": (
        "torchvision {version} and PyTorch {torch} were built for different CUDA versions."
    ),
    "doctor.packages.torchvision-mismatch.how": (
        "The versions of both are held against the matrix, their suffixes against each other; or"
        " torchvision says so itself."
    ),
    "doctor.packages.torchvision-mismatch.fix": (
        "Install the torchvision of the same release and from the same index as torch."
    ),
    "doctor.packages.torchvision-mismatch.fix.build": (
        "torchvision {companion} belongs to PyTorch {torch}."
    ),
    "doctor.packages.torchaudio-mismatch": "torchaudio does not belong to this PyTorch",
    "doctor.packages.torchaudio-mismatch.text": (
        "Its compiled part was made for another release or another CUDA than PyTorch {torch}."
    ),
    "doctor.packages.torchaudio-mismatch.text.release": (
        "torchaudio {version} belongs to PyTorch {wanted}, and {torch} is installed."
    ),
    "doctor.packages.torchaudio-mismatch.text.cuda": (
        "torchaudio {version} and PyTorch {torch} were built for different CUDA versions."
    ),
    "doctor.packages.torchaudio-mismatch.how": "As for torchvision.",
    "doctor.packages.torchaudio-mismatch.fix": (
        "Install the torchaudio of the same release and from the same index as torch. From"
        " PyTorch 2.12 on there is none for CUDA 13.2."
    ),
    "doctor.packages.torchaudio-mismatch.fix.build": (
        "torchaudio {companion} belongs to PyTorch {torch}."
    ),
    "doctor.packages.missing": "A package that PyTorch needs is not installed",
    "doctor.packages.missing.text": (
        "{package} needs {missing}, and that is not in this environment. It was probably"
        " uninstalled by hand, or taken out by another package."
    ),
    "doctor.packages.missing.how": (
        "What torch, torchvision and torchaudio name as needed (Requires-Dist) beside what is"
        " installed; NumPy too, where `gpusetup init` had installed it."
    ),
    "doctor.packages.missing.fix": "Install what is missing, inside the environment.",
    "doctor.packages.numpy-abi": "NumPy 2 beside packages built for NumPy 1",
    "doctor.packages.numpy-abi.text": (
        "NumPy {numpy} is installed, and PyTorch {torch} or another package was compiled for"
        " NumPy 1: tensors cannot be turned into arrays."
    ),
    "doctor.packages.numpy-abi.text.unknown": (
        "A package that was compiled for another generation of NumPy is loaded: tensors cannot be"
        " turned into arrays."
    ),
    "doctor.packages.numpy-abi.how": (
        "Wheels of torch before 2.3 (on Windows 2.4.1) beside NumPy 2, or NumPy's own message."
    ),
    "doctor.packages.numpy-abi.fix": "Install `numpy<2`, or a newer PyTorch.",
    "doctor.packages.xformers-mismatch": "xformers was built for another PyTorch",
    "doctor.packages.xformers-mismatch.text": (
        "The compiled part of xformers does not load with PyTorch {torch}, so its fast attention"
        " is missing."
    ),
    "doctor.packages.xformers-mismatch.text.unknown": (
        "The compiled part of xformers does not load with this PyTorch, so its fast attention is"
        " missing."
    ),
    "doctor.packages.xformers-mismatch.text.release": (
        "xformers {version} was built for PyTorch {wanted}, and {torch} is installed."
    ),
    "doctor.packages.xformers-mismatch.how": (
        "xformers' own message, pip's word about its requirement, or the version that it demands."
    ),
    "doctor.packages.xformers-mismatch.fix": (
        "Install the xformers that names this torch, from the same index; or leave it out,"
        " PyTorch has an attention of its own."
    ),
    "doctor.packages.extension-cuda": "An extension needs another CUDA than PyTorch brings",
    "doctor.packages.extension-cuda.text": (
        "Something compiled for CUDA {needed} looks for its libraries, and PyTorch brings CUDA"
        " {cuda}."
    ),
    "doctor.packages.extension-cuda.text.unknown": (
        "Something compiled looks for CUDA libraries that PyTorch does not bring: it was built"
        " for another CUDA."
    ),
    "doctor.packages.extension-cuda.how": (
        "The loader cannot open `libcudart.so.N`, `libcublas.so.N` or another, and it was not"
        " torch that asked."
    ),
    "doctor.packages.extension-cuda.fix": (
        "Install the build of that package for the CUDA of your torch, or the torch for its CUDA."
    ),
    "doctor.packages.extension-abi": "A compiled extension was built for another PyTorch",
    "doctor.packages.extension-abi.text": (
        "{package} asks PyTorch for a function or a library that this release does not have under "
        "that name."
    ),
    "doctor.packages.extension-abi.text.unnamed": (
        "A compiled extension asks PyTorch for a function or a library that this release does not "
        "have. Which extension it is does not stand there: the lines above the error name it."
    ),
    "doctor.packages.extension-abi.text.release": (
        "{package} {version} was built for PyTorch {wanted}, and {torch} is installed."
    ),
    "doctor.packages.extension-abi.how": (
        "An undefined C++ symbol of torch, c10 or at in a library that is not torch's, a library"
        " of torch that is gone, or the version that the package demands."
    ),
    "doctor.packages.extension-abi.fix": (
        "Install the release of that package that was built for your torch, or build it anew"
        " against it (`--no-build-isolation --no-cache-dir`)."
    ),
    "doctor.packages.architecture-missing": "An extension has no code for this GPU",
    "doctor.packages.architecture-missing.text": (
        "PyTorch itself runs on the GPU, but {package} was not compiled for its architecture."
    ),
    "doctor.packages.architecture-missing.text.unknown": (
        "PyTorch itself may run on the GPU, but something compiled beside it was not made for its"
        " architecture."
    ),
    "doctor.packages.architecture-missing.how": (
        "The line `no kernel image is available` out of an extension, its own word about GPUs, or"
        " the same line where the matrix says that torch has the code."
    ),
    "doctor.packages.architecture-missing.fix": (
        "Build the extension with TORCH_CUDA_ARCH_LIST set to the GPU's capability, take a"
        " release that supports it, or switch it off."
    ),
    "doctor.packages.nvcc-mismatch": "nvcc is of another CUDA than PyTorch",
    "doctor.packages.nvcc-mismatch.text": (
        "The toolkit's nvcc is {nvcc}, and PyTorch was built with CUDA {cuda}. An extension that"
        " is compiled now would not fit."
    ),
    "doctor.packages.nvcc-mismatch.text.unknown": (
        "The toolkit's nvcc is of another CUDA than PyTorch was built with. An extension that is"
        " compiled now would not fit."
    ),
    "doctor.packages.nvcc-mismatch.how": "torch's own check before it compiles an extension.",
    "doctor.packages.nvcc-mismatch.fix": (
        "Point CUDA_HOME to a toolkit of the same CUDA as torch (conda: `cuda-toolkit`), install"
        " a torch for the toolkit that is there, or take a ready wheel."
    ),
    "doctor.packages.nvcc-too-old": "nvcc does not know this GPU",
    "doctor.packages.nvcc-too-old.text": (
        "The toolkit that compiles the extension is older than the GPU's architecture."
    ),
    "doctor.packages.nvcc-too-old.how": "The line `Unsupported gpu architecture`.",
    "doctor.packages.nvcc-too-old.fix": "Use a newer toolkit, of the same CUDA as torch.",
    "doctor.packages.nvcc-missing": "A compiler for CUDA is needed and not there",
    "doctor.packages.nvcc-missing.text": (
        "A package is compiled during its installation, and that takes nvcc of a CUDA toolkit."
        " PyTorch brings none."
    ),
    "doctor.packages.nvcc-missing.how": (
        "The line `CUDA_HOME environment variable is not set`, or `nvcc was not found`."
    ),
    "doctor.packages.nvcc-missing.fix": (
        "Take a ready wheel of that package for your torch. Else install a toolkit of the same"
        " CUDA as torch and set CUDA_HOME."
    ),
    "doctor.packages.bitsandbytes-cuda": "bitsandbytes finds no CUDA library that fits",
    "doctor.packages.bitsandbytes-cuda.text": (
        "bitsandbytes has no library for the CUDA of this torch, or cannot load it, and falls"
        " back to its library for processors."
    ),
    "doctor.packages.bitsandbytes-cuda.how": (
        "Its own messages: `CUDA Setup failed`, `libbitsandbytes_cpu`, `compiled without GPU"
        " support`."
    ),
    "doctor.packages.bitsandbytes-cuda.fix": (
        "Upgrade bitsandbytes (0.43 or newer brings libraries for CUDA 11.7 to 12, also on"
        " Windows), and leave BNB_CUDA_VERSION unset."
    ),
}
