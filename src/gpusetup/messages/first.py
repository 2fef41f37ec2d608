"""The first screen, and the commands that people guess."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "first.start": "Start here",
    "first.init": "look at this machine, recommend, ask, install, and prove that it runs",
    "first.plan": "the same without installing: what, why, and from where",
    "first.trouble": "It does not work",
    "first.doctor": "find out what is wrong, and what to do about it",
    "first.verify": "prove that an environment computes on every GPU",
    "first.slow": "Downloads are slow",
    "first.mirrors": "find the fastest mirror and set conda, pip and uv to it",
    "first.shared": "The machine is shared",
    "first.who": "who computes on which GPU",
    "first.pick": "GPUs that nobody uses",
    "first.back": "Rather not",
    "first.undo": "take back what a run has changed",
    "first.more": (
        "All commands: `gpusetup --help`. One of them with examples: `gpusetup init --help`. "
        "Tab completes them after `gpusetup completion --install`."
    ),
    "first.this-language": "In English: `gpusetup --lang en`",
}
