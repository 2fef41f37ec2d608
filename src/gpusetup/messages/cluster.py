"""Sentences about a Slurm cluster: its survey, and how jobs end."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help.detect.slurm": "Also look at the nodes of this Slurm cluster: what Slurm tells of them, "
    "and with your consent one short job on one node of each kind.",
    "help.wish.for-kind": "On a cluster: serve only these kinds of nodes of the survey.",
    "help.cluster.partition": "Slurm: look at and use only this partition.",
    "help.cluster.account": "Slurm: the account that jobs are charged to.",
    "help.cluster.qos": "Slurm: the quality of service of jobs.",
    "help.cluster.constraint": "Slurm: the feature that nodes must have.",
    "help.cluster.gres": "Slurm: what jobs ask for, such as gpu:a100:1, instead of one GPU of each "
    "kind.",
    "help.cluster.reservation": "Slurm: the reservation that jobs run in.",
    "help.cluster.time": "Slurm: the time limit of jobs, such as 5 or 0:10:00.",
    "help.cluster.memory": "Slurm: the memory of jobs, such as 2G.",
    "help.cluster.no-jobs": "Slurm: run no job, only show what Slurm tells.",
    "help.cluster.wait": "Slurm: how long to wait for jobs to begin; those that have not begun "
    "then stay in the queue. 0 waits for none.",
    "help.cluster.collect": "Slurm: take up the jobs that were left in the queue.",
    "help.cluster.batch": "Slurm: run batch jobs (`sbatch`) instead of `srun`.",
    "help.cluster.drop": "Slurm: cancel the jobs that were left in the queue.",
    "help.cluster.yes": "Slurm: run the jobs without asking.",
    # the screen
    "cluster.title": "Slurm cluster {name}",
    "cluster.title-unnamed": "Slurm cluster",
    "cluster.facts": "Slurm {version}",
    "cluster.no-accounting": "its accounting is switched off, so which accounts there are is not "
    "known",
    "cluster.label.slurm": "Slurm",
    "cluster.label.partition": "Partition",
    "cluster.label.modules": "Modules",
    "cluster.label.loaded": "Loaded",
    "cluster.column-kind": "kind",
    "cluster.column-nodes": "nodes",
    "cluster.column-gpus": "GPUs each",
    "cluster.column-partitions": "partitions",
    "cluster.column-features": "features",
    "cluster.column-state": "state",
    "cluster.column-node": "node",
    "cluster.column-cards": "cards",
    "cluster.column-driver": "driver",
    "cluster.column-libc": "glibc",
    "cluster.column-torch": "newest torch",
    "cluster.kinds": "Kinds of nodes",
    "cluster.answers": "What the nodes told",
    "cluster.free": "{free} free",
    "cluster.busy": "none free",
    "cluster.unusable": "out of use: {reasons}",
    "cluster.unusable-some": "{free} free, {count} out of use",
    "cluster.partition": "{name}: at most {limit}",
    "cluster.partition-free": "{name}: no time limit",
    "cluster.partition-default": "{partition} (default)",
    "cluster.partition-down": "{partition}, {state}",
    "cluster.partition-accounts": "{partition}, for the accounts {accounts}",
    "cluster.partition-groups": "{partition}, for the groups {groups}",
    "cluster.not-known": "not known",
    "cluster.shell": "told by its shell, because no Python 3.6 or newer was found",
    # asking for consent, waiting
    "cluster.question": "Run one short job of at most {minutes} min on one node of each kind "
    "({kinds})?",
    "cluster.consent.next": "`{command}` also asks one node of each kind, by one short job each.",
    "cluster.asking": "Asking Slurm",
    "cluster.waiting": "{done} of {count} kinds answered",
    "cluster.handed-in": "{kind}: handed in",
    "cluster.pending": "{kind}: waits ({reason})",
    "cluster.pending-place": "{kind}: number {position} in the queue ({reason})",
    "cluster.pending-until": "{waits}, expected to start at {start}",
    "cluster.running": "{kind}: runs on {node}",
    "cluster.answered": "{kind}: answered by {node}",
    "cluster.left": "{kind}: job {job} waits in the queue ({reason}).",
    "cluster.left.next": "`{command}` collects the answer when it has run; `{drop}` takes the job "
    "out of the queue.",
    "cluster.no-answer-of-kind": "{kind}: {text}",
    "cluster.unknown": "Not known, and so not counted on: {kinds}.",
    "cluster.none-left": "No job of ours is left in a queue.",
    "cluster.none-left.next": "`gpusetup detect --slurm` asks the nodes.",
    "cluster.dropped": "Taken out of the queue: {count} jobs.",
    "cluster.no-kinds": "No node fits: {wishes}",
    "cluster.no-kinds.next": "`gpusetup detect --slurm --no-jobs` shows partitions, GPUs and "
    "features.",
    "cluster.no-slurm": "There is no Slurm here: `{program}` was not found.",
    "cluster.no-slurm.next": "Run this on a login node; on some clusters `module load slurm` "
    "brings its commands.",
    "cluster.no-answer": "Slurm did not tell its nodes: {detail}",
    "cluster.no-answer.next": "Try `sinfo`. If it fails too, ask your administrator.",
    "cluster.not-with": "`{option}` is about another machine, so it does not go with `--slurm`.",
    "cluster.not-with.next": "Leave one of them out.",
    "cluster.without-slurm": "`{option}` needs `--slurm`.",
    "cluster.without-slurm.next": "Add `--slurm`, or leave the option out.",
    "cluster.bad-time": "`{value}` is no time limit of Slurm.",
    "cluster.bad-time.next": "Write minutes (5) or hours:minutes:seconds (0:10:00).",
    "cluster.bad-wish": "`{value}` cannot be given to Slurm with `{option}`.",
    "cluster.bad-wish.next": "Names hold letters, digits and the signs . _ - : , & | = only.",
    "cluster.bad-wait": "`--wait` takes a number of seconds, 0 or more.",
    "cluster.bad-wait.next": "Write for example `--wait 300`.",
    "cluster.bad-memory": "`{value}` is no size of memory.",
    "cluster.bad-memory.next": "Write a number with its unit: 500M, 2G.",
    # one environment for all
    "cluster.all": "One environment serves all of them: torch {torch} ({build}).",
    "cluster.all-but": "No torch serves all of them. torch {torch} ({build}) serves all but "
    "{kinds}:",
    "cluster.because": "{kind}: {reason}",
    "cluster.nothing": "No torch runs on any of them.",
    "cluster.own.next": "An environment of its own for {kind}: `{command}`",
    "cluster.plan.next": "`gpusetup init` on this login node now plans for these nodes.",
    "cluster.recorded": "Written to {path}: this login node with {count} kinds of nodes, without "
    "users, hosts and identifiers.",
    "cluster.remembered": "Plans for the nodes of the survey of {age} ago: {kinds}. "
    "`gpusetup detect --slurm` makes a new one.",
    "cluster.no-survey": "This is a login node, and what its nodes have is not known. "
    "`gpusetup detect --slurm` finds out.",
    "cluster.kind-unknown": "No node kind `{kind}` is known. Known: {kinds}",
    "cluster.kind-unknown.next": "`gpusetup detect --slurm` asks the nodes.",
    "choose.without-kinds": "Without the nodes {kinds} (`{condition}`) it would be possible.",
    "choose.only-kinds": "An environment of its own for {kinds} (`{condition}`) is possible.",
    # how jobs end
    "job.no-controller": "Slurm's controller does not answer: {detail}",
    "job.no-controller.next": "Try `scontrol ping`. It may be restarting: wait a minute and try "
    "again, or ask your administrator.",
    "job.bad-partition": "Slurm knows no such partition: {detail}",
    "job.bad-partition.next": "`gpusetup detect --slurm --no-jobs` shows the partitions; name one "
    "with `--partition`.",
    "job.bad-account": "Slurm refused the account: {detail}",
    "job.bad-account.next": "Name one that you may use with `--account`; `sacctmgr show "
    "associations user=$USER` lists them, or ask your group.",
    "job.bad-qos": "Slurm refused the QOS: {detail}",
    "job.bad-qos.next": "Name one that you may use with `--qos`, or leave it out.",
    "job.bad-gres": "Slurm knows no such resource: {detail}",
    "job.bad-gres.next": "`gpusetup detect --slurm --no-jobs` shows the GPUs as Slurm names them; "
    "name one with `--gres gpu:TYPE:1`.",
    "job.bad-feature": "No node has this feature: {detail}",
    "job.bad-feature.next": "`gpusetup detect --slurm --no-jobs` shows the features; name one with "
    "`--constraint`.",
    "job.bad-time": "Slurm refused the time limit: {detail}",
    "job.bad-time.next": "Name a shorter one with `--time`, or another partition.",
    "job.partition-down": "The partition takes no jobs now: {detail}",
    "job.partition-down.next": "Name another one with `--partition`, or try again later.",
    "job.too-many": "You have as many jobs as you may: {detail}",
    "job.too-many.next": "Wait until one has ended, or cancel one with `scancel`.",
    "job.bad-memory": "No node has that much memory: {detail}",
    "job.bad-memory.next": "Name less with `--mem`.",
    "job.impossible": "No node can ever run this job: {detail}",
    "job.impossible.next": "Ask for less: compare `--gres`, `--constraint`, `--mem` and "
    "`--partition` with what `gpusetup detect --slurm --no-jobs` shows.",
    "job.access-denied": "You may not use this partition: {detail}",
    "job.access-denied.next": "Name another one with `--partition`, or ask your administrator.",
    "job.out-of-memory": "The job was killed because it used more memory than it had asked for: "
    "{detail}",
    "job.out-of-memory.next": "Give it more with `--mem`.",
    "job.out-of-time": "The job was killed by its time limit: {detail}",
    "job.out-of-time.next": "Give it more with `--time`. If it hangs on this node only, tell your "
    "administrator the node's name.",
    "job.node-fail": "The node failed while the job ran: {detail}",
    "job.node-fail.next": "Try again: the job goes to another node if there is one.",
    "job.preempted": "The job had to make room for others: {detail}",
    "job.preempted.next": "Try again later, or in another partition.",
    "job.cancelled": "The job was cancelled: {detail}",
    "job.cancelled.next": "If it was not you, ask your administrator.",
    "job.launch-failed": "The node could not start the job: {detail}",
    "job.launch-failed.next": "Try again with `--batch`; if it fails too, tell your administrator.",
    "job.failed": "The job failed: {detail}",
    "job.failed.next": "Try `srun --pty bash` with the same partition; its message may say more.",
    "job.no-gpu-seen": "Slurm gave the job a GPU, but nothing on {detail} tells of one.",
    "job.no-gpu-seen.next": "Its driver may be broken, or hidden from jobs: run `srun --pty "
    "nvidia-smi` there with the same `--gres`, and tell your administrator.",
    "job.no-node-in-use": "All its nodes are out of use: {detail}",
    "job.no-node-in-use.next": "Try again when they are back; `sinfo -R` shows why they are not.",
    "job.cut-off": "The answer was cut off: {detail}",
    "job.cut-off.next": "Try again. If it happens again, something ends jobs on this node.",
    "job.no-answer": "Nothing came from the node until well after its time limit.",
    "job.no-answer.next": "The job was cancelled. Try again; if the node hangs, tell your "
    "administrator.",
    "job.no-output": "The job ended, but its output is not here: {detail}",
    "job.no-output.next": "The state folder must be on a file system that the nodes share: set "
    "GPUSETUP_STATE to a folder there.",
    "job.waited-too-long": "The job did not start in time ({detail}), and was cancelled.",
    "job.waited-too-long.next": "Give it more time with `--wait`.",
    "job.not-cancelled": "The job did not start in time, and Slurm did not answer when it was to "
    "be cancelled ({detail}).",
    "job.not-cancelled.next": "The next run of gpusetup cancels it; `squeue --me` shows it.",
    "job.no-words": "no reason given",
    # what a plan for a cluster adds
    "choose.kinds-unknown": "Of these node kinds nothing is known, because they did not answer: "
    "{kinds}. Whether the environment runs there is not known either.",
    "plan.prefix-not-on-nodes": "The folder {path} is not there on the nodes {kinds}: jobs would "
    "not find the environment. Name one on a shared file system with `--prefix`.",
    "plan.prefix-maybe-not-on-nodes": "Whether the nodes see {path} is not known; the environment "
    "must be on a file system that they share.",
    "plan.prefix-of-one-machine": "{path} lies where every machine has a disk or memory of its "
    "own: jobs on other nodes would not find the environment.",
    "plan.room-none": "Free space and quota leave {free} GiB for {path}; this plan needs at least "
    "about {needed} GiB.",
    "plan.room-short": "Free space and quota leave {free} GiB for {path}; this plan needs at least "
    "about {needed} GiB of it, and hardly anything would be left.",
    "plan.cache-none": "Free space and quota leave {free} GiB for the package cache {path}; this "
    "plan needs at least about {needed} GiB.",
    "plan.cache-short": "Free space and quota leave {free} GiB for the package cache {path}; this "
    "plan needs at least about {needed} GiB of it, and hardly anything would be left.",
    "plan.cache-beside": "The package cache can lie beside the environment. Before gpusetup is "
    "called: `export {caches}`.",
    "plan.room-on-nodes": "${variable} ({path}) has {free} GiB free, and the nodes have it too: "
    "`--prefix {prefix}`, and for the package caches, before gpusetup is called: "
    "`export {caches}`.",
    "plan.room-on-network": "${variable} ({path}) has {free} GiB free on a network file system "
    "({filesystem}). Whether the nodes have it is not known yet; `gpusetup detect --slurm` asks "
    "them. Then: `--prefix {prefix}`, and for the package caches, before gpusetup is called: "
    "`export {caches}`.",
    "plan.room-on-nodes-cached": "${variable} ({path}) has {free} GiB free, and the nodes have it "
    "too: `--prefix {prefix}`.",
    "plan.room-on-network-cached": "${variable} ({path}) has {free} GiB free on a network file "
    "system ({filesystem}). Whether the nodes have it is not known yet; `gpusetup detect --slurm` "
    "asks them. Then: `--prefix {prefix}`.",
    "plan.room-nowhere-known": "No folder with more room that the nodes have is known for certain. "
    "Your cluster's documentation names one; hand it over with `--prefix`.",
    "plan.module-loaded": "The module {module} is loaded here. Its libraries stand before those "
    "that come with torch; run `module unload {module}` in jobs that use this environment.",
    "plan.library-path": "LD_LIBRARY_PATH names {folder}, whose CUDA libraries stand before those "
    "that come with torch. Take it out in jobs that use this environment.",
}
