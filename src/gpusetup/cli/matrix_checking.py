"""Checking the matrix against an origin: list, look into wheels, compare."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

from gpusetup.basics.redact import without_credentials
from gpusetup.basics.versions import Version
from gpusetup.indexes.client import Client
from gpusetup.indexes.reading import error_words, list_groups, read_insides, version_file
from gpusetup.matrix.rows import Matrix
from gpusetup.matrix_check.releases import compare, torch_groups, wheels_to_read
from gpusetup.matrix_check.values import Checked, Listing
from gpusetup.request import Origin

Filter = Callable[[Version], bool]
Progress = Callable[[str, int, int], None]  # where, how many wheels are read, of how many

_ABSENT = ("403", "404")  # the wheel index answers 403 for what it does not have


def check_package_index(
    client: Client,
    matrix: Matrix,
    index: str | None,
    is_wanted: Filter | None = None,
    progress: Progress | None = None,
) -> Checked:
    """The rows of PyPI against the package index. `index` None: there is none to ask."""
    if index is None:
        return Checked(Origin.PYPI, None, "no index")
    shown = without_credentials(index)
    try:
        groups = list_groups(client, index)
    except OSError as error:
        return Checked(Origin.PYPI, shown, error_words(error))
    listing = Listing(Origin.PYPI, None, groups)
    return _judge(client, matrix, listing, Checked(Origin.PYPI, shown), is_wanted, progress)


def check_wheel_index(
    client: Client,
    matrix: Matrix,
    base: str,
    is_wanted: Filter | None = None,
    progress: Progress | None = None,
) -> Checked:
    """The rows of the PyTorch wheel index against its folders and pages, one after the other."""
    total = Checked(Origin.WHEEL_INDEX, without_credentials(base))
    pages = _pages(matrix, is_wanted)
    if not pages:
        return replace(total, reason="no rows")
    for number, page in enumerate(pages):
        url = base.rstrip("/") + page.removeprefix("whl")
        try:
            groups = list_groups(client, url)
        except OSError as error:
            reason = error_words(error)
            if number == 0:  # it answers nothing: the other pages are not asked for
                return replace(total, reason=reason)
            if reason not in _ABSENT:
                total = replace(total, unread=(*total.unread, (page, reason)))
                continue
            groups = ()
        listing = Listing(Origin.WHEEL_INDEX, page, groups)
        total = _judge(client, matrix, listing, total, is_wanted, progress)
    return total


def _pages(matrix: Matrix, is_wanted: Filter | None) -> tuple[str, ...]:
    """The pages that the rows name, those with the newest releases first."""
    newest: dict[str, Version] = {}
    for row in matrix.builds:
        is_meant = is_wanted is None or is_wanted(row.torch)
        if row.origin is Origin.WHEEL_INDEX and row.page and is_meant:
            newest[row.page] = max(row.torch, newest.get(row.page, row.torch))
    return tuple(sorted(newest, key=lambda page: (newest[page], page), reverse=True))


def _judge(
    client: Client,
    matrix: Matrix,
    listing: Listing,
    before: Checked,
    is_wanted: Filter | None,
    progress: Progress | None,
) -> Checked:
    wanted = wheels_to_read(matrix, listing, is_wanted)
    where = listing.page or before.url or ""
    tell = (lambda count: progress(where, count, len(wanted))) if progress else None
    insides, unread = read_insides(client, wanted, version_file, tell)
    listing = replace(listing, insides=insides)
    torches = [
        each
        for each in torch_groups(matrix, listing)
        if is_wanted is None or is_wanted(each.version)
    ]
    differences = compare(matrix, listing, is_wanted)
    if is_wanted and not torches and not differences and listing.page is None:
        return replace(before, reason="no rows")  # neither side knows such a release
    return replace(
        before,
        releases=max(before.releases, len({each.version for each in torches})),
        listed=before.listed + len(torches),
        read=before.read + len(insides),
        unread=(*before.unread, *unread),
        differences=(*before.differences, *differences),
    )
