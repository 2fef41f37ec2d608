"""A node is not trusted: whatever it tells with a right sum, an answer or a code comes of it."""

from __future__ import annotations

import json
import os
import random
import re
from typing import Iterator

import pytest

from gpusetup.compat_files import packaged_or_configured
from gpusetup.probe.node import NodeAnswer, read_node
from gpusetup.probe.node_block import NodeTrouble, cksum
from gpusetup.profiles.document import machine_to_document
from gpusetup.sharing.document import usage_document
from tests.fixtures.drivers import FakeDriver, server
from tests.probe.node_told import NONCE, said

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nodes are Linux machines")
JUNK = ("", "\x01", "-1", "9" * 30, "null", "[]", "{}", "é" * 300, "NaN", "1e999", "../..",
        "\x1b[2J", "\\u001b]0;x\\u0007", "=fact machine", "|", "0,", "true", '"')  # fmt: skip


def block_of(lines: list[str]) -> str:
    data = "".join(f"{line}\n" for line in lines).encode()
    told = "".join(f":{line}\n" for line in lines)
    return f"<<gpusetup-node 1 {NONCE}\n{told}>>gpusetup-node {NONCE} {len(data)} {cksum(data)}\n"


def changed(lines: list[str], dice: random.Random) -> list[str]:
    """Some lines left out, doubled, or with a value that does not belong there."""
    found = list(lines)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(found))
        way = dice.randrange(4)
        values = list(re.finditer(r'\d+|true|false|"[^"]*"', found[at]))
        if way == 0:
            del found[at]
        elif way == 1:
            found.insert(at, dice.choice(found))
        elif way == 2 or not values:
            found[at] = found[at][:1] + dice.choice(JUNK)
        else:
            value = dice.choice(values)
            text = found[at]
            found[at] = text[: value.start()] + dice.choice(JUNK) + text[value.end() :]
    return found


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def test_no_change_of_an_answer_crashes_or_steers_the_terminal(fake_driver: FakeDriver) -> None:
    text, _errors = said(fake_driver.nvml(server(4)).environment())
    lines = [line[1:] for line in text.split("\n") if line.startswith(":")]
    dice = random.Random(20261128)  # noqa: S311 - the same every time
    matrix = packaged_or_configured({})
    ends = set()
    for _ in range(250):
        found = read_node(block_of(changed(lines, dice)), NONCE, lambda: matrix)
        ends.add(type(found))
        if isinstance(found, NodeAnswer):
            told = [machine_to_document(found.machine), usage_document(found.usage)]
            json.dumps(told)
            assert not any("\x1b" in each for each in strings(told))
    assert ends == {NodeAnswer, NodeTrouble}
