"""Checking the rows of a conda origin against its channel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable

from gpusetup.basics.redact import without_credentials
from gpusetup.basics.versions import Version
from gpusetup.indexes.channels import DEADLINE_S, ChannelRead, read_channel
from gpusetup.indexes.conda_records import NOARCH, SUBDIRS, names_of, understood
from gpusetup.matrix.rows import Matrix
from gpusetup.matrix_check.channels import ChannelListing, compare_channel
from gpusetup.matrix_check.values import Checked
from gpusetup.request import Origin


def check_channel(
    matrix: Matrix,
    origin: Origin,
    url: str,
    cache: Path | None,
    is_wanted: Callable[[Version], bool] | None = None,
    deadline_s: float = DEADLINE_S,
) -> Checked:
    """The rows of one conda origin. Parts of the channel that fail do not hide the others."""
    checked = Checked(origin, without_credentials(url))
    platforms = {row.platform for row in matrix.builds if row.origin is origin}
    if not platforms:
        return replace(checked, reason="no rows")
    subdirs = (*sorted({SUBDIRS[each] for each in platforms if each in SUBDIRS}), NOARCH)
    read = read_channel(url, subdirs, names_of(origin), cache, deadline_s)
    listing = _listing(origin, read, platforms)
    if not listing.platforms:
        return replace(checked, reason=next(iter(read.failed.values()), "no answer"))
    if not any(each.name == "torch" for each in listing.packages):
        return replace(checked, reason="no torch")  # an empty folder, another channel
    return _judged(matrix, listing, checked, read, is_wanted)


def _listing(origin: Origin, read: ChannelRead, platforms: set[str]) -> ChannelListing:
    """Packages for all systems count for each: where their part is missing, nothing is judged."""
    whole = {each for each in platforms if SUBDIRS.get(each, NOARCH) not in read.failed}
    is_whole = NOARCH not in read.failed
    return ChannelListing(
        origin, understood(origin, read.records), frozenset(whole if is_whole else ())
    )


def _judged(
    matrix: Matrix,
    listing: ChannelListing,
    checked: Checked,
    read: ChannelRead,
    is_wanted: Callable[[Version], bool] | None,
) -> Checked:
    found = compare_channel(matrix, listing, is_wanted)
    if is_wanted and not found.builds and not found.differences:
        return replace(checked, reason="no rows")  # neither side knows such a release
    return replace(
        checked,
        releases=len({version for version, _, _ in found.builds}),
        listed=len(found.builds),
        read=len(listing.packages),
        unread=tuple(sorted(read.failed.items())),
        differences=found.differences,
        settled=found.settled,
    )
