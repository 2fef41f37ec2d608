"""`verify --slurm` and `bench --slurm` on a real cluster: one job on one node of each kind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from tests.fixtures.slurm import skip_without_slurm
from tests.fixtures.torch_env import bare_environment, own_uv_cache
from tests.lab.slurm import SlurmLab, cluster
from tests.lab.slurm_nodes import A100, V100, renamed
from tests.lab.terminal import ENTER, Terminal, python

Run = Callable[..., "tuple[int, dict[str, Any], str]"]
BROKEN = "raise OSError('libcudart.so.12: cannot open shared object file')"


@pytest.fixture
def stub(tmp_path: Path) -> str:
    """The Python of an environment whose torch does not load."""
    site = bare_environment(tmp_path / "broken", sys.executable)
    (site / "torch.py").write_text(BROKEN)
    return str(tmp_path / "broken" / "bin" / "python")


def gpusetup(lab: SlurmLab, home: Path, *words: str, json_: bool = True) -> Any:
    argv = [sys.executable, "-m", "gpusetup", *words, *(["--json"] if json_ else [])]
    done = subprocess.run(
        argv, env=lab.environment(), capture_output=True, text=True, timeout=120, check=False
    )
    document = json.loads(done.stdout) if json_ else {}
    return done.returncode, document, done.stdout + done.stderr


def hold(lab: SlurmLab, over: Path) -> str:
    """A job that has all V100 until the file is there; its number."""
    script = f"while [ ! -e {over} ]; do sleep 0.2; done"
    words = ("-p", "gpu", "--gres=gpu:v100:2", "-t", "5", "-o", "/dev/null", "--wrap", script)
    return lab.run("sbatch", "--parsable", *words).strip()


def by_kind(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in document["kinds"]}


@pytest.mark.torch_env
def test_a_cpu_torch_is_not_ok_on_nodes_with_gpus_and_says_what_it_proved(
    slurm_lab: SlurmLab, home: Path, torch_python: str
) -> None:
    words = ("verify", "--slurm", "--python", torch_python)
    code, document, text = gpusetup(slurm_lab, home, *words)
    assert code == 1, text
    assert (document["schema"], document["ok"]) == ("gpusetup.verdict/1", False)
    kinds = by_kind(document)
    assert {name: each["node"] for name, each in kinds.items()} == {"v100": "gpu1", "a100": "gpu2"}
    for each in kinds.values():
        assert each["status"] == "failed"
        verdict = each["verdict"]
        checks = {check["id"]: check for check in verdict["checks"]}
        assert verdict["expected"] == "cuda"
        assert checks["import"]["status"] == "passed"
        assert checks["expected-device"]["reason"] == "cpu-build"
    assert not slurm_lab.jobs()


@pytest.mark.torch_env
def test_a_cpu_torch_is_proven_where_the_processor_is_what_is_meant(
    slurm_lab: SlurmLab, home: Path, torch_python: str
) -> None:
    words = ("verify", "--slurm", "--python", torch_python, "--partition", "cpu")
    code, document, text = gpusetup(slurm_lab, home, *words)
    assert code == 0, text
    [kind] = document["kinds"]
    assert (kind["status"], kind["node"]) == ("ok", "cpu1")
    assert kind["verdict"]["ok"]


@pytest.mark.torch_env
def test_figures_of_the_processor_are_none_of_a_kind_with_gpus(
    slurm_lab: SlurmLab, home: Path, torch_python: str
) -> None:
    words = ("bench", "--slurm", "--python", torch_python, "--gres", "gpu:a100:1")
    code, document, text = gpusetup(slurm_lab, home, *words)
    assert code == 1, text
    [kind] = document["kinds"]
    assert kind["reason"]["code"] == "no-gpu-figures"
    assert kind["benchmark"]["cpu"]["results"]


@pytest.mark.parametrize(("columns", "language"), [("80", "en"), ("40", "zh")])
def test_the_table_names_kinds_nodes_and_what_failed(
    slurm_lab: SlurmLab, home: Path, stub: str, columns: str, language: str
) -> None:
    words = ("verify", "--slurm", "--python", stub, "--lang", language)
    code, _, text = gpusetup(slurm_lab, home, *words, json_=False)
    assert code == 1
    for word in ("v100", "gpu1", "a100", "gpu2", "libcudart.so.12"):
        assert word in text


def test_a_kind_whose_job_does_not_run_is_unknown_and_never_fine(
    slurm_lab: SlurmLab, home: Path, stub: str
) -> None:
    words = ("verify", "--slurm", "--python", stub, "--partition", "closed", "--wait", "3")
    code, document, text = gpusetup(slurm_lab, home, *words)
    assert code == 4, text
    assert document["ok"] is False
    assert {each["status"] for each in document["kinds"]} == {"unknown"}
    assert all(each["verdict"] is None for each in document["kinds"])
    assert not slurm_lab.jobs()


def test_a_job_that_waits_is_left_and_collected_later(
    slurm_lab: SlurmLab, home: Path, stub: str
) -> None:
    over = home / "over"
    hold(slurm_lab, over)
    words = ("verify", "--slurm", "--python", stub, "--gres", "gpu:v100:1")
    code, document, text = gpusetup(slurm_lab, home, *words, "--wait", "1")
    assert (code, document["kinds"][0]["status"]) == (4, "waiting"), text

    # the jobs know which environment they are about
    code, document, _ = gpusetup(slurm_lab, home, "verify", "--slurm", "--collect")
    assert (code, document["kinds"][0]["status"]) == (4, "waiting")
    assert document["kinds"][0]["environment"] == str(Path(stub).parents[1])
    over.touch()
    code, document, text = gpusetup(slurm_lab, home, *words[:4], "--collect", "--wait", "30")
    [kind] = document["kinds"]
    assert (code, kind["status"], kind["node"]) == (1, "failed", "gpu1"), text
    assert kind["verdict"]["checks"][0]["detail"].endswith("cannot open shared object file")
    code, document, _ = gpusetup(slurm_lab, home, *words[:4], "--collect")
    assert (code, document["code"]) == (3, "prove.nothing-left")


def test_a_job_that_was_left_can_be_dropped(slurm_lab: SlurmLab, home: Path, stub: str) -> None:
    words = ("verify", "--slurm", "--python", stub)
    busy = hold(slurm_lab, home / "over")
    assert gpusetup(slurm_lab, home, *words, "--gres", "gpu:v100:1", "--wait", "1")[0] == 4
    code, document, _ = gpusetup(slurm_lab, home, *words, "--drop")
    assert (code, document["dropped"]) == (0, 1)
    assert [each.split()[0] for each in slurm_lab.jobs()] == [busy]
    (home / "over").touch()
    slurm_lab.wait_until(lambda: not slurm_lab.jobs(), "the end of the job")


def test_several_gpus_of_a_node_are_asked_for(slurm_lab: SlurmLab, home: Path, stub: str) -> None:
    counting = (
        "import ctypes; n = ctypes.CDLL('libnvidia-ml.so.1'); n.nvmlInitWithFlags(0);"
        "c = ctypes.c_uint(); n.nvmlDeviceGetCount_v2(ctypes.byref(c));"
        "raise OSError('%d cards' % c.value)"
    )
    (next(Path(stub).parents[1].glob("lib/python3*/site-packages")) / "torch.py").write_text(
        counting
    )
    words = ("verify", "--slurm", "--python", stub, "--gpus", "2")
    _, document, _ = gpusetup(slurm_lab, home, *words)
    details = [each["verdict"]["checks"][0]["detail"] for each in document["kinds"]]
    assert [each.rpartition(": ")[2] for each in details] == ["2 cards", "2 cards"]


@pytest.mark.parametrize(
    "words",
    [("--partition", "gpu"), ("--collect",), ("--slurm", "--time", "soon"),
     ("--slurm", "--collect", "--drop"), ("--slurm", "--collect", "--time", "5")],
    ids=" ".join,
)  # fmt: skip
def test_options_that_mean_nothing_are_wrong_usage(
    slurm_lab: SlurmLab, home: Path, stub: str, words: tuple[str, ...]
) -> None:
    assert gpusetup(slurm_lab, home, "verify", "--python", stub, *words)[0] == 2


def test_a_refused_account_is_told_in_slurms_words(
    slurm_lab: SlurmLab, home: Path, stub: str
) -> None:
    words = ("verify", "--slurm", "--python", stub, "--partition", "private", "--account", "bio")
    code, document, _ = gpusetup(slurm_lab, home, *words)
    [kind] = document["kinds"]
    assert (code, kind["status"], kind["reason"]["code"]) == (4, "unknown", "bad-account")
    assert "--account" in kind["reason"]["next"]


def test_ctrl_c_cancels_the_jobs(slurm_lab: SlurmLab, home: Path, stub: str) -> None:
    over = home / "over"
    busy = hold(slurm_lab, over)
    argv = [sys.executable, "-m", "gpusetup", "verify", "--slurm", "--python", stub]
    with subprocess.Popen(
        [*argv, "--gres", "gpu:v100:1"], env=slurm_lab.environment(), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        slurm_lab.wait_until(lambda: len(slurm_lab.jobs()) == 2, "our job in the queue")
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert [each.split()[0] for each in slurm_lab.jobs()] == [busy]
    over.touch()
    slurm_lab.wait_until(lambda: not slurm_lab.jobs(), "the end of the job")


def test_without_slurm_it_is_refused(home: Path, stub: str, tmp_path: Path) -> None:
    environ = {**os.environ, "PATH": str(tmp_path)}
    argv = [sys.executable, "-m", "gpusetup", "verify", "--slurm", "--python", stub, "--json"]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stdout + done.stderr


@pytest.mark.torch_env
def test_init_on_a_login_node_proves_on_the_nodes_as_its_last_step(
    slurm_lab: SlurmLab, home: Path, torch_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine is the login node: it has Slurm's commands and no GPU."""
    monkeypatch.setenv("UV_CACHE_DIR", str(own_uv_cache()))
    environ = slurm_lab.environment()
    del environ["GPUSETUP_ROOT"]
    argv = [sys.executable, "-m", "gpusetup", "init", "--yes", "--no-bench", "--json"]
    done = subprocess.run(
        argv, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    document = json.loads(done.stdout)
    assert (document["choice"]["build"], document["verdict"]["ok"]) == ("cpu", True)
    # nobody wished for the processor, and the nodes have GPUs: what was made is not what is needed
    assert done.returncode == 1
    kinds = by_kind(document["nodes"])
    assert {name: each["node"] for name, each in kinds.items()} == {"v100": "gpu1", "a100": "gpu2"}
    assert {each["status"] for each in kinds.values()} == {"failed"}
    assert not slurm_lab.jobs()


@pytest.mark.torch_env
def test_a_person_is_asked_before_jobs_are_sent(
    slurm_lab: SlurmLab, home: Path, torch_python: str
) -> None:
    environ = {**slurm_lab.environment(), "UV_CACHE_DIR": str(own_uv_cache())}
    del environ["GPUSETUP_ROOT"]
    words = python("-m", "gpusetup", "init", "--cpu", "--no-bench", "--plain")
    with Terminal(["env", "-u", "GPUSETUP_ROOT", *words], env=environ, rows=60) as terminal:
        for question in ("Shall gpusetup set it up?", "Run this plan?"):
            terminal.wait(question, 60)
            terminal.type(ENTER)
        terminal.wait("on the nodes of the cluster now", 120)
        terminal.type("n" + ENTER)
        code = terminal.finish()
        assert "verify --slurm --env torch" in terminal.flat()
    assert code == 0
    assert not slurm_lab.jobs()


@pytest.fixture(scope="module")
def patchy(
    driver_libraries: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SlurmLab, Path, Path]]:
    """A cluster whose nodes each lack something: a file system, and the folder of a Python."""
    skip_without_slurm()
    folder = tmp_path_factory.mktemp("patchy")
    home, pythons = folder / "home", folder / "pythons"
    for each in (home, pythons, folder / "slurm"):
        each.mkdir()
    nodes = (renamed(V100, "gpu1", hidden=(home,)), renamed(A100, "gpu2", hidden=(pythons,)))
    with cluster(folder / "slurm", driver_libraries[0], nodes) as lab:
        yield lab, home, pythons


def test_what_a_node_does_not_have_is_said_exactly(
    patchy: tuple[SlurmLab, Path, Path], home: Path
) -> None:
    lab, elsewhere, pythons = patchy
    own = pythons / "bin"
    own.mkdir()
    (own / "python3").symlink_to(os.path.realpath(sys.executable))
    prefix = elsewhere / "me" / "gpu-envs" / "course"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python").symlink_to(own / "python3")
    code, document, text = gpusetup(
        lab, home, "verify", "--slurm", "--python", f"{prefix}/bin/python"
    )
    assert code == 1, text
    kinds = by_kind(document)
    gone, pythonless = kinds["v100"]["reason"], kinds["a100"]["reason"]
    assert gone["code"] == "absent-environment"
    assert gone["facts"]["prefix"] == str(prefix)
    assert gone["facts"]["detail"] == str(elsewhere)
    assert str(prefix).startswith(gone["facts"]["mount"])
    assert "--prefix" in gone["next"]
    assert pythonless["code"] == "absent-python"
    assert pythonless["facts"]["detail"] == str(own / "python3")
    assert "rattler" in pythonless["next"]
    assert {each["status"] for each in kinds.values()} == {"failed"}
