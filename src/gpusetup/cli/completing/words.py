"""The words that go on at the end of a command line. Pure: facts in, candidates out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence

FILES = "files"
FOLDERS = "folders"
Values = Callable[[str], Sequence["Candidate"]]
"""The candidates of a kind of value, such as "environments"."""


@dataclass(frozen=True)
class Candidate:
    """A word with what it means."""

    word: str
    text: str = ""


@dataclass(frozen=True)
class Answer:
    """`places`: "files" or "folders" where the shell shall offer those too."""

    candidates: tuple[Candidate, ...] = ()
    places: str | None = None


def complete(table: Mapping[str, Any], words: Sequence[str], values: Values) -> Answer:
    """What can stand in place of the last of `words`, those before it being whole.

    Args:
        table: `table.py`; per command its parts, options and arguments.
        words: without the program's own name.
    """
    *before, current = words or [""]
    path, page, rest = _page(table, before)
    options = {name: each for each in page["options"] for name in each["names"]}
    pending = _pending(options, rest)
    if pending is not None:
        return _value(pending, current, values)
    name, equals, value = current.partition("=")
    if equals and name in options and options[name]["value"]:
        found = _value(options[name], value, values)
        return Answer(
            tuple(Candidate(f"{name}={each.word}", each.text) for each in found.candidates),
            found.places,
        )
    if current.startswith("-"):
        return Answer(_starting(current, _free(page, rest)))
    return _operand(page, path, rest, options, current, values)


def _page(
    table: Mapping[str, Any], before: Sequence[str]
) -> tuple[str, Mapping[str, Any], list[str]]:
    """The page of the command that the words name, and the words behind its name."""
    path = ""
    rest: list[str] = []
    options = {name: each for each in table[""]["options"] for name in each["names"]}
    takes_value = False
    for word in before:
        deeper = f"{path} {word}".strip()
        if not takes_value and deeper in table and not _operands(options, rest):
            path = deeper
            options = {name: each for each in table[path]["options"] for name in each["names"]}
            continue
        takes_value = not takes_value and bool(options.get(word, {}).get("value"))
        rest.append(word)
    return path, table[path], rest


def _pending(options: Mapping[str, Any], rest: Sequence[str]) -> Mapping[str, Any] | None:
    """The option that waits for its value."""
    option: Mapping[str, Any] | None = None
    for word in rest:
        found = options.get(word)
        option = found if option is None and found and found["value"] else None
    return option


def _operands(options: Mapping[str, Any], rest: Sequence[str]) -> list[str]:
    """The words that are neither options nor their values."""
    found, takes_value = [], False
    for word in rest:
        if takes_value:
            takes_value = False
        elif word.startswith("-"):
            takes_value = bool(options.get(word, {}).get("value"))
        else:
            found.append(word)
    return found


def _free(page: Mapping[str, Any], rest: Sequence[str]) -> list[Candidate]:
    """Options that do not stand there yet, by their long names."""
    given = {word.partition("=")[0] for word in rest}
    return [
        Candidate(each["names"][0] if len(each["names"]) == 1 else _long(each), each["text"])
        for each in page["options"]
        if each["repeated"] or not given & set(each["names"])
    ]


def _long(option: Mapping[str, Any]) -> str:
    names: list[str] = option["names"]
    return next((name for name in names if name.startswith("--")), names[0])


def _operand(
    page: Mapping[str, Any],
    path: str,
    rest: Sequence[str],
    options: Mapping[str, Any],
    current: str,
    values: Values,
) -> Answer:
    given = _operands(options, rest)
    parts = [Candidate(name, text) for name, text in page["commands"]] if not given else []
    arguments: list[Mapping[str, Any]] = page["arguments"]
    taken = arguments[min(len(given), len(arguments) - 1)] if arguments else None
    if taken is None or (len(given) >= len(arguments) and not taken["repeated"]):
        found = Answer()
    else:
        found = _value(taken, current, values, skip=given)
    own = (*_starting(current, parts), *found.candidates)
    if own or found.places or current:
        return Answer(own, found.places)
    return Answer(_starting(current, _free(page, rest)))


def _value(
    option: Mapping[str, Any], current: str, values: Values, skip: Sequence[str] = ()
) -> Answer:
    if option["value"] in (FILES, FOLDERS):
        return Answer(places=option["value"])
    known = [Candidate(*each) for each in option["choices"]] or list(values(option["value"] or ""))
    head, comma, last = current.rpartition(",") if option["list"] else ("", "", current)
    given = {*head.split(","), *skip}
    found = _starting(last, [each for each in known if each.word not in given])
    places = FILES if option["files"] and ("/" in current or current[:1] in (".", "~")) else None
    return Answer(tuple(Candidate(head + comma + each.word, each.text) for each in found), places)


def _starting(beginning: str, known: Sequence[Candidate]) -> tuple[Candidate, ...]:
    return tuple(each for each in known if each.word.startswith(beginning))
