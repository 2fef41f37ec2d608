"""Reading one index: its pages, then one wheel of every group that matters, six at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterable

from gpusetup.index_pages import File, NoIndexPage
from gpusetup.indexes.client import Client
from gpusetup.indexes.facts import Group, Inside, Key, group
from gpusetup.indexes.remote_zip import NotAZip
from gpusetup.requirement_files import COMPANIONS

AT_ONCE = 6
PACKAGES = ("torch", *COMPANIONS)


Unread = tuple[str, str]
"""A wheel that could not be looked into, and why in the fewest words."""


def page_urls(index: str) -> tuple[str, ...]:
    """Where an index lists torch and its companions; a find-links page lists all at once."""
    if index.endswith(".html"):
        return (index,)
    return tuple(f"{index.rstrip('/')}/{package}/" for package in PACKAGES)


def list_groups(client: Client, index: str) -> tuple[Group, ...]:
    """All wheels of torch and its companions on an index.

    Raises:
        OSError: torch's page, or one that should be there, cannot be had.
    """
    files: list[File] = []
    for number, url in enumerate(page_urls(index)):
        try:
            files += client.page(url)
        except NoIndexPage as error:
            if number == 0:  # an index may have no companions
                raise OSError("not an index") from error
        except OSError as error:
            if number == 0 or str(error) != "404":
                raise
    return tuple(each for each in group(files) if each.package in PACKAGES)


def read_insides(
    client: Client,
    groups: Iterable[Group],
    members: Callable[[Group], tuple[str, ...]],
    progress: Callable[[int], None] | None = None,
) -> tuple[dict[Key, Inside], tuple[Unread, ...]]:
    """One wheel of each group. A wheel that fails does not stop the others."""
    wanted = list(groups)
    insides: dict[Key, Inside] = {}
    unread: list[Unread] = []
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        reads = pool.map(lambda each: _read(client, each, members(each)), wanted)
        for count, (each, found) in enumerate(zip(wanted, reads), start=1):
            if isinstance(found, Inside):
                insides[each.key] = found
            else:
                unread.append(found)
            if progress:
                progress(count)
    return insides, tuple(unread)


def version_file(each: Group) -> tuple[str, ...]:
    """torch's own word on its CUDA, where the file name does not tell it."""
    return ("torch/version.py",) if each.package == "torch" and each.local is None else ()


def error_words(error: Exception) -> str:
    """The server's or the system's word: "404", "Connection refused"."""
    reason = getattr(error, "reason", None)  # URLError wraps the real error
    strerror = getattr(reason or error, "strerror", None)
    return str(strerror or reason or error or type(error).__name__)


def _read(client: Client, each: Group, members: tuple[str, ...]) -> Inside | Unread:
    file = each.sample()
    try:
        return client.inside(file, members)
    except (OSError, NotAZip) as error:
        return file.filename, error_words(error)
