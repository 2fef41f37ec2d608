"""`--answers FILE` and `--write-answers FILE`: the file read and written."""

from __future__ import annotations

import os
from pathlib import Path

from gpusetup.basics.errors import Refused, UsageError
from gpusetup.choosing.choice import Choice
from gpusetup.cli.answers_file import Values, answers_of, read_answers
from gpusetup.messages import say
from gpusetup.request import Request

USUAL_NAME = "gpusetup-answers.yaml"
_LONGEST = 1 << 20  # bytes; an honest file has some hundreds


def load(path: Path) -> Values:
    """The wishes of a file.

    Raises:
        UsageError: it cannot be read, or has mistakes: all of them, with their lines.
    """
    try:
        with path.expanduser().open("rb") as stream:
            content = stream.read(_LONGEST + 1)
        text = content.decode("utf-8-sig")
    except (OSError, RuntimeError) as error:  # RuntimeError: a ~user that is not there
        cause = getattr(error, "strerror", None) or str(error)
        raise UsageError("answers.not-there", path=str(path), cause=cause) from error
    except UnicodeDecodeError as error:
        raise UsageError("answers.no-text", path=str(path)) from error
    if len(content) > _LONGEST:
        raise UsageError("answers.no-text", path=str(path))
    return read_answers(text, str(path))


def objection(name: str) -> str | None:
    """Why answers cannot be written there: what somebody has is never written over."""
    try:
        path = Path(name).expanduser()
    except RuntimeError:
        return say("answers.bad-name", path=name)
    if not name.strip() or path.is_dir():
        return say("answers.bad-name", path=name)
    if os.path.lexists(path):
        return say("answers.there-already", path=name)
    return None if path.absolute().parent.is_dir() else say("answers.no-folder", path=name)


def check_writable(path: Path) -> None:
    """Known before anything else is done.

    Raises:
        Refused: something is there already, or the folder is not.
    """
    why = objection(str(path))
    if why is not None:
        raise Refused("answers.not-writable", path=str(path), cause=why)


def write_answers(request: Request, choice: Choice, path: Path) -> None:
    """Write the file, and say so.

    Raises:
        Refused: that cannot be done.
    """
    from gpusetup.effects.files import write_whole
    from gpusetup.terminal import show

    try:
        write_whole(path.expanduser(), text_of(request, choice).encode())
    except OSError as error:
        cause = error.strerror or str(error)
        raise Refused("answers.not-writable", path=str(path), cause=cause) from error
    show.note(say("answers.written", path=show.path(path.expanduser().absolute())))
    show.hint(say("answers.use", name=path.name))


def text_of(request: Request, choice: Choice) -> str:
    """The file's text: the wishes, and as a note what they led to here."""
    import yaml

    document = answers_of(request, str(os.path.expanduser("~")))  # noqa: PTH111 - can raise
    build = choice.build
    note = say("answers.led-to", torch=build.torch, build=build.build, python=choice.python)
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return f"# {say('answers.head')}\n# {note}\n{body}"
