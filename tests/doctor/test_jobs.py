"""What a scheduler's variables and answers say, and the lines that are made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpusetup.cli.doctor_words import commands_of, remedy_of, text_of
from gpusetup.compat_files import load_packaged
from gpusetup.compat_files.symptoms import load_symptoms
from gpusetup.doctor.advice import advised
from gpusetup.doctor.check import Verdict
from gpusetup.doctor.checks.shell import module_of
from gpusetup.doctor.report import case_of_text
from gpusetup.environments.facts import GpuQueue
from gpusetup.machine import Arch, Machine, Os, Status
from gpusetup.probe.job import given_to_us, job_of, read_job, read_queues
from gpusetup.probe.world import World
from gpusetup.reports.jobs import job_in
from tests.doctor.cases import case_of, diagnosis_of

SLURM = Machine(Os.LINUX, Arch.X86_64, scheduler="slurm", node_role="compute")
STEP = {
    "SLURM_JOB_ID": "31", "SLURM_JOB_PARTITION": "gpu", "SLURM_JOB_ACCOUNT": "chem",
    "SLURMD_NODENAME": "gpu1", "SLURM_STEP_ID": "0", "SLURM_STEP_GPUS": "2",
    "GPU_DEVICE_ORDINAL": "0", "CUDA_VISIBLE_DEVICES": "0",
}  # fmt: skip
NODE = """\
NodeName=gpu1 Arch=x86_64 CoresPerSocket=1
   Gres=gpu:v100:2(S:0)
   State=IDLE+DRAIN ThreadsPerCore=1 TmpDisk=0
   Reason=fan broken, ticket 12 [root@2026-11-28T02:05:18]
"""
JOB = """\
JobId=31 JobName=bash
   Priority=1 Nice=0 Account=physics QOS=(null)
   JOB_GRES=gpu:v100:1
     Nodes=gpu1 CPU_IDs=0 Mem=500 GRES=gpu:v100:1(IDX:0)
"""
QUEUES = """\
gpu|up|2|idle|gpu:v100:2(S:0-1)
gpu|up|1|mixed|gpu:v100:4,lustre:1
gpu|up|3|drained*|gpu:v100:2
gpu|up|8|allocated|gpu:a100:4
cpu|up|9|idle|(null)
night|inact|1|idle|gpu:2
welcome to the cluster | have fun
"""


def world(folder: Path, **environ: str) -> World:
    return World({"PATH": "/usr/bin", **environ}, folder)


def program(folder: Path, name: str, script: str) -> None:
    place = folder / "usr/bin" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


def test_a_step_of_a_job_by_its_variables() -> None:
    job = job_of(STEP, "slurm")
    assert job is not None
    assert (job.id, job.partition, job.account, job.node, job.step) == (
        "31", "gpu", "chem", "gpu1", "0",
    )  # fmt: skip
    assert (job.order, job.stayed_behind, given_to_us(STEP, "slurm")) == ("0", False, "2")


def test_a_step_without_gpus_does_not_take_those_of_its_job() -> None:
    environ = {**STEP, "SLURM_JOB_GPUS": "0,1"}
    del environ["SLURM_STEP_GPUS"], environ["GPU_DEVICE_ORDINAL"]
    assert given_to_us(environ, "slurm") is None
    script = {key: value for key, value in environ.items() if key != "SLURM_STEP_ID"}
    assert given_to_us(script, "slurm") == "0,1"


def test_the_batch_script_and_the_interactive_shell_are_no_steps() -> None:
    for number in ("4294967291", "4294967290"):
        job = job_of({**STEP, "SLURM_STEP_ID": number}, "slurm")
        assert job is not None
        assert job.step is None


def test_a_shell_without_a_node_has_stayed_behind() -> None:
    job = job_of({"SLURM_JOB_ID": "31", "SLURM_JOB_PARTITION": "gpu"}, "slurm")
    assert job is not None
    assert job.stayed_behind


@pytest.mark.parametrize(
    ("scheduler", "environ", "queue"),
    [
        ("pbs", {"PBS_JOBID": "7.head", "PBS_QUEUE": "workq"}, "workq"),
        ("lsf", {"LSB_JOBID": "7", "LSB_QUEUE": "normal"}, "normal"),
        ("sge", {"JOB_ID": "7", "QUEUE": "all.q"}, "all.q"),
    ],
)
def test_jobs_of_other_schedulers(scheduler: str, environ: dict[str, str], queue: str) -> None:
    job = job_of(environ, scheduler)
    assert job is not None
    assert job.partition == queue
    assert (job.node, job.stayed_behind) == (None, None)


def test_partitions_with_gpus_are_counted_by_type() -> None:
    assert read_queues(QUEUES) == (
        GpuQueue("gpu", "v100", 4, 6, 3, True),
        GpuQueue("gpu", "a100", 4, 8, 8, True),
        GpuQueue("night", None, 2, 1, 1, False),
    )


def test_slurm_tells_what_the_variables_do_not(tmp_path: Path) -> None:
    program(tmp_path, "sinfo", f"cat <<'E'\n{QUEUES}E")
    program(
        tmp_path,
        "scontrol",
        f"case $2$4 in node) cat <<'E'\n{NODE}E\n;; *) cat <<'E'\n{JOB}E\nesac",
    )
    environ = {key: value for key, value in STEP.items() if key != "SLURM_JOB_ACCOUNT"}
    found = read_job(world(tmp_path, **environ), SLURM)
    assert found.job is not None
    assert found.gpu_queues is not None
    assert (found.job.account, found.job.gpus) == ("physics", "gpu:v100:1")
    assert (found.job.node_gpus, found.job.node_state) == ("gpu:v100:2", "IDLE+DRAIN")
    assert found.job.node_reason == "fan broken, ticket 12"
    assert len(found.gpu_queues) == 3


def test_a_controller_that_does_not_answer_leaves_the_variables(tmp_path: Path) -> None:
    program(
        tmp_path,
        "sinfo",
        "echo 'slurm_load_partitions: Unable to contact slurm controller'; exit 1",
    )
    found = read_job(world(tmp_path, **STEP), SLURM)
    assert found.job is not None
    assert found.job.partition == "gpu"
    assert found.gpu_queues is None
    assert {each.source: each.status for each in found.readings} == {
        "sinfo": Status.ERROR, "scontrol-node": Status.ABSENT, "scontrol-job": Status.ABSENT,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "modules", "module"),
    [
        ("/apps/cuda/11.8/lib64/libcublas.so.11", ("gcc/12", "cuda/11.8"), "cuda/11.8"),
        ("/apps/cuda/11.8/lib64/libcublas.so.11", ("cuda/12.1", "cuda/11.8"), "cuda/11.8"),
        ("/opt/CUDA/11.8.0-GCC/lib/libcublas.so.11", ("CUDA/11.8.0-GCC",), "CUDA/11.8.0-GCC"),
        ("/home/me/libs/libcublas.so.11", ("gcc/12", "cuda/11.8"), None),
        ("/apps/cuda/9.0/lib64/libcublas.so.9", ("cuda/12.1", "cuda/11.8"), None),
    ],
)
def test_the_module_that_a_library_is_from(
    path: str, modules: tuple[str, ...], module: str | None
) -> None:
    assert module_of(path, modules) == module


def kinds(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {
        "node_role": "login", "driver": None, "gpus": [], "pci_gpus": [],
        "cuda_visible_devices": None, "compute_nodes": list(nodes),
        "surroundings": {"job": None, "job_gpus": None, "health": [], "device_nodes": [],
                         "cuda_libraries": []},
        "environment": {
            "variables": [], "run": {"imported": True, "cuda_available": None, "device_count": None},
            "torch": {"version": "2.7.1", "local": "cu128", "cuda": "12.8"},
            "distributions": [{"name": "torch", "version": "2.7.1+cu128", "installer": "uv"}],
        },
    }  # fmt: skip


V100 = {"index": 0, "name": "Tesla V100-SXM2-16GB", "compute_capability": "7.0"}
A100 = {"index": 0, "name": "NVIDIA A100-SXM4-80GB", "compute_capability": "8.0"}
K40 = {"index": 0, "name": "Tesla K40m", "compute_capability": "3.5"}


def test_the_kind_that_falls_out_is_named_with_the_build_for_all() -> None:
    nodes = kinds(
        {"driver": {"version": "570.86.15"}, "gpus": [A100]},
        {"driver": {"version": "450.80.02"}, "gpus": [V100]},
    )
    case = case_of("cluster-job", nodes)
    found = advised(diagnosis_of(case), case).findings[0]
    assert found.id == "scheduler.kinds-left-out"
    assert "Tesla V100-SXM2-16GB, driver 450.80.02" in text_of(found)
    assert "A100" not in text_of(found)
    (command,) = commands_of(found)
    assert command.startswith("pip install torch==")
    assert "cu11" in command


def test_kinds_that_no_build_covers_together() -> None:
    nodes = kinds(
        {"driver": {"version": "570.86.15"}, "gpus": [{**A100, "name": "B200", "compute_capability": "10.0"}]},
        {"driver": {"version": "570.86.15"}, "gpus": [A100]},
        {"driver": {"version": "390.157"}, "gpus": [K40]},
    )  # fmt: skip
    case = case_of("cluster-job", nodes)
    found = advised(diagnosis_of(case), case).findings[0]
    assert found.id == "scheduler.kinds-left-out"
    said = remedy_of(found) or ""
    assert "all but these: Tesla K40m, driver 390.157" in said
    assert commands_of(found)[0].startswith("pip install torch==")


def test_a_cpu_build_on_the_login_node_of_a_cluster_with_gpus() -> None:
    change = kinds()
    change["surroundings"]["gpu_queues"] = [{"partition": "gpu", "type": "a100", "usable": 2}]
    change["environment"]["torch"] = {"version": "2.7.1", "local": "cpu", "cuda": None}
    change["environment"]["distributions"] = [{"name": "torch", "version": "2.7.1+cpu"}]
    case = case_of("cluster-job", change)
    found = advised(diagnosis_of(case), case).findings[0]
    assert (found.id, found.severity.value) == ("torch.cpu-build", "warning")
    assert commands_of(found)[0] == "gpusetup detect --slurm"
    del change["surroundings"]["gpu_queues"]
    assert [each.id for each in diagnosis_of(case_of("cluster-job", change)).findings] == [
        "scheduler.no-gpu"
    ]


def test_a_driver_that_does_not_answer_in_time_is_not_called_missing() -> None:
    change = {
        "gpus": "-", "readings": [{"source": "nvml", "status": "timeout", "detail": "20 s"}],
        "surroundings": {"health": []}, "environment": {"run": "-"},
    }  # fmt: skip
    found = diagnosis_of(case_of("cluster-job", change)).findings
    assert "scheduler.gpu-missing" not in [each.id for each in found]


def test_a_login_node_names_the_nodes_that_were_surveyed() -> None:
    case = case_of("cluster-job", kinds({"driver": {"version": "570.86.15"}, "gpus": [A100]}))
    found = next(each for each in diagnosis_of(case).findings if each.id == "scheduler.no-gpu")
    assert "NVIDIA A100-SXM4-80GB, driver 570.86.15" in text_of(found)


def test_a_folder_that_surveyed_nodes_do_not_have() -> None:
    place = {"source": "place", "status": "absent", "detail": "/home/wang"}
    nodes = kinds(
        {"driver": {"version": "570.86.15"}, "gpus": [A100], "readings": [place]},
        {"driver": {"version": "570.86.15"}, "gpus": [V100], "readings": [{**place, "status": "ok"}]},
    )  # fmt: skip
    found = diagnosis_of(case_of("cluster-job", nodes)).findings[0]
    assert (found.id, found.variant) == ("environment.not-on-node", "kinds")
    assert "A100" in text_of(found)
    assert "V100" not in text_of(found)


def test_a_tmp_that_every_node_has_for_itself() -> None:
    """That a node has a /tmp tells nothing of what lies in this one."""
    place = {"source": "place", "status": "ok", "detail": "/tmp"}
    nodes = kinds({"driver": {"version": "570.86.15"}, "gpus": [A100], "readings": [place]})
    nodes["environment"]["prefix"] = "/tmp/envs/course"
    found = diagnosis_of(case_of("cluster-job", nodes)).findings
    assert ("environment.not-on-node", "local") in [(each.id, each.variant) for each in found]
    place["detail"] = "/tmp/envs"
    found = diagnosis_of(case_of("cluster-job", nodes)).findings
    assert "environment.not-on-node" not in [each.id for each in found]


@pytest.mark.parametrize(
    ("text", "partition", "account"),
    [
        ("#!/bin/bash\n#SBATCH -p gpu\n#SBATCH --account=chem\n", "gpu", "chem"),
        ("#SBATCH --nodes=1 --partition=a100 -A nlp\n", "a100", "nlp"),
        ("[anna@login ~]$ srun --mem=4G -p short --pty bash\n", "short", None),
        ("srun python train.py -p 3 --account=me\n", None, None),
        ("mkdir -p results\n", None, None),
    ],
)
def test_what_a_pasted_script_asks_for(
    text: str, partition: str | None, account: str | None
) -> None:
    job = job_in(text)
    assert (job and job.partition, job and job.account) == (partition, account)


def test_the_line_for_a_pasted_script_keeps_its_partition_and_account() -> None:
    text = (
        "#SBATCH -p volta -A chem\n#SBATCH --cpus-per-task=4\npython train.py\n"
        "RuntimeError: Found no NVIDIA driver on your system.\n"
    )
    case = case_of_text(text, load_packaged(), load_symptoms())
    found = diagnosis_of(case).findings[0]
    assert found.id == "scheduler.no-gpu"
    assert commands_of(found)[0] == "srun -p volta -A chem --gres=gpu:1 --pty bash"


INSIDE: dict[str, Any] = {
    "container": "apptainer",
    "driver": None,
    "gpus": [],
    "pci_gpus": [],
    "readings": [
        {"source": "kernel-module", "status": "ok", "detail": "535.161.08"},
        {"source": "nvml", "status": "absent", "detail": "12 NVML Shared Library Not Found"},
    ],
    "surroundings": {"device_nodes": [], "cuda_libraries": [], "health": [], "module": None},
    "environment": {"run": {"imported": True, "cuda_available": False}},
}


def test_a_container_in_a_job_that_was_started_without_gpus() -> None:
    found = diagnosis_of(case_of("cluster-job", INSIDE)).findings
    assert (found[0].id, found[0].variant) == ("container.no-gpu", "apptainer")
    assert "scheduler.no-gpu" not in [each.id for each in found]


def test_a_container_in_a_job_that_has_none_itself() -> None:
    job = {"gpus": None, "order": None}
    around = {**INSIDE["surroundings"], "job": job, "job_gpus": None}
    found = diagnosis_of(case_of("cluster-job", {**INSIDE, "surroundings": around})).findings
    assert found[0].id == "scheduler.no-gpu"
    links = {each.id: each.because_of for each in found}
    assert links["container.no-gpu"] == "scheduler.no-gpu"


@pytest.mark.parametrize("words", ["TIME LIMIT", "PREEMPTION"])
def test_a_job_that_was_ended_in_order_is_not_called_broken(words: str) -> None:
    text = (
        f"slurmstepd: error: *** JOB 7 ON gpu1 CANCELLED AT 2026-03-02T08:00:21 DUE TO {words} ***"
    )
    diagnosis = diagnosis_of(case_of_text(text, load_packaged(), load_symptoms()))
    assert diagnosis.verdict is Verdict.DEGRADED


@pytest.mark.parametrize(
    ("head", "command"),
    [
        ("#BSUB -q normal -n 4", "bsub -Is -gpu num=1 bash"),
        ("#PBS -l select=1:ncpus=4", "qsub -I -l select=1:ngpus=1"),
        ("$ qsub -pe smp 4 train.sh", None),
    ],
)
def test_pasted_scripts_of_other_schedulers(head: str, command: str | None) -> None:
    text = f"{head}\npython train.py\nRuntimeError: Found no NVIDIA driver on your system.\n"
    found = diagnosis_of(case_of_text(text, load_packaged(), load_symptoms())).findings[0]
    assert found.id == "scheduler.no-gpu"
    assert commands_of(found) == ((command,) if command else ())


def test_a_job_is_not_told_to_initialise_a_terminal() -> None:
    text = "#SBATCH -p gpu --gres=gpu:1\nCondaError: Run 'conda init' before 'conda activate'\n"
    case = case_of_text(text, load_packaged(), load_symptoms())
    found = advised(diagnosis_of(case), case).findings[0]
    assert (found.id, commands_of(found)) == ("conda.not-initialised", ())
    assert 'eval "$(conda shell.bash hook)"' in (remedy_of(found) or "")
