"""`gpusetup detect --slurm` and the plans made of it, on a real Slurm, as people call them."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest
import yaml

from gpusetup.road import cluster_records
from tests.fixtures.slurm import skip_without_slurm
from tests.lab.slurm import SlurmLab, cluster
from tests.lab.slurm_nodes import A100, CPU, K40, V100, LabNode, renamed
from tests.lab.terminal import ENTER, Terminal

HOG = ("sbatch", "--gres=gpu:v100:2", "-p", "gpu", "-t", "5", "-o", "/dev/null", "--wrap",
       "sleep 99")  # fmt: skip


def gpusetup(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", *arguments],
        env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        timeout=120, check=False,
    )  # fmt: skip


def document(environ: Mapping[str, str], *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    done = gpusetup(environ, *arguments, "--json")
    assert done.returncode == exit_code, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def kinds(found: Mapping[str, Any]) -> dict[str, Any]:
    return {each["kind"]: each for each in found["cluster"]["kinds"]}


@pytest.fixture
def environ(slurm_lab: SlurmLab, home: Path) -> dict[str, str]:
    return slurm_lab.environment()


def old_python() -> str | None:
    """A Python 3.6 of this machine, where there is one."""
    own = Path(pwd.getpwuid(os.getuid()).pw_dir)  # HOME is another one in the tests
    places = [own / ".pyenv/versions", Path("/opt/python")]
    found = [each for place in places for each in place.glob("*3.6*/bin/python3.6")]
    return next((str(each) for each in (*found, Path("/usr/bin/python3.6")) if each.exists()), None)


@pytest.fixture(scope="module")
def mixed_cluster(
    driver_libraries: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SlurmLab, Path]]:
    """Old and new cards, a node without Python, one with 3.6, one drained, and 200 that are dead.

    The folder is one that the node with 3.6 does not have.
    """
    skip_without_slurm()
    hidden = tmp_path_factory.mktemp("scratch")
    (hidden / "data").mkdir()
    dead = tuple(
        renamed(A100, f"dead{number}", is_there=False, gpus=0, gpu_type=None, partition="dead")
        for number in range(200)
    )
    nodes: tuple[LabNode, ...] = (
        V100,
        renamed(K40, "old1", python="none", partition="gpu"),
        renamed(A100, "ancient", python=old_python(), gpu_type="a100_old", hidden=(hidden,)),
        replace(A100, name="gpu9", gpu_type="h100", more='State=DRAIN Reason="fan broken"',
                is_there=False),
        CPU,
        *dead,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("mixed")
    with cluster(folder, driver_libraries[0], nodes) as lab:
        yield lab, hidden


def test_a_survey_becomes_the_plan_of_the_login_node(
    slurm_lab: SlurmLab, environ: dict[str, str], tmp_path: Path
) -> None:
    profile = tmp_path / "cluster.yaml"
    found = document(environ, "detect", "--slurm", "--yes", "--record", str(profile))
    assert found["cluster"]["accounting"] is False
    assert [(name, each["end"], each["node"]) for name, each in kinds(found).items()] == [
        ("v100", "answered", "gpu1"), ("a100", "answered", "gpu2"), ("cpu", None, None),
    ]  # fmt: skip
    versions = [(each["name"], each["driver"]["version"]) for each in found["compute_nodes"]]
    assert versions == [("v100", "570.86.15"), ("a100", "535.161.08")]
    assert slurm_lab.jobs() == []

    by_file = document(environ, "plan", "--machine", str(profile))["choice"]
    assert by_file["cuda_runtime"] is not None
    assert [each["facts"]["driver"] for each in by_file["why"] if "driver" in each["facts"]] == [
        "535.161.08"
    ]
    recorded = yaml.safe_load(profile.read_text(encoding="utf-8"))
    assert [node["name"] for node in recorded["compute_nodes"]] == ["v100", "a100"]
    assert "gpu1" not in profile.read_text(encoding="utf-8")

    here = gpusetup(environ, "plan", "--json")
    assert "Plans for the nodes of the survey" in here.stderr
    plan = json.loads(here.stdout)
    assert [each["name"] for each in plan["machine"]["compute_nodes"]] == ["v100", "a100"]


def test_without_consent_no_job_is_run(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    before = slurm_lab.run("scontrol", "show", "job")
    done = gpusetup(environ, "detect", "--slurm")
    assert done.returncode == 0
    assert "accounting is switched off" in done.stdout
    assert "detect --slurm --yes" in done.stderr
    assert slurm_lab.run("scontrol", "show", "job") == before


def test_on_a_terminal_it_asks_first(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    words = [sys.executable, "-m", "gpusetup", "detect", "--slurm", "--partition", "gpu"]
    with Terminal(words, env=environ) as terminal:
        terminal.wait("Run one short job of at most 5 min")
        assert slurm_lab.jobs() == []
        terminal.type("y")
        terminal.wait("One environment serves all of them", 40)
        assert terminal.finish() == 0
    with Terminal(words, env=environ) as terminal:
        terminal.wait("Run one short job")
        terminal.type("n" + ENTER)
        assert terminal.finish() == 0
        assert "What the nodes told" not in terminal.text()


def test_what_did_not_start_in_time_is_left_and_collected(
    slurm_lab: SlurmLab, environ: dict[str, str]
) -> None:
    slurm_lab.run(*HOG)
    (hog,) = slurm_lab.jobs()
    found = document(environ, "detect", "--slurm", "--yes", "--wait", "4", exit_code=1)
    states = kinds(found)
    assert (states["a100"]["end"], states["v100"]["end"]) == ("answered", "left")
    assert "--collect" in states["v100"]["error"]["next"]
    plan = document(environ, "plan")
    assert "kinds-unknown" in codes(plan)

    again = document(environ, "detect", "--slurm", "--collect", exit_code=1)
    assert kinds(again)["v100"]["end"] == "left"
    slurm_lab.run("scancel", hog.split()[0])
    again = document(environ, "detect", "--slurm", "--collect", "--wait", "20")
    assert kinds(again)["v100"]["end"] == "answered"
    assert sorted(each["name"] for each in again["compute_nodes"]) == ["a100", "v100"]
    none = document(environ, "detect", "--slurm", "--collect", exit_code=3)
    assert none["code"] == "cluster.none-left"


def test_jobs_that_were_left_can_be_dropped(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    slurm_lab.run(*HOG)
    (hog,) = slurm_lab.jobs()
    gres = ("--gres", "gpu:v100:1")
    done = gpusetup(environ, "detect", "--slurm", "--yes", "--wait", "0", *gres)
    assert done.returncode == 1
    assert "waits in the queue" in done.stdout
    assert document(environ, "detect", "--slurm", "--drop")["cancelled"] == 1
    assert numbers(slurm_lab) == numbers_of([hog])
    assert cluster_records.records(environ) == ()


@pytest.mark.parametrize(
    ("options", "exit_code", "words"),
    [
        (("--partition", "private", "--account", "bio"), 1, "Slurm refused the account"),
        (("--gres", "gpu:v100:9"), 1, "No node can ever run this job"),
        (("--gres", "gpu:h100:1"), 3, "No node fits: --gres gpu:h100:1"),
        (("--partition", "nowhere"), 3, "No node fits: --partition nowhere"),
        (("--partition", "-x"), 2, "`-x` cannot be given to Slurm with `--partition`"),
        (("--time", "soon"), 2, "`soon` is no time limit"),
        (("--mem", "lots"), 2, "`lots` is no size of memory"),
        (("--wait", "-1"), 2, "`--wait` takes a number of seconds"),
        (("--host", "gpu1"), 2, "does not go with `--slurm`"),
        (("--collect", "--drop"), 2, "--collect"),
    ],
    ids=lambda value: "" if isinstance(value, int) else None,
)
def test_refusals_say_what_to_do(
    slurm_lab: SlurmLab,
    environ: dict[str, str],
    options: tuple[str, ...],
    exit_code: int,
    words: str,
) -> None:
    done = gpusetup(environ, "detect", "--slurm", "--yes", "--wait", "1.5", *options)
    assert done.returncode == exit_code, done.stderr
    assert words in done.stdout + done.stderr
    assert "hint: " in done.stderr
    assert slurm_lab.jobs() == []


def test_options_of_jobs_need_slurm(environ: dict[str, str]) -> None:
    done = document(environ, "detect", "--partition", "gpu", exit_code=2)
    assert (done["code"], done["facts"]["option"]) == ("cluster.without-slurm", "--partition")


def test_a_machine_without_slurm(home: Path) -> None:
    environ = {**os.environ, "PATH": "/nowhere"}
    done = document(environ, "detect", "--slurm", exit_code=3)
    assert (done["code"], done["facts"]["program"]) == ("cluster.no-slurm", "sinfo")


def test_a_controller_that_does_not_answer(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    slurm_lab.stop_controller()
    try:
        done = document(environ, "detect", "--slurm", "--yes", exit_code=3)
    finally:
        slurm_lab.start_controller("-c")
    assert done["code"] == "job.no-controller"
    assert "scontrol ping" in done["next"]


def test_ctrl_c_leaves_nothing(slurm_lab: SlurmLab, environ: dict[str, str]) -> None:
    slurm_lab.run(*HOG)
    (hog,) = slurm_lab.jobs()
    words = [sys.executable, "-m", "gpusetup", "detect", "--slurm", "--yes", "--gres", "gpu:v100:1"]
    with subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True) as ours:
        slurm_lab.wait_until(lambda: len(slurm_lab.jobs()) == 2, "the job")
        time.sleep(0.3)
        ours.send_signal(signal.SIGINT)
        assert ours.wait(timeout=30) == 130
    slurm_lab.wait_until(lambda: numbers(slurm_lab) == numbers_of([hog]), "cancelling")
    assert cluster_records.records(environ) == ()


def test_kinds_that_nothing_covers_fall_out_with_reasons(
    mixed_cluster: tuple[SlurmLab, Path], home: Path
) -> None:
    """One job per kind, however many nodes; a node tells by its shell where it has no Python."""
    lab, hidden = mixed_cluster
    environ = lab.environment() | {"GPUSETUP_ENVS": str(hidden / "data/envs")}
    begun = time.monotonic()
    found = document(environ, "detect", "--slurm", "--yes", "--partition", "gpu", exit_code=1)  # fmt: skip
    assert time.monotonic() - begun < 90
    ends = {name: (each["end"], each["told_by"]) for name, each in kinds(found).items()}
    assert ends == {
        "v100": ("answered", "python"),
        "k40": ("answered", "sh"),
        "a100_old": ("answered", "python"),
        "h100": ("refused", None),
    }
    assert kinds(found)["h100"]["usable"] == 0
    common = found["cluster"]["common"]
    assert [each["kind"] for each in common["left_out"]] == ["k40"]
    assert common["environments"] == ["a100_old,v100", "k40"]
    if old_python():  # the first Python there, so the one that told
        on_it = ("srun", "-p", "gpu", "--gres=gpu:a100_old:1")
        assert lab.run(*on_it, "sh", "-c", "python3 -V").startswith("Python 3.6")

    refused = document(environ, "plan", exit_code=3)["refusal"]
    assert refused is not None
    changes = {each["if"]: each["then"] for each in refused["would_change"]}
    assert "--for-kind a100_old,v100" in changes

    narrowed = document(environ, "plan", "--for-kind", "a100_old,v100")
    assert narrowed["choice"]["cuda_runtime"] is not None
    (lost,) = [each for each in narrowed["warnings"] if each["code"] == "prefix-not-on-nodes"]
    assert "not there on the nodes a100_old:" in lost["text"]
    alone = document(environ, "plan", "--for-kind", "v100")
    assert "prefix-not-on-nodes" not in codes(alone)
    unknown = document(environ, "plan", "--for-kind", "b200", exit_code=2)
    assert unknown["code"] == "cluster.kind-unknown"


def test_hundreds_of_nodes_are_told_at_once(
    mixed_cluster: tuple[SlurmLab, Path], home: Path
) -> None:
    lab, _hidden = mixed_cluster
    done = gpusetup(lab.environment(), "detect", "--slurm", "--no-jobs")
    assert done.returncode == 0
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("cpu ")]
    assert line.split()[1] == "201"


def numbers(lab: SlurmLab) -> list[str]:
    return numbers_of(lab.jobs())


def numbers_of(jobs: list[str]) -> list[str]:
    return [each.split()[0] for each in jobs]


def codes(plan: Mapping[str, Any]) -> list[str]:
    return [each["code"] for each in plan["warnings"]]
