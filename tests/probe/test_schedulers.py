"""Whether a batch scheduler rules a machine, and what the machine is in its cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpusetup.machine import Status
from gpusetup.probe.scheduler import read_scheduler
from tests.probe.tree import program, world

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self"),  # noqa: PTH110 - asked once, at import
    reason="needs Linux",
)


NO_CLUSTER = (
    "echo 'sinfo: error: fetch_config: DNS SRV lookup failed' >&2\n"
    "echo 'sinfo: fatal: Could not establish a configuration source' >&2; exit 1"
)


def test_slurms_commands_alone_make_no_cluster(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/sbatch", "exit 1")
    program(tmp_path, "/usr/bin/sinfo", NO_CLUSTER)
    name, role, reading = read_scheduler(world(tmp_path))
    assert (name, role, reading.status) == (None, None, Status.ABSENT)
    assert reading.detail is not None
    assert reading.detail.endswith("Could not establish a configuration source")


@pytest.mark.parametrize(
    "conf",
    ["/etc/slurm/slurm.conf", "/usr/etc/slurm.conf", "/run/slurm/conf/slurm.conf", "/srv/my.conf"],
)
def test_a_configured_node_without_gpu_is_a_login_node_though_no_controller_answers(
    tmp_path: Path, conf: str
) -> None:
    program(tmp_path, "/usr/bin/sbatch", "exit 1")
    program(tmp_path, "/usr/bin/sinfo", NO_CLUSTER)
    named = {"SLURM_CONF": conf} if conf.startswith("/srv") else {}
    assert read_scheduler(world(tmp_path, {conf: ""}, **named))[:2] == ("slurm", "login")


def test_a_cluster_that_answers_needs_no_configuration_here(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/sbatch", "exit 1")
    program(tmp_path, "/usr/bin/sinfo", "echo gpu")
    assert read_scheduler(world(tmp_path))[:2] == ("slurm", "login")


def test_a_configuration_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/sbatch", "exit 1")
    program(tmp_path, "/usr/bin/sinfo", "echo gpu")  # the real one waits for it for a minute
    assert read_scheduler(world(tmp_path, SLURM_CONF="/srv/gone.conf"))[:2] == (None, None)


def test_a_question_that_hangs_leaves_the_cluster_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "/usr/bin/sbatch", "exit 1")
    program(tmp_path, "/usr/bin/sinfo", "sleep 60")
    monkeypatch.setattr("gpusetup.probe.scheduler._PATIENCE_S", 0.1)
    name, role, reading = read_scheduler(world(tmp_path))
    assert (name, role, reading.status) == (None, None, Status.TIMEOUT)


def test_commands_of_another_scheduler_alone_make_no_cluster(tmp_path: Path) -> None:
    for name in ("qsub", "qhost"):
        program(tmp_path, f"/usr/bin/{name}", "exit 1")
    assert read_scheduler(world(tmp_path))[:2] == (None, None)
    assert read_scheduler(world(tmp_path, {"/opt/sge/": ""}, SGE_ROOT="/opt/sge"))[0] == "sge"


@pytest.mark.parametrize(
    ("files", "environ", "role"),
    [
        ({}, {"SLURM_JOB_ID": "7"}, "compute"),
        ({"/run/slurmd.pid": "812"}, {}, "compute"),
        ({"/dev/nvidia0": ""}, {}, None),
    ],
    ids=["in a job", "the daemon runs", "a GPU of its own"],
)
def test_other_nodes_of_a_cluster_are_not_login_nodes(
    tmp_path: Path, files: dict[str, str], environ: dict[str, str], role: str | None
) -> None:
    program(tmp_path, "/usr/bin/sbatch", "exit 0")
    files = {"/etc/slurm/slurm.conf": "", **files}
    assert read_scheduler(world(tmp_path, files, **environ))[:2] == ("slurm", role)


def test_jobs_of_other_schedulers_are_recognised(tmp_path: Path) -> None:
    assert read_scheduler(world(tmp_path, PBS_JOBID="7.head"))[:2] == ("pbs", "compute")
    assert read_scheduler(world(tmp_path, LSB_JOBID="7"))[:2] == ("lsf", "compute")


def test_a_machine_without_scheduler_has_none(tmp_path: Path) -> None:
    assert read_scheduler(world(tmp_path))[:2] == (None, None)
