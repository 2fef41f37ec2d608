"""Single members of a zip archive that is read in pieces, such as a wheel behind a URL.

A wheel of torch is up to 900 MB, its directory of files more than 1 MB. In nearly all of them
`torch/version.py` and the METADATA stand close to the beginning or the end of the directory, so it
is read from both ends until all that is wanted was found: 100 KiB of a wheel instead of 1.3 MiB.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Callable, Iterator, Protocol

TAIL = 1 << 15  # bytes of the first request: the end record, and the last entries of the directory
_SLACK = 256  # a local header may have more extra fields than its directory entry
_MOST = 64 << 20  # a member or directory larger than this is none that we read

_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCAL = struct.Struct("<4s5H3I2H")


class Pieces(Protocol):
    """A file that can be read in pieces."""

    def tail(self, count: int) -> tuple[bytes, int]:
        """The last `count` bytes (all, if it is shorter), and the size of the whole."""

    def read(self, first: int, count: int) -> bytes:
        """`count` bytes from `first` on."""


class NotAZip(ValueError):
    """The bytes are not those of a zip archive, or of one that we can read."""


@dataclass(frozen=True)
class Entry:
    """One file in the directory of an archive."""

    name: str
    method: int  # 0 stored, 8 deflated
    packed: int
    unpacked: int
    offset: int  # of its local header
    crc: int
    names: int  # bytes of the name and extra fields in the directory


def read_members(
    pieces: Pieces, wanted: Callable[[str], bool], enough: int
) -> tuple[dict[str, bytes], int]:
    """The members whose names are wanted, and the size of the archive.

    Reads no further once `enough` members were found.

    Raises:
        NotAZip: it is not a zip archive, or damaged.
        OSError: it cannot be read.
    """
    tail, total = pieces.tail(TAIL)
    start = total - len(tail)
    try:
        entries = _find(pieces, tail, start, wanted, enough)
        return {each.name: _member(pieces, each, tail, start) for each in entries}, total
    except (struct.error, zlib.error, UnicodeDecodeError) as error:
        raise NotAZip(str(error)) from error


def _find(
    pieces: Pieces, tail: bytes, start: int, wanted: Callable[[str], bool], enough: int
) -> list[Entry]:
    """The wanted entries: the directory is read from both ends in growing pieces."""
    first, end = parse_end(tail, start)
    from_here = max(first, start)  # where the unread middle ends
    if from_here > end:
        raise NotAZip("directory out of reach")
    head, rest = b"", tail[from_here - start : end - start]
    step, at_head = TAIL, True
    while True:
        until_here = first + len(head)
        if until_here == from_here:
            return [each for each in parse_entries(head + rest) if wanted(each.name)]
        parts = (*parse_entries(head, cut="end"), *parse_entries(rest, cut="start"))
        entries = [each for each in parts if wanted(each.name)]
        if len(entries) >= enough:
            return entries
        count = min(step, from_here - until_here)
        if at_head:
            head += pieces.read(until_here, count)
        else:
            rest = pieces.read(from_here - count, count) + rest
            from_here -= count
            step *= 2
        at_head = not at_head


def parse_end(tail: bytes, start: int) -> tuple[int, int]:
    """Where the directory begins and ends, from the end of the archive.

    Args:
        tail: the last bytes.
        start: where they begin in the archive.

    Raises:
        NotAZip: there is no end record.
    """
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise NotAZip("no end record")
    size, offset = _END.unpack_from(tail, at)[5:7]
    if 0xFFFFFFFF in (size, offset):
        at64 = tail.rfind(b"PK\x06\x06", 0, at)
        if at64 < 0:
            raise NotAZip("no 64-bit end record")
        size, offset = _END64.unpack_from(tail, at64)[8:10]
    if size > _MOST or offset + size > start + at:
        raise NotAZip("directory out of place")
    return offset, offset + size


def parse_entries(directory: bytes, cut: str | None = None) -> list[Entry]:
    """The entries of a directory, or of a piece that was cut anywhere at its "start" or "end".

    Raises:
        NotAZip: a whole directory has something else in it.
    """
    at = 0
    while at >= 0:
        found: list[Entry] = []
        try:
            for entry in _chain(directory, at):
                found.append(entry)
            return found
        except (NotAZip, struct.error):
            if cut == "end":
                return found
            if cut is None:
                raise NotAZip("damaged directory") from None
            # the rest of a cut entry, or four bytes that only look like a beginning
            at = directory.find(b"PK\x01\x02", at + 1)
    return []


def _chain(directory: bytes, at: int) -> Iterator[Entry]:
    while at < len(directory):
        fields = _ENTRY.unpack_from(directory, at)
        if fields[0] != b"PK\x01\x02":
            raise NotAZip("no entry")
        name_size, extra_size, comment_size = fields[10:13]
        name_at = at + _ENTRY.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        if at > len(directory):
            raise NotAZip("entry cut off")
        name = directory[name_at:extra_at].decode("utf-8", "replace")
        packed, unpacked, offset = _sizes(
            fields[8], fields[9], fields[16], directory[extra_at : extra_at + extra_size]
        )
        yield Entry(name, fields[4], packed, unpacked, offset, fields[7], name_size + extra_size)


def _sizes(packed: int, unpacked: int, offset: int, extra: bytes) -> tuple[int, int, int]:
    """The sizes and the place, from the 64-bit field where the short ones are full."""
    if 0xFFFFFFFF not in (packed, unpacked, offset):
        return packed, unpacked, offset
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{size // 8}Q", extra, at + 4))
            full = [
                next(numbers, each) if each == 0xFFFFFFFF else each
                for each in (unpacked, packed, offset)
            ]
            return full[1], full[0], full[2]
        at += 4 + size
    return packed, unpacked, offset


def _member(pieces: Pieces, entry: Entry, tail: bytes, start: int) -> bytes:
    """The bytes of one member, in one request where its header is as long as expected."""
    if entry.packed > _MOST or entry.unpacked > _MOST:
        raise NotAZip(f"{entry.name} is too large")
    count = _LOCAL.size + entry.names + entry.packed + _SLACK
    if entry.offset >= start:
        block = tail[entry.offset - start :]
    else:
        block = pieces.read(entry.offset, min(count, start + len(tail) - entry.offset))
    header = _LOCAL.unpack_from(block)
    if header[0] != b"PK\x03\x04":
        raise NotAZip(f"{entry.name} is not where the directory says")
    begin = _LOCAL.size + header[9] + header[10]
    packed = block[begin : begin + entry.packed]
    if entry.offset + begin + entry.packed > start + len(tail):
        raise NotAZip(f"{entry.name} is cut off")
    if len(packed) < entry.packed:
        packed = pieces.read(entry.offset + begin, entry.packed)
    content = unpack(packed, entry.method)
    if zlib.crc32(content) != entry.crc:
        raise NotAZip(f"{entry.name} is damaged")
    return content


def unpack(packed: bytes, method: int) -> bytes:
    """Stored or deflated bytes as they were.

    Raises:
        NotAZip: packed in another way.
    """
    if method == 0:
        return packed
    if method != 8:
        raise NotAZip(f"method {method}")
    inflater = zlib.decompressobj(-15)
    return inflater.decompress(packed, _MOST)
