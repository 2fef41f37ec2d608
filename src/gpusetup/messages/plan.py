"""Sentences of plans: steps, costs, what stands in the way."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.plan.explain": "Show every build that was rejected, with the rule.",
    "help.plan.script": "Print the plan as a script for this shell, and nothing else.",
    "help.plan.machine": "Plan for the machine in this profile; nothing is probed, no network.",
    "step.create-env": "Make an environment of its own, with its own Python",
    "step.write-config": "Write down which torch it gets, and from where",
    "step.write-settings": "Write down the package settings of this machine",
    "step.record": "Mark the environment as finished",
    "step.install-torch": "Download and install PyTorch",
    "step.install-extra": "Download and install the extra packages",
    "step.write-requirements": "Write down what the repository asks for, without its torch",
    "step.install-requirements": "Download and install what the repository asks for",
    "step.move-aside": "Move the environment that is there aside",
    "step.verify": "Prove that it runs",
    "step.benchmark": "Measure how fast it runs",
    "step.resolve": "Look up the exact files",
    "plan.title": "The plan",
    "plan.chosen": "PyTorch {torch} ({build}) with Python {python}",
    "plan.chosen-with": "PyTorch {torch} ({build}) with {companions} and Python {python}",
    "plan.build-cpu": "without GPU support",
    "plan.build-cuda": "for CUDA {runtime}",
    "plan.build-mps": "for Apple GPUs",
    "plan.why": "Why",
    "plan.where": "Where",
    "plan.from": "From",
    "plan.size": "Size",
    "plan.torch": "PyTorch",
    "plan.packages": "Packages",
    "plan.solved": "{count} from channels: {builds}",
    "plan.from.pypi": "PyPI, the Python package index",
    "plan.from.wheel-index": "the PyTorch wheel index ({url})",
    "plan.from.copy": "a copy of the PyTorch wheel index ({url})",
    "plan.from.wheelhouse": "the folder {url}",
    "plan.from.conda-forge": "the conda-forge channel",
    "plan.from.pytorch": "the pytorch conda channel",
    "plan.cost": "{download} to download, {disk} on disk ({free} free)",
    "plan.cost-minutes": "{download} to download (about {time}), {disk} on disk ({free} free)",
    "plan.cost-local": "nothing to download, {disk} on disk ({free} free)",
    "plan.cost-cached": "{cost}; {cached} are in the package cache already",
    "plan.cost-unknown": "not known before the files are looked up",
    "plan.steps": "Steps",
    "plan.silent": "  {origin}: {cause}",
    "plan.proving-mirror": "asking the mirror for what will be downloaded",
    "plan.looking-for-mirrors": "looking for mirrors that are faster from here",
    "plan.offer-mirrors": (
        "Downloads are clearly faster through {hosts}. Use that for this environment?"
    ),
    "plan.keep-mirrors": (
        "To use mirrors for all that conda, pip and uv download from now on: "
        "`gpusetup mirrors --fastest`"
    ),
    "plan.through.index": "Packages come through the mirror {host}, in this environment only.",
    "plan.through.wheels": "torch comes through the mirror {host}, in this environment only.",
    "plan.through.channel": (
        "conda packages come through the mirror {host}, in this environment only."
    ),
    "plan.origin-silent": "{origin} does not answer from here: {cause}.",
    "plan.rejected": "Rejected",
    "plan.would-change": "What would change it",
    "plan.nearest": "What would work",
    "plan.nearest-line": "PyTorch {torch} ({build}), Python {python}, from {origin}",
    "plan.more-rejected": "{count} more; `gpusetup plan --explain` shows them all.",
    "plan.engine-fallback": ("`{engine}` cannot make the environment ({cause}), so `uv` makes it."),
    "plan.engine-missing": "The engine `{engine}` was not found on this machine.",
    "plan.engine-missing.next": (
        "Leave `--engine` out, or write `--engine rattler`, which needs no conda. `gpusetup engine "
        "conda` installs conda for you."
    ),
    "plan.mamba-too-old": (
        "`{engine}` {version} finds no builds by their names; 2.0.6 and later do, and conda does."
    ),
    "plan.mamba-too-old.next": "Update it (`{engine} self-update`), or write `--engine rattler`.",
    "plan.uv-missing": "`uv`, which comes with gpusetup, cannot be found.",
    "plan.uv-missing.next": "Install gpusetup again: `pip install --force-reinstall .`",
    "plan.no-script": "The plan cannot be written for {shell}: {cause}.",
    "plan.no-script.next": "Use `--script powershell`, or another place with `--prefix`.",
    "plan.machine-unreadable": "The machine profile {path} cannot be read: {cause}",
    "plan.machine-unreadable.next": "`gpusetup detect --record FILE` writes a correct profile.",
    "plan.machine-no-text": "{path} is not a machine profile: it holds no text, or far too much.",
    "plan.machine-no-text.next": "`gpusetup detect --record FILE` writes a correct profile.",
    "plan.name-taken": "There is already something at {prefix}",
    "plan.name-taken.next": (
        "Choose another name (`gpusetup init {free}`), change what is there (`--into`), or move "
        "it aside (`--replace`)."
    ),
    "plan.not-movable": (
        "{prefix} holds more than an environment (a home folder, the folder you are in, or a "
        "disk), so it is not moved aside"
    ),
    "plan.not-movable.next": "Choose another place with `--prefix`.",
    "plan.roots-in-anothers": (
        "You are root, and {folder} belongs to {owner}: what is made there, {owner} can use but "
        "not change. Without `sudo` it would be theirs."
    ),
    "plan.prefix-too-long": "A path as long as this cannot be on this system: {prefix}",
    "plan.prefix-too-long.next": "Choose a shorter one with `--prefix`.",
    "plan.prefix-on-network": (
        "{path} is on a network file system ({filesystem}). PyTorch works there, but it is "
        "thousands of files: installing them and the first `import torch` can take minutes."
    ),
    "plan.faster-disk": (
        "A disk of this machine is faster: {path}, with {free} GiB free. `--prefix {prefix}` leads "
        "there, and for the package cache, before gpusetup is called: `export {caches}`. Other "
        "machines do not have that disk."
    ),
    "plan.faster-disk-cached": (
        "A disk of this machine is faster: {path}, with {free} GiB free. `--prefix {prefix}` leads "
        "there. Other machines do not have that disk."
    ),
    "plan.prefix-on-windows-disk": (
        "{path} is on a disk of Windows ({filesystem}), which WSL reaches slowly: installing and "
        "`import torch` take many times as long. `--prefix {better}` is on the disk of Linux."
    ),
    "plan.prefix-without-links": (
        "{folder} is on a file system ({filesystem}) without symbolic links, and a Python "
        "environment needs some."
    ),
    "plan.prefix-without-links.next": (
        "Choose a place on another disk with `--prefix`: exFAT and FAT have no links, the usual "
        "disks of Linux have them."
    ),
    "plan.prefix-keeps-links-in": (
        "{folder} is on a file system ({filesystem}) where no symbolic link may lead out, and the "
        "Python of an environment is one that does."
    ),
    "plan.prefix-keeps-links-in.next": (
        "Choose a place on another disk with `--prefix`. sshfs has been like that since 2026; "
        "mounted with `-o no_contain_symlinks` it is not."
    ),
    "plan.prefix-unwritable": "The folder {folder} cannot be written: {cause}",
    "plan.prefix-unwritable.next": "Choose another place with `--prefix`.",
}
