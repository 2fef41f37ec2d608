"""Reading a conda channel: the records of torch and its companions, part by part.

py-rattler does it, in a child process with a limit for all of it: it takes the smallest form of
the listing that the channel offers, only the names that matter, and keeps a cache of its own.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from gpusetup.basics.redact import without_credentials
from gpusetup.effects.runner import Ended, run
from gpusetup.engines.condarc import CHANNEL_ALIAS
from gpusetup.indexes.conda_records import Record

DEADLINE_S = 180.0
OUT_OF_TIME = "timed out"


@dataclass(frozen=True)
class ChannelRead:
    """What could be read. `failed`: part of the channel -> why, in the fewest words."""

    records: tuple[Record, ...]
    failed: Mapping[str, str]


def channel_url(name: str, base: str = "") -> str:
    """Where a channel lies; `base`: a copy of the channels."""
    return f"{(base or CHANNEL_ALIAS).rstrip('/')}/{name}"


def read_channel(
    url: str,
    subdirs: Sequence[str],
    names: Sequence[str],
    cache: Path | None,
    deadline_s: float = DEADLINE_S,
) -> ChannelRead:
    """The records of these names. `cache` None: everything is asked for again.

    An address with a password leaves nothing in a cache: rattler would write it there.
    """
    import tempfile

    cache = cache if without_credentials(url) == url else None

    with tempfile.TemporaryDirectory(prefix="gpusetup-channels-") as passing:
        job = {
            "channel": url, "subdirs": list(subdirs), "names": list(names),
            "cache": str(cache or passing), "fresh": cache is None,
        }  # fmt: skip
        argv = (sys.executable, "-m", "gpusetup.indexes.channel_child")
        ended = run(argv, timeout_s=deadline_s, stdin=json.dumps(job))
    return _judged(ended, subdirs)


def _judged(ended: Ended, subdirs: Sequence[str]) -> ChannelRead:
    """By what the child told, however it ended."""
    records: list[Record] = []
    why = OUT_OF_TIME if ended.returncode is None else _last_word(ended.output)
    failed = dict.fromkeys(subdirs, why)
    for told in _lines(ended.output):
        subdir = told["subdir"]
        if "error" in told:
            failed[subdir] = _last_word(told["error"])
            continue
        failed.pop(subdir, None)
        records += [
            Record(**{**each, "depends": tuple(each["depends"])}) for each in told["records"]
        ]
    return ChannelRead(tuple(records), failed)


def _lines(output: str) -> Iterator[dict[str, Any]]:
    for line in output.splitlines():
        if line.startswith('{"subdir": '):
            try:
                yield json.loads(line)
            except ValueError:  # the limit cut it off
                continue


def _last_word(text: str) -> str:
    """The innermost cause, which rattler names last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "no answer"
    return without_credentials(last.removeprefix("Caused by: "))
