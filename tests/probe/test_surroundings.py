"""The system around the GPUs, read from file trees of many kinds of machines."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gpusetup.errors import Refused
from gpusetup.machine import Absence, Arch, Disk, Libc, Os, Status, Toolkit
from gpusetup.probe.cloud import read_cloud
from gpusetup.probe.container import read_container
from gpusetup.probe.disk import mount_of, parse_mounts, parse_quota, read_disks
from gpusetup.probe.host import parse_arch, parse_libc, parse_os_release, read_memory, read_system
from gpusetup.probe.scheduler import read_scheduler
from gpusetup.probe.system import probe_system, read_proxies
from gpusetup.probe.toolkits import read_toolkits
from gpusetup.probe.world import World, within
from gpusetup.versions import Version
from tests.probe.tree import program, world

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self"),  # noqa: PTH110 - asked once, at import
    reason="needs Linux",
)


# The system


def test_the_distribution_is_read(tmp_path: Path) -> None:
    text = 'NAME="Ubuntu"\n# a note\nID=ubuntu\nVERSION_ID="22.04"\nEMPTY=\n'
    system = read_system(world(tmp_path, {"/etc/os-release": text}))
    assert (system.os, system.distribution, system.os_version) == (Os.LINUX, "ubuntu", "22.04")
    assert parse_os_release(text) == {"NAME": "Ubuntu", "ID": "ubuntu", "VERSION_ID": "22.04"}


@pytest.mark.parametrize(
    ("kernel", "environ", "wsl"),
    [
        ("6.6.87.2-microsoft-standard-WSL2", {}, 2),
        ("4.4.0-19041-Microsoft", {}, 1),
        ("6.1.21.2-my-own", {"WSL_DISTRO_NAME": "Ubuntu"}, 2),
        ("5.15.0-1084-azure", {}, None),
    ],
)
def test_wsl_is_told_by_its_kernel_or_its_shell(
    tmp_path: Path, kernel: str, environ: dict[str, str], wsl: int | None
) -> None:
    files = {"/proc/sys/kernel/osrelease": kernel + "\n", "/dev/dxg": ""}
    assert read_system(world(tmp_path, files, **environ)).wsl == wsl


@pytest.mark.parametrize(
    ("machine", "kernel", "is_mac", "arch"),
    [
        ("x86_64", "", False, Arch.X86_64),
        ("AMD64", "", False, Arch.X86_64),
        ("arm64", "", False, Arch.AARCH64),
        ("arm64", "", True, Arch.ARM64),
        ("x86_64", "Darwin Kernel Version 24.5.0: root:xnu/RELEASE_ARM64_T8112", True, Arch.ARM64),
    ],
)
def test_processors_have_one_name(machine: str, kernel: str, is_mac: bool, arch: Arch) -> None:
    assert parse_arch(machine, kernel, is_mac=is_mac) is arch


@pytest.mark.parametrize("machine", ["riscv64", "ppc64le", "i686"])
def test_a_processor_without_torch_is_refused(machine: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_arch(machine)
    assert caught.value.facts == {"found": machine}


def test_libc_is_read() -> None:
    assert parse_libc("glibc 2.35") == Libc("glibc", Version.parse("2.35"))
    assert parse_libc("") is None


# Memory


def meminfo(gib: int) -> str:
    return f"MemTotal:       {gib << 20} kB\nMemFree:  1 kB\nSwapTotal:        2097152 kB\n"


def test_memory_and_swap_are_the_hosts_without_a_limit(tmp_path: Path) -> None:
    files = {"/proc/meminfo": meminfo(64), "/sys/fs/cgroup/memory.max": "max\n"}
    assert read_memory(world(tmp_path, files))[:2] == (65536, 2048)


@pytest.mark.parametrize(
    "files",
    [
        {"/sys/fs/cgroup/memory.max": f"{8 << 30}\n"},
        {
            "/proc/self/cgroup": "0::/slurm/job_7/step_0\n",
            "/sys/fs/cgroup/slurm/job_7/memory.max": f"{8 << 30}\n",
            "/sys/fs/cgroup/slurm/job_7/step_0/memory.max": "max\n",
        },
        {"/sys/fs/cgroup/memory/memory.limit_in_bytes": f"{8 << 30}\n"},
        {
            "/proc/self/cgroup": "4:memory:/docker/0123\n3:cpu:/docker/0123\n",
            "/sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes": f"{8 << 30}\n",
        },
    ],
    ids=["version 2", "version 2, a job", "version 1", "version 1, named"],
)
def test_a_containers_or_jobs_limit_is_its_memory(tmp_path: Path, files: dict[str, str]) -> None:
    assert read_memory(world(tmp_path, {"/proc/meminfo": meminfo(64), **files}))[0] == 8192


def test_the_number_that_means_no_limit_is_none(tmp_path: Path) -> None:
    files = {
        "/proc/meminfo": meminfo(64),
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    }
    assert read_memory(world(tmp_path, files))[0] == 65536


# Containers, clouds, schedulers


@pytest.mark.parametrize(
    ("files", "environ", "kind"),
    [
        ({}, {}, None),
        ({"/.dockerenv": ""}, {}, "docker"),
        ({"/run/.containerenv": ""}, {"container": "podman"}, "podman"),
        ({"/.dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ({"/.singularity.d/": "", "/.dockerenv": ""}, {}, "apptainer"),
        ({}, {"APPTAINER_CONTAINER": "/srv/torch.sif"}, "apptainer"),
        ({"/proc/1/environ": "PATH=/bin\0container=lxc\0"}, {}, "lxc"),
        ({"/run/systemd/container": "systemd-nspawn\n"}, {}, "other"),
        ({"/run/systemd/container": "wsl\n"}, {}, None),
        ({"/proc/1/cgroup": "1:name=systemd:/docker/0123\n"}, {}, "docker"),
        ({"/proc/1/cgroup": "0::/kubepods.slice/pod1\n"}, {}, "kubernetes"),
    ],
)
def test_containers_are_told_by_their_marks(
    tmp_path: Path, files: dict[str, str], environ: dict[str, str], kind: str | None
) -> None:
    assert read_container(world(tmp_path, files, **environ))[0] == kind


@pytest.mark.parametrize(
    ("files", "environ", "name", "mark"),
    [
        ({}, {}, None, None),
        ({}, {"AutoDLContainerUUID": "x"}, "autodl", "AutoDLContainerUUID"),
        ({"/root/autodl-tmp/": ""}, {}, "autodl", "/root/autodl-tmp"),
        ({}, {"COLAB_RELEASE_TAG": "release-colab"}, "colab", "COLAB_RELEASE_TAG"),
        (
            {"/content/sample_data/": ""},
            {"KAGGLE_KERNEL_RUN_TYPE": "Interactive", "COLAB_GPU": "1"},
            "kaggle",
            "KAGGLE_KERNEL_RUN_TYPE",
        ),
        ({"/home/aistudio/": ""}, {}, "aistudio", "/home/aistudio"),
        (
            {"/sys/class/dmi/id/sys_vendor": "Amazon EC2\n"},
            {},
            "aws",
            "/sys/class/dmi/id/sys_vendor",
        ),
        ({"/sys/class/dmi/id/sys_vendor": "LENOVO\n"}, {}, None, None),
    ],
)
def test_clouds_are_told_by_their_marks(
    tmp_path: Path,
    files: dict[str, str],
    environ: dict[str, str],
    name: str | None,
    mark: str | None,
) -> None:
    found, reading = read_cloud(world(tmp_path, files, **environ))
    assert (found, reading.detail) == (name, mark)


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


# Disks

MOUNTS = (
    "/dev/sda1 / ext4 rw 0 0\nnas:/home /home nfs4 rw 0 0\n"
    "/dev/sdb1 /data\\040disk xfs rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"
)


def test_a_path_lies_on_the_longest_mount_that_it_begins_with() -> None:
    mounts = parse_mounts(MOUNTS)
    kinds = [mount_of(path, mounts) for path in ("/home/alice", "/homes", "/data disk/envs", "/")]
    assert [each and each[2] for each in kinds] == ["nfs4", "ext4", "xfs", "ext4"]


def test_disks_are_those_of_home_environments_cache_and_temporary_files(tmp_path: Path) -> None:
    here = world(tmp_path, {"/proc/mounts": MOUNTS, "/home/alice/": ""})
    disks, readings = read_disks(here, "/data disk/envs")
    assert [(each.purpose, each.path, each.filesystem) for each in disks] == [
        ("home", "/home/alice", "nfs4"),
        ("prefix", "/data disk/envs", "xfs"),
        ("cache", "/home/alice/.cache/uv", "nfs4"),
        ("tmp", "/tmp", "tmpfs"),
    ]
    assert all(each.free_mib and each.free_mib > 0 for each in disks)
    assert {each.status for each in readings} == {Status.OK}


QUOTA = """Disk quotas for user alice (uid 1000):
     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace
 nas:/home 1048576* 1000000 2097152   6days    9123       0       0
/dev/sda1 10 0 0 1 0 0
"""


def test_quotas_are_read_where_there_is_a_limit() -> None:
    assert parse_quota(QUOTA) == {"nas:/home": (1024, 2048)}


def test_what_the_quota_leaves_is_the_free_space(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/quota", f"cat <<'END'\n{QUOTA}END")
    disks, _ = read_disks(world(tmp_path, {"/proc/mounts": MOUNTS}), "/opt/envs")
    assert disks[0] == Disk("/home/alice", "home", 1024, "nfs4", 2048)
    assert disks[1].quota_mib is None


def test_a_quota_command_that_hangs_is_left_after_two_seconds(tmp_path: Path) -> None:
    program(tmp_path, "/usr/bin/quota", "exec /bin/sleep 60")
    began = time.monotonic()
    _, readings = read_disks(world(tmp_path), "/opt/envs")
    assert time.monotonic() - began < 10
    assert (readings[-1].source, readings[-1].status) == ("quota", Status.TIMEOUT)


def test_a_disk_that_never_answers_is_given_up() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: time.sleep(5))
    assert time.monotonic() - began < 3


def test_what_a_disk_answers_is_passed_on(tmp_path: Path) -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(FileNotFoundError):
        within(5, lambda: (tmp_path / "nothing").stat())


# Toolkits, proxies, everything


def test_toolkits_are_found_once_with_their_version(tmp_path: Path) -> None:
    files = {
        "/usr/local/cuda-12.4/version.json": '{"cuda": {"version": "12.4.1"}}',
        "/usr/local/cuda-10.1/version.txt": "CUDA Version 10.1.243\n",
        "/usr/local/cuda-11.8/bin/": "",
        "/usr/local/cuda-samples/": "",
    }
    here = world(tmp_path, files)
    (tmp_path / "usr/local/cuda").symlink_to("cuda-12.4")
    found, reading = read_toolkits(here)
    assert {(str(each.version), each.path) for each in found} == {
        ("12.4.1", "/usr/local/cuda-12.4"),
        ("10.1.243", "/usr/local/cuda-10.1"),
        ("11.8", "/usr/local/cuda-11.8"),
    }
    assert reading.status is Status.OK


def test_the_compiler_on_path_leads_to_its_toolkit(tmp_path: Path) -> None:
    program(tmp_path, "/srv/cuda-12.6/bin/nvcc", "exit 0")
    found, _ = read_toolkits(world(tmp_path, PATH="/srv/cuda-12.6/bin"))
    assert found == (Toolkit(Version.parse("12.6"), "/srv/cuda-12.6"),)


def test_proxies_lose_their_credentials_and_small_letters_win() -> None:
    environ = {
        "HTTPS_PROXY": "http://big.example:1",
        "https_proxy": "http://me:secret@small.example:2",
        "ALL_PROXY": "socks5h://all.example:3",
    }
    assert read_proxies(environ) == (
        ("https", "http://small.example:2"),
        ("all", "socks5h://all.example:3"),
    )


def test_an_empty_tree_gives_a_machine_whose_gpus_are_unknown(tmp_path: Path) -> None:
    machine = probe_system({"PATH": "", "HOME": "/home/alice"}, tmp_path, Path("/envs"))
    assert (machine.driver, machine.gpus, machine.pci_gpus) == (None, None, None)
    assert machine.conda is Absence.NOT_THERE
    sources = {each.source for each in machine.readings}
    assert sources >= {
        "os", "libc", "container", "cloud", "scheduler", "memory", "disk-home", "disk-prefix",
        "conda", "python", "toolkits", "pip-config", "uv",
    }  # fmt: skip


def test_odd_environments_do_no_harm() -> None:
    long = "x" * 5000
    odd = {"PATH": f":.:/dev/null:{long}", "HOME": "/nowhere", "CONDA_EXE": long, "TMPDIR": long}
    machine = probe_system({**odd, "PIP_CONFIG_FILE": "/dev", "CUDA_HOME": "relative"})
    assert machine.disks[0].free_mib


def test_folders_that_may_not_be_read_are_measured_from_above(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    disks, _ = read_disks(World({"HOME": str(tmp_path / "file")}), str(tmp_path / "file" / "envs"))
    assert disks[1].free_mib


def test_this_very_machine_is_read() -> None:
    machine = probe_system(os.environ)
    assert machine.python is not None
    assert machine.installers.uv is not None
    assert machine.memory_mib
    assert [each.purpose for each in machine.disks] == ["home", "prefix", "cache", "tmp"]
