"""A plan made on a login node: for the nodes of the last survey, where all of them find it."""

from __future__ import annotations

import os
from typing import Iterator

from gpusetup.basics.errors import UsageError
from gpusetup.basics.values import replace
from gpusetup.choosing.choice import Reason
from gpusetup.machine import Machine
from gpusetup.messages import listed, say
from gpusetup.request import Request


def with_survey(here: Machine) -> Machine:
    """This login node with the nodes that the last survey found; `tell_survey` says so."""
    from gpusetup.road.survey_memory import readings_of, remembered

    last = remembered(os.environ) if _may_be_login_node(here) else None
    if last is None or not last.machine.compute_nodes:
        return here
    nodes = last.machine.compute_nodes
    readings = (*here.readings, *readings_of(last.machine))
    return replace(here, node_role="login", compute_nodes=nodes, readings=readings)


def tell_survey(here: Machine) -> None:
    """Aloud: which nodes are planned for and how old that is; or that they can be asked."""
    from gpusetup.road.survey_memory import remembered
    from gpusetup.terminal import show

    last = remembered(os.environ) if here.compute_nodes else None
    if last is not None:
        kinds = listed(node.name or "?" for node in here.compute_nodes)
        show.note(say("cluster.remembered", age=show.duration(last.age_s), kinds=kinds))
    elif is_unknown_cluster(here):
        show.hint(say("cluster.no-survey"))


def is_unknown_cluster(machine: Machine) -> bool:
    """A login node of Slurm whose nodes nobody has asked yet."""
    is_login = machine.scheduler == "slurm" and machine.node_role == "login"
    return is_login and not machine.compute_nodes


def _may_be_login_node(machine: Machine) -> bool:
    return machine.scheduler == "slurm" and machine.node_role != "compute"


def only_kinds(machine: Machine, kinds: tuple[str, ...]) -> Machine:
    """The machine with the nodes of these kinds only.

    Raises:
        UsageError: nothing is known of one of them.
    """
    known = [each.name for each in machine.compute_nodes if each.name]
    for kind in kinds:
        if kind not in known:
            names = listed(dict.fromkeys(known)) or say("cluster.not-known")
            raise UsageError("cluster.kind-unknown", kind=kind, kinds=names)
    nodes = tuple(each for each in machine.compute_nodes if each.name in kinds)
    from gpusetup.choosing.targets import NODE_KIND

    readings = (each for each in machine.readings if not each.source.startswith(NODE_KIND))
    return replace(machine, compute_nodes=nodes, readings=tuple(readings))


def about_nodes(machine: Machine, request: Request) -> tuple[Reason, ...]:
    """Whether the nodes find the environment, and what of this shell would disturb it there."""
    from gpusetup.cli.survey_places import about_prefix
    from gpusetup.road.placing import prefix_of

    prefix = str(prefix_of(request, machine, os.environ))
    return (*about_prefix(prefix, machine), *_about_modules())


def _about_modules() -> Iterator[Reason]:
    """Jobs inherit the modules of the shell that hands them in."""
    from gpusetup.probe.cluster_modules import cuda_folders, loaded_modules

    loaded = [each for each in loaded_modules(os.environ) if not _is_an_engine(each)]
    for module in loaded:
        yield Reason("plan.module-loaded", {"module": module})
    if not loaded:
        for folder in cuda_folders(os.environ)[:1]:
            yield Reason("plan.library-path", {"folder": folder})


def _is_an_engine(module: str) -> bool:
    """conda and Python may be loaded: they make the environment."""
    return not any(word in module.lower() for word in ("cuda", "cudnn", "nccl", "nvhpc"))
