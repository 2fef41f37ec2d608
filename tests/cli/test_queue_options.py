"""The options of cluster jobs: the same for `detect`, `verify` and `bench`, and judged alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gpusetup.cli.main import run

COMMANDS = ("detect", "verify", "bench")
SHARED = (
    "--partition", "--account", "--qos", "--constraint", "--gres", "--reservation", "--time",
    "--mem", "--wait", "--batch", "--collect", "--drop",
)  # fmt: skip


Capture = pytest.CaptureFixture[str]


def answer(capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    assert run([*words, "--json"]) == code
    return dict(json.loads(capsys.readouterr().out))


def complaint(capsys: Capture, *words: str) -> tuple[str, dict[str, str]]:
    document = answer(capsys, *words, code=2)
    return document["code"], document["facts"]


def test_the_three_commands_describe_them_alike(capsys: Capture) -> None:
    pages = [answer(capsys, name, "--help")["options"] for name in COMMANDS]
    told = [[each for each in page if each["names"][0] in SHARED] for page in pages]
    assert len(told[0]) == len(SHARED)
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("words", ["--wait 0", "--partition gpu", "--drop"])
def test_they_need_slurm(capsys: Capture, command: str, words: str) -> None:
    code, facts = complaint(capsys, command, *words.split())
    assert (code, facts["option"]) == ("cluster.without-slurm", words.split()[0])


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        ("--collect --drop", "--collect", "--drop"),
        ("--batch --drop", "--drop", "--batch"),
        ("--no-jobs --collect", "--collect", "--no-jobs"),
    ],
)
def test_what_was_left_in_the_queue_is_taken_up_alone(
    capsys: Capture, words: str, first: str, second: str
) -> None:
    for command in ("detect",) if "--no-jobs" in words else COMMANDS:
        code, facts = complaint(capsys, command, "--slurm", *words.split())
        assert (code, facts) == ("wish.contradiction", {"first": first, "second": second})


@pytest.mark.parametrize("seconds", ["-1", "inf", "nan"])
def test_a_wait_is_a_number_of_seconds(capsys: Capture, seconds: str) -> None:
    assert complaint(capsys, "detect", "--slurm", f"--wait={seconds}")[0] == "cluster.bad-wait"


def test_on_nodes_a_proof_that_was_left_takes_no_wishes(capsys: Capture) -> None:
    code, facts = complaint(capsys, "verify", "--slurm", "--collect", "--gpus", "2")
    assert (code, facts["second"]) == ("wish.contradiction", "--gpus")
