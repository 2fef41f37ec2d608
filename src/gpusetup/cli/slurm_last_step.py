"""The last step of `init` on a login node: the proof where it counts, on the nodes that compute."""

from __future__ import annotations

from gpusetup.basics.errors import Refused
from gpusetup.choosing.choice import Choice
from gpusetup.cli.deciding import Known
from gpusetup.cli.job_wishes import Jobs
from gpusetup.cli.slurm_proof import Asked, proven
from gpusetup.engines.uv import Place
from gpusetup.evidence.kinds import KindProof, Standing
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.terminal import show
from gpusetup.terminal.session import session

WAIT_S = 120.0  # then the jobs stay in the queue, and are collected later


def proven_on_nodes(
    known: Known, request: Request, choice: Choice, place: Place, *, asks: bool
) -> tuple[KindProof, ...] | None:
    """Asked first, where there is somebody to ask. None: not on this machine, or not wished."""
    machine = known.machine
    if machine.scheduler != "slurm" or machine.node_role != "login":
        return None
    asked = _asked(request, choice, place)
    if asks and not _confirmed():
        show.hint(say("prove.later", command=f"gpusetup verify --slurm --env {place.name}"))
        return None
    try:
        proofs = proven(asked, Jobs(slurm=True, wait_s=WAIT_S))
    except Refused as refused:
        _say_why_not(refused, place)
        return None
    except KeyboardInterrupt:
        show.warning(say("prove.stopped"))
        show.hint(say("prove.later", command=f"gpusetup verify --slurm --env {place.name}"))
        return None
    if not session().json:
        from gpusetup.cli.slurm_proof_screen import show_proofs

        show_proofs(asked.command, proofs)
    return proofs


def _asked(request: Request, choice: Choice, place: Place) -> Asked:
    """The GPUs of the nodes are what is meant, unless the processor was wished for."""
    expected = "cpu" if request.wants_cpu else "auto"
    companions = tuple(each.name for each in choice.companions)
    return Asked("verify", place.python, expected=expected, companions=companions)


def _confirmed() -> bool:
    from gpusetup.terminal.ask import confirm

    return confirm(say("prove.ask"))


def _say_why_not(refused: Refused, place: Place) -> None:
    """The environment is made; that no job could be sent does not take it back."""
    show.warning(say("prove.no-jobs", cause=say(refused.code, **refused.facts)))
    show.hint(say("prove.later", command=f"gpusetup verify --slurm --env {place.name}"))


def has_failed(proofs: tuple[KindProof, ...] | None) -> bool:
    """Whether torch does not compute somewhere: then the proof of `init` has failed."""
    return any(each.standing is Standing.FAILED for each in proofs or ())
