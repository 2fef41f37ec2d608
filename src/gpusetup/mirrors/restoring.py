"""Taking back what we wrote into a file that the user may have changed since. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gpusetup.mirrors.merging import decoded, merged
from gpusetup.mirrors.texts import Data, Format, Unreadable

_NOTHING: Any = object()


@dataclass(frozen=True)
class Restored:
    """A file's bytes afterwards (None: it goes), and what stayed because the user changed it."""

    content: bytes | None
    kept: tuple[str, ...] = ()  # "custom_channels.nvidia"


def restored(now: bytes | None, wrote: bytes, before: bytes | None, format: Format) -> Restored:
    """The file without our write.

    Raises:
        Unreadable: the user's text of today cannot be read, so it is left alone.
    """
    if now is None or now == before:
        return Restored(now)
    if now == wrote:
        return Restored(before)
    old = decoded(before or b"")
    ours, theirs = decoded(wrote), decoded(now)
    kept: list[str] = []
    data = format.data_of(theirs.text)
    target = _without(format.data_of(old.text), format.data_of(ours.text), data, "", kept)
    text = _text(format, old.text, ours.text, theirs.text, target)
    if before is None and not text.strip():
        return Restored(None, tuple(kept))
    return Restored(theirs.encoded(text), tuple(kept))


def _text(format: Format, old: str, ours: str, theirs: str, target: Data) -> str:
    """By lines where that gives the right data, since lines bring comments back too."""
    by_lines = merged(ours, theirs, old)
    if by_lines is not None:
        try:
            if format.data_of(by_lines) == target:
                return by_lines
        except Unreadable:
            pass
    return format.changed(theirs, target)


def _without(old: Data, ours: Data, now: Data, path: str, kept: list[str]) -> Data:
    """Every key that we changed as it was, unless the user changed it after us."""
    result = dict(now)
    for key in [*now, *(each for each in old if each not in now)]:
        was, wrote, is_ = (each.get(key, _NOTHING) for each in (old, ours, now))
        if was == wrote:
            continue
        value = _value(was, wrote, is_, f"{path}{key}", kept)
        if value is _NOTHING:
            result.pop(key, None)
        else:
            result[key] = value
    return _in_order(result, old, now)


def _value(was: Any, wrote: Any, is_: Any, path: str, kept: list[str]) -> Any:
    if is_ == wrote:
        return was
    if is_ == was:
        return is_
    if isinstance(is_, dict) and isinstance(wrote, dict) and (was is _NOTHING or _is_map(was)):
        inner = _without(was if isinstance(was, dict) else {}, wrote, is_, f"{path}.", kept)
        return inner or was
    if isinstance(is_, list) and isinstance(wrote, list) and (was is _NOTHING or _is_list(was)):
        items = _items(was if isinstance(was, list) else [], wrote, is_)
        return items or was
    kept.append(path)
    return is_


def _items(was: list[Any], wrote: list[Any], is_: list[Any]) -> list[Any]:
    """What we added goes, what we took out comes back where it stood."""
    items = [each for each in is_ if each in was or each not in wrote]
    for index, each in enumerate(was):
        if each not in wrote and each not in items:
            items.insert(min(index, len(items)), each)
    return items


def _is_map(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _is_list(value: Any) -> bool:
    return value is None or isinstance(value, list)


def _in_order(result: Data, old: Data, now: Data) -> Data:
    """Keys that come back stand where they stood."""
    if all(key in now for key in result):
        return result
    order = [*old, *(key for key in now if key not in old)]
    return {key: result[key] for key in order if key in result}
