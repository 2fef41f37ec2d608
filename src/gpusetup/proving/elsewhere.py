"""The proof and the benchmark on another machine: a body for its shell, and its answer judged here.

Nothing of ours is installed there. The scripts of `inside/` travel with the body; the environment's
own Python runs them, and the questions and the right answers stay here.
"""

from __future__ import annotations

import base64
import json
import posixpath
import random
import signal
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

from gpusetup.benchmark.measurement import Benchmark, read_benchmark
from gpusetup.evidence import judged
from gpusetup.proving.here import CACHES, CHANNEL, REMOVED, SECONDS, SLOW, Limits
from gpusetup.shells import Shell, quote
from gpusetup.verdict import Ending, Event, Verdict, parse_event, read_verdict

_SCRIPTS = ("verify.py", "benchmark.py")
_ABSENT = "gpusetup-absent"
_WIDTH = 100


@dataclass(frozen=True)
class Question:
    """What is asked of one machine. `facts` and `question_from` keep it for a later judgement."""

    script: str  # "verify.py" | "benchmark.py"
    words: tuple[str, ...]
    expected: str
    seed: int

    def facts(self) -> dict[str, Any]:
        """JSON-ready, for the record of a job. The seed is secret until the answer is there."""
        return {
            "script": self.script, "words": list(self.words), "expected": self.expected,
            "seed": self.seed,
        }  # fmt: skip


def question_from(facts: Mapping[str, Any]) -> Question:
    """The question that was asked, from what was kept of it."""
    return Question(
        str(facts["script"]), tuple(facts["words"]), str(facts["expected"]), int(facts["seed"])
    )


def ask_for_proof(
    expected: str, companions: Sequence[str] = (), level: str = "quick", devices: int = 0
) -> Question:
    """A verification. `devices`: how many GPUs torch must see; 0: not known."""
    seed = random.SystemRandom().randrange(2**31)
    words = (
        "--expected", expected, "--companions", ",".join(companions), "--level", level,
        "--devices", str(devices), "--seed", str(seed),
    )  # fmt: skip
    return Question("verify.py", words, expected, seed)


def ask_for_figures(level: str = "quick", seconds: float | None = None) -> Question:
    """A benchmark."""
    words = ("--level", level, "--seconds", str(seconds or SECONDS[level]))
    return Question("benchmark.py", words, "any", 0)


@dataclass(frozen=True)
class Absent:
    """What the other machine lacks.

    `what`: "environment", with the last folder above it that is there; "python", with the place
    that it should be at; "start": the Python is there and does not start, with its words.
    """

    what: str
    detail: str | None = None


@dataclass(frozen=True)
class Told:
    """What came back: events of the script and its end, or what is missing there."""

    events: tuple[Event, ...] = ()
    ending: Ending | None = None
    absent: Absent | None = None


def body(python: str, question: Question, limits: Limits) -> str:
    """The text for /bin/sh there. Its standard output is what `read_told` reads.

    `python`: the interpreter of the environment, as PREFIX/bin/python.
    """
    prefix = posixpath.dirname(posixpath.dirname(python))
    here = {"environment": quote(prefix, Shell.BASH), "python": quote(python, Shell.BASH)}
    lines = [f"{name}={value}" for name, value in here.items()]
    lines += [
        '[ -d "$environment" ] || {',
        '    while [ "$environment" != / ] && [ ! -d "$environment" ]; do',
        '        environment=$(dirname "$environment"); done',
        f'    echo "{_ABSENT} environment $environment"; exit 0; }}',
        '[ -e "$python" ] || {',
        f'    echo "{_ABSENT} python $(readlink "$python" 2>/dev/null)"; exit 0; }}',
        'words=$("$python" -I -B -c "import json, zlib" 2>&1) || {',
        f'    echo "{_ABSENT} start $(echo "$words" | tail -n 1)"; exit 0; }}',
        "unset words",
        "\"$python\" -I -B - <<'GPUSETUP_PROGRAM'",
        _program(question, limits),
        "GPUSETUP_PROGRAM",
    ]
    return "\n".join(lines) + "\n"


def _program(question: Question, limits: Limits) -> str:
    """The supervisor with all that it needs behind it."""
    folder = Path(__file__).parent.parent / "inside"
    names = [*_SCRIPTS, *sorted(each.name for each in folder.glob("gpusetup_*.py"))]
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in names}
    packed = base64.b64encode(zlib.compress(json.dumps(texts).encode(), 9)).decode()
    rows = [packed[start : start + _WIDTH] for start in range(0, len(packed), _WIDTH)]
    wish = {
        "script": question.script, "words": list(question.words), "removed": list(REMOVED),
        "caches": list(CACHES), "channel": CHANNEL,
        "limits": {
            "import_s": limits.import_s, "check_s": limits.check_s, "whole_s": limits.whole_s,
            "slow": sorted(SLOW),
        },
    }  # fmt: skip
    supervisor = (folder / "on_node.py").read_text(encoding="utf-8").rstrip("\n")
    return "\n".join(
        [
            supervisor,
            "",
            'PACKED = """',
            *rows,
            '"""',
            f"WISH = {json.dumps(json.dumps(wish))}",
            "main(PACKED, json.loads(WISH))",
        ]
    )


def read_told(text: str) -> Told:
    """What stands in an answer; other lines are those of the machine's start files."""
    events: list[Event] = []
    ending, absent = None, None
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "event":
            event = parse_event(rest)
            if event is not None:
                events.append(event)
        elif kind == "ending":
            ending = _ending(rest) or ending
        elif kind == _ABSENT:
            what, _, detail = rest.partition(" ")
            absent = Absent(what, detail.strip() or None)
    return Told(tuple(events), ending, absent)


def _ending(text: str) -> Ending | None:
    try:
        raw = json.loads(text)
    except ValueError:
        return None
    if not isinstance(raw, dict):
        return None
    code, words = raw.get("exit_code"), raw.get("last_words")
    return Ending(
        code if isinstance(code, int) else None,
        raw.get("timed_out") is True,
        _signal_name(code),
        words if isinstance(words, str) else None,
    )


def _signal_name(code: object) -> str | None:
    if not isinstance(code, int) or code >= 0:
        return None
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def verdict_of(question: Question, told: Told) -> Verdict:
    """The proof, judged here. An answer that ends early has proven nothing."""
    events = [judged(event, question.seed) for event in told.events]
    return read_verdict(question.expected, events, told.ending or Ending(None))


def benchmark_of(told: Told) -> Benchmark:
    """The figures, without what to expect of them."""
    return read_benchmark(list(told.events), told.ending or Ending(None))
