"""Home folders on file systems with other manners than ext4: each is really mounted, by FUSE.

Each condition stands in docs/reference/conditions.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Mapping

import pytest

from tests.hardening.homes import belongings, furnish
from tests.integration.test_hostile import TAG, Place, stub
from tests.lab import filesystem
from tests.lab.filesystem import Manner, mounted
from tests.lab.wheels import make_wheel

REASON = filesystem.missing() or ("file systems are mounted as root" if os.geteuid() != 0 else None)
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))

REFUSED, FAILED, INSTALLED = 3, 4, 1  # the stub's proof fails: all before it went well
INIT = ("init", "--yes", "--no-bench")
TORCH_KIB = 400


@dataclass(frozen=True)
class Condition:
    """The manners of the home's file system, and what must come of it. {data} is on another."""

    exit: int
    manner: Manner
    says: str = ""
    code: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


ELSEWHERE = {"UV_CACHE_DIR": "{data}/cache"}
CONDITIONS = {
    "home-on-a-slow-network-disk": Condition(
        INSTALLED, Manner("sshfs", "nas:/home", delay_s=0.001), "on a network file system"
    ),
    "case-does-not-matter": Condition(INSTALLED, Manner(ignores_case=True)),
    "no-hard-links": Condition(INSTALLED, Manner(hard_links=False)),
    "no-symbolic-links": Condition(
        REFUSED, Manner(symlinks=False), "without symbolic links", "plan.prefix-without-links"
    ),
    "no-symbolic-links-in-the-cache": Condition(
        REFUSED, Manner(symlinks=False), "UV_CACHE_DIR", "run.cache-without-links",
        words=("--prefix", "{data}/env"),
    ),
    "no-locks": Condition(
        INSTALLED, Manner(locks=False), "noticed on this machine\\s+only", environ=ELSEWHERE
    ),
    "no-locks-in-the-cache": Condition(
        REFUSED, Manner(locks=False), "UV_CACHE_DIR", "run.cache-without-locks"
    ),
    "quota-used-up-in-the-middle": Condition(
        FAILED, Manner(quota_bytes=300_000), "quota", r"run\.(step|write)-failed",
        environ=ELSEWHERE,
    ),
    "quota-used-up-in-the-cache": Condition(
        REFUSED, Manner(quota_bytes=200_000), "quota", "run.quota-used-up"
    ),
    "own-folder-cannot-be-read": Condition(
        REFUSED, Manner(broken="/state/gpusetup"), "own folder", "run.state-unwritable"
    ),
    "file-that-cannot-be-read": Condition(
        INSTALLED, Manner(broken="/.conda/environments.txt")
    ),
}  # fmt: skip


@contextlib.contextmanager
def home_on(manner: Manner, folder: Path, told: Path | None = None) -> Iterator[Place]:
    """A place whose home folder is on a file system with these manners."""
    place = Place(folder)
    stub(place.wheels)
    make_wheel(
        place.wheels, "torch", "2.13.0+cpu", tag=TAG,
        files={"torch/filling": os.urandom(TORCH_KIB << 9).hex()},
    )  # fmt: skip
    place.environ["PATH"] = str(folder)  # no cluster, whatever is installed here
    behind = folder / "behind"
    behind.mkdir()
    furnish(behind)
    with mounted(behind, place.home, manner, told):
        yield place


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_of_the_file_system_has_one_clear_end(name: str, tmp_path: Path) -> None:
    condition = CONDITIONS[name]
    with home_on(condition.manner, tmp_path) as place:
        data = {"data": str(tmp_path / "data")}
        place.environ.update((k, v.format(**data)) for k, v in condition.environ.items())
        before = belongings(place.home)
        words = (*INIT, *(each.format(**data) for each in condition.words))
        ended = place.run(*words, *(("--json",) if condition.code else ()))
        said = ended.stdout.decode() + ended.stderr.decode()
        assert ended.returncode == condition.exit, said
        assert "Traceback" not in said
        if condition.code:
            document = json.loads(ended.stdout)
            assert re.fullmatch(condition.code, document["code"]), said
            said = f"{document['text']}\n{document['next']}"
        assert re.search(condition.says, said), said
        if condition.exit == REFUSED:
            assert belongings(place.home) == before
        else:
            assert place.run("undo", "--yes").returncode == 0
            assert belongings(place.home) == before


def test_every_condition_is_in_the_documentation() -> None:
    for page in ("conditions.md", "conditions.zh-CN.md"):
        text = (Path(__file__).parents[2] / "docs" / "reference" / page).read_text(encoding="utf-8")
        table = text[text.index("<!-- file-systems -->") :].split("\n\n")[0]
        assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == list(CONDITIONS)
