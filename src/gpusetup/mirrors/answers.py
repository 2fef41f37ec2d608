"""What a server answered to one request, and what that is by its first bytes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Trouble(str, Enum):
    """Why there is no answer to speak of."""

    TIMED_OUT = "timed-out"
    REFUSED = "refused"  # nobody listens there
    NO_NAME = "no-name"  # the name is not known
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    LOOP = "loop"  # it redirects in a circle
    PLAIN_HTTP = "plain-http"  # it redirects to http
    NOT_ENCRYPTED = "not-encrypted"  # the address itself is http: it is not asked
    CUT = "cut"  # fewer bytes than were promised
    NO_SENSE = "no-sense"  # no HTTP, or an address that is none


class Form(str, Enum):
    """What a body is, whatever its Content-Type says."""

    HTML = "html"
    JSON = "json"
    ZIP = "zip"
    PACKED = "packed"  # zstd, bzip2, gzip
    EMPTY = "empty"
    OTHER = "other"


@dataclass(frozen=True)
class PageFile:
    """A file that a page of an index or of a folder names."""

    name: str
    url: str


@dataclass(frozen=True)
class Answer:
    """The last answer after all redirects. Addresses without credentials."""

    asked: str
    url: str  # where it ended
    status: int | None = None
    trouble: Trouble | None = None
    head: bytes = b""  # the first bytes of the body
    size: int = 0  # the bytes that came
    total: int | None = None  # the bytes of the whole file, as the server says
    files: tuple[PageFile, ...] = ()  # of a page
    waited_s: float = 0.0  # until the body began
    read_s: float = 0.0  # while it came
    age_days: float | None = None  # by the server's own clock
    hops: tuple[str, ...] = ()  # hosts on the way, when it was redirected

    @property
    def is_there(self) -> bool:
        return self.trouble is None and self.status in (200, 206)

    @property
    def form(self) -> Form:
        return form_of(self.head)


_MAGIC = (
    (b"PK", Form.ZIP),
    (b"\x28\xb5\x2f\xfd", Form.PACKED),
    (b"BZh", Form.PACKED),
    (b"\x1f\x8b", Form.PACKED),
    (b"{", Form.JSON),
    (b"[", Form.JSON),
    (b"<", Form.HTML),
)


def form_of(head: bytes) -> Form:
    """What a body is by its first bytes.

    >>> form_of(b"  <!DOCTYPE html>").value
    'html'
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return Form.EMPTY
    return next((form for magic, form in _MAGIC if text.startswith(magic)), Form.OTHER)
