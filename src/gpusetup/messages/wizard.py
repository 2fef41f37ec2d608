"""Sentences of the wizard's pages: what to change, ways out, no GPU, answers in a file."""

from __future__ import annotations

_PAGES = {
    "wizard.greeting": (
        "gpusetup looks at this machine first. Nothing is changed before you have seen the plan."
    ),
    "wizard.everything": "All that was found",
    "wizard.now": "With your answers",
    "wizard.refused": "This does not work",
    "wizard.newest": "It is the newest that surely runs here.",
    "wizard.greeting-other": "gpusetup plans for the machine of the profile. Nothing is run here.",
    "wizard.other-machine": "The machine of the profile",
    "wizard.newest-cpu": "It is the newest that surely runs on this machine's processor.",
    "wizard.newest-gpu": "It is the newest that surely runs on {gpus}.",
    "wizard.newest-driver": "It is the newest that surely runs on {gpus} with driver {driver}.",
    "wizard.newest-card": (
        "It is the newest for {gpus}, and runs once a driver is there and answers."
    ),
    "wizard.call-it": "Call it `{name}`",
    "wizard.download": "About {size} will be downloaded.",
    "wizard.accept-cpu": "Yes, set it up for the processor",
    "wizard.accept-elsewhere": "Yes, show the plan for that machine",
    "wizard.accept-elsewhere-cpu": "Yes, show the plan for the processor",
    "wizard.go-on-elsewhere": "Shall gpusetup plan this for the machine of the profile?",
    "wizard.places": "Where can I get to a GPU?",
    "wizard.back-to-first": "Back to the first recommendation",
    "wizard.again": "Look again",
    "wizard.leave": "Leave it",
    "wizard.go-on-refused": "What shall be done?",
    "wizard.change": "Change something",
    "wizard.take": "Nothing more: go on with this",
    "wizard.what": "What shall be different?",
    "wizard.chosen": "{value} (chosen for you)",
    "wizard.choose-for-me": "Choose for me",
    "wizard.run": "Yes, do it",
    "wizard.commands": "Show the commands",
    "wizard.save": "Save my answers for another machine",
    "wizard.save-elsewhere": "Save my answers for that machine",
    "wizard.no": "Not now",
    "wizard.done": "Done",
    "wizard.elsewhere": "This plan is for another machine. What shall be done?",
    "wizard.elsewhere-done": (
        "Nothing was run here. On that machine run `gpusetup init`, with `--answers FILE` if you "
        "have saved your answers. Where gpusetup cannot be had, take the plan there as a script: "
        "`gpusetup plan --machine FILE --script bash`."
    ),
    "wizard.step": "{number}. {text} ({by})",
    "wizard.step-done": "{text}: done already",
    "wizard.goes-on": (
        "An earlier run ({run}) stopped in the middle; this goes on where it stopped."
    ),
    "wizard.undo": "`gpusetup undo` takes all of it back.",
    "wizard.read-on": (
        "If something does not work: `gpusetup doctor`. What else there is: `gpusetup --help`. "
        "To learn PyTorch: https://docs.pytorch.org/tutorials/"
    ),
}

_QUESTIONS = {
    "wizard.subject.torch": "PyTorch",
    "wizard.subject.python": "Python",
    "wizard.subject.gpus": "GPUs",
    "wizard.subject.packages": "Also",
    "wizard.subject.name": "Name",
    "wizard.subject.where": "Where",
    "wizard.subject.engine": "Made by",
    "wizard.subject.origin": "From",
    "wizard.subject.mirror": "Mirror",
    "wizard.ask.torch": "Which PyTorch?",
    "wizard.ask.python": "Which Python?",
    "wizard.ask.gpus": "Which GPUs shall it run on?",
    "wizard.ask.engine": "Which program shall make the environment?",
    "wizard.ask.origin": "Where shall PyTorch come from?",
    "wizard.ask.mirror": "Which mirror shall downloads go through?",
    "wizard.why.torch": "The newest that this machine runs, unless your project needs another.",
    "wizard.unasked": "What the sources have today was not asked: this is for another machine.",
    "wizard.silent": ("Not reachable from here: {origin} ({cause}). What only it has is missing."),
    "wizard.without-cuda": (
        "{torch} is recommended because it comes without CUDA: nothing here would use the "
        "gigabytes of CUDA that the newer ones bring."
    ),
    "wizard.why.python": (
        "It goes into the environment; the Python of your system stays as it is. Your project may "
        "need a certain one."
    ),
    "wizard.why.gpus": (
        "One build has to run on all of them. Without the oldest a newer PyTorch may be possible."
    ),
    "wizard.package.torchvision": "images",
    "wizard.package.torchaudio": "sound",
    "wizard.package.jupyter": "notebooks in the browser",
    "wizard.package.matplotlib": "plots",
    "wizard.package.opencv": "image processing",
    "wizard.why.packages": "They can also be added later.",
    "wizard.why.name": "You type this name to activate it. Each project can have one of its own.",
    "wizard.why.where": (
        "PyTorch needs several GiB: choose a disk with room, not a small home folder."
    ),
    "wizard.why.engine": (
        "uv is quick and comes with gpusetup. The others make an environment in conda's format, "
        "for whoever is used to conda."
    ),
    "wizard.why.origin": (
        "Each place holds other variants of PyTorch, and not all can be reached from here. If in "
        "doubt, let it be chosen."
    ),
    "wizard.why.mirror": "A copy that is near can be much faster than the source.",
    "wizard.engine.rattler": "rattler (conda, built in)",
    "wizard.gpus.all": "All of them",
    "wizard.gpus.newest": "Only the newest kind",
    "wizard.gpus.cpu": "None: the processor only",
    "wizard.origin.pypi": "PyPI",
    "wizard.origin.wheel-index": "PyTorch wheel index",
    "wizard.origin.conda-forge": "conda-forge",
    "wizard.origin.pytorch": "pytorch channel (old)",
    "wizard.origin.wheelhouse": "a folder of yours",
    "wizard.mirror.auto": "Only where it is faster",
    "wizard.mirror.none": "None: from the sources",
    "wizard.then": "then PyTorch {torch}, {build}, Python {python}",
    "wizard.then.torch": "{build}, Python {python}",
    "wizard.then.python": "PyTorch {torch}, {build}",
    "wizard.then.engine": "by {engine}: PyTorch {torch}, {build}",
    "way.nearest": "What comes nearest",
    "way.drop": "Without `{wish}`",
    "way.newest-gpu": "For the newest GPU only",
    "way.cpu": "For the processor, without a GPU",
}

_NO_GPU = {
    "nogpu.title": "No GPU to use here",
    "nogpu.mac": (
        "Macs have no NVIDIA GPU, so there is no CUDA here. PyTorch uses Apple's own GPU (MPS), "
        "which is fine for learning."
    ),
    "nogpu.mac.do": "Go on here, and take a rented GPU for what needs CUDA.",
    "nogpu.login": (
        "This is the login node of a cluster. It has no GPU: they are in the compute nodes, where "
        "jobs run. What is set up here can be used there, because the home folder is shared."
    ),
    "nogpu.login.do": (
        "So that it fits those GPUs, run `gpusetup detect --record node.yaml` inside a job, then "
        "`gpusetup init --machine node.yaml` here. Going on now plans for the processor only."
    ),
    "nogpu.login.ask-nodes": (
        "So that it fits those GPUs, leave with q and run `gpusetup detect --slurm`: it asks the "
        "compute nodes what they have, and `gpusetup init` plans for them then. Going on now "
        "plans for the processor only."
    ),
    "nogpu.container": (
        "This container sees no GPU: it was started without access to one, or its host has none."
    ),
    "nogpu.container.do": (
        "Start it again with access; for Docker that is `--gpus all`, on a rented machine choose "
        "an instance with a GPU. A driver cannot be installed inside a container."
    ),
    "nogpu.wsl": (
        "WSL uses the NVIDIA driver of Windows, and none is to be seen from here: it is missing or "
        "too old, or this computer has no NVIDIA GPU."
    ),
    "nogpu.wsl.do": (
        "Install the driver in Windows, never inside WSL, then run `wsl --shutdown` in Windows and "
        "start again."
    ),
    "nogpu.no-driver": (
        "An NVIDIA GPU is plugged in, but it has no driver yet. Without one nothing can use it."
    ),
    "nogpu.no-driver.do": (
        "Install the driver first; on Ubuntu: `sudo ubuntu-drivers install`, then restart the "
        "computer. `gpusetup doctor` shows the steps for this system. What is set up now works as "
        "soon as the driver is there."
    ),
    "nogpu.other-driver": (
        "An NVIDIA GPU is plugged in, but another driver (nouveau, as a rule) holds it. It draws "
        "the screen and cannot compute."
    ),
    "nogpu.other-driver.do": (
        "Install NVIDIA's driver; on Ubuntu: `sudo ubuntu-drivers install`, then restart the "
        "computer. `gpusetup doctor` shows the steps for this system."
    ),
    "nogpu.broken": "An NVIDIA driver is installed, but it does not answer as it should.",
    "nogpu.broken.do": "`gpusetup doctor` finds the cause and says what to do.",
    "nogpu.amd": (
        "This machine has a GPU by AMD. CUDA runs on NVIDIA's only, and gpusetup does not set up "
        "AMD's ROCm; so PyTorch will compute on the processor."
    ),
    "nogpu.amd.do": (
        "For ROCm see https://pytorch.org/get-started/locally/. For CUDA you need a machine with "
        "an NVIDIA GPU."
    ),
    "nogpu.unknown": "Whether there is an NVIDIA GPU could not be found out.",
    "nogpu.unknown.do": (
        "`gpusetup detect --verbose` shows what did not answer; `gpusetup detect --timeout 120` "
        "waits longer."
    ),
    "nogpu.none": (
        "This machine has no NVIDIA GPU. PyTorch runs on the processor too: right for learning and "
        "small models, slow for large ones."
    ),
    "nogpu.none.do": "Go on here, and take a free or rented GPU for what is too slow.",
    "places.free": "Free for some hours, in the browser",
    "places.rented": "Rented by the hour",
    "places.ai-studio": "AI Studio (Baidu)",
    "places.modelscope": "ModelScope Notebook",
    "places.note.runtime": "choose a runtime with a GPU; PyTorch is there already",
    "places.note.phone": "wants a phone number; two GPUs can be had",
    "places.note.in-china": "well reached from China",
    "places.note.image": "choose an image with a CUDA driver that is new enough",
    "places.note.image-in-china": (
        "in China; choose an image, keep data and environments on the data disk"
    ),
    "places.note.machine": "a whole machine by SSH",
    "places.carry": "To plan for such a machine here",
    "places.carry.there": "There, write down what it has:",
    "places.carry.here": "Copy that file here, and plan with it:",
}

_ANSWERS = {
    "help.wish.answers": "Take the wishes from this file, which `--write-answers` has written.",
    "help.init.write-answers": "Write the answers of this session into a file.",
    "answers.which-file": "Into which file?",
    "answers.written": "Your answers are in {path}.",
    "answers.use": "On the next machine: `gpusetup init --answers {name}`",
    "answers.head": "Wishes for `gpusetup init --answers FILE`; everything else is chosen there.",
    "answers.led-to": "Here they led to torch {torch} ({build}) with Python {python}.",
    "answers.unreadable": "The answers file {name} cannot be used:\n{problems}",
    "answers.unreadable.next": (
        "Correct these lines. `gpusetup init --write-answers FILE` writes a correct file."
    ),
    "answers.not-there": "The answers file {path} cannot be read: {cause}",
    "answers.not-there.next": "`gpusetup init --write-answers FILE` writes one.",
    "answers.no-text": "{path} is no answers file: it holds no text, or far too much.",
    "answers.no-text.next": "`gpusetup init --write-answers FILE` writes one.",
    "answers.not-writable": "The answers cannot be written into {path}. {cause}",
    "answers.not-writable.next": "Name another file: `--write-answers FILE`.",
    "answers.there-already": "`{path}` is there already, and is not written over.",
    "answers.bad-name": "`{path}` is no name of a file.",
    "answers.no-folder": "The folder of `{path}` is not there.",
    "answers.needs-schema": (
        "There is nothing in it. At least `schema: gpusetup.answers/1` is needed."
    ),
    "answers.other-schema": "{found} is not {known}",
    "answers.contradiction": "`{first}` and `{second}` contradict each other",
    "answers.secret": "an address with a login in it; answers are passed on",
    "answers.empty": "nothing is written there",
    "answers.mirror": "`{text}` is not the name of a mirror",
}

SENTENCES: dict[str, str] = {**_PAGES, **_QUESTIONS, **_NO_GPU, **_ANSWERS}
