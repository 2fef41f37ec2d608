"""The user's own `ssh`: which hosts may be named, and the command line for one of them.

Configuration, jump hosts, agent, keys and known hosts are ssh's business, and so is a password: it
is asked on the terminal by ssh itself.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import dataclass
from typing import Iterable, Mapping

from gpusetup.basics.errors import UsageError
from gpusetup.probe.node_script import REMOTE_COMMAND

VARIABLE = "GPUSETUP_SSH"  # another ssh, or the same with options: "ssh -F /path/to/config"
_USER = r"[^\s@/:'\"`$;&<>|(){}*?!#%,]+"
_HOST = r"[\w.%+-]+|\[[\w.:%]+\]|[\w.]*:[\w.]*:[\w.:%]*"
_NAME = re.compile(
    rf"(?P<scheme>ssh://)?(?:(?P<user>{_USER})@)?(?P<host>{_HOST})(?::(?P<port>\d{{1,5}}))?/?"
)
_LONGEST = 255


@dataclass(frozen=True)
class Host:
    """A host as it was named, and as ssh takes it."""

    name: str  # "me@gpu1:2222", without `ssh://`
    target: str  # "ssh://me@gpu1:2222"

    @property
    def short(self) -> str:
        """Without the user."""
        return self.name.rpartition("@")[2]


def parse_host(text: str) -> Host:
    """ "gpu1", "me@gpu1", "gpu1:2222", "ssh://me@gpu1:2222".

    Raises:
        UsageError: no host, or something that ssh or a shell could take for something else.
    """
    if re.match(r"[^@/]*:[^@]*@", text.removeprefix("ssh://")):
        raise UsageError("hosts.password")  # and it is not repeated
    found = _NAME.fullmatch(text) if len(text) <= _LONGEST else None
    words = (found["user"] or "", found["host"]) if found else ("-",)
    if found is None or any(word.startswith("-") for word in words):
        raise UsageError("hosts.bad-name", name=text[:60])
    user = f"{found['user']}@" if found["user"] else ""
    port = f":{found['port']}" if found["port"] else ""
    name = f"{user}{found['host']}{port}"
    bare = found["host"].strip("[]")
    return Host(name, f"ssh://{name}" if port else f"{user}{bare}")


def parse_hosts(texts: Iterable[str]) -> tuple[Host, ...]:
    """Each host once, in the order of their first naming."""
    return tuple(dict.fromkeys(parse_host(text) for text in texts))


def hosts_of_text(text: str) -> tuple[str, ...]:
    """A file of hosts: one a line; what follows a # is a remark."""
    lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)


def ssh_program(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The words that begin the command.

    Raises:
        UsageError: there is no ssh.
    """
    words = program_words(environ)
    if not words or shutil.which(words[0], path=environ.get("PATH")) is None:
        raise UsageError("hosts.no-ssh", program=words[0] if words else VARIABLE)
    return words


def program_words(environ: Mapping[str, str]) -> tuple[str, ...]:
    """`ssh`, or the words of GPUSETUP_SSH. On Windows a backslash is part of a path.

    Raises:
        UsageError: a quote is not closed.
    """
    try:
        words = shlex.split(environ.get(VARIABLE) or "ssh", posix=os.name != "nt")
    except ValueError as error:
        raise UsageError("hosts.bad-program", variable=VARIABLE, reason=str(error)) from error
    return tuple(word.strip('"') for word in words)


def ssh_command(
    program: tuple[str, ...], host: Host, connect_s: float, *, asks: bool
) -> tuple[str, ...]:
    """The whole command. `asks`: ssh may ask on the terminal.

    Nothing is forwarded, no terminal is made on the host, and no connection is left behind for
    others; one that the user keeps open is used.
    """
    options = (
        "ClearAllForwardings=yes",
        "ControlMaster=no",
        "RemoteCommand=none",
        "RequestTTY=no",
        "LogLevel=INFO",  # its words tell the cause
        f"ConnectTimeout={max(1, round(connect_s))}",
        f"BatchMode={'no' if asks else 'yes'}",
    )
    words = [word for option in options for word in ("-o", option)]
    return (*program, "-T", "-x", "-a", *words, "--", host.target, *REMOTE_COMMAND)


def ssh_environment(environ: Mapping[str, str], *, asks: bool) -> dict[str, str]:
    """Without the variables by which ssh, or the ssh of a jump host, would ask in a window."""
    if asks:
        return dict(environ)
    kept = {
        name: value for name, value in environ.items() if name not in ("SSH_ASKPASS", "DISPLAY")
    }
    return {**kept, "SSH_ASKPASS_REQUIRE": "never"}
