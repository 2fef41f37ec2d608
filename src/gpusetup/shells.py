"""A step as text for a shell: bash, PowerShell, cmd. Pure.

Quoting follows each shell's own rules; nothing that stands in a word can become a second command.
cmd cannot hold a newline, or a double quote inside quotes, safely: such words are refused.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Iterable, Sequence

from gpusetup.basics.patterns import pattern
from gpusetup.steps import PUT_BACK, Command, Step, WriteFile


class Shell(str, Enum):
    BASH = "bash"
    POWERSHELL = "powershell"
    CMD = "cmd"


_SAFE_POSIX = pattern(r"[A-Za-z0-9_@%+=:,./-]+")
_SAFE_WINDOWS = pattern(r"[A-Za-z0-9_+=:./\\-]+")

_BATCH_FILES = pattern(r"(?:^|[\\/])(?:conda|mamba)(?:\.bat)?$", re.IGNORECASE)


def quote(word: str, shell: Shell) -> str:
    """One word, quoted where the shell needs it.

    >>> quote("it's", Shell.BASH), quote("it's", Shell.POWERSHELL)
    ("'it'\\\\''s'", "'it''s'")

    Raises:
        ValueError: cmd cannot carry the word.
    """
    if shell is Shell.BASH:
        return _quote_bash(word)
    if shell is Shell.POWERSHELL:
        return word if _SAFE_WINDOWS.fullmatch(word) else _powershell_string(word)
    return _quote_cmd(word)


def _quote_bash(word: str) -> str:
    # a leading ~/ stands for the home folder of another machine and must stay expandable
    if word.startswith("~/"):
        return "~/" + (_quote_bash(word[2:]) if word[2:] else "")
    if word and _SAFE_POSIX.fullmatch(word):
        return word
    return "'" + word.replace("'", "'\\''") + "'"


def _powershell_string(text: str) -> str:
    """A string for an expression. PowerShell takes the typographic quotes for quotes too."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


def _quote_cmd(word: str) -> str:
    if any(sign in word for sign in '\r\n"'):
        raise ValueError(f"cmd cannot carry {word!r}")
    if word and _SAFE_WINDOWS.fullmatch(word):
        return word
    # inside quotes only % keeps its meaning in a batch file; a program reads \" as a quote
    last = re.search(r"\\*$", word)
    return '"' + word.replace("%", "%%") + (last[0] if last else "") + '"'


def command_line(argv: Sequence[str], shell: Shell) -> str:
    """A program with its arguments on one line."""
    words = [quote(word, shell) for word in argv]
    if shell is Shell.POWERSHELL and words[0].startswith("'"):
        words.insert(0, "&")  # or PowerShell would print the path
    return " ".join(words)


def script(steps: Iterable[Step], shell: Shell) -> str:
    """All steps as a script that stops at the first failure.

    An environment that was there before gets everything back then, as with `init`.
    """
    lines = list(_HEAD[shell])
    back = None
    for step in steps:
        lines += ["", *(_command(step, shell) if isinstance(step, Command) else _file(step, shell))]
        argv = step.undo.argv if step.undo else None
        if argv and argv[1 : len(PUT_BACK)] == PUT_BACK[1:]:  # the first word may be our path
            back = command_line(argv, shell)
            lines += _on_failure(back, shell)
    if back and shell is Shell.CMD:
        lines = _failing_over(lines, back)
    return "\n".join(lines) + "\n"


def _on_failure(back: str, shell: Shell) -> list[str]:
    if shell is Shell.BASH:
        return [f"give_back() {{ {back}; exit 1; }}", "trap give_back ERR INT TERM"]
    return [f"trap {{ {back}; break }}"] if shell is Shell.POWERSHELL else [_CMD_GIVES_BACK]


def _failing_over(lines: list[str], back: str) -> list[str]:
    """cmd has no traps: what fails after the environment is kept goes to the end of the file."""
    at = lines.index(_CMD_GIVES_BACK)
    after = [_CMD_GOES_BACK if each == _CMD_STOPS else each for each in lines[at + 1 :]]
    return [*lines[:at], *after, "exit /b 0", "", ":give_back", back, "exit /b 1"]


_CMD_STOPS = "if errorlevel 1 exit /b 1"
_CMD_GOES_BACK = "if errorlevel 1 goto give_back"
_CMD_GIVES_BACK = "rem from here on a failure gives the environment back"


_HEAD = {
    # a `$` in a path is meant as it stands
    Shell.BASH: ("#!/usr/bin/env bash", "# shellcheck disable=SC2016", "set -euo pipefail"),
    Shell.POWERSHELL: ("$ErrorActionPreference = 'Stop'",),
    Shell.CMD: ("@echo off", "chcp 65001 >nul", "setlocal DisableDelayedExpansion"),
}


def _command(step: Command, shell: Shell) -> list[str]:
    line = command_line(step.argv, shell)
    if shell is Shell.BASH:
        return [f"# {step.id}", _with_environment_bash(step, line)]
    if shell is Shell.POWERSHELL:
        _check_for_powershell(step.argv)
        settings = [_powershell_setting(name, value) for name, value in step.env.items()]
        failed = f"if ($LASTEXITCODE -ne 0) {{ throw '{step.id}' }}"
        return [f"# {step.id}", *settings, line, failed]
    settings = [f'set "{name}={_cmd_value(value)}"' for name, value in step.env.items()]
    return [f"rem {step.id}", *settings, _called(step, line), _CMD_STOPS]


def _check_for_powershell(argv: Sequence[str]) -> None:
    """Releases before 7.3 hand a double quote, and a last backslash, on without escaping it; later
    ones escape it. So no spelling is right in both. An empty word is lost before 7.3.

    Raises:
        ValueError: such a word is there.
    """
    for word in argv[1:]:
        if '"' in word or not word or (word.endswith("\\") and re.search(r"\s", word)):
            raise ValueError(f"PowerShell cannot carry {word!r} in all its releases")


def _called(step: Command, line: str) -> str:
    """conda is a batch file to cmd: without `call` nothing after it would run.

    Raises:
        ValueError: `call` reads the line a second time and would change these signs.
    """
    if not _BATCH_FILES.search(step.argv[0]):
        return line
    if any(sign in word for word in step.argv for sign in "%^"):
        raise ValueError(f"cmd cannot carry % or ^ to {step.argv[0]}")
    return f"call {line}"


def _with_environment_bash(step: Command, line: str) -> str:
    words = [word for name, value in step.env.items() if value is None for word in ("-u", name)]
    words += [f"{name}={_quote_bash(value)}" for name, value in step.env.items() if value]
    return " ".join(["env", *words, line]) if words else line


def _powershell_setting(name: str, value: str | None) -> str:
    if value is None:
        return f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
    return f"$env:{name} = {_powershell_string(value)}"


def _cmd_value(value: str | None) -> str:
    """Inside `set "NAME=VALUE"`.

    Raises:
        ValueError: a quote in the value would end it.
    """
    if any(sign in (value or "") for sign in '\r\n"'):
        raise ValueError(f"cmd cannot carry {value!r}")
    return (value or "").replace("%", "%%")


def _file(step: WriteFile, shell: Shell) -> list[str]:
    path, lines = step.path, step.content.splitlines()
    if shell is Shell.BASH:
        mark = "GPUSETUP_END"
        while mark in lines:
            mark += "_"
        made = [f"mkdir -p -- {_quote_bash(path.rpartition('/')[0] or '.')}"]
        protected = ["umask 077"] if step.mode == 0o600 else []
        body = [f"cat > {_quote_bash(path)} <<'{mark}'", *lines, mark]
        return [f"# {step.id}", *made, *(_grouped(protected, body))]
    if shell is Shell.POWERSHELL:
        return _powershell_file(step, lines)
    folder = path.rpartition("\\")[0] or "."
    return [
        f"rem {step.id}", f"if not exist {_quote_cmd(folder)} mkdir {_quote_cmd(folder)}",
        f"break>{_quote_cmd(path)}",
        *(f">>{_quote_cmd(path)} echo({_cmd_text(line)}" for line in lines),
    ]  # fmt: skip


def _grouped(before: list[str], body: list[str]) -> list[str]:
    """In a subshell, so that a umask does not outlive the file."""
    return ["(", *before, *body, ")"] if before else body


def _powershell_file(step: WriteFile, lines: list[str]) -> list[str]:
    # .NET does not know PowerShell's current folder
    resolve = "$ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath"
    target = f"{resolve}({_powershell_string(step.path)})"
    folder = _powershell_string(step.path.rpartition("\\")[0] or ".")
    text = ", ".join(map(_powershell_string, lines))
    return [
        f"# {step.id}",
        f"New-Item -ItemType Directory -Force -Path {folder} | Out-Null",
        f"[IO.File]::WriteAllLines({target}, [string[]]@({text}))",
    ]


def _cmd_text(line: str) -> str:
    """A line for `echo(`: every sign that cmd would read is escaped.

    Quotes too: behind an open one cmd would take the escapes for text.
    """
    return re.sub(r"([&|<>^()\"])", r"^\1", line.replace("%", "%%"))
