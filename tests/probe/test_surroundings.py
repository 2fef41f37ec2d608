"""The system around the GPUs, read from file trees of many kinds of machines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpusetup.basics.errors import Refused
from gpusetup.basics.versions import Version
from gpusetup.machine import Absence, Arch, Libc, Os, Status, Toolkit
from gpusetup.probe.cloud import read_cloud
from gpusetup.probe.container import read_container
from gpusetup.probe.disk import read_disks
from gpusetup.probe.host import parse_arch, parse_libc, parse_os_release, read_memory, read_system
from gpusetup.probe.system import probe_system, read_proxies
from gpusetup.probe.toolkits import read_toolkits
from gpusetup.probe.world import World
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


# Containers and clouds


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
