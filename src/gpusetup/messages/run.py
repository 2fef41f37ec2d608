"""Sentences of running: progress, ends, resume, undo."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.init.yes": "Ask nothing: accept the recommendation and run the plan.",
    "help.init.dry-run": "Show the plan and stop.",
    "help.init.no-bench": "Leave the benchmark out.",
    "help.undo.run": "Which run; without it the last one.",
    "help.undo.list": "List the runs that can be taken back.",
    "help.undo.yes": "Ask nothing.",
    "init.machine-dry": "A machine profile can only be planned for, not installed on.",
    "init.machine-dry.next": "Add `--dry-run`, or use `gpusetup plan --machine FILE`.",
    "run.title": "Running the plan",
    "run.proof": "The proof",
    "run.no-home": (
        "There is no home folder to work in: HOME is not set, and the system does not know the "
        "user of this process by a name."
    ),
    "run.no-home.next": "Name one that you can write to: `export HOME=/path/to/a/folder`.",
    "run.found": "What is here",
    "run.looking": "Looking at this machine",
    "run.reaching": "Asking where PyTorch can be had from here",
    "run.resolving": "Looking up the exact files",
    "run.start": "Run this plan?",
    "run.step": "{number}/{count} {text}",
    "run.finished-already": "{name} is already finished: PyTorch {torch} ({build}) in {prefix}.",
    "run.nothing-changed": "Nothing was changed.",
    "run.done": "PyTorch {torch} runs. It is in {prefix}.",
    "run.done-cpu": "PyTorch {torch} runs, on the CPU. It is in {prefix}.",
    "run.activate": "To use it, in this terminal and in every new one:",
    "run.first-program-start": "Then start `python`, and type these lines (`exit()` leaves it):",
    "run.where-to-type": "What begins with `{name}` is typed in the folder {folder}.",
    "run.another-environment": (
        "For another environment beside it, run `gpusetup init NAME` with a name of your choice. "
        "To make this one anew, add `--replace` to your command."
    ),
    "run.undo-hint": "`gpusetup undo` takes all of this back.",
    "run.dry": "Nothing was run (--dry-run).",
    "run.verify-failed": "PyTorch is installed, but the proof failed.",
    "run.verify-failed.next": (
        "See above what failed; the log is {log}. `gpusetup undo` takes the installation back."
    ),
    "run.version-missing": "{origin} does not have {name} {version}.",
    "run.version-missing.next": (
        "A copy of an index can lag behind: try again later, or name another one (`--origin`)."
    ),
    "plan.newer-missing": (
        "{origin}, as it is reached from here, does not have torch {torch} ({build}) yet: a copy "
        "of an index can lag behind. This is the best that it has."
    ),
    "run.contradiction": "These packages do not go together: {cause}",
    "run.contradiction.next": "Leave one of the extra packages out, or take another `--torch`.",
    "run.unresolvable": "The files cannot be looked up: {cause}\n{output}",
    "run.unresolvable.next": "Try again later, or another origin with `--origin`.",
    "run.no-network": (
        "Nothing can be downloaded here, and {missing} is not on this machine. Asked in vain:\n"
        "{silent}"
    ),
    "run.no-network.next": (
        "Check the network and the proxy (`HTTPS_PROXY`). Or bring the files: on a machine of the "
        "same kind, with a network and Python {python}, write `{command}`; copy that folder here, "
        "and write `gpusetup init --python {python} --wheelhouse {folder}`."
    ),
    "run.dead-proxy": (
        "Nothing can be downloaded here: everything goes through the proxy {proxy}, and nobody "
        "answers there. The proxy program (Clash, V2Ray ...) is probably not running."
    ),
    "run.dead-proxy.next": (
        "Start it, or do without it in this terminal: `unset http_proxy https_proxy all_proxy "
        "HTTP_PROXY HTTPS_PROXY ALL_PROXY`. Then run the same command again."
    ),
    "run.resolved-differs": (
        "{name} {found} would be installed instead of the chosen {chosen}, so nothing was."
    ),
    "run.resolved-differs.next": (
        "Look at `pip config list`: an index or folder there answers for {name}."
    ),
    "run.resolved-elsewhere": (
        "{name} would come from {found}, and the plan says {origin}, so nothing was installed."
    ),
    "run.resolved-elsewhere.next": (
        "Look at `pip config list`: an extra index or folder there answers for {name}."
    ),
    "run.disk-too-small": "The disk of {prefix} has {free} GiB free; {needed} GiB are needed.",
    "run.disk-too-small.next": "Make room, or choose another place with `--prefix`.",
    "run.cache-too-small": (
        "The packages are unpacked in {folder} first, whose disk has {free} GiB free; {needed} GiB "
        "are needed."
    ),
    "run.cache-too-small.next": (
        "Make room there, or name a folder on a larger disk in the variable UV_CACHE_DIR."
    ),
    "run.no-space": "The disk with the package cache or the temporary files is full.",
    "run.no-space.next": (
        "Make room, or name folders on another disk in the variables UV_CACHE_DIR and TMPDIR, such "
        "as `export UV_CACHE_DIR=/data/cache TMPDIR=/data/tmp`, and run the same command again."
    ),
    "run.quota-used-up": (
        "The disk quota is used up where the package cache or the temporary files lie."
    ),
    "run.quota-used-up.next": (
        "Make room (`du -xsh ~/.[!.]* ~/* | sort -h` shows what takes it), or name folders on "
        "another disk in the variables UV_CACHE_DIR and TMPDIR."
    ),
    "run.step-failed": (
        "The step `{step}` failed ({ended}):\n  {command}\n{output}\nThe log is {log}"
    ),
    "run.step-failed.next": (
        "`gpusetup init` again goes on from here; `gpusetup undo` takes back what was done."
    ),
    "run.disk-fails": "The disk of {path} has trouble: {cause}",
    "run.disk-fails.next": (
        "Make room there if it is full. If it is a network disk, log in again or tell its "
        "administrators. `--prefix` and the variables GPUSETUP_STATE and UV_CACHE_DIR name "
        "folders on another disk."
    ),
    "run.make-room": (
        "Make room first. What takes it in your home folder: `du -xsh ~/.[!.]* ~/* | sort -h`"
    ),
    "run.write-failed": "{path} cannot be written: {cause}. The log is {log}",
    "run.write-failed.next": "Make room or choose another place with `--prefix`.",
    "run.in-the-way": "{path} appeared while the plan was made, so it was left alone.",
    "run.in-the-way.next": "Choose another name.",
    "run.state-unwritable": "gpusetup cannot write its own folder {folder}: {cause}",
    "run.state-unwritable.next": (
        "Make room there, or name another folder in the variable GPUSETUP_STATE."
    ),
    "run.cache-unwritable": "uv, which installs PyTorch, cannot write its cache {folder}.",
    "run.cache-unwritable.next": "Name a folder that is yours in the variable UV_CACHE_DIR.",
    "run.cache-without-locks": (
        "uv, which installs PyTorch, cannot use its cache {folder}: this file system has no locks."
    ),
    "run.cache-without-locks.next": (
        "Name a folder on another disk in the variable UV_CACHE_DIR, one of this machine's own "
        "where the home folder is on the network."
    ),
    "run.cache-without-links": (
        "uv, which installs PyTorch, cannot use its cache {folder}: this file system has no "
        "symbolic links."
    ),
    "run.cache-without-links.next": (
        "Name a folder on another disk in the variable UV_CACHE_DIR: exFAT and FAT have no links."
    ),
    "run.locks-of-this-machine": (
        "The file system of {folder} has no locks. A second gpusetup is noticed on this machine "
        "only: do not start one elsewhere until this one is done."
    ),
    "run.given-up": (
        "An earlier run ({run}) of another plan stopped in the middle: taking it back."
    ),
    "run.unfinished-other": (
        "{prefix} holds an environment that was not finished ({run}), and this plan is another one."
    ),
    "run.unfinished-other.next": (
        "`--replace` moves it aside, `gpusetup undo {run}` removes it, another name leaves it."
    ),
    "run.newer-journal": "The run {run} cannot be read: a newer gpusetup made it.",
    "run.newer-journal.next": "Use the gpusetup that made it.",
    "run.damaged": (
        "The journal of {run} is damaged, so nothing that it names is removed or changed."
    ),
    "run.damaged.next": (
        "Remove by hand what the run made; the log in {folder} says what. Then remove that folder."
    ),
    "run.locked": "Another gpusetup is working on {prefix}",
    "run.still-working": (
        "The run was killed, and its installer (process {pid}) still works on {prefix}"
    ),
    "run.still-working.next": "Wait until it is done, or end it: `kill {pid}`.",
    "run.locked.next": "Wait until it is done.",
    "run.stopped": "Stopped. Done so far, in {prefix}: {done}. Still to come: {open}.",
    "run.stopped.next": (
        "`{command}` goes on from there; what was downloaded whole is not downloaded again. "
        "`gpusetup undo {run}` takes back what was done."
    ),
    "resume.title": "Going on where it stopped",
    "resume.stopped": "An earlier run ({run}) stopped in the middle. This is how far {prefix} is:",
    "resume.done": "{step}: done already",
    "resume.open": "{step}: still to come",
    "resume.same-plan": (
        "With the same answers it goes on from there; another plan takes back what was done first."
    ),
    "run.none": "nothing",
    "run.joint": "; ",
    "undo.working": "removing files and putting others back",
    "undo.nothing": "There is no run to take back.",
    "undo.nothing.next": "`gpusetup undo --list` shows all runs.",
    "undo.unknown": "There is no run `{run}`.",
    "undo.unknown.next": "`gpusetup undo --list` shows all runs.",
    "undo.title": "Taking back {run}",
    "undo.remove": "remove {path}",
    "undo.restore": "put the old {path} back",
    "undo.delete": "delete {path}",
    "undo.keep": "keep {path}: it was changed since",
    "undo.later": "keep {path}: it came later",
    "undo.strange": "keep {path}: something else is there now",
    "undo.command": "run {command}",
    "undo.move-back": "bring {path} back",
    "undo.later-first": "{prefix} was changed again after that, by {run}",
    "undo.later-first.next": "Take that back first: `gpusetup undo {run}`.",
    "undo.purged": "What {run} kept was deleted for good, so it cannot be taken back.",
    "undo.purged.next": "`gpusetup undo --list` shows the other runs.",
    "undo.confirm": "Take this back?",
    "undo.done": "Taken back. The installers' caches were left alone.",
    "undo.cache": (
        "{size} that this run brought stay in {folder}, where the next installation finds them."
    ),
    "undo.failed": "{path} could not be taken back: {cause}",
    "undo.failed.next": "Mend that, then `gpusetup undo {run}` again.",
    "undo.empty": "This run changed nothing that is still there.",
    "undo.no-runs": "There are no runs yet.",
    "undo.list-run": "run",
    "undo.list-state": "state",
    "undo.list-prefix": "environment",
    "undo.state.finished": "finished",
    "undo.state.failed": "failed",
    "undo.state.interrupted": "stopped",
    "undo.state.undone": "taken back",
    "undo.state.undoing": "half taken back",
    "undo.state.purged": "kept no more",
    "undo.state.open": "cut off",
}
