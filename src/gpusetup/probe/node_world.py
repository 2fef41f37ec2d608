"""A node as it told itself: the world that the same readers look at as at this machine."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Iterable, Sequence

from gpusetup.basics.values import dataclass, field
from gpusetup.probe.node_block import Record
from gpusetup.probe.world import World


@dataclass(frozen=True)
class ToldWorld(World):
    """What was not told is not there."""

    texts: dict[str, str] = field(default_factory=dict)
    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict)  # path -> "folder" | "file"
    programs: dict[str, str] = field(default_factory=dict)
    opened: dict[str, tuple[str, ...]] = field(default_factory=dict)  # /proc/7/fd -> targets

    def text(self, path: str) -> str | None:
        """A file's text; None if it was not told."""
        return self.texts.get(path)

    def exact(self, path: str) -> str | None:
        """The same: its line ends do not matter here."""
        return self.texts.get(path)

    def is_file(self, path: str) -> bool:
        """Whether it was told to be a file."""
        return path in self.texts or self.present.get(path) == "file"

    def is_folder(self, path: str) -> bool:
        """Whether it was told to be a folder."""
        return self.present.get(path) == "folder"

    def exists(self, path: str) -> bool:
        """Whether it was told to be there."""
        return path in self.present or path in self.texts

    def names(self, folder: str) -> tuple[str, ...]:
        """What was told to lie in a folder."""
        targets = self.opened.get(folder)
        if targets is not None:
            return tuple(str(number) for number in range(len(targets)))
        return self.folders.get(folder, ())

    def resolved(self, path: str) -> str:
        """Where an open file of a process leads; other links are not followed."""
        folder, name = str(PurePosixPath(path).parent), PurePosixPath(path).name
        targets = self.opened.get(folder, ())
        return targets[int(name)] if name.isdigit() and int(name) < len(targets) else path

    def which(self, name: str) -> str | None:
        """The program of that name on the node's PATH."""
        return self.programs.get(name)

    def said(self, argv: Sequence[str], timeout_s: float) -> str:
        """Nothing can be started there any more.

        Raises:
            OSError: always.
        """
        raise OSError(f"{argv[0]}: not asked within {timeout_s:g} s")


def told_world(records: Iterable[Record]) -> ToldWorld:
    """The records that stand for files and variables."""
    world = ToldWorld({})
    environ: dict[str, str] = {}
    users: list[str] = []
    for record in records:
        if record.kind == "text":
            world.texts[record.key] = record.text
        elif record.kind == "names":
            world.folders[record.key] = tuple(each for each in record.lines if each)
        elif record.kind == "exists":
            world.present[record.key] = record.text
        elif record.kind == "program":
            world.programs[record.key] = record.text
        elif record.kind == "opened":
            world.opened[record.key] = (*world.opened.get(record.key, ()), record.text)
        elif record.kind == "value":
            environ[record.key] = record.text
        elif record.kind == "user":
            users.append(f"{record.text}:x:{record.key}:\n")
    world.texts["/etc/passwd"] = "".join(users)  # the names as the node's own directory knows them
    return ToldWorld(
        environ,
        texts=world.texts,
        folders=world.folders,
        present=world.present,
        programs=world.programs,
        opened=world.opened,
    )
