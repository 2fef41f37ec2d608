"""Real OpenSSH servers on loopback, with keys, configuration and known hosts of their own.

Nothing of the tester's own `~/.ssh` is read or written: the client gets its configuration file by
GPUSETUP_SSH, and the servers theirs by `-f`.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

PLACES = "/usr/sbin:/usr/local/sbin:/sbin"


def sshd_program() -> str | None:
    """Debian puts it where an ordinary user's PATH does not lead."""
    return shutil.which("sshd") or shutil.which("sshd", path=PLACES)


def missing() -> str | None:
    """What is not here for these tests, or None."""
    places = {name: shutil.which(name) for name in ("ssh", "ssh-keygen")}
    places["sshd"] = sshd_program()
    absent = [name for name, place in places.items() if place is None]
    if absent:
        return f"{', '.join(absent)} not found: no real SSH to test with"
    if os.geteuid() == 0 and not Path("/run/sshd").is_dir():
        Path("/run/sshd").mkdir(mode=0o755)  # sshd insists on it when root starts it
    return None


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Server:
    """One running sshd."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


@dataclass
class SshLab:
    """Servers, and a client configuration with an alias for each."""

    folder: Path
    user: str = field(default_factory=getpass.getuser)
    servers: list[Server] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("user-key", "host-key", "other-key"):
            self.keygen(name)
        public = (self.folder / "user-key.pub").read_text()
        (self.folder / "authorized_keys").write_text(public)
        (self.folder / "authorized_keys").chmod(0o600)

    def keygen(self, name: str, passphrase: str = "") -> Path:
        """A key, and its public part beside it."""
        path = self.folder / name
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(path)]
        subprocess.run(words, check=True)
        return path

    def server(self, *lines: str, host_key: str = "host-key") -> Server:
        """Start an sshd whose configuration has these lines first."""
        port = free_port()
        folder = self.folder / f"server-{port}"
        folder.mkdir()
        own = [
            *lines,
            f"Port {port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.folder / host_key}",
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            f"PidFile {folder / 'pid'}",
            "StrictModes no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "PermitRootLogin yes",
            "MaxStartups 200",
            "PrintMotd no",
        ]
        (folder / "config").write_text("\n".join(own) + "\n")
        program = sshd_program()
        assert program
        words = [program, "-D", "-f", str(folder / "config"), "-E", str(folder / "log")]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        server = Server(port, folder, process)
        self.servers.append(server)
        _await(port, process, folder)
        return server

    def alias(
        self,
        name: str,
        port: int,
        *lines: str,
        known: str | None = "host-key",
        key: str = "user-key",
    ) -> None:
        """A Host block; `known`: the key that known_hosts holds for it, None for none."""
        hosts = self.folder / f"known-{name}"
        public = (self.folder / f"{known}.pub").read_text() if known else ""
        hosts.write_text(f"{name} {public}" if known else "")
        self.aliases.append(
            "\n".join(
                [
                    f"Host {name}",
                    *(f"    {line}" for line in lines),
                    "    HostName 127.0.0.1",
                    f"    Port {port}",
                    f"    User {self.user}",
                    f"    HostKeyAlias {name}",
                    f"    UserKnownHostsFile {hosts}",
                    "    GlobalKnownHostsFile /dev/null",
                    f"    IdentityFile {self.folder / key}",
                    "    IdentitiesOnly yes",
                    "    IdentityAgent none",
                ]
            )
        )
        (self.folder / "config").write_text("\n\n".join(self.aliases) + "\n")

    def simple(self, name: str, *lines: str) -> Server:
        """A server with an alias that reaches it."""
        server = self.server(*lines)
        self.alias(name, server.port)
        return server

    def refused(self, name: str) -> str | None:
        """Why ssh alone does not get in there; None if it does."""
        words = [*self.variable.split(), "-o", "BatchMode=yes", name, "true"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        return done.stderr.strip() or "?" if done.returncode else None

    @property
    def variable(self) -> str:
        """For GPUSETUP_SSH."""
        return f"ssh -F {self.folder / 'config'}"

    def stop(self) -> None:
        for server in self.servers:
            server.stop()


def _await(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "log").read_text()
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("sshd does not listen")
