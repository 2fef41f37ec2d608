"""Sentences of proofs on the nodes of a cluster: `verify --slurm`, `bench --slurm`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.group.manner": "How, and how thoroughly",
    "help.job.slurm": "On one node of each kind of this Slurm cluster, instead of this machine.",
    "help.job.gpus": "With `--slurm`: how many GPUs of a node are asked for.",
    "prove.no-kind": "Slurm names no node that this could run on (partition: {partition}).",
    "prove.no-kind.next": "`sinfo` shows the partitions; name one with `--partition`.",
    "prove.nothing-left": "No job of `gpusetup {command}` was left in the queue.",
    "prove.nothing-left.next": "Without `--collect` new jobs are sent.",
    "prove.on-nodes": "On the nodes of this cluster: `gpusetup verify --slurm`",
    "prove.ask": "Prove it on the nodes of the cluster now, by one short job for each kind?",
    "prove.later": "Later: `{command}`",
    "prove.stopped": "Stopped: the jobs were cancelled. The environment is there and stays.",
    "prove.no-jobs": "On the nodes of the cluster nothing was proven. {cause}",
    "prove.cards": "{names}, driver {driver}",
    "prove.no-cards": "The driver of the node shows no GPU to the job (driver {driver}).",
    "prove.title": "On the nodes of the cluster: {environment}",
    "prove.of-kind": "{kind} ({node})",
    "prove.column-kind": "Kind",
    "prove.column-node": "Node",
    "prove.column-result": "Result",
    "prove.column-found": "Found",
    "prove.standing-ok": "ok",
    "prove.standing-failed": "failed",
    "prove.standing-unknown": "unknown",
    "prove.standing-waiting": "waits",
    "prove.computes": "torch {torch} computes on {names}",
    "prove.and-more": "{text} (and {count} more)",
    "prove.no-figures": "The benchmark did not come to its end.",
    "prove.no-gpu-figures": "torch {torch} measured the processor only: it sees no GPU there.",
    "prove.no-gpu-figures.next": "`gpusetup verify --slurm` finds out why.",
    "prove.dropped": "Taken out of the queue: {count}",
    "prove.left": "The job waits in the queue.",
    "prove.no-ending": "The answer of the job was cut off.",
    "prove.trouble": "{detail}",
    "prove.absent-environment": (
        "The node does not have {prefix}: of that path only {detail} is there. On this machine it "
        "lies on {mount} ({filesystem})."
    ),
    "prove.absent-environment.next": (
        "Make the environment on a file system that the nodes share: `gpusetup init --prefix DIR`."
    ),
    "prove.absent-python": (
        "The node does not have the Python that the environment was made with ({detail})."
    ),
    "prove.absent-python.next": (
        "Let the environment bring its own Python: `gpusetup init {name} --replace --engine "
        "rattler`."
    ),
    "prove.absent-start": "The Python of the environment does not start on the node: {detail}",
    "prove.absent-start.next": (
        "Where the node has an older system than this machine, let the environment bring its own "
        "Python: `gpusetup init {name} --replace --engine rattler`."
    ),
    "prove.all-ok-verify": "torch computes on every kind of node that was asked.",
    "prove.all-ok-cpu": (
        "torch computes on every kind of node that was asked. Where it is the processor, no GPU "
        "was expected, and none is proven."
    ),
    "prove.all-ok-bench": "Every kind of node that was asked came to its end, and none is bad.",
    "prove.sum-failed": "Not proven on: {kinds}",
    "prove.sum-unknown": "Nothing is known of: {kinds}. No job ran to its end there.",
    "prove.sum-waiting": "Still in the queue: {kinds}",
    "prove.collect": "Later, bring the results: `{command}`",
}
