"""Values as the JSON that INTERFACES promises: `gpusetup.plan/1` and its parts."""

from __future__ import annotations

import hashlib
import os
from typing import Mapping

from gpusetup import __version__
from gpusetup.basics.redact import safe_diff, secrets_of, without_credentials
from gpusetup.choosing.choice import (
    Choice,
    Decision,
    Nearest,
    Reason,
    Refusal,
    Rejected,
    WouldChange,
)
from gpusetup.matrix.rows import Build
from gpusetup.messages import say
from gpusetup.request import Request
from gpusetup.steps import Command, Step, Undo, WriteFile

Document = dict[str, object]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _facts(facts: Mapping[str, object]) -> Document:
    return {
        name: value if isinstance(value, (int, float, bool, list)) or value is None else str(value)
        for name, value in facts.items()
    }


def reason_document(reason: Reason) -> Document:
    """A code with its facts and its sentence."""
    return {
        "code": reason.code.partition(".")[2] or reason.code,
        "facts": _facts(reason.facts),
        "text": say(reason.code, **reason.facts),
    }


def build_document(build: Build) -> Document:
    """The four facts that name a build."""
    return {
        "torch": str(build.torch),
        "build": build.build,
        "cuda_runtime": _text(build.cuda_runtime),
        "origin": build.origin.value,
    }


def request_document(request: Request) -> Document:
    """The wishes as they were understood."""
    return {
        "name": request.name,
        "torch": request.torch,
        "build": request.build,
        "cuda": _text(request.cuda),
        "python": _text(request.python),
        "engine": request.engine.value,
        "origin": request.origin.value if request.origin else "auto",
        "wheelhouse": request.wheelhouse and without_credentials(request.wheelhouse),
        "prefix": request.prefix,
        "into": request.into,
        "replace": request.replace,
        "mirror": request.mirror,
        "with": list(request.packages),
        "requirements": request.requirements.path if request.requirements else None,
        "gpu_policy": request.gpu_policy.value,
        "for_kind": list(request.for_kind),
    }


def choice_document(choice: Choice, cost: Mapping[str, object] | None = None) -> Document:
    """What will be installed, and why. `cost` overrides download_mib, disk_mib, minutes."""
    companions = {each.name: each.version for each in choice.companions}
    build = choice.build
    document: Document = {
        **build_document(build),
        "cudnn": build.cudnn,
        "python": str(choice.python),
        "engine": choice.engine.value,
        "confidence": choice.confidence.value,
        "torchvision": _text(companions.get("torchvision")),
        "torchaudio": _text(companions.get("torchaudio")),
        "pins": list(choice.pins),
        "download_mib": build.download_mib,
        "disk_mib": None,
        "minutes": None,
        "why": [reason_document(each) for each in choice.why],
        "would_change": [would_change_document(each) for each in choice.would_change],
    }
    document.update(cost or {})
    return document


def would_change_document(change: WouldChange) -> Document:
    """What would allow another build, and which."""
    facts = change.condition.facts
    condition = facts.get("condition")
    return {
        "if": str(condition) if condition else reason_document(change.condition)["code"],
        "then": build_document(change.then),
        "text": say(change.condition.code, **facts),
    }


def rejected_document(rejected: Rejected) -> Document:
    """A build that was not taken, with the rule."""
    return {**build_document(rejected.build), **reason_document(rejected.reason)}


def nearest_document(nearest: Nearest) -> Document:
    """An alternative, and the wishes that it changes."""
    return {
        "torch": str(nearest.torch),
        "build": nearest.build,
        "cuda_runtime": _text(nearest.cuda_runtime),
        "origin": nearest.origin.value,
        "python": str(nearest.python),
        "changed": list(nearest.changed),
    }


def refusal_document(refusal: Refusal) -> Document:
    """Why nothing fits, and the ways out."""
    return {
        **reason_document(Reason(refusal.code, refusal.facts)),
        "nearest": [nearest_document(each) for each in refusal.nearest],
        "would_change": [would_change_document(each) for each in refusal.would_change],
    }


def step_document(step: Step) -> Document:
    """A step with what it will run or write. Credentials stay out."""
    document: Document = {
        "id": step.id, "kind": "command", "argv": None, "env": {}, "path": None, "mode": None,
        "diff": None, "content_sha256": None, "text": say(step.text), "undo": _undo(step.undo),
    }  # fmt: skip
    if isinstance(step, Command):
        document["argv"] = [without_credentials(word) for word in step.argv]
        document["env"] = {
            name: value and without_credentials(value) for name, value in step.env.items()
        }
    else:
        document.update(_file_document(step))
    return document


def _file_document(step: WriteFile) -> Document:
    lines = safe_diff("\n".join(step.changed_lines), secrets_of(os.environ))
    return {
        "kind": "write-file",
        "path": step.path,
        "mode": None if step.mode is None else f"{step.mode:04o}",
        "diff": lines,
        "content_sha256": hashlib.sha256(step.content.encode()).hexdigest(),
    }


def _undo(undo: Undo | None) -> Document | None:
    if undo is None:
        return None
    return {
        "kind": undo.kind.value,
        "argv": [without_credentials(word) for word in undo.argv] if undo.argv else None,
        "path": undo.path,
    }


def plan_document(
    machine: Mapping[str, object],
    request: Request,
    decision: Decision,
    steps: tuple[Step, ...] = (),
    warnings: tuple[Reason, ...] = (),
    cost: Mapping[str, object] | None = None,
) -> Document:
    """`gpusetup.plan/1`, for a choice and for a refusal."""
    chosen = decision if isinstance(decision, Choice) else None
    refused = decision if isinstance(decision, Refusal) else None
    return {
        "schema": "gpusetup.plan/1",
        "gpusetup": __version__,
        "machine": machine,
        "request": request_document(request),
        "choice": choice_document(chosen, cost) if chosen else None,
        "rejected": [rejected_document(each) for each in decision.rejected],
        "refusal": refusal_document(refused) if refused else None,
        "steps": [step_document(step) for step in steps],
        "warnings": [
            reason_document(each) for each in (*(chosen.warnings if chosen else ()), *warnings)
        ],
    }
