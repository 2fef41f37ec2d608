"""Sentences of `who` and `pick`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.who": "Who computes on which GPU, and since when.",
    "help.who.more": (
        "Asks the driver and looks at the processes; nothing is changed and no root is needed. "
        "Memory that no process in sight holds belongs to containers or to hidden users."
    ),
    "help.who.examples": "gpusetup who\ngpusetup who --json\ngpusetup who --host gpu1 --host gpu2",
    "help.who.timeout": "Seconds to wait for the driver.",
    "help.pick": "A CUDA_VISIBLE_DEVICES of GPUs that nobody uses.",
    "help.pick.more": (
        "Prints the value alone, for scripts. A CUDA_VISIBLE_DEVICES that is set, or the GPUs of "
        "a Slurm job, bound the choice. Ends with 3 when too few are free."
    ),
    "help.pick.examples": ('gpusetup pick -n 2 --memory 10GiB\neval "$(gpusetup pick --export)"'),
    "help.pick.count": "How many GPUs.",
    "help.pick.memory": "Free memory that each must have, such as 10GiB.",
    "help.pick.export": "Print a line for the shell: export CUDA_VISIBLE_DEVICES=...",
    "help.pick.share": "Take GPUs too on which others compute, if the memory suffices.",
    "help.pick.uuid": "Print UUIDs instead of numbers.",
    "help.metavar.AMOUNT": "AMOUNT",
    "who.title": "Who uses the GPUs",
    "who.asking": "asking the driver",
    "who.no-gpus": "The driver shows no GPU.",
    "who.no-driver": "No NVIDIA driver answers here ({detail}).",
    "who.no-driver.next": "`gpusetup detect` shows what this machine has.",
    "who.no-driver-on-host.next": "`gpusetup doctor --host {host}` says why.",
    "who.gpu": "GPU {index}",
    "who.slice": "MIG {index}:{slice}",
    "who.free": "free",
    "who.in-use": "in use",
    "who.no-answer": "does not answer",
    "who.prohibited": "computing is forbidden (compute mode)",
    "who.cut": "cut into {count} MIG slices",
    "who.memory": "memory {used} of {total}",
    "who.load": "load {percent} %",
    "who.untold": "The driver does not say who uses it.",
    "who.refused": "We may not ask the driver who uses it.",
    "who.unexplained": "{amount} are held by processes that cannot be seen from here.",
    "who.column-gpu": "GPU",
    "who.column-user": "user",
    "who.column-pid": "PID",
    "who.column-memory": "GPU memory",
    "who.column-since": "since",
    "who.column-what": "program",
    "who.nobody": "Nobody computes on any GPU.",
    "who.by-login": "{user} (logged in as {login})",
    "who.you": "{user} (you)",
    "who.hidden": "hidden",
    "who.unknown": "unknown",
    "who.desktop": "{what} (display)",
    "who.today": "{time}, {duration}",
    "who.since-days": "{date}, {count} days",
    "pick.memory-unit": "`{text}` is no amount of memory.",
    "pick.memory-unit.next": "Name a unit: `--memory 10GiB` or `--memory 8000MiB`.",
    "pick.count": "{count} is no number of GPUs.",
    "pick.count.next": ("Write a number from 1 on: `gpusetup pick -n 2`."),
    "pick.no-gpus": "There is no GPU to pick: the driver shows none.",
    "pick.no-driver": "There is no GPU to pick: no NVIDIA driver answers here ({detail}).",
    "pick.no-driver.next": "`gpusetup detect` shows what this machine has.",
    "pick.no-gpus.next": "`gpusetup detect` shows what this machine has.",
    "pick.too-few": "Wanted: {count}. Free: {free} of {all}.",
    "pick.too-few.next": (
        "`gpusetup who` shows who computes there; wait, ask for fewer, or add `--share`."
    ),
    "pick.label": "GPU {place}",
    "pick.obstacle-no-answer": "does not answer",
    "pick.obstacle-not-ours": "not among those that CUDA_VISIBLE_DEVICES or the job allows",
    "pick.obstacle-prohibited": "closed for computing (compute mode)",
    "pick.obstacle-busy": "in use by {users}",
    "pick.obstacle-working": "at work ({percent} %) for somebody who cannot be seen from here",
    "pick.obstacle-taken": "{amount} are held by processes that cannot be seen from here",
    "pick.obstacle-small": "only {amount} free",
    "pick.slices": "A process uses only the first MIG slice of those that are named.",
    "pick.scheduler": (
        "{scheduler} hands out the GPUs of this machine: ask it for a job instead of picking one."
    ),
}
