"""Words that people type and that we do not know: what was probably meant."""

from __future__ import annotations

from typing import Mapping, Sequence

from gpusetup.basics.errors import UsageError

_OTHER_NAMES: Mapping[str, str] = {
    "install": "init", "setup": "init", "set-up": "init", "create": "init", "new": "init",
    "start": "init", "wizard": "init", "dry-run": "plan", "show": "plan", "info": "detect",
    "status": "detect", "scan": "detect", "probe": "detect", "smi": "detect",
    "nvidia-smi": "detect", "check": "doctor", "diagnose": "doctor", "fix": "doctor --fix",
    "repair": "doctor --fix", "debug": "doctor", "report": "doctor --report", "test": "verify",
    "prove": "verify", "validate": "verify", "benchmark": "bench", "speed": "bench",
    "tune": "bench tune", "mirror": "mirrors", "source": "mirrors", "tuna": "mirrors --tuna",
    "top": "who", "ps": "who", "users": "who", "free": "pick", "choose": "pick",
    "compat": "matrix", "versions": "matrix list", "why": "matrix why", "env": "envs",
    "list": "envs", "ls": "envs", "environments": "envs", "remove": "envs remove",
    "uninstall": "envs remove", "delete": "envs remove", "rm": "envs remove",
    "clone": "envs clone", "copy": "envs clone", "rollback": "undo", "revert": "undo",
    "restore": "undo", "completions": "completion", "help": "--help", "version": "--version",
    "update": "matrix update", "conda": "engine conda",
}  # fmt: skip
"""The names that other programs have for our commands."""


def no_such(
    kind: str, name: str, known: Sequence[str], path: str, elsewhere: Sequence[str] = ()
) -> UsageError:
    """A complaint about a "command" or an "option", with the nearest one that we know.

    Args:
        elsewhere: the commands that do take an option of that name.
    """
    other = _OTHER_NAMES.get(name) if kind == "command" and path == "gpusetup" else None
    near = other or _nearest(name, known)
    if near:
        return UsageError(f"usage.{kind}.near", name=name, near=near, command=path)
    if elsewhere:
        return UsageError(
            "usage.option.elsewhere", name=name, command=path, other=f"gpusetup {elsewhere[0]}"
        )
    return UsageError(f"usage.{kind}", name=name, command=path)


def _nearest(name: str, known: Sequence[str]) -> str | None:
    """By letters, else by a beginning of three letters or more: "--require" -> "--requirements"."""
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), known, n=1)
    if near:
        return near[0]
    bare = name.lstrip("-").lower()
    starts = [each for each in known if len(bare) > 2 and each.lstrip("-").startswith(bare)]
    return starts[0] if len(starts) == 1 else None
