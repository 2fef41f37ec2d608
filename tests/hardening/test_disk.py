"""Disks as they really are. Each condition stands in docs/reference/conditions.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping

import pytest

from tests.hardening.homes import belongings, furnish
from tests.integration.test_hostile import TAG, Place, stub
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="file systems are mounted as root on Linux"
)

REFUSED, FAILED, INSTALLED = 3, 4, 1  # the stub's proof fails: all before it went well
READ_ONLY = "mount --bind {0} {0}; mount -o remount,ro,bind {0}"
SMALL = "mkdir -p {0}; mount -t tmpfs -o size={1} tmpfs {0}"
QUOTA = "#!/bin/sh\necho 'Disk quotas for user student (uid 1000):'\necho ' {device} 900000 1000000 1000000 0 9 0 0'\n"


@dataclass(frozen=True)
class Condition:
    """How the file systems lie, and what must come of it. {home} and {data} are folders."""

    exit: int
    code: str | None = None
    says: str = ""
    mount: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    torch_kib: int = 1


CONDITIONS = {
    "disk-too-small": Condition(
        REFUSED, "run.disk-too-small", "GiB", SMALL.format("{data}", "20m"),
        words=("--prefix", "{data}/env"), torch_kib=30 << 10,
    ),
    "disk-full-in-the-middle": Condition(
        FAILED, r"run\.(step|write)-failed", "(?i)no space left",
        SMALL.format("{data}", "20m") + "; head -c 20900000 /dev/zero > {data}/filler",
        words=("--prefix", "{data}/env"), torch_kib=100,
    ),
    "cache-disk-too-small": Condition(
        REFUSED, "run.no-space", "UV_CACHE_DIR", SMALL.format("{data}", "64k"),
        {"UV_CACHE_DIR": "{data}"},
    ),
    "cache-on-another-disk": Condition(
        INSTALLED, mount=SMALL.format("{data}", "40m"), environ={"UV_CACHE_DIR": "{data}"}
    ),
    "quota-too-small": Condition(
        REFUSED, "run.disk-too-small", "GiB", environ={"QUOTA": "yes"}, torch_kib=60 << 10
    ),
    "home-read-only": Condition(
        REFUSED, "run.cache-unwritable", "UV_CACHE_DIR", READ_ONLY.format("{home}")
    ),
    "home-read-only-all-named-elsewhere": Condition(
        INSTALLED, mount=READ_ONLY.format("{home}"), words=("--prefix", "{data}/env"),
        environ={"UV_CACHE_DIR": "{data}/cache", "GPUSETUP_STATE": "{data}/state"},
    ),
    "prefix-read-only": Condition(
        REFUSED, "plan.prefix-unwritable", "read-only", "mount -t tmpfs -o ro tmpfs {data}",
        words=("--prefix", "{data}/env"),
    ),
    "prefix-below-a-file": Condition(
        REFUSED, "plan.prefix-unwritable", "not a folder", words=("--prefix", "/etc/passwd/env")
    ),
    "prefix-of-200-characters": Condition(
        INSTALLED, words=("--prefix", "{data}/" + "/".join(["d" * 48] * 4) + "/env")
    ),
    "prefix-too-long": Condition(
        REFUSED, "plan.prefix-too-long", "shorter", words=("--prefix", "{data}/" + "e" * 300)
    ),
    "tmp-missing": Condition(INSTALLED, environ={"TMPDIR": "{data}/gone"}),
    "state-unwritable": Condition(
        REFUSED, "run.state-unwritable", "own folder", environ={"GPUSETUP_STATE": "/proc/nowhere"}
    ),
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    furnish(made.home)
    (tmp_path / "data").mkdir()
    return made


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_of_the_disk_has_one_clear_end(name: str, place: Place) -> None:
    condition = CONDITIONS[name]
    filling = {"torch/filling": "x" * (condition.torch_kib << 10)}
    make_wheel(place.wheels, "torch", "2.13.0+cpu", tag=TAG, files=filling)
    if "QUOTA" in condition.environ:
        _give_a_quota(place)
    before = belongings(place.home)
    code, said = init(place, condition)
    assert code == condition.exit, said
    assert "Traceback" not in said
    if condition.code:
        document: dict[str, Any] = json.loads(said[said.index("{") :])
        assert document["exit"] == condition.exit
        assert re.fullmatch(condition.code, document["code"]), said
        said = f"{document['text']}\n{document['next']}"
    assert re.search(condition.says, said), said
    if condition.exit == REFUSED:
        assert belongings(place.home) == before


def init(place: Place, condition: Condition) -> tuple[int, str]:
    """`init` in a mount namespace of its own; what is mounted there ends with it."""
    folders = {"home": str(place.home), "data": str(place.home.parent / "data")}
    as_json = ("--json",) if condition.code else ()
    words = [each.format(**folders) for each in condition.words]
    argv = [sys.executable, "-m", "gpusetup", "init", "--yes", "--no-bench", *words, *as_json]
    environ = {name: value.format(**folders) for name, value in condition.environ.items()}
    script = f'{condition.mount.format(**folders) or ":"}\nexec "$@"'
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", script, "sh", *argv], env={**place.environ, **environ},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=120, check=False, cwd="/",
    )  # fmt: skip
    return ended.returncode, ended.stdout


def _give_a_quota(place: Place) -> None:
    """A `quota` that tells of 98 MiB left on the home's file system."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    above = [each for each in mounts if str(place.home).startswith(each[1].rstrip("/") + "/")]
    device = max(above, key=lambda each: len(each[1]))[0]
    program = place.home.parent / "bin" / "quota"
    program.parent.mkdir()
    program.write_text(QUOTA.format(device=device))
    program.chmod(0o755)
    place.environ["PATH"] = f"{program.parent}:{place.environ['PATH']}"


def test_a_disk_that_filled_up_can_be_emptied_and_the_run_goes_on(
    place: Place, tmp_path: Path
) -> None:
    stub(place.wheels)
    data = tmp_path / "data"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(data)], check=True)
    try:
        filler = data / "filler"
        filler.write_bytes(b"x" * ((20 << 20) - (64 << 10)))
        make_wheel(place.wheels, "torch", "2.13.0+cpu", tag=TAG, files={"torch/x": "x" * 100_000})
        wish = ("--prefix", str(data / "env"))
        assert "failed" in place.document("init", "--yes", "--no-bench", *wish, code=4)["code"]
        filler.unlink()
        assert b"Going on" in place.run("init", "--yes", "--no-bench", *wish).stdout
        assert place.run("undo", "--yes").returncode == 0
        assert list(data.iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)


def test_every_condition_is_in_the_documentation() -> None:
    for page in ("conditions.md", "conditions.zh-CN.md"):
        text = (Path(__file__).parents[2] / "docs" / "reference" / page).read_text(encoding="utf-8")
        table = text[text.index("<!-- disk -->") :].split("\n\n")[0]
        assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == list(CONDITIONS)
