"""Sentences of `export`: what can be written, and the comments in the files."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.export": "Write the choice as a file for conda, pip, uv, pixi, Docker or Slurm.",
    "help.export.more": (
        "The same decision as `gpusetup plan` with the same wishes, or with `--env` an environment "
        "as it is. The file leads to this torch and this build, and to no other."
    ),
    "help.export.examples": (
        "gpusetup export environment.yml\n"
        "gpusetup export pyproject.toml --output pyproject.toml\n"
        "gpusetup export Dockerfile --machine server.yaml\n"
        "gpusetup export requirements.txt --env torch"
    ),
    "help.export.format": (
        "`environment.yml`, `requirements.txt`, `pyproject.toml`, `pixi.toml`, `Dockerfile` or "
        "`sbatch`."
    ),
    "help.export.env": "An environment of ours instead of wishes: its exact versions.",
    "help.export.output": "Write into this file instead of standard output.",
    "help.export.overwrite": (
        "Replace the file of `--output`; `gpusetup undo` gives the old one back."
    ),
    "help.export.partition": "For `sbatch`: the partition of the cluster.",
    "help.export.account": "For `sbatch`: whom the time is charged to.",
    "help.export.qos": "For `sbatch`: the quality of service.",
    "help.export.gres": "For `sbatch`: the GPUs, as `gpu:1` or `gpu:a100:2`. (default: gpu:1)",
    "help.export.constraint": "For `sbatch`: what the node must have.",
    "help.export.time": "For `sbatch`: the time limit.",
    "help.export.mem": "For `sbatch`: the memory of the node.",
    "help.export.cpus": "For `sbatch`: the processor cores.",
    "step.write-file": "Write the file",
    "export.only-shown": "This was only shown. To write the file, add `-o {file}`.",
    "export.written": "Written: {path}. `gpusetup undo` takes it back.",
    "export.old-kept": "What stood in {path} is kept; `gpusetup undo` gives it back.",
    "export.same-already": "{path} holds exactly this already; nothing was changed.",
    "export.there-already": "There is already something at {path}",
    "export.there-already.next": (
        "Name another file, or add `--overwrite`: the old one is kept, and `gpusetup undo` gives "
        "it back."
    ),
    "export.folder": "{path} is a folder, and no file.",
    "export.folder.next": "Name a file: `--output {path}/FILE`.",
    "export.another-user": "{path} belongs to another user.",
    "export.another-user.next": "Name another file with `--output`.",
    "export.unwritable": "The folder {path} cannot be written.",
    "export.unwritable.next": "Name another place with `--output`.",
    "export.wishes-beside-env": "`--env` takes an environment as it is, without wishes.",
    "export.wishes-beside-env.next": "Leave the wishes out, or leave `--env` out.",
    "export.not-ours": "{prefix} was not made by gpusetup: where its torch is from is not known.",
    "export.not-ours.next": (
        "`gpusetup export {format}` without `--env` writes what would be chosen for this machine."
    ),
    "export.no-torch": "There is no torch in {prefix}.",
    "export.no-torch.next": "`gpusetup init --into {name}` puts one there.",
    "export.cannot.channel": (
        "PyTorch {torch} comes from a conda channel here, and {format} holds only wheels."
    ),
    "export.cannot.channel.next": (
        "Write `environment.yml` or `pixi.toml`, or ask for a wheel: `--origin wheel-index`."
    ),
    "export.cannot.specs": "Some packages are in conda channels only, and {format} holds wheels.",
    "export.cannot.specs.next": "Write `environment.yml` or `pixi.toml`.",
    "export.cannot.ambiguous": (
        "The package index has another build of PyTorch {torch} under the same version, and "
        "{format} cannot say which of the two is meant."
    ),
    "export.cannot.ambiguous.next": "Write `pyproject.toml`, `pixi.toml` or `Dockerfile`.",
    "export.cannot.macos": "A container or a cluster does not reach the GPU of a Mac.",
    "export.cannot.macos.next": (
        "Write {format} for the machine that will run it: `--machine FILE`, which `gpusetup detect "
        "--record FILE` makes there."
    ),
    "export.cannot.windows": "Slurm does not run on Windows.",
    "export.cannot.windows.next": (
        "Write {format} for the machine that will run it: `--machine FILE`, which `gpusetup detect "
        "--record FILE` makes there."
    ),
    "export.cannot.no-linux": (
        "A container holds Linux, and there is no PyTorch {torch} for Linux from the same origin."
    ),
    "export.cannot.no-linux.next": "Name the build that you want: `--cuda 12.6` or `--cpu`.",
    "export.partition-found": (
        "Partition {partition}: it has GPUs, and is open to all. `--partition` names another one."
    ),
    "export.only-sbatch": "What a job asks for has no place in {format}.",
    "export.only-sbatch.next": "Those options are for `gpusetup export sbatch`.",
    "export.no-word": "Slurm takes no value like this: {text}",
    "export.no-word.next": "Write it without spaces and quotes.",
    "export.own-index": (
        "Your pip is set to an index of its own. It is not in the file, and uv and pixi do not "
        "read pip's settings: name it to them (`UV_DEFAULT_INDEX`)."
    ),
    "export.login-left-out": "A user name or password was left out of: {line}",
    "export.local-path": "This exists only on this machine: {line}",
    "export.not-exact": "{name} was installed from a folder ({place}) and is left out.",
    # comments in the files
    "export.head": "PyTorch {torch} with Python {python}, as chosen by gpusetup.",
    "export.head-installed": "PyTorch {torch} with Python {python}, as installed by gpusetup.",
    "export.platform.linux-x86_64": "For Linux on x86_64.",
    "export.platform.linux-aarch64": "For Linux on aarch64.",
    "export.platform.windows-x86_64": "For Windows on x86_64.",
    "export.platform.macos-arm64": "For macOS on Apple silicon.",
    "export.platform.macos-x86_64": "For macOS on Intel.",
    "export.use": "Use it with: {command}",
    "export.needs-driver": (
        "Brings CUDA {runtime} with it. Needed is a driver that serves CUDA {driver} or later; no "
        "CUDA toolkit."
    ),
    "export.conda-override": (
        "On a machine without a GPU (login node, container build) conda would find no CUDA build. "
        "There: {command}"
    ),
    "export.pip-best-match": (
        "The first line adds torch's index. pip looks at all indexes and takes the best version; "
        "the part behind the + belongs to this build only, so no other torch fits."
    ),
    "export.uv-first-match": (
        "uv takes a package from the first index that has it, and torch's index has old copies of "
        "others. With uv: {command} (or use pyproject.toml, which binds only torch to it)."
    ),
    "export.folder-of-wheels": "torch lies in the folder {folder}, which must be there.",
    "export.constraints-left-out": "Constraints, which this file cannot hold: {lines}",
    "export.uv-environments": "For this platform only: no other has the build under this name.",
    "export.uv-explicit": "Explicit: only torch comes from here, and torch from nowhere else.",
    "export.pixi-cuda": (
        "The CUDA version that the driver serves at least. Without it pixi takes builds for the "
        "processor."
    ),
    "export.pixi-index": "torch comes from its own index, everything else from the usual one.",
    "export.docker-gpus": (
        "Run it with: {command} (the host needs the NVIDIA driver and the NVIDIA Container Toolkit)"
    ),
    "export.docker-no-cuda": (
        "No CUDA image is needed: torch's wheels bring the CUDA runtime and cuDNN, and the driver "
        "comes from the host. A CUDA image would only add gigabytes."
    ),
    "export.docker-torch-first": "torch first, and from its own index only; then all the rest.",
    "export.docker-variables": "What tells the NVIDIA Container Toolkit to bring the GPUs in.",
    "export.docker-override": "The image is built without a GPU; conda would find no CUDA build.",
    "export.sbatch-use": "Submit it with: {command}",
    "export.sbatch-no-environment": (
        "The environment {place} is not on the node {node}. It must lie on a file system that the "
        "nodes share."
    ),
    "export.sbatch-clean": "A module may have set these; then torch would be another one.",
    "export.sbatch-check": (
        "torch must compute on the GPU of this job, or the job ends here: an hour on the processor "
        "by mistake helps nobody."
    ),
    "export.sbatch-check-cpu": "torch must compute, or the job ends here.",
    "export.sbatch-no-gpu": (
        "torch {torch} sees no GPU on the node {node} (CUDA_VISIBLE_DEVICES={devices}), so the job "
        "stops here. Was a GPU asked for (#SBATCH --gres)? gpusetup verify --slurm finds out more."
    ),
    "export.sbatch-program": "Your own program: what stands behind the name of this file.",
    "export.sbatch-no-program": "torch works here. Run a program with: sbatch {file} PROGRAM.py",
    "export.docker-work": 'Your own files: docker run -v "$PWD":/work ...',
}
