"""Sentences of the conda engines: what they make, and what goes wrong with channels."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.engine": "Steps of the built-in conda engine, as commands.",
    "help.engine.rattler": "Look packages up on conda channels, and make environments with them.",
    "help.engine.action": "What to do: make an environment, change one, or only look up.",
    "help.engine.specs": "A package as conda writes it, such as `python=3.12`.",
    "help.engine.prefix": "The folder of the environment.",
    "help.engine.channel": "A channel, by name or address; the first has priority.",
    "engine.incomplete": "The engine needs packages, channels (`-c`) and a folder (`--prefix`).",
    "engine.incomplete.next": (
        "Write it like this: `gpusetup engine rattler create --prefix DIR -c conda-forge python`."
    ),
    "engine.not-empty": "There is already something at {prefix}",
    "engine.not-empty.next": "Choose another folder.",
    "engine.no-rattler": "The built-in conda engine is missing: `py-rattler` cannot be imported.",
    "engine.no-rattler.next": (
        "Install it beside gpusetup (`pip install py-rattler`), or install conda and write "
        "`--engine conda`."
    ),
    "step.create-with-torch": "Make an environment of its own, with Python and PyTorch",
    "step.activation": "Prepare its activation, with conda or without",
    "step.pinned": "Keep later installations from replacing PyTorch",
    "conda.cpu-build": (
        "The channels would give PyTorch {found}, which has no GPU support, instead of {chosen}, "
        "so nothing was installed."
    ),
    "conda.cpu-build.next": "Take PyTorch from another place, for example `--origin wheel-index`.",
    "conda.other-torch": (
        "The channels would give PyTorch {found} instead of {chosen}, so nothing was installed."
    ),
    "conda.other-torch.next": "Look at the mirrors in `conda config --show channels`.",
    "conda.other-cuda": (
        "The channels would give PyTorch {found}, which is not for CUDA {runtime}, "
        "so nothing was installed."
    ),
    "conda.other-cuda.next": "Leave `--cuda` out, or take another origin with `--origin`.",
    "conda.other-python": (
        "The channels would give Python {found} instead of {chosen}, so nothing was installed."
    ),
    "conda.other-python.next": "Choose another Python with `--python`.",
    "conda.other-companion": (
        "The channels would give {name} {found} instead of {chosen}, so nothing was installed."
    ),
    "conda.other-companion.next": "Leave {name} out of `--with`.",
    "conda.disk-full": "The disk is full:\n{output}",
    "conda.disk-full.next": (
        "Make room (`conda clean --all` empties conda's package cache), or choose another place "
        "with `--prefix`."
    ),
    "conda.terms": (
        "The channel wants its terms of service accepted first, and that is for you to decide:\n"
        "{output}"
    ),
    "conda.terms.next": "Accept them with `conda tos accept`, or use the engine `rattler`.",
    "conda.condarc": "conda cannot read its own settings:\n{output}",
    "conda.condarc.next": "Mend the file named there, often `~/.condarc`; try again.",
    "conda.locked": "Another conda is using the package cache:\n{output}",
    "conda.locked.next": "Wait until it is done, then try again.",
    "conda.unwritable": "A folder that is needed cannot be written:\n{output}",
    "conda.unwritable.next": (
        "Use the engine `rattler`, whose package cache is your own, or another `--prefix`."
    ),
    "conda.corrupt": "A package in the cache or on the mirror is damaged:\n{output}",
    "conda.corrupt.next": (
        "Empty the package cache (`conda clean --packages --tarballs`); try again."
    ),
    "conda.channel-missing": "A channel does not hold what a channel must hold: {url}\n{output}",
    "conda.channel-missing.next": "If that is a mirror, take it out of `~/.condarc`; try again.",
    "conda.unreachable": "A conda channel cannot be reached: {url}\n{output}",
    "conda.unreachable.next": (
        "Check the network, set a mirror, or take the wheel with `--origin wheel-index`."
    ),
    "conda.no-cuda": (
        "The CUDA builds of the channels ask for a GPU driver, and none is seen here:\n{output}"
    ),
    "conda.no-cuda.next": (
        "Where the GPU is on another machine, say which CUDA its driver serves: "
        "`CONDA_OVERRIDE_CUDA=12.4`."
    ),
    "conda.old-glibc": "This system is too old for these packages:\n{output}",
    "conda.old-glibc.next": "Choose an older PyTorch with `--torch`.",
    "conda.package-missing": "The channels do not have {package}:\n{output}",
    "conda.package-missing.next": "Check the name, or take another origin with `--origin`.",
    "conda.unsolvable": "The packages do not fit together:\n{output}",
    "conda.unsolvable.next": "Leave packages out of `--with`, or choose another `--python`.",
}
