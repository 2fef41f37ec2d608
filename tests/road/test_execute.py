"""A plan is run step by step, can stop anywhere, and goes on."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from gpusetup.basics.errors import StepFailed
from gpusetup.effects import files
from gpusetup.road.undo import actions_for, take_back
from gpusetup.steps import Undo, UndoKind
from tests.road.small_world import World


def test_all_steps_run_in_order(world: World) -> None:
    world.execute(world.steps())
    assert (world.prefix / "torch").read_text() == "torch"
    assert world.settings.read_text() == "ours"
    assert [id_ for how, id_ in world.events if how == "done"] == [
        "create-env", "write-config", "write-config", "install-torch",
    ]  # fmt: skip


@pytest.mark.parametrize("broken", range(4))
def test_a_step_that_fails_can_be_gone_on_from_and_taken_back(world: World, broken: int) -> None:
    before = world.tree()
    steps = world.steps()
    failing = list(steps)
    failing[broken] = world.python("install-torch", "sys.exit('no space left')")
    with pytest.raises(StepFailed) as failed:
        world.execute(failing)
    assert "no space left" in str(failed.value.facts["output"])
    assert world.run.state() == "failed"

    world.events.clear()
    world.execute(steps)
    assert [how for how, _ in world.events].count("skipped") == broken
    assert (world.prefix / "torch").read_text() == "torch"

    take_back(world.run)
    assert world.tree() == before


def test_a_half_made_environment_of_ours_is_made_anew(world: World) -> None:
    half = world.python(
        "create-env", "p.mkdir(); (p / 'half').write_text(''); sys.exit(1)",
        creates=str(world.prefix), undo=Undo(UndoKind.REMOVE, str(world.prefix)),
    )  # fmt: skip
    with pytest.raises(StepFailed):
        world.execute([half])
    world.execute(world.steps())
    assert not (world.prefix / "half").exists()


def test_what_was_cut_is_begun_again_with_the_words_for_that(world: World) -> None:
    """Half a package can look like a whole one to an installer."""
    step = world.python(
        "install-torch", "p.with_name(str(len(sys.argv))).mkdir(parents=True); sys.exit(len(sys.argv) < 2)",
        when_cut=("--reinstall",),
    )  # fmt: skip
    with pytest.raises(StepFailed):
        world.execute([step])
    world.execute([step])
    assert sorted(each.name for each in world.prefix.parent.iterdir()) == ["1", "2"]


def test_what_appeared_at_the_place_is_never_removed(world: World) -> None:
    world.prefix.mkdir(parents=True)
    (world.prefix / "theirs").write_text("precious")
    with pytest.raises(StepFailed) as failed:
        world.execute(world.steps())
    assert failed.value.code == "run.in-the-way"
    assert (world.prefix / "theirs").read_text() == "precious"
    take_back(world.run)
    assert (world.prefix / "theirs").read_text() == "precious"


def test_a_run_never_goes_on_in_what_somebody_else_put_at_the_place(world: World) -> None:
    steps = world.steps()
    with pytest.raises(StepFailed):
        world.execute([*steps[:3], world.python("install-torch", "sys.exit(1)")])
    shutil.rmtree(world.prefix)
    world.prefix.mkdir()
    with pytest.raises(StepFailed) as failed:
        world.execute(steps)
    assert failed.value.code == "run.in-the-way"
    assert list(world.prefix.iterdir()) == []


def test_a_file_is_journaled_before_it_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the line in the journal and the new bytes, and just after these."""
    before = world.tree()
    [write] = [step for step in world.steps() if getattr(step, "path", "") == str(world.settings)]
    real = files.write_whole

    def killed_before(path: Path, content: bytes, mode: int | None = None) -> None:
        if path == world.settings:
            raise KeyboardInterrupt
        real(path, content, mode)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_whole", killed_before)
        with pytest.raises(KeyboardInterrupt):
            world.execute([write])
    assert actions_for(world.run) == ()

    def killed_after(path: Path, content: bytes, mode: int | None = None) -> None:
        real(path, content, mode)
        if path == world.settings:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_whole", killed_after)
        with pytest.raises(KeyboardInterrupt):
            world.execute([write])
    world.execute([write])
    take_back(world.run)
    assert world.tree() == before


def test_secrets_do_not_reach_the_log(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_TOKEN", "hunter2hunter2")
    talk = world.python("install-torch", "print('https://me:pass@host/simple hunter2hunter2')")
    world.execute([talk])
    log = world.run.log.read_text()
    assert "https://host/simple ***" in log
    assert "pass@" not in log
    assert "hunter2" not in log


def test_a_command_that_failed_can_be_typed_again(world: World) -> None:
    """Its words are quoted, in the message and in the log."""
    failing = world.python("install-torch", "sys.exit(1)")
    with pytest.raises(StepFailed) as failed:
        world.execute([failing])
    command = str(failed.value.facts["command"])
    assert shlex.split(command) == list(failing.argv)
    assert command in world.run.log.read_text()
