"""A user's own settings of ssh are taken, but for those that would get in the way; the page."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts.conftest import Client
from tests.lab.sshd import SshLab, free_port

PAGES = Path(__file__).parent.parent.parent / "docs" / "how-to"
BUSY = ("RemoteCommand tmux new", "RequestTTY force", "LogLevel QUIET", "ControlPersist 60")


def test_settings_for_people_do_not_get_in_the_way(lab: SshLab, client: Client) -> None:
    sockets = lab.folder / "sockets"
    sockets.mkdir(exist_ok=True)
    forward = free_port()
    shared = ("ControlMaster auto", f"ControlPath {sockets}/%C")
    port = lab.servers[0].port
    lab.alias("busy", port, *BUSY, *shared, f"LocalForward {forward} localhost:1")
    lab.alias("busy-closed", free_port(), *BUSY)
    with socket.socket() as occupied:  # a forward that cannot be made
        occupied.bind(("127.0.0.1", forward))
        occupied.listen()
        done = client.detect("busy", "busy-closed")
    assert done.host("busy")["error"] is None
    assert done.host("busy-closed")["error"]["code"] == "ssh.refused"
    assert list(sockets.iterdir()) == []


def test_an_open_connection_is_used(lab: SshLab, client: Client) -> None:
    place = lab.folder / "cm"
    lab.alias("opened", lab.servers[0].port, f"ControlPath {place}")
    words = shlex.split(lab.variable)
    master = [*words, "-o", "BatchMode=yes", "-M", "-N", "-f", "opened"]
    subprocess.run(master, check=True, timeout=30, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        before = lab.servers[0].log.count("Accepted publickey")
        assert client.detect("opened").host("opened")["error"] is None
        assert lab.servers[0].log.count("Accepted publickey") == before
    finally:
        subprocess.run([*words, "-O", "exit", "opened"], check=True, capture_output=True)


def commands(page: str) -> list[str]:
    """The lines of the page that a person would type."""
    blocks = re.findall(r"```bash\n(.*?)```", (PAGES / page).read_text("utf-8"), re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.skipif(os.name == "nt", reason="the page's lines are for bash")
def test_every_line_of_the_page_works(lab: SshLab, client: Client) -> None:
    for name in ("gpu1", "gpu2"):
        lab.alias(name, lab.servers[0].port)
    lab.alias("gpu3", free_port())
    (client.home / "lab.txt").write_text("gpu1\ngpu2  # the new one\n")
    tools = client.home / "bin"
    tools.mkdir()
    (tools / "gpusetup").write_text(f'#!/bin/sh\nexec {sys.executable} -m gpusetup "$@"\n')
    (tools / "gpusetup").chmod(0o755)
    environ = {**client.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    assert commands("ssh.md") == commands("ssh.zh-CN.md")
    for line in commands("ssh.md"):
        done = subprocess.run(
            ["bash", "-c", line], cwd=client.home, env=environ, capture_output=True, text=True,
            check=False, timeout=90,
        )  # fmt: skip
        expected = (1,) if "gpu3" in line else (0,)
        assert (line, done.returncode in expected, done.stderr.count("Traceback")) == (
            line, True, 0,
        ), done.stderr  # fmt: skip
