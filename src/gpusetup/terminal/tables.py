"""Rows of text as aligned columns, for a terminal of any width. Pure."""

from __future__ import annotations

import re
from typing import Iterator, Sequence

from gpusetup.terminal import cells

GAP = "  "
_NUMBER = re.compile(r"[-+~≈]?\d[\d.,]*( ?[\w/%°.]{1,9})?|-|–|\?|")
_LEAST = 8  # a column is not made narrower than this


def render(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    columns: int | None,
    *,
    ascii_only: bool = False,
) -> Iterator[tuple[bool, str]]:
    """Lines as (is_header, text). `columns` None: as wide as it needs, nothing wrapped."""
    natural = [
        max(cells.width(part) for text in texts for part in text.split("\n"))
        for texts in _by_column(headers, rows)
    ]
    widths = natural if columns is None else _fit(natural, columns - 1)
    if widths is None:
        yield from _records(headers, rows, columns or 80)
        return
    right = [_is_numeric([row[i] for row in rows]) for i in range(len(headers))]
    for text in _row(headers, widths, right):
        yield True, text
    if columns is not None:
        rule = "-" if ascii_only else "─"
        yield False, GAP.join(rule * width for width in widths)
    for row in rows:
        for text in _row(row, widths, right):
            yield False, text


def _by_column(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[header, *(row[i] for row in rows)] for i, header in enumerate(headers)]


def _is_numeric(texts: Sequence[str]) -> bool:
    return any(texts) and all(_NUMBER.fullmatch(text) for text in texts)


def _fit(natural: Sequence[int], columns: int) -> list[int] | None:
    """Take from the widest columns until the row fits; None when it cannot."""
    widths = list(natural)
    room = columns - len(GAP) * (len(widths) - 1)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda i: widths[i])
        if widths[widest] <= _LEAST:
            return None
        widths[widest] -= 1
    return widths


def _row(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    wrapped = [cells.wrap(text, width) or [""] for text, width in zip(texts, widths)]
    for position in range(max(len(part) for part in wrapped)):
        parts = (
            cells.pad(part[position] if position < len(part) else "", width, right=is_right)
            for part, width, is_right in zip(wrapped, widths, right)
        )
        yield GAP.join(parts).rstrip()


def _records(
    headers: Sequence[str], rows: Sequence[Sequence[str]], columns: int
) -> Iterator[tuple[bool, str]]:
    """One block per row, for terminals that are too narrow for columns."""
    for number, row in enumerate(rows):
        if number:
            yield False, ""
        for one in cells.wrap(row[0], columns - 1):
            yield True, one
        for header, text in zip(headers[1:], row[1:]):
            if not text:
                continue
            for position, part in enumerate(cells.wrap(f"{header}: {text}", columns - 5)):
                yield False, ("    " if position else "  ") + part
