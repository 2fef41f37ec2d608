"""Hosts asked by the real ssh from real servers: what they tell, and each way to fail."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gpusetup.machine import Driver
from gpusetup.profiles.reading import machine_from_text
from tests.hosts.conftest import Client
from tests.lab.sshd import SshLab


def test_hosts_are_asked_at_once_and_told_in_the_order_of_their_naming(client: Client) -> None:
    done = client.detect("jumped", "plain")
    assert (done.exit, done.err.count("Traceback")) == (0, 0)
    assert [each["host"] for each in done.document["hosts"]] == ["jumped", "plain"]
    for name in ("plain", "jumped"):
        told = done.host(name)
        assert told["error"] is None
        assert told["machine"]["driver"]["version"] == "550.144.03"
        assert [gpu["compute_capability"] for gpu in told["machine"]["gpus"]] == ["8.0", "8.0"]
        assert told["machine"]["distribution"] == "rocky"
        assert len(told["usage"]["gpus"]) == 2
        assert told["newest"]["build"].startswith("cu")


CAUSES = {
    "unknown": "ssh.host-key-unknown",
    "changed": "ssh.host-key-changed",
    "stranger": "ssh.denied",
    "closed": "ssh.refused",
    "behind-closed": "ssh.jump",
    "behind-unknown": "ssh.jump",
    "no.such.host.invalid": "ssh.unknown-host",
}


def test_each_failure_of_ssh_has_its_code_and_a_next_step(client: Client) -> None:
    done = client.detect("plain", *CAUSES)
    assert done.exit == 1
    assert {name: done.host(name)["error"]["code"] for name in CAUSES} == CAUSES
    assert all(done.host(name)["error"]["next"] for name in CAUSES)
    assert done.host("behind-unknown")["error"]["facts"]["cause"] == "ssh.host-key-unknown"
    assert done.host("plain")["error"] is None
    forget = done.host("changed")["error"]["next"]
    assert f'-f "{client.folder}/known-changed" -R "changed"' in forget


def test_no_host_key_is_accepted_silently(client: Client) -> None:
    known = client.folder / "known-unknown"
    client.detect("unknown", "behind-unknown")
    assert known.read_text() == ""


def test_a_host_that_says_nothing_ends_with_its_time(lab: SshLab, client: Client) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        lab.alias("silent", listener.getsockname()[1])
        done = client.detect("silent", "plain", timeout="6")
    assert done.host("silent")["error"]["code"] == "ssh.timeout"
    assert done.host("silent")["seconds"] < 7
    assert done.host("plain")["error"] is None


def test_a_server_that_hangs_after_the_login_ends_with_its_time(
    lab: SshLab, client: Client
) -> None:
    lab.simple("asleep", "ForceCommand sleep 60")
    done = client.detect("asleep", timeout="3")
    assert done.host("asleep")["error"]["code"] == "ssh.timeout"


def test_accounts_that_run_no_command_show_their_last_words(lab: SshLab, client: Client) -> None:
    lab.simple("nologin", "ForceCommand echo 'This account is not available.'; exit 1")
    lab.simple("mute", "ForceCommand true")
    done = client.detect("nologin", "mute")
    told = done.host("nologin")["error"]
    assert (told["code"], told["facts"]["words"]) == (
        "node.no-answer", "This account is not available.",
    )  # fmt: skip
    assert "echo ready" in told["next"]
    assert done.host("mute")["error"]["code"] == "node.silent"


def test_an_answer_that_is_cut_off_is_noticed(lab: SshLab, client: Client) -> None:
    lab.simple("short", 'ForceCommand sh -c "$SSH_ORIGINAL_COMMAND" | head -c 900')
    assert client.detect("short").host("short")["error"]["code"] == "node.cut-off"


def test_an_answer_without_end_is_not_read_to_its_end(lab: SshLab, client: Client) -> None:
    lab.simple("endless", "ForceCommand yes")
    assert client.detect("endless").host("endless")["error"]["code"] == "node.too-long"


def wrapped(lab: SshLab, name: str, shell: str, home: Path) -> None:
    """An account whose login shell is another one."""
    command = f'env HOME={home} {shell} -c "$SSH_ORIGINAL_COMMAND"'
    lab.simple(name, f"ForceCommand {command}")


SHELLS = [each for each in ("csh", "tcsh", "fish", "zsh") if shutil.which(each)]
NOISE = "echo Welcome; printf '\\033[31mred without end'; echo warning >&2\n"


def test_any_login_shell_and_noisy_start_files_do_no_harm(
    lab: SshLab, client: Client, tmp_path: Path
) -> None:
    home = tmp_path / "noisy"
    home.mkdir()
    for name in (".bashrc", ".cshrc", ".tcshrc", ".zshenv"):
        (home / name).write_text(NOISE)
    for shell in SHELLS:
        wrapped(lab, f"a-{shell}", shutil.which(shell) or shell, home)
    # bash reads its start file for a command of sshd: the server starts it as a login shell does
    wrapped(lab, "a-bash", f"SHLVL=0 SSH_CLIENT=x {shutil.which('bash')}", home)
    names = [f"a-{shell}" for shell in (*SHELLS, "bash")]
    done = client.detect(*names)
    assert {name: done.host(name)["error"] for name in names} == dict.fromkeys(names)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a chroot without Python")
def test_a_host_without_python_is_told_by_its_shell(
    lab: SshLab, client: Client, tmp_path: Path
) -> None:
    root = small_system(tmp_path / "small")
    lab.simple("bare", f'ForceCommand chroot {root} /bin/sh -c "$SSH_ORIGINAL_COMMAND"')
    told = client.detect("bare").host("bare")
    assert told["error"] is None
    assert told["told_by"] == "sh"
    assert told["machine"]["driver"]["version"] == "550.144.03"
    assert told["machine"]["gpus"][0]["compute_capability"] == "8.0"


TOOLS = ("sh", "sed", "tr", "cksum", "uname", "id", "getconf", "df", "dirname", "ls", "cat",
         "head", "sleep", "readlink", "sort", "wc")  # fmt: skip
SMALL_SMI = """#!/bin/sh
case $1 in
*compute-apps*) ;;
*utilization*) echo "0, 3, Default" ;;
--query*) echo "0, NVIDIA A100, GPU-1, 00000000:10:00.0, 550.144.03, 40960, 420, 8.0, Disabled" ;;
*) echo "Driver Version: 550.144.03   CUDA Version: 12.4" ;;
esac
"""


def small_system(root: Path) -> Path:
    """A tree with a shell and the usual tools, and no Python."""
    import subprocess

    (root / "bin").mkdir(parents=True)
    (root / "dev").mkdir()
    (root / "dev" / "null").write_text("")
    for name in TOOLS:
        place = shutil.which(name)
        assert place
        shutil.copy(place, root / "bin" / name)
        listed = subprocess.run(["ldd", place], capture_output=True, text=True, check=False).stdout
        for word in listed.split():
            if word.startswith("/"):
                target = root / word.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, target)
    smi = root / "bin" / "nvidia-smi"
    smi.write_text(SMALL_SMI)
    smi.chmod(0o755)
    return root


def test_nothing_is_written_on_a_host(lab: SshLab, client: Client, tmp_path: Path) -> None:
    home, scratch = tmp_path / "there", tmp_path / "scratch"
    for folder in (home, scratch):
        folder.mkdir()
        (folder / "old").write_text("as it was")
    both = f"HOME={home} TMPDIR={scratch} XDG_CACHE_HOME={home}/.cache"
    lab.simple("clean", f'ForceCommand env {both} sh -c "$SSH_ORIGINAL_COMMAND"')
    before = everything(home), everything(scratch)
    assert client.detect("clean").exit == 0
    assert (everything(home), everything(scratch)) == before


def everything(folder: Path) -> list[tuple[str, int, int, bytes]]:
    """Names, modes, times and bytes."""
    found = []
    for path in [folder, *sorted(folder.rglob("*"))]:
        facts = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found.append((str(path), facts.st_mode, facts.st_mtime_ns, content))
    return found


def test_a_fleet_is_recorded_and_planned_together(
    lab: SshLab, client: Client, tmp_path: Path
) -> None:
    profile = tmp_path / "fleet.yaml"
    done = client.run("detect", "--host", f"{lab.user}@plain", "--host", "jumped",
                      "--record", str(profile))  # fmt: skip
    assert done.exit == 0
    machine = machine_from_text(profile.read_text(), "fleet.yaml")
    assert [each.name for each in machine.compute_nodes] == ["plain", "jumped"]
    assert all(isinstance(each.driver, Driver) for each in machine.compute_nodes)
    assert "GPU-0" not in profile.read_text()
    planned = client.run("plan", "--machine", str(profile), "--json").document
    assert planned["choice"]["build"].startswith("cu")


def test_the_screen_has_a_line_for_each_host(client: Client) -> None:
    done = client.run("detect", "--host", "plain", "--host", "jumped", "--host", "closed")
    lines = [line.split() for line in done.out.splitlines() if line.strip()]
    assert lines[0] == ["3", "hosts"]
    assert lines[2][:5] == ["plain", "2", "×", "A100-SXM4-40GB", "550.144.03"]
    assert "✗ closed: The host refuses connections" in done.out
    assert "One build runs on all that answered" in done.out
    assert "plain: 2 × A100-SXM4-40GB" in done.err


def test_one_host_is_shown_as_this_machine_would_be(client: Client) -> None:
    done = client.run("detect", "--host", "plain")
    assert done.exit == 0
    assert "supports CUDA 12.4" in done.out


def test_who_shows_each_host(client: Client) -> None:
    done = client.run("who", "--host", "plain", "--host", "closed")
    assert done.exit == 1
    assert "plain\n" in done.out
    assert "MIG 0:0" in done.out
    assert "closed: The host refuses" in done.out
    document = client.run("who", "--host", "plain", "--json").document
    assert (document["schema"], document["part"]) == ("gpusetup.fleet/1", "who")
    assert len(document["hosts"][0]["usage"]["gpus"]) == 2


def test_the_doctor_judges_a_host_as_its_profile(client: Client) -> None:
    done = client.run("doctor", "--host", "plain", "--json")
    assert done.document["schema"] == "gpusetup.diagnosis/1"
    assert done.exit in (0, 1)
    refused = client.run("doctor", "--host", "closed", "--json")
    assert (refused.exit, refused.document["code"]) == (3, "ssh.refused")


def test_ansi_or_keys_never_come_into_what_we_say(client: Client, tmp_path: Path) -> None:
    private = (client.folder / "user-key").read_text().splitlines()[1:-1]
    profile = tmp_path / "fleet.yaml"
    secret = {"MY_TOKEN": "tok-planted-7f3a9c", "SSH_PASSWORD": "pw-planted-55d1"}
    hosts = ["--host", "plain", "--host", "stranger", "--host", "changed"]
    texts = []
    for more in (["--json"], ["--verbose"], ["--record", str(profile)]):
        done = client.run("detect", *hosts, *more, **secret)
        texts += [done.out, done.err]
    done = client.run(
        "doctor", "--host", "plain", "--bundle", str(tmp_path / "bundle.md"), **secret
    )
    texts += [done.out, done.err]
    for path in [*client.home.rglob("*"), *tmp_path.glob("*.*")]:
        texts += [path.read_text(errors="replace")] if path.is_file() else []
    for needle in [*private, *secret.values()]:
        assert not any(needle in text for text in texts)
