"""What a person, a profile, a repository or an index says never becomes a second command.

`owned` is on the PATH of everything that runs here and leaves a file. Nothing may ever call it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.cli.main import run as gpusetup
from gpusetup.engines.specs import Wanted
from tests.integration.test_hostile import Place
from tests.lab.channel import Stub, write_channel
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")

MACHINE = Path(__file__).parents[1] / "machines" / "lab-535-four-cards.yaml"
SIGNS = "a b'c\"$(owned)`owned`;owned|owned&owned\nowned\n>owned<owned ${IFS}owned #\\"
PLAIN = "$(owned),`owned`,;owned,|owned,&owned,it's,a\"b"
STUB = (
    '#!/usr/bin/python3\nimport json, sys\nopen("{log}", "a").write(json.dumps(sys.argv) + "\\n")\n'
)


class Trap:
    """A folder for PATH with programs that note their arguments, and `owned`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin, self.log, self.sprung = folder / "bin", folder / "log", folder / "sprung"
        self.bin.mkdir()
        (folder / "home").mkdir()
        self.program("owned", f'#!/bin/sh\n: > "{self.sprung}"\n')
        (folder / "home" / "miniconda3").mkdir()
        (folder / "home" / "miniconda3" / "bin").symlink_to(self.bin)  # where the profile has it
        for name in ("uv", "conda", "gpusetup"):
            self.program(name, STUB.format(log=self.log))
        self.environ = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(folder / "home"),
            "LC_ALL": "C.UTF-8",
        }

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def gpusetup(self, *words: str) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            [sys.executable, "-m", "gpusetup", *words], env=self.environ, cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode != 70, ended.stderr
        assert not self.sprung.exists()
        return ended

    def calls(self) -> list[list[str]]:
        lines = self.log.read_text().splitlines()
        return [[Path(name).name, *words] for name, *words in map(json.loads, lines)]


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    made = Trap(tmp_path)
    ended = subprocess.run(["owned"], env=made.environ, check=True)
    assert ended.returncode == 0
    assert made.sprung.exists()  # it works
    made.sprung.unlink()
    return made


@pytest.mark.parametrize("engine", ["uv", "conda", "rattler"])
def test_a_script_for_bash_calls_what_the_plan_says_word_for_word(trap: Trap, engine: str) -> None:
    prefix = str(trap.folder / "home" / SIGNS)
    wishes = ("--machine", str(MACHINE), "--engine", engine, "--prefix", prefix, "--with", PLAIN)
    planned = json.loads(trap.gpusetup("plan", *wishes, "--json").stdout)
    script = trap.gpusetup("plan", *wishes, "--script", "bash")
    assert script.returncode == 0, script.stderr
    ran = subprocess.run(
        ["bash"], input=script.stdout, env=trap.environ, cwd=trap.folder, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert not trap.sprung.exists()
    home = str(trap.folder / "home")
    words = [[word.replace("~/", f"{home}/", 1) if word.startswith("~/") else word for word in step["argv"]]
             for step in planned["steps"] if step["argv"]]  # fmt: skip
    assert trap.calls() == [[Path(name).name, *rest] for name, *rest in words]


@pytest.mark.parametrize(
    ("shell", "quoted"), [("powershell", r"'(?:[^']|'')*'"), ("cmd", '"[^"]*"')]
)
def test_in_scripts_for_windows_all_of_it_is_inside_quotes(
    trap: Trap, shell: str, quoted: str
) -> None:
    """Neither shell can be had here; what is outside of its quotes holds nothing of it."""
    prefix = r"C:\a b'c$(owned)`owned`;owned|owned&owned>owned %owned% !owned! ^owned"
    profile = trap.folder / "windows.yaml"
    text = (MACHINE.parent / "windows-3060.yaml").read_text()
    profile.write_text(text)
    wishes = (
        "--machine",
        str(profile),
        "--prefix",
        prefix,
        "--with",
        "a;owned,b&owned,c|owned,$(owned)",
    )
    script = trap.gpusetup("plan", *wishes, "--script", shell).stdout
    assert "owned" in script
    outside = re.sub(
        quoted, "", "\n".join(line for line in script.splitlines() if " echo(" not in line)
    )
    assert "owned" not in outside
    for line in script.splitlines():
        if shell == "cmd" and " echo(" in line:
            assert not re.search(r"(?<!\^)[&|<>]", line.partition(" echo(")[2])


@pytest.mark.parametrize("word", ["--prefix=/elsewhere", "-e", "-c", "--find-links=/x"])
def test_a_package_is_never_an_option(trap: Trap, word: str) -> None:
    ended = trap.gpusetup("plan", "--machine", str(MACHINE), f"--with={word}", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["code"]) == (2, "wish.package")
    with pytest.raises(UsageError):
        Wanted(("conda-forge",), (word,))
    with pytest.raises(UsageError):
        Wanted((word,), ())
    with pytest.raises(UsageError):
        Wanted((), ("pip\n# update specs: x",))


def test_bytes_that_are_no_text_are_refused_or_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    word = os.fsdecode(b"x\xff")
    for option in ("--with", "--torch", "--prefix", "--requirements", "--wheelhouse", "--into"):
        for more in (("--json",), ("--script", "bash"), ()):
            code = gpusetup(["plan", "--machine", str(MACHINE), f"{option}={word}", *more])
            assert code in (0, 2, 3), (option, more, capsys.readouterr())
    capsys.readouterr()


HOSTILE_YML = r"""
channels: [conda-forge, "--prefix=/elsewhere", "evil\nowned", !!python/object/apply:os.system ["owned"]]
dependencies:
  - "--prefix=/elsewhere"
  - "-c evil"
  - "scipy --channel evil"
  - pip:
    - "rich\n--index-url http://127.0.0.1:9/evil\n-e /evil"
    - "$(owned)"
"""


def test_a_repositorys_environment_file_cannot_add_options(trap: Trap) -> None:
    file = trap.folder / "environment.yml"
    wishes = ("--machine", str(MACHINE), "--engine", "rattler", "--origin", "conda-forge")
    file.write_text(HOSTILE_YML)
    assert trap.gpusetup("plan", *wishes, "--requirements", str(file)).returncode == 2
    honest = re.sub(r", !!python.*\]\]", "]", HOSTILE_YML).replace('    - "$(owned)"\n', "")
    file.write_text(honest)
    ended = trap.gpusetup("plan", *wishes, "--requirements", str(file), "--json")
    assert ended.returncode == 0, ended.stdout
    steps: list[dict[str, Any]] = json.loads(ended.stdout)["steps"]
    words = [word for step in steps for word in step["argv"] or ()]
    assert not [each for each in words if each.startswith(("--prefix=", "--channel", "-c "))]
    assert not [each for each in words if "evil" in each and each != "scipy --channel evil"]
    files = [each["diff"] for each in steps if str(each["path"]).endswith("requirements.txt")]
    assert files
    assert "127.0.0.1" not in files[0]


TAG = '!!python/object/apply:os.system ["owned"]'


@pytest.mark.parametrize("name", ["profile", "matrix", "condarc"])
def test_a_tag_of_yaml_is_no_command(trap: Trap, name: str) -> None:
    if name == "condarc":
        (trap.folder / "home" / ".condarc").write_text(f"channel_alias: {TAG}\n")
        trap.gpusetup("engine", "rattler", "solve", "-c", (trap.folder / "nothing").as_uri(), "pip")
        return
    profile = trap.folder / "machine.yaml"
    profile.write_text(MACHINE.read_text() + (f"note: {TAG}\n" if name == "profile" else ""))
    if name == "matrix":
        (trap.folder / "compat").mkdir()
        (trap.folder / "compat" / "pytorch.yaml").write_text(f"schema: {TAG}\n")
        trap.environ["GPUSETUP_COMPAT"] = str(trap.folder / "compat")
    assert trap.gpusetup("plan", "--machine", str(profile)).returncode == 2


def test_a_profile_cannot_name_the_program_that_runs(trap: Trap) -> None:
    profile = trap.folder / "machine.yaml"
    text = MACHINE.read_text().replace("~/miniconda3/bin/conda, kind", "/bin/owned, kind")
    assert "/bin/owned" in text
    profile.write_text(text)
    wishes = ("--machine", str(profile), "--engine", "conda", "--origin", "conda-forge")
    script = trap.gpusetup("plan", *wishes, "--script", "bash").stdout
    assert "conda create" in script
    assert "owned" not in script


def test_a_wheel_cannot_write_beside_the_environment(tmp_path: Path) -> None:
    """uv's own matter: it skips or refuses such paths."""
    place = Place(tmp_path)
    wheel = make_wheel(place.wheels, "numpy", "2.3.0")
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("../../../../../../escaped-1.txt", "x")
        archive.writestr(f"{place.home}/escaped-2.txt", "x")
    place.run("init", "--yes", "--no-bench")
    inside = place.home / "gpu-envs" / "torch"
    found = [
        each
        for each in tmp_path.rglob("escaped-*")
        if inside not in each.parents and ".cache" not in each.parts
    ]
    assert found == []


def test_a_conda_package_cannot_write_beside_the_environment(tmp_path: Path) -> None:
    """rattler's own matter likewise."""
    place = Place(tmp_path)
    files = {"../../../../escaped-1.txt": ("x", 0o644), f"{tmp_path}/escaped-2.txt": ("x", 0o644)}
    channel = write_channel(
        tmp_path / "c", [Stub("pip", "25.3", "0", subdir="noarch", files=files)], packages=True
    )
    prefix = place.home / "e"
    place.run("engine", "rattler", "create", "--prefix", str(prefix), "-c", channel, "pip")
    assert [
        each
        for each in tmp_path.rglob("escaped-*")
        if ".cache" not in each.parts and prefix not in each.parents
    ] == []
