"""The doctor inside real jobs of a real Slurm, and on its login node."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

from tests.doctor.lab import broken, torch_wheel
from tests.lab.slurm import SlurmLab

DOCTOR = (sys.executable, "-m", "gpusetup", "doctor", "--json")
CARD = ("-p", "gpu", "--gres=gpu:v100:1")


@pytest.fixture
def lab(slurm_lab: SlurmLab) -> Iterator[SlurmLab]:
    """The cluster; its machines' trees have the commands of Slurm, as real machines do."""
    roots = [slurm_lab.folder / "login", *slurm_lab.folder.glob("nodes/*/root")]
    for root in roots:
        (root / "usr/bin").mkdir(parents=True, exist_ok=True)
        for name in ("sinfo", "scontrol", "sbatch"):
            place = root / "usr/bin" / name
            if not place.exists():
                place.symlink_to(f"/usr/bin/{name}")
    yield slurm_lab
    # a job that is cancelled in the moment of its end holds its node for minutes
    nodes = [each.name for each in slurm_lab.nodes]
    slurm_lab.wait_until(lambda: not slurm_lab.jobs(), "the queue")
    slurm_lab.wait_until(lambda: all(slurm_lab.state(each) == "idle" for each in nodes), "nodes")


def doctor(lab: SlurmLab, *before: str, more: tuple[str, ...] = (), **environ: str) -> Any:
    """The diagnosis, with words before the command: `srun ...`."""
    done = subprocess.run(
        [*before, *DOCTOR, *more], env={**lab.environment(), "GPUSETUP_LANG": "en", **environ},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return json.loads(done.stdout)


def first(document: Any) -> Any:
    return document["findings"][0]


def commands(finding: Any) -> list[str]:
    return [" ".join(each["argv"]) for each in finding["remedy"]["steps"]]


def test_a_login_node_is_healthy_and_says_where_the_gpus_are(lab: SlurmLab) -> None:
    document = doctor(lab)
    found = first(document)
    assert (document["verdict"], found["id"], found["severity"]) == (
        "healthy", "scheduler.no-gpu", "info",
    )  # fmt: skip
    assert "gpu (v100, a100)" in found["text"]
    (line,) = [each for each in commands(found) if each.endswith("gpusetup doctor")]
    words = line.split()[:-2]
    assert doctor(lab, *words)["verdict"] == "healthy"  # the line leads to a node with a GPU


def test_a_job_with_a_gpu_is_healthy(lab: SlurmLab) -> None:
    document = doctor(lab, "srun", *CARD)
    assert (document["verdict"], document["findings"]) == ("healthy", [])


def test_a_job_that_asked_for_no_gpu_gets_the_line_that_does(lab: SlurmLab) -> None:
    found = first(doctor(lab, "srun", "-p", "gpu"))
    assert (found["id"], found["severity"]) == ("scheduler.no-gpu", "error")
    assert "#SBATCH --gres=gpu:" in found["remedy"]["text"]
    shell, script = commands(found)
    assert script.startswith("sbatch -p gpu --gres=gpu:")
    words = shell.removesuffix("--pty bash").split()
    assert doctor(lab, *words)["verdict"] == "healthy"


def test_from_a_partition_without_gpus_it_leads_to_one_that_has_some(lab: SlurmLab) -> None:
    found = first(doctor(lab, "srun", "-p", "cpu"))
    assert found["id"] == "scheduler.no-gpu"
    assert commands(found)[0].startswith("srun -p gpu --gres=gpu:")


def test_a_variable_that_names_a_card_outside_the_job(lab: SlurmLab) -> None:
    found = first(doctor(lab, "srun", *CARD, "env", "CUDA_VISIBLE_DEVICES=2"))
    assert found["id"] == "gpu.not-visible"
    assert commands(found) == ["export CUDA_VISIBLE_DEVICES=0"]
    healed = doctor(lab, "srun", *CARD, "env", "CUDA_VISIBLE_DEVICES=0")
    assert healed["verdict"] == "healthy"


def test_a_shell_of_salloc_that_stayed_where_it_was(lab: SlurmLab) -> None:
    found = first(doctor(lab, "salloc", *CARD))
    assert found["id"] == "scheduler.shell-stayed-behind"
    assert commands(found) == ["srun --pty bash"]
    assert doctor(lab, "salloc", *CARD, "srun")["verdict"] == "healthy"


def batch(lab: SlurmLab, folder: Path, *lines: str) -> list[Any]:
    """The documents that a batch job with both cards of gpu1 prints."""
    script, output = folder / "job.sh", folder / "job.out"
    head = ["#!/bin/sh", "#SBATCH -p gpu --gres=gpu:v100:2 --mem=1000 -t 2"]
    script.write_text("\n".join([*head, *lines, ""]))
    subprocess.run(
        ["sbatch", "--wait", "-o", str(output), "-e", "/dev/null", str(script)],
        env={**lab.environment(), "GPUSETUP_LANG": "en"}, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    decoder, text, found = json.JSONDecoder(), output.read_text(), []
    while text.strip():
        document, end = decoder.raw_decode(text.lstrip())
        found.append(document)
        text = text.lstrip()[end:]
    return found


def test_a_step_that_got_none_of_its_jobs_gpus(lab: SlurmLab, tmp_path: Path) -> None:
    # what a cgroup would hide from the step
    hidden = f"GPUSETUP_FAKE_NVML={lab.folder}/nodes/gpu1/gpus-0"
    line = " ".join(DOCTOR)
    without, beside = batch(
        lab, tmp_path,
        f"srun -n1 --gres=none env {hidden} {line}",
        "srun -n1 sleep 20 &",
        "sleep 1",
        f"srun -n1 --overlap --mem=0 --gres=gpu:1 {line}",
        "kill %1",
    )  # fmt: skip
    assert first(without)["id"] == "scheduler.step-without-gpu"
    assert commands(first(without)) == ["srun --overlap --gres=gpu:1 COMMAND"]
    assert beside["verdict"] == "healthy"  # what the remedy says


def test_a_card_that_the_node_no_longer_has(lab: SlurmLab) -> None:
    """The scheduler gives it, the driver shows none, and an administrator has said why."""
    place = lab.folder / "nodes/gpu1/gpus-1"
    whole = place.read_text()
    place.write_text("".join(line for line in whole.splitlines(True) if not line.startswith("gpu")))
    try:
        with subprocess.Popen(
            ["srun", *CARD, "sh", "-c", f"sleep 2; {' '.join(DOCTOR)}"],
            env={**lab.environment(), "GPUSETUP_LANG": "en"}, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,
        ) as job:  # fmt: skip
            lab.wait_until(lambda: any("RUNNING" in each for each in lab.jobs()), "the job")
            lab.set("nodename=gpu1", "state=drain", "reason=GPU 0 fell off the bus")
            assert job.stdout is not None
            found = first(json.loads(job.stdout.read()))
    finally:
        place.write_text(whole)
        lab.set("nodename=gpu1", "state=resume")
    assert found["id"] == "scheduler.gpu-missing"
    assert [each for each in found["evidence"] if "GPU 0 fell off the bus" in each]
    assert commands(found)[0].startswith("srun --exclude=gpu1 -p gpu --gres=gpu:")
    assert "administrator" in found["remedy"]["needs"]


def test_a_node_whose_driver_is_gone(lab: SlurmLab) -> None:
    without = ("env", "-u", "LD_LIBRARY_PATH", "-u", "GPUSETUP_FAKE_NVML")
    document = doctor(lab, "srun", *CARD, *without)
    assert document["verdict"] == "broken"
    found = next(each for each in document["findings"] if each["id"] == "scheduler.gpu-missing")
    assert "gpu1" in found["text"]
    assert commands(found)[1].startswith("sbatch --exclude=gpu1 ")


def test_an_environment_that_the_node_does_not_have(lab: SlurmLab, tmp_path: Path) -> None:
    found = first(doctor(lab, "srun", *CARD, VIRTUAL_ENV=str(tmp_path / "only-on-the-login-node")))
    assert found["id"] == "environment.not-on-node"
    assert "gpu1" in found["text"]


def test_the_last_survey_tells_where_the_environment_does_not_run(
    lab: SlurmLab, tmp_path: Path, home: Path
) -> None:
    """A build without code for Volta, which the driver of the other nodes serves."""
    torch = torch_wheel(tmp_path / "wheels", "2.11.0+cu128", "12.8")
    prefix = home / "env"
    environment = broken(prefix, home, [torch], GPUSETUP_STATE=str(home / "state"))
    environ = {**lab.environment(), **environment.environ}
    survey = [sys.executable, "-m", "gpusetup", "detect", "--slurm", "--yes", "--json"]
    subprocess.run(survey, env=environ, capture_output=True, timeout=90, check=False)
    document = doctor(lab, more=("--python", environment.python), **environment.environ)
    found = next(each for each in document["findings"] if each["id"] == "scheduler.kinds-left-out")
    assert found["severity"] == "warning"
    assert "V100" in found["text"]
    assert "A100" not in found["text"]
    assert found["remedy"]["steps"]
    # the nodes were asked for the home folder, and see it
    assert "environment.not-on-node" not in [each["id"] for each in document["findings"]]


def test_without_a_controller_the_variables_are_enough(lab: SlurmLab) -> None:
    environ = {"SLURM_CONF": str(lab.folder / "nowhere.conf")}
    words = ["env", *(f"{name}={value}" for name, value in environ.items())]
    found = first(doctor(lab, "srun", "-p", "gpu", *words))
    assert found["id"] == "scheduler.no-gpu"
    assert commands(found)[0] == "srun -p gpu --gres=gpu:1 --pty bash"


REFUSALS = {
    ("-p", "gpu", "--gres=gpu:h100:1"): "scheduler.request-impossible",
    ("-p", "gpu", "--gres=gpux:1"): "scheduler.request-impossible",
    ("-p", "gpu", "-C", "h100"): "scheduler.request-impossible",
    ("-p", "gpu", "--mem=900G"): "scheduler.request-impossible",
    ("-p", "nowhere"): "scheduler.not-permitted",
}


@pytest.mark.parametrize("words", REFUSALS, ids=" ".join)
def test_what_srun_says_is_known(lab: SlurmLab, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        ["srun", *words, "true"], env=lab.environment(), capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    report = tmp_path / "report.txt"
    report.write_text(done.stderr)
    found = first(doctor(lab, more=("--report", str(report))))
    assert found["id"] == REFUSALS[words], done.stderr
