"""`gpusetup.mirrors/1`: one shape for all of `gpusetup mirrors` (docs/reference/json.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpusetup.basics.redact import without_credentials
from gpusetup.cli.mirrors_diff import diff
from gpusetup.cli.mirrors_report import ClientCheck, FileChange, Measured, Report
from gpusetup.cli.mirrors_words import cause_words, flaw_words, note_words
from gpusetup.mirrors.choosing import Selection

if TYPE_CHECKING:
    from gpusetup.choosing.choice import Reason
    from gpusetup.mirrors.flaws import Found
    from gpusetup.mirrors.planning import Overruled
    from gpusetup.mirrors.settings import Route
    from gpusetup.mirrors.uses import Use
    from gpusetup.mirrors.verdicts import Verdict


def document(report: Report) -> dict[str, object]:
    """Every key is always there; lists are empty where an action has nothing for them."""
    proven = report.proven
    selection = proven.outcome if proven and isinstance(proven.outcome, Selection) else None
    environment = report.environment
    return {
        "schema": "gpusetup.mirrors/1",
        "action": "environment" if environment is not None else report.action,
        "mirror": report.mirror,
        "dry_run": report.dry_run,
        "changed": report.changed,
        "clients": [each.value for each in report.clients],
        "routes": [_route(each) for each in selection.routes] if selection else [],
        "notes": [_note(each) for each in selection.notes] if selection else [],
        "verdicts": [verdict(each) for each in proven.verdicts] if proven else [],
        "files": [_file(each) for each in report.files],
        "environment": dict(environment) if environment is not None else {},
        "checks": [_check(each) for each in report.checks],
        "uses": [_measured(each) for each in report.uses],
        "flaws": [_flaw(each) for each in report.flaws],
        "run": report.run,
        "seconds": round(proven.seconds, 2) if proven else None,
        "received_mib": round(proven.received / (1 << 20), 2) if proven else None,
    }


def _route(route: Route) -> dict[str, object]:
    return {
        "service": route.service.value,
        "name": route.name,
        "mirror": route.mirror,
        "url": without_credentials(route.url),
        "fallback": without_credentials(route.fallback) if route.fallback else None,
        "official": without_credentials(route.official) if route.official else None,
        "layout": route.layout.value,
        "clients": [each.value for each in route.clients],
    }


def _note(note: Reason) -> dict[str, object]:
    facts = {name: without_credentials(str(value)) for name, value in note.facts.items()}
    return {"code": note.code, "facts": facts, "text": note_words(note.code, note.facts)}


def verdict(found: Verdict) -> dict[str, object]:
    """One proof."""
    return {
        "mirror": found.mirror,
        "service": found.offer.service.value,
        "name": found.offer.name,
        "client": found.client.value,
        "ok": found.ok,
        "cause": found.cause,
        "text": cause_words(found.cause, found.status) if found.cause else None,
        "status": found.status,
        "url": without_credentials(found.asked),
        "final_host": found.final_host,
        "wheel": found.wheel,
        "age_days": _rounded(found.age_days, 1),
        "waited_s": _rounded(found.waited_s, 3),
        "mib_per_s": _rounded(found.bytes_per_s and found.bytes_per_s / (1 << 20), 2),
    }


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def _file(change: FileChange) -> dict[str, object]:
    return {
        "client": change.client.value,
        "path": change.path,
        "action": change.action,
        "diff": diff(change.path, change.old, change.new) if change.changes else None,
        "backup": change.backup,
        "kept": list(change.kept),
    }


def use(found: Use) -> dict[str, Any]:
    """An address that a client asks."""
    return {
        "service": found.service.value,
        "name": found.name,
        "url": without_credentials(found.url),
        "origin": found.origin or None,
        "more": found.more,
    }


def _check(check: ClientCheck) -> dict[str, object]:
    return {
        "client": check.client.value,
        "program": check.program,
        "status": check.status,
        "expected": [use(each) for each in check.expected],
        "found": [use(each) for each in check.found],
        "overruled": [_overruled(each) for each in check.overruled],
        "besides": [use(each) for each in check.besides],
        "output": without_credentials(check.failed) if check.failed else None,
    }


def _overruled(each: Overruled) -> dict[str, object]:
    return {"wanted": use(each.wanted), "found": use(each.found) if each.found else None}


def _measured(each: Measured) -> dict[str, object]:
    answer = verdict(each.verdict) if each.verdict else None
    return {"client": each.client.value, **use(each.use), "answer": answer}


def _flaw(found: Found) -> dict[str, object]:
    text, repair = flaw_words(found)
    return {
        "code": found.flaw,
        "client": found.client.value,
        "origin": found.origin,
        "line": found.line,
        "key": found.key,
        "value": without_credentials(found.value),
        "text": text,
        "repair": repair,
    }
