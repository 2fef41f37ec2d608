"""What a plan says of a slow place for the environment, and which one it names instead."""

from __future__ import annotations

import pytest

from gpusetup.choosing.room import Folder, Wanted
from gpusetup.choosing.slow_disks import about_speed, is_slow
from gpusetup.machine import Machine, Os

HOME = Folder("/home/ada/gpu-envs/torch", filesystem="nfs4", mount="/home")
LOCAL = Folder("/scratch/ada", 500_000, None, "xfs", "/scratch", is_writable=True)
CACHES = (("UV_CACHE_DIR", ".packages/uv"),)


def codes(
    machine: Machine, *others: Folder, prefix: Folder = HOME, needed: int = 8000
) -> list[str]:
    wanted = Wanted(prefix, needed, None, CACHES)
    return [each.code for each in about_speed(machine, wanted, others, "/home/ada")]


@pytest.fixture
def server() -> Machine:
    return Machine(os=Os.LINUX, arch="x86_64")


def test_a_local_disk_with_room_is_named(server: Machine) -> None:
    assert codes(server, LOCAL) == ["plan.prefix-on-network", "plan.faster-disk"]


@pytest.mark.parametrize(
    "folder",
    [
        Folder("/scratch/ada", 500_000, None, "lustre", "/scratch", is_writable=True),
        Folder("/scratch/ada", 500_000, None, "tmpfs", "/scratch", is_writable=True),
        Folder("/scratch/ada", 5_000, None, "xfs", "/scratch", is_writable=True),
        Folder("/scratch/ada", 500_000, None, "xfs", "/scratch"),
        Folder("/scratch/ada", None, None, "xfs", "/scratch", is_writable=True),
        Folder("/scratch/my disk", 500_000, None, "xfs", "/scratch", is_writable=True),
        Folder("/scratch/ada", 500_000, None, None, None, is_writable=True),
    ],
    ids=["slow-too", "memory", "full", "not-ours", "room-unknown", "blank", "kind-unknown"],
)
def test_one_that_may_not_serve_is_not_named(server: Machine, folder: Folder) -> None:
    assert codes(server, folder) == ["plan.prefix-on-network"]


def test_on_a_cluster_only_shared_folders_serve() -> None:
    login = Machine(os=Os.LINUX, arch="x86_64", scheduler="slurm", node_role="login")
    assert codes(login, LOCAL) == ["plan.prefix-on-network"]


def test_in_wsl_the_disk_of_linux_is_named() -> None:
    wsl = Machine(os=Os.LINUX, arch="x86_64", wsl=2)
    there = Folder("/mnt/c/Users/ada/torch", filesystem="9p", mount="/mnt/c")
    wanted = Wanted(there, 8000, None, CACHES)
    [told] = about_speed(wsl, wanted, (), "/home/ada")
    assert told.code == "plan.prefix-on-windows-disk"
    assert told.facts["better"] == "/home/ada/gpu-envs/torch"


def test_a_fast_disk_is_not_mentioned(server: Machine) -> None:
    assert codes(server, LOCAL, prefix=LOCAL) == []


def test_the_root_of_a_container_is_no_network_home() -> None:
    assert is_slow("9p", "/home")
    assert not is_slow("9p", "/")
