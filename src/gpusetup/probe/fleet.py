"""Hosts asked by ssh what they are: all at once, each answer as soon as it is there."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Generator, Mapping, Sequence

from gpusetup.probe.conversation import Spoken, Task, converse
from gpusetup.probe.node import NodeAnswer, read_node
from gpusetup.probe.node_block import NodeTrouble
from gpusetup.probe.node_script import node_script
from gpusetup.probe.ssh import Host, ssh_command, ssh_environment
from gpusetup.probe.ssh_words import trouble_of

if TYPE_CHECKING:
    from gpusetup.matrix.rows import Matrix

PARALLEL = 32
_LOGIN_S = 120.0  # that sshd itself gives a person to log in
_ASKING = ("ssh.denied", "ssh.host-key-unknown")


@dataclass(frozen=True)
class Asked:
    """A host with its answer, or with why there is none."""

    host: Host
    result: NodeAnswer | NodeTrouble
    seconds: float | None = None

    @property
    def answer(self) -> NodeAnswer | None:
        return self.result if isinstance(self.result, NodeAnswer) else None

    @property
    def trouble(self) -> NodeTrouble | None:
        return self.result if isinstance(self.result, NodeTrouble) else None


class Fleet:
    """How hosts are asked: by which program, for how long, and what for."""

    def __init__(
        self,
        program: tuple[str, ...],
        environ: Mapping[str, str],
        total_s: float,
        load: Callable[[], Matrix],
    ) -> None:
        self._program, self._environ, self._load = program, environ, load
        self._total_s = total_s
        self._connect_s = _between(1.0, total_s * 0.25, 30.0)
        self._node_s = _between(1.0, total_s * 0.5, 60.0)

    def ask(self, hosts: Sequence[Host], parallel: int = PARALLEL) -> Generator[Asked, None, None]:
        """Ask without a word to the user. Each host has its limit, all together a deadline."""
        limit_s = min(self._total_s, self._connect_s + self._node_s + 10.0)
        return self._ask(hosts, limit_s, self._total_s, parallel, asks=False)

    def ask_with_login(self, host: Host) -> Generator[Asked, None, None]:
        """Ask once more, and let ssh ask for a password or about a host key on the terminal."""
        limit_s = _LOGIN_S + self._total_s
        return self._ask([host], limit_s, limit_s, 1, asks=True)

    def _ask(
        self, hosts: Sequence[Host], limit_s: float, total_s: float, parallel: int, *, asks: bool
    ) -> Generator[Asked, None, None]:
        by_key = {host.target: host for host in hosts}
        nonces = {host.target: secrets.token_hex(8) for host in hosts}
        tasks = [self._task(host, nonces[host.target], limit_s, asks) for host in hosts]
        said = converse(
            tasks,
            ssh_environment(self._environ, asks=asks),
            deadline=time.monotonic() + total_s,
            parallel=parallel,
            terminal=asks,
        )
        for spoken in said:
            result = self._read(spoken, nonces[spoken.key], limit_s)
            yield Asked(by_key[spoken.key], result, spoken.seconds)

    def _task(self, host: Host, nonce: str, limit_s: float, asks: bool) -> Task:
        argv = ssh_command(self._program, host, self._connect_s, asks=asks)
        script = node_script(nonce, seconds=self._node_s, processes=True)
        return Task(host.target, argv, script, limit_s)

    def _read(self, spoken: Spoken, nonce: str, limit_s: float) -> NodeAnswer | NodeTrouble:
        answer = read_node(spoken.output, nonce, self._load)
        if isinstance(answer, NodeAnswer) or answer.code == "node.unreadable":
            return answer
        trouble = trouble_of(spoken, limit_s)
        if trouble is not None and answer.code == "node.no-answer":
            return trouble
        if answer.code == "node.no-answer":
            return _without_words(spoken, answer)
        return answer


def can_ask_again(trouble: NodeTrouble) -> bool:
    """Whether a person at the terminal could help ssh."""
    return trouble.code in _ASKING or trouble.facts.get("cause") in _ASKING


def _without_words(spoken: Spoken, trouble: NodeTrouble) -> NodeTrouble:
    """What it said instead of an answer, on stderr if not on stdout."""
    from gpusetup.probe.node_block import last_words

    words = trouble.facts.get("words") or last_words(spoken.errors)
    return NodeTrouble(trouble.code, {"words": words}) if words else NodeTrouble("node.silent")


def _between(least: float, value: float, most: float) -> float:
    return max(least, min(value, most))
