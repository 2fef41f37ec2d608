"""How a command ends badly: one message, the next thing to do, the exit code."""

from __future__ import annotations

import errno
import os
from typing import Mapping, TypeVar, cast

from gpusetup.basics.errors import Exit, GpusetupError, StepFailed
from gpusetup.compat_files.mistakes import FileError, MatrixErrors
from gpusetup.messages import Words, say, sentences

_OF_A_DISK = frozenset(
    getattr(errno, name)
    for name in (
        "EIO", "ESTALE", "ENOTCONN", "EREMOTEIO", "EHOSTDOWN", "ENOSPC", "EDQUOT", "EROFS",
        "ENOLCK", "EUCLEAN",
    )
    if hasattr(errno, name)
)  # fmt: skip
"""A server that is gone or was restarted, a broken or full disk; Windows has no words for some."""


def expected(error: GpusetupError, wants_json: bool) -> int:
    """An end that the program foresaw. A sentence `CODE.next` says what to do."""
    facts = dict(error.facts)
    text = say(error.code, **facts)
    if isinstance(error, MatrixErrors):
        lines = [_place(each) for each in error.errors]
        text, facts["mistakes"] = "\n".join([text, *lines]), lines
    following = f"{error.code}.next"
    return _end(
        error.exit,
        error.code,
        text,
        wants_json,
        facts=facts,
        log=str(facts["log"]) if "log" in facts else None,
        following=say(following, **facts) if following in sentences() else None,
    )


def _place(mistake: FileError) -> str:
    """A mistake in a file with as much of its place as is known."""
    text = say(mistake.code, **mistake.facts)
    kind = "place" if mistake.path else "line" if mistake.line else "file"
    facts = {"file": mistake.file, "line": mistake.line, "path": mistake.path}
    return say(f"matrix.error-{kind}", text=text, **facts)


def interrupted(wants_json: bool) -> int:
    """Ctrl-C outside a run (a run says itself what was done)."""
    return _end(Exit.INTERRUPTED, "interrupted", say("interrupted"), wants_json)


def of_a_disk(error: BaseException) -> StepFailed | None:
    """What a file system has done to us is no mistake of ours, wherever it comes to light."""
    if not isinstance(error, OSError) or error.filename is None or error.errno not in _OF_A_DISK:
        return None
    path = os.fsdecode(error.filename) if not isinstance(error.filename, int) else "?"
    return StepFailed("run.disk-fails", path=path, cause=error.strerror or str(error))


def bug(error: BaseException, wants_json: bool) -> int:
    """Our own mistake: one line, and a log that can be pasted into a report."""
    from gpusetup.effects.runlog import write_bug_report

    log = str(write_bug_report(error))
    text = say("bug", error=f"{type(error).__name__}: {error}", log=log)
    return _end(Exit.BUG, "bug", text, wants_json, log=log)


_Any = TypeVar("_Any")


def _safe(value: _Any) -> _Any:
    """No passwords: an installer's last lines and an exception's words may hold an address."""
    from gpusetup.basics.redact import secrets_of, without_secrets

    if isinstance(value, Words):
        return cast(_Any, _safe(value.neutral))
    if isinstance(value, str):
        return cast(_Any, without_secrets(value, secrets_of(os.environ)))
    if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
        return cast(_Any, type(value)(_safe(each) for each in value))
    return value


def _end(
    exit_code: Exit,
    code: str,
    text: str,
    wants_json: bool,
    *,
    facts: Mapping[str, object] | None = None,
    log: str | None = None,
    following: str | None = None,
) -> int:
    text, facts = _safe(text), {name: _safe(value) for name, value in (facts or {}).items()}
    if wants_json:
        from gpusetup.envelope import emit, error_document

        emit(error_document(exit_code, code, text, facts, log, following))
        return exit_code
    from gpusetup.terminal import show

    if exit_code is Exit.INTERRUPTED:
        show.note("\n" + text)
    else:
        show.error(text)
    if following:
        show.hint(following)
    return exit_code
