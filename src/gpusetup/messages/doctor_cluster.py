"""Sentences of the doctor about clusters: jobs, steps, nodes, and what a scheduler refuses."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "doctor.surveyed": "The nodes as the survey of {age} ago found them: {kinds}.",
    # what a job was given
    "doctor.scheduler.no-gpu": "No GPU has been allocated",
    "doctor.scheduler.no-gpu.text": "Programs only see the GPUs that the scheduler gave to the "
    "job.",
    "doctor.scheduler.no-gpu.text.login": "This is a login node ({scheduler}): it has no GPU. "
    "Programs run on the compute nodes, in a job.",
    "doctor.scheduler.no-gpu.text.login-slurm": "This is a login node of Slurm: it has no GPU. "
    "Programs run on the compute nodes, in a job.",
    "doctor.scheduler.no-gpu.text.login-known": "This is a login node of Slurm: it has no GPU, and "
    "that is no fault. The GPUs are in these partitions: {where}.",
    "doctor.scheduler.no-gpu.text.login-nodes": "This is a login node of Slurm: it has no GPU, and "
    "that is no fault. The nodes that were surveyed have: {where}.",
    "doctor.scheduler.no-gpu.text.login-pbs": "This is a login node of PBS: it has no GPU. "
    "Programs run on the compute nodes, in a job.",
    "doctor.scheduler.no-gpu.text.login-lsf": "This is a login node of LSF: it has no GPU. "
    "Programs run on the compute nodes, in a job.",
    "doctor.scheduler.no-gpu.text.job": "This job ({scheduler}) was given no GPU.",
    "doctor.scheduler.no-gpu.text.job-slurm": "This Slurm job was given no GPU; it has to ask for "
    "one.",
    "doctor.scheduler.no-gpu.text.job-pbs": "This PBS job was given no GPU; it has to ask for one.",
    "doctor.scheduler.no-gpu.text.job-lsf": "This LSF job was given no GPU; it has to ask for one.",
    "doctor.scheduler.no-gpu.text.unknown": "The job was given no GPU; it has to ask for one.",
    "doctor.scheduler.no-gpu.how": "A scheduler runs here, and there is no GPU: in a job that is "
    "an error, on a login node it is normal.",
    "doctor.remedy.scheduler.no-gpu": "Ask the scheduler for a GPU, as your cluster's pages say: "
    "the words differ from site to site.",
    "doctor.remedy.scheduler.no-gpu.login-slurm": "Look on a node with a GPU, in a shell or with "
    "one command.",
    "doctor.remedy.scheduler.no-gpu.login-known": "Look on a node with a GPU, in a shell or with "
    "one command.",
    "doctor.remedy.scheduler.no-gpu.login-nodes": "Look on a node with a GPU, in a shell or with "
    "one command.",
    "doctor.remedy.scheduler.no-gpu.login-pbs": "Look on a node with a GPU. Torque, an older PBS, "
    "says `-l nodes=1:gpus=1` instead.",
    "doctor.remedy.scheduler.no-gpu.login-lsf": "Look on a node with a GPU.",
    "doctor.remedy.scheduler.no-gpu.job-slurm": "End this job and ask for a GPU: for a shell with "
    "`srun`, for a script by the line `#SBATCH --gres={gres}` at its top or as an option of "
    "`sbatch`.",
    "doctor.remedy.scheduler.no-gpu.job-pbs": "End this job and ask for a GPU; in a script with "
    "`#PBS -l select=1:ngpus=1`. Torque, an older PBS, says `-l nodes=1:gpus=1` instead.",
    "doctor.remedy.scheduler.no-gpu.job-lsf": "End this job and ask for a GPU; in a script with "
    '`#BSUB -gpu "num=1"`.',
    "doctor.scheduler.step-without-gpu": "This step of the job has no GPU",
    "doctor.scheduler.step-without-gpu.text": "The job {job} has GPUs ({gpus}), and the step that "
    "`srun` started for this program was given none of them.",
    "doctor.scheduler.step-without-gpu.text.unknown": "The job has GPUs, and another of its steps "
    "holds what this one needs: since Slurm 20.11 a step has its share for itself.",
    "doctor.scheduler.step-without-gpu.how": "Slurm names GPUs of the job and none of this step; "
    "or `srun` says inside a job that its step waits because the nodes are busy.",
    "doctor.remedy.scheduler.step-without-gpu": "Name the GPU at the `srun` inside the job too, "
    "without `--gres=none`. Beside a step that still runs it takes `--overlap`, which shares what "
    "the job has; if it says that memory is not available, add `--mem=0`.",
    "doctor.scheduler.shell-stayed-behind": "This shell is not on the node of its job",
    "doctor.scheduler.shell-stayed-behind.text": "`salloc` has reserved a node for job {job} and "
    "opened the shell where it was typed. Only what `srun` starts runs on the node.",
    "doctor.scheduler.shell-stayed-behind.how": "There is the number of a job and no name of a "
    "node in the variables, and no GPU here.",
    "doctor.remedy.scheduler.shell-stayed-behind": "Put `srun` before the command, or open a shell "
    "on the node.",
    "doctor.scheduler.gpu-missing": "The GPU that the job was given is not there",
    "doctor.scheduler.gpu-missing.text": "The scheduler gave GPU {gpus} of node {node} to this "
    "job, and the driver shows none.",
    "doctor.scheduler.gpu-missing.text.no-driver": "The scheduler gave GPU {gpus} of node {node} "
    "to this job, and the driver does not run on that node.",
    "doctor.scheduler.gpu-missing.text.no-files": "The scheduler gave GPU {gpus} of node {node} to "
    "this job, and the card's file in /dev is missing there.",
    "doctor.scheduler.gpu-missing.text.denied": "The scheduler gave GPU {gpus} of node {node} to "
    "this job. The driver runs and shows no card: the job's cgroup keeps it away, or the card "
    "does not answer.",
    "doctor.scheduler.gpu-missing.text.told": "The job asked for a GPU, and the driver of its node "
    "shows none: the job's cgroup keeps it away, or the card does not answer.",
    "doctor.scheduler.gpu-missing.how": "Slurm's variables name GPUs of this job or step, and NVML "
    "finds none. What Slurm says about the node (drained, and why) is shown.",
    "doctor.remedy.scheduler.gpu-missing": "Tell the administrators of the cluster the name of the "
    "node and the lines above. Another node may serve you meanwhile.",
    "doctor.remedy.on-node": "Only the administrators of the cluster can repair node {node}: tell "
    "them the lines above. Another node may serve you meanwhile.",
    "doctor.scheduler.other-gpu": "The program can take a GPU of another job",
    "doctor.scheduler.other-gpu.text": "This job was given GPU {mine}. Nothing keeps it from the "
    "others of the node, and programs would take {taken} too.",
    "doctor.scheduler.other-gpu.text.named": "This job was given GPU {mine}, and "
    "CUDA_VISIBLE_DEVICES names {taken}, which belongs to another job.",
    "doctor.scheduler.other-gpu.text.none-given": "This job was given no GPU. It sees GPU {taken} "
    "of the node all the same, and others may compute there.",
    "doctor.scheduler.other-gpu.how": "The driver shows more GPUs than Slurm gave, and "
    "CUDA_VISIBLE_DEVICES is not set or names one that is not among them.",
    "doctor.remedy.scheduler.other-gpu": "Keep to the GPUs of the job, and remove the line that "
    "sets the variable to something else.",
    "doctor.remedy.scheduler.other-gpu.none-given": "Ask for a GPU instead of taking one: the line "
    "for a script is `#SBATCH --gres={gres}`.",
    # one environment for different nodes
    "doctor.scheduler.kinds-left-out": "The environment does not run on all nodes",
    "doctor.scheduler.kinds-left-out.text": "PyTorch {torch} of this environment cannot compute on "
    "{count} of the {kinds} kinds of nodes: {names}.",
    "doctor.scheduler.kinds-left-out.text.all": "PyTorch {torch} of this environment can compute "
    "on no node with a GPU that is known: {names}.",
    "doctor.scheduler.kinds-left-out.how": "Driver, architectures and glibc of every kind of node "
    "that was surveyed are held against the installed build.",
    "doctor.scheduler.kinds-left-out.fix": "No build of PyTorch runs on all of these nodes. Make "
    "one environment per kind, or keep to some nodes with `--constraint` or a type in `--gres`.",
    "doctor.scheduler.kinds-left-out.fix.build": "PyTorch {best} ({build}) runs on all of them.",
    "doctor.scheduler.kinds-left-out.fix.most": "No build of PyTorch runs on all of these nodes. "
    "PyTorch {best} ({build}) runs on all but these: {without}. Make another environment for them, "
    "or keep away from them with `--constraint` or a type in `--gres`.",
    "doctor.environment.not-on-node": "The environment is not on the compute node",
    "doctor.environment.not-on-node.text": "`{prefix}` is not there on the nodes.",
    "doctor.environment.not-on-node.text.job": "The environment `{prefix}` was active where the "
    "job was submitted. On node {node} there is no such folder.",
    "doctor.environment.not-on-node.text.local": "`{prefix}` lies on a disk that every machine has "
    "for itself. Jobs on other nodes will not find it.",
    "doctor.environment.not-on-node.text.kinds": "`{prefix}` is on a disk that these nodes do not "
    "have: {names}. Jobs there will not find it.",
    "doctor.environment.not-on-node.how": "In a job: VIRTUAL_ENV or CONDA_PREFIX names a folder "
    "that is not there. On a login node: the environment lies in /tmp or in memory, or on a "
    "network disk in whose place surveyed nodes have one of their own.",
    "doctor.remedy.environment.not-on-node": "Make the environment on a file system that all nodes "
    "share: mostly the home folder, or a folder of the project. `gpusetup envs clone` copies one.",
    # what a scheduler refuses
    "doctor.scheduler.no-answer": "The scheduler does not answer",
    "doctor.scheduler.no-answer.text": "Slurm's controller could not be reached, so nothing was "
    "submitted.",
    "doctor.scheduler.no-answer.how": "A command of Slurm says that it cannot contact the "
    "controller, finds no configuration, or cannot speak to `munge`.",
    "doctor.remedy.scheduler.no-answer": "Try again in some minutes. If it stays, tell the "
    "administrators: it is not your job's fault.",
    "doctor.scheduler.request-impossible": "No node of the cluster is as the job wants it",
    "doctor.scheduler.request-impossible.text": "The job asks for what no node of its partition "
    "has: a type or number of GPUs, a feature, cores or memory.",
    "doctor.scheduler.request-impossible.how": "`srun` or `sbatch` refuses with one of Slurm's "
    "lines on node configuration, gres, features, processors or memory.",
    "doctor.remedy.scheduler.request-impossible": "See what the partitions have (last column), and "
    "write `--gres=gpu:TYPE:NUMBER` with a type and number that one node has, in the partition "
    "that has it (`-p`).",
    "doctor.scheduler.not-permitted": "The job may not run there under this name",
    "doctor.scheduler.not-permitted.text": "Slurm does not know the account, partition or QOS that "
    "the job names, or does not let you use them together.",
    "doctor.scheduler.not-permitted.how": "`srun` or `sbatch` says that account, partition or QOS "
    "are invalid or not permitted.",
    "doctor.remedy.scheduler.not-permitted": "See which accounts and QOS you have, and which "
    "partitions there are, and name them with `-A`, `-q` and `-p`. Whoever leads the project can "
    "have you added.",
    "doctor.scheduler.over-limit": "The job asks for more than you may have",
    "doctor.scheduler.over-limit.text": "A limit of your account, of the QOS or of the partition "
    "holds the job back: time, number of GPUs, or jobs at once.",
    "doctor.scheduler.over-limit.how": "Slurm refuses with its line on the accounting policy or "
    "the "
    "time limit, or the job waits with a reason that begins with Assoc or QOS.",
    "doctor.remedy.scheduler.over-limit": "Ask for less time (`-t`) or fewer GPUs, or wait until "
    "your other jobs have ended.",
    "doctor.scheduler.nodes-unavailable": "The nodes that the job needs are out of use",
    "doctor.scheduler.nodes-unavailable.text": "The nodes or the partition are down, drained or "
    "reserved. The job waits until they come back.",
    "doctor.scheduler.nodes-unavailable.how": "Slurm says that the partition is down or inactive, "
    "or gives ReqNodeNotAvail as the reason of waiting.",
    "doctor.remedy.scheduler.nodes-unavailable": "See which nodes are out and why. Another "
    "partition "
    "may have free ones; before planned work, a shorter time limit lets a job finish in time.",
    # what ended a job
    "doctor.scheduler.node-failed": "The node failed while the job ran",
    "doctor.scheduler.node-failed.text": "Slurm lost the node and ended the job. The program is "
    "not "
    "to blame.",
    "doctor.scheduler.node-failed.how": "Slurm's line says that the job was cancelled due to a "
    "node "
    "failure.",
    "doctor.remedy.scheduler.node-failed": "Submit it again, without that node if it fails again. "
    "Save states of a long training now and then.",
    "doctor.scheduler.out-of-memory": "The job took more main memory than it had asked for",
    "doctor.scheduler.out-of-memory.text": "Slurm ended processes of the job because its share of "
    "main memory was used up. The memory of the GPU is another matter.",
    "doctor.scheduler.out-of-memory.how": "`slurmstepd` counts oom-kill events, or Slurm says that "
    "the memory limit was exceeded.",
    "doctor.remedy.scheduler.out-of-memory": "Ask for more with `--mem`, or let the DataLoader "
    "have "
    "fewer workers.",
    "doctor.scheduler.preempted": "A job with more right took the node",
    "doctor.scheduler.preempted.text": "The partition or QOS lets others go first, and Slurm ended "
    "this job for theirs.",
    "doctor.scheduler.preempted.how": "Slurm's line says that the job was cancelled due to "
    "preemption.",
    "doctor.remedy.scheduler.preempted": "Save states of the training and submit with `--requeue`, "
    "or use a partition where jobs are not preempted.",
    "doctor.scheduler.out-of-time": "The job's time was over",
    "doctor.scheduler.out-of-time.text": "The job ran into its time limit, and Slurm ended it.",
    "doctor.scheduler.out-of-time.how": "Slurm's line says that the job was cancelled due to the "
    "time limit.",
    "doctor.remedy.scheduler.out-of-time": "Ask for more time with `-t`, within the limit of the "
    "partition, and save states of the training so that it can go on.",
    "doctor.conda.not-initialised.fix.script": "A job reads no start file, so `conda init` does "
    "not "
    'help: put `eval "$(conda shell.bash hook)"` before `conda activate` (micromamba: '
    '`eval "$(micromamba shell hook --shell bash)"`). Without activation it works too: call the '
    "environment's Python by its whole path.",
}
