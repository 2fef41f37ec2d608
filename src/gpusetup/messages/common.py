"""Sentences that every command uses: errors, hints, marks, sizes and times."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "error": "error: {text}",
    "hint": "hint: {text}",
    "warning": "warning: {text}",
    "colon": ": ",
    "comma": ", ",
    "seconds": "{count} s",
    "minutes": "{count} min",
    "hours": "{hours} h {minutes} min",
    "left": "{time} left",
    "downloaded": "Downloaded {name} ({size})",
    "downloading": "Downloading: {done} so far",
    "downloading-of": "Downloading: {done} of {total}",
    # origins of torch inside sentences; channels keep their names
    "origin.pypi": "PyPI",
    "origin.wheel-index": "the PyTorch wheel index",
    "origin.wheelhouse": "a folder of wheels",
    "bug": "This is a mistake in gpusetup itself: {error}. The log is {log}; it holds no secrets.",
    "output": "The output cannot be written: {cause}.",
    "output.next": "Make room where it goes, or let it go elsewhere.",
    "interrupted": "Stopped. Nothing more will be changed.",
    "no-terminal": "There is no terminal to ask on. Add --yes to accept the plan, or --dry-run.",
}
