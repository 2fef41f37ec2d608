"""The proofs of all kinds of nodes: one table, then what failed; or one document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

from gpusetup.basics.errors import Exit
from gpusetup.benchmark.measurement import Benchmark
from gpusetup.choosing.choice import Reason
from gpusetup.evidence.kinds import KindProof, Standing, exit_of, proofs_document
from gpusetup.messages import listed, say, sentences
from gpusetup.terminal import show
from gpusetup.terminal.session import session
from gpusetup.verdict import Verdict

if TYPE_CHECKING:
    from gpusetup.cli.slurm_proof import Asked

_SCHEMAS = {"verify": "gpusetup.verdict/1", "bench": "gpusetup.benchmark/1"}


def tell(asked: Asked, proofs: Sequence[KindProof]) -> None:
    """On the screen, or as JSON."""
    if session().json:
        from gpusetup.envelope import emit

        emit(document_of(asked.command, proofs))
    else:
        show_proofs(asked.command, proofs)


def document_of(command: str, proofs: Sequence[KindProof]) -> dict[str, Any]:
    """`gpusetup.verdict/1` or `gpusetup.benchmark/1` with `part`: `slurm`."""
    return proofs_document(_SCHEMAS[command], proofs, _figures_document, _spoken)


def tell_dropped(command: str, count: int) -> None:
    """How many jobs were taken out of the queue."""
    if session().json:
        from gpusetup.envelope import emit

        emit({"schema": _SCHEMAS[command], "part": "slurm", "ok": True, "dropped": count})
    else:
        show.paragraph(say("prove.dropped", count=count))


def show_proofs(command: str, proofs: Sequence[KindProof]) -> None:
    """The table, and the details of what failed."""
    places = dict.fromkeys(show.path(each.environment) for each in proofs)
    show.heading(say("prove.title", environment=listed(places)))
    columns = [say(f"prove.column-{name}") for name in ("kind", "node", "result", "found")]
    show.table(columns, [_row(each) for each in proofs])
    for each in proofs:
        _show_details(each)
    _show_sum(command, proofs)


def _row(proof: KindProof) -> tuple[str, str, str, str]:
    return (
        proof.kind, proof.node or "-", say(f"prove.standing-{proof.standing.value}"), _found(proof)
    )  # fmt: skip


def _found(proof: KindProof) -> str:
    if proof.reason is not None:
        return reason_text(proof.reason)
    if proof.verdict is not None:
        return _verdict_text(proof.verdict)
    return _figures_text(proof.benchmark) if proof.benchmark else "-"


def reason_text(reason: Reason) -> str:
    """A reason in our words; one of Slurm's that has none, in Slurm's."""
    if reason.code in sentences():
        return say(reason.code, **reason.facts)
    return say("prove.trouble", detail=reason.facts.get("detail", "-"))


def _verdict_text(verdict: Verdict) -> str:
    if verdict.ok:
        names = _counted(str(each.name) for each in verdict.devices)
        return say("prove.computes", torch=verdict.torch, names=names)
    from gpusetup.cli.proof_screen import failure_text

    first = verdict.failures[0][1]
    more = len(verdict.failures) - 1
    text = failure_text(verdict, first)
    return say("prove.and-more", text=text, count=more) if more else text


def _figures_text(benchmark: Benchmark) -> str:
    from gpusetup.cli.benchmark_screen import device_text

    if benchmark.reason is not None:
        return say("prove.no-figures")
    return listed(device_text(each) for each in benchmark.devices)


def _show_details(proof: KindProof) -> None:
    """Of what failed, every check: also those that passed, for they are proven."""
    facts = {"kind": proof.kind, "node": proof.node or "-"}
    if proof.benchmark is not None:
        from gpusetup.cli.benchmark_screen import show_benchmark

        show.heading(say("prove.of-kind", **facts))
        show_benchmark(proof.benchmark)
    elif proof.verdict is not None and (session().verbose or not proof.verdict.ok):
        from gpusetup.cli.proof_screen import show_verdict

        show.heading(say("prove.of-kind", **facts))
        _show_cards(proof)
        show_verdict(proof.verdict, session().verbose)
    following = f"{proof.reason.code}.next" if proof.reason else ""
    if following in sentences() and proof.reason:
        show.hint(say(following, **proof.reason.facts))


def _show_cards(proof: KindProof) -> None:
    """What the job was given, whatever torch makes of it."""
    if proof.gpus is None:
        return
    code = "prove.cards" if proof.gpus else "prove.no-cards"
    driver = proof.driver or "-"
    show.line(show.Mark.NOTE, "GPU", say(code, names=_counted(proof.gpus), driver=driver))


def _counted(names: Iterable[str]) -> str:
    """ "2 × NVIDIA A100"."""
    return listed(f"{count} × {name}" for name, count in Counter(names).items())


def _is_of_processors(proofs: Sequence[KindProof]) -> bool:
    """Somewhere no GPU was expected: then none was proven there."""
    return any(each.verdict is not None and each.verdict.expected == "cpu" for each in proofs)


def _show_sum(command: str, proofs: Sequence[KindProof]) -> None:
    code = exit_of(proofs)
    if code is Exit.OK:
        kind = "cpu" if _is_of_processors(proofs) else command
        show.line(show.Mark.OK, say("verify.label-result"), say(f"prove.all-ok-{kind}"))
        return
    for standing in (Standing.FAILED, Standing.UNKNOWN, Standing.WAITING):
        kinds = [each.kind for each in proofs if each.standing is standing]
        if kinds:
            mark = show.Mark.BAD if standing is Standing.FAILED else show.Mark.WARN
            text = say(f"prove.sum-{standing.value}", kinds=listed(kinds))
            show.line(mark, say("verify.label-result"), text)
    if any(each.standing is Standing.WAITING for each in proofs):
        show.hint(say("prove.collect", command=f"gpusetup {command} --slurm --collect"))


def _spoken(reason: Reason) -> Mapping[str, Any]:
    facts = {name: value if value is None else str(value) for name, value in reason.facts.items()}
    following = f"{reason.code}.next"
    told = say(following, **reason.facts) if following in sentences() else None
    code = reason.code.partition(".")[2] or reason.code
    return {"code": code, "facts": facts, "text": reason_text(reason), "next": told}


def _figures_document(benchmark: Benchmark) -> Mapping[str, Any]:
    from gpusetup.benchmark.document import benchmark_document
    from gpusetup.cli.benchmark_screen import device_text, limit_text

    return benchmark_document(benchmark, device_text, limit_text)
