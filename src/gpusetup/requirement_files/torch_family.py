"""Which packages come with torch, and are therefore not a repository's to choose. Pure.

>>> part_of_torch("nvidia-cublas-cu12"), part_of_torch("nvidia-ml-py"), part_of_torch("triton")
(True, False, True)
"""

from __future__ import annotations

import re

# What wheels of torch ask for by exact version: a list made by `pip freeze` names them all.
_PARTS = re.compile(
    r"nvidia-(?:cublas|cuda-(?:cupti|nvrtc|runtime)|cudnn|cufft|cufile|curand|cusolver|cusparse"
    r"|cusparselt|nccl|nvjitlink|nvshmem|nvtx)(?:-cu\d+)?"
    r"|(?:pytorch-)?triton|cuda-(?:toolkit|bindings|pathfinder)"
)
# conda's names for torch and for what picks its CUDA
_CONDA_PARTS = frozenset(
    ("pytorch", "pytorch-gpu", "pytorch-cpu", "pytorch-cuda", "pytorch-mutex", "cpuonly",
     "libtorch", "torchtriton", "torchvision-cpu", "torchaudio-cpu")
)  # fmt: skip
_CONDA_TOOLKIT = re.compile(r"cudatoolkit|cuda|cudnn|nccl|cuda-version|cuda-toolkit|cuda-runtime")

# Pages that hold builds of torch, or of what is compiled against one torch.
_TORCH_PAGES = re.compile(
    r"download(?:-r2)?\.pytorch\.org|pytorch-wheels|data\.pyg\.org|/whl/(?:nightly|test|cpu|cu\d+|torch)"
    r"|torch_stable"
)
TORCH_CHANNELS = frozenset(("pytorch", "pytorch-nightly", "pytorch-test", "nvidia"))


def canonical(name: str) -> str:
    """The name as package indexes compare it: "Torch_Vision" -> "torch-vision"."""
    return re.sub(r"[-_.]+", "-", name).lower()


def part_of_torch(name: str) -> bool:
    """Whether torch brings the package along on its own."""
    return _PARTS.fullmatch(name) is not None or name in _CONDA_PARTS


def picks_a_cuda(name: str) -> bool:
    """Whether a conda package is a CUDA library or chooses one."""
    return _CONDA_TOOLKIT.fullmatch(name) is not None


def holds_torch(url: str) -> bool:
    """Whether torch, or what is built for one torch, could come from a page."""
    return _TORCH_PAGES.search(url) is not None
