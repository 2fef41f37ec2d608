"""What can be reached: the facts about origins that the chooser weighs beside the matrix."""

from __future__ import annotations

from gpusetup.basics.values import dataclass
from gpusetup.request import Origin


@dataclass(frozen=True)
class Reach:
    """Whether one origin answered. `reached` None: not tried (then it is assumed to answer)."""

    origin: Origin
    reached: bool | None = None
    url: str | None = None  # where the client ended up, without credentials
    detail: str | None = None  # "403", "HTML instead of an index", "timed out" ...
    system_certs: bool = False  # it answered, but only with the system's certificates
    builds: tuple[str, ...] | None = None  # wheel index: the build folders that answered


@dataclass(frozen=True)
class WheelFile:
    """A wheel in a wheelhouse, known by its file name: torch-2.13.0+cpu-cp311-cp311-....whl."""

    filename: str
    location: str  # the folder or find-links page
    size_mib: int | None = None


@dataclass(frozen=True)
class Sources:
    """All origins as probed. The empty value means: nothing tried, everything assumed."""

    reaches: tuple[Reach, ...] = ()
    wheels: tuple[WheelFile, ...] = ()  # torch, torchvision, torchaudio wheels in wheelhouses
    python_downloads: bool | None = None  # whether uv can fetch an interpreter
    missing: frozenset[tuple[Origin, str, str]] = frozenset()  # (origin, build, torch) not there

    @property
    def system_certs(self) -> bool:
        """Whether an origin is reached only with the system's certificates."""
        return any(each.system_certs for each in self.reaches)

    def reached(self, origin: Origin) -> bool:
        """False only where the origin was tried and did not answer."""
        found = next((each for each in self.reaches if each.origin is origin), None)
        return found is None or found.reached is not False
