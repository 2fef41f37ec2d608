"""`gpusetup matrix update`: get it, check it, say what differs, use it; and the way back."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from gpusetup.basics.errors import Exit, Refused, UsageError
from gpusetup.basics.redact import without_credentials
from gpusetup.cli.matrix_documents import differences_document
from gpusetup.compat_files.updated import Update
from gpusetup.compat_files.updating import Installed, install, restore
from gpusetup.envelope import emit
from gpusetup.matrix.differences import Changed, Differences
from gpusetup.matrix.rows import Build
from gpusetup.messages import say
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.terminal.show import Line, Mark

LARGEST_DOWNLOAD = 16 * 2**20
_SHOWN = 12


def update(file: str, sha256: str | None) -> int:
    """Get, check, install, and say what differs.

    Raises:
        UsageError: wrong words, a file that cannot be read, data with mistakes.
        Refused: not to be had, another hash, not safe, too old.
    """
    wanted = _hash(sha256)
    shown = without_credentials(file)
    content = _content(file, shown)
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise Refused("matrix.update-wrong-hash", source=shown, found=found, wanted=wanted)
    with show.awaiting(say("matrix.update-checking")):
        done = install(content, shown, wanted, date.today().isoformat(), os.environ)
    if session().json:
        emit(_update_document(done, shown, wanted))
    else:
        _show_update(done)
    return Exit.OK


def take_back() -> int:
    """`--restore`."""
    done = restore(os.environ)
    if session().json:
        emit({
            "schema": "gpusetup.matrix/1", "part": "update", "restored": True,
            "now": _update_words(done.now), "before": _update_words(done.before),
        })  # fmt: skip
    elif done.now is None:
        show.item(Mark.OK, say("matrix.restored-packaged"))
    else:
        facts = {"updated": done.now.updated, "source": show.path(done.now.source)}
        show.item(Mark.OK, say("matrix.restored-update", **facts))
    return Exit.OK


def _hash(text: str | None) -> str:
    if text is None:
        raise UsageError("matrix.update-needs-hash")
    plain = text.strip().lower().removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise UsageError("matrix.update-bad-hash", text=text)
    return plain


def _content(file: str, shown: str) -> bytes:
    """The bytes of a file or of an address."""
    scheme = urlsplit(file).scheme.lower()
    if scheme in ("http", "https"):
        return _fetched(file, shown)
    path = Path(url2pathname(urlsplit(file).path) if scheme == "file" else file).expanduser()
    if path.is_dir():
        raise UsageError("matrix.update-folder", source=shown)
    try:
        if path.stat().st_size > LARGEST_DOWNLOAD:
            raise Refused("matrix.update-too-large", limit=LARGEST_DOWNLOAD >> 20)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise UsageError("matrix.update-no-file", source=shown, cause=cause) from error


def _fetched(url: str, shown: str) -> bytes:
    from gpusetup.probe.download import TooLarge, download

    try:
        with show.awaiting(say("matrix.update-fetching", source=shown)):
            return download(url, LARGEST_DOWNLOAD)
    except TooLarge as error:
        raise Refused("matrix.update-too-large", limit=LARGEST_DOWNLOAD >> 20) from error
    except (OSError, ValueError) as error:
        cause = without_credentials(str(getattr(error, "reason", None) or error))
        raise Refused("matrix.update-not-reached", source=shown, cause=cause) from error


def _show_update(done: Installed) -> None:
    if done.update is None:
        show.item(Mark.NOTE, say("matrix.update-same"))
        return
    _show_differences(done.differences)
    show.blank()
    show.item(Mark.OK, say("matrix.update-done", before=done.before, after=done.after))
    if os.environ.get("GPUSETUP_COMPAT"):
        show.warning(say("matrix.update-not-used"))
    show.hint(say("matrix.update-back"))


def _show_differences(found: Differences) -> None:
    show.heading(say("matrix.update-differences"))
    lines = [Line(Mark.OK, say("matrix.update-added"), _words(each)) for each in found.added]
    lines += [Line(Mark.BAD, say("matrix.update-removed"), _words(each)) for each in found.removed]
    lines += [_changed_line(each) for each in found.changed]
    show.lines(lines[:_SHOWN])
    if len(lines) > _SHOWN:
        show.note(say("matrix.update-more", count=len(lines) - _SHOWN))
    for table in found.tables:
        facts = {"added": table.added, "removed": table.removed, "changed": table.changed}
        show.item(Mark.NOTE, say("matrix.update-table", table=table.table, **facts))


def _changed_line(changed: Changed) -> Line:
    fields = (
        say("matrix.update-field", field=name, before=before, after=after)
        for name, before, after in changed.fields
    )
    label = say("matrix.update-changed")
    return Line(Mark.NOTE, label, _words(changed.build), "\n".join(fields))


def _words(build: Build) -> str:
    return f"{build.torch} {build.build} ({build.origin.value}, {build.platform})"


def _update_document(done: Installed, source: str, sha256: str) -> dict[str, object]:
    return {
        "schema": "gpusetup.matrix/1",
        "part": "update",
        "restored": False,
        "installed": done.update is not None,
        "source": source,
        "sha256": sha256,
        "before": done.before,
        "after": done.after,
        "folder": str(done.folder) if done.update else None,
        "in_use": done.update is not None and not os.environ.get("GPUSETUP_COMPAT"),
        "differences": differences_document(done.differences),
    }


def _update_words(update: Update | None) -> dict[str, object] | None:
    """None: the data that gpusetup came with."""
    if update is None:
        return None
    return {"source": update.source, "sha256": update.sha256, "updated": update.updated}
