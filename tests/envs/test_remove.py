"""`gpusetup envs remove`: what was removed comes back until it is deleted for good."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.envs.made import Machine, without_python
from tests.lab.bits import bits_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="links and stub wheels of Linux")


def test_a_removed_environment_comes_back_to_the_last_bit(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    path = machine.root / "envs" / "cola"
    before = bits_of(path)
    document = machine.gpusetup("envs", "remove", "cola", "--yes")
    assert document["changed"] is True
    assert not path.exists()
    assert json.loads(machine.conda("env", "list", "--json"))["envs"] == []
    assert [each["what"] for each in machine.gpusetup("envs")["kept"]] == ["removed"]
    machine.gpusetup("undo", "--yes")
    assert bits_of(path) == before
    assert [each.name for each in path.parent.iterdir()] == ["cola"]
    assert machine.conda("run", "-n", "cola", "prefixed") == "it runs\n"


def test_what_is_kept_is_deleted_for_good_on_wish(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    run = machine.gpusetup("envs", "remove", "course", "--yes")["removed"][0]["run"]
    assert machine.gpusetup("envs", "remove", "--kept", "--dry-run")["kept"][0]["prefix"] == str(
        path
    )
    assert list(path.parent.iterdir()) != []
    machine.gpusetup("envs", "remove", "--kept", "--yes")
    assert list(path.parent.iterdir()) == []
    assert machine.gpusetup("undo", run, "--yes", code=3)["code"] == "undo.purged"
    assert machine.gpusetup("undo", "--yes", code=3)["code"] == "undo.nothing"


def test_forever_leaves_nothing_of_it(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    machine.gpusetup("envs", "remove", "cola", "--yes", "--forever")
    assert list((machine.root / "envs").iterdir()) == []
    assert not (machine.home / ".conda").exists()


def test_what_must_stay_is_not_removed(machine: Machine, tmp_path: Path) -> None:
    machine.conda_environment("-n", "cola")
    machine.conda_environment("-p", str(machine.root))
    (machine.root / "condabin").mkdir()
    refused = {
        "base": "envs.is-base",
        sys.prefix: "envs.is-own",
    }
    for word, code in refused.items():
        assert machine.gpusetup("envs", "remove", word, "--yes", code=3)["code"] == code
    machine.environ["CONDA_PREFIX"] = str(machine.root / "envs" / "cola")
    assert machine.gpusetup("envs", "remove", "cola", "--yes", code=3)["code"] == "envs.is-active"
    assert (machine.root / "envs" / "cola" / "bin" / "python").exists()


def test_a_name_that_is_not_clear_is_not_guessed(machine: Machine) -> None:
    machine.conda_environment("-n", "course")
    machine.venv(machine.home / "gpu-envs" / "course")
    unclear = machine.gpusetup("envs", "remove", "course", "--yes", code=2)
    assert unclear["code"] == "envs.ambiguous"
    assert str(machine.root / "envs" / "course") in unclear["text"]
    near = machine.gpusetup("envs", "remove", "curse", "--yes", code=2)
    assert "`course`" in near["next"]
    assert (
        machine.gpusetup("envs", "remove", str(machine.home), "--yes", code=2)["code"]
        == "envs.no-environment"
    )


def test_broken_environments_can_be_removed(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "my env")
    without_python(path)
    machine.gpusetup("envs", "remove", str(path), "--yes")
    assert not path.exists()


def test_nothing_is_removed_where_nobody_can_answer(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    assert machine.gpusetup("envs", "remove", "course", code=2)["code"] == "no-terminal"
    assert machine.gpusetup("envs", "remove", "course", "--dry-run")["changed"] is False
    assert path.exists()
