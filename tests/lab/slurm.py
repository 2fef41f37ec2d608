"""A real Slurm on this machine: a controller and some nodes, each with a driver of its own.

Every node is a slurmd in namespaces of its own (host name, processes, mounts), on a port that was
free. This process is the login node, which has no driver. When this process ends, however it does,
the kernel ends the daemons, and with a node all that ran on it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Mapping

from tests.lab.slurm_nodes import NODES, LabNode

PROGRAMS = ("slurmctld", "slurmd", "srun", "sbatch", "sinfo", "scontrol", "unshare", "setpriv")


AT_REST = ("idle", "planned", "mixed")
"""Without jobs a node may still be told to be mixed or planned, until it is looked at again."""


@dataclass
class SlurmLab:
    """A running cluster. `environment()` is that of a process on its login node."""

    folder: Path
    nodes: tuple[LabNode, ...]
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        known = dict(os.environ if base is None else base)
        inherited = [name for name in known if name.startswith(("SLURM_", "SBATCH_", "SRUN_"))]
        for name in inherited:
            del known[name]
        return {
            **known,
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "GPUSETUP_ROOT": str(self.folder / "login"),
        }

    def run(self, *argv: str, timeout: float = 30) -> str:
        """What a command of Slurm prints; it must succeed."""
        done = subprocess.run(
            argv, env=self.environment(), capture_output=True, text=True, timeout=timeout
        )
        assert done.returncode == 0, (argv, done.stdout, done.stderr)
        return done.stdout

    def jobs(self) -> list[str]:
        """The jobs that wait or run: "7 PENDING gpu"."""
        return self.run("squeue", "-h", "-o", "%i %T %P").splitlines()

    def set(self, *changes: str) -> None:
        """`scontrol update`, for example set("nodename=gpu1", "state=drain", "reason=fan")."""
        self.run("scontrol", "update", *changes)

    def kill_node(self, name: str) -> None:
        """The machine loses its power: nothing on it goes on, nobody is told."""
        daemon = self.daemons.pop(name)
        daemon.kill()
        daemon.wait(timeout=10)

    def start_node(self, name: str) -> None:
        self.launch_node(name)
        self.wait_until(lambda: self.state(name) in ("idle", "mixed", "allocated"), name)

    def launch_node(self, name: str) -> None:
        script = self.folder / "nodes" / name / "start"
        namespaces = ("--uts", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL")
        self._daemon(name, "unshare", *namespaces, "sh", str(script))

    def stop_controller(self) -> None:
        self.kill_node("slurmctld")

    def start_controller(self, *flags: str) -> None:
        self._daemon("slurmctld", "slurmctld", "-D", *flags)
        self.wait_until(lambda: self._try("scontrol", "ping") == 0, "slurmctld")

    def settle(self) -> None:
        """No job is left and every node is free. What holds a node for long ends with a restart."""
        self._try("scancel", "--user", str(os.getuid()))
        free = [each.name for each in self.nodes if each.is_there]
        end = time.monotonic() + 4
        while self.jobs() or not all(self.state(name) in AT_REST for name in free):
            if time.monotonic() > end:
                self.close()
                return self.start()
            time.sleep(0.05)
        return None

    def start(self) -> None:
        """A controller that knows of no job, and all nodes."""
        self.start_controller("-c")
        there = [each.name for each in self.nodes if each.is_there]
        for name in there:
            self.launch_node(name)
        self.wait_until(lambda: all(self.state(name) == "idle" for name in there), "nodes")

    def close(self) -> None:
        for daemon in self.daemons.values():
            daemon.kill()
        for daemon in self.daemons.values():
            daemon.wait(timeout=10)
        self.daemons.clear()

    def _daemon(self, name: str, *argv: str) -> None:
        with (self.folder / "log" / f"{name}.out").open("ab") as log:
            self.daemons[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *argv],
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the tester's terminal is not for them
            )

    def state(self, name: str) -> str:
        """In sinfo's words, which itself may go on saying "mixed" when a short job has ended."""
        done = subprocess.run(
            ["scontrol", "show", "node", name],
            env=self.environment(), capture_output=True, text=True, timeout=10,
        )  # fmt: skip
        found = re.search(r"\bState=(\S+)", done.stdout)
        word, *flags = (found[1] if found else "?").lower().split("+")
        if "drain" in flags:
            return "drained" if word in ("idle", "down") else "draining"
        return "completing" if "completing" in flags else word

    def _try(self, *argv: str) -> int:
        return subprocess.run(
            argv, env=self.environment(), capture_output=True, timeout=20
        ).returncode

    def wait_until(self, is_so: Callable[[], bool], what: str, timeout: float = 20) -> None:
        end = time.monotonic() + timeout
        while not is_so():
            if time.monotonic() > end:
                logs = sorted((self.folder / "log").iterdir())
                tails = [f"{each.name}: {each.read_text(errors='replace')[-800:]}" for each in logs]
                states = {each.name: self.state(each.name) for each in self.nodes[:9]}
                raise AssertionError(f"{what}: {states}\n" + "\n".join(tails))
            time.sleep(0.05)


def missing() -> str | None:
    """Why no cluster can run here, or None."""
    if not sys.platform.startswith("linux") or os.getuid() != 0:
        return "a Slurm for tests needs root on Linux"
    absent = [each for each in PROGRAMS if shutil.which(each, path=_path()) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


@contextmanager
def cluster(
    folder: Path,
    libraries: Path,
    nodes: tuple[LabNode, ...] = NODES,
    *,
    settings: str = "",
    partitions: str = "",
) -> Iterator[SlurmLab]:
    """A cluster in an empty folder. `libraries`: where the stand-ins of the driver lie.

    `settings` and `partitions` are added to slurm.conf: another partition line with the name of one
    that is there replaces it.
    """
    lab = SlurmLab(folder, nodes)
    _write(lab, libraries, settings, partitions)
    try:
        lab.start()
        yield lab
    finally:
        lab.close()


def _write(lab: SlurmLab, libraries: Path, settings: str, partitions: str) -> None:
    folder = lab.folder
    for name in ("state", "spool", "log", "login/sys/bus/pci/devices", "login/usr/bin"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, target in (("sbatch", shutil.which("sbatch")), ("python3", sys.executable)):
        (folder / "login/usr/bin" / name).symlink_to(str(target))
    seen = folder / "login" / folder.relative_to("/")  # SLURM_CONF as the login node reads it
    seen.mkdir(parents=True)
    (seen / "slurm.conf").symlink_to(folder / "slurm.conf")
    ports = _free_ports(len(lab.nodes) + 1)
    gres = []
    for node in lab.nodes:
        _write_node(folder, node, libraries)
        if node.gpus:
            files = [folder / "nodes" / node.name / f"nvidia{index}" for index in range(node.gpus)]
            for each in files:
                each.symlink_to("/dev/null")  # slurmd wants a character device
            gres += [f"NodeName={node.name} Name=gpu Type={node.gpu_type} File={f}" for f in files]
    (folder / "gres.conf").write_text("\n".join(gres) + "\n")
    lines = [each.line(port) for each, port in zip(lab.nodes, ports[1:])]
    lines += _partition_lines(lab.nodes, partitions)
    text = CONFIGURATION.format(folder=folder, port=ports[0], settings=settings)
    (folder / "slurm.conf").write_text(text + "\n".join(lines) + "\n")
    prolog = folder / "prolog"
    prolog.write_text(f'#!/bin/sh\nexec sh "{folder}/nodes/$SLURMD_NODENAME/prolog"\n')
    prolog.chmod(0o755)


def _partition_lines(nodes: tuple[LabNode, ...], further: str) -> list[str]:
    names = list(dict.fromkeys(each.partition for each in nodes))
    taken = {line.split()[0] for line in further.splitlines() if line.strip()}
    lines = []
    for name in names:
        members = ",".join(each.name for each in nodes if each.partition == name)
        default = "YES" if name == "cpu" else "NO"
        if f"PartitionName={name}" not in taken:
            lines.append(
                f"PartitionName={name} Nodes={members} Default={default} MaxTime=60 State=UP"
            )
    return [*lines, *further.splitlines()]


def _write_node(folder: Path, node: LabNode, libraries: Path) -> None:
    place = folder / "nodes" / node.name
    (place / "root/sys/bus/pci/devices").mkdir(parents=True)
    (place / "empty").mkdir()
    mounts = [f'mount --bind "{place}/empty" "{each}"' for each in node.hidden]
    if node.python == "none":
        mounts += [f'mount --bind /dev/null "{each}"' for each in _pythons()]
    # The shell stays as the first process and buries the dead, or jobs would never be complete.
    (place / "start").write_text(
        "\n".join(
            ["set -e", *mounts, f"hostname {node.name}", f"slurmd -D -N {node.name} &", "wait", ""]
        )
    )
    exports = [f'GPUSETUP_ROOT="{place}/root"']
    (place / "bin").mkdir()
    exports.append(f'PATH="{place}/bin:$PATH"')
    if node.python not in (None, "none"):
        (place / "bin/python3").symlink_to(str(node.python))
    driver = []
    if node.driver:
        (place / "lib").mkdir()
        for name in ("libnvidia-ml.so.1", "libcuda.so.1"):
            (place / "lib" / name).symlink_to(libraries / name)
        _write_driver(place, node)
        driver = [f'LD_LIBRARY_PATH="{place}/lib"', f"GPUSETUP_FAKE_CUDA={_cuda(node.driver)}"]
        driver.append(f'GPUSETUP_FAKE_NVML="{place}/gpus-$count"')
    (place / "prolog").write_text(_prolog(exports + driver))


def _prolog(exports: list[str]) -> str:
    """What a task gets: with as many cards as it was given, as behind a cgroup."""
    count = "count=$(echo \"${SLURM_STEP_GPUS:-$SLURM_JOB_GPUS}\" | tr ',' '\\n' | grep -c .)"
    return "\n".join([count, *(f"echo export {each}" for each in exports), ""])


def _write_driver(place: Path, node: LabNode) -> None:
    lines = node.driver.splitlines(keepends=True)
    head = "".join(line for line in lines if "{index}" not in line)
    card = "".join(line for line in lines if "{index}" in line)
    for count in range(node.gpus + 1):
        cards = "".join(card.format(index=index) for index in range(count))
        (place / f"gpus-{count}").write_text(head + cards)
    version = head.split()[1]
    (place / "bin/nvidia-smi").write_text(_smi(place, node))
    (place / "bin/nvidia-smi").chmod(0o755)
    for path, text in (
        ("sys/module/nvidia/version", f"{version}\n"),
        ("proc/driver/nvidia/version",
         f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {version}  Mon Jan  6 10:00:00 UTC 2025\n"),
    ):  # fmt: skip
        (place / "root" / path).parent.mkdir(parents=True, exist_ok=True)
        (place / "root" / path).write_text(text)


def _smi(place: Path, node: LabNode) -> str:
    """nvidia-smi in sh, for a node without Python; of a time before it knew capabilities."""
    facts = dict(
        line.removeprefix("gpu {index} ").split(" ", 1) for line in node.driver.splitlines()
    )
    total, used = facts["memory"].split()
    line = (
        f"$i, {facts['name']}, {facts['uuid']}, {facts['bus']}, {facts['driver']}, {total}, {used}"
    )
    each = f'for i in $(seq 0 $((count - 1))); do echo "{line.replace("{index}", "$i")}"; done'
    return f"""\
#!/bin/sh
count=${{GPUSETUP_FAKE_NVML##*-}}
case "$*" in
*compute_cap*) echo 'Field "compute_cap" is not a valid field to query.'; exit 2 ;;
*--query-gpu=index,name*) {each} ;;
*--query-gpu=index,util*) for i in $(seq 0 $((count - 1))); do echo "$i, 0, Default"; done ;;
esac
"""


def _cuda(driver: str) -> str:
    return next(line.split()[1] for line in driver.splitlines() if line.startswith("cuda "))


def _pythons() -> list[Path]:
    """Every interpreter that a search on a node could find."""
    folders = [Path(each) for each in ("/usr/bin", "/usr/local/bin", *_path().split(os.pathsep))]
    found = {
        each.resolve() for folder in folders if folder.is_dir() for each in folder.glob("python*")
    }
    return sorted(each for each in found if each.is_file())


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def _free_ports(count: int) -> list[int]:
    """Ports that nobody uses now; all are held until the last is found."""
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


CONFIGURATION = f"""\
ClusterName=lab
SlurmctldHost={socket.gethostname()}(127.0.0.1)
SlurmctldPort={{port}}
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation={{folder}}/state
SlurmdSpoolDir={{folder}}/spool/%n
SlurmctldPidFile={{folder}}/slurmctld.pid
SlurmdPidFile={{folder}}/slurmd-%n.pid
SlurmctldLogFile={{folder}}/log/slurmctld
SlurmdLogFile={{folder}}/log/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
GresTypes=gpu
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=1000,batch_sched_delay=0
TaskProlog={{folder}}/prolog
SlurmdParameters=config_overrides
KillWait=1
MessageTimeout=5
SlurmdTimeout=6
SlurmctldTimeout=30
{{settings}}
"""
