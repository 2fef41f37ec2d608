"""`gpusetup.fleet/1`: several hosts as one document."""

from __future__ import annotations

from typing import Any, Mapping

from gpusetup.cli.coverage_screen import coverage_document
from gpusetup.cli.hosts import Gathered
from gpusetup.cli.hosts_judging import Judging, common_build
from gpusetup.cli.hosts_words import trouble_next, trouble_text
from gpusetup.matrix.rows import Build
from gpusetup.probe.fleet import Asked
from gpusetup.profiles.document import machine_to_document
from gpusetup.sharing.document import usage_document


def fleet_document(part: str, gathered: Gathered, judging: Judging) -> dict[str, Any]:
    """Every host in the order of its naming, whether or not it answered."""
    asked = gathered.asked
    return {
        "schema": "gpusetup.fleet/1",
        "part": part,
        "interrupted": gathered.interrupted,
        "answered": sum(each.answer is not None for each in asked),
        "named": len(gathered.hosts),
        "hosts": [_host(each, judging, whole=part == "detect") for each in asked],
        **({"common": _common(gathered, judging)} if part == "detect" else {}),
    }


def _host(asked: Asked, judging: Judging, *, whole: bool) -> dict[str, Any]:
    answer = asked.answer
    return {
        "host": asked.host.name,
        "seconds": None if asked.seconds is None else round(asked.seconds, 2),
        "error": _error(asked),
        "node": answer.host if answer else None,
        "told_by": answer.told_by if answer else None,
        **(_machine(asked, judging) if whole else {}),
        "usage": _usage(asked),
    }


def _error(asked: Asked) -> dict[str, Any] | None:
    if asked.trouble is None:
        return None
    return {
        "code": asked.trouble.code,
        "text": trouble_text(asked),
        "facts": dict(asked.trouble.facts),
        "next": trouble_next(asked),
    }


def _machine(asked: Asked, judging: Judging) -> dict[str, Any]:
    from gpusetup.cli.doctor_words import title_of

    if asked.answer is None:
        return {"machine": None, "newest": None, "finding": None}
    machine = asked.answer.machine
    found = judging.finding(machine)
    told = found and {"id": found.id, "severity": found.severity.value, "title": title_of(found)}
    return {
        "machine": machine_to_document(machine),
        "newest": _build(judging.newest(machine)),
        "finding": told,
    }


def _usage(asked: Asked) -> Mapping[str, Any] | None:
    if asked.answer is None:
        return None
    document = usage_document(asked.answer.usage)
    return {"reading": document["reading"], "gpus": document["gpus"]}


def _build(build: Build | None) -> dict[str, Any] | None:
    if build is None:
        return None
    return {"torch": str(build.torch), "build": build.build, "origin": build.origin.value}


def _common(gathered: Gathered, judging: Judging) -> dict[str, Any] | None:
    found = common_build(gathered.asked, judging.matrix)
    if found is None:
        return None
    hosts, coverage = found
    return coverage_document([each.host.name for each in hosts], coverage)
