"""The whole road with a real uv and a real torch: set up, again, cut, gone on, taken back."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.torch_env import CACHE, own_uv_cache, uv

pytestmark = [pytest.mark.torch_env, pytest.mark.slow]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


@pytest.fixture(autouse=True)
def _warm_cache(torch_python: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv's cache outlives the home folder of a test; torch is not unpacked again and again."""
    monkeypatch.setenv("UV_CACHE_DIR", str(own_uv_cache()))
    monkeypatch.setenv("SHELL", "/bin/bash")


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gpusetup", *words], text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def gpusetup(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    process = start(*words)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, out + err
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def tree(home: Path) -> dict[str, str]:
    """Every file of the home folder outside gpusetup's own state, by its hash."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and "state" not in path.relative_to(home).parts
    }


def journal(home: Path) -> list[dict[str, object]]:
    [file] = (home / ".local" / "state" / "gpusetup" / "runs").glob("*/journal.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_set_up_again_and_take_back(home: Path) -> None:
    (home / ".bashrc").write_text("# mine\n")
    before = tree(home)

    first = gpusetup("init", "--yes")
    prefix = home / "gpu-envs" / "torch"
    assert f"source {prefix}/bin/activate" in first.stdout
    assert "import torch" in first.stdout
    computed = subprocess.run(
        [str(prefix / "bin" / "python"), "-c", "import torch, numpy; print(torch.ones(2).sum())"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert computed.stdout.strip() == "tensor(2.)"

    installed = tree(home)
    again = gpusetup("init", "--yes")
    assert "Nothing was changed" in again.stdout
    after = tree(home)
    assert {name: after[name] for name in installed} == installed
    assert not [name for name in after if name not in installed and not name.endswith(".pyc")]

    library = next(prefix.rglob("libtorch_cpu.*"))
    library.rename(home / "taken away")
    broken = gpusetup("init", "--yes", code=1)
    assert "bin/activate" not in broken.stdout
    assert "init NAME --replace" in " ".join(broken.stderr.split())
    (home / "taken away").rename(library)

    gpusetup("undo", "--yes")
    assert tree(home) == before
    assert not (home / "gpu-envs").exists()
    assert gpusetup("undo", "--yes", code=3).stderr.startswith("error:")


def test_json_is_one_document_with_the_proof(home: Path) -> None:
    document = json.loads(gpusetup("init", "course", "--yes", "--json").stdout)
    assert document["schema"] == "gpusetup.run/1"
    assert document["verdict"]["ok"] is True
    assert document["benchmark"]["cpu"]
    assert document["choice"]["build"] == "cpu"
    assert Path(document["prefix"]) == home / "gpu-envs" / "course"
    again = json.loads(gpusetup("init", "course", "--yes", "--json").stdout)
    assert again["changed"] is False
    assert again["verdict"]["ok"] is True
    dry = json.loads(gpusetup("init", "course", "--dry-run", "--json").stdout)
    assert (dry["schema"], dry["steps"]) == ("gpusetup.plan/1", [])
    assert "finished-already" in [each["code"] for each in dry["warnings"]]
    assert again["run"] == document["run"]


def test_a_dry_run_changes_nothing(home: Path) -> None:
    document = json.loads(gpusetup("init", "--dry-run", "--json").stdout)
    assert document["schema"] == "gpusetup.plan/1"
    ids = [step["id"] for step in document["steps"]]
    assert ids == [
        "create-env",
        "write-config",
        "write-config",
        "install-torch",
        "verify",
        "benchmark",
    ]
    assert document["choice"]["disk_mib"] > 100
    assert tree(home) == {}
    assert not (home / "gpu-envs").exists()


def test_names_and_places_of_any_script_work(home: Path) -> None:
    place = home / "我的 实验 (1)" / "深度学习"
    gpusetup("init", "--yes", "--no-bench", "--prefix", str(place))
    assert (place / "bin" / "python").exists()
    gpusetup("undo", "--yes")
    assert not (home / "我的 实验 (1)").exists()


def test_what_is_already_there_is_never_written_over(home: Path) -> None:
    (home / "gpu-envs" / "torch").mkdir(parents=True)
    (home / "gpu-envs" / "torch" / "thesis.tex").write_text("years of work")
    ended = gpusetup("init", "--yes", code=3)
    assert "torch-2" in ended.stderr
    assert (home / "gpu-envs" / "torch" / "thesis.tex").read_text() == "years of work"

    gpusetup("init", "--yes", "--no-bench", "--replace")
    assert (home / "gpu-envs" / "torch" / "bin" / "python").exists()
    gpusetup("undo", "--yes")
    assert (home / "gpu-envs" / "torch" / "thesis.tex").read_text() == "years of work"
    assert [each.name for each in (home / "gpu-envs").iterdir()] == ["torch"]


def test_a_wish_that_a_finished_environment_does_not_meet_finds_the_name_taken(home: Path) -> None:
    gpusetup("init", "--yes", "--no-bench")
    ended = json.loads(gpusetup("init", "--yes", "--json", "--with", "rich", code=3).stdout)
    assert ended["code"] == "plan.name-taken"
    assert ended["facts"]["free"] == "torch-2"


def test_extra_packages_are_installed_beside_torch(home: Path) -> None:
    gpusetup("init", "--yes", "--no-bench", "--with", "rich")
    subprocess.run(
        [str(home / "gpu-envs" / "torch" / "bin" / "python"), "-c", "import rich"],
        check=True, timeout=60,
    )  # fmt: skip


def test_torch_goes_into_an_environment_that_is_there_and_out_again(home: Path) -> None:
    prefix = home / "gpu-envs" / "mine"
    uv("venv", "--python", torch_wheel_python(), str(prefix))
    uv("pip", "install", "--python", str(prefix / "bin" / "python"), "rich")
    before = packages(prefix)
    gpusetup("init", "--yes", "--no-bench", "--into", "mine")
    assert "torch" in packages(prefix)
    gpusetup("undo", "--yes")
    assert packages(prefix) == before
    assert not (prefix / "gpusetup").exists()


def packages(prefix: Path) -> list[str]:
    listed = uv("pip", "freeze", "--python", str(prefix / "bin" / "python"))
    return [line.split("==")[0] for line in listed.splitlines()]


def torch_wheel_python() -> str:
    return "3." + next(CACHE.glob("torch-*")).name.split("-cp3")[1].split("-")[0]


@POSIX
@pytest.mark.parametrize("event", ["create-env", "install-torch", "verify"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_a_run_that_is_cut_goes_on_and_can_be_taken_back(
    home: Path, event: str, number: signal.Signals
) -> None:
    process = start("init", "--yes", "--no-bench")
    _wait_for(home, event)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert process.returncode == 130, out + err
        assert "gpusetup undo" in err
    _end_stragglers(home)

    resumed = gpusetup("init", "--yes", "--no-bench")
    assert "Going on" in resumed.stdout + resumed.stderr
    [run] = (home / ".local" / "state" / "gpusetup" / "runs").iterdir()
    gpusetup("undo", "--yes", run.name)
    assert tree(home) == {}


@POSIX
@pytest.mark.parametrize("event", ["create-env", "install-torch"])
def test_a_run_that_is_killed_can_be_taken_back_at_once(home: Path, event: str) -> None:
    process = start("init", "--yes", "--no-bench")
    _wait_for(home, event)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    _end_stragglers(home)
    gpusetup("undo", "--yes")
    assert tree(home) == {}
    assert not (home / "gpu-envs").exists()


def test_a_second_run_beside_the_first_is_refused(home: Path) -> None:
    first = start("init", "--yes", "--no-bench")
    _wait_for(home, "create-env")
    second = start("init", "--yes", "--no-bench")
    out, err = second.communicate(timeout=120)
    first_out, first_err = first.communicate(timeout=120)
    assert first.returncode == 0, first_out + first_err
    assert second.returncode == 3, out + err
    assert "Another gpusetup" in err


def _wait_for(home: Path, step: str) -> None:
    """Until the journal says that a step has begun."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        runs = home / ".local" / "state" / "gpusetup" / "runs"
        for file in runs.glob("*/journal.jsonl"):
            if f'-{step}"' in file.read_text():
                return
        time.sleep(0.005)
    raise AssertionError(f"{step} never began")


def _end_stragglers(home: Path) -> None:
    """A killed parent leaves its uv alone; a person would wait, a test ends it."""
    subprocess.run(["pkill", "-KILL", "-f", f"{home}/gpu-envs"], check=False)
    time.sleep(0.2)
