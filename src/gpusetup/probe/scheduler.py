"""Whether a batch scheduler rules this machine, and whether this is a login or a compute node."""

from __future__ import annotations

from gpusetup.machine import Reading, Status
from gpusetup.probe.world import World
from gpusetup.values import dataclass


@dataclass(frozen=True)
class _Marks:
    name: str
    job: tuple[str, ...]  # variables inside a job
    commands: tuple[str, ...]  # all of them on PATH
    files: tuple[str, ...]  # client configuration
    daemons: tuple[str, ...] = ()  # process-id files of the node's own daemon


_SCHEDULERS = (
    _Marks(
        "slurm",
        ("SLURM_JOB_ID", "SLURM_JOBID"),
        ("sbatch",),
        ("/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf"),
        ("/run/slurmd.pid", "/var/run/slurm/slurmd.pid", "/var/run/slurmd/slurmd.pid"),
    ),
    _Marks("lsf", ("LSB_JOBID",), ("bsub", "bjobs"), ()),
    _Marks("pbs", ("PBS_JOBID",), ("qsub", "pbsnodes"), ("/etc/pbs.conf",)),
    _Marks("sge", ("SGE_JOB_SPOOL_DIR",), ("qsub", "qhost"), ()),
)


def read_scheduler(world: World) -> tuple[str | None, str | None, Reading]:
    """Name, role ("login", "compute" or None for not known), and the mark that told it."""
    for marks in _SCHEDULERS:
        for variable in marks.job:
            if world.environ.get(variable):
                return marks.name, "compute", Reading("scheduler", Status.OK, variable)
    for marks in _SCHEDULERS:
        mark = _client(world, marks)
        if mark:
            role = _role_outside_a_job(world, marks)
            return marks.name, role, Reading("scheduler", Status.OK, mark)
    return None, None, Reading("scheduler", Status.ABSENT)


def _client(world: World, marks: _Marks) -> str | None:
    paths = [world.which(each) for each in marks.commands]
    if all(paths):
        return paths[0]
    return next((each for each in marks.files if world.is_file(each)), None)


def _role_outside_a_job(world: World, marks: _Marks) -> str | None:
    """Jobs run where the node's daemon runs. A node with GPUs of its own may be either."""
    if any(world.exists(each) for each in marks.daemons):
        return "compute"
    has_gpu = world.exists("/dev/nvidia0") or bool(world.names("/proc/driver/nvidia/gpus"))
    return None if has_gpu else "login"
