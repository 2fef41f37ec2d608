"""What a source answered, in words: NVML's codes, and the loader's and our own short notes."""

from __future__ import annotations

import re

from gpusetup.machine import Reading
from gpusetup.messages import Words, say, sentences

_NOTES = (
    (r"(?P<library>\S+): cannot open shared object file: No such file or directory", "no-library"),
    (r"permission denied: (?P<files>.+)", "closed"),
    (r"missing: (?P<files>.+)", "missing"),
    (r"cgroup (?P<limit>\d+) of (?P<memory>\d+) MiB", "cgroup"),
    (r"(?P<count>\d+) wheels", "wheels"),
    (r"No devices were found", "no-devices"),
    (r"no interpreter to ask it with", "no-interpreter"),
)
"""Notes of the probes -> `detect.reading.<code>`."""


def detail_words(reading: Reading) -> Words:
    """The detail of a reading; in JSON it stays what the source said."""
    detail = reading.detail or ""
    return Words(_words(reading.source, detail), detail)


def _words(source: str, detail: str) -> str:
    number = re.match(r"(\d+) ", detail) if source == "nvml" else None
    if number and f"detect.nvml.{number[1]}" in sentences():
        return say("detect.nvml", number=number[1], text=say(f"detect.nvml.{number[1]}"))
    for pattern, code in _NOTES:
        found = re.fullmatch(pattern, detail)
        if found:
            return say(f"detect.reading.{code}", **found.groupdict())
    said = f"cause.{detail}".replace(" ", "-").lower()
    return say(said) if said in sentences() else detail
