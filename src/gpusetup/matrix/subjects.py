"""What a word like "RTX 3060", "sm_86", "2.7.1", "driver 535" or "cu126" means in the matrix."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Iterable, Union

from gpusetup.basics.values import dataclass
from gpusetup.basics.versions import Capability, Version, show_architecture
from gpusetup.matrix.rows import GpuModel, Matrix, gpus_named

MOST_CANDIDATES = 12


@dataclass(frozen=True)
class GpuSubject:
    """A card, a chip or a whole architecture. `models`: the rows that the name may mean."""

    name: str
    capabilities: tuple[Capability, ...]
    models: tuple[GpuModel, ...] = ()
    chip: str | None = None


@dataclass(frozen=True)
class TorchSubject:
    """The releases that were named, newest first."""

    releases: tuple[Version, ...]


@dataclass(frozen=True)
class DriverSubject:
    """A driver version, or a whole branch ("535": one number)."""

    version: Version


@dataclass(frozen=True)
class CudaSubject:
    version: Version


@dataclass(frozen=True)
class Unclear:
    """Several things are called so. `candidates` are words that are clear."""

    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """Nothing is called so. `near`: what is called almost so."""

    near: tuple[str, ...] = ()


Subject = Union[GpuSubject, TorchSubject, DriverSubject, CudaSubject]
Reading = Union[Subject, Unclear, Unknown]


def read_subject(text: str, matrix: Matrix) -> Reading:
    """What the words mean.

    Named kinds first ("torch 2.7", "cuda 12.6"), then forms that only one kind has ("sm_86",
    "535.183.01"), then names of cards, then plain numbers, which several kinds may share.
    """
    words = " ".join(text.split())
    for reader in (_torch, _driver, _cuda, _architecture, _chip):
        found = reader(words, matrix)
        if found is not None:
            return found
    return _pci(words, matrix) or _number(words, matrix) or read_gpu(words, matrix)


def read_capabilities(text: str, matrix: Matrix) -> tuple[Capability, ...] | Unclear | Unknown:
    """The compute capabilities of a card or of an architecture: "RTX 3060", "8.6", "sm_86"."""
    words = " ".join(text.split())
    plain = re.fullmatch(r"(\d{1,2})\.(\d)", words)
    if plain and matrix.generation((int(plain[1]), int(plain[2]))):
        return ((int(plain[1]), int(plain[2])),)
    for reader in (_architecture, _chip, _pci):
        found = reader(words, matrix)
        if isinstance(found, GpuSubject):
            return found.capabilities
    named = read_gpu(words, matrix)
    return named.capabilities if isinstance(named, GpuSubject) else named


def read_gpu(words: str, matrix: Matrix) -> GpuSubject | Unclear | Unknown:
    """A card by its name, whole, without the maker's words, or cut off as nvidia-smi does it."""
    found = gpus_named(matrix.gpus, words)
    if not found and not words.endswith("..."):
        found = _called(words, matrix.gpus)
    if not found:
        names = {gpu.name.lower(): gpu.name for gpu in matrix.gpus}
        short = {_short(gpu.name): gpu.name for gpu in matrix.gpus}
        near = [names[each] for each in get_close_matches(words.lower(), names, 3)]
        near += [short[each] for each in get_close_matches(_short(words), short, 3)]
        return Unknown(tuple(dict.fromkeys(near)))
    chips = {chip for gpu in found for chip in gpu.chips}
    if len(found) == 1 or (len(chips) == 1 and _one_family(words, found)):
        return GpuSubject(_family_name(words, found), _capabilities(found, matrix), found)
    return Unclear(_shortened(gpu.name for gpu in found))


def _torch(words: str, matrix: Matrix) -> Reading | None:
    found = re.fullmatch(r"(?:py)?torch\s*(?:==|=)?\s*v?(\d+(?:\.\d+){0,2})", words, re.IGNORECASE)
    return _releases(found[1], matrix) if found else None


def _releases(number: str, matrix: Matrix) -> TorchSubject | Unknown:
    wanted = Version.parse(number)
    all_releases = sorted({build.torch for build in matrix.builds}, reverse=True)
    found = tuple(each for each in all_releases if each.starts_with(wanted))
    if found:
        return TorchSubject(found)
    near = get_close_matches(number, [str(each) for each in all_releases], 3, 0.4)
    return Unknown(tuple(f"torch {each}" for each in near))


def _driver(words: str, matrix: Matrix) -> DriverSubject | None:
    found = re.fullmatch(
        r"(?:(?:nvidia[- ])?driver\s*|r(?=\d{3}$))r?(\d+(?:\.\d+){0,2})|(\d{3}\.\d+(?:\.\d+)?)",
        words,
        re.IGNORECASE,
    )
    return DriverSubject(Version.parse(found[1] or found[2])) if found else None


def _cuda(words: str, matrix: Matrix) -> CudaSubject | None:
    found = re.fullmatch(r"cuda\s*(\d+(?:\.\d+){0,2})|cu(\d{2,3})", words, re.IGNORECASE)
    if not found:
        return None
    return CudaSubject(Version.parse(found[1] or f"{found[2][:-1]}.{found[2][-1]}"))


def _architecture(words: str, matrix: Matrix) -> GpuSubject | Unknown | None:
    found = re.fullmatch(r"(?:sm|compute)_?(\d{1,2})(\d)[af]?", words, re.IGNORECASE)
    return _of_capability((int(found[1]), int(found[2])), matrix) if found else None


def _of_capability(capability: Capability, matrix: Matrix) -> GpuSubject | Unknown:
    if matrix.generation(capability) is None:
        return Unknown()
    models = tuple(gpu for gpu in matrix.gpus if gpu.compute_capability == capability)
    return GpuSubject(show_architecture(capability), (capability,), models)


def _chip(words: str, matrix: Matrix) -> GpuSubject | None:
    chip = matrix.chip(words.upper())
    if chip is None:
        return None
    models = tuple(gpu for gpu in matrix.gpus if gpu.chip == chip.name)
    return GpuSubject(chip.name, (chip.compute_capability,), models, chip.name)


def _pci(words: str, matrix: Matrix) -> GpuSubject | Unknown | None:
    found = re.fullmatch(r"(10de:)?(?:0x)?([0-9a-f]{4})", words, re.IGNORECASE)
    if not found:
        return None
    device = matrix.pci_device(found[2])
    if device is None:
        return Unknown() if found[1] else None
    if not found[1] and (device.name is None or _called(words, matrix.gpus)):
        return None  # "1080" is a card before it is an id
    models = gpus_named(matrix.gpus, device.name) if device.name else ()
    known = (device.compute_capability,) if device.compute_capability else ()
    return GpuSubject(device.name or device.chip, known, models, device.chip)


def _number(words: str, matrix: Matrix) -> Reading | None:
    """ "8.6", "12.6", "2.7.1", "535": what it can be; several things only where it must be."""
    if not re.fullmatch(r"\d+(\.\d+){0,2}", words):
        return None
    number = Version.parse(words)
    if len(number.numbers) == 1:
        is_branch = any(row.branch == number.major for row in matrix.branches)
        return DriverSubject(number) if is_branch else None
    if len(number.numbers) == 3 or number.major < 3:  # capabilities below 3 never ran torch
        return _releases(words, matrix)
    capability = (number.numbers[0], number.numbers[1])
    gpu = _of_capability(capability, matrix)
    cuda = CudaSubject(number) if matrix.cuda_family(number) else None
    if isinstance(gpu, Unknown):
        return cuda
    if cuda is None:
        return gpu
    return Unclear((show_architecture(capability), f"cuda {number}"))


_MAKER = frozenset({"nvidia", "geforce", "tesla", "quadro", "grid", "gpu", "mobile", "generation"})
_SERIES = frozenset({"rtx", "gtx", "gt"})


def _called(words: str, gpus: tuple[GpuModel, ...]) -> tuple[GpuModel, ...]:
    """Cards whose name is these words, else those that begin with them."""
    wanted = _short(words)
    if not wanted:
        return ()
    found = tuple(gpu for gpu in gpus if _short(gpu.name) == wanted)
    if wanted == _shorter(words):  # "TITAN X" without a series: a GeForce GTX and a Pascal
        found = tuple(gpu for gpu in gpus if _shorter(gpu.name) == wanted)
    longer = (gpu for gpu in gpus if _short(gpu.name).startswith(wanted + " "))
    return found or tuple(longer) or _beginning_so(wanted, gpus)


def _beginning_so(wanted: str, gpus: tuple[GpuModel, ...]) -> tuple[GpuModel, ...]:
    """ "rtx 30": in the middle of a word too, if there is enough of it."""
    if len(wanted) < 3:
        return ()
    forms = ((_short(gpu.name), _shorter(gpu.name), gpu) for gpu in gpus)
    found = (
        gpu
        for short, shorter, gpu in forms
        if short.startswith(wanted) or shorter.startswith(wanted)
    )
    return tuple(found)


def _short(name: str) -> str:
    """ "NVIDIA GeForce RTX 4060 Laptop GPU" -> "rtx 4060 laptop"."""
    words = re.split(r"[\s_-]+", re.sub(r"\(.*?\)", "", name.lower()).strip())
    return " ".join(word for word in words if word not in _MAKER)


def _shorter(name: str) -> str:
    first, _, rest = _short(name).partition(" ")
    return rest if first in _SERIES and rest else _short(name)


def _one_family(words: str, found: tuple[GpuModel, ...]) -> bool:
    """ "A100" for all that begin with it and differ in memory and form only."""
    start = _short(words)
    return not words.endswith("...") and all(_short(g.name).startswith(start + " ") for g in found)


def _family_name(words: str, found: tuple[GpuModel, ...]) -> str:
    return found[0].name if len(found) == 1 else words


def _capabilities(found: Iterable[GpuModel], matrix: Matrix) -> tuple[Capability, ...]:
    """Of the cards; where a name was sold with several chips, of all of them."""
    known: set[Capability] = set()
    for gpu in found:
        chips = (matrix.chip(name) for name in gpu.chips)
        known.update(chip.compute_capability for chip in chips if chip)
        if gpu.compute_capability:
            known.add(gpu.compute_capability)
    return tuple(sorted(known))


def _shortened(names: Iterable[str]) -> tuple[str, ...]:
    found = tuple(names)
    return found if len(found) <= MOST_CANDIDATES else (*found[:MOST_CANDIDATES], "...")
