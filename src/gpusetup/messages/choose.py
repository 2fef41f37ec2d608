"""Sentences of `choose`: why a build is taken, why others are not, and what would change it."""

from __future__ import annotations

_WHY = {
    "choose.newest-that-runs": "torch {torch} ({build}) is the newest that surely runs here.",
    "choose.as-wished": "torch {torch} ({build}) is what you asked for, and it runs here.",
    "choose.covers": "It holds code for {gpus}.",
    "choose.driver-serves": "Driver {driver} runs builds for CUDA {cuda}.",
    "choose.no-gpu": "No NVIDIA GPU is here to be used, so it computes on the processor.",
    "choose.cpu-on-macos": "There is no CUDA on macOS; Apple's own GPU is used through MPS.",
    "choose.cpu-as-wished": "You asked for a build without CUDA.",
    "choose.python-as-wished": "Python {python} is what you asked for.",
    "choose.python-newest": "Python {python} suits torch {torch} and can be had here.",
    "choose.only-a-channel": ("It comes from the channel {origin}, because no wheel fits here."),
}

_REJECTED = {
    "choose.other-platform": "torch {torch} ({build}) is not made for {platform}.",
    "choose.origin-unreachable": (
        "torch {torch} ({build}) comes from {origin}, which cannot be reached from here."
    ),
    "choose.not-there": "{origin}, as it is reached from here, does not have this build.",
    "choose.folder-unreachable": "The folder {build} of {origin} cannot be reached from here.",
    "choose.python-not-supported": (
        "torch {torch} ({build}) does not exist for Python {python}; it does for {supported}."
    ),
    "choose.python-not-found": (
        "torch {torch} ({build}) needs one of Python {supported}; found here: {found}. "
        "No other Python can be downloaded."
    ),
    "choose.glibc-too-old": (
        "torch {torch} ({build}) needs glibc {minimum} or newer; this system has {found}."
    ),
    "choose.not-glibc": (
        "No build of torch runs on {libc}; it needs a system with glibc, such as Debian or Ubuntu."
    ),
    "choose.macos-too-old": (
        "torch {torch} needs macOS {minimum} or newer; this machine has {found}."
    ),
    "choose.cuda-not-known": "The driver that CUDA {cuda} needs is not known.",
    "choose.driver-too-old": (
        "CUDA {cuda} needs NVIDIA driver {minimum} or newer; this machine has {driver}."
    ),
    "choose.driver-dropped-gpu": (
        "Driver {driver} no longer drives {gpu}; R{last} is the last branch that does."
    ),
    "choose.driver-before-gpu": (
        "Driver {driver} does not drive {gpu} yet; that began with branch R{first}."
    ),
    "choose.no-driver-for-both": (
        "CUDA {cuda} needs driver {minimum} or newer, and the last branch that drives {gpu} "
        "is R{last}."
    ),
    "choose.cudnn-without-gpu": (
        "torch {torch} ({build}) comes with cuDNN 9, which has no code for {gpu}."
    ),
    "choose.known-defect": ("torch {torch} ({build}) has a known defect here. {note}"),
    "choose.gpu-not-covered": "torch {torch} ({build}) holds no code for {gpu}.",
    "choose.driver-cannot-compile": (
        "torch {torch} ({build}) would have to be translated for {gpu} by a newer driver."
    ),
    "choose.cpu-build-only": "A build for the processor only; it cannot use the GPU.",
    "choose.not-sure-enough": (
        "It is not certain that torch {torch} ({build}) exists and runs here. "
        "Name it exactly to try it."
    ),
    "choose.only-on-wish": (
        "torch {torch} ({build}) exists, but PyTorch does not offer it. Name it exactly to take it."
    ),
    "choose.not-preferred": "It would run as well; another build of it is preferred.",
    "choose.cuda-not-needed": "It carries CUDA, which nothing here can use.",
    "choose.wheels-first": (
        "It would run; builds of the channel {origin} are taken when asked for with --origin."
    ),
    "choose.no-companions": "Not all of {packages} exist for it.",
}

_REFUSED = {
    "choose.torch-unreadable": (
        "`--torch {wish}` cannot be read. Write a version such as 2.7.1 or a range such as "
        '">=2.4,<2.6".'
    ),
    "choose.wishes-contradict": "`{first}` and `{second}` contradict each other. Leave one out.",
    "choose.no-builds-for-platform": "There is no build of torch for {platform}.",
    "choose.torch-unknown": (
        "No release of torch for {platform} fits `--torch {wish}`. The newest known is {newest}."
    ),
    "choose.wheelhouse-has-none": "The wheelhouse holds no fitting torch wheel for {platform}.",
    "choose.no-such-build": "No build of torch for {platform} fits `{wishes}`.",
}

_CHANGE = {
    "choose.newer-driver": "NVIDIA driver {minimum} or newer would allow it.",
    "choose.newer-driver-on-host": (
        "NVIDIA driver {minimum} or newer on the host would allow it; it cannot be changed from "
        "inside a container."
    ),
    "choose.older-driver": "A driver of branch R{branch}, which still drives the GPU, would do.",
    "choose.older-driver-on-host": (
        "A driver of branch R{branch} on the host, which still drives the GPU, would do."
    ),
    "choose.another-python": "Python {python} would allow it.",
    "choose.newer-glibc": (
        "A system with glibc {minimum} or newer would allow it, a container for example."
    ),
    "choose.newer-system-and-driver": (
        "A system with glibc {glibc} or newer and NVIDIA driver {driver} or newer would allow it."
    ),
    "choose.newer-macos": "macOS {minimum} or newer would allow it.",
    "choose.origin-reached": "If {origin} could be reached, it would be taken from there.",
    "choose.with-channel": (
        "`--origin {origin}` would give it: a build of a conda channel instead of a wheel."
    ),
    "choose.newest-gpu-only": "Serving only {gpu} (`--gpu-policy newest`) would allow it.",
}

_WARNINGS = {
    "choose.no-driver-yet": (
        "There is an NVIDIA GPU but no driver yet. Install driver {minimum} or newer; until then "
        "torch cannot use the GPU."
    ),
    "choose.no-driver-in-container": (
        "The host has an NVIDIA GPU, but this container was started without access to it. Start "
        "it with access, for example `docker run --gpus all`; the host needs driver {minimum} or "
        "newer."
    ),
    "choose.driver-unknown": (
        "The driver's version could not be read. This build needs {minimum} or newer."
    ),
    "choose.capability-unknown": (
        "The compute capability of {gpus} is not known, so it is not certain that this build "
        "runs on it."
    ),
    "choose.gpus-unknown": (
        "A driver is there, but its GPUs could not be read: the build is chosen by the driver "
        "alone."
    ),
    "choose.nothing-known-about-gpus": (
        "It could not be found out whether there is a GPU, so none is assumed. Ask for a build "
        "with --cuda if there is one."
    ),
    "choose.wsl1-has-no-gpu": (
        "WSL 1 gives no access to the GPU. `wsl --set-version <distribution> 2` in Windows "
        "changes that."
    ),
    "choose.not-sure": (
        "It is not certain that torch {torch} ({build}) exists and runs here. It is taken because "
        "you asked for it."
    ),
    "choose.not-offered": (
        "torch {torch} ({build}) is not among the builds that PyTorch offers, so it is less "
        "tested. It is taken because you asked for it."
    ),
    "choose.code-is-translated": (
        "This build ({build}) holds no code for {gpus}. The driver translates it at the first "
        "start, which can take half an hour, and nobody tests that."
    ),
    "choose.gpus-left-out": (
        "{gpus} will not work with this build. Hide it: set CUDA_VISIBLE_DEVICES to the numbers "
        "of the other GPUs."
    ),
    "choose.cpu-from-pypi-is-large": (
        "Only the package index has a torch that can be reached, and its default build brings "
        "CUDA along: {gib} GiB or more that this machine cannot use."
    ),
    "choose.cpu-from-cuda-build": (
        "There is no CPU build of it that can be reached; this one brings CUDA ({build}) along, "
        "{gib} GiB or more that this machine cannot use."
    ),
    "choose.cuda-without-gpu": (
        "You asked for CUDA and no GPU is visible here. The build ({build}) works on the "
        "processor until there is one."
    ),
    "choose.companion-left-out": (
        "{package} is left out: there is none that fits torch {torch} ({build}) from {origin}."
    ),
}

SENTENCES: dict[str, str] = {**_WHY, **_REJECTED, **_REFUSED, **_CHANGE, **_WARNINGS}
