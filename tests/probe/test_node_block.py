"""The block of a node's answer is found in the noise, and only a whole and honest one is read."""

from __future__ import annotations

import os

import pytest

from gpusetup.probe.node_block import NodeTrouble, cksum, read_block
from tests.probe.node_told import NONCE, answer, said, trouble

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nodes are Linux machines")


@pytest.fixture(scope="module")
def block() -> str:
    """What a machine without any driver tells."""
    return said(dict(os.environ))[0]


def test_noise_around_the_block_is_left_out(block: str) -> None:
    noisy = "Welcome to nvidia\r\n\x1b[32mhello\x1b[0m: no newline" + block.replace("\n", "\r\n")
    assert answer(noisy + "\nlogout\x1b[0m").machine == answer(block).machine


def test_a_mark_in_colour_and_noise_between_the_lines_do_no_harm(block: str) -> None:
    coloured = block.replace("<<gpusetup", "\x1b]0;title\x07\x1b[1m<<gpusetup")
    coloured = coloured.replace("\n:=source system", "\n[1] done  job\n:=source system")
    assert answer(coloured).machine == answer(block).machine


def test_output_that_was_cut_is_noticed(block: str) -> None:
    assert trouble(block[: len(block) // 2]) == "node.cut-off"


def test_a_changed_byte_is_noticed(block: str) -> None:
    assert trouble(block.replace("Linux", "Linus", 1)) == "node.damaged"


def test_a_missing_line_is_noticed(block: str) -> None:
    lines = block.split("\n")
    assert trouble("\n".join(lines[:20] + lines[21:])) == "node.damaged"


def test_somebody_elses_block_is_none(block: str) -> None:
    assert trouble(block.replace(NONCE, "9999")) == "node.no-answer"


def test_no_block_shows_the_last_words() -> None:
    found = read_block("This account is \x1b[31mcurrently\x1b[0m not available.\r\n", NONCE)
    words = "This account is currently not available."
    assert found == NodeTrouble("node.no-answer", {"words": words})


def forged(*lines: str) -> str:
    """A block with a right sum, of lines that a hostile node would tell."""
    data = "".join(line + "\n" for line in lines).encode()
    told = "".join(f":{line}\n" for line in lines)
    end = f">>gpusetup-node {NONCE} {len(data)} {cksum(data)}\n"
    return f"<<gpusetup-node 1 {NONCE}\n{told}{end}"


LINUX = ("=fact sysname", "|Linux", "=fact machine", "|x86_64", "=exit nvml", "|0", "=lines nvml")


@pytest.mark.parametrize(
    "fact",
    [
        '{"key": "count", "value": 999999999}',
        '{"gpu": "x", "key": "name", "value": "a"}',
        '{"key": "driver", "value": ["a"]}',
        '{"key": "mig", "gpu": 0, "value": {"slices": 7}}',
        '{"key": "processes", "gpu": 0, "value": {"list": [{"pid": "../1", "kind": "compute"}]}}',
        "[1]",
        "{",
    ],
)
def test_a_hostile_node_is_unreadable(fact: str) -> None:
    assert trouble(forged(*LINUX, f"|{fact}")) == "node.unreadable"


def test_a_name_cannot_steer_the_terminal() -> None:
    facts = ('{"key": "count", "value": 1}', '{"gpu": 0, "key": "handle", "value": true}',
             '{"gpu": 0, "key": "name", "value": "A\\u001b[2J\\u202eB"}',
             '{"key": "end", "value": true}')  # fmt: skip
    machine = answer(forged(*LINUX, *(f"|{each}" for each in facts))).machine
    assert machine.gpus is not None
    assert machine.gpus[0].name == "A[2JB"


def test_a_system_without_torch_is_named() -> None:
    assert trouble(forged("=fact sysname", "|FreeBSD")) == "host.unknown-system"
