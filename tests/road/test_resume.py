"""What a run that stopped leaves to the next one, to `--replace`, `--into` and `undo`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import uv

from gpusetup.journal import start_run
from gpusetup.places import state_folder
from gpusetup.road.keeping import FOLDER, keep
from gpusetup.road.locking import locked
from gpusetup.road.stragglers import is_installer
from gpusetup.steps import PUT_BACK
from tests.lab.bits import bits_of
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")

TAG = "cp{0}{1}-cp{0}{1}-manylinux_2_17_{2}".format(*sys.version_info[:2], os.uname().machine)
NOWHERE = "http://127.0.0.1:9"


class Place:
    """A home, a folder of stub wheels, and nothing else to reach. The stub's proof fails."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        wheels = folder / "wheels"
        make_wheel(wheels, "torch", "2.13.0+cpu", tag=TAG)
        for name in ("numpy", "pip", "rich"):
            make_wheel(wheels, name, "26.0")
        self.wheels = wheels
        self.environ = {
            "HOME": str(self.home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "LC_ALL": "C.UTF-8",
            "GPUSETUP_WHEEL_INDEX": NOWHERE, "HTTPS_PROXY": NOWHERE,
        }  # fmt: skip

    @property
    def prefix(self) -> Path:
        return self.home / "gpu-envs" / "torch"

    def gpusetup(self, *words: str, code: int) -> dict[str, Any]:
        ended = subprocess.run(
            [sys.executable, "-m", "gpusetup", *words, "--json"], env=self.environ, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert ended.returncode == code, ended.stdout + ended.stderr
        found = json.loads(ended.stdout)
        assert isinstance(found, dict)
        return found

    def init(self, *words: str, code: int = 1) -> dict[str, Any]:
        return self.gpusetup("init", "--yes", "--no-bench", *words, code=code)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "gpusetup", *words], env=self.environ, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait_for(self, step: str, process: subprocess.Popen[str]) -> None:
        """Until the journal says that a step has begun."""
        deadline = time.monotonic() + 60
        while not any(step in each.read_text() for each in self.journals()):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)

    def undo(self, *words: str) -> None:
        self.gpusetup("undo", "--yes", *words, code=0)

    @property
    def state(self) -> Path:
        return state_folder({"GPUSETUP_STATE": str(self.home / ".local" / "state" / "gpusetup")})

    def journals(self) -> list[Path]:
        return sorted(
            (self.state / "runs").glob("*/journal.jsonl"), key=lambda path: path.stat().st_mtime
        )

    def cut(self, after: str) -> None:
        """As if the last run had been killed after the journal's line about a step."""
        [journal] = self.journals()
        lines = journal.read_text().splitlines(keepends=True)
        last = max(number for number, line in enumerate(lines) if after in line)
        journal.write_text("".join(lines[: last + 1]))

    def packages(self, prefix: Path) -> list[str]:
        listed = subprocess.run(
            [uv.find_uv_bin(), "pip", "freeze", "--python", str(prefix / "bin" / "python")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return listed.stdout.splitlines()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_may_be_in_use_is_not_thrown_away_for_another_plan(place: Place) -> None:
    place.init()
    (place.prefix / "thesis").write_text("years")
    refused = place.init("--with", "rich", code=3)
    assert refused["code"] == "run.unfinished-other"
    assert (place.prefix / "thesis").exists()

    place.init("--with", "rich", "--replace")
    aside = place.prefix.with_name("torch.before")
    assert (aside / "thesis").exists()
    place.undo()
    assert (place.prefix / "thesis").exists()
    assert not aside.exists()


def test_a_half_installed_environment_gives_way_to_another_plan(place: Place) -> None:
    place.init()
    place.cut('"done", "at": ')  # anything before the proof
    [journal] = place.journals()
    lines = [
        line for line in journal.read_text().splitlines(keepends=True) if "-verify" not in line
    ]
    journal.write_text("".join(lines))
    place.init("--with", "rich")
    assert any(line.startswith("rich==") for line in place.packages(place.prefix))
    assert len(place.journals()) == 2


def test_a_replacement_that_was_killed_after_the_move_goes_on(place: Place) -> None:
    place.prefix.mkdir(parents=True)
    (place.prefix / "thesis").write_text("years")
    place.init("--replace")
    place.cut('"done"')
    place.cut('0-move-aside"')
    subprocess.run(["rm", "-r", str(place.prefix)], check=True)
    place.init("--replace")
    assert len(place.journals()) == 1
    assert (place.prefix / "bin" / "python").exists()
    place.undo()
    assert (place.prefix / "thesis").read_text() == "years"
    assert [each.name for each in place.prefix.parent.iterdir()] == ["torch"]


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


def test_nothing_is_taken_back_while_another_gpusetup_works_there(place: Place) -> None:
    place.init()
    link = place.home / "link"
    link.symlink_to(place.home / "gpu-envs")
    with locked(place.home / ".local" / "state" / "gpusetup", str(link / "torch")):
        assert place.gpusetup("undo", "--yes", code=3)["code"] == "run.locked"
        assert place.init(code=3)["code"] == "run.locked"
    assert place.prefix.exists()


def test_the_journal_of_a_newer_gpusetup_is_left_alone(place: Place) -> None:
    place.init()
    [journal] = place.journals()
    journal.write_text(journal.read_text().replace("gpusetup.journal/1", "gpusetup.journal/2"))
    assert place.gpusetup("undo", "--yes", code=3)["code"] == "run.newer-journal"
    assert place.init(code=3)["code"] == "run.newer-journal"
    assert place.prefix.exists()
    assert place.gpusetup("undo", "--list", code=0)["runs"][0]["state"] == "failed"


def test_undo_as_json_asks_nobody(place: Place) -> None:
    place.init()
    assert place.gpusetup("undo", code=2)["code"] == "no-terminal"


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"schema": "gpusetup.environment/2"}', "\x00"])
def test_a_record_that_cannot_be_read_is_no_finished_environment(place: Place, record: str) -> None:
    (place.prefix / "gpusetup").mkdir(parents=True)
    (place.prefix / "gpusetup" / "environment.json").write_text(record)
    assert place.init(code=3)["code"] == "plan.name-taken"


@pytest.mark.parametrize("where", ["home", "above", "state", "working folder"])
def test_replace_moves_no_folder_that_is_needed(place: Place, where: str) -> None:
    place.init()
    folder = {
        "home": place.home, "above": place.home.parent, "working folder": Path.cwd(),
        "state": place.home / ".local" / "state",
    }[where]  # fmt: skip
    refused = place.init("--replace", "--prefix", str(folder), code=3)
    assert refused["code"] == "plan.not-movable"


def test_a_user_that_is_not_there_is_a_clear_mistake(place: Place) -> None:
    assert place.init("--prefix", "~nobody-at-all/x", code=2)["code"] == "wish.prefix"


def test_relative_places_mean_the_same_from_every_folder(place: Place) -> None:
    place.environ.update(GPUSETUP_ENVS="envs", GPUSETUP_STATE="state")
    document = place.gpusetup("plan", code=0)
    assert document["steps"][0]["argv"][-1] == str(Path.cwd() / "envs" / "torch")
    assert document["steps"][0]["env"]["UV_PYTHON_INSTALL_DIR"].startswith(str(Path.cwd()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["ended", "hung up"])
def test_a_run_that_is_ended_says_so_and_leaves_nothing_running(
    place: Place, number: signal.Signals
) -> None:
    """The proof of a torch that never comes to an end."""
    hangs = "import time\ntime.sleep(120)\n"
    make_wheel(place.wheels, "torch", "2.13.0+cpu", tag=TAG, files={"torch/__init__.py": hangs})
    process = place.start("init", "--yes", "--no-bench")
    place.wait_for("-verify", process)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130, output
    [journal] = place.journals()
    assert '"interrupted"' in journal.read_text().splitlines()[-1]
    time.sleep(0.2)
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(place.prefix) not in listed.stdout


def test_a_taken_place_is_answered_with_a_place(place: Place) -> None:
    taken = place.home / "my envs" / "one"
    taken.mkdir(parents=True)
    refused = place.init("--prefix", str(taken), code=3)
    assert refused["code"] == "plan.name-taken"
    assert f"gpusetup init --prefix '{taken}-2'" in refused["next"]


@pytest.mark.parametrize("words", [(), ("--dry-run",), ("--replace",), ("--with", "rich")])
def test_a_place_that_another_run_works_on_is_said_to_be_in_use(
    place: Place, words: tuple[str, ...]
) -> None:
    """Not "there is already something": what lies there is half of what the other one makes."""
    place.init()
    place.cut('"done"')
    state = place.home / ".local" / "state" / "gpusetup"
    with locked(state, str(place.prefix)):
        assert place.init(*words, code=3)["code"] == "run.locked"


def test_a_run_into_an_environment_named_by_its_path_can_be_taken_back(place: Place) -> None:
    mine = place.home / "my envs" / "one"
    subprocess.run([uv.find_uv_bin(), "venv", "-q", "-p", sys.executable, str(mine)], check=True)
    failed = place.init("--into", str(mine), code=1)
    assert failed["facts"]["failed"][0]["check"] == "import"
    [journal] = place.journals()
    assert journal.parent.name.endswith("-one")
    listed = place.gpusetup("undo", "--list", code=0)
    assert [each["run"] for each in listed["runs"]] == [journal.parent.name]


def test_a_plan_into_what_is_no_environment_is_refused_like_the_run(place: Place) -> None:
    assert place.gpusetup("plan", "--into", "nosuch", code=3)["code"] == "plan.into-missing"
