"""What a conda environment holds before torch goes into it, and what a change would do. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Iterable, Mapping, Sequence

from gpusetup.basics.values import dataclass
from gpusetup.engines.solved import Solved

# torch itself, what comes and goes with it, and what picks its build: all that may be replaced
_TORCH = frozenset((
    "pytorch", "pytorch-cpu", "pytorch-gpu", "pytorch-cuda", "pytorch-mutex", "cpuonly", "libtorch",
    "torchvision", "torchvision-cpu", "torchaudio", "torchaudio-cpu", "torchtriton",
))  # fmt: skip
_CUDA = frozenset(("cudatoolkit", "cuda-version"))


@dataclass(frozen=True)
class Held:
    """A conda environment. `wished`: names that somebody asked for, or that nothing needs."""

    packages: tuple[Solved, ...] = ()
    wished: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()  # the lines of conda-meta/pinned

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.packages)


@dataclass(frozen=True)
class Changes:
    """What a solver would do to what is there. Each is (name, old version, new version)."""

    updated: tuple[tuple[str, str, str], ...] = ()
    removed: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()  # of the removed: what somebody wished for


def read_held(records: Iterable[str], pinned: str, history: str = "") -> Held:
    """From the texts of `conda-meta/*.json`, of `conda-meta/pinned` and of `conda-meta/history`.

    Raises:
        ValueError: a record that is none.
    """
    raws = [_record(text) for text in records]
    packages = tuple(_solved(raw) for raw in raws)
    needed = {str(each).split()[0] for raw in raws for each in raw.get("depends") or () if each}
    asked = wished_in(history)
    wished = tuple(
        sorted(
            str(raw["name"])
            for raw in raws
            if raw["name"] in asked or _is_wished(raw) or raw["name"] not in needed
        )
    )
    lines = [line.split("#")[0].strip() for line in pinned.splitlines()]
    return Held(packages, wished, tuple(filter(None, lines)))


def wished_in(history: str) -> frozenset[str]:
    """The names that somebody asked conda for, and did not remove again.

    >>> sorted(wished_in("# update specs: ['python=3.12', 'rich']\\n# remove specs: ['rich']"))
    ['python']
    """
    names: dict[str, None] = {}
    for verb, listed in re.findall(r"^#\s*(\w+) specs:\s*(\[.*\])", history, re.MULTILINE):
        for spec in re.findall(r"['\"]([^'\"]+)['\"]", listed):
            name = _name(spec)
            if verb in ("remove", "uninstall"):
                names.pop(name, None)
            else:
                names[name] = None
    return frozenset(names)


def history_entry(when: str, words: Sequence[str], verb: str, specs: Sequence[str]) -> str:
    """An entry of `conda-meta/history` as conda writes it: it reads the specs from there."""
    command = " ".join(("gpusetup", *words))
    return f"==> {when} <==\n# cmd: {command}\n# {verb} specs: {json.dumps(list(specs))}\n"


def _record(text: str) -> Mapping[str, Any]:
    raw = json.loads(text)
    if not isinstance(raw, dict) or not {"name", "version", "build"} <= set(raw):
        raise ValueError("not a record")
    return raw


def _solved(raw: Mapping[str, Any]) -> Solved:
    return Solved(
        str(raw["name"]), str(raw["version"]), str(raw["build"]), str(raw.get("channel") or ""),
        raw.get("url"), 0,
    )  # fmt: skip


def _is_wished(raw: Mapping[str, Any]) -> bool:
    one = raw.get("requested_spec")
    return bool(raw.get("requested_specs")) or one not in (None, "", "None")


def torch_packages(held: Held) -> tuple[str, ...]:
    """The packages that make conda's torch, and go before a wheel comes."""
    return tuple(sorted(held.names & _TORCH))


def kept_names(held: Held) -> tuple[str, ...]:
    """What must still be there afterwards: all that was wished for, but for torch's own parts."""
    return tuple(name for name in held.wished if name not in _TORCH | _CUDA)


def pins_of_others(held: Held | None) -> tuple[str, ...]:
    """The pins of an environment, without those of the torch that is replaced."""
    return tuple(line for line in (held.pinned if held else ()) if _name(line) not in _TORCH)


def pinned_specs(held: Held) -> tuple[str, ...]:
    """What is pinned and there, with the version that is there.

    The pin itself would be taken for a wish to update: `numpy 1.26.*` has newer patches.
    """
    pinned = {_name(line) for line in pins_of_others(held)}
    return tuple(f"{each.name}={each.version}" for each in held.packages if each.name in pinned)


def _name(line: str) -> str:
    found = re.match(r"(?:[\w./-]+::)?([\w.-]+)", line)
    return found[1].lower() if found else line


def changes(held: Held, after: Sequence[Solved]) -> Changes:
    """What differs, torch's own parts left out: those are the point of it."""
    new = {each.name: each for each in after}
    own = _TORCH | _CUDA
    updated = tuple(
        (each.name, each.version, new[each.name].version)
        for each in held.packages
        if each.name in new and each.name not in own and each.version != new[each.name].version
    )
    removed = tuple(each.name for each in held.packages if each.name not in {*new, *own})
    lost = tuple(name for name in removed if name in kept_names(held))
    return Changes(updated, removed, lost)
