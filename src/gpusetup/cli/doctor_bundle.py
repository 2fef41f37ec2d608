"""`doctor --bundle FILE`: the diagnosis as Markdown for an issue or a chat, without secrets."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Iterable, Iterator, Sequence

from gpusetup import __version__
from gpusetup.cli.doctor_words import commands_of, needs_of, remedy_of, text_of, title_of
from gpusetup.doctor.check import Case, Diagnosis, Finding, Severity
from gpusetup.environments.facts import Distribution, Environment, TorchFacts
from gpusetup.messages import say

_TELLING = re.compile(
    r"torch|nvidia-|cuda|cudnn|numpy|triton|xformers|flash-attn|bitsandbytes|vllm|mkl$|jax|tensorflow"
    r"|transformers|deepspeed|apex|libstdcxx|intel-openmp"
)
_SIGNS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "i"}


def write_bundle(path: Path, case: Case, diagnosis: Diagnosis, names: Iterable[str]) -> None:
    """Write the file.

    Args:
        names: the user's and the host's, which must not leave this machine.

    Raises:
        UsageError: it cannot be written.
    """
    from gpusetup.cli.detecting import write_named

    text = without_anything_private("\n".join(_document(case, diagnosis)) + "\n", case, names)
    write_named(path, text)


def without_anything_private(text: str, case: Case, names: Iterable[str]) -> str:
    """No credentials, no UUIDs, no home folder, no names of users and hosts."""
    from gpusetup.basics.redact import (
        secrets_of,
        without_persons,
        without_secrets,
        without_tokens,
        without_uuids,
    )

    home = next((each.path for each in case.machine.disks if each.purpose == "home"), None)
    processes = (each for card in case.surroundings.health for each in card.processes)
    others = {each.user for each in processes if each.user and each.user != "root"}
    job = case.surroundings.job
    others |= {each for each in (job.account, job.node) if each} if job else set()
    hidden = [each for each in (*names, *others) if each not in ("root", "")]
    clean = without_tokens(without_uuids(without_secrets(text, secrets_of(os.environ))))
    return without_persons(clean, home, hidden)


def _document(case: Case, diagnosis: Diagnosis) -> Iterator[str]:
    yield f"# {say('doctor.bundle.title')}"
    yield ""
    day = time.strftime("%Y-%m-%d")
    yield say("doctor.bundle.made", version=__version__, day=day)
    yield ""
    yield f"**{say(f'doctor.verdict.{diagnosis.verdict.value}')}**"
    for number, each in enumerate(diagnosis.findings):
        yield from _finding(each, is_main=number == 0)
    yield from _section("doctor.bundle.machine", _machine(case))
    if case.environment is not None:
        yield from _section("doctor.bundle.environment", _environment(case.environment))
    yield from _section("doctor.bundle.settings", _settings(case))
    yield from _section("doctor.bundle.readings", _readings(case))
    yield from _section("doctor.bundle.skipped", _skipped(diagnosis))


def _section(code: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", f"## {say(code)}", "", *found)


def _finding(finding: Finding, *, is_main: bool) -> Iterator[str]:
    yield ""
    mark = _SIGNS[finding.severity]
    yield f"## {mark} {title_of(finding)} (`{finding.id}`)"
    yield ""
    if is_main and finding.severity is not Severity.INFO:
        yield f"{say('doctor.bundle.main')} {text_of(finding)}"
    else:
        yield text_of(finding)
    if finding.because_of:
        yield ""
        yield say("doctor.bundle.because", title=say(f"doctor.{finding.because_of}"))
    if finding.evidence:
        yield from ("", *_block(finding.evidence))
    yield from _remedy(finding)


def _remedy(finding: Finding) -> Iterator[str]:
    text, needs = remedy_of(finding), needs_of(finding)
    if text:
        yield ""
        yield text + (f" ({needs})" if needs else "")
    if commands_of(finding):
        yield from ("", *_block(commands_of(finding)))


def _block(lines: Sequence[str]) -> list[str]:
    """A block that no line of it can end."""
    fence = "```"
    while any(fence in each for each in lines):
        fence += "`"
    return [f"{fence}text", *lines, fence]


def _machine(case: Case) -> Iterator[str]:
    from gpusetup.cli.detect_screen import machine_lines

    for each in machine_lines(case.machine):
        yield f"- {each.label}: {each.text}"
        if each.detail:
            yield from (f"  - {line}" for line in each.detail.splitlines())


def _environment(environment: Environment) -> Iterator[str]:
    kind = environment.kind.value if environment.kind else "?"
    yield f"- Python {environment.version or '?'} ({kind}): `{environment.python or '?'}`"
    torch = environment.torch
    if isinstance(torch, TorchFacts):
        suffix = f"+{torch.local}" if torch.local else ""
        cuda = torch.cuda if not hasattr(torch.cuda, "value") else None
        yield f"- torch {torch.version or '?'}{suffix}, CUDA {cuda or '-'}"
    packages = [each for each in environment.distributions or () if _TELLING.search(each.name)]
    if packages:
        yield from ("", *_block([_package(each) for each in packages]))
    if environment.variables:
        shown = [f"{name}={value}" for name, value in environment.variables if name != "PATH"]
        yield from ("", *_block(shown)) if shown else ()


def _package(each: Distribution) -> str:
    words = " ".join(filter(None, (each.build, each.installer)))
    return f"{each.name} {each.version}" + (f" ({words})" if words else "")


def _settings(case: Case) -> Iterator[str]:
    """Which files configure the installers, and the shell's lines; not what they hold."""
    for each in case.surroundings.config_files:
        state = f": {each.error}" if each.error else "" if each.is_read else " (-)"
        yield f"- {each.tool}: `{each.path}`{state}"
    lines = [f"{each.path}:{each.number}: {each.text}" for each in case.surroundings.shell_lines]
    if lines:
        yield from ("", *_block(lines))


def _readings(case: Case) -> Iterator[str]:
    readings = (*case.machine.readings, *case.surroundings.readings)
    bad = [each for each in readings if each.status.value in ("error", "timeout", "partial")]
    lines = [f"{each.source}: {each.status.value} {each.detail or ''}".rstrip() for each in bad]
    if lines:
        yield from _block(lines)


def _skipped(diagnosis: Diagnosis) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for each in diagnosis.skipped:
        if each.reason != "text":  # there was no text
            reasons.setdefault(each.reason, []).append(each.id)
    for reason, ids in reasons.items():
        yield f"- {say(f'doctor.unknown.{reason}')}: {', '.join(ids)}"
