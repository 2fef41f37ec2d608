"""Configuration files on a disk: written whole, kept, taken back, also after a kill."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Callable

import pytest

from gpusetup.basics.errors import StepFailed
from gpusetup.effects.journal import runs
from gpusetup.mirrors.catalogue import Client
from gpusetup.road.locking import locked
from gpusetup.road.rewriting import (
    BrokenFile,
    Rewrite,
    begin,
    lock_name,
    take_back,
    take_back_plan,
    write_all,
    written,
)
from gpusetup.road.undo import actions_for
from gpusetup.road.undo import take_back as undo
from tests.lab.terminal import ENTER, Terminal, gpusetup
from tests.mirrors.configurations import READABLE, TUNA_2024, File
from tests.mirrors.test_configuration_texts import name, write

ROOT = Path(__file__).parents[2]


def rewrite(path: Path, client: Client = Client.CONDA) -> Rewrite:
    old = path.read_bytes() if path.exists() else None
    return Rewrite(client, str(path), old, write(old or b"", client))


def restore(state: Path) -> tuple[Rewrite, ...]:
    steps = written(state)
    plan = take_back_plan(steps)
    take_back(steps, plan)
    return plan


def put(state: Path, *rewrites: Rewrite) -> tuple[Rewrite, ...]:
    return write_all(begin(state, rewrites), rewrites)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.mark.parametrize("file", READABLE, ids=name)
def test_a_file_on_the_disk_comes_back_as_it_was(file: File, tmp_path: Path, state: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(file.content)
    path.chmod(0o640)
    (done,) = put(state, rewrite(path, file.client))
    assert path.read_bytes() == done.new != file.content
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    restore(state)
    assert path.read_bytes() == file.content
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert written(state) == ()


def test_the_old_bytes_are_for_the_owner_only_and_their_place_has_the_time(tmp_path: Path, state: Path) -> None:  # fmt: skip
    path = tmp_path / ".condarc"
    path.write_text(TUNA_2024)
    (done,) = put(state, rewrite(path))
    assert done.backup is not None
    backup = Path(done.backup)
    assert backup.read_text() == TUNA_2024
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.parent.stat().st_mode) == 0o700
    assert backup.parent.parent.name[:8].isdigit()


def test_a_link_stays_a_link_and_a_read_only_file_stays_read_only(tmp_path: Path, state: Path) -> None:  # fmt: skip
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "condarc"
    real.write_text(TUNA_2024)
    real.chmod(0o444)
    link = tmp_path / ".condarc"
    link.symlink_to(Path("dotfiles", "condarc"))
    put(state, rewrite(link))
    assert link.is_symlink()
    assert real.read_text() != TUNA_2024
    assert stat.S_IMODE(real.stat().st_mode) == 0o444
    restore(state)
    assert link.is_symlink()
    assert real.read_text() == TUNA_2024
    assert stat.S_IMODE(real.stat().st_mode) == 0o444


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")  # fmt: skip
def test_another_users_file_stays_theirs(tmp_path: Path, state: Path) -> None:
    path = tmp_path / ".condarc"
    path.write_text(TUNA_2024)
    os.chown(path, 12345, 12345)
    put(state, rewrite(path))
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)
    restore(state)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)
    assert path.read_text() == TUNA_2024


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs to become another user")  # fmt: skip
def test_a_user_is_told_what_is_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / ".condarc"
    path.write_text(TUNA_2024)
    tmp_path.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir()
    code = (
        "import os, sys;"
        "from gpusetup.road.rewriting import obstacle;"
        "os.setuid(12345);"
        "print([(obstacle(each) or ('', ))[0] for each in sys.argv[1:]])"
    )
    # parents of pytest's folder are root's alone: look at it as root, act as the other user
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith(("/tmp/pytest", str(tmp_path.parents[1]))):
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(closed / "a" / "pip.conf"), str(closed)],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    assert done.stdout.strip() == "['another-user', 'unwritable', 'folder']", done.stderr


def test_what_was_not_there_goes_again_with_its_folders(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "a" / "b" / "uv.toml"
    put(state, rewrite(path, Client.UV))
    assert path.exists()
    restore(state)
    assert not (tmp_path / "a").exists()


def test_a_file_that_changed_between_reading_and_writing_is_left_alone(tmp_path: Path, state: Path) -> None:  # fmt: skip
    path = tmp_path / ".condarc"
    path.write_text(TUNA_2024)
    planned = rewrite(path)
    path.write_text("channels: [lab]\n")
    with pytest.raises(StepFailed):
        put(state, planned)
    assert path.read_text() == "channels: [lab]\n"
    assert [run.state() for run in runs(state)] == ["undone"], "there is nothing to take back"


def test_a_second_file_that_changed_leaves_the_first_to_be_taken_back(tmp_path: Path, state: Path) -> None:  # fmt: skip
    first, second = tmp_path / "pip.conf", tmp_path / ".condarc"
    second.write_text(TUNA_2024)
    both = (rewrite(first, Client.PIP), rewrite(second))
    second.write_text("channels: [lab]\n")
    with pytest.raises(StepFailed):
        put(state, *both)
    assert [run.state() for run in runs(state)] == ["failed"]
    restore(state)
    assert not first.exists()
    assert second.read_text() == "channels: [lab]\n"


def test_an_edit_after_the_restoring_was_shown_is_left_alone(tmp_path: Path, state: Path) -> None:
    path = tmp_path / ".condarc"
    path.write_text(TUNA_2024)
    put(state, rewrite(path))
    steps = written(state)
    plan = take_back_plan(steps)
    edited = path.read_text() + "auto_activate_base: false\n"
    path.write_text(edited)
    with pytest.raises(StepFailed) as caught:
        take_back(steps, plan)
    assert caught.value.code == "mirrors.changed-meanwhile"
    assert path.read_text() == edited
    restore(state)
    assert "auto_activate_base: false" in path.read_text()
    assert written(state) == ()


def test_an_edit_while_the_question_is_open_is_left_alone_and_said(tmp_path: Path, state: Path) -> None:  # fmt: skip
    path = tmp_path / ".condarc"
    path.write_text(TUNA_2024)
    put(state, rewrite(path))
    environ = {**os.environ, "GPUSETUP_STATE": str(state), "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    environ.pop("GPUSETUP_NO_PROMPT", None)
    with Terminal(gpusetup("--lang", "en", "mirrors", "--restore"), env=environ) as terminal:
        terminal.wait("Take this back?")
        edited = path.read_text() + "auto_activate_base: false\n"
        path.write_text(edited)
        terminal.type(ENTER)
        assert terminal.finish() == 4
        assert "changed while you looked" in terminal.flat()
    assert path.read_text() == edited


@pytest.mark.parametrize("way", [restore, lambda state: undo(next(runs(state)))], ids=["restore", "undo"])  # fmt: skip
def test_a_link_into_a_folder_of_dotfiles_stays_where_our_file_goes(way: Callable[[Path], object], tmp_path: Path, state: Path) -> None:  # fmt: skip
    """The link was there before the file: the dotfiles name a file that nobody has written yet."""
    (tmp_path / "dotfiles").mkdir()
    link = tmp_path / ".condarc"
    link.symlink_to(Path("dotfiles", "condarc"))
    put(state, rewrite(link))
    assert (tmp_path / "dotfiles" / "condarc").exists()
    way(state)
    assert link.is_symlink()
    assert not (tmp_path / "dotfiles" / "condarc").exists()


def test_a_link_that_was_made_since_stays_too(tmp_path: Path, state: Path) -> None:
    path, real = tmp_path / ".condarc", tmp_path / "condarc"
    put(state, rewrite(path))
    path.rename(real)
    path.symlink_to(real)
    undo(next(runs(state)))
    assert path.is_symlink()
    assert not real.exists()


def test_undo_and_mirrors_do_not_work_on_the_files_at_once(tmp_path: Path, state: Path) -> None:
    path = tmp_path / ".condarc"
    put(state, rewrite(path))
    (run,) = runs(state)
    with locked(state, lock_name(state)):
        done = subprocess.run(
            [sys.executable, "-m", "gpusetup", "undo", run.id, "--yes"], text=True,
            capture_output=True, check=False, env={**os.environ, "GPUSETUP_STATE": str(state)},
        )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert path.exists()


def test_a_file_that_broke_since_is_left_alone_and_its_line_is_known(tmp_path: Path, state: Path) -> None:  # fmt: skip
    path = tmp_path / ".condarc"
    put(state, rewrite(path))
    broken = path.read_text() + "channels: [\n"
    path.write_text(broken)
    with pytest.raises(BrokenFile) as caught:
        take_back_plan(written(state))
    assert caught.value.problem.line == broken.count("\n")
    assert path.read_text() == broken


def test_two_runs_and_a_users_edit_between_them(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[global]\ntimeout = 60\n")
    put(state, rewrite(path, Client.PIP))
    path.write_text(path.read_text() + "retries = 9\n")
    old = path.read_bytes()
    new = old.replace(b"mirror.example", b"other.example")
    put(state, Rewrite(Client.PIP, str(path), old, new))
    restore(state)
    assert path.read_text() == "[global]\ntimeout = 60\nretries = 9\n"


def test_undo_takes_back_a_run_of_ours_with_the_old_permissions(tmp_path: Path, state: Path) -> None:  # fmt: skip
    path = tmp_path / ".condarc"
    path.write_text(TUNA_2024)
    path.chmod(0o644)
    put(state, rewrite(path))
    (run,) = runs(state)
    assert [each.kind for each in actions_for(run)] == ["restore"]
    undo(run)
    assert path.read_text() == TUNA_2024
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert written(state) == ()


_KILLED = """
import os, sys
from pathlib import Path
from gpusetup.mirrors.catalogue import Client
from gpusetup.road.rewriting import Rewrite, begin, write_all, written, take_back_plan, take_back
import gpusetup.mirrors.texts.ini_text, tempfile, secrets
path, state, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
tempfile.mkstemp(dir=state.parent)  # loads what is loaded only once
if what == "write":
    one = Rewrite(Client.PIP, str(path), path.read_bytes(), Path(sys.argv[4]).read_bytes())
    os.access("/begin-here", os.F_OK)
    write_all(begin(state, [one]), [one])
else:
    steps = written(state)
    plan = take_back_plan(steps)
    os.access("/begin-here", os.F_OK)
    take_back(steps, plan)
os.access("/end-here", os.F_OK)
"""
_CALLS = "openat,open,write,fsync,fdatasync,rename,renameat,renameat2,chmod,fchmod,fchmodat,chown,mkdir,mkdirat,unlink,unlinkat,rmdir,close,lseek,ftruncate"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("what", ["write", "restore"])
def test_a_kill_at_any_system_call_leaves_the_old_file_or_the_new_one(
    what: str, tmp_path: Path
) -> None:
    """And whatever it was, restoring afterwards brings the old one back."""
    old = b"[global]\n; mine\ntimeout = 60\n"
    new = write(old, Client.PIP)
    (tmp_path / "new").write_bytes(new)
    (tmp_path / "killed.py").write_text(_KILLED)
    calls = _calls_between_the_marks(tmp_path, what, old)
    assert {"write", "fsync"} <= {call for call, _ in calls}
    if what == "restore":
        calls = [each for each in calls if each[0] not in ("openat", "close", "lseek")]
    seen = set()
    for call, number in calls:
        path, state = _prepared(tmp_path / f"{call}-{number}", what, old)
        done = _strace(tmp_path, what, path, state, f"-einject={call}:signal=KILL:when={number}")
        assert done.returncode != 0
        content = path.read_bytes()
        assert content in (old, new)
        seen.add(content)
        if written(state):
            restore(state)
        assert path.read_bytes() == old
    assert seen == {old, new}


def _prepared(folder: Path, what: str, old: bytes) -> tuple[Path, Path]:
    folder.mkdir()
    path, state = folder / "pip.conf", folder / "state"
    path.write_bytes(old)
    if what == "restore":
        put(state, rewrite(path, Client.PIP))
    return path, state


def _strace(
    folder: Path, what: str, path: Path, state: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    argv = ["strace", "-qq", "-o", str(folder / "trace"), f"-etrace={_CALLS},access,faccessat,faccessat2", *options]  # fmt: skip
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    return subprocess.run(
        [*argv, sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[*sys.path]!r}; exec(open({str(folder / 'killed.py')!r}).read())",
         str(path), str(state), what, str(folder / "new")],
        capture_output=True, text=True, check=False, env=environ, timeout=60,
    )  # fmt: skip


def _calls_between_the_marks(folder: Path, what: str, old: bytes) -> list[tuple[str, int]]:
    """Each call between the two marks with its number; strace counts every name by itself."""
    done = _strace(folder, what, *_prepared(folder / "trial", what, old))
    assert done.returncode == 0, done.stderr
    found, counts, inside = [], Counter[str](), False
    for line in (folder / "trace").read_text().splitlines():
        call = line.split("(")[0]
        counts[call] += 1
        if "-here" in line:
            inside = not inside
        elif inside and "access" not in call:
            found.append((call, counts[call]))
    return found
