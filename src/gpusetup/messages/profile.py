"""Sentences about machine profiles, and about YAML and JSON that cannot be read."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "profile.unreadable": "`{name}` cannot be used as a machine profile:\n{problems}",
    "profile.unreadable.next": "`gpusetup detect --record FILE` writes a correct profile of a "
    "machine; compare with it.",
    "problem-at": "  line {line}, {path}: {text}",
    "problem": "  {path}: {text}",
    "problem-in-line": "  line {line}: {text}",
    "problem-of-all": "  {text}",
    "profile.not-yaml": "This is neither YAML nor JSON: {reason}.",
    "profile.empty": "There is nothing in it. A profile needs at least `os` and `arch`.",
    "profile.missing-key": "`{key}` is missing. It is needed here.",
    "profile.unknown-key": "`{key}` is not a key that is known here. The keys here are: {known}. "
    "Keys that begin with x- are taken as notes.",
    "profile.unknown-key-near": "`{key}` is not a key that is known here. Did you mean `{near}`?",
    "profile.key-twice": "`{key}` stands here a second time. Keep one of them.",
    "profile.not-text": "A text belongs here, not `{found}`.",
    "profile.not-a-number": "A whole number without unit belongs here, not `{found}`.",
    "profile.not-a-flag": "true or false belongs here, not `{found}`.",
    "profile.not-a-list": "A list belongs here, not `{found}`.",
    "profile.not-a-mapping": "Keys with values belong here, not `{found}`.",
    "profile.write-in-quotes": 'Write it in quotes: "{found}". Without them YAML reads a number or '
    "a yes/no, and 3.10 becomes 3.1.",
    "profile.not-a-version": "`{found}` is not a version. Numbers with dots are, such as "
    '"550.144.03".',
    "profile.not-a-capability": "`{found}` is not a compute capability. Two numbers with a dot "
    'are, such as "8.6".',
    "profile.not-one-of": "`{found}` is not known here. Known are: {known}.",
    "profile.not-one-of-near": "`{found}` is not known here. Did you mean `{near}`?",
    "profile.os-is-wsl": "WSL is Linux: write `os: linux` and `wsl: 2` (or 1).",
    "profile.not-a-pci-id": "`{found}` is not a PCI device id. Four hexadecimal digits are, such "
    'as "2684".',
    "host.unknown-system": "gpusetup does not know the operating system `{found}`. PyTorch is "
    "built for Linux, Windows and macOS.",
    "host.unknown-system.next": (
        "On such a system use PyTorch in a Linux virtual machine or container."
    ),
    "host.unknown-processor": "PyTorch is not built for the processor type `{found}`. It is for "
    "x86_64 and 64-bit Arm.",
    "host.unknown-processor.next": (
        "Use another machine; `gpusetup plan --machine FILE` plans for it from here."
    ),
    "profile.schema": "This is `{found}`. gpusetup reads `{known}`.",
    "profile.nodes-in-nodes": "A compute node has no compute nodes of its own.",
}
