"""A file system of the lab: a folder through FUSE, with the manners of disks that people really have.

    python -m tests.lab.filesystem FOLDER MOUNTPOINT '{"delay_s": 0.01, "symlinks": false}'

It is a real mount: the kernel, uv and the interpreters see nothing else. Beside its manners it is
the folder itself. What is asked of it is written down (`told`), with the program that asked.
"""

from __future__ import annotations

import collections
import contextlib
import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Manner:
    """What such a file system does otherwise. `kind`: as /proc/mounts names it, after "fuse."."""

    kind: str = "lab"
    device: str = "lab"
    delay_s: float = 0.0  # of every question that reaches it
    ignores_case: bool = False  # and keeps it: Windows, macOS
    symlinks: bool = True
    hard_links: bool = True
    locks: bool = True
    lock_delay_s: float = 0.0  # until an answer: a lock service that is gone gives none
    quota_bytes: int | None = None  # what may be written; `statfs` tells nothing of it
    quota_file: str = ""  # one that holds that number instead, so that room can be made
    broken: str = ""  # how the names end that cannot be read any more
    broken_errno: int = errno.ESTALE


def missing() -> str | None:
    """Why no file system can be mounted here, or None."""
    if sys.platform != "linux" or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "no /dev/fuse that may be opened: no file system of our own"
    try:
        import mfusepy  # noqa: F401 - it looks for libfuse when it is imported
    except (ImportError, OSError, AttributeError) as error:
        return f"no FUSE for Python ({error}): no file system of our own"
    return None


@contextlib.contextmanager
def mounted(folder: Path, point: Path, manner: Manner, told: Path | None = None) -> Iterator[Path]:
    """The folder as that file system shows it. `told`: a file that gets a line for each question."""
    folder.mkdir(parents=True, exist_ok=True)
    point.mkdir(parents=True, exist_ok=True)
    words = (str(folder), str(point), json.dumps(asdict(manner)), *([str(told)] if told else ()))
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.lab.filesystem", *words], cwd=HERE, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while not os.path.ismount(point):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"not mounted: {point}")
            time.sleep(0.02)
        yield point
    finally:
        subprocess.run(["umount", "--lazy", str(point)], check=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(5)
        server.kill()
        server.wait()


def questions(told: Path) -> collections.Counter[tuple[str, str]]:
    """How often each (program, question) was."""
    rows = (line.split("\t") for line in told.read_text(encoding="utf-8").splitlines())
    return collections.Counter((row[0], row[1]) for row in rows)


class Folder:
    """The questions of FUSE, answered from a folder. Names of methods and arguments are FUSE's."""

    use_ns = True

    def __init__(self, root: str, manner: Manner, told: Any = None) -> None:
        self.root = root
        self.manner = manner
        self.told = told
        self.written = 0
        self.guard = threading.Lock()
        self.programs: dict[int, str] = {}
        for name, wanted in (
            ("link", manner.hard_links), ("symlink", manner.symlinks),
        ):  # fmt: skip
            if not wanted:
                setattr(self, name, self._refused)
        if manner.lock_delay_s or not manner.locks:
            self.lock = self.flock = self._without_locks

    # what such a file system does otherwise ---------------------------------------------------

    def _asked(self, question: str, path: str) -> None:
        if self.told is not None:
            with self.guard:
                self.told.write(f"{self._program()}\t{question}\t{path}\n")
                self.told.flush()
        if self.manner.delay_s:
            time.sleep(self.manner.delay_s)

    def _program(self) -> str:
        import mfusepy

        pid = mfusepy.fuse_get_context()[2]
        if pid not in self.programs:
            try:
                raw = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                return "?"
            words = raw.decode(errors="replace").split("\0")
            self.programs[pid] = " ".join(words)[:200].replace("\t", " ").replace("\n", " ")
        return self.programs[pid]

    def _at(self, question: str, path: str) -> str:
        self._asked(question, path)
        real = self._real(path)
        if self.manner.broken and path.endswith(self.manner.broken):
            raise OSError(self.manner.broken_errno, os.strerror(self.manner.broken_errno))
        return real

    def _real(self, path: str) -> str:
        real = self.root + path.rstrip("/")
        if not self.manner.ignores_case or os.path.lexists(real):
            return real
        found = self.root
        for part in path.strip("/").split("/"):
            found = f"{found}/{self._spelled(found, part)}"
        return found

    @staticmethod
    def _spelled(folder: str, name: str) -> str:
        """How the folder spells a name, else the name."""
        try:
            names = os.listdir(folder)
        except OSError:
            return name
        alike = [each for each in names if each.casefold() == name.casefold()]
        return name if name in alike or not alike else alike[0]

    def _grow(self, amount: int) -> None:
        limit = self.manner.quota_bytes
        if self.manner.quota_file:
            limit = int(Path(self.manner.quota_file).read_text())
        with self.guard:
            if limit is not None and amount > 0 and self.written + amount > limit:
                raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
            self.written += amount

    def _refused(self, target: str, _source: str) -> None:
        self._asked("refused", target)
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def _without_locks(self, path: str, *_rest: Any) -> None:
        self._asked("lock", path)
        time.sleep(self.manner.lock_delay_s)
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    # reading ----------------------------------------------------------------------------------

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        real = self._at("getattr", path)
        info = os.lstat(real)
        names = ("mode", "ino", "dev", "nlink", "uid", "gid", "size", "blocks")
        found = {f"st_{name}": getattr(info, f"st_{name}") for name in names}
        times = {
            f"st_{name}": getattr(info, f"st_{name}_ns") for name in ("atime", "mtime", "ctime")
        }
        return {**found, **times}

    def readlink(self, path: str) -> str:
        return os.readlink(self._at("readlink", path))

    def readdir(self, path: str, fh: int) -> list[tuple[str, dict[str, int], int]]:
        with os.scandir(self._at("readdir", path)) as found:
            return [  # an entry without a number would be left out
                (each.name, {"st_ino": each.inode(), "st_mode": _kind(each)}, 0) for each in found
            ]

    def open(self, path: str, flags: int) -> int:
        before = 0
        real = self._at("open", path)
        if flags & os.O_TRUNC:
            before = os.path.getsize(real)
        found = os.open(real, flags)
        self._grow(-before)
        return found

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        self._asked("read", path)
        return os.pread(fh, size, offset)

    def statfs(self, path: str) -> dict[str, int]:
        info = os.statvfs(self._real(path))
        names = (
            "bavail",
            "bfree",
            "blocks",
            "bsize",
            "favail",
            "ffree",
            "files",
            "flag",
            "frsize",
            "namemax",
        )
        return {f"f_{name}": getattr(info, f"f_{name}") for name in names}

    # writing ----------------------------------------------------------------------------------

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self._at("create", path), os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._asked("write", path)
        self._grow(max(0, offset + len(data) - os.fstat(fh).st_size))
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        real = self._at("truncate", path)
        self._grow(length - os.path.getsize(real))
        os.truncate(real, length)

    def flush(self, path: str, fh: int) -> None:
        self._asked("flush", path)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        self._asked("fsync", path)

    def release(self, path: str, fh: int) -> None:
        os.close(fh)

    def mkdir(self, path: str, mode: int) -> None:
        os.mkdir(self._at("mkdir", path), mode)

    def rmdir(self, path: str) -> None:
        os.rmdir(self._at("rmdir", path))

    def unlink(self, path: str) -> None:
        real = self._at("unlink", path)
        info = os.lstat(real)
        os.unlink(real)
        self._grow(-info.st_size if info.st_nlink == 1 else 0)

    def rename(self, old: str, new: str) -> None:
        source, target = self._at("rename", old), self._real(new)
        if (
            self.manner.ignores_case
            and os.path.lexists(target)
            and os.path.samefile(source, target)
        ):
            target = f"{os.path.dirname(target)}/{os.path.basename(new)}"  # another spelling
        os.rename(source, target)

    def symlink(self, target: str, source: str) -> None:
        os.symlink(source, self._at("symlink", target))

    def link(self, target: str, source: str) -> None:
        os.link(self._real(source), self._at("link", target))

    def chmod(self, path: str, mode: int) -> None:
        os.chmod(self._at("chmod", path), mode)

    def chown(self, path: str, uid: int, gid: int) -> None:
        os.chown(self._at("chown", path), uid, gid, follow_symlinks=False)

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> None:
        os.utime(self._at("utimens", path), ns=times, follow_symlinks=False)

    def mknod(self, path: str, mode: int, dev: int) -> None:
        os.mknod(self._at("mknod", path), mode, dev)


def _kind(entry: os.DirEntry[str]) -> int:
    if entry.is_symlink():
        return stat.S_IFLNK
    return stat.S_IFDIR if entry.is_dir() else stat.S_IFREG


def main(folder: str, point: str, manner: str, told: str = "") -> None:
    """Serve until it is unmounted."""
    import mfusepy

    wanted = Manner(**json.loads(manner))
    # names that differ in case are one file: nothing may be remembered by its spelling
    moments = {"entry_timeout": 0, "attr_timeout": 0, "negative_timeout": 0}
    with open(told or os.devnull, "a", encoding="utf-8") as stream:
        mfusepy.FUSE(
            Folder(folder, wanted, stream if told else None), point, foreground=True, use_ino=True,
            fsname=wanted.device, subtype=wanted.kind, hard_remove=True,
            **(moments if wanted.ignores_case else {}),
        )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
