"""Whether a build has code for a GPU: compiled (SASS), or PTX that the driver translates."""

from __future__ import annotations

from gpusetup.basics.versions import Capability, Version
from gpusetup.matrix.rows import Build

# Jetson chips: neither do they run the code of the cards around them, nor the other way round
# (DEVICE_REQUIREMENT in torch/cuda/__init__.py of 2.15).
_JETSON = frozenset({(5, 3), (6, 2), (7, 2), (8, 7)})
_ORIN = (8, 7)
_ORIN_IS_ORDINARY_FROM = Version.parse("13.2")
_THOR_OLD, _THOR = (10, 1), (11, 0)  # CUDA 12.8 and 12.9 called Thor 10.1
# PTX older than Maxwell's was never enough for Ampere and newer: it imports and then fails.
_OLDEST_PTX_FOR_AMPERE = (5, 0)


def covered_by_code(card: Capability, build: Build) -> bool:
    """Whether the build holds machine code that this GPU runs."""
    wanted = _same_name(card)
    return any(_runs(wanted, _same_name(each), build) for each in build.architectures)


def covered_by_ptx(card: Capability, build: Build) -> bool:
    """Whether the build holds PTX that a driver could translate for this GPU."""
    wanted = _same_name(card)
    return any(
        _same_name(target) <= wanted and not (wanted >= (8, 0) and target < _OLDEST_PTX_FOR_AMPERE)
        for target in build.ptx
    )


def lacks_kepler_cudnn(card: Capability, build: Build) -> bool:
    """cuDNN 9 has no code below Maxwell: torch starts and every convolution fails."""
    return card[0] == 3 and _cudnn_major(build) >= 9


def _runs(card: Capability, compiled: Capability, build: Build) -> bool:
    if card[0] != compiled[0] or compiled[1] > card[1]:
        return False
    if card == compiled:
        return True
    if compiled in _JETSON:
        return False
    if card not in _JETSON:
        return True
    return card == _ORIN and (build.cuda_runtime or Version.parse("0")) >= _ORIN_IS_ORDINARY_FROM


def _same_name(capability: Capability) -> Capability:
    return _THOR if capability == _THOR_OLD else capability


def _cudnn_major(build: Build) -> int:
    """The cuDNN generation. conda-forge leaves it open, and moved to 9 with torch 2.4."""
    text = build.cudnn or ""
    if text[:1].isdigit():
        return int(text.partition(".")[0])
    return 9 if build.torch.numbers >= (2, 4) else 0
