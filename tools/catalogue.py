"""Reads .po files and compiles them to .mo: only what our own catalogues need, no library."""

from __future__ import annotations

import ast
import struct
from pathlib import Path
from typing import Mapping

HEADER = """\
Project-Id-Version: gpusetup
Language: zh_CN
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Plural-Forms: nplurals=1; plural=0;
"""


def read_po(text: str) -> dict[str, str]:
    """msgid -> msgstr, the header under "". Refuses what we do not write (plurals, fuzzy).

    >>> read_po('msgid "yes"\\nmsgstr "是"\\n')
    {'yes': '是'}
    """
    found: dict[str, str] = {}
    keyword, msgid, msgstr = "", "", ""
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        word, _, rest = line.partition(" ")
        if line.startswith("#,") or word in ("msgctxt", "msgid_plural", "#~"):
            raise ValueError(f"line {number}: {line} is not used in our catalogues")
        if line.startswith('"'):
            word, rest = keyword, line
        if word == "msgid":
            msgid, keyword = (msgid if keyword == "msgid" else "") + ast.literal_eval(rest), word
        elif word == "msgstr":
            msgstr, keyword = (msgstr if keyword == "msgstr" else "") + ast.literal_eval(rest), word
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"line {number}: {line!r} does not belong here")
        elif keyword == "msgstr":
            if msgid in found:
                raise ValueError(f"line {number}: {msgid!r} stands twice")
            found[msgid] = msgstr
            keyword, msgid, msgstr = "", "", ""
        elif keyword:
            raise ValueError(f"line {number}: {msgid!r} has no msgstr")
    return found


def write_po(entries: Mapping[str, tuple[str, str]]) -> str:
    """msgid -> (codes, msgstr) as the text of a catalogue, in the order given."""
    blocks = ['msgid ""\nmsgstr ""\n' + "".join(_quoted(x) + "\n" for x in HEADER.splitlines(True))]
    for msgid, (codes, msgstr) in entries.items():
        blocks.append(f"#. {codes}\nmsgid {_quoted(msgid)}\nmsgstr {_quoted(msgstr)}\n")
    return "\n".join(blocks)


def to_mo(entries: Mapping[str, str]) -> bytes:
    """The binary form that `gettext` reads. Entries without a translation are left out."""
    pairs = sorted((k.encode(), v.encode()) for k, v in entries.items() if v)
    ids = b"".join(key + b"\0" for key, _ in pairs)
    texts = b"".join(value + b"\0" for _, value in pairs)
    count = len(pairs)
    start = 7 * 4 + 16 * count
    offsets_of_ids, offsets_of_texts = [], []
    at_id, at_text = start, start + len(ids)
    for key, value in pairs:
        offsets_of_ids += [len(key), at_id]
        offsets_of_texts += [len(value), at_text]
        at_id += len(key) + 1
        at_text += len(value) + 1
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, start)
    tables = struct.pack(f"<{4 * count}I", *offsets_of_ids, *offsets_of_texts)
    return head + tables + ids + texts


def compile_catalogues(folder: Path) -> None:
    """Write a .mo beside each .po."""
    for source in folder.rglob("*.po"):
        source.with_suffix(".mo").write_bytes(to_mo(read_po(source.read_text(encoding="utf-8"))))


def _quoted(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    )
    return f'"{escaped}"'
