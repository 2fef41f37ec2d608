"""Sentences of the command `doctor` and its screen. Those of its findings: doctor_*.py."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.doctor": "Find out what is wrong, and what to do about it.",
    "help.doctor.more": (
        "Without an option it looks at this machine. A report, a log or an error that somebody"
        " pasted is read with --report."
    ),
    "help.doctor.examples": (
        "gpusetup doctor\ngpusetup doctor --env work\ngpusetup doctor --report"
        " report.txt\ngpusetup doctor --host gpu1\ngpusetup doctor --list"
    ),
    "help.doctor.checks": "Only these checks.",
    "help.doctor.env": (
        "The environment to look at: its name or folder. Without it: the active one, else the only"
        " one that init has made."
    ),
    "help.doctor.python": "The Python to look at.",
    "help.doctor.report": (
        "Read a pasted report, log or error from a file, or from - (standard input)."
    ),
    "help.doctor.machine": "Judge a machine profile instead of this machine.",
    "help.doctor.fix": "Carry out the remedies that are safe, after asking, and check again.",
    "help.doctor.yes": "Ask nothing before --fix changes something.",
    "help.doctor.bundle": "Write a report that can be passed on, without secrets.",
    "help.doctor.list": "List all checks.",
    "help.metavar.CHECK": "CHECK",
    "doctor.symptom-mistake": "The row {row} of symptoms.yaml cannot be used: {mistake}.",
    "doctor.symptom-mistake.next": "Correct the file, or unset GPUSETUP_COMPAT.",
    "doctor.no-such-check": "There is no check {name}.",
    "doctor.no-such-check.next": "`gpusetup doctor --list` names them all.",
    "doctor.no-such-check.near": "There is no check {name}. Did you mean {near}?",
    "doctor.no-such-check.near.next": "`gpusetup doctor --list` names them all.",
    "doctor.only-here": "{option} works on this machine only, not with --report or --machine.",
    "doctor.only-here.next": (
        "Leave --report and --machine out, and run it on the machine in question."
    ),
    "doctor.fix-elsewhere": "--fix repairs this machine, and GPUSETUP_ROOT says to look at {root}.",
    "doctor.fix-elsewhere.next": "Unset GPUSETUP_ROOT, or leave --fix out.",
    "doctor.bundle-name": "--bundle takes the name of a file, not {name}.",
    "doctor.bundle-name.next": "Write `--bundle FILE`; a file of that name is ./{name}.",
    "doctor.not-readable": "{path} cannot be read: {reason}",
    "doctor.not-readable.next": "Give the path of a text file, or - for standard input.",
    "doctor.cut": "The report is very long: the first {head} MB and the last {tail} MB were read.",
    "doctor.looks-into": "Looking into {python}, too: no environment is active.",
    "doctor.looks-into-none": (
        "No environment is active, so none is looked into. `gpusetup envs` lists them, and"
        " `gpusetup doctor --env NAME` looks into one."
    ),
    "doctor.title.report": "Diagnosis of the report",
    "doctor.title.machine": "Diagnosis of the machine profile",
    "doctor.title.here": "Diagnosis",
    "doctor.title.host": "Diagnosis of {host}",
    "doctor.evidence": "What shows it:",
    "doctor.remedy-line": "What to do: {text}",
    "doctor.needs": "This needs: {needs}",
    "doctor.also": "Also found",
    "doctor.remarks": "No reason to worry",
    "doctor.because": "follows from: {cause}",
    "doctor.healthy": "Nothing is wrong.",
    "doctor.healthy.report": "Nothing in this report is wrong with the driver, the GPU or PyTorch.",
    "doctor.unknown": "Nothing wrong was found, and too little is known to call it healthy.",
    "doctor.ask": "For a sure answer, add the output of:",
    "doctor.skipped": "{count} checks could not judge: {reasons}",
    "doctor.crashed": "The check {id} failed by its own fault: {error}",
    "doctor.area.gpu": "GPU",
    "doctor.area.driver": "driver",
    "doctor.area.container": "container",
    "doctor.area.scheduler": "cluster",
    "doctor.area.environment": "environment",
    "doctor.area.torch": "PyTorch",
    "doctor.area.packages": "packages",
    "doctor.area.health": "condition",
    "doctor.area.installers": "installers",
    "doctor.area.fine": "nothing wrong (checks: {count})",
    "doctor.area.quiet": "not checked",
    "doctor.severity.error": "error",
    "doctor.severity.warning": "warning",
    "doctor.severity.info": "remark",
    "doctor.need.network": "the network",
    "doctor.unknown.driver": "the driver's version",
    "doctor.unknown.cuda-driver-version": "the CUDA version of the driver",
    "doctor.unknown.gpus": "which GPUs there are",
    "doctor.unknown.capabilities": "the GPUs' compute capability",
    "doctor.unknown.pci": "the cards on the bus",
    "doctor.unknown.environment": "the Python environment",
    "doctor.unknown.torch": "whether torch is installed",
    "doctor.unknown.build": "which build of torch it is",
    "doctor.unknown.packages": "the installed packages",
    "doctor.unknown.variables": "the environment variables",
    "doctor.unknown.surroundings": "what only a look at the machine tells",
    "doctor.unknown.configuration": "the configuration of the installers",
    "doctor.unknown.text": "an error line",
    "doctor.unknown.crashed": "a fault of the check itself",
    "doctor.list.id": "check",
    "doctor.list.area": "area",
    "doctor.list.title": "finds",
    "doctor.page.intro": (
        "What `gpusetup doctor` can find. Each entry says what it means, how it is found, and"
        " what to do by hand. `gpusetup doctor ID` runs one of them alone. Words in italics stand"
        " for what is found on the machine."
    ),
    "doctor.page.title": "Findings of the doctor",
    "doctor.page.how": "How it is found:",
    "doctor.page.fix": "What to do:",
    "doctor.page.no-fix": "Nothing: it is harmless.",
}
