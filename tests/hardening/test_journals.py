"""Journals as a failing disk, another version, a reboot or a wrong clock leaves them.

Whatever stands in one: no traceback, and nothing of somebody's goes.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpusetup.cli.main import run as gpusetup
from gpusetup.effects import journal
from gpusetup.effects.journal import Run, latest_for, runs, start_run
from gpusetup.effects.places import state_folder
from gpusetup.road.keeping import FOLDER, keep
from gpusetup.road.owning import entries_of, mark
from gpusetup.steps import PUT_BACK
from tests.hardening.homes import belongings, furnish
from tests.integration.test_hostile import Place

EXAMPLES = int(os.environ.get("GPUSETUP_FUZZ", "40"))
MINE = ("torch", "tosch", "torch.before", "sorch", "other")  # names that a changed letter leads to


class World:
    """A home with environments, and a run that made one of them: really, step by step."""

    def __init__(self, home: Path, kind: str) -> None:
        self.home, self.envs = home, home / "gpu-envs"
        furnish(home)
        for name in MINE:
            (self.envs / name / "bin").mkdir(parents=True)
            (self.envs / name / "pyvenv.cfg").write_text(name)
        self.prefix = self.envs / "torch"
        self.run = getattr(self, f"_{kind}")()
        self.journal = self.run.folder / "journal.jsonl"
        self.honest = self.journal.read_bytes()
        self.whole = home.parent / "whole"
        shutil.copytree(home, self.whole, symlinks=True)

    def again(self) -> None:
        """Everything as it was before a try."""
        shutil.rmtree(self.home)
        shutil.copytree(self.whole, self.home, symlinks=True)

    def somebodys(self) -> dict[str, str]:
        """What the run has neither made nor moved."""
        ours = ("gpu-envs/torch", "gpu-envs/old")
        return {path: each for path, each in belongings(self.home).items() if not path.startswith(ours)
                or path.startswith("gpu-envs/torch.")}  # fmt: skip

    def _begin(self, **facts: object) -> Run:
        return start_run(
            state_folder(os.environ), "torch", prefix=str(self.prefix), plan="0" * 64, **facts
        )

    def _finish(self, run: Run) -> Run:
        undo = {
            "kind": "file",
            "path": str(self.envs / "notes.txt"),
            "old": None,
            "new_sha256": "0" * 64,
        }
        run.record("step", "1-write", {"undo": undo, "made_folders": []})
        run.record("done", "1-write")
        run.record("failed", "2-verify", {"code": "x"})
        return run

    def _made(self) -> Run:
        shutil.rmtree(self.prefix)
        run = self._begin()
        self._create(run)
        return self._finish(run)

    def _replaced(self) -> Run:
        aside = self.envs / "old"
        run = self._begin(aside=str(aside))
        argv = ["mv", "--", str(aside), str(self.prefix)]
        run.record(
            "step",
            "0-move",
            {"undo": {"kind": "command", "path": None, "argv": argv}, "made_folders": []},
        )
        self.prefix.rename(aside)
        run.record("done", "0-move")
        self._create(run)
        return self._finish(run)

    def _changed(self) -> Run:
        place = self.prefix / FOLDER / "1"
        run = self._begin(keep=str(place))
        argv = [*PUT_BACK, "--prefix", str(self.prefix), "--at", str(place)]
        undo = {"kind": "command", "path": str(self.prefix), "argv": argv}
        run.record("step", "0-keep", {"undo": undo, "made_folders": []})
        keep(place)
        run.record("done", "0-keep")
        (self.prefix / "bin" / "new").write_text("x")
        run.record("finished", facts={"entries": list(entries_of(self.prefix))})
        return run

    def _create(self, run: Run) -> None:
        undo = {"kind": "remove", "path": str(self.prefix), "argv": None}
        run.record("step", "0-create-env", {"undo": undo, "made_folders": []})
        (self.prefix / "bin").mkdir(parents=True)
        mark(self.prefix, run)
        run.record("done", "0-create-env", {"marked": True})


def spoiled(content: bytes, chance: random.Random) -> bytes:
    """Cut, changed in some bytes or bits, or with lines lost, doubled and swapped."""
    how = chance.choice(("cut", "cut", "bytes", "bit", "zeros", "lines", "rubbish"))
    at = chance.randrange(len(content))
    if how == "cut":
        return content[:at]
    if how == "bit":
        return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
    if how == "bytes":
        new = bytes(chance.choice(b'se"/\\}{[],:1x\xff\n') for _ in range(chance.randint(1, 6)))
        return content[:at] + new + content[at + chance.choice((0, len(new), 40)) :]
    if how == "zeros":
        return content[:at] + bytes(len(content) - at)
    if how == "rubbish":
        return content + chance.choice(
            (b"\0" * 400, b"[[[" * 9000, b'{"event": 1}\n', b"\xff\xfe\n")
        )
    lines = content.splitlines(keepends=True)
    one, other = (chance.randrange(len(lines)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[chance.choice((one, other))]
    return b"".join(lines[: chance.randint(1, len(lines))])


@pytest.fixture
def own_state(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPUSETUP_STATE", raising=False)
    monkeypatch.delenv("GPUSETUP_ENVS", raising=False)


@pytest.mark.parametrize("kind", ["made", "replaced", "changed"])
def test_a_spoiled_journal_never_takes_what_is_somebodys(
    home: Path, own_state: None, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(home, kind)
    before, whole = world.somebodys(), belongings(world.home)
    chance = random.Random(0)  # noqa: S311 - nothing secret
    ended = {"taken back": 0, "refused": 0}
    for count in range(EXAMPLES):
        content = spoiled(world.honest, chance)
        world.journal.write_bytes(content)
        code = gpusetup(["undo", "--yes", "--json", "--lang", "en"])
        said = capsys.readouterr().out
        assert code in (0, 3, 4), f"{count}: {said}\n{content!r}"
        assert world.somebodys() == before, f"{count}: {content!r}"
        assert gpusetup(["undo", "--list", "--json"]) == 0
        capsys.readouterr()
        ended["taken back" if code == 0 else "refused"] += 1
        if code == 0 or belongings(world.home) != whole:
            world.again()
    assert min(ended.values()) > 0


def test_the_honest_journals_of_that_test_are_taken_back(
    home: Path, own_state: None, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(home, "replaced")
    assert gpusetup(["undo", "--yes"]) == 0
    assert (world.prefix / "pyvenv.cfg").read_text() == "torch"
    assert not (world.envs / "old").exists()
    capsys.readouterr()


def test_a_damaged_journal_is_said_and_removes_nothing(tmp_path: Path) -> None:
    """`journal-damaged`."""
    place = Place(tmp_path)
    place.run("init", "--yes", "--no-bench")
    [path] = place.home.rglob("journal.jsonl")
    path.write_bytes(path.read_bytes().replace(b"gpu-envs/torch", b"gpu-envs/tosch"))
    other = place.home / "gpu-envs" / "tosch"
    other.mkdir()
    (other / "thesis").write_text("years")
    for words in (("undo", "--yes"), ("init", "--yes")):
        refused = place.document(*words, code=3)
        assert refused["code"] in ("run.damaged", "plan.name-taken")
    assert place.document("undo", "--yes", code=3)["code"] == "run.damaged"
    assert (other / "thesis").exists()
    assert (place.home / "gpu-envs" / "torch" / "bin" / "python").exists()


def test_the_journal_of_a_newer_gpusetup_is_left_alone(
    home: Path, own_state: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """`journal-of-a-newer-gpusetup`: its sums may be others."""
    world = World(home, "made")
    before = belongings(home)
    world.journal.write_bytes(world.honest.replace(b"gpusetup.journal/1", b"gpusetup.journal/2"))
    assert gpusetup(["undo", "--yes", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "run.newer-journal"
    assert belongings(home) == before


def test_the_journal_of_an_older_gpusetup_is_taken_back(tmp_path: Path) -> None:
    """`journal-of-an-older-gpusetup`: it had neither sums nor an order."""
    place = Place(tmp_path)
    before = belongings(place.home)
    place.run("init", "--yes", "--no-bench")
    [path] = place.home.rglob("journal.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line.pop("sum")
        line["facts"].pop("order", None)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert place.run("undo", "--yes").returncode == 0
    assert belongings(place.home) == before


def test_a_clock_that_was_set_back_changes_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`clock-set-back`."""
    names = []
    for when in (2e9, 1e9, 1.0, 1.7e9):
        monkeypatch.setattr(journal.time, "time", lambda when=when: when)
        names.append(start_run(tmp_path, f"n{when:.0f}", prefix="/envs/torch").id)
    assert [each.id for each in runs(tmp_path)] == names[::-1]
    found = latest_for(tmp_path, "/envs/torch")
    assert found is not None
    assert found.id == names[-1]


def test_after_a_reboot_in_the_middle_the_run_goes_on(tmp_path: Path) -> None:
    """`rebooted-in-the-middle`: no process, an empty temporary folder, a lock of nobody's."""
    place = Place(tmp_path)
    before = belongings(place.home)
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    place.environ["TMPDIR"] = str(tmp)
    process = subprocess.Popen(
        [sys.executable, "-m", "gpusetup", "init", "--yes", "--no-bench"], env=place.environ,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(
        '"0-create-env"' in each.read_text() for each in place.home.rglob("journal.jsonl")
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert list(place.home.rglob("*.lock"))
    shutil.rmtree(tmp)
    tmp.mkdir()
    ended = place.run("init", "--yes", "--no-bench")
    assert ended.returncode == 1, ended.stdout + ended.stderr  # the stub's proof fails: it went on
    assert place.run("undo", "--yes").returncode == 0
    assert belongings(place.home) == before


def test_every_condition_is_in_the_documentation() -> None:
    own = Path(__file__).read_text(encoding="utf-8")
    names = re.findall(r'^    """`([\w-]+)`', own, re.MULTILINE)
    for page in ("conditions.md", "conditions.zh-CN.md"):
        text = (Path(__file__).parents[2] / "docs" / "reference" / page).read_text(encoding="utf-8")
        table = text[text.index("<!-- journal -->") :].split("\n\n")[0]
        assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == names
