"""One job of ours at a cluster, from handing it in to its answer."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import Callable, Mapping

from gpusetup.basics.errors import Refused
from gpusetup.cluster import commands, queue
from gpusetup.cluster.answers import Answer, read_answer
from gpusetup.cluster.troubles import end_in, hopeless, last_words, refusal_in
from gpusetup.cluster.values import End, JobOutcome, JobState, JobTrouble, QueueEntry
from gpusetup.probe.slurm import Told, ask, environment
from gpusetup.road import cluster_records
from gpusetup.road.cluster_records import JobRecord

_FIRST_LOOK_S = 1.0
_LOOKS_S = 3.0
_LATER_LOOKS_S = 15.0  # a controller serves thousands of people
_GRACE_S = 60.0
_FILE_S = 6.0  # until a node's file is seen here: what network file systems may take
_MOST = 16_000_000  # of an answer


class Job:
    """`look` moves it on; `outcome` is there when it has ended."""

    def __init__(self, record: JobRecord, script: str, environ: Mapping[str, str]) -> None:
        self.record = record
        self.entry: QueueEntry | None = None
        self.outcome: JobOutcome | None = None
        self.begun = False
        self._script = script
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._since = time.monotonic()
        self._next_look = 0.0
        self._running_since: float | None = None
        self._gone_since: float | None = None
        self._trouble: JobTrouble | None = None

    @property
    def waits(self) -> bool:
        """Whether it has not begun to run on its node."""
        return self.outcome is None and self._running_since is None and not self._has_begun()

    @property
    def at_work(self) -> bool:
        return self.begun and self.outcome is None

    @property
    def waited_s(self) -> float:
        return time.monotonic() - self._since

    def begin(self, *, batch: bool) -> None:
        """Hand it in."""
        self.begun = True
        if batch:
            self._submit()
        else:
            self._start()

    def take_up(self) -> None:
        """A job that was left: what it has done meanwhile is seen at the next look."""
        self.begun = True

    def look(self) -> None:
        """See how it stands; an end becomes its outcome."""
        if not self.at_work:
            return
        if self._process is not None and self._process.poll() is not None:
            self._end_of_srun(self._process.returncode)
        elif time.monotonic() >= self._next_look:
            self._ask_queue()
        if self.outcome is None and self._is_overdue():
            self._stop()
            self._finish(End.FAILED, trouble=JobTrouble("job.no-answer"))

    def leave(self) -> None:
        """Let it wait in the queue without us, as a batch job."""
        if self.record.manner == "srun":
            self._stop()
            self._submit()
        if self.outcome is None:
            self.record = cluster_records.keep(self.record, is_left=True)
            self.outcome = self._made(End.LEFT)

    def give_up(self) -> None:
        """It did not begin in time, and shall not stay in the queue."""
        reason = self.entry.reason if self.entry else None
        trouble = refusal_in(reason or "")
        if not self._stop():
            self.record = cluster_records.keep(self.record, owner=0)  # for `sweep`
            self.outcome = self._made(End.FAILED, JobTrouble("job.not-cancelled", reason))
        elif trouble:
            self._finish(End.REFUSED, trouble=trouble)
        else:
            self._finish(End.CANCELLED, trouble=JobTrouble("job.waited-too-long", reason))

    @property
    def is_stuck(self) -> bool:
        """It waits for something that other jobs' ends will not bring."""
        return bool(self.entry and refusal_in(self.entry.reason or ""))

    def cancel(self) -> None:
        """Nothing of it may go on. Where Slurm does not answer, the record stays for `sweep`."""
        if self.outcome is None and self._stop():
            cluster_records.forget(self.record)

    # by srun

    def _start(self) -> None:
        script = self.record.folder / "script"
        script.write_text(self._script, encoding="utf-8")
        argv = commands.run_now(self.record.request, self.record.name)
        with (
            script.open("rb") as source,
            self.record.output.open("wb") as output,
            self.record.errors.open("wb") as errors,
        ):
            try:
                self._process = subprocess.Popen(
                    argv, env=environment(self._environ), stdin=source, stdout=output,
                    stderr=errors, start_new_session=True, preexec_fn=_ends_with_us(),
                )  # fmt: skip
            except FileNotFoundError:
                cluster_records.forget(self.record)
                raise Refused("cluster.no-slurm", program=argv[0]) from None
        self._next_look = time.monotonic() + _FIRST_LOOK_S

    def _end_of_srun(self, returncode: int) -> None:
        errors = self._text(self.record.errors)
        answer = read_answer(self._text(self.record.output), self.record.nonce)
        if answer is not None and answer.is_whole:
            self._finish_whole(answer, errors)
        elif answer is not None:
            self._finish(End.FAILED, trouble=self._why(errors))
        elif trouble := refusal_in(errors):
            self._finish(End.REFUSED, trouble=trouble)
        elif trouble := end_in(errors):
            self._finish(End.FAILED, trouble=trouble)
        else:  # perhaps only interactive jobs are refused here
            self._submit(JobTrouble("job.failed", last_words(errors) or f"srun: {returncode}"))

    # by sbatch

    def _submit(self, before: JobTrouble | None = None) -> None:
        self._process = None
        self.record = cluster_records.keep(self.record, manner="sbatch")
        for path in (self.record.output, self.record.errors):
            path.unlink(missing_ok=True)
        argv = commands.submit(self.record.request, self.record.name, str(self.record.output))
        script = self._script or (self.record.folder / "script").read_text(encoding="utf-8")
        told = ask(argv, self._environ, stdin=script)
        if not told.ok:
            self._trouble = refusal_in(told.errors) or before
            words = last_words(told.errors) or last_words(told.text)
            trouble = self._trouble or JobTrouble("job.failed", words)
            self._finish(End.REFUSED, trouble=trouble)
            return
        job_id = (last_words(told.text) or "").split(";")[0]
        self.record = cluster_records.keep(self.record, job_id=job_id)
        self._next_look = time.monotonic() + _FIRST_LOOK_S

    def _end_of_batch(self) -> None:
        """Its output may be seen here a little later than its end."""
        self._gone_since = self._gone_since or time.monotonic()
        answer = read_answer(self._text(self.record.output), self.record.nonce)
        errors = self._text(self.record.errors)
        if answer is not None and answer.is_whole:
            self._finish_whole(answer, errors)
            return
        told = self._asked(commands.job(self.record.job_id or ""))
        trouble, node = queue.end_of_job(told.text if told else "")
        trouble = end_in(errors) or trouble
        if trouble is None and time.monotonic() - self._gone_since < _FILE_S:
            self._next_look = time.monotonic() + 0.5
            return
        code = "job.cut-off" if answer is not None else "job.no-output"
        self._finish(End.FAILED, trouble=trouble or JobTrouble(code, node))

    # the queue

    def _ask_queue(self) -> None:
        early = self.waited_s < 60
        self._next_look = time.monotonic() + (_LOOKS_S if early else _LATER_LOOKS_S)
        told = self._asked(commands.queue_of(self.record.name, _user()))
        if told is None or not told.ok:
            return  # the controller is busy: the job is what counts
        entries = [entry for entry, name in queue.read_queue(told.text) if name == self.record.name]
        if not entries or entries[0].state is JobState.GONE:
            if self._process is None:
                self._end_of_batch()
            return
        self._take(entries[0])

    def _take(self, entry: QueueEntry) -> None:
        if self.record.job_id is None:
            self.record = cluster_records.keep(self.record, job_id=entry.job_id)
        if entry.state is JobState.RUNNING:
            self._running_since = self._running_since or time.monotonic()
        elif trouble := hopeless(entry.reason):
            self._stop()
            self._finish(End.REFUSED, trouble=trouble)
        elif self.record.request.partition:
            told = self._asked(commands.queue_of_partition(self.record.request.partition))
            entry = queue.with_position(entry, told.text) if told and told.ok else entry
        self.entry = entry

    def _is_overdue(self) -> bool:
        """Slurm ends it by its time limit; this is for a node that vanished without a word."""
        if self._running_since is None:
            return False
        return time.monotonic() - self._running_since > self.record.request.minutes * 60 + _GRACE_S

    # the end

    def _why(self, errors: str) -> JobTrouble:
        """Slurm's words on the end of half an answer; where they say nothing, its own record."""
        known = end_in(errors)
        if known is None and self.record.job_id:
            told = self._asked(commands.job(self.record.job_id))
            known = queue.end_of_job(told.text)[0] if told else None
        if known is None or known.code == "job.failed":
            return JobTrouble("job.cut-off", last_words(errors))
        return known

    def _stop(self) -> bool:
        """Take it out of the queue. Whether Slurm said that it is gone."""
        user = _user()
        told = self._asked(commands.cancel(self.record.name, user)) if self.begun else None
        if self._process is not None and self._process.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
            # what it handed in after the first word to cancel
            told = self._asked(commands.cancel(self.record.name, user))
        return not self.begun or (told is not None and told.ok)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _asked(self, argv: tuple[str, ...]) -> Told | None:
        try:
            return ask(argv, self._environ)
        except Refused:
            return None

    def _has_begun(self) -> bool:
        return read_answer(self._text(self.record.output), self.record.nonce) is not None

    def _finish_whole(self, answer: Answer, errors: str) -> None:
        """Slurm may kill what eats too much memory and leave the shell alive that waits for it."""
        trouble = end_in(errors) if answer.returncode else None
        self._finish(End.FAILED if trouble else End.ANSWERED, trouble=trouble)

    def _finish(self, end: End, *, trouble: JobTrouble | None = None) -> None:
        self.outcome = self._made(end, trouble)
        cluster_records.forget(self.record)

    def _made(self, end: End, trouble: JobTrouble | None = None) -> JobOutcome:
        answer = read_answer(self._text(self.record.output), self.record.nonce)
        node = answer.node if answer else (self.entry.node if self.entry else None)
        return JobOutcome(
            request=self.record.request,
            end=end,
            answer=answer.text if answer and end is End.ANSWERED else None,
            returncode=answer.returncode if answer else None,
            node=node,
            job_id=self.record.job_id,
            trouble=trouble,
            reason=self.entry.reason if self.entry else None,
            waited_s=self.waited_s,
            manner=self.record.manner,
        )

    @staticmethod
    def _text(path: os.PathLike[str]) -> str:
        try:
            with open(path, "rb") as stream:  # noqa: PTH123 - a part of it
                return stream.read(_MOST).decode("utf-8", "replace")
        except OSError:
            return ""


def _ends_with_us() -> Callable[[], None] | None:
    """srun is told to end when we are killed, and then takes its job out of the queue."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    set_death_signal = 1
    return lambda: library.prctl(set_death_signal, int(signal.SIGTERM)) and None


def _user() -> str:
    """By number: names may be missing on a login node, and hold what Slurm takes for a list."""
    return str(os.getuid())
