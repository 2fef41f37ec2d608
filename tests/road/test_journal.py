"""The journal says what was begun and what was done, even after a crash."""

from __future__ import annotations

from pathlib import Path

from gpusetup.journal import latest_for, runs, start_run


def test_a_run_that_was_killed_is_open(tmp_path: Path) -> None:
    run = start_run(tmp_path, "torch", prefix="/envs/torch")
    run.record("step", "0-create-env")
    assert run.state() == "open"
    assert run.done() == frozenset()


def test_done_steps_and_the_end_are_remembered(tmp_path: Path) -> None:
    run = start_run(tmp_path, "torch", prefix="/envs/torch")
    run.record("step", "0-create-env")
    run.record("done", "0-create-env")
    run.record("finished")
    assert run.done() == {"0-create-env"}
    assert run.state() == "finished"


def test_a_line_that_a_crash_cut_never_happened(tmp_path: Path) -> None:
    run = start_run(tmp_path, "torch", prefix="/envs/torch")
    with (run.folder / "journal.jsonl").open("a") as stream:
        stream.write('{"event": "done", "at": 1, "st')
    assert [entry.event for entry in run.entries()] == ["begin"]


def test_the_newest_run_of_a_place_is_found(tmp_path: Path) -> None:
    first = start_run(tmp_path, "torch", prefix="/envs/torch")
    second = start_run(tmp_path, "torch", prefix="/envs/torch")
    start_run(tmp_path, "other", prefix="/envs/other")
    found = latest_for(tmp_path, "/envs/torch")
    assert found is not None
    assert found.id == second.id != first.id
    assert len(list(runs(tmp_path))) == 3


def test_a_state_folder_that_does_not_exist_has_no_runs(tmp_path: Path) -> None:
    assert list(runs(tmp_path / "nothing")) == []
