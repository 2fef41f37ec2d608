"""Sentences of `ask`: the wizard's questions, each with half a sentence why."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # the first screen
    "ask.found": "This machine",
    "ask.recommended": "Recommendation",
    "ask.two": "{first} {second}",
    "ask.go-on": "Shall gpusetup set it up?",
    "ask.accept": "Yes, set it up",
    "ask.change": "Something else",
    "ask.details": "Show the details",
    "ask.quit": "Quit",
    # how to answer
    "ask.back": "Back",
    "ask.sentence": "{what}.",
    "ask.how.select": "(arrow keys, then Enter; q quits)",
    "ask.how.select-back": "(arrow keys, then Enter; Esc goes back; q quits)",
    "ask.how.checkbox-back": "(Space marks, Enter goes on; Esc goes back; q quits)",
    "ask.how.text-back": "Enter takes what stands there; Esc goes back.",
    "ask.how.or-back": "{how} (< goes back)",
    "ask.how.checkbox": "(Space marks, Enter goes on; q quits)",
    "ask.how.yes": "(Y/n)",
    "ask.how.no": "(y/N)",
    "ask.how.number": "Number (Enter takes [{default}], q quits)",
    "ask.how.number-back": "Number (Enter takes [{default}], < goes back, q quits)",
    "ask.how.numbers": "Numbers, separated by commas (Enter takes [{default}], q quits)",
    "ask.how.numbers-back": (
        "Numbers, separated by commas (Enter takes [{default}], < goes back, q quits)"
    ),
    "ask.not-a-number": "Please type one of the numbers from 1 to {count}.",
    "ask.not-yes-or-no": "Please type y or n.",
    "ask.words.yes": "y yes",
    "ask.words.no": "n no",
    "ask.yes": "yes",
    "ask.no": "no",
    "ask.none": "none",
    "ask.declined": "Nothing was changed.",
    "ask.nothing-changed": "Nothing was changed. Run `gpusetup init` when you like to go on.",
    # name
    "ask.name": "What shall the environment be called?",
    # torch
    "ask.torch.newest": "The newest that fits",
    "ask.torch.other": "Another version",
    "ask.torch.version": "Which version, for example 2.7.1 or >=2.4,<2.6?",
    "ask.torch.bad": "`{text}` is not a version. Type one like 2.7.1, or a range like >=2.4,<2.6.",
    # python
    "ask.python.best": "The newest that fits",
    # where
    "ask.where": "In which folder?",
    "ask.where.bad": "`{text}` is a file, not a folder.",
    # extra packages
    "ask.packages": "What else shall go in?",
    # names that are refused
    "name.empty": "The name is empty.",
    "name.empty.next": "Type a name such as `torch`.",
    "name.control": "The name holds characters that cannot be seen.",
    "name.control.next": "Type it with letters, digits, `-`, `_` and `.` only.",
    "name.path": "`{name}` is a path, not a name.",
    "name.path.next": "Give a name such as `torch`; `--prefix DIR` says in which folder.",
    "name.space": "`{name}` has a space in it, and many tools stumble over that.",
    "name.space.next": "Use `-` or `_` instead.",
    "name.start": "`{name}` starts with `{first}`, so commands would not take it for a name.",
    "name.start.next": "Start it with a letter or a digit.",
    "name.dot": "`{name}` ends with a dot, which Windows removes.",
    "name.dot.next": "Leave the dot out.",
    "name.sign": "`{name}` has a sign in it that shells or file systems treat in their own way.",
    "name.sign.next": "Use letters, digits, `-`, `_` and `.` only.",
    "name.device": "`{name}` is the name of a device on Windows.",
    "name.device.next": "Choose another name.",
    "name.long": "The name has {length} characters; more than {longest} make paths too long.",
    "name.long.next": "Choose a shorter one.",
    "name.taken": "There is an environment called `{name}` already.",
}
