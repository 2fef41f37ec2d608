"""Whether the nodes of a survey have a folder: an environment must lie where all of them see it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Iterable, Sequence

from gpusetup.choosing.choice import Reason
from gpusetup.machine import Machine, Reading, Status
from gpusetup.messages import listed
from gpusetup.probe.node import Place

SOURCE = "place"


def place_readings(places: Sequence[Place]) -> tuple[Reading, ...]:
    """Each folder that a node was asked about; the path is the detail."""
    return tuple(Reading(SOURCE, _status(each), each.path) for each in places)


def _status(place: Place) -> Status:
    if place.is_there is None:
        return Status.TIMEOUT
    if not place.is_there or place.is_folder is False:
        return Status.ABSENT
    return Status.OK


def about_prefix(prefix: str, machine: Machine) -> tuple[Reason, ...]:
    """What is to be said of an environment's folder, where the nodes are other machines."""
    without, unsure = [], False
    for node in machine.compute_nodes:
        status = _status_of(prefix, node)
        if status is Status.ABSENT:
            without.append(node.name or "?")
        unsure = unsure or status is None
    if without:
        facts = {"path": prefix, "kinds": listed(dict.fromkeys(without))}
        return (Reason("plan.prefix-not-on-nodes", facts),)
    return (Reason("plan.prefix-maybe-not-on-nodes", {"path": prefix}),) if unsure else ()


def _status_of(prefix: str, node: Machine) -> Status | None:
    """By the folder nearest above it that the node was asked about."""
    nearest = None
    for path, status in _asked(node):
        is_above = PurePath(path) == PurePath(prefix) or PurePath(path) in PurePath(prefix).parents
        if is_above and path != "/" and (nearest is None or len(path) > len(nearest[0])):
            nearest = path, status
    return nearest[1] if nearest and nearest[1] is not Status.TIMEOUT else None


def _asked(node: Machine) -> Iterable[tuple[str, Status]]:
    return ((each.detail or "", each.status) for each in node.readings if each.source == SOURCE)
