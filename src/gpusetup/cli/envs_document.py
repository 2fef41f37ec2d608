"""`gpusetup.environments/1`: what `envs --json` prints."""

from __future__ import annotations

from typing import Iterable, Sequence

from gpusetup.choosing.choice import Reason
from gpusetup.cli.envs_targets import doctor_of
from gpusetup.environments.inventory import Environment, Kept, Size, State
from gpusetup.machine import Reading
from gpusetup.messages import say
from gpusetup.terminal import show

SCHEMA = "gpusetup.environments/1"


def list_document(
    found: Sequence[Environment], kept: Sequence[Kept], readings: Iterable[Reading]
) -> dict[str, object]:
    """All environments, what is kept, and where was looked."""
    return {
        "schema": SCHEMA,
        "part": "list",
        "environments": [_listed(each, found) for each in found],
        "kept": [kept_document(each) for each in kept],
        "sources": [
            {"source": each.source, "status": each.status.value, "detail": each.detail}
            for each in readings
        ],
    }


def _listed(each: Environment, found: Sequence[Environment]) -> dict[str, object]:
    """One of all, with the command that looks into it where something is wrong with it."""
    following = show.quoted(doctor_of(each, found)) if each.state is State.BROKEN else None
    return {**environment_document(each), "next": following}


def environment_document(each: Environment) -> dict[str, object]:
    """One environment."""
    inside = each.installed
    torch = inside.torch
    return {
        "name": each.name,
        "path": each.path,
        "kind": inside.kind.value,
        "python": inside.python,
        "torch": torch.version if torch else None,
        "build": torch.build if torch else None,
        "cuda_runtime": torch.cuda_runtime if torch else None,
        "installed_by": inside.torch_by,
        "torchvision": inside.version_of("torchvision"),
        "torchaudio": inside.version_of("torchaudio"),
        "state": each.state.value,
        "problems": [_reason(problem) for problem in inside.problems],
        "notes": [_reason(note) for note in inside.notes],
        "ours": each.is_ours,
        "active": each.is_active,
        "base": each.is_base,
        "writable": each.is_writable,
        "run": each.run,
        **_sizes(each.size),
    }


def kept_document(each: Kept) -> dict[str, object]:
    """Something that `undo` brings back."""
    return {
        "what": each.what.value, "path": each.path, "prefix": each.prefix, "run": each.run,
        **_sizes(each.size),
    }  # fmt: skip


def _sizes(size: Size | None) -> dict[str, object]:
    return {"size_mib": size.total if size else None, "own_mib": size.own if size else None}


def _reason(reason: Reason) -> dict[str, object]:
    code = reason.code.partition(".")[2]
    return {"code": code, "facts": dict(reason.facts), "text": say(reason.code, **reason.facts)}
