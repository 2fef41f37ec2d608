"""A batch script for Slurm: ask for a GPU, activate, let torch prove it, run the user's program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator

from gpusetup.basics.errors import UsageError
from gpusetup.exporting import Comment, Contents
from gpusetup.shells import Shell, quote

FILE = "job.sbatch"
_WORD = re.compile(r"[\w.,:;@%+*&|()\[\]!=/-]+")
"""What Slurm's values are made of: no space, no quote, nothing that ends a line."""


@dataclass(frozen=True)
class BatchJob:
    """What the job asks for. None: left to the cluster."""

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    gres: str | None = None
    constraint: str | None = None
    time: str | None = None
    memory: str | None = None
    cpus: int | None = None

    def __post_init__(self) -> None:
        """Nothing in a value becomes another line or another option.

        Raises:
            UsageError: a value would.
        """
        for value in (
            self.partition, self.account, self.qos, self.gres, self.constraint, self.time,
            self.memory,
        ):  # fmt: skip
            if value is not None and not _WORD.fullmatch(value):
                raise UsageError("export.no-word", text=value)


def text(contents: Contents, comment: Comment, job: BatchJob) -> str:
    """The script. It stops before the user's program where torch cannot compute."""
    parts = [
        "\n".join(
            ["#!/bin/bash", *_remarks(_head(contents, comment)), *_directives(contents, job)]
        ),
        "set -e -o pipefail",
        _activation(contents, comment),
        _check(contents, comment),
        _program(comment),
    ]
    return "\n\n".join(parts) + "\n"


def _remarks(lines: tuple[str, ...] | list[str]) -> list[str]:
    return [f"# {each}".rstrip() for each in lines]


def _head(contents: Contents, comment: Comment) -> list[str]:
    code = "export.head-installed" if contents.exact else "export.head"
    lines = [*comment(code, torch=contents.torch_line, python=contents.python)]
    lines += comment("export.sbatch-use", command=f"sbatch {FILE} train.py --epochs 3")
    return lines


def _directives(contents: Contents, job: BatchJob) -> Iterator[str]:
    """In front of the first command: Slurm reads no further."""
    gres = job.gres or (None if contents.build.is_cpu else "gpu:1")
    wished = (
        ("job-name", _job_name(contents.name)),
        ("partition", job.partition),
        ("account", job.account),
        ("qos", job.qos),
        ("gres", gres),
        ("constraint", job.constraint),
        ("nodes", "1"),
        ("ntasks", "1"),
        ("cpus-per-task", job.cpus),
        ("mem", job.memory),
        ("time", job.time),
        ("output", "%x-%j.out"),
    )
    yield from (f"#SBATCH --{name}={value}" for name, value in wished if value is not None)


def _job_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-") or "gpusetup"


def _activation(contents: Contents, comment: Comment) -> str:
    gone = comment("export.sbatch-no-environment", place="$environment", node="$(hostname)")
    return "\n".join(
        [
            f"environment={quote(contents.prefix, Shell.BASH)}",
            'if [ ! -x "$environment/bin/python" ]; then',
            f'    echo "{_in_double_quotes(" ".join(gone))}" >&2',
            "    exit 1",
            "fi",
            *_remarks(comment("export.sbatch-clean")),
            "unset PYTHONPATH PYTHONHOME",
            "# shellcheck disable=SC1091",
            '. "$environment/bin/activate"',
        ]
    )


def _in_double_quotes(text: str) -> str:
    """A sentence whose places are variables of the script."""
    return text.replace("`", "'").replace('"', "'")


_ON_GPU = """\
import os, platform, sys
import torch
if not torch.cuda.is_available():
    devices = os.environ.get("CUDA_VISIBLE_DEVICES", "-")
    sys.exit({message} % (torch.__version__, platform.node(), devices))
for number in range(torch.cuda.device_count()):
    ones = torch.ones(256, 256, device="cuda:%d" % number)
    assert (ones @ ones)[0, 0].item() == 256
    print("torch", torch.__version__, "on", torch.cuda.get_device_name(number), flush=True)"""
_ON_CPU = """\
import torch
ones = torch.ones(256, 256)
assert (ones @ ones)[0, 0].item() == 256
print("torch", torch.__version__, "on the processor", flush=True)"""


def _check(contents: Contents, comment: Comment) -> str:
    """A heredoc between quotes: the shell reads nothing in it."""
    if contents.build.is_cpu:
        code, program = "export.sbatch-check-cpu", _ON_CPU
    else:
        facts = {"torch": "%s", "node": "%s", "devices": "%s"}
        message = " ".join(comment("export.sbatch-no-gpu", **facts))
        code, program = "export.sbatch-check", _ON_GPU.replace("{message}", repr(message))
    lines = [*_remarks(comment(code)), "python - <<'CHECK'", program, "CHECK"]
    return "\n".join(lines)


def _program(comment: Comment) -> str:
    none = " ".join(comment("export.sbatch-no-program", file=FILE))
    return "\n".join(
        [
            *_remarks(comment("export.sbatch-program")),
            'if [ "$#" -eq 0 ]; then',
            f'    echo "{_in_double_quotes(none)}"',
            "else",
            '    python "$@"',
            "fi",
        ]
    )
