"""Whether a batch scheduler rules this machine, and whether this is a login or a compute node.

A scheduler's commands alone are no cluster: `apt install slurm-client` brings them to a laptop.
Its configuration has to be there too, or else something has to answer the commands.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Optional

from gpusetup.basics.values import dataclass
from gpusetup.machine import Reading, Status
from gpusetup.probe.world import World

_PATIENCE_S = 2.0  # without its configuration Slurm asks the name servers, which may hang


@dataclass(frozen=True)
class _Marks:
    name: str
    job: tuple[str, ...]  # variables inside a job
    commands: tuple[str, ...]  # all of them on PATH
    question: tuple[str, ...]  # a command that succeeds only where a cluster answers
    places: tuple[str, ...]  # variables that name the configuration
    files: tuple[str, ...]  # the configuration at its usual places
    beside: str | None = None  # the same, from the folder of the commands
    daemons: tuple[str, ...] = ()  # process-id files of the node's own daemon


_SCHEDULERS = (
    _Marks(
        "slurm",
        ("SLURM_JOB_ID", "SLURM_JOBID"),
        ("sbatch",),
        ("sinfo", "-h", "-o", "%R"),
        ("SLURM_CONF",),
        (
            "/etc/slurm/slurm.conf",
            "/etc/slurm-llnl/slurm.conf",
            "/usr/local/etc/slurm.conf",
            "/opt/slurm/etc/slurm.conf",
            "/run/slurm/conf/slurm.conf",  # fetched by a daemon from the controller
            "/var/spool/slurmd/conf-cache/slurm.conf",
        ),
        "../etc/slurm.conf",
        ("/run/slurmd.pid", "/var/run/slurm/slurmd.pid", "/var/run/slurmd/slurmd.pid"),
    ),
    _Marks(
        "lsf", ("LSB_JOBID",), ("bsub", "bjobs"), ("lsid",), ("LSF_ENVDIR",), ("/etc/lsf.conf",)
    ),
    _Marks(
        "pbs",
        ("PBS_JOBID",),
        ("qsub", "pbsnodes"),
        ("qstat", "-B"),
        ("PBS_CONF_FILE",),
        ("/etc/pbs.conf", "/var/spool/torque/server_name", "/etc/torque/server_name"),
    ),
    _Marks(
        "sge",
        ("SGE_JOB_SPOOL_DIR",),
        ("qsub", "qhost"),
        ("qhost",),
        ("SGE_ROOT",),
        ("/var/lib/gridengine/default/common/act_qmaster",),
    ),
)
Scheduled = tuple[Optional[str], Optional[str], Reading]
FILES = tuple(path for marks in _SCHEDULERS for path in (*marks.files, *marks.daemons))


def read_scheduler(world: World) -> Scheduled:
    """Name, role ("login", "compute" or None for not known), and the mark that told it."""
    for marks in _SCHEDULERS:
        for variable in marks.job:
            if world.environ.get(variable):
                return marks.name, "compute", Reading("scheduler", Status.OK, variable)
    idle = None
    for marks in _SCHEDULERS:
        reading = _outside_a_job(world, marks)
        if reading is not None and reading.status is Status.OK:
            return marks.name, _role_outside_a_job(world, marks), reading
        idle = idle or reading
    return None, None, idle or Reading("scheduler", Status.ABSENT)


def _outside_a_job(world: World, marks: _Marks) -> Reading | None:
    """What tells of a cluster; of its commands without any cluster, what is missing; else None."""
    named = next((world.environ[each] for each in marks.places if world.environ.get(each)), None)
    program = _program(world, marks)
    found = _configuration(world, marks, named, program)
    if found is not None:
        return Reading("scheduler", Status.OK, found)
    if program is None:
        return None
    if named is not None:  # Slurm would wait a minute for that file
        return Reading("scheduler", Status.ABSENT, f"{program}: {named} is not there")
    return _asked(world, marks, program)


def _program(world: World, marks: _Marks) -> str | None:
    paths = [world.which(each) for each in marks.commands]
    return paths[0] if all(paths) else None


def _configuration(
    world: World, marks: _Marks, named: str | None, program: str | None
) -> str | None:
    if named is not None:
        return named if world.exists(named) else None
    paths = list(marks.files)
    if program and marks.beside:
        folder = PurePosixPath(world.resolved(program)).parent
        paths.append(str(folder.parent / marks.beside.removeprefix("../")))
    return next((each for each in paths if world.is_file(each)), None)


def _asked(world: World, marks: _Marks, program: str) -> Reading:
    """The commands are all that is here: a cluster may still answer, found by the name servers."""
    path = world.which(marks.question[0])
    if path is None:
        return Reading("scheduler", Status.ABSENT, program)
    try:
        world.said((path, *marks.question[1:]), _PATIENCE_S)
    except TimeoutError as error:
        return Reading("scheduler", Status.TIMEOUT, str(error))
    except OSError as error:
        return Reading("scheduler", Status.ABSENT, f"{program}: {error}")
    return Reading("scheduler", Status.OK, path)


def _role_outside_a_job(world: World, marks: _Marks) -> str | None:
    """Jobs run where the node's daemon runs. A node with GPUs of its own may be either."""
    if any(world.exists(each) for each in marks.daemons):
        return "compute"
    has_gpu = world.exists("/dev/nvidia0") or bool(world.names("/proc/driver/nvidia/gpus"))
    return None if has_gpu else "login"
