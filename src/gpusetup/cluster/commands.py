"""The commands that are given to Slurm, word by word."""

from __future__ import annotations

from gpusetup.cluster import queue, sinfo
from gpusetup.cluster.durations import as_limit
from gpusetup.cluster.values import JobRequest

NODES = ("sinfo", "--noheader", "--all", "--format", sinfo.FORMAT)
NODES_AS_JSON = ("sinfo", "--all", "--json")
PARTITIONS = ("scontrol", "--all", "show", "partition")
CONFIG = ("scontrol", "show", "config")
VERSION = ("sinfo", "--version")
_QUEUE = ("squeue", "--noheader", "--format", queue.FORMAT)


def run_now(request: JobRequest, name: str) -> tuple[str, ...]:
    """A shell on one node that reads its script from standard input."""
    return ("srun", *_options(request, name), "--nodes=1", "--ntasks=1",
            "/bin/sh", "-s")  # fmt: skip


def submit(request: JobRequest, name: str, output: str) -> tuple[str, ...]:
    """A batch job whose script comes from standard input; prints "123" or "123;cluster".

    It is never started a second time: an answer in two pieces is none.
    """
    return ("sbatch", "--parsable", *_options(request, name), "--nodes=1", "--ntasks=1",
            "--no-requeue", f"--output={output}", f"--error={output}.errors")  # fmt: skip


def _options(request: JobRequest, name: str) -> tuple[str, ...]:
    wished = (
        ("partition", request.partition),
        ("account", request.account),
        ("qos", request.qos),
        ("gres", request.gres),
        ("constraint", request.constraint),
        ("exclude", request.exclude),
        ("nodelist", request.nodelist),
        ("reservation", request.reservation),
        ("cpus-per-task", request.cpus),
        ("mem", None if request.memory_mib is None else f"{request.memory_mib}M"),
    )
    given = tuple(f"--{option}={value}" for option, value in wished if value is not None)
    return (f"--job-name={name}", f"--time={as_limit(request.minutes)}", *given)


def queue_of(name: str, user: str) -> tuple[str, ...]:
    """Our jobs of one name."""
    return (*_QUEUE, f"--user={user}", f"--name={name}")


def queue_of_partition(partition: str) -> tuple[str, ...]:
    """All that wait in a partition, for the place among them."""
    return (*_QUEUE, f"--partition={partition}", "--states=PENDING")


def job(job_id: str) -> tuple[str, ...]:
    return ("scontrol", "show", "job", job_id)


def cancel(name: str, user: str) -> tuple[str, ...]:
    """All our jobs of one name: also one whose number was never told."""
    return ("scancel", f"--user={user}", f"--name={name}")
