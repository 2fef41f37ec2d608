"""A verification with its progress on stderr, held against the machine. For `verify` and `init`."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Sequence

from gpusetup.machine import Machine
from gpusetup.messages import say
from gpusetup.verdict import Event, Verdict

if TYPE_CHECKING:
    from gpusetup.matrix.rows import Build
    from gpusetup.proving.here import Limits

_SLOW_IMPORT_S = 15.0  # from a disk of the machine it takes two to six


def prove_with_progress(
    python: str,
    expected: str,
    machine: Machine | None = None,
    companions: Sequence[str] = (),
    build: Build | None = None,
    level: str = "quick",
    check_s: float | None = None,
) -> Verdict:
    """Verify, and say on stderr what is being checked.

    Args:
        machine: what was found on this machine; None where it is of no concern.
        build: the one that was chosen, to be held against what is there.
        check_s: the time limit of each check.
    """
    from gpusetup.cli.proof_screen import progress_text
    from gpusetup.evidence.belonging import Wanted, countable, judge_belonging, wanted_of
    from gpusetup.probe.disk import slow_disk_of
    from gpusetup.proving.here import prove
    from gpusetup.terminal.show import awaiting

    wanted = Wanted(build) if machine is None else wanted_of(machine, build)
    slow = slow_disk_of(os.path.dirname(python))  # noqa: PTH120
    limits = _limits(check_s, is_slow=slow is not None)
    begin = say("verify.running-slowly" if slow else "verify.running", **_import_facts(slow))
    with awaiting(begin) as wait:

        def tell(event: Event) -> None:
            text = progress_text(event)
            if text and not (slow and event.get("check") == "import"):  # that is said already
                wait.update(text)

        def run(kind: str) -> Verdict:
            count = countable(wanted) if kind == "cuda" else 0
            return prove(python, kind, companions, level, tell, limits, count)

        verdict = run(expected)
        if verdict.claims_gpu and wanted.capabilities == () and expected == "cpu":
            # a GPU that nothing else here knows of: it has to compute before it is believed
            verdict = run("cuda")
    _explain_slowness(verdict, slow)
    if machine is not None and verdict.expected == "cuda":
        wanted = replace(wanted, rows=_rows(machine))
    return judge_belonging(verdict, wanted)


def _limits(check_s: float | None, *, is_slow: bool) -> Limits:
    """Gigabytes that have to come through a network first are no sign of trouble."""
    from gpusetup.proving.here import SLOW_IMPORT_S, Limits

    if check_s is not None:
        return Limits(import_s=check_s, check_s=check_s)
    return Limits(import_s=SLOW_IMPORT_S) if is_slow else Limits()


def _explain_slowness(verdict: Verdict, slow: str | None) -> None:
    """A minute of importing is the disk's, where that is known to be slow."""
    from gpusetup.terminal import show

    took = [each.seconds for each in verdict.checks if each.id == "import" and each.seconds]
    if slow and took and took[0] > _SLOW_IMPORT_S:
        show.hint(say("verify.slow-import", seconds=round(took[0]), filesystem=slow))


def _import_facts(slow: str | None) -> dict[str, object]:
    return {"check": say("verify.label-import"), "filesystem": slow}


def _rows(machine: Machine) -> tuple[Build, ...]:
    """What the matrix knows of the builds for this system."""
    from gpusetup.compat_files import packaged_or_configured

    return packaged_or_configured(os.environ).builds_for(machine.platform)
