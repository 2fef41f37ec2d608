"""Propose rows for releases of torch that the compatibility data does not know yet.

python tools/derive.py                      what the package index and the wheel index have anew
python tools/derive.py --torch 2.16.0       only this release
python tools/derive.py --write              put the rows into compat/, load it, undo if it fails

Without --write a whole file is printed; GPUSETUP_COMPAT=FILE tries it out. What it says on stderr
is left to a person: rows that cannot be derived, and doubts. A wheel is never downloaded whole;
the architectures are read from torch's library inside it (about 10 MiB a build; --no-flags).
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from derived_rows import FLAGS, TABLE, Found, is_known_platform, parse_table, rows_of, runtime_of  # noqa: E402
from derived_text import Proposal, companion_rows, file_text, insert  # noqa: E402
from gpusetup.basics.origins import WHEEL_INDEX  # noqa: E402
from gpusetup.basics.versions import Version  # noqa: E402
from gpusetup.compat_files import MatrixErrors, load_folder  # noqa: E402
from gpusetup.indexes.client import Client, Remote  # noqa: E402
from gpusetup.indexes.default import package_index  # noqa: E402
from gpusetup.indexes.facts import Group  # noqa: E402
from gpusetup.indexes.reading import error_words, list_groups, read_insides  # noqa: E402
from gpusetup.indexes.remote_zip import NotAZip, read_members  # noqa: E402
from gpusetup.matrix.rows import Matrix  # noqa: E402
from gpusetup.messages import say  # noqa: E402
from gpusetup.packages import COMPANIONS  # noqa: E402
from gpusetup.probe.pip import read_pip  # noqa: E402
from gpusetup.probe.uv import read_uv  # noqa: E402
from gpusetup.probe.world import World  # noqa: E402
from gpusetup.request import Origin  # noqa: E402

LIBRARIES = ("torch/lib/libtorch_python.so", "torch/lib/torch_python.dll")
LIMIT_MIB = 600


@dataclass(frozen=True)
class Listed:
    """One index or folder: its wheels, and what was read inside them."""

    origin: str
    page: str | None
    groups: tuple[Group, ...]


def main(argv: Sequence[str]) -> int:
    """0: rows proposed or nothing new. 1: the rows do not load. 3: no index could be read."""
    wish = _arguments(argv)
    matrix = load_folder(wish.compat)
    client, index = _client(wish.index)
    try:
        if index is None:
            raise OSError("no package index is configured; name one with --index")
        groups = list_groups(client, index)
    except OSError as error:
        _tell(f"{index}: {error_words(error)}")
        return 3
    releases = _releases(groups, matrix, wish.torch)
    if not releases:
        _tell("Nothing new: every release on the index has its rows.")
        return 0
    proposal = Proposal(wish.date)
    for release in releases:
        found = _found(client, matrix, Listed("pypi", None, groups), release, wish)
        days = [each.group.uploaded for each in found if each.origin == "pypi"]
        proposal.releases[release] = (
            min((day for day in days if day), default=wish.date),
            rows_of(found, matrix),
        )
        proposal.companions.update(companion_rows(found, matrix))
        _complete(proposal, found, matrix)
    if wish.write:
        return _write(proposal, wish.compat)
    print(file_text(proposal), end="")
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="derive.py", description=str(__doc__).split("\n")[0])
    parser.add_argument("--index", help="the package index (otherwise that of pip or uv)")
    parser.add_argument("--wheel-index", default=WHEEL_INDEX, help='its base, or "none"')
    parser.add_argument("--torch", type=Version.parse, help="only this release")
    parser.add_argument("--compat", type=Path, default=ROOT / "compat")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    parser.add_argument("--no-flags", action="store_true", help="do not read the libraries")
    parser.add_argument("--write", action="store_true", help="put the rows into compat/")
    return parser.parse_args(argv)


def _client(index: str | None) -> tuple[Client, str | None]:
    world = World(os.environ)
    installers = read_pip(world)[0]
    client = Client(cert=installers.cert, proxy=installers.proxy, limit_mib=LIMIT_MIB)
    return client, index or package_index(installers, read_uv(world)[0])


def _releases(groups: Iterable[Group], matrix: Matrix, wish: Version | None) -> tuple[Version, ...]:
    """The releases to propose, newest first: those without any row of PyPI, or the named one."""
    known = {row.torch for row in matrix.builds if row.origin is Origin.PYPI}
    listed = {each.version for each in groups if each.package == "torch" and not each.yanked}
    if wish is not None:
        return (wish,) if wish in listed else ()
    return tuple(sorted((each for each in listed - known if each > min(known)), reverse=True))


def _found(
    client: Client, matrix: Matrix, pypi: Listed, release: Version, wish: argparse.Namespace
) -> list[Found]:
    """The wheels of a release everywhere: on the package index, then in each folder."""
    found = _look(client, pypi, release, wish)
    if wish.wheel_index != "none":
        for build in _candidates(matrix, found):
            url = f"{wish.wheel_index.rstrip('/')}/{build}"
            try:
                groups = list_groups(client, url)
            except OSError as error:
                _tell(f"{url}: {error_words(error)}")
                continue
            folder = Listed("wheel-index", f"whl/{build}", groups)
            found += _look(client, folder, release, wish)
    return found


def _candidates(matrix: Matrix, found: Iterable[Found]) -> tuple[str, ...]:
    """The folders to look for: of the newest releases, of the table in the wheel, of its CUDA."""
    newest = sorted({row.torch for row in matrix.builds}, reverse=True)[:3]
    rows = [row for row in matrix.builds if row.origin is Origin.WHEEL_INDEX]
    builds = {row.build for row in rows if row.torch in newest} | {"cpu"}
    for each in found:
        builds.add(each.build)
        table = parse_table(each.inside.texts.get(TABLE, ""))
        builds |= {f"cu{cuda}".replace(".", "") for cuda in table}
    return tuple(sorted(builds, key=lambda build: (runtime_of(build) is None, build)))


def _look(
    client: Client, listed: Listed, release: Version, wish: argparse.Namespace
) -> list[Found]:
    """What one listing has of a release, looked into."""
    torches = [
        each
        for each in listed.groups
        if each.package == "torch" and each.version == release and is_known_platform(each.platform)
    ]
    insides, unread = read_insides(client, torches, lambda _each: ("torch/version.py", TABLE))
    companions = _newest_companions(listed.groups)
    more, unread_too = read_insides(client, companions, lambda _each: ())
    for name, reason in (*unread, *unread_too):
        _tell(f"{name}: {reason}")
    by_name = {(key[0], key[1]): inside for key, inside in more.items()}
    found = [
        Found(listed.origin, listed.page, each, insides[each.key], listed.groups, by_name)
        for each in torches
        if each.key in insides
    ]
    return [_with_flags(client, each) for each in found] if not wish.no_flags else found


def _newest_companions(groups: Iterable[Group]) -> list[Group]:
    """One wheel of each of the last releases of torchvision and torchaudio."""
    chosen: dict[tuple[str, Version], Group] = {}
    for each in groups:
        if each.package in COMPANIONS and not each.yanked:
            chosen.setdefault((each.package, each.version), each)
    newest = sorted(chosen, key=lambda key: key[1], reverse=True)
    return [chosen[key] for name in COMPANIONS for key in [k for k in newest if k[0] == name][:6]]


def _with_flags(client: Client, found: Found) -> Found:
    """The architectures as the compiler was told, which stand in torch's library."""
    if found.cuda is None:
        return found
    file = found.group.sample()
    try:
        members, _total = read_members(Remote(client, file.url), LIBRARIES.__contains__, 1)
    except (OSError, NotAZip) as error:
        _tell(f"{file.filename}: {error_words(error)}")
        return found
    flags = [match for content in members.values() for match in FLAGS.findall(content)]
    return replace(found, flags=max(flags, key=len).decode()) if flags else found


def _complete(proposal: Proposal, found: Iterable[Found], matrix: Matrix) -> None:
    """Rows that the new ones lean on, and what only a person can add."""
    for name, version in proposal.companions:
        _tell(f"companions.yaml: {name} {version}: look how it compares CUDA (cuda_check)")
    for cuda in {each.cuda for each in found if each.cuda} - {
        row.cuda_runtime for row in matrix.cuda
    }:
        family = [
            row for row in matrix.cuda if row.cuda_runtime.major == cuda.major and not row.exact
        ]
        if family:
            proposal.runtimes[cuda] = max(family, key=lambda row: row.cuda_runtime)
            _tell(
                f"cuda.yaml: the row of CUDA {cuda} is that of its family; add its own driver (PTX)"
            )
        else:
            _tell(f"cuda.yaml: CUDA {cuda} is a new family; add its row with its minimum drivers")
    known = {each for row in matrix.generations for each in row.capabilities}
    for _date, rows in proposal.releases.values():
        words = {
            word
            for row in rows
            for facts in row.platforms.values()
            for word in str(facts.get("architectures") or "").split()
        }
        for word in sorted(words):
            number = word.removeprefix("sm_")
            if (int(number[:-1]), int(number[-1])) not in known:
                _tell(f"gpus.yaml: {word} belongs to no architecture yet; add it")


def _write(proposal: Proposal, compat: Path) -> int:
    """Into the files; back to what they were if the whole no longer loads."""
    old = insert(proposal, compat)
    try:
        load_folder(compat)
    except MatrixErrors as errors:
        for path, text in old.items():
            path.write_text(text, encoding="utf-8")
        for error in errors.errors:
            _tell(f"{error.file}, {error.line}, {error.path}: {say(error.code, **error.facts)}")
        _tell("Nothing was written.")
        return 1
    for path in old:
        _tell(f"written: {path}")
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
