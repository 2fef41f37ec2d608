"""`mirrors.yaml` -> the mirrors, or all its mistakes with line and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator, Mapping

from gpusetup.basics.errors import UsageError
from gpusetup.compat_files import compat_folder
from gpusetup.compat_files.document import Document, Tables, read_head
from gpusetup.compat_files.fields import Errors, Record, elements, entries, record
from gpusetup.compat_files.mistakes import FileError, MatrixErrors
from gpusetup.compat_files.nodes import Node, Unreadable, decode, parse
from gpusetup.mirrors.catalogue import OFFICIAL, Layout, Mirror, Mirrors, Offer, Service, State

NAME = "mirrors.yaml"

_WHO = ("name", "name_zh", "hosts", "source", "checked")
_ROW = ("source", "checked")
_MORE = ("url", "state", "note", "note_zh")


def packaged_or_configured(environ: Mapping[str, str]) -> Mirrors:
    """The mirrors of the folder that GPUSETUP_COMPAT names, where it has any; else our own.

    Raises:
        MatrixErrors: the file has mistakes; it holds every one.
        UsageError: GPUSETUP_COMPAT names nothing that is there.
    """
    named = environ.get("GPUSETUP_COMPAT")
    if named:
        path = Path(named).expanduser()
        if not path.exists():
            raise UsageError("matrix.not-there", path=named)
        if (path / NAME).is_file():
            return load(path / NAME)
    return load(compat_folder() / NAME)


def load(path: Path) -> Mirrors:
    """The mirrors of a file.

    Raises:
        MatrixErrors: it has mistakes; it holds every one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        facts = {"problem": error.strerror or str(error)}
        raise MatrixErrors((FileError(str(path), 0, "", "matrix.unreadable", facts),)) from error
    return read(content, str(path))


def read(content: bytes, name: str) -> Mirrors:
    """The mirrors of a file's content; `name` stands in what is said about it.

    Raises:
        MatrixErrors: it has mistakes; it holds every one.
    """
    document = Document(Errors(name), Tables())
    mirrors: tuple[Mirror, ...] = ()
    try:
        root = parse(decode(content))
    except Unreadable as error:
        document.errors.add(error.line, "", error.code, **error.facts)
    else:
        mirrors = _mirrors(document, root)
    if document.errors.found:
        raise MatrixErrors(tuple(document.errors.found))
    return Mirrors(mirrors, document.updated)


def _mirrors(document: Document, root: Node) -> tuple[Mirror, ...]:
    head = read_head(document, root, ("mirrors",))
    if head is None or "mirrors" not in head.fields:
        if head is not None:
            document.errors.add(root.line, "mirrors", "matrix.missing", key="mirrors")
        return ()
    found = [
        _mirror(document, id, node, path)
        for id, node, path in entries(document.errors, head.fields["mirrors"], "mirrors")
    ]
    mirrors = tuple(each for each in found if each is not None)
    if all(found) and not any(each.is_official for each in mirrors):
        facts = {"key": OFFICIAL}  # all others are judged against it
        document.errors.add(
            head.fields["mirrors"].line, f"mirrors.{OFFICIAL}", "matrix.missing", **facts
        )
    return mirrors


def _mirror(document: Document, id: str, node: Node, path: str) -> Mirror | None:
    row = record(document.errors, node, path, _WHO, ("also", "redirects", *_TABLES))
    if row is None:
        return None
    offers: list[Offer] = []
    for table, reader in _TABLES.items():
        if table in row.fields:
            for each, place in elements(document.errors, row.fields[table], f"{path}.{table}"):
                offers += reader(document, each, place)
    return Mirror(
        id=id,
        name=row.text("name") or "",
        name_zh=row.text("name_zh") or "",
        also=row.texts("also"),
        hosts=row.texts("hosts"),
        redirects=row.flag("redirects"),
        offers=tuple(offers),
        **document.origin_of(row),
    )


def _index(document: Document, node: Node, path: str) -> Iterator[Offer]:
    row = record(document.errors, node, path, _ROW, (*_MORE, "files"))
    if row is not None:
        yield _offer(document, row, Service.INDEX, files=_address(row, "files"))


def _channels(document: Document, node: Node, path: str) -> Iterator[Offer]:
    """One row names many channels below one base."""
    known = ("base", "subdirs", "state", "note", "note_zh")
    row = record(document.errors, node, path, (*_ROW, "names"), known)
    if row is None:
        return
    base = _address(row, "base")
    if "base" not in row.fields and _state(row) is not State.ABSENT:
        document.errors.add(row.line, f"{path}.base", "matrix.missing", key="base")
    for name in row.texts("names"):
        url = f"{base}/{name}" if base else None
        yield _offer_at(document, row, Service.CHANNEL, url, name, subdirs=_words(row, "subdirs"))


def _wheels(document: Document, node: Node, path: str) -> Iterator[Offer]:
    row = record(document.errors, node, path, _ROW, (*_MORE, "layout", "builds"))
    if row is not None:
        layout = row.one_of("layout", [each.value for each in Layout])
        builds = _words(row, "builds")
        kind = Layout(layout) if layout else Layout.PEP503
        yield _offer(document, row, Service.WHEELS, layout=kind, builds=builds)


def _installer(document: Document, node: Node, path: str) -> Iterator[Offer]:
    row = record(document.errors, node, path, (*_ROW, "name"), _MORE)
    if row is not None:
        name = row.one_of("name", ["miniforge", "miniconda"]) or ""
        yield _offer(document, row, Service.INSTALLER, name=name)


def _cuda_apt(document: Document, node: Node, path: str) -> Iterator[Offer]:
    row = record(document.errors, node, path, _ROW, (*_MORE, "platforms"))
    if row is not None:
        yield _offer(document, row, Service.CUDA_APT, platforms=row.texts("platforms"))


def _pythons(document: Document, node: Node, path: str) -> Iterator[Offer]:
    row = record(document.errors, node, path, _ROW, _MORE)
    if row is not None:
        yield _offer(document, row, Service.PYTHONS)


_TABLES: dict[str, Callable[[Document, Node, str], Iterator[Offer]]] = {
    "indexes": _index,
    "channels": _channels,
    "wheels": _wheels,
    "installers": _installer,
    "cuda_apt": _cuda_apt,
    "pythons": _pythons,
}


def _offer(document: Document, row: Record, service: Service, name: str = "", **more: Any) -> Offer:
    """The offer of one row. Only an index may be without an address: the one that is built in."""
    url = _address(row, "url")
    needs_one = service is not Service.INDEX and _state(row).usable
    if needs_one and "url" not in row.fields:
        row.errors.add(row.line, f"{row.path}.url", "matrix.missing", key="url")
    return _offer_at(document, row, service, url, name, **more)


def _offer_at(
    document: Document, row: Record, service: Service, url: str | None, name: str, **more: Any
) -> Offer:
    notes = {name: row.text(name) for name in ("note", "note_zh")}
    if (notes["note"] is None) is not (notes["note_zh"] is None):
        missing = "note" if notes["note"] is None else "note_zh"
        row.errors.add(row.line, f"{row.path}.{missing}", "matrix.missing", key=missing)
    told = {"state": _state(row), **notes, **document.origin_of(row)}
    return Offer(service, url, name, **told, **more)  # type: ignore[arg-type]


def _state(row: Record) -> State:
    found = row.one_of("state", [each.value for each in State])
    return State(found) if found else State.GOOD


def _address(row: Record, name: str) -> str | None:
    """An address without a slash at its end. Plain http could be changed on the way."""
    text = row.text(name)
    if text is None:
        return None
    if not text.startswith("https://") or any(each in text for each in " @?#"):
        row.errors.add(*row.place(name), "matrix.no-https", value=text)
        return None
    return text.rstrip("/")


def _words(row: Record, name: str) -> tuple[str, ...]:
    return tuple((row.text(name) or "").split())
