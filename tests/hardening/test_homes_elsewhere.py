"""A whole life of an environment on homes that are slow, without locks, or careless about case."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.basics.errors import Refused
from gpusetup.road import locking
from tests.hardening.homes import STATE, belongings, start
from tests.hardening.test_file_systems import INIT, INSTALLED, REASON, REFUSED, home_on
from tests.integration.test_hostile import Place
from tests.lab import sshd
from tests.lab.filesystem import Manner, questions
from tests.lab.stub_environment import write_working_channels

pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))

SLOW = Manner("sshfs", "nas:/home", delay_s=0.001)


def ours(told: Path) -> int:
    """What gpusetup itself has asked the file system for since the last time, uv's left out."""
    found = questions(told)
    told.write_text("")
    return sum(count for (program, _), count in found.items() if " -m gpusetup" in program)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_each_command_asks_a_slow_home_for_little(tmp_path: Path) -> None:
    """More than half as much again as today is somebody's mistake: a second costs a thousand of
    these on a busy server."""
    told = tmp_path / "told"
    with home_on(SLOW, tmp_path, told) as place:
        ours(told)
        most = {"detect": 25, "plan": 60, "init": 560, "envs": 220, "doctor": 280, "undo": 420}
        asked = {}
        for command in most:
            place.run(command, *{"init": INIT[1:], "undo": ("--yes",)}.get(command, ()))
            asked[command] = ours(told)
        assert {name for name, count in asked.items() if count > most[name]} == set(), asked


def test_old_runs_are_read_once_by_each_command(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with home_on(SLOW, tmp_path, told) as place:
        assert place.run(*INIT).returncode == INSTALLED
        assert place.run("undo", "--yes").returncode == 0
        runs = tmp_path / "behind" / STATE / "runs"
        [first] = runs.iterdir()
        long_ago = time.time() - 9000
        for number in range(10):
            copy = shutil.copytree(first, runs / f"20200101-00000{number}-old")
            os.utime(copy / "journal.jsonl", (long_ago, long_ago))
        told.write_text("")
        place.run("envs", "--no-size")
        rows = [line.split("\t") for line in told.read_text().splitlines()]
        opened = [path for _, question, path in rows if question == "open" and "-old" in path]
        assert len(opened) == 10


def test_a_faster_disk_is_named_before_anything_is_installed(tmp_path: Path) -> None:
    fast = tmp_path / "fast"
    fast.mkdir()
    with home_on(SLOW, tmp_path) as place:
        place.environ["SCRATCH"] = str(fast)
        codes = {each["code"]: each["text"] for each in place.document("plan")["warnings"]}
        assert f"--prefix {fast}/gpu-envs/torch" in codes["faster-disk"]
        assert f"UV_CACHE_DIR={fast}/gpu-envs/.packages/uv" in codes["faster-disk"]
        fast_prefix = ("--prefix", str(fast / "env"))
        told = [each["code"] for each in place.document("plan", *fast_prefix)["warnings"]]
        assert "prefix-on-network" not in told
        fast.chmod(0o500)
        assert belongings(fast) == {}


def test_a_run_that_was_interrupted_on_a_slow_home_goes_on(tmp_path: Path) -> None:
    with home_on(Manner("sshfs", "nas:/home", delay_s=0.002), tmp_path) as place:
        before = belongings(place.home)
        process = start(*INIT, environ=place.environ)
        wait_for(tmp_path / "behind/gpu-envs/torch/gpusetup/uv.toml")
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 130
        ended = place.run(*INIT)
        assert ended.returncode == INSTALLED
        assert b"Going on" in ended.stdout
        assert place.run("undo", "--yes").returncode == 0
        assert belongings(place.home) == before


@pytest.mark.parametrize("locks", [True, False], ids=["with-locks", "without-locks"])
def test_a_second_run_beside_the_first_is_stopped(locks: bool, tmp_path: Path) -> None:
    manner = Manner("sshfs", "nas:/home", delay_s=0.004, locks=locks)
    with home_on(manner, tmp_path) as place:
        place.environ["UV_CACHE_DIR"] = str(tmp_path / "cache")
        first = start(*INIT, environ=place.environ)
        wait_for(tmp_path / "behind/gpu-envs/torch/pyvenv.cfg")
        second = place.document("init", "--yes", "--no-bench", code=REFUSED)
        assert first.poll() is None
        assert second["code"] == "run.locked"
        said, _ = first.communicate(timeout=60)
        assert first.returncode == INSTALLED
        assert ("has no locks" in said) is not locks


def test_a_lock_service_that_is_gone_does_not_hang_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "PATIENCE_S", 0.3)
    with home_on(Manner(locks=False, lock_delay_s=2), tmp_path) as place:
        begun = time.monotonic()
        state, prefix = place.home / "state", str(place.home / "torch")
        with locking.locked(state, prefix) as is_shared:
            assert not is_shared
            with pytest.raises(Refused, match=r"run\.locked"), locking.locked(state, prefix):
                pass
        assert time.monotonic() - begun < 2


def test_rattler_is_not_begun_where_its_cache_cannot_be_locked(tmp_path: Path) -> None:
    minor = "{}.{}".format(*sys.version_info)
    channels = write_working_channels(tmp_path / "channels", sys.executable, "2.8.0", minor)
    with home_on(Manner(locks=False), tmp_path) as place:
        place.environ["GPUSETUP_CHANNELS"] = channels
        before = belongings(place.home)
        wish = ("--engine", "rattler", "--origin", "conda-forge", "--torch", "2.8.0")
        refused = place.document(*INIT, *wish, "--python", minor, code=REFUSED)
        assert refused["code"] == "conda.without-locks"
        assert "RATTLER_CACHE_DIR" in refused["next"]
        assert belongings(place.home) == before


def test_a_quota_that_is_used_up_can_be_emptied_and_the_run_goes_on(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("300000")
    with home_on(Manner(quota_file=str(allowed)), tmp_path) as place:
        place.environ["UV_CACHE_DIR"] = str(tmp_path / "cache")
        before = belongings(place.home)
        ended = place.run(*INIT)
        assert ended.returncode == 4
        said = " ".join(ended.stderr.decode().split())
        assert "the disk quota is used up" in said, said
        assert "Make room first" in said
        allowed.write_text("30000000")
        again = place.run(*INIT)
        assert b"Going on" in again.stdout
        assert again.returncode == INSTALLED
        assert place.run("undo", "--yes").returncode == 0
        assert belongings(place.home) == before


def test_a_disk_that_fails_is_not_called_a_mistake_of_gpusetup(tmp_path: Path) -> None:
    with home_on(Manner(broken="/state/gpusetup/runs"), tmp_path) as place:
        (tmp_path / "behind" / STATE / "runs").mkdir(parents=True)
        for words in (("envs", "list"), ("undo", "--yes")):
            document = place.document(*words, code=4)
            assert document["code"] == "run.disk-fails"
            assert "Stale file handle" in document["text"]


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[Place]:
    """A home that does not tell upper from lower case, with an environment."""
    with home_on(Manner(ignores_case=True), tmp_path) as place:
        place.run(*INIT)
        yield place


def test_an_environment_in_another_spelling_is_the_same_one(careless: Place) -> None:
    [one] = careless.document("envs", "list", "--no-size")["environments"][:1]
    assert one["name"] == "torch"
    places = ("Torch", "--prefix", f"{careless.home}/GPU-Envs/TORCH")
    again = careless.run(*INIT, *places[1:])
    assert again.returncode == INSTALLED  # the same run goes on: nothing is made twice
    assert b"Going on" in again.stdout
    assert b"Make an environment" in again.stdout
    assert [
        each.name for each in (careless.home / "gpu-envs").iterdir() if each.name != "notes.txt"
    ] == ["torch"]
    listed = careless.document("envs", "list", "--no-size")["environments"]
    paths = [each["path"] for each in listed if each["path"].startswith(str(careless.home))]
    assert paths == [str(careless.home / "gpu-envs" / "torch")]
    refused = careless.document("init", "Torch", "--yes", "--no-bench", code=REFUSED)
    assert refused["code"] == "run.unfinished-other"


def test_the_right_environment_is_removed_and_comes_back(careless: Place) -> None:
    before = belongings(careless.home)
    assert careless.run("envs", "remove", "TORCH", "--yes").returncode == 0
    assert not (careless.home / "gpu-envs" / "torch").exists()
    assert careless.run("undo", "--yes").returncode == 0
    assert belongings(careless.home) == before
    assert careless.run("undo", "--yes").returncode == 0
    assert not (careless.home / "gpu-envs" / "torch").exists()


def test_a_file_in_capitals_is_no_torch(careless: Place) -> None:
    """Python goes by the names in a folder's list, whatever the disk takes for equal."""
    script = careless.home / "work" / "TORCH.PY"
    script.write_text("print('mine')\n")
    words = ("doctor", "--env", "torch", "--json")

    def shadows() -> bytes:
        ended = careless.run(*words, cwd=script.parent)
        assert b'"gpusetup.diagnosis/1"' in ended.stdout
        return ended.stdout

    assert b"TORCH.PY" not in shadows()
    assert b"work/torch.py" not in shadows()
    script.rename(script.with_name("torch.py"))
    assert b"work/torch.py" in shadows()


@pytest.mark.parametrize("keeps_links_in", [False, True], ids=["open", "closed"])
def test_a_home_on_a_real_sshfs(keeps_links_in: bool, tmp_path: Path) -> None:
    """sshfs of 2026 reads no link that leads out of it, unless it is told to."""
    reason = sshd.missing() or (None if shutil.which("sshfs") else "sshfs not found")
    if reason:
        pytest.skip(reason)
    lab = sshd.SshLab(tmp_path / "ssh")
    try:
        lab.simple("nas", "Subsystem sftp internal-sftp")
        refused = lab.refused("nas")
        if refused:
            pytest.skip(f"no login on loopback for {lab.user}: {refused}")
        place = Place(tmp_path)
        place.environ["PATH"] = str(tmp_path)
        with far_home(lab, tmp_path / "far", place.home, keeps_links_in):
            ended = place.run(*INIT)
            said = ended.stderr.decode()
            if keeps_links_in:
                assert ended.returncode == REFUSED, said
                assert "no_contain_symlinks" in said
            else:
                assert ended.returncode == INSTALLED, said
                assert "fuse.sshfs" in said
                assert place.run("envs").returncode == 0
                assert place.run("undo", "--yes").returncode == 0
            assert list((tmp_path / "far").glob("gpu-envs/*")) == []
    finally:
        lab.stop()


@contextlib.contextmanager
def far_home(lab: sshd.SshLab, far: Path, home: Path, keeps_links_in: bool) -> Iterator[None]:
    """The home, by sshfs from a folder behind a real SSH server."""
    far.mkdir()
    way = "contain_symlinks" if keeps_links_in else "no_contain_symlinks"
    words = ["sshfs", f"-F{lab.folder / 'config'}", f"nas:{far}", str(home)]
    if "contain_symlinks" in _help_of_sshfs():
        words += ["-o", way]
    elif keeps_links_in:
        pytest.skip("this sshfs is older, and lets all links lead out")
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, timeout=30)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


def _help_of_sshfs() -> str:
    return subprocess.run(["sshfs", "-h"], capture_output=True, text=True, check=False).stdout
