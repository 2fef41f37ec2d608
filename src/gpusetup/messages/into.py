"""Sentences of `init --into`: what is kept, what else changes, and what happens when it fails."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.engine.keep": "Keep an environment as it is, inside it, before it is changed.",
    "help.engine.put-back": "Give an environment back what was kept of it.",
    "help.engine.at": "Where it is kept, inside the environment.",
    "engine.not-inside": "{at} is not a place for what is kept: that lies in {folder}",
    "engine.not-inside.next": "Name an environment, and a folder directly in {folder}.",
    "engine.keep-failed": "{path} cannot be copied or moved: {cause}",
    "engine.keep-failed.next": "Mend that, then run the same command again: it goes on.",
    "step.keep-old": "Keep the environment as it is now",
    "step.remove-torch": "Take conda's own PyTorch out",
    "plan.into-conda": (
        "PyTorch from the {origin} channel can only go into a conda environment, and {prefix} is "
        "none."
    ),
    "plan.into-conda.next": (
        "Take the wheel (`--origin wheel-index`), or make a new environment: leave `--into` out."
    ),
    "plan.into-missing": "There is no environment at {prefix}",
    "plan.into-missing.next": "`gpusetup envs` lists them; leave `--into` out to make a new one.",
    "plan.into-unreadable": "The environment at {prefix} cannot be read: {output}",
    "plan.into-unreadable.next": "Make a new one: leave `--into` out.",
    "plan.into-unwritable": "The environment at {prefix} cannot be written by you.",
    "plan.into-unwritable.next": (
        "Make a copy of your own and change that: `gpusetup envs clone {prefix} NAME`, then "
        "`--into NAME`."
    ),
    "plan.into-updates": "These packages change too: {packages}.",
    "plan.into-removes": "These packages go, because nothing needs them any more: {packages}.",
    "plan.into-objects": "{package} asks for torch{wish}; with this PyTorch it may not work.",
    "plan.into-companion": (
        "{name} {version} stays as it is, because there is none for this PyTorch; "
        "it may not load any more."
    ),
    "conda.would-remove": (
        "PyTorch would only go in if other packages went: {packages}. So nothing was changed."
    ),
    "conda.would-remove.next": (
        "Make a new environment (leave `--into` out), or choose another version with `--torch`."
    ),
    "into.putting-back": "Giving the environment back as it was",
    "into.kept": (
        "What was there before is kept until `gpusetup undo` brings it back, or "
        "`gpusetup envs remove --kept` deletes it: {path}"
    ),
    "into.failed": "{cause}\nThe environment {prefix} is as it was before.",
    "into.failed.next": "See the log {log}. What was downloaded stays in the cache.",
    "into.stopped": "Stopped. The environment {prefix} is as it was before.",
    "into.stopped.next": "The same command begins again; what was downloaded stays in the cache.",
    "into.verify-failed": (
        "The proof of the new PyTorch failed, so the environment {prefix} is as it was before."
    ),
    "into.verify-failed.next": "See above what failed; the log is {log}.",
    "undo.return": "give {path} back as it was before the run",
}
