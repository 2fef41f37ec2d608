"""What may be typed as a host, what a list of hosts holds, and which options go together."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.probe.conversation import Spoken
from gpusetup.probe.ssh import hosts_of_text, parse_host, parse_hosts, ssh_command, ssh_program
from gpusetup.probe.ssh_words import cause_of, trouble_of
from tests.hosts.conftest import Client


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("gpu1", "gpu1"),
        ("gpu-1.cs.example.org", "gpu-1.cs.example.org"),
        ("me@gpu1", "me@gpu1"),
        ("DOMAIN\\me@gpu1", "DOMAIN\\me@gpu1"),
        ("gpu1:2222", "ssh://gpu1:2222"),
        ("me@gpu1:2222", "ssh://me@gpu1:2222"),
        ("ssh://me@gpu1:2222", "ssh://me@gpu1:2222"),
        ("ssh://gpu1", "gpu1"),
        ("::1", "::1"),
        ("[fe80::1%eth0]:22", "ssh://[fe80::1%eth0]:22"),
        ("服务器1", "服务器1"),
    ],
)
def test_names_as_ssh_takes_them(typed: str, target: str) -> None:
    assert parse_host(typed).target == target


@pytest.mark.parametrize(
    "typed",
    ["", "-oProxyCommand=x", "me@-oProxyCommand=x", "a b", "gpu1;reboot", "$(reboot)", "`id`",
     "a\nb", "gpu1:port", "a/b", "gpu1:2222/path", "me@", "x" * 300, "-", "ssh://-x", "'"],
)  # fmt: skip
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_host(typed)
    assert refused.value.code == "hosts.bad-name"


@pytest.mark.parametrize("typed", ["me:secret@gpu1", "ssh://me:secret@gpu1:22", "me:a b@gpu1"])
def test_a_password_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_host(typed)
    assert refused.value.code == "hosts.password"
    assert "secret" not in str(refused.value.facts)


def test_a_host_is_asked_once() -> None:
    assert len(parse_hosts(["gpu1", "gpu2", "gpu1"])) == 2


def test_a_file_of_hosts_has_remarks_and_empty_lines() -> None:
    assert hosts_of_text("# the lab\ngpu1  # old\r\n\n gpu2\n") == ("gpu1", "gpu2")


def test_the_command_asks_nothing_forwards_nothing_and_ends_options() -> None:
    words = ssh_command(("ssh", "-F", "x"), parse_host("me@gpu1"), 7.6, asks=False)
    assert words[:6] == ("ssh", "-F", "x", "-T", "-x", "-a")
    assert {"BatchMode=yes", "ConnectTimeout=8", "ClearAllForwardings=yes"} <= set(words)
    assert words[-4:] == ("--", "me@gpu1", "sh", "-s")
    assert "BatchMode=no" in ssh_command(("ssh",), parse_host("gpu1"), 7, asks=True)


def test_another_ssh_is_named_by_words_and_never_by_a_shell_line() -> None:
    environ = {"PATH": "/usr/bin:/bin", "GPUSETUP_SSH": "sh -F '/a b/config'"}
    assert ssh_program(environ) == ("sh", "-F", "/a b/config")
    for value, code in (("nothing-like-that -x", "hosts.no-ssh"), ("ssh 'x", "hosts.bad-program")):
        with pytest.raises(UsageError) as refused:
            ssh_program({**environ, "GPUSETUP_SSH": value})
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("ssh: connect to host h port 22: No route to host", "ssh.unreachable"),
        ("ssh: connect to host h port 22: Network is unreachable", "ssh.unreachable"),
        ("ssh: connect to host h port 22: Connection timed out", "ssh.timeout"),
        ("ssh: connect to host h port 22: Operation timed out", "ssh.timeout"),
        ("Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\n"
         "Disconnected from 10.0.0.1 port 22", "ssh.denied"),
        ("me@h: Permission denied (publickey,password).", "ssh.denied"),
        ("No ED25519 host key is known for h and you have requested strict checking.\n"
         "Host key verification failed.", "ssh.host-key-unknown"),
        ("kex_exchange_identification: read: Connection reset by peer\n"
         "Connection reset by 10.0.0.1 port 22", "ssh.closed"),
        ("/home/me/.ssh/config: line 3: Bad configuration option: prox\n"
         "/home/me/.ssh/config: terminating, 1 bad configuration options", "ssh.configuration"),
        ("Bad owner or permissions on /home/me/.ssh/config", "ssh.configuration"),
        ("Unable to negotiate with h port 22: no matching host key type found.", "ssh.failed"),
        ("", "ssh.failed"),
    ],
)  # fmt: skip
def test_words_of_ssh_and_their_codes(words: str, code: str) -> None:
    assert cause_of(words.replace("\n", "\r\n")).code == code


def test_a_banner_before_the_login_is_not_taken_for_the_cause() -> None:
    banner = "*** Access only for members. Permission denied to all others. ***\r\n"
    assert cause_of(banner + "me@h: Permission denied (publickey).\r\n").facts == {
        "words": "me@h: Permission denied (publickey)."
    }


def test_an_end_by_our_hand_is_a_timeout_and_a_late_host_was_not_asked() -> None:
    ended = trouble_of(Spoken("h", exit=None, seconds=3.0), 3.0)
    assert ended is not None
    assert (ended.code, ended.facts) == ("ssh.timeout", {"seconds": 3})
    late = trouble_of(Spoken("h"), 3.0)
    assert late is not None
    assert late.code == "ssh.not-asked"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("detect", "--host", "-x"), "hosts.bad-name"),
        (("detect", "--host", "a", "--from", "x.txt"), "hosts.not-with"),
        (("doctor", "--host", "a", "--fix"), "hosts.not-with"),
        (("doctor", "--host", "a", "--env", "x"), "hosts.not-with"),
        (("doctor", "--host", "a", "--machine", "x"), "hosts.not-with"),
        (("doctor", "--host", "a", "--host", "b"), "hosts.one-only"),
        (("detect", "--hosts", "missing.txt"), "detect.not-readable"),
        (("detect", "--hosts", "-"), "hosts.none-in-file"),
        (("who", "--host", "me:pw@a"), "hosts.password"),
    ],
)
def test_refusals_of_the_command_line(words: tuple[str, ...], code: str, tmp_path: Path) -> None:
    done = Client(tmp_path).run(*words, "--json")
    assert (done.exit, done.document["code"]) == (2, code)
    assert done.document["next"]


def test_without_ssh_it_says_what_to_install(tmp_path: Path) -> None:
    done = Client(tmp_path).run("detect", "--host", "a", "--json", PATH=str(tmp_path))
    assert (done.exit, done.document["code"]) == (2, "hosts.no-ssh")
