"""Sessions of the wizard as people have them: a machine, what is typed, what must be read there.

The tests play them and `tools/screens.py` takes pictures of them. The machines are profiles, so
that neither a driver nor a network decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from tests.lab.terminal import DOWN, ENTER

MACHINES = Path(__file__).parent / "machines"
ACCEPT, CHANGE, DETAILS = ENTER, DOWN + ENTER, DOWN * 2 + ENTER
LEAVE = "q"

CONTAINER = """\
schema: gpusetup.machine/1
os: linux
arch: x86_64
os_version: "22.04"
distribution: ubuntu
libc: {name: glibc, version: "2.35"}
container: docker
python: "3.12.3"
driver: null
gpus: []
pci_gpus: [{device_id: "2204", chip: GA102, compute_capability: "8.6", name: GeForce RTX 3090}]
conda: null
disks:
  - {path: "~", purpose: home, free_mib: 40000, filesystem: overlay}
"""
NO_DRIVER = """\
schema: gpusetup.machine/1
os: linux
arch: x86_64
os_version: "24.04"
distribution: ubuntu
libc: {name: glibc, version: "2.39"}
python: "3.12.3"
driver: null
gpus: []
pci_gpus: [{device_id: "2504", chip: GA106, compute_capability: "8.6", name: GeForce RTX 3060}]
conda: null
disks:
  - {path: "~", purpose: home, free_mib: 90000, filesystem: ext4}
"""
LOGIN = """\
schema: gpusetup.machine/1
os: linux
arch: x86_64
os_version: "9.4"
distribution: rocky
libc: {name: glibc, version: "2.34"}
scheduler: slurm
node_role: login
python: "3.9.18"
driver: null
gpus: []
pci_gpus: []
conda: null
disks:
  - {path: "~", purpose: home, free_mib: 30000, filesystem: lustre, quota_mib: 102400}
"""


@dataclass(frozen=True)
class Session:
    """One session. `steps`: what is typed, and by language what is waited for after it."""

    machine: str  # the name of a file in tests/machines, or a profile's text
    steps: tuple[tuple[str, str, str], ...]  # (keys, English, Chinese)
    words: tuple[str, ...] = ()
    code: int = 0

    @property
    def profile(self) -> str:
        path = MACHINES / f"{self.machine}.yaml" if "\n" not in self.machine else None
        return path.read_text("utf-8") if path else self.machine


_FIRST = ("", "> Yes, show the plan", "> 好，看看")
_CPU = ("", "> Yes, show the plan for the", "> 好，看看只用 CPU")
_PLAN = (ACCEPT, "> Done", "> 好了")
_END = (ACCEPT, "Nothing was run", "没有执行")

SESSIONS: Mapping[str, Session] = {
    "laptop": Session("windows-3060", (_FIRST, _PLAN, _END)),
    "wsl": Session("laptop-4060-wsl2", (_FIRST, _PLAN, _END)),
    "mixed-cards": Session(
        "lab-535-four-cards",
        (
            _FIRST,
            (CHANGE, "> Nothing more", "> 不用改了"),
            (DOWN * 3 + ENTER, "> All of them", "> 全部显卡"),
            (DOWN + ENTER, "> Nothing more", "> 不用改了"),
            _PLAN,
            (DOWN + ENTER, "conda create", "conda create"),
            _END,
        ),
    ),
    "python-3.9": Session(
        "laptop-4060-wsl2",
        (
            _FIRST,
            (CHANGE, "> Nothing more", "> 不用改了"),
            (DOWN * 2 + ENTER, "3.9", "3.9"),
            ("\x1b", "> Nothing more", "> 不用改了"),
            (LEAVE, "Nothing was changed.", "什么都没有改动"),
        ),
        code=130,
    ),
    "login-node": Session(LOGIN, (_CPU, (LEAVE, "Nothing was changed.", "什么都没有改动")), code=130),
    "cluster": Session("slurm-login", (_FIRST, _PLAN, _END)),
    "rented": Session("autodl-3090", (_FIRST, _PLAN, _END)),
    "container": Session(
        CONTAINER, (_FIRST, (LEAVE, "Nothing was changed.", "什么都没有改动")), code=130
    ),
    "no-driver": Session(
        NO_DRIVER, (_FIRST, (LEAVE, "Nothing was changed.", "什么都没有改动")), code=130
    ),
    "no-gpu": Session(
        "debian-no-gpu",
        (
            _CPU,
            (DOWN * 3 + ENTER, "detect --record machine.yaml", "detect --record machine.yaml"),
            ("", "> Yes, show the plan for the", "> 好，看看只用 CPU"),
            _PLAN,
            _END,
        ),
    ),
    "mac": Session("mac-m2", (_FIRST, (LEAVE, "Nothing was changed.", "什么都没有改动")), code=130),
    "refusal": Session(
        "v100-418",
        (
            ("", "> Without", "> 去掉"),
            (ACCEPT, "> Yes, show the plan", "> 好，看看"),
            _PLAN,
            _END,
        ),
        words=("--torch", "2.15.0"),
    ),
    "refusal-left": Session(
        "v100-418", (("", "> Without", "> 去掉"), (LEAVE, "", "")), words=("--torch", "2.15.0"), code=3
    ),
}  # fmt: skip
