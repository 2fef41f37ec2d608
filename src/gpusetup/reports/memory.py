"""How full a GPU was when it ran out of memory, by torch's own numbers.

(GPU 0; 15.75 GiB total capacity; 79.11 MiB already allocated; 3.62 MiB free; ...)
GPU 0 has a total capacity of 23.69 GiB of which 5.06 MiB is free. ... this process has 300 MiB ...
"""

from __future__ import annotations

import re

_NUMBER = r"\d{1,5}(?:\.\d{1,3})?"
_OLD = re.compile(
    rf"(?P<total>{_NUMBER}) (?P<tu>[GM]iB) total capacity;\s(?P<own>{_NUMBER}) (?P<ou>[GMK]iB"
    rf"|bytes)"
    rf" already allocated;\s(?P<free>{_NUMBER}) (?P<fu>[GMK]iB|bytes) (?:free|cached)"
    rf"(?:;\s(?P<kept>{_NUMBER}) (?P<ku>[GMK]iB|bytes) (?:reserved|cached))?"
)
_NEW = re.compile(
    rf"total capacity of (?P<total>{_NUMBER}) (?P<tu>[GM]iB) of which\s(?P<free>{_NUMBER})"
    rf" (?P<fu>[GMK]iB|bytes) is free(?P<rest>[\s\S]{{0,600}})"
)
_OWN = re.compile(
    rf"this process has\s(?P<own>{_NUMBER}) (?P<ou>[GMK]iB|bytes) memory in use"
    rf"|[Oo]f the allocated memory\s(?P<held>{_NUMBER}) (?P<hu>[GMK]iB"
    rf"|bytes) is allocated by PyTorch"
)
_UNITS = {"bytes": 1 / 2**20, "KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}


def memory_in(text: str) -> tuple[float, float, float] | None:
    """Of the first "out of memory" with numbers: (total, own, free) in MiB."""
    old = _OLD.search(text)
    if old:
        kept = _mib(old["kept"], old["ku"]) if old["kept"] else 0.0
        own = max(kept, _mib(old["own"], old["ou"]))
        return _mib(old["total"], old["tu"]), own, _mib(old["free"], old["fu"])
    new = _NEW.search(text)
    mine = _OWN.search(new["rest"]) if new else None
    if not (new and mine):
        return None
    own = _mib(mine["own"] or mine["held"], mine["ou"] or mine["hu"])
    return _mib(new["total"], new["tu"]), own, _mib(new["free"], new["fu"])


def _mib(number: str, unit: str) -> float:
    return float(number) * _UNITS[unit]
