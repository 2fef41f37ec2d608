"""`--host` of `detect`, `doctor` and `who`: ask the hosts, and end with what came."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Sequence

from gpusetup.basics.errors import UsageError
from gpusetup.messages import say
from gpusetup.probe.fleet import Asked, Fleet, can_ask_again
from gpusetup.probe.node_block import NodeTrouble
from gpusetup.probe.ssh import Host, hosts_of_text, parse_hosts, ssh_program
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.matrix.rows import Matrix
    from gpusetup.terminal.live import Awaiting


@dataclass
class Gathered:
    """What came, in the order in which the hosts were named. `interrupted`: by Ctrl-C."""

    hosts: tuple[Host, ...]
    by_target: dict[str, Asked] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def asked(self) -> tuple[Asked, ...]:
        found = (self.by_target.get(host.target) for host in self.hosts)
        return tuple(each for each in found if each is not None)

    @property
    def silent(self) -> tuple[Asked, ...]:
        """Those that were asked and gave no answer."""
        return tuple(each for each in self.asked if each.answer is None)


def named_hosts(names: Sequence[str], file: str | None) -> tuple[Host, ...]:
    """The hosts of the options.

    Raises:
        UsageError: a name is none, or the file cannot be read or holds none.
    """
    listed = hosts_of_text(_text_of(file)) if file is not None else ()
    if file is not None and not listed:
        raise UsageError("hosts.none-in-file", path=file)
    return parse_hosts([*names, *listed])


def gather(hosts: tuple[Host, ...], timeout_s: float) -> Gathered:
    """Ask all of them; those whose ssh wants to ask something, afterwards, one by one."""
    from gpusetup.effects.runner import ended_as_by_ctrl_c

    program = ssh_program(os.environ)
    fleet = Fleet(program, os.environ, timeout_s, _matrix)
    gathered = Gathered(hosts)
    try:
        with ended_as_by_ctrl_c():
            for host in _ask_at_once(fleet, gathered):
                _ask_with_login(fleet, host, gathered)
    except KeyboardInterrupt:
        gathered.interrupted = True
        for host in hosts:
            interrupted = Asked(host, NodeTrouble("ssh.interrupted"))
            gathered.by_target.setdefault(host.target, interrupted)
    return gathered


def _ask_at_once(fleet: Fleet, gathered: Gathered) -> list[Host]:
    """The hosts for which a person could help are left for later."""
    from gpusetup.terminal import show

    hosts, later = gathered.hosts, []
    with (
        show.awaiting(_asking(hosts, len(hosts))) as waiting,
        contextlib.closing(fleet.ask(hosts)) as answers,
    ):
        for count, asked in enumerate(answers, 1):
            if show.moves():
                waiting.update(_asking(hosts, len(hosts) - count))
            if asked.trouble and can_ask_again(asked.trouble) and _has_person():
                later.append(asked.host)
                gathered.by_target[asked.host.target] = asked
            else:
                _take(asked, gathered, waiting)
    return sorted(later, key=hosts.index)


def _ask_with_login(fleet: Fleet, host: Host, gathered: Gathered) -> None:
    """ssh asks on the terminal itself: no word of it comes here."""
    from gpusetup.terminal import show

    before = gathered.by_target[host.target].trouble
    is_key = before is not None and before.code == "ssh.host-key-unknown"
    show.note(say("hosts.asks-key" if is_key else "hosts.asks", host=host.name))
    with contextlib.closing(fleet.ask_with_login(host)) as answers:
        for asked in answers:
            gathered.by_target[host.target] = asked


def _take(asked: Asked, gathered: Gathered, waiting: Awaiting) -> None:
    gathered.by_target[asked.host.target] = asked
    if len(gathered.hosts) > 1:
        from gpusetup.cli.hosts_screen import one_line

        waiting.above(one_line(asked))


def _asking(hosts: Sequence[Host], left: int) -> str:
    if len(hosts) == 1:
        return say("hosts.asking-one", host=hosts[0].name)
    return say("hosts.asking", count=len(hosts), left=left)


def _has_person() -> bool:
    """Whether ssh could ask somebody: with `--json` a script reads us."""
    from gpusetup.terminal.show import is_terminal

    return is_terminal(sys.stdin) and is_terminal(sys.stderr) and not session().json


def _matrix() -> Matrix:
    from gpusetup.compat_files import packaged_or_configured

    return packaged_or_configured(os.environ)


def _text_of(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read(1 << 20) if name == "-" else Path(name).read_bytes()[: 1 << 20]
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("detect.not-readable", path=name, reason="UTF-8") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("detect.not-readable", path=name, reason=reason) from error


def troubles_by_code(asked: Sequence[Asked]) -> Iterator[tuple[str, list[Asked]]]:
    """Hosts that failed alike, together, in the order of the first."""
    found: dict[str, list[Asked]] = {}
    for each in asked:
        if each.trouble:
            found.setdefault(each.trouble.code, []).append(each)
    yield from found.items()
