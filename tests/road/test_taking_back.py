"""Undo leaves the home as it was, and what is not ours where it is."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.basics.errors import StepFailed
from gpusetup.documents import step_document
from gpusetup.effects import files
from gpusetup.effects.journal import Run, start_run
from gpusetup.road.owning import entries_of
from gpusetup.road.undo import actions_for, take_back
from gpusetup.steps import Command, Undo, UndoKind, WriteFile
from tests.road.small_world import World


def test_undo_leaves_the_home_as_it_was(world: World) -> None:
    before = world.tree()
    world.execute(world.steps())
    done, failed = take_back(world.run)
    assert world.tree() == before
    assert failed == ()
    assert [action.kind for action in done] == ["restore", "remove"]
    assert world.run.state() == "undone"


def test_undo_in_the_middle_leaves_the_home_as_it_was(world: World) -> None:
    before = world.tree()
    steps = world.steps()
    with pytest.raises(StepFailed):
        world.execute([*steps[:3], world.python("install-torch", "sys.exit(1)")])
    take_back(world.run)
    assert world.tree() == before


def test_a_file_that_the_user_changed_since_is_kept_and_named(world: World) -> None:
    world.execute(world.steps())
    world.settings.write_text("edited later")
    kinds = {action.path: action.kind for action in actions_for(world.run)}
    assert kinds[str(world.settings)] == "keep"
    take_back(world.run)
    assert world.settings.read_text() == "edited later"


def test_undo_can_be_repeated(world: World) -> None:
    before = world.tree()
    world.execute(world.steps())
    take_back(world.run)
    take_back(world.run)
    assert world.tree() == before


def test_undo_never_removes_what_somebody_else_put_at_the_place(world: World) -> None:
    world.execute(world.steps())
    shutil.rmtree(world.prefix)
    world.prefix.mkdir()
    (world.prefix / "theirs").write_text("precious")
    assert "strange" in [action.kind for action in actions_for(world.run)]
    take_back(world.run)
    take_back(world.run)
    assert (world.prefix / "theirs").read_text() == "precious"


def test_undo_never_removes_what_a_later_run_made(world: World) -> None:
    world.execute(world.steps())
    world.prefix.rename(world.prefix.with_name("torch.before"))
    later = start_run(world.folder / "state", "torch", prefix=str(world.prefix))
    world.execute(world.steps(), later)
    take_back(world.run)
    assert (world.prefix / "torch").read_text() == "torch"


@pytest.mark.parametrize("movable", [True, False])
def test_undo_keeps_what_the_user_put_into_the_environment(
    world: World, monkeypatch: pytest.MonkeyPatch, movable: bool
) -> None:
    world.execute(world.steps())
    world.run.record("finished", facts={"entries": list(entries_of(world.prefix))})
    (world.prefix / "notebooks").mkdir()
    (world.prefix / "notebooks" / "thesis.ipynb").write_text("years")
    (world.prefix / "bin").mkdir()
    if not movable:
        monkeypatch.setattr(Path, "rename", _no_rename)
    assert ("later", str(world.prefix / "notebooks")) in [
        (action.kind, action.path) for action in actions_for(world.run)
    ]
    assert take_back(world.run)[1] == ()
    assert [each.name for each in world.prefix.iterdir()] == ["notebooks"]
    assert (world.prefix / "notebooks" / "thesis.ipynb").read_text() == "years"


def _no_rename(_self: Path, _target: Path) -> Path:
    raise PermissionError("the folder above may not be written")


def test_an_undo_that_was_cut_in_the_middle_goes_on(world: World) -> None:
    before = world.tree()
    world.execute(world.steps())
    world.run.record("undoing")
    shutil.rmtree(world.prefix / "gpusetup")
    assert world.run.state() == "undoing"
    take_back(world.run)
    assert world.tree() == before


def test_what_was_moved_aside_never_comes_back_into_what_cannot_be_removed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_folder: Path, _run: Run) -> None:
        raise OSError("Directory not empty")

    aside = _replaced(world)
    with monkeypatch.context() as patch:
        patch.setattr("gpusetup.road.undo.remove_ours", stuck)
        _, failed = take_back(world.run)
    assert failed
    assert (aside / "thesis").read_text() == "years"
    assert take_back(world.run)[1] == ()
    assert (world.prefix / "thesis").read_text() == "years"


def _replaced(world: World) -> Path:
    world.prefix.mkdir(parents=True)
    (world.prefix / "thesis").write_text("years")
    aside = world.prefix.with_name("torch.before")
    there, back = (
        ("mv", "--", str(world.prefix), str(aside)),
        ("mv", "--", str(aside), str(world.prefix)),
    )
    undo = Undo(UndoKind.COMMAND, argv=back)
    world.execute([Command("move-aside", there, "step.move-aside", undo=undo), *world.steps()])
    return aside


def test_undo_does_not_move_onto_what_came_after(world: World) -> None:
    aside = _replaced(world)
    shutil.rmtree(world.prefix)
    world.prefix.mkdir()
    _, failed = take_back(world.run)
    assert [action.kind for action, _ in failed] == ["command"]
    assert (aside / "thesis").exists()
    assert list(world.prefix.iterdir()) == []


def test_a_replacement_can_be_taken_back_twice(world: World) -> None:
    _replaced(world)
    assert take_back(world.run)[1] == ()
    assert take_back(world.run)[1] == ()
    assert (world.prefix / "thesis").read_text() == "years"


def test_folders_that_were_made_before_a_kill_go_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path) -> None:
        files.make_folders(folder)
        raise KeyboardInterrupt

    before = world.tree()
    with monkeypatch.context() as patch:
        patch.setattr("gpusetup.road.execute.make_folders", killed)
        with pytest.raises(KeyboardInterrupt):
            world.execute(world.steps())
    world.execute(world.steps())
    take_back(world.run)
    assert world.tree() == before


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_undo_gives_a_file_its_permissions_back(world: World) -> None:
    world.settings.chmod(0o640)
    world.execute(
        [WriteFile("write-config", str(world.settings), "ours", "step.write-config", 0o600)]
    )
    take_back(world.run)
    assert world.settings.stat().st_mode & 0o777 == 0o640


def test_what_is_run_to_take_back_finds_the_way_out(world: World) -> None:
    told = world.folder / "told"
    code = f"import os, pathlib; pathlib.Path({str(told)!r}).write_text(os.environ['HTTPS_PROXY'])"
    undo = Undo(UndoKind.COMMAND, argv=(sys.executable, "-c", code))
    world.execute([world.python("install-torch", "pass", undo=undo)])
    assert take_back(world.run, {"HTTPS_PROXY": "http://me:planted@proxy"})[1] == ()
    assert told.read_text() == "http://me:planted@proxy"
    assert not [each for each in world.run.folder.iterdir() if b"planted" in each.read_bytes()]


def test_a_login_that_taking_back_needs_is_for_its_owner_alone(world: World) -> None:
    """The journal must name the address as it is, or the command could not be run."""
    undo = Undo(UndoKind.COMMAND, argv=("echo", "--index-url", "https://me:planted@host/simple"))
    world.execute([world.python("install-torch", "pass", undo=undo)])
    assert stat.S_IMODE(world.run.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((world.run.folder / "journal.jsonl").stat().st_mode) == 0o600
    step = world.python("install-torch", "pass", undo=undo)
    assert "planted" not in json.dumps(step_document(step))
    for words in ((), ("--json",)):
        done = subprocess.run(
            [sys.executable, "-m", "gpusetup", "undo", world.run.id, "--dry-run", *words],
            capture_output=True, text=True, check=False,
            env={**os.environ, "GPUSETUP_STATE": str(world.folder / "state")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "host/simple" in done.stdout
        assert "planted" not in done.stdout + done.stderr
