"""Extra packages: what people call them, and what they are called on the package index or conda.

Companions of torch (torchvision, torchaudio) are not here: the matrix knows their exact versions.
"""

from __future__ import annotations

from gpusetup.request import Origin
from gpusetup.requirement_files import COMPANIONS

COMPILERS = ("nvcc", "cuda-nvcc")
"""The compiler of the chosen CUDA: its version and source depend on the choice."""

# name as people write or import it -> (package index, conda-forge).
# Common knowledge; not compared with PyPI or the conda-forge feedstocks one by one.
_NAMES: dict[str, tuple[str, str]] = {
    "opencv": ("opencv-python", "opencv"),
    "cv2": ("opencv-python", "opencv"),
    "opencv-python": ("opencv-python", "opencv"),
    "sklearn": ("scikit-learn", "scikit-learn"),
    "skimage": ("scikit-image", "scikit-image"),
    "pil": ("pillow", "pillow"),
    "jupyter": ("jupyterlab", "jupyterlab"),
    "notebook": ("notebook", "notebook"),
    "lightning": ("lightning", "lightning"),
    "pytorch-lightning": ("lightning", "lightning"),
    "huggingface": ("transformers", "transformers"),
    "tensorboard": ("tensorboard", "tensorboard"),
    "yaml": ("pyyaml", "pyyaml"),
    "bs4": ("beautifulsoup4", "beautifulsoup4"),
}

_MODULES = ("cv2", "sklearn", "skimage", "pil", "yaml", "bs4")  # names of modules, not of packages


def suggested() -> tuple[str, ...]:
    """The names that we know, for a list to choose from."""
    return (*COMPANIONS, *sorted(name for name in _NAMES if name not in _MODULES), COMPILERS[0])


def is_plain_word(word: str) -> bool:
    """Whether a package or channel is no option to a program, and stands on one line.

    >>> is_plain_word("mkl<2024.1"), is_plain_word("--prefix=/"), is_plain_word("a\\nb")
    (True, False, False)
    """
    return not word.startswith("-") and word.isprintable()


def package_name(name: str, origin: Origin) -> str:
    """The name to install for what the user wrote: "cv2" -> "opencv-python" or "opencv"."""
    index, conda = _NAMES.get(name.lower(), (name, name))
    return conda if origin.is_conda else index


def extra_packages(wished: tuple[str, ...], origin: Origin) -> tuple[str, ...]:
    """The wished packages, each once, in the user's order; without what depends on the choice."""
    ours = (*COMPANIONS, *COMPILERS)
    names = (package_name(name, origin) for name in wished if name.lower() not in ours)
    return tuple(dict.fromkeys(names))


def wants_compiler(wished: tuple[str, ...]) -> bool:
    """Whether nvcc is among the wished packages."""
    return any(name.lower() in COMPILERS for name in wished)
