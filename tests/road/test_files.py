"""Files are written whole, and the old bytes are kept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.effects.files import (
    make_folders,
    move,
    remove_empty,
    remove_tree,
    write_keeping,
    write_whole,
)


def test_a_write_keeps_the_old_bytes_and_says_what_it_made(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "settings.toml"
    first = write_keeping(target, b"one", tmp_path / "kept")
    second = write_keeping(target, b"two", tmp_path / "kept")

    assert target.read_bytes() == b"two"
    assert first.old is None
    assert first.made_folders == (str(tmp_path / "a"), str(tmp_path / "a" / "b"))
    assert second.old is not None
    assert Path(second.old).read_bytes() == b"one"
    assert second.made_folders == ()


def test_a_rewritten_file_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    write_whole(target, b"one", mode=0o600)
    write_whole(target, b"two")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="umask is POSIX's")
def test_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "new", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_a_killed_write_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """A child that writes the same file again and again is killed at a random moment."""
    target = tmp_path / "file"
    target.write_bytes(b"a" * 1_000_000)
    script = (
        "import sys, pathlib; from gpusetup.effects.files import write_whole\n"
        "while True:\n"
        "    for letter in (b'a', b'b'):\n"
        "        write_whole(pathlib.Path(sys.argv[1]), letter * 1_000_000)\n"
        "        print('.', flush=True)\n"
    )
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        child.kill()
        child.wait()
        child.stdout.close()
        assert target.read_bytes() in (b"a" * 1_000_000, b"b" * 1_000_000)


def test_only_the_folders_that_were_missing_are_made_and_removed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    made = make_folders(tmp_path / "there" / "x" / "y")
    assert made == (str(tmp_path / "there" / "x"), str(tmp_path / "there" / "x" / "y"))
    remove_empty(made)
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]
    assert list((tmp_path / "there").iterdir()) == []


def test_a_folder_that_somebody_else_filled_stays(tmp_path: Path) -> None:
    made = make_folders(tmp_path / "x" / "y")
    (tmp_path / "x" / "theirs").write_text("")
    remove_empty(made)
    assert not (tmp_path / "x" / "y").exists()
    assert (tmp_path / "x" / "theirs").exists()


def test_removing_a_link_leaves_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    remove_tree(tmp_path / "link")
    assert not (tmp_path / "link").exists()
    assert (tmp_path / "real" / "file").exists()


def test_writing_to_a_link_writes_the_file_behind_it(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "condarc").write_text("old")
    link = tmp_path / ".condarc"
    link.symlink_to(tmp_path / "dotfiles" / "condarc")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "dotfiles" / "condarc").read_text() == "new"


def test_a_folder_never_moves_into_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(FileExistsError):
        move(tmp_path / "a", tmp_path / "b")
    (tmp_path / "a").rmdir()
    move(tmp_path / "a", tmp_path / "b")
    with pytest.raises(FileNotFoundError):
        move(tmp_path / "a", tmp_path / "c")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX's")
def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    for name in (pipe, link):
        reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
        write_whole(name, b"all of it")
        assert reader.communicate(timeout=10)[0] == b"all of it"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert link.is_symlink()
