"""Members of real archives, read in pieces."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpusetup.indexes.remote_zip import NotAZip, read_members

WANTED = "torch/version.py"


@dataclass
class Bytes:
    """An archive in memory that counts what is taken from it."""

    content: bytes
    taken: int = 0
    requests: list[tuple[int, int]] = field(default_factory=list)

    def tail(self, count: int) -> tuple[bytes, int]:
        piece = self.content[-count:]
        return self.read(len(self.content) - len(piece), len(piece)), len(self.content)

    def read(self, first: int, count: int) -> bytes:
        assert 0 <= first <= first + count <= len(self.content)
        self.taken += count
        self.requests.append((first, count))
        return self.content[first : first + count]


def archive(
    names: list[str], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"", zip64: bool = False
) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name in names:
            with made.open(name, "w", force_zip64=zip64) as member:
                member.write(f"content of {name}\n".encode() * 3)
        made.comment = comment
    return stream.getvalue()


def read(content: bytes, *names: str) -> dict[str, bytes]:
    return read_members(Bytes(content), names.__contains__, len(names))[0]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("zip64", [False, True])
def test_members_come_out_as_they_went_in(method: int, zip64: bool) -> None:
    content = archive(["a", WANTED, "b"], method, b"a comment", zip64)
    assert read(content, WANTED) == {WANTED: f"content of {WANTED}\n".encode() * 3}


@pytest.mark.parametrize("place", [0, 30, 2000, 3970, 3999])
def test_the_directory_is_read_from_both_ends(place: int) -> None:
    names = [f"torch/include/some/long/path/to/a/header_{number}.h" for number in range(4000)]
    names[place] = WANTED
    pieces = Bytes(archive(names))
    found, total = read_members(pieces, WANTED.__eq__, 1)
    assert list(found) == [WANTED]
    assert total == len(pieces.content)
    if place in (0, 30, 3970, 3999):
        assert pieces.taken < 80_000 < total / 10
        assert len(pieces.requests) <= 3


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 1499), size=st.integers(1, 60))
def test_a_member_is_found_wherever_it_stands(place: int, size: int) -> None:
    names = [f"{'x' * size}/{number}" for number in range(1500)]
    names[place] = WANTED
    assert list(read(archive(names), WANTED)) == [WANTED]


def test_what_is_not_there_is_not_found() -> None:
    assert read(archive(["a", "b"]), WANTED) == {}


def test_bytes_that_look_like_an_entry_do_not_confuse() -> None:
    names = [f"PK\x01\x02{'y' * 40}{number}" for number in range(3000)]
    assert list(read(archive([*names[:1500], WANTED, *names[1500:]]), WANTED)) == [WANTED]


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>not found</html>", archive(["a"])[:-30], archive([WANTED])[40:]],
    ids=["empty", "html", "end cut off", "beginning cut off"],
)
def test_what_is_damaged_is_told_so(content: bytes) -> None:
    with pytest.raises(NotAZip):
        read(content, WANTED)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_an_error_or_harmless(data: st.DataObject) -> None:
    content = bytearray(archive(["a", WANTED, "b"]))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    try:
        found = read(bytes(content), WANTED)
    except NotAZip:
        return
    assert found in ({}, {WANTED: f"content of {WANTED}\n".encode() * 3})
