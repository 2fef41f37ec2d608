"""The journal says what was begun and what was done, even after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.effects.journal import latest_for, runs, start_run


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


def test_a_cut_line_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    run = start_run(tmp_path, "torch", prefix="/envs/torch")
    with (run.folder / "journal.jsonl").open("a") as stream:
        stream.write('{"event": "done", "at": 1, "st')
    run.record("step", "1-write-config")
    assert [entry.event for entry in run.entries()] == ["begin", "step"]


@pytest.mark.parametrize("rubbish", [b"\xff\xfe\x00\x00", b"1", b"[]", b'{"event": "done"}', b"{"])
def test_a_journal_that_holds_rubbish_holds_nobody_up(tmp_path: Path, rubbish: bytes) -> None:
    broken = start_run(tmp_path, "broken", prefix="/envs/broken")
    (broken.folder / "journal.jsonl").write_bytes(rubbish)
    run = start_run(tmp_path, "torch", prefix="/envs/torch")
    found = latest_for(tmp_path, "/envs/torch")
    assert found is not None
    assert found.id == run.id
    assert not broken.is_known
    assert run.is_known


def test_a_place_is_the_same_however_it_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    run = start_run(tmp_path / "state", "torch", prefix=str(tmp_path / "link" / "torch"))
    found = latest_for(tmp_path / "state", str(tmp_path / "data" / "torch"))
    assert found is not None
    assert found.id == run.id


def test_runs_of_one_second_are_in_the_order_of_their_beginning(tmp_path: Path) -> None:
    names = [start_run(tmp_path, name, prefix=name).id for name in ("b", "a", "a", "c", "b")]
    assert [each.id for each in runs(tmp_path)] == names[::-1]


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


def test_a_doctors_run_is_about_an_environment_only_if_it_keeps_one(tmp_path: Path) -> None:
    start_run(tmp_path, "doctor", command="doctor", prefix="/envs/torch", keep=None)
    assert latest_for(tmp_path, "/envs/torch") is None
    kept = "/envs/torch/.gpusetup-before/1"
    run = start_run(tmp_path, "doctor", command="doctor", prefix="/envs/torch", keep=kept)
    found = latest_for(tmp_path, "/envs/torch")
    assert found is not None
    assert found.id == run.id
