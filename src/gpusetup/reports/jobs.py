"""What a pasted script or command asks a scheduler for: its partition and account. Pure."""

from __future__ import annotations

import re

from gpusetup.environments.facts import Job

_OPTIONS = r"(?:\s{1,4}-{1,2}[\w-]{1,30}(?:[ =][^\s-]\S{0,60})?){0,8}?"
_ASKS = rf"(?m)^[^\n]{{0,60}}?(?:\#SBATCH|\b(?:srun|sbatch|salloc)\b){_OPTIONS}\s{{1,4}}"
_NAME = r"([A-Za-z0-9][\w.-]{0,60})"
_PARTITION = re.compile(rf"{_ASKS}(?:-p[ ]?|--partition[ =]){_NAME}")
_ACCOUNT = re.compile(rf"{_ASKS}(?:-A[ ]?|--account[ =]){_NAME}")


def job_in(text: str) -> Job | None:
    """The job of `#SBATCH -p gpu -A chem` or `srun --partition=gpu ...`; None: nothing is named."""
    partition, account = _PARTITION.search(text), _ACCOUNT.search(text)
    if partition is None and account is None:
        return None
    return Job("?", partition[1] if partition else None, account[1] if account else None)
