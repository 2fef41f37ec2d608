"""Disks, quotas, and those that never answer."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gpusetup.machine import Disk, Status
from gpusetup.probe.disk import mount_of, parse_mounts, parse_quota, read_disks
from gpusetup.probe.world import within
from tests.probe.tree import program, world

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self"),  # noqa: PTH110 - asked once, at import
    reason="needs Linux",
)


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
