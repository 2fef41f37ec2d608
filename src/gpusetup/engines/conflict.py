"""Which package cannot be had, and what it asks for in vain: the core of a solver's report. Pure.

>>> read_conflict("a 1 would require\\n  └─ b 3.11.*, for which no candidates were found.")
Conflict(package='a 1', needs='b 3.11.*')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator


@dataclass(frozen=True)
class Conflict:
    """A package, and the requirement of it that nothing beside it meets."""

    package: str
    needs: str


# A line of a tree (rattler, libmamba 1.5 and later, mamba 2): its depth, what it is about, its end.
_ENDS = (
    r",? (?:which )?(?:would require|would constrain|requires)$",
    r" is (?:not )?installable (?:because|and) it requires$",
    r",? (?:which )?(?:cannot|can) be installed\b.*$",
    r",? for which no candidates were found\.?$",
    r",? (?:which )?does not exist\b.*$",
    r",? (?:which )?is missing on the system\b.*$",
    r",? (?:which )?conflicts with\b.*$",
    r" is (?:not )?installable (?:because there are|with)\b.*$",
    r" with the potential options$",
    r" but there are no viable options$",
    r" is locked, .*$",
)
_NODE = re.compile(rf"^(?P<depth>[ │├└─|]*)(?P<subject>[^ │├└─|\n].*?)(?P<end>{'|'.join(_ENDS)})")
_REQUIRES = re.compile(r"(?:requires?|constrain)$")
_DEAD_END = re.compile(
    r"no candidates were found|does not exist|missing on the system|conflicts with"
)

# A line of libsolv's list (conda with libmamba, mamba 1, and `solver_problems` of mamba 2).
_LISTED = re.compile(
    r"package (?P<package>\S+) (?:requires|has constraint) (?P<needs>.+?)"
    r"(?:, but none of the providers can be installed| conflicting with .+)$",
    re.MULTILINE,
)
_UNPROVIDED = re.compile(
    r"nothing provides (?P<needs>.+?) needed by (?P<package>\S+?)\.?$", re.MULTILINE
)

# A block of conda's classic solver: "Package python conflicts for:", then one chain per line.
_CLASSIC = re.compile(r"^Package (\S+) conflicts for:\n((?:.+\n?)+)", re.MULTILINE)


def read_conflict(text: str) -> Conflict | None:
    """The first conflict that a report names; None where it names none."""
    for reader in (_listed, _in_tree, _classic):
        found = reader(text)
        if found:
            return found
    return None


def _listed(text: str) -> Conflict | None:
    found = _UNPROVIDED.search(text) or _LISTED.search(text)
    return Conflict(_readable(found["package"]), found["needs"].strip()) if found else None


def _in_tree(text: str) -> Conflict | None:
    """The first branch that ends in vain: the package above it, and what stands at its end."""
    above: list[tuple[int, str, bool]] = []
    for depth, subject, end in _nodes(text):
        while above and above[-1][0] >= depth:
            above.pop()
        if _DEAD_END.search(end):
            asking = next((name for _, name, asks in reversed(above) if asks), None)
            if asking:
                return Conflict(asking, subject)
        above.append((depth, subject, bool(_REQUIRES.search(end))))
    return None


def _nodes(text: str) -> Iterator[tuple[int, str, str]]:
    for line in text.splitlines():
        found = _NODE.match(line.rstrip(" :;"))
        if found:
            yield len(found["depth"]), _short(found["subject"]), found["end"]


def _classic(text: str) -> Conflict | None:
    """The chains end in what each asks of the one package."""
    found = _CLASSIC.search(text)
    if not found:
        return None
    chains = [line.split(" -> ") for line in found[2].splitlines() if line.strip()]
    longer = next((chain for chain in chains if len(chain) > 1), None)
    other = next((chain for chain in chains if chain is not longer), None)
    if longer is None:
        return None
    beside = f" ({other[-1].strip()})" if other else ""
    return Conflict(longer[0].strip(), f"{longer[-1].strip()}{beside}")


def _short(subject: str) -> str:
    """ "hdf5 1.10.4 | 1.10.5 | 1.10.5" -> "hdf5 1.10.4 | 1.10.5"."""
    name, _, versions = subject.strip(" ,").partition(" ")
    several = dict.fromkeys(each.strip() for each in versions.split(" | "))
    return f"{name} {' | '.join(several)}".strip()


def _readable(package: str) -> str:
    """ "pytorch-2.8.0-cpu_py311_0" -> "pytorch 2.8.0"."""
    parts = package.rsplit("-", 2)
    return f"{parts[0]} {parts[1]}" if len(parts) == 3 else package
