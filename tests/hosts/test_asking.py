"""What needs a person: ssh asks on the terminal itself, one host after the other; Ctrl-C ends all."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hosts.conftest import Client
from tests.lab.sshd import SshLab
from tests.lab.terminal import CTRL_C, Terminal

ENTER = "\r"
PASSPHRASE = "planted-pass-91c2"


@pytest.fixture
def locked(lab: SshLab) -> SshLab:
    """Two hosts that take a key with a passphrase, which no agent holds."""
    if not (lab.folder / "locked-key").exists():
        lab.keygen("locked-key", PASSPHRASE)
        with (lab.folder / "authorized_keys").open("a") as keys:
            keys.write((lab.folder / "locked-key.pub").read_text())
        port = lab.servers[0].port
        for name in ("locked-a", "locked-b"):
            lab.alias(name, port, key="locked-key")
    return lab


def asking(client: Client, *words: str, columns: int = 100) -> Terminal:
    argv = [sys.executable, "-m", "gpusetup", *words]
    return Terminal(argv, env=client.environ, columns=columns, rows=50)


def test_ssh_asks_for_a_passphrase_and_we_never_see_it(locked: SshLab, client: Client) -> None:
    with asking(client, "detect", "--host", "plain", "--host", "locked-a") as terminal:
        terminal.wait("locked-a asks for your login")
        terminal.wait("Enter passphrase for key")
        terminal.type(PASSPHRASE + ENTER)
        code = terminal.finish(30)
        seen = terminal.text()
    assert code == 0, seen
    assert "One build runs on all of them" in seen
    assert PASSPHRASE not in terminal.raw.decode(errors="replace")
    for path in client.home.rglob("*"):
        assert not path.is_file() or PASSPHRASE not in path.read_text(errors="replace")


def test_hosts_that_ask_follow_one_by_one(locked: SshLab, client: Client) -> None:
    with asking(client, "detect", "--host", "locked-a", "--host", "locked-b") as terminal:
        for name in ("locked-a", "locked-b"):
            terminal.wait(f"{name} asks for your login")
            terminal.settle(0.7)  # ssh throws away what is typed before it asks
            terminal.type(PASSPHRASE + ENTER)
        assert terminal.finish(30) == 0


def test_an_unknown_host_key_is_for_the_person_to_judge(lab: SshLab, client: Client) -> None:
    lab.alias("newcomer", lab.servers[0].port, known=None)
    known = lab.folder / "known-newcomer"
    with asking(client, "detect", "--host", "newcomer") as terminal:
        terminal.wait("newcomer is not known to ssh yet")
        terminal.wait("Are you sure you want to continue connecting")
        terminal.type("no" + ENTER)
        assert terminal.finish(30) == 1
        assert "Its host key is not known here" in terminal.text()
    assert known.read_text() == ""
    with asking(client, "detect", "--host", "newcomer") as terminal:
        terminal.wait("Are you sure you want to continue connecting")
        terminal.type("yes" + ENTER)
        assert terminal.finish(30) == 0
    assert "newcomer" in known.read_text()


def test_with_json_nobody_is_asked(locked: SshLab, client: Client) -> None:
    with asking(client, "detect", "--host", "locked-a", "--json") as terminal:
        assert terminal.finish(30) == 1
        assert "Enter passphrase" not in terminal.text()
        assert '"ssh.denied"' in terminal.text()


def test_ctrl_c_ends_every_ssh_and_shows_what_came(lab: SshLab, client: Client) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        lab.alias("mute-port", listener.getsockname()[1])
        hosts = ["--host", "mute-port", "--host", "plain"]
        process = subprocess.Popen(
            [sys.executable, "-m", "gpusetup", "detect", "--timeout", "60", *hosts],
            env=client.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("plain:"):
                break
        process.send_signal(signal.SIGINT)
        out, _errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "A100-SXM4-40GB" in out
    assert "mute-port: Interrupted before it had answered." in out
    assert not still_running(lab)


def still_running(lab: SshLab) -> list[str]:
    """Clients of the lab that are left."""
    deadline = time.monotonic() + 5
    while True:
        found = [
            line for line in _commands() if line.startswith("ssh -") and str(lab.folder) in line
        ]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def _commands() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        found.append(" ".join(os.fsdecode(word) for word in words))
    return found


def test_ctrl_c_at_a_question_of_ssh_leaves_the_terminal_in_order(
    locked: SshLab, client: Client
) -> None:
    ours = f"{sys.executable} -m gpusetup detect --host plain --host locked-a"
    argv = ["bash", "-c", f"{ours}; echo ended with $?; stty -a"]
    with Terminal(argv, env=client.environ, columns=100, rows=50) as terminal:
        terminal.wait("Enter passphrase for key")
        terminal.settle(0.5)
        terminal.type(CTRL_C)
        terminal.finish(30)
        seen = terminal.text()
    assert "ended with 130" in seen
    assert "2 × A100-SXM4-40GB" in seen
    assert re.search(r"\secho\s", seen)
