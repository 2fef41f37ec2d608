"""What uv writes while it works: download bars and package lines. Pure.

>>> [each] = read_bars("\\x1b[2mtorch      \\x1b[0m ----- 45.20 MiB/182.91 MiB")
>>> each.name, round(each.total_mib)
('torch', 183)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BAR = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.+-]*)\s+-{5,}\s+(?P<done>[\d.]+) ?(?P<done_unit>[KMG]?i?B)"
    r"/(?P<total>[\d.]+) ?(?P<total_unit>[KMG]?i?B)"
)
_PACKAGE = re.compile(r"^ ([+~-]) (\S+?)==(\S+)", re.MULTILINE)
_MIB = {"B": 1 / 2**20, "KiB": 1 / 1024, "KB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}


_MISSING = re.compile(r"there (?:is no version|are no versions) of ([\w.-]+)==([\w.+!]+)")


@dataclass(frozen=True)
class Bar:
    """One package's download so far, in MiB."""

    name: str
    done_mib: float
    total_mib: float


def plain(text: str) -> str:
    """The text without colours and cursor movements."""
    return _ANSI.sub("", text)


def read_bars(text: str) -> tuple[Bar, ...]:
    """The download bars in a piece of output; a later one of the same package counts."""
    found = {}
    for match in _BAR.finditer(plain(text)):
        done = float(match["done"]) * _MIB.get(match["done_unit"], 1.0)
        total = float(match["total"]) * _MIB.get(match["total_unit"], 1.0)
        found[match["name"]] = Bar(match["name"], done, total)
    return tuple(found.values())


def missing_version(text: str) -> tuple[str, str] | None:
    """The package and the exact version that no index has, as uv's resolver says it.

    >>> missing_version("cause: Because there is no version of torch==2.15.0+cu130 and you ...")
    ('torch', '2.15.0+cu130')
    """
    found = _MISSING.search(" ".join(plain(text).split()))
    return (found[1], found[2].rstrip(".,")) if found else None


def conclusion(text: str) -> str:
    """What uv's resolver concludes, as one sentence without its frame; "" where it tells none."""
    found = re.search(r"Because .*", " ".join(plain(text).split()))
    return found[0] if found else ""


def read_installed(text: str) -> dict[str, str]:
    """The packages that uv says it installed: {"torch": "2.13.0+cpu", ...}."""
    return {
        name: version
        for sign, name, version in _PACKAGE.findall(plain(text).replace("\r\n", "\n"))
        if sign in "+~"
    }
