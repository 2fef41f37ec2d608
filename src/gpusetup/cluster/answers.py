"""A script that marks its answer, and the answer found again in what a site prints around it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What stood between the marks. `returncode` None: it was cut off."""

    text: str
    returncode: int | None
    node: str | None

    @property
    def is_whole(self) -> bool:
        return self.returncode is not None


def marked(body: str, nonce: str) -> str:
    """The script of a job. `body` is sh; what it prints on stdout is the answer.

    The body gets nothing to read: over srun, standard input is the rest of this very script.
    """
    name = f"gpusetup_{nonce}"
    return "\n".join(
        (
            "#!/bin/sh",
            f"{name}() {{",
            body.rstrip("\n"),
            "}",
            f"printf '\\n%s begin %s\\n' {name} \"${{SLURMD_NODENAME:-$(hostname)}}\"",
            f"( {name} ) < /dev/null",
            f"printf '\\n%s end %s\\n' {name} $?",
            "",
        )
    )


def read_answer(output: str, nonce: str) -> Answer | None:
    """The answer in what a job printed; None: it does not even begin."""
    name = f"gpusetup_{nonce}"
    begun = re.search(rf"^{name} begin (\S*)[ \t]*\r?\n", output, re.MULTILINE)
    if begun is None:
        return None
    rest = output[begun.end() :]
    ended = re.search(rf"(?:^|\r?\n){name} end (\d+)[ \t]*\r?$", rest, re.MULTILINE)
    if ended is None:
        return Answer(rest, None, begun[1] or None)
    return Answer(rest[: ended.start()], int(ended[1]), begun[1] or None)
