"""The answers of a session as a file, `gpusetup.answers/1`: text -> wishes or every mistake.

Only wishes: nothing about the machine they were given on, and no credentials. `read_answers` gives
the plain values of `wish_values.read_wishes`, because flags of the command line count more.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Union
from urllib.parse import urlsplit

from gpusetup.basics.errors import Problem, UsageError
from gpusetup.basics.tree import Branch, members, optional, parse_tree, required
from gpusetup.cli import wish_values
from gpusetup.packages import is_plain_word
from gpusetup.request import Engine, GpuPolicy, Request, wished_by_file

SCHEMA = "gpusetup.answers/1"
_KEYS = (
    "schema", "name", "torch", "cuda", "python", "engine", "origin", "wheelhouse", "prefix", "into",
    "replace", "mirror", "with", "requirements", "gpu_policy",
    "for_kind",
)  # fmt: skip
_ONE_NAME = re.compile(r"[^,\s]+")
_MIRROR = re.compile(r"[a-z0-9][a-z0-9.-]*")

Values = Mapping[str, Any]
"""Keyword arguments of `read_wishes`."""


def read_answers(text: str, name: str) -> Values:
    """The wishes of a file. `name` is the file's name, for the message.

    Raises:
        UsageError: with every mistake as its fact `problems`, in the text's order.
    """
    problems: list[Problem] = []
    root = parse_tree(text, problems)
    values = {} if root is None else _values(root)
    problems = [_in_our_words(each) for each in problems]
    if problems:
        problems.sort(key=lambda each: each.line or 0)
        raise UsageError("answers.unreadable", name=name, problems=tuple(problems))
    return values


def _in_our_words(problem: Problem) -> Problem:
    """An empty text is complained about as an empty profile."""
    return (
        replace(problem, code="answers.needs-schema")
        if problem.code == "profile.empty"
        else problem
    )


def _values(root: Branch) -> dict[str, Any]:
    fields = root.fields(_KEYS)
    schema = required(root, fields, "schema", Branch.text)
    if schema not in (None, SCHEMA):
        fields["schema"].wrong("answers.other-schema", found=schema, known=SCHEMA)
    read = {key: optional(fields, key, reader) for key, reader in _READERS.items()}
    packages = members(fields, "with", _package)
    read["with_"] = ",".join(packages) or None
    found = {key: value for key, value in read.items() if value is not None}
    _check_pairs(root, fields)
    return found


def _check_pairs(root: Branch, fields: Mapping[str, Branch]) -> None:
    """Two wishes that contradict each other."""
    for other in ("prefix", "replace"):
        if {"into", other} <= set(fields):
            fields[other].wrong("answers.contradiction", first="into", second=other)


def _checked(check: Callable[[str], object]) -> Callable[[Branch], Optional[str]]:
    """Text that the command line would take too; its complaint is the mistake."""

    def read(branch: Branch) -> str | None:
        text = branch.text()
        if text is None or _holds_secret(branch, text):
            return None
        try:
            check(text)
        except UsageError as error:
            branch.wrong(error.code, **error.facts)
            return None
        return text

    return read


def _holds_secret(branch: Branch, text: str) -> bool:
    """An answers file is passed on: no login in an address."""
    try:
        address = urlsplit(text) if "://" in text else None
        secret = address is not None and "@" in address.netloc
    except ValueError:
        secret = "@" in text
    if secret:
        branch.wrong("answers.secret")
    return secret


class _Wrong(UsageError):
    """What a value is; the reader says where it stands and what to do."""


def _any_place(text: str) -> None:
    if not text.strip() or "\x00" in text:
        raise _Wrong("answers.empty")


def _place(text: str) -> None:
    _any_place(text)
    wish_values.whole_path(Path(text))


def _mirror(text: str) -> None:
    if not _MIRROR.fullmatch(text.strip().lower()):
        raise _Wrong("answers.mirror", text=text)


def _package(branch: Branch) -> str | None:
    text = branch.text()
    if text is not None and not (is_plain_word(text) and _ONE_NAME.fullmatch(text)):
        branch.wrong("wish.package", text=text)
        return None
    return text


def _flag(branch: Branch) -> bool | None:
    """`false` is the same as saying nothing."""
    return branch.flag() or None


def _word(kind: type[Union[Engine, GpuPolicy]]) -> Callable[[Branch], object]:
    def read(branch: Branch) -> object:
        word = branch.one_of([each.value for each in kind])
        return None if word is None else kind(word)

    return read


_READERS: Mapping[str, Callable[[Branch], object]] = {
    "name": _checked(wish_values.check_name),
    "torch": _checked(wish_values.torch_specifier),
    "cuda": _checked(wish_values.cuda_named),
    "python": _checked(wish_values.python_named),
    "engine": _word(Engine),
    "origin": _checked(wish_values.origin_named),
    "wheelhouse": _checked(_any_place),
    "prefix": _checked(_place),
    "into": _checked(_any_place),
    "replace": _flag,
    "mirror": _checked(_mirror),
    "requirements": _checked(_any_place),
    "gpu_policy": _word(GpuPolicy),
    "for_kind": Branch.text,
}


def merged(file: Values, given: Values) -> dict[str, Any]:
    """The wishes of both; a flag of the command line counts more than the file."""
    left_out = set()
    if given.get("cpu"):
        left_out.add("cuda")
    if given.get("into") is not None:
        left_out |= {"prefix", "replace", "name"}
    if given.get("prefix") is not None or given.get("replace"):
        left_out.add("into")
    wishes = {key: value for key, value in file.items() if key not in left_out}
    for key in ("prefix", "requirements"):
        if key in wishes:
            wishes[key] = Path(wishes[key])
    return {**wishes, **{key: value for key, value in given.items() if value not in (None, False)}}


def answers_of(request: Request, home: str = "") -> dict[str, object]:
    """The document of a request: what `read_answers` reads back. `home`: written as ~."""
    file = request.requirements
    wishes: dict[str, object] = {
        "name": request.name,
        "torch": None if wished_by_file(request) else _spoken(request.torch),
        "cuda": request.build or (str(request.cuda) if request.cuda else None),
        "python": str(request.python) if request.python and not request.into else None,
        "engine": None if request.engine is Engine.AUTO else request.engine.value,
        "origin": request.origin.value if request.origin else None,
        "wheelhouse": _without_login(request.wheelhouse),
        "prefix": _below(home, request.prefix),
        "into": _below(home, request.into),
        "replace": request.replace or None,
        "mirror": None if request.mirror == "auto" else request.mirror,
        "with": _packages(request),
        "requirements": _below(home, file.path) if file else None,
        "gpu_policy": None if request.gpu_policy is GpuPolicy.ALL else request.gpu_policy.value,
        "for_kind": ",".join(request.for_kind) or None,
    }
    return {"schema": SCHEMA, **{key: value for key, value in wishes.items() if value is not None}}


def _packages(request: Request) -> list[str] | None:
    by_file = request.requirements.companions if request.requirements else ()
    return [each for each in request.packages if each not in by_file] or None


def _spoken(torch: str | None) -> str | None:
    """ "==2.7.1" as people write it; a range as it is."""
    bare = (torch or "").removeprefix("==")
    return bare if re.fullmatch(r"\d+\.\d+\.\d[\w.+]*", bare) else torch


def _without_login(place: str | None) -> str | None:
    from gpusetup.basics.redact import without_credentials

    if place is None or "://" not in place:
        return place
    return re.sub(r"(?<=://)[^/@]*@", "", without_credentials(place))


def _below(home: str, path: str | None) -> str | None:
    if path and home not in ("", "/") and path.startswith((home + "/", home + "\\")):
        return "~" + path[len(home) :]
    return path
