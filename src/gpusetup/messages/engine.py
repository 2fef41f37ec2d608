"""Sentences of the conda engines: what they make, and what goes wrong with channels."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.engine": "Steps of the built-in conda engine, as commands.",
    "help.engine.rattler": "Look packages up on conda channels, and make environments with them.",
    "help.engine.conda": (
        "Install conda itself below your home folder: from conda-forge, without root."
    ),
    "help.engine.conda-prefix": "The folder of conda's base environment.",
    "engine.conda-there": "conda is on this machine already: {path}",
    "engine.conda-there.next": (
        "Use it, or name a place for another one: `gpusetup engine conda --prefix DIR`."
    ),
    "engine.conda-size": "conda and what it needs: {count} packages, {size} to download.",
    "engine.conda-stopped": "Stopped while conda was being installed.",
    "engine.conda-stopped.next": "`gpusetup undo` takes back what was done.",
    "engine.conda-done": (
        "conda is in {prefix}. No file of your shell was changed; so that `conda activate` works "
        "in new terminals, write:"
    ),
    "step.create-conda": "Make conda's base environment, with conda and mamba",
    "step.write-condarc": "Write down that its packages come from conda-forge",
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
    "conda.cpu-by-marker": (
        "The channels would give PyTorch {found} with `cpuonly`, which another package brings "
        "along, instead of {chosen}, so nothing was installed."
    ),
    "conda.cpu-by-marker.next": (
        "Leave the extra packages out one by one, or take PyTorch with `--origin wheel-index`."
    ),
    "conda.cpu-without-driver": (
        "The channels would give PyTorch {found}, a build for the CPU, because conda sees no GPU "
        "driver here (`__cuda`), instead of {chosen}, so nothing was installed."
    ),
    "conda.cpu-without-driver.next": (
        "Where the GPU is on another machine, say which CUDA its driver serves: "
        "`CONDA_OVERRIDE_CUDA=12.4`."
    ),
    "conda.cpu-by-priority": (
        "conda-forge comes before the pytorch channel here, so it would give its PyTorch {found}, "
        "a build for the CPU, instead of {chosen}. Nothing was installed."
    ),
    "conda.cpu-by-priority.next": (
        "Look at `channel_priority` and `custom_channels` in `~/.condarc`, or take the CUDA build "
        "of conda-forge with `--origin conda-forge`."
    ),
    "conda.cpu-by-toolkit": (
        "The channels would give PyTorch {found}, a build for the CPU: since 1.13 `cudatoolkit` "
        "picks no CUDA build, `pytorch-cuda` does. {chosen} was chosen, so nothing was installed."
    ),
    "conda.cpu-by-toolkit.next": "Take `cudatoolkit` out of the packages that are asked for.",
    "conda.cpu-without-nvidia": (
        "The channels would give PyTorch {found}, a build for the CPU, because `pytorch-cuda` and "
        "the nvidia channel are missing, instead of {chosen}. Nothing was installed."
    ),
    "conda.cpu-without-nvidia.next": (
        "See whether a mirror in `~/.condarc` lacks the channel `nvidia`, or take the wheel with "
        "`--origin wheel-index`."
    ),
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
    "conda.second-torch": (
        "A package that is asked for would bring a PyTorch of its own, {found}, so nothing was "
        "installed."
    ),
    "conda.second-torch.next": (
        "Take PyTorch from the channel too (`--origin conda-forge`), or move that package to the "
        "`pip:` list of the file."
    ),
    "compiler.no-cuda": (
        "nvcc belongs to a CUDA, and the PyTorch that was chosen has none ({build}). Leave `nvcc` "
        "out, or ask for a CUDA build with `--cuda 12.6`."
    ),
    "compiler.too-old": (
        "No channel has nvcc of CUDA {cuda}; the oldest that can be had without root is 11.3. "
        "Leave `nvcc` out, ask for `--cuda 11.8`, or use the toolkit of this machine."
    ),
    "compiler.not-in-wheels": (
        "NVIDIA's wheels for CUDA {cuda} hold no nvcc. Leave `--engine uv` out, so that it comes "
        "from a channel."
    ),
    "compiler.needs-visual-studio": (
        "nvcc needs the C++ compiler of Visual Studio (Build Tools), which no channel has."
    ),
    "compiler.needs-gcc": "nvcc needs a C++ compiler (`g++`), which the wheels do not bring.",
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
    "conda.condarc": "conda cannot read its own settings in {path}:\n{output}",
    "conda.condarc.next": (
        "Mend that file (a bracket left open, a key twice, a word where a list belongs); try again."
    ),
    "conda.client-certificate": (
        "`~/.condarc` names a certificate of your own ({path}), which the built-in engine cannot "
        "show."
    ),
    "conda.client-certificate.next": "Use `--engine conda`, or take `client_ssl_cert` out.",
    "conda.not-allowed": "conda's settings on this machine do not allow the channel {channel}.",
    "conda.not-allowed.next": (
        "Ask the administrator (`allowlist_channels`, `denylist_channels`), or take the wheel with "
        "`--origin wheel-index`."
    ),
    "conda.must-verify": (
        "`~/.condarc` says `ssl_verify: false`, and this built-in engine always checks "
        "certificates."
    ),
    "conda.must-verify.next": (
        "Name the certificate of your network there (`ssl_verify: /path/ca.pem`), or update "
        "`py-rattler`."
    ),
    "conda.login-in-address": (
        "The channel {channel} is named with its password, which conda would write into the "
        "environment."
    ),
    "conda.login-in-address.next": (
        "Name it with the password in `~/.condarc` (`custom_channels`), or use `--engine rattler`."
    ),
    "conda.proxy": "The proxy does not let conda through to {url}:\n{output}",
    "conda.proxy.next": (
        "Give the proxy's user and password in `HTTPS_PROXY` or in `proxy_servers` of `~/.condarc`."
    ),
    "conda.login": "The channel wants a login: {url}\n{output}",
    "conda.login.next": "Log in (`anaconda login`, `mamba auth login`), or use another channel.",
    "conda.forbidden": "The server refuses to hand this out (403): {url}\n{output}",
    "conda.forbidden.next": (
        "Mirrors do that after many large downloads from one network: wait, or set another mirror."
    ),
    "conda.conflict": "{package} needs {needs}, which does not go with the rest:\n{output}",
    "conda.conflict.next": (
        "Leave it out of `--with`, or ask for a version that fits (`--python`, `--torch`)."
    ),
    "conda.locked": "Another conda is using the package cache:\n{output}",
    "conda.locked.next": "Wait until it is done, then try again.",
    "conda.without-locks": "The package cache is on a file system without locks:\n{output}",
    "conda.without-locks.next": (
        "Name a folder on another disk, for `rattler` in the variable RATTLER_CACHE_DIR, for conda "
        "in CONDA_PKGS_DIRS."
    ),
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
    "conda.unreachable": "A conda channel cannot be reached: {url}\n{cause}",
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
