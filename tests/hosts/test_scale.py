"""Hundreds of hosts, imitated by a program that answers as ssh would: bounded, in time, streamed."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from gpusetup.probe.node_script import node_script
from tests.hosts.conftest import Client, Done

# it takes the nonce from the script, waits as a distant host would, and notes how many run at once
FAKE_SSH = """#!/bin/sh
for word; do case $word in gpu*) host=$word ;; esac; done
mkdir "{notes}/$host" 2>/dev/null
set -- "{notes}"/*; echo $# >>"{notes}.counts"
nonce=$(sed -n 's/^nonce=//p')
case $host in
gpu*7) sleep 30 ;;
*) sleep 0.3; sed "s/N0NCE/$nonce/" "{block}" ;;
esac
rmdir "{notes}/$host"
"""


@pytest.fixture
def many(tmp_path: Path) -> Client:
    """A client whose ssh is imitated."""
    block, notes, program = (tmp_path / name for name in ("block", "notes", "ssh"))
    script = node_script("N0NCE", seconds=5, pythons=())
    told = subprocess.run(["sh", "-s"], input=script.encode(), capture_output=True, check=True)
    block.write_bytes(told.stdout)
    notes.mkdir()
    program.write_text(FAKE_SSH.format(notes=notes, block=block))
    program.chmod(0o755)
    return Client(tmp_path, str(program))


def asked(client: Client, count: int, timeout: str) -> tuple[Done, float]:
    names = "".join(f"gpu{number}\n" for number in range(count))
    began = time.monotonic()
    words = ("detect", "--json", "--hosts", "-", "--timeout", timeout)
    return client.run(*words, stdin=names), time.monotonic() - began


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for ssh is a shell script")
def test_200_hosts_are_asked_within_the_deadline(many: Client) -> None:
    done, seconds = asked(many, 200, "12")
    assert seconds < 12 + 6  # the judgement of 200 hosts comes after it
    document = done.document
    assert (document["named"], document["answered"], done.exit) == (200, 180, 1)
    silent = [each for each in document["hosts"] if each["error"]]
    assert [each["host"] for each in silent] == [f"gpu{number}" for number in range(7, 200, 10)]
    assert {each["error"]["code"] for each in silent} <= {"ssh.timeout", "ssh.not-asked"}
    assert [each["host"] for each in document["hosts"]] == [f"gpu{n}" for n in range(200)]
    counts = [int(line) for line in (many.home / "notes.counts").read_text().split()]
    assert 8 < max(counts) <= 32
    assert len(done.err.strip().splitlines()) >= 200
