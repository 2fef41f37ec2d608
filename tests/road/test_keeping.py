"""An environment is kept before it is changed, and given back to the last bit, wherever that is cut."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Callable

import pytest

from gpusetup.effects import copying
from gpusetup.road import keeping
from gpusetup.road.keeping import FOLDER
from tests.lab.bits import bits_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and modes are POSIX's")


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """A conda environment with all kinds of files, and a notebook of its owner."""
    prefix = tmp_path / "my envs" / "cola"
    site = prefix / "lib" / "python3.11" / "site-packages" / "torch"
    site.mkdir(parents=True)
    (site / "version.py").write_text("__version__ = '2.5.1+cpu'\n")
    (site / "libtorch_cpu.so").write_bytes(b"\x7fELF" + bytes(copying.SMALL))
    (site / "weights.bin").write_bytes(b"w" * copying.SMALL)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "run").write_text(f"#!{prefix}/bin/python\n")
    (prefix / "bin" / "run").chmod(0o750)
    (prefix / "bin" / "dead").symlink_to("nowhere")
    (prefix / "conda-meta").mkdir()
    record = {
        "name": "x",
        "version": "1",
        "build": "0",
        "files": ["targets/x86_64/lib/y", "bin/run"],
    }
    (prefix / "conda-meta" / "x-1-0.json").write_text(json.dumps(record))
    (prefix / "targets" / "empty").mkdir(parents=True)
    (prefix / "notebooks").mkdir()
    (prefix / "notebooks" / "thesis.ipynb").write_text("years")
    os.utime(site / "version.py", ns=(1_600_000_000_123_456_789,) * 2)
    os.utime(prefix / "targets", ns=(1_500_000_000_000_000_001,) * 2)
    os.utime(prefix, ns=(1_400_000_000_000_000_007,) * 2)
    return prefix


def spoil(prefix: Path) -> None:
    """What half an installation leaves."""
    shutil.rmtree(prefix / "lib" / "python3.11" / "site-packages" / "torch")
    (prefix / "lib" / "python3.11" / "new").write_text("half")
    (prefix / "bin" / "run").write_text("overwritten in place")
    (prefix / "nvvm").mkdir()
    (prefix / "nvvm" / "x").write_text("new")
    shutil.rmtree(prefix / "targets")
    (prefix / "conda-meta" / "x-1-0.json").unlink()


def test_it_is_given_back_to_the_last_bit(env: Path) -> None:
    before = bits_of(env)
    place = keeping.next_place(env)
    keeping.keep(place)
    spoil(env)
    keeping.put_back(place)
    assert bits_of(env) == before


def test_what_people_put_there_is_neither_copied_nor_moved(env: Path) -> None:
    place = keeping.next_place(env)
    keeping.keep(place)
    assert "notebooks" not in [each.name for each in (place / "old").iterdir()]
    spoil(env)
    (env / "notebooks" / "thesis.ipynb").write_text("a year more")
    keeping.put_back(place)
    assert (env / "notebooks" / "thesis.ipynb").read_text() == "a year more"


def test_the_other_environments_and_the_cache_of_a_base_are_left_alone(env: Path) -> None:
    (env / "envs" / "other").mkdir(parents=True)
    (env / "pkgs").mkdir()
    place = keeping.next_place(env)
    keeping.keep(place)
    spoil(env)
    (env / "envs" / "new").mkdir()
    (env / "pkgs" / "downloaded").write_text("3 GB")
    keeping.put_back(place)
    assert sorted(each.name for each in (env / "envs").iterdir()) == ["new", "other"]
    assert (env / "pkgs" / "downloaded").exists()


def test_large_libraries_take_no_room_twice(env: Path) -> None:
    site = env / "lib" / "python3.11" / "site-packages" / "torch"
    needed = keeping.keeping_bytes(env)
    assert copying.SMALL <= needed < 2 * copying.SMALL  # the weights, not the library
    place = keeping.next_place(env)
    keeping.keep(place)
    kept = place / "old" / site.relative_to(env)
    cloned = kept.joinpath("libtorch_cpu.so").stat().st_nlink == 1  # where blocks can be shared
    assert cloned or kept.joinpath("libtorch_cpu.so").samefile(site / "libtorch_cpu.so")
    assert not kept.joinpath("weights.bin").samefile(site / "weights.bin")
    assert not kept.joinpath("version.py").samefile(site / "version.py")


def test_a_copy_that_was_cut_counts_for_nothing(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bits_of(env)
    place = keeping.next_place(env)
    _cut(monkeypatch, lambda: keeping.keep(place))
    assert keeping.places(env) == ()
    assert bits_of(env, without=(FOLDER,)) == before
    keeping.put_back(place)
    assert bits_of(env) == before
    keeping.keep(keeping.next_place(env))
    assert keeping.places(env) == (place,)


@pytest.mark.parametrize("at", range(1, 10))
def test_giving_back_goes_on_wherever_it_was_cut(
    env: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before = bits_of(env)
    place = keeping.next_place(env)
    keeping.keep(place)
    spoil(env)
    real, count = Path.rename, 0

    def killed(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == at:
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            keeping.put_back(place)
    keeping.put_back(place)
    assert bits_of(env) == before


def test_two_changes_are_taken_back_one_after_the_other(env: Path) -> None:
    before = bits_of(env)
    first = keeping.next_place(env)
    keeping.keep(first)
    (env / "bin" / "run").write_text("first")
    between = bits_of(env, without=(FOLDER,))
    second = keeping.next_place(env)
    keeping.keep(second)
    (env / "bin" / "run").write_text("second")
    keeping.put_back(second)
    assert bits_of(env, without=(".", FOLDER)) == {k: v for k, v in between.items() if k != "."}
    keeping.put_back(first)
    assert bits_of(env) == before


def test_a_copy_is_never_made_over_another(env: Path) -> None:
    place = keeping.next_place(env)
    keeping.keep(place)
    with pytest.raises(FileExistsError):
        keeping.keep(place)


def test_what_came_after_a_finished_change_stays(env: Path) -> None:
    place = keeping.next_place(env)
    keeping.keep(place)
    spoil(env)
    at_end = [each.name for each in env.iterdir()]
    (env / "results").mkdir()
    assert keeping.came_later(place, at_end) == ("results",)
    keeping.put_back(place, keeping.came_later(place, at_end))
    assert (env / "results").is_dir()
    assert not (env / "nvvm").exists()


def test_a_file_that_cannot_be_read_stops_it_before_anything_changes(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_source: str, _target: str) -> None:
        raise PermissionError(13, "Permission denied", "theirs")

    before = bits_of(env, without=(".", FOLDER))
    monkeypatch.setattr("gpusetup.effects.copying.shutil.copyfile", refused)
    with pytest.raises(PermissionError):
        keeping.keep(keeping.next_place(env))
    assert bits_of(env, without=(".", FOLDER)) == before


def _cut(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Killed while the second folder is copied."""
    real = keeping.copy_entries

    def killed(source: Path, target: Path, names: tuple[str, ...], *words: object) -> None:
        real(source, target, names[:2])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "copy_entries", killed)
        with pytest.raises(KeyboardInterrupt):
            act()


def test_names_of_one_file_stay_names_of_one_file(env: Path) -> None:
    os.link(env / "bin" / "run", env / "lib" / "same")
    place = keeping.next_place(env)
    keeping.keep(place)
    assert (place / "old" / "bin" / "run").samefile(place / "old" / "lib" / "same")


def test_what_came_while_a_change_was_under_way_stays(env: Path) -> None:
    """A notebook is somebody's work whether or not the change came to its end."""
    place = keeping.next_place(env)
    keeping.keep(place)
    spoil(env)
    (env / "thesis.ipynb").write_text("new")
    (env / ".refprobe-x").mkdir()
    keeping.put_back(place, keeping.came_later(place, ()))
    assert (env / "thesis.ipynb").read_text() == "new"
    assert not (env / ".refprobe-x").exists()
    assert not (env / "nvvm").exists()
