"""A change of an environment that fails or is killed leaves it as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import uv

from gpusetup.effects.journal import start_run
from gpusetup.road.keeping import FOLDER, keep
from gpusetup.road.stragglers import is_installer
from gpusetup.steps import PUT_BACK
from tests.lab.bits import bits_of
from tests.lab.wheels import make_wheel
from tests.road.place import TAG, Place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")


@pytest.fixture
def mine(place: Place) -> Path:
    """An environment of the user's, with a CPU torch of an older release and a project in it."""
    prefix = place.home / "gpu-envs" / "mine"
    project = place.home / "project"
    _editable(project)
    make_wheel(place.wheels, "torch", "2.12.0+cpu", tag=TAG)
    subprocess.run([uv.find_uv_bin(), "venv", "-q", "-p", sys.executable, str(prefix)], check=True)
    subprocess.run(
        [uv.find_uv_bin(), "pip", "install", "-q", "--no-index", "--find-links", str(place.wheels),
         "--python", str(prefix / "bin" / "python"), "torch==2.12.0+cpu", "rich", "-e", str(project)],
        check=True,
    )  # fmt: skip
    return prefix


def test_an_environment_that_the_new_torch_fails_in_is_as_it_was(place: Place, mine: Path) -> None:
    before = bits_of(mine)
    failed = place.init("--into", "mine")
    assert failed["code"] == "run.verify-failed"
    assert "is as it was before" in failed["text"]
    assert bits_of(mine) == before
    assert place.gpusetup("undo", "--list", code=0)["runs"][0]["state"] == "undone"


def test_packages_that_ask_for_another_torch_are_named_before(place: Place, mine: Path) -> None:
    make_wheel(place.wheels, "xformers", "0.0.27", requires=["torch==2.12.0"])
    make_wheel(place.wheels, "peft", "0.1", requires=["torch>=1.13.0", "torch<2; extra == 'old'"])
    subprocess.run(
        [uv.find_uv_bin(), "pip", "install", "-q", "--no-index", "--find-links", str(place.wheels),
         "--python", str(mine / "bin" / "python"), "xformers", "peft"],
        check=True,
    )  # fmt: skip
    plan = place.gpusetup("init", "--dry-run", "--into", "mine", code=0)
    warned = [each["text"] for each in plan["warnings"] if each["code"] == "into-objects"]
    assert warned == ["xformers 0.0.27 asks for torch==2.12.0; with this PyTorch it may not work."]


def test_a_step_that_fails_in_the_middle_leaves_the_environment_as_it_was(
    place: Place, mine: Path
) -> None:
    [site] = mine.glob("lib/python3*/site-packages")
    (site / "numpy").write_text("a file where a folder shall be")
    before = bits_of(mine)
    failed = place.init("--into", "mine", code=4)
    assert failed["code"] == "into.failed"
    assert failed["facts"]["why"] == "run.step-failed"
    assert bits_of(mine) == before


def test_changes_of_one_environment_are_taken_back_in_their_order(place: Place, mine: Path) -> None:
    """The proof of a stub fails, so the runs are finished by hand."""
    before = bits_of(mine)
    for number in (1, 2):
        run = start_run(
            place.state, "mine", prefix=str(mine), keep=str(mine / FOLDER / str(number))
        )
        words = ("--prefix", str(mine), "--at", str(mine / FOLDER / str(number)))
        undo = {"kind": "command", "path": str(mine), "argv": [*PUT_BACK, *words]}
        run.record("step", "0-keep-old", {"undo": undo})
        keep(mine / FOLDER / str(number))
        (mine / "pyvenv.cfg").write_text(f"changed {number}")
        run.record("finished", facts={"entries": [each.name for each in mine.iterdir()]})
    runs = [each["run"] for each in place.gpusetup("undo", "--list", code=0)["runs"]]
    refused = place.gpusetup("undo", runs[1], "--yes", code=3)
    assert (refused["code"], refused["facts"]["run"]) == ("undo.later-first", runs[0])
    place.undo()
    assert (mine / "pyvenv.cfg").read_text() == "changed 1"
    place.undo()
    assert bits_of(mine) == before


def test_what_was_kept_can_be_deleted_and_is_not_had_back_then(place: Place, mine: Path) -> None:
    run = start_run(place.state, "mine", prefix=str(mine), keep=str(mine / FOLDER / "1"))
    undo = {"kind": "command", "path": str(mine), "argv": [*PUT_BACK, str(mine / FOLDER / "1")]}
    run.record("step", "0-keep-old", {"undo": undo})
    keep(mine / FOLDER / "1")
    run.record("finished", facts={"entries": []})
    (mine / "pyvenv.cfg").write_text("changed")
    [kept] = place.gpusetup("envs", "remove", "--kept", "--yes", code=0)["kept"]
    assert (kept["what"], kept["run"], kept["prefix"]) == ("before", run.id, str(mine))
    assert not (mine / FOLDER).exists()
    assert place.gpusetup("undo", run.id, "--yes", code=3)["code"] == "undo.purged"
    assert (mine / "pyvenv.cfg").read_text() == "changed"


@pytest.mark.parametrize("again", ["init", "undo"])
def test_a_change_that_was_killed_leaves_what_was_there(
    place: Place, mine: Path, again: str
) -> None:
    before = bits_of(mine)
    hangs = "import time\ntime.sleep(120)\n"
    make_wheel(place.wheels, "torch", "2.13.0+cpu", tag=TAG, files={"torch/__init__.py": hangs})
    process = place.start("init", "--yes", "--no-bench", "--into", "mine")
    place.wait_for("-verify", process)
    process.kill()
    process.communicate(timeout=30)
    assert bits_of(mine, without=(".", FOLDER)) != {k: v for k, v in before.items() if k != "."}
    if again == "undo":
        place.undo()
    else:
        make_wheel(place.wheels, "torch", "2.13.0+cpu", tag=TAG)
        assert place.init("--into", "mine")["code"] == "run.verify-failed"
        assert [each["state"] for each in place.gpusetup("undo", "--list", code=0)["runs"]] == [
            "undone"
        ] * 2
    assert bits_of(mine) == before


def test_the_installer_of_a_killed_run_is_known_by_its_words() -> None:
    mine = Path("/home/me/my envs/mine")
    assert is_installer(["/x/uv", "pip", "install", "--python", f"{mine}/bin/python"], str(mine))
    assert is_installer(["/bin/python", "/x/conda", "install", "--prefix", str(mine)], str(mine))
    assert not is_installer(["vim", str(mine / "install")], str(mine))
    assert not is_installer(["uv", "pip", "install", "--python", f"{mine}2/bin/python"], str(mine))


def _editable(project: Path) -> None:
    """A project of the user's, with a build backend of its own: nothing needs to be fetched."""
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (project / "backend.py").write_text(
        "import zipfile\n"
        "def build_editable(folder, config_settings=None, metadata_directory=None):\n"
        "    info = 'mine-1.dist-info/'\n"
        "    with zipfile.ZipFile(f'{folder}/mine-1-py3-none-any.whl', 'w') as wheel:\n"
        "        wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: mine\\nVersion: 1\\n')\n"
        "        wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nTag: py3-none-any\\n')\n"
        "        wheel.writestr(info + 'RECORD', '')\n"
        "    return 'mine-1-py3-none-any.whl'\n"
    )
