"""Sentences about wishes: the options of `init` and `plan`, and what can be wrong with them."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.wish.name": "Name of the environment.",
    "help.wish.torch": "Which torch: `2.7.1`, `>=2.4,<2.6` or `latest`.",
    "help.wish.cuda": "Which CUDA build of torch, or `cpu`.",
    "help.wish.cpu": "A torch without GPU support.",
    "help.wish.python": "Which Python the environment gets.",
    "help.wish.engine": "Which program makes the environment.",
    "help.wish.origin": "Where torch comes from.",
    "help.wish.wheelhouse": "A folder or page with torch's files, instead of the network.",
    "help.wish.prefix": "The folder that becomes the environment.",
    "help.wish.into": "Install into this environment, which is there already.",
    "help.wish.replace": "Move an environment of the same name aside first.",
    "help.wish.mirror": (
        "Download through this mirror; `auto` looks for one in China; `none`: from the sources."
    ),
    "help.wish.with": "More packages: torchvision,torchaudio,jupyter,opencv ...",
    "help.wish.gpu-policy": "Run on all GPUs of this machine, or only on the newest kind.",
    "wish.torch": "`{text}` is not a version of torch.",
    "wish.torch.next": "Write `--torch 2.7.1`, `--torch '>=2.4,<2.6'` or `--torch latest`.",
    "wish.cuda": "`{text}` is not a CUDA version.",
    "wish.cuda.next": "Write `--cuda 12.6`, `--cuda cu126` or `--cuda cpu`.",
    "wish.python": "`{text}` is not a Python version.",
    "wish.python.next": "Write `--python 3.12`.",
    "wish.python-two": (
        "No torch of today runs on Python {text}: the last ones that did were of 2020 (torch 1.4)."
    ),
    "wish.python-two.next": (
        "Leave `--python` out, or name the Python 3 that the project asks for, such as `--python "
        "3.8`. Code for Python 2 has to be brought to Python 3 first."
    ),
    "wish.origin": "`{text}` is not a place that torch comes from.",
    "wish.origin.next": "Write one of: {known}.",
    "wish.mirror": "There is no mirror `{name}`.",
    "wish.mirror.next": "Write one of: {names}.",
    "wish.wheelhouse": "The wheelhouse {path} cannot be read: {cause}",
    "wish.wheelhouse.next": "Name a folder that holds wheels of torch: `--wheelhouse DIR`.",
    "wish.prefix": "{path} is no place that can be used.",
    "wish.prefix.next": "Name a folder: `--prefix DIR`.",
    "wish.package": "{text} is no name of a package or a channel.",
    "wish.package.next": "Write names, such as `--with torchvision,pandas`.",
    "wish.contradiction": "`{first}` and `{second}` contradict each other.",
    "wish.contradiction.next": "Leave one of them out.",
}
