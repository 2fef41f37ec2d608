"""What conda writes while it downloads: a bar with a percentage per package. Pure.

>>> [each] = read_bars("pytorch-2.8.0        | 1.20 GB   | ####5       |  45% ")
>>> each.name, round(each.done_mib), round(each.total_mib)
('pytorch', 515, 1144)
"""

from __future__ import annotations

import re

from gpusetup.engines.uv_output import Bar, plain

# conda cuts name and version to twenty characters; its units are powers of ten
_BAR = re.compile(
    r"(?P<name>[A-Za-z0-9_][\w.+-]*?)(?:-\d[\w.!+-]*)?\s*\|\s*(?P<size>[\d.]+) (?P<unit>[KMG]?B)\s*"
    r"\|[ #\d]*\|\s*(?P<percent>\d{1,3})%"
)
_MIB = {"B": 1 / 2**20, "KB": 1e3 / 2**20, "MB": 1e6 / 2**20, "GB": 1e9 / 2**20}


def read_bars(text: str) -> tuple[Bar, ...]:
    """The download bars in a piece of output; a later one of the same package counts."""
    found = {}
    for match in _BAR.finditer(plain(text)):
        total = float(match["size"]) * _MIB[match["unit"]]
        done = total * min(int(match["percent"]), 100) / 100
        found[match["name"]] = Bar(match["name"], done, total)
    return tuple(found.values())
