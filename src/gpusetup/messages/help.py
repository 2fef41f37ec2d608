"""The words of help pages, the first lines of commands, and wrong usage."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "help": "From a fresh machine to PyTorch that is proven to run on your NVIDIA GPU.",
    "help.more": "New here? Run `gpusetup init`: it looks at the machine, recommends, and asks.",
    # commands
    "help.init": "Set up PyTorch: look, recommend, install, and prove that it runs.",
    "help.plan": "Show what init would install and why, without doing it.",
    "help.detect": "Show what is on this machine: GPU, driver, system, Python, disk.",
    "help.init.examples": (
        "gpusetup init\n"
        "gpusetup init course --with torchvision,jupyter\n"
        "gpusetup init old-paper --torch 1.13.1 --python 3.10\n"
        "gpusetup init --requirements requirements.txt\n"
        "gpusetup init --yes --mirror tuna"
    ),
    "help.plan.examples": (
        "gpusetup plan\n"
        "gpusetup plan --torch '>=2.4,<2.6' --explain\n"
        "gpusetup plan --machine lab-server.yaml\n"
        "gpusetup plan --script bash > install.sh"
    ),
    "help.verify.examples": (
        "gpusetup verify --env course\n"
        "gpusetup verify --full\n"
        "gpusetup verify --python /opt/conda/bin/python --json"
    ),
    "help.undo.examples": ("gpusetup undo\ngpusetup undo --list\ngpusetup undo --dry-run"),
    "help.matrix.examples": (
        "gpusetup matrix show 'RTX 3060'\n"
        "gpusetup matrix list --gpu 'GTX 1080 Ti' --driver 470\n"
        "gpusetup matrix why torch==2.15"
    ),
    "help.envs.examples": (
        "gpusetup envs\ngpusetup envs clone course course-2\ngpusetup envs remove course-2"
    ),
    "help.engine.examples": "gpusetup engine conda",
    "help.verify": "Prove that PyTorch in an environment computes on every GPU.",
    "help.bench": "Measure how fast PyTorch computes on this machine.",
    "help.undo": "Take back what a run changed.",
    "help.matrix": "Read and question the data on which PyTorch runs where.",
    "help.matrix.list": "List the releases of PyTorch and their builds.",
    "help.matrix.list.examples": (
        "gpusetup matrix list --torch '>=2.6'\n"
        "gpusetup matrix list --gpu 'GTX 1080 Ti' --driver 470\n"
        "gpusetup matrix list --picture"
    ),
    "help.matrix.show": "Show a GPU, a torch, a driver or a CUDA, and what runs with it.",
    "help.matrix.show.examples": (
        "gpusetup matrix show 'RTX 3060'\n"
        "gpusetup matrix show driver 535\n"
        "gpusetup matrix show torch 2.7.1\n"
        "gpusetup matrix show cu126"
    ),
    "help.matrix.why": "Why a torch can or cannot run on this machine.",
    "help.matrix.why.examples": "gpusetup matrix why torch==2.15 --machine machine.yaml",
    "help.matrix.update": "Use newer compatibility data, checked; the old one is kept.",
    "help.matrix.update.examples": (
        "gpusetup matrix update compat.tar.gz --sha256 HEX\ngpusetup matrix update --restore"
    ),
    # the options of every command
    "help.option.lang": "Language of the output.",
    "help.option.json": "Print one JSON document and nothing else on stdout.",
    "help.option.plain": "No colour and nothing that moves (screen readers, logs).",
    "help.option.verbose": "Show details.",
    "help.option.version": "Show the version.",
    "help.option.help": "Show this page.",
    # headings
    "help.usage": "Usage: {line}",
    "help.usage.command": "COMMAND",
    "help.usage.options": "[OPTIONS]",
    "help.commands": "Commands",
    "help.arguments": "Arguments",
    "help.options": "Options",
    "help.group.wishes": "What to install",
    "help.group.place": "Where it goes",
    "help.group.source": "Where it comes from, and who installs it",
    "help.group.subject": "What to look at",
    "help.group.output": "What to write",
    "help.group.choice": "Which mirror",
    "help.group.look": "Look, and take back",
    "help.group.job": "Jobs on a Slurm cluster",
    "help.group.others": "Other options",
    "help.shared": "Options of every command",
    "help.examples": "Examples",
    "help.default": " (default: {value})",
    "help.required": " (required)",
    # what stands for a value
    "help.metavar.TEXT": "TEXT",
    "help.metavar.N": "N",
    "help.metavar.FILE": "FILE",
    "help.metavar.DIR": "DIR",
    "help.metavar.PATH": "PATH",
    "help.metavar.NAME": "NAME",
    "help.metavar.SPEC": "SPEC",
    "help.metavar.VERSION": "VERSION",
    "help.metavar.SECONDS": "SECONDS",
    "help.metavar.PACKAGES": "PACKAGES",
    "help.metavar.RUN": "RUN",
    "help.metavar.WHAT": "WHAT",
    "help.metavar.HEX": "HEX",
    "help.metavar.URL": "URL",
    "help.metavar.FORMAT": "FORMAT",
    "help.metavar.KIND": "KIND",
    "help.metavar.FEATURE": "FEATURE",
    "help.metavar.MINUTES": "MINUTES",
    "help.metavar.CHANNEL": "CHANNEL",
    "help.metavar.ACTION": "ACTION",
    "help.metavar.TORCH": "TORCH",
    # wrong usage
    "usage.command": "There is no command `{name}`.",
    "usage.command.next": "`{command} --help` lists the commands.",
    "usage.command.near": "There is no command `{name}`.",
    "usage.command.near.next": "Did you mean `{command} {near}`?",
    "usage.option": "There is no option `{name}`.",
    "usage.option.next": "`{command} --help` lists the options.",
    "usage.option.near": "There is no option `{name}`.",
    "usage.option.near.next": "Did you mean `{near}`?",
    "usage.option.elsewhere": "`{command}` has no option `{name}`.",
    "usage.option.elsewhere.next": "`{other}` has it.",
    "usage.missing.option": "The option `{name}` is missing.",
    "usage.missing.option.next": "`{command} --help` says what it means.",
    "usage.missing.argument": "`{name}` is missing behind `{command}`.",
    "usage.missing.argument.next": "`{command} --help` says what it means.",
    "usage.choice": "`{value}` is not a value of `{name}`.",
    "usage.choice.next": "Use one of: {choices}.",
    "usage.number": "`{name}` takes a number, not `{value}`.",
    "usage.number.next": "`{command} --help` says what it means.",
    "usage.value": "The value of `{name}` cannot be used: {reason}",
    "usage.value.next": "`{command} --help` says what it means.",
    "usage.needs-value": "The option `{name}` needs a value behind it.",
    "usage.needs-value.next": "`{command} --help` says which.",
    "usage.takes-none": "The option `{name}` takes no value.",
    "usage.takes-none.next": "Write `{name}` alone.",
    "usage.extra": "`{words}` is too much: `{command}` does not take it.",
    "usage.extra.next": "`{command} --help` shows what it takes.",
    "usage.other": "This command line cannot be used: {reason}",
    "usage.other.next": "`{command} --help` shows how it is used.",
}
