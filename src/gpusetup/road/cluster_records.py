"""Jobs of ours that may still be in a queue: one file each in the state folder.

Written before a job is handed in and removed when it has ended, so that a job can be taken up
again, and one whose owner was killed is found and cancelled.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Mapping

from gpusetup.cluster.values import JobRequest
from gpusetup.effects.files import make_folders, write_whole
from gpusetup.effects.places import state_folder

_FILE = "job.json"


@dataclass(frozen=True)
class JobRecord:
    """One job. `subject`: whose answer it is; `memo`: what that command must remember."""

    nonce: str
    folder: Path
    request: JobRequest
    subject: str
    manner: str = "srun"
    job_id: str | None = None
    is_left: bool = False
    began: float = 0.0
    owner: int = 0
    host: str = ""
    memo: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The job's name in the queue."""
        return f"gpusetup-{self.nonce}"

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def errors(self) -> Path:
        return self.folder / "output.errors"


def jobs_folder(environ: Mapping[str, str]) -> Path:
    return state_folder(environ) / "jobs"


def new_record(
    request: JobRequest, subject: str, memo: Mapping[str, Any], environ: Mapping[str, str]
) -> JobRecord:
    """A record on disk, before anything is handed in."""
    nonce = secrets.token_hex(6)
    folder = jobs_folder(environ) / nonce
    make_folders(folder)
    folder.chmod(0o700)
    record = JobRecord(
        nonce, folder, request, subject, began=time.time(), owner=os.getpid(),
        host=platform.node(), memo=memo,
    )  # fmt: skip
    return keep(record)


def keep(record: JobRecord, **changes: object) -> JobRecord:
    """The record with changes, written."""
    changed = replace(record, **changes)  # type: ignore[arg-type]
    document = {**asdict(changed), "folder": str(changed.folder), "memo": dict(changed.memo)}
    write_whole(changed.folder / _FILE, json.dumps(document).encode(), 0o600)
    return changed


def forget(record: JobRecord) -> None:
    """The job has ended and its answer was taken."""
    shutil.rmtree(record.folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        record.folder.parent.rmdir()


def records(environ: Mapping[str, str]) -> tuple[JobRecord, ...]:
    """All that are on disk, oldest first. A file that cannot be read is passed over."""
    found = []
    for path in jobs_folder(environ).glob(f"*/{_FILE}"):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            fields = json.loads(path.read_text(encoding="utf-8"))
            request = JobRequest(**fields.pop("request"))
            fields["folder"] = path.parent
            found.append(JobRecord(request=request, **fields))
    return tuple(sorted(found, key=lambda each: each.began))


def left(environ: Mapping[str, str], subject: str) -> tuple[JobRecord, ...]:
    """The jobs of one command that were left in the queue."""
    return tuple(each for each in records(environ) if each.is_left and each.subject == subject)


def orphans(environ: Mapping[str, str]) -> tuple[JobRecord, ...]:
    """Jobs that nobody waits for any more, although nobody left them: their owner was killed."""
    return tuple(each for each in records(environ) if not each.is_left and not _is_owned(each))


def _is_owned(record: JobRecord) -> bool:
    """Of another login node nothing is known: its jobs are its own."""
    if record.host != platform.node():
        return time.time() - record.began < 86_400
    if not record.owner:
        return False
    try:
        os.kill(record.owner, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
