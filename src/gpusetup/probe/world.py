"""The machine as the probes see it: an environment, and a file tree that tests put elsewhere."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Callable, Generic, Iterator, Mapping, Sequence, TypeVar

from gpusetup.basics.values import dataclass
from gpusetup.effects.home_folder import home_to_read
from gpusetup.probe.child import Child

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """`environ` and `root`. Paths given and returned are as the machine names them."""

    environ: Mapping[str, str]
    root: Path = Path("/")

    def at(self, path: str) -> Path:
        """Where a path of the machine really lies."""
        return Path(self.real(path))

    def real(self, path: str) -> str:
        """The same as text: a search through PATH asks for it a hundred times."""
        root = str(self.root)
        return path if root == "/" else os.path.join(root, path.lstrip("/"))  # noqa: PTH118

    def text(self, path: str) -> str | None:
        """A file's text; None if it cannot be read. Files in /proc are read whole, once."""
        try:
            return self.at(path).read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            return None

    def exact(self, path: str) -> str | None:
        """A file's text with its own line ends, to be written again; None if it is not UTF-8."""
        try:
            return self.at(path).read_bytes().decode("utf-8")
        except (OSError, ValueError):
            return None

    def is_file(self, path: str) -> bool:
        return _is(os.path.isfile, self.real(path))

    def is_folder(self, path: str) -> bool:
        return _is(os.path.isdir, self.real(path))

    def exists(self, path: str) -> bool:
        return _is(os.path.exists, self.real(path))

    def names(self, folder: str) -> tuple[str, ...]:
        """What lies in a folder, sorted; nothing if it cannot be listed."""
        try:
            return tuple(sorted(os.listdir(self.real(folder))))  # noqa: PTH208
        except (OSError, ValueError):
            return ()

    def resolved(self, path: str) -> str:
        """A path of the machine without links. A link out of a test's tree stays as it is."""
        try:
            real = self.at(path).resolve()
        except (OSError, RuntimeError):  # RuntimeError: links in a circle, before Python 3.13
            return path
        if self.root == Path("/"):
            return str(real)
        try:
            return "/" + real.relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return path

    @property
    def home(self) -> str:
        for name in ("HOME", "USERPROFILE"):
            if self.environ.get(name):
                return self.environ[name]
        return str(home_to_read())

    def expanded(self, path: str) -> str:
        """`~` at the beginning is the home folder."""
        return self.home + path[1:] if re.match(r"~(?:[/\\]|$)", path) else path

    def search_path(self) -> Iterator[str]:
        """The folders of PATH, each once."""
        folders = self.environ.get("PATH", "").split(os.pathsep)
        return iter(dict.fromkeys(self.expanded(each) for each in folders if each))

    def which(self, name: str) -> str | None:
        """The program of that name on PATH."""
        names = [f"{name}.exe", f"{name}.bat", name] if os.name == "nt" else [name]
        for folder in self.search_path():
            for each in names:
                path = join(folder, each)
                if self.is_file(path) and os.access(self.real(path), os.X_OK):
                    return path
        return None

    def said(self, argv: Sequence[str], timeout_s: float) -> str:
        """What a program printed (stdout and stderr).

        Raises:
            TimeoutError: it did not end in time; it is ended.
            OSError: it cannot be started, or it failed.
        """
        child = Child([str(self.at(argv[0])), *argv[1:]], self.environ)
        if not child.wait(timeout_s):
            child.stop()
            raise TimeoutError(f"{argv[0]}: {timeout_s:g} s")
        if child.exit != 0:
            lines = child.text.strip().splitlines()
            raise OSError(lines[-1] if lines else f"{argv[0]}: exit {child.exit}")
        return child.text


def join(folder: str, *names: str) -> str:
    """A path below a folder, with the separator that the folder uses."""
    separator = "\\" if "\\" in folder and "/" not in folder else "/"
    return separator.join([folder.rstrip("/\\"), *names])


class Begun(Generic[T]):
    """A call that runs in a thread of its own; the thread never holds up the end of the program."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._errors: list[Exception] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._errors.append(error)

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for what the call returned, or raise what it raised.

        Raises:
            TimeoutError: the time is over. The thread is left behind.
        """
        self._thread.join(timeout_s)
        if self._errors:
            raise self._errors[0]
        if not self._results:
            raise TimeoutError(f"{timeout_s:g} s")
        return self._results[0]


def within(timeout_s: float, work: Callable[[], T]) -> T:
    """The result of a call that may hang, such as one on a network disk that is gone.

    Raises:
        TimeoutError: the time is over.
    """
    return Begun(work).result(timeout_s)


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """The results of calls that end by themselves, made at the same time.

    Not by `concurrent.futures`, whose import takes longer than most of these calls.
    """
    if len(works) < 2:
        return [work() for work in works]
    return [each.result() for each in [Begun(work) for work in works]]


def _is(question: Callable[[str], bool], path: str) -> bool:
    try:
        return question(path)
    except (OSError, ValueError):  # no permission on a folder above, a null byte
        return False
