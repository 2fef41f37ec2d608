"""The pages of a package index as files: HTML (PEP 503) and JSON (PEP 691). Pure.

A find-links page is HTML of the same kind, with the files of many packages.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Mapping
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
"""JSON where the index has it: it tells more. Older indexes send HTML whatever is asked for."""

_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class File:
    """One file of a page. What the page does not tell is None."""

    filename: str
    url: str
    requires_python: str | None = None
    uploaded: str | None = None  # "2026-10-28T15:19:46Z"
    yanked: bool = False
    has_metadata: bool = False  # METADATA is offered as `<url>.metadata` (PEP 658)
    sha256: str | None = None
    size: int | None = None


class NoIndexPage(ValueError):
    """The text is no page of an index: a login page, an error in HTML, something else."""


def parse_page(text: str, content_type: str, url: str) -> tuple[File, ...]:
    """All files that a page names; relative addresses are taken from `url`.

    Raises:
        NoIndexPage: it names no file, or cannot be read.
    """
    is_json = "json" in content_type or text.lstrip().startswith("{")
    files = parse_json(text, url) if is_json else parse_html(text, url)
    if not files:
        raise NoIndexPage(url)
    return files


def parse_json(text: str, url: str) -> tuple[File, ...]:
    """`{"files": [{"filename": "torch-2.15.0-....whl", "url": "...", "yanked": false}]}`.

    Raises:
        NoIndexPage: the text is not this JSON.
    """
    try:
        rows = json.loads(text)["files"]
        found = [_from_json(row, url) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoIndexPage(url) from error
    return tuple(file for file in found if file is not None)


def parse_html(text: str, url: str) -> tuple[File, ...]:
    """`<a href="torch-2.15.0-....whl#sha256=..." data-requires-python="&gt;=3.11">...</a>`."""
    links = _Links()
    links.feed(text)
    links.close()
    base = urljoin(url, links.base) if links.base else url
    found = [_from_link(attributes, base) for attributes in links.found]
    return tuple(file for file in found if file is not None)


def _from_json(row: Mapping[str, object], base: str) -> File | None:
    size, hashes = row.get("size"), row.get("hashes")
    # core-metadata is the name since PEP 714; servers of 2022 say dist-info-metadata
    metadata = row.get("core-metadata", row.get("dist-info-metadata", False))
    address = _address(str(row["url"]), base)
    if address is None:
        return None
    return File(
        filename=str(row["filename"]),
        url=address,
        requires_python=_text(row.get("requires-python")),
        uploaded=_text(row.get("upload-time")),
        yanked=row.get("yanked", False) is not False,
        has_metadata=bool(metadata),
        sha256=_text(hashes.get("sha256")) if isinstance(hashes, Mapping) else None,
        size=size if isinstance(size, int) else None,
    )


def _from_link(attributes: Mapping[str, str], base: str) -> File | None:
    address = _address(attributes.get("href", ""), base)
    if address is None:
        return None
    digest = re.search(r"#(?:.*&)?sha256=([0-9a-f]{64})", attributes["href"])
    names = ("data-core-metadata", "data-dist-info-metadata")
    metadata = [attributes[name] for name in names if name in attributes]
    return File(
        filename=_filename(address),
        url=address,
        requires_python=attributes.get("data-requires-python"),
        uploaded=attributes.get("data-upload-time"),
        yanked="data-yanked" in attributes,
        has_metadata=any(value != "false" for value in metadata),
        sha256=digest[1] if digest else None,
    )


def _address(written: str, base: str) -> str | None:
    """The whole address, without the hash behind #. None where it names no file."""
    whole = urldefrag(urljoin(base, written.strip()))[0]
    is_file = re.search(r"\.(whl|zip|tar\.\w+)$", urlsplit(whole).path) is not None
    return whole if is_file and urlsplit(whole).scheme in _SCHEMES else None


def _filename(address: str) -> str:
    return unquote(urlsplit(address).path).rpartition("/")[2]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


class _Links(HTMLParser):
    """The attributes of every link; their texts repeat the file's name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.base: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in attributes:
            self.found.append(attributes)
        elif tag == "base" and attributes.get("href"):
            self.base = attributes["href"]
