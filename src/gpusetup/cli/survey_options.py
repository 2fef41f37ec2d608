"""The options of `detect --slurm` as the survey that they ask for."""

from __future__ import annotations

from gpusetup.cli.queue_options import Typed, read_wish
from gpusetup.cli.survey import Wanted, survey


def survey_by(given: Typed, record: str | None, timeout_s: float) -> int:
    """Run the survey. Returns the exit code.

    Raises:
        UsageError: a value is none.
    """
    collects = "--collect" in given
    return survey(
        Wanted(
            wish=read_wish(given),
            wait_s=given.get("--wait", 0.0 if collects else 120.0),
            jobs="--no-jobs" not in given,
            yes="--yes" in given,
            collect=collects,
            drop="--drop" in given,
            batch="--batch" in given,
            record=record,
            timeout_s=timeout_s,
        )
    )
