"""Version numbers and compute capabilities as values that compare right and print as written.

Driver, CUDA, torch, Python and glibc numbers are plain dotted integers; `packaging` (20 ms to
import) is only needed where a person wrote a specifier or a local version (`request.py`).
"""

from __future__ import annotations

import re

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass, field

Capability = tuple[int, int]
"""A compute capability, (8, 6) for "8.6" or sm_86. Never a float: 12.10 is not 12.1."""

_DOTTED = pattern(r"\d+(?:\.\d+)*")
_CAPABILITY = pattern(r"(\d{1,2})\.(\d)")


@dataclass(frozen=True, order=True)
class Version:
    """A dotted version. Compares by number ("12.10" > "12.9"), prints as it was written."""

    numbers: tuple[int, ...]
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Version:
        """ "550.144.03" -> Version((550, 144, 3)).

        Raises:
            ValueError: the text is not digits and dots.
        """
        if not _DOTTED.fullmatch(text):
            raise ValueError(f"not a dotted version: {text!r}")
        return cls(tuple(map(int, text.split("."))), text)

    @classmethod
    def told(cls, text: str | None) -> Version | None:
        """What a program or a file told for a version; None where it is none."""
        try:
            return cls.parse(text.strip()) if text else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return self.text

    @property
    def major(self) -> int:
        """The first number: a driver's branch, CUDA's family."""
        return self.numbers[0]

    def starts_with(self, prefix: Version) -> bool:
        """Whether this is `prefix` or a later patch of it: 12.6.3 starts with 12.6."""
        return self.numbers[: len(prefix.numbers)] == prefix.numbers

    def minor(self) -> Version:
        """The first two numbers: 3.11.7 -> 3.11."""
        numbers = self.numbers[:2]
        return Version(numbers, ".".join(map(str, numbers)))


def parse_capability(text: str) -> Capability:
    """ "8.6" -> (8, 6).

    Raises:
        ValueError: the text is not a capability.
    """
    found = _CAPABILITY.fullmatch(text)
    if not found:
        raise ValueError(f"not a compute capability: {text!r}")
    return int(found[1]), int(found[2])


def show_capability(capability: Capability) -> str:
    """(8, 6) -> "8.6"."""
    return f"{capability[0]}.{capability[1]}"


def parse_architecture(text: str) -> Capability:
    """ "sm_86" -> (8, 6), "compute_120" -> (12, 0), "sm_90a" -> (9, 0).

    Raises:
        ValueError: the text names no architecture.
    """
    found = re.fullmatch(r"(?:sm|compute)_(\d+)(\d)[a-z]?", text)
    if not found:
        raise ValueError(f"not an architecture: {text!r}")
    return int(found[1]), int(found[2])


def show_architecture(capability: Capability) -> str:
    """(8, 6) -> "sm_86"."""
    return f"sm_{capability[0]}{capability[1]}"


def parse_cuda_driver_version(raw: int) -> Version:
    """The CUDA driver API version as NVML and libcuda report it: 12040 -> 12.4."""
    return Version.parse(f"{raw // 1000}.{raw % 1000 // 10}")
