"""What a run that stopped leaves to the next one, to `--replace` and to `undo`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import uv

from gpusetup.road.locking import locked
from tests.lab.wheels import make_wheel
from tests.road.place import TAG, Place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")


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
