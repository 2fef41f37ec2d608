"""How a tuning looks on the screen."""

from __future__ import annotations

from gpusetup.benchmark.tuning import Batch, Tuning, Workers
from gpusetup.messages import say, sentences
from gpusetup.terminal.show import Mark, bar, code, heading, hint, line, mib, table

_SHARED_MEMORY_MIB = 1024  # below it workers of large pictures may die


def show_tuning(tuning: Tuning, image_size: int) -> None:
    """Both sweeps, what follows from them, and the lines to write."""
    heading(say("tune.title", device=tuning.device or say("who.unknown"), size=image_size))
    best = max((each.rate for each in tuning.workers), default=0.0) or 1.0
    if tuning.workers:
        columns = [say(f"tune.column-{name}") for name in ("workers", "rate", "share", "start")]
        rows = [_workers_row(each, best) for each in tuning.workers]
        table(columns, rows, title=say("tune.workers"))
    fastest = max((each.rate or 0.0 for each in tuning.batches), default=0.0) or 1.0
    if tuning.batches:
        columns = [say(f"tune.column-{name}") for name in ("batch", "rate", "share", "memory")]
        rows = [_batch_row(each, fastest) for each in tuning.batches]
        table(columns, rows, title=say("tune.batches"))
    _show_answer(tuning)


def _workers_row(workers: Workers, fastest: float) -> list[str]:
    start = f"{workers.start_s or 0:.1f} s"
    return [str(workers.count), _rate(workers.rate), _share(workers.rate / fastest), start]


def _batch_row(batch: Batch, fastest: float) -> list[str]:
    if batch.rate is None:
        return [str(batch.size), say("tune.no-room"), "", ""]
    memory = "" if batch.memory_mib is None else mib(batch.memory_mib)
    return [str(batch.size), _rate(batch.rate), _share(batch.rate / fastest), memory]


def _rate(value: float) -> str:
    return f"{value:.0f} {say('bench.unit-images')}"


def _share(share: float) -> str:
    return f"{bar(share, 8)} {say('bench.share', percent=round(100 * share))}"


def _show_answer(tuning: Tuning) -> None:
    heading(say("tune.answer"))
    workers, batch = tuning.best_workers, tuning.best_batch
    if workers:
        facts = {"count": workers.count, "rate": f"{workers.rate:.0f}"}
        line(Mark.OK, say("tune.column-workers"), say("tune.use-workers", **facts))
    if batch:
        memory = say("who.unknown") if batch.memory_mib is None else mib(batch.memory_mib)
        kind = "tune.use-batch" if tuning.kind == "cuda" else "tune.use-batch-cpu"
        line(Mark.OK, say("tune.column-batch"), say(kind, size=batch.size, memory=memory))
    if workers and batch:
        slower = "loader" if tuning.loader_is_slower else "model"
        text = say(f"tune.slower-{slower}", loader=f"{workers.rate:.0f}", model=f"{batch.rate:.0f}")
        line(Mark.WARN if tuning.loader_is_slower else Mark.NOTE, say("tune.balance"), text)
        pinned = tuning.kind == "cuda"
        code(
            f"DataLoader(..., batch_size={batch.size}, num_workers={workers.count}, "
            f"pin_memory={pinned})"
        )
    if tuning.shared_memory_mib is not None and tuning.shared_memory_mib < _SHARED_MEMORY_MIB:
        size = mib(tuning.shared_memory_mib)
        line(Mark.WARN, say("tune.shared-memory-label"), say("tune.shared-memory", size=size))
        hint(say("tune.shared-memory.next"))
    if tuning.out_of_time:
        line(Mark.WARN, say("tune.column-batch"), say("tune.out-of-time"))
    if tuning.reason:
        _show_reason(tuning)


def _show_reason(tuning: Tuning) -> None:
    known = f"verify.reason-{tuning.reason}"
    name = known if known in sentences() else "verify.reason-exception"
    facts = {"detail": tuning.detail or "", "torch": tuning.torch or "", "cuda_runtime": ""}
    stopped = say("bench.stopped", reason=say(name, **facts))
    line(Mark.BAD, say("verify.label-result"), stopped)
    if f"{known}.next" in sentences():
        hint(say(f"{known}.next"))
