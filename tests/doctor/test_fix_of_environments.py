"""`doctor --fix` changes an environment as `init --into` does: kept, looked up, given back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gpusetup.basics.errors import Refused, StepFailed
from gpusetup.cli import doctor_fix
from gpusetup.cli.undo import _undo
from gpusetup.doctor.check import Need, Remedy
from gpusetup.doctor.looks import finding
from gpusetup.effects.journal import Run, latest_for, runs, start_run
from gpusetup.effects.places import state_folder
from gpusetup.plan import KEEP
from gpusetup.road.keeping import keep, next_place, places
from gpusetup.steps import KEEP_OLD, PUT_BACK, Command, Plan, Undo, UndoKind, WriteFile
from tests.doctor.lab import VERSION, broken
from tests.lab.index import serve
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="paths and shells of Linux")


@pytest.fixture
def prefix(tmp_path: Path, home: Path) -> Path:
    """An environment that somebody works with."""
    folder = tmp_path / "env"
    (folder / "lib").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (folder / "lib" / "old").write_text("old")
    return folder


def findings(prefix: Path, *argv: str) -> Any:
    place = str(next_place(prefix))
    undo = Undo(UndoKind.COMMAND, path=str(prefix), argv=(*PUT_BACK, place))
    steps = (
        Command(KEEP, (*KEEP_OLD, place), "step.keep-old", undo=undo),
        Command("install-torch", argv, "step.repair-package"),
    )
    plan = Plan(steps, str(prefix), str(prefix / "bin" / "python"))
    facts = {"torch": "2.13.0", "build": "cpu"}
    remedy = Remedy("doctor.fix.torch", facts, plan, (), (Need.NETWORK,))
    found = finding("torch.cpu-build")
    return (type(found)(**{**vars(found), "remedy": remedy}),)


def state() -> Path:
    import os

    return state_folder(os.environ)


def test_a_finished_run_says_what_it_kept_and_what_lay_there(prefix: Path) -> None:
    doctor_fix._run(findings(prefix, "sh", "-c", f"echo new > {prefix}/lib/old"))
    [run] = runs(state())
    begin, end = run.begin(), run.entries()[-1]
    assert begin is not None
    assert begin.facts["keep"] == str(places(prefix)[0])
    assert end.event == "finished"
    assert "pyvenv.cfg" in json.dumps(end.facts["entries"])
    found = latest_for(state(), str(prefix))
    assert found is not None
    assert found.id == run.id


def test_a_run_that_was_killed_is_given_back_before_the_next(prefix: Path) -> None:
    run = killed(prefix)
    there = findings(prefix, "true")
    assert doctor_fix._gave_back(there) is True
    assert (prefix / "lib" / "old").read_text() == "old"
    assert run.state() == "undone"
    assert doctor_fix._gave_back(there) is False


def killed(prefix: Path) -> Run:
    """A run that ended in the middle of its installation."""
    place = next_place(prefix)
    run = start_run(
        state(), "doctor", command="doctor", prefix=str(prefix), keep=str(place)
    )  # fmt: skip
    undo = {"kind": "command", "path": str(prefix), "argv": [*PUT_BACK, str(place)]}
    run.record("step", f"0-{KEEP}", {"undo": undo, "made_folders": []})
    keep(place)
    run.record("done", f"0-{KEEP}")
    (prefix / "lib" / "old").write_text("half")
    return run


def test_changes_of_one_environment_are_taken_back_in_their_order(prefix: Path) -> None:
    doctor_fix._run(findings(prefix, "true"))
    first = next(iter(runs(state())))
    doctor_fix._run(findings(prefix, "true"))
    with pytest.raises(Refused) as raised:
        _undo(first, yes=True, dry_run=False)
    assert raised.value.code == "undo.later-first"
    assert first.state() == "finished"


def test_a_failed_step_gives_everything_back_at_once(prefix: Path) -> None:
    broken = findings(prefix, "sh", "-c", f"echo half > {prefix}/lib/old; exit 3")
    with pytest.raises(StepFailed) as raised:
        doctor_fix._run(broken)
    assert raised.value.code == "into.failed"
    assert (prefix / "lib" / "old").read_text() == "old"


def test_a_failed_write_says_how_to_take_the_rest_back(home: Path) -> None:
    file = home / "a-file"
    file.write_text("x")
    step = WriteFile("write-config", str(file / "below"), "y", "step.repair-config")
    remedy = Remedy("doctor.fix.pip.config-broken", {}, Plan((step,), "", ""), (), ())
    found = finding("pip.config-broken", path="p", error="e", line=1)
    with pytest.raises(StepFailed) as raised:
        doctor_fix._run((type(found)(**{**vars(found), "remedy": remedy}),))
    assert raised.value.code == "doctor.fix.failed"
    assert raised.value.facts["run"] == next(iter(runs(state()))).id


def test_a_torch_that_the_origins_do_not_have_is_not_begun(tmp_path: Path, home: Path) -> None:
    torch = make_wheel(
        tmp_path / "wheels", "torch", "2.13.0+cu126",
        files={
            "torch/version.py": VERSION.format(version="2.13.0+cu126", cuda="12.6"),
            "torch/__init__.py": "raise ImportError('libcublas.so.12: cannot open shared object "
            "file: No such file or directory')\n",
        },
    )  # fmt: skip
    with serve(tmp_path / "index") as index:
        needs = ["surely-nowhere>=1"]
        make_wheel(index.root / "cpu", "torch", "2.13.0+cpu", requires=needs)
        environment = broken(
            tmp_path / "env", home, [torch], GPUSETUP_WHEEL_INDEX=index.url,
            PIP_INDEX_URL=f"{index.url}/cpu",
        )  # fmt: skip
        planned = environment.doctor()
        before = environment.installed()
        document = environment.doctor("--fix", "--yes")

    remedies = [each["remedy"] for each in planned["findings"] if each["severity"] == "error"]
    assert remedies[0]["by_hand"] is False  # without asking the index, nothing speaks against it
    assert document["fixes"] == []
    assert environment.installed() == before
    assert not places(tmp_path / "env")
