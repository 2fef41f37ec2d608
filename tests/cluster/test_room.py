"""What a plan on a login node says of a small home, and of folders that have more room."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping

import pytest

from gpusetup.choosing.choice import Reason
from gpusetup.choosing.room import Folder, Wanted, about_room
from gpusetup.machine import Machine, Reading, Status
from gpusetup.probe.folders import large_folders, look_at
from gpusetup.probe.world import World
from gpusetup.profiles.reading import machine_from_text
from tests.lab.slurm import SlurmLab

PROFILE = Path(__file__).parents[1] / "machines" / "slurm-login.yaml"
HOME = Folder("/home/ana/gpu-envs/torch", 5000, 20480, "nfs4", "/home")
LARGE = Folder("/scratch/ana", 900_000, None, "lustre", "/scratch", "SCRATCH", True)
VARIABLES = (("UV_CACHE_DIR", ".packages/uv"),)


@pytest.fixture(scope="module")
def login() -> Machine:
    return machine_from_text(PROFILE.read_text("utf-8"), PROFILE.name)


def told(machine: Machine, path: str, *statuses: Status) -> Machine:
    """The nodes were asked about the folder, and said this."""
    nodes = zip(machine.compute_nodes, statuses)
    return replace(
        machine,
        compute_nodes=tuple(replace(n, readings=(Reading("place", s, path),)) for n, s in nodes),
    )


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [each.code.partition(".")[2] for each in reasons]


@pytest.mark.parametrize(
    ("free", "quota", "expected"),
    [
        (5000, 20480, ["room-none", "room-on-network"]),
        (7200, 20480, ["room-short", "room-on-network"]),  # less than a tenth of the quota is left
        (12000, 20480, []),
        (7000, None, ["room-short", "room-on-network"]),
        (9000, None, []),
        (None, None, []),  # not known, so not said
    ],
)
def test_a_home_that_the_plan_would_use_up(
    login: Machine, free: int | None, quota: int | None, expected: list[str]
) -> None:
    home = replace(HOME, free_mib=free, quota_mib=quota)
    assert codes(about_room(login, Wanted(home, 6000, None, VARIABLES), (LARGE,))) == expected


def test_a_need_that_is_not_known_is_not_judged(login: Machine) -> None:
    assert about_room(login, Wanted(HOME, None), (LARGE,)) == ()


def test_only_a_cluster_is_told_of_folders_of_clusters(login: Machine) -> None:
    lone = replace(login, scheduler=None, compute_nodes=())
    assert about_room(lone, Wanted(HOME, 6000), (LARGE,)) == ()
    unasked = replace(login, compute_nodes=())
    assert codes(about_room(unasked, Wanted(HOME, 6000), (LARGE,))) != []


def test_the_words_to_type(login: Machine) -> None:
    wanted = Wanted(HOME, 6000, None, VARIABLES, "course")
    _, remedy = about_room(told(login, LARGE.path, *[Status.OK] * 2), wanted, (LARGE,))
    assert remedy.code == "plan.room-on-nodes"
    assert remedy.facts["prefix"] == "/scratch/ana/gpu-envs/course"
    assert remedy.facts["caches"] == "UV_CACHE_DIR=/scratch/ana/gpu-envs/.packages/uv"
    (*_, remedy) = about_room(login, replace(wanted, cache_variables=()), (LARGE,))
    assert remedy.code == "plan.room-on-network-cached"


@pytest.mark.parametrize(
    "folder",
    [
        replace(LARGE, is_writable=False),
        replace(LARGE, free_mib=None),
        replace(LARGE, free_mib=7000),
        replace(LARGE, mount="/home"),
        replace(LARGE, filesystem="xfs"),  # nobody told that the nodes have it
        replace(LARGE, filesystem=None),
        replace(LARGE, path="/scratch/ana lee"),  # would have to be quoted
    ],
)
def test_a_folder_that_may_not_serve_is_not_named(login: Machine, folder: Folder) -> None:
    found = about_room(login, Wanted(HOME, 6000), (folder,))
    assert codes(found) == ["room-none", "room-nowhere-known"]


@pytest.mark.parametrize(
    ("filesystem", "statuses", "expected"),
    [
        ("xfs", (Status.OK, Status.OK), "room-on-nodes-cached"),
        ("xfs", (Status.OK, Status.ABSENT), "room-nowhere-known"),
        ("xfs", (Status.OK, Status.TIMEOUT), "room-nowhere-known"),
        ("lustre", (Status.OK, Status.ABSENT), "room-nowhere-known"),
        ("lustre", (Status.OK, Status.TIMEOUT), "room-on-network-cached"),
        ("tmpfs", (Status.OK, Status.OK), "room-nowhere-known"),
    ],
)
def test_what_the_nodes_told_counts_first(
    login: Machine, filesystem: str, statuses: tuple[Status, ...], expected: str
) -> None:
    machine = told(login, LARGE.path, *statuses)
    found = about_room(machine, Wanted(HOME, 6000), (replace(LARGE, filesystem=filesystem),))
    assert codes(found)[-1] == expected


@pytest.mark.parametrize(
    ("path", "filesystem", "asked", "is_local"),
    [
        ("/tmp/envs/torch", "ext4", "/tmp", True),  # every node has a /tmp, and another one
        ("/tmp/envs/torch", "ext4", "/tmp/envs", False),  # the nodes have that very folder
        ("/tmp/envs/torch", "nfs4", "/tmp", False),
        ("/ram/envs/torch", "tmpfs", "/tmp", True),
        ("/data/envs/torch", "ext4", "/data", False),
    ],
)
def test_a_prefix_on_a_disk_of_the_login_node(
    login: Machine, path: str, filesystem: str, asked: str, is_local: bool
) -> None:
    machine = told(login, asked, Status.OK, Status.OK)
    found = about_room(machine, Wanted(Folder(path, filesystem=filesystem)), ())
    assert codes(found) == (["prefix-of-one-machine", "room-nowhere-known"] if is_local else [])


def test_a_cache_on_a_small_home_goes_beside_the_environment(login: Machine) -> None:
    prefix = replace(LARGE, path="/scratch/ana/envs/torch")
    cache = replace(HOME, path="/home/ana/.cache/uv", free_mib=100)
    short, remedy = about_room(login, Wanted(prefix, 6000, cache, VARIABLES), ())
    assert (short.code, short.facts["free"]) == ("plan.cache-none", "0.1")
    assert remedy.facts == {"caches": "UV_CACHE_DIR=/scratch/ana/envs/.packages/uv"}
    on_one_disk = replace(cache, mount=prefix.mount)
    assert about_room(login, Wanted(prefix, 6000, on_one_disk, VARIABLES), ()) == ()


def test_the_folders_that_variables_name(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/mounts").write_text("nas:/home /home nfs4 rw\nmds:/s /scratch lustre rw\n")
    (tmp_path / "scratch/ana").mkdir(parents=True)
    environ = {
        "SCRATCH": "/scratch/ana/", "SCRATCHDIR": "/scratch/ana", "WORK": "relative", "DATA": "/no",
    }  # fmt: skip
    world = World(environ, tmp_path)
    assert large_folders(world) == (("DATA", "/no"), ("SCRATCH", "/scratch/ana"))
    missing, scratch = look_at(world, large_folders(world))
    assert (missing.is_writable, scratch.is_writable) == (False, True)
    assert (scratch.filesystem, scratch.mount, scratch.variable) == (
        "lustre", "/scratch", "SCRATCH",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Free space and quota leave 4.0 GiB"), ("zh", "按剩余空间和配额")],
)
def test_a_plan_for_a_profile_names_its_small_home(
    tmp_path: Path, home: Path, language: str, words: str
) -> None:
    profile = tmp_path / "login.yaml"
    text = PROFILE.read_text("utf-8")
    assert "free_mib: 30000" in text
    profile.write_text(text.replace("free_mib: 30000", "free_mib: 4096"))
    environ = {**os.environ, "GPUSETUP_LANG": language, "COLUMNS": "300"}
    done = gpusetup(environ, "plan", "--machine", str(profile))
    assert words in done.stdout + done.stderr


def gpusetup(environ: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", *words], env=dict(environ), capture_output=True,
        encoding="utf-8", stdin=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def small_home(slurm_lab: SlurmLab, tmp_path: Path, home: Path) -> dict[str, str]:
    """A login node whose home has a quota, and a scratch that the nodes have too."""
    root, scratch = tmp_path / "login", tmp_path / "scratch"
    shutil.copytree(slurm_lab.folder / "login", root, symlinks=True)
    for place in (scratch, Path(f"{root}{scratch}")):  # for the nodes, and as this root names it
        place.mkdir(parents=True)
    (root / "proc").mkdir(exist_ok=True)
    mounts = f"nas:/home {home} nfs4 rw 0 0\nmds:/scratch {scratch} lustre rw 0 0\n"
    (root / "proc/mounts").write_text(mounts)
    quota = root / "usr/bin/quota"
    quota.write_text("#!/bin/sh\necho ' nas:/home 9437184 10485760 10485760 9 0 0'\n")
    quota.chmod(0o755)
    return {
        **slurm_lab.environment(), "GPUSETUP_ROOT": str(root), "SCRATCH": str(scratch),
        "HOME": str(home), "PATH": f"/usr/bin:{os.environ['PATH']}",
    }  # fmt: skip


def test_a_survey_finds_the_scratch_that_the_plan_names(small_home: dict[str, str]) -> None:
    scratch = small_home["SCRATCH"]
    before = warnings(small_home)
    assert "room-none" in before
    assert before["room-on-network"]["facts"]["path"] == scratch
    survey = gpusetup(small_home, "detect", "--slurm", "--yes", "--partition", "gpu", "--json")
    assert survey.returncode == 0, survey.stderr
    named = warnings(small_home)["room-on-nodes"]
    prefix = f"{scratch}/gpu-envs/torch"
    assert f"`--prefix {prefix}`" in named["text"]
    caches = dict([named["facts"]["caches"].split("=")])
    assert caches == {"UV_CACHE_DIR": f"{scratch}/gpu-envs/.packages/uv"}
    followed = warnings({**small_home, **caches}, "--prefix", prefix)
    against = [each for each in followed if each.startswith(("room", "cache", "prefix"))]
    assert against == ["prefix-on-network"]  # what all nodes see is slow: no reason to leave it


def warnings(environ: Mapping[str, str], *words: str) -> dict[str, Any]:
    done = gpusetup(environ, "plan", "--torch", "2.7.1", "--cuda", "cu126", *words, "--json")
    assert done.returncode == 0, done.stderr
    return {each["code"]: each for each in json.loads(done.stdout)["warnings"]}
