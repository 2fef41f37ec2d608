"""The scripts run in interpreters that gpusetup itself does not support any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gpusetup.inside
from gpusetup.proving.here import prove
from tests.inside.torches import PLAUSIBLE

SCRIPTS = Path(gpusetup.inside.__file__).parent


def pythons() -> list[str]:
    """Interpreters that start, from the oldest to the newest, one of each minor version."""
    minors = range(6, 20)
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[int, str] = {sys.version_info.minor: sys.executable}
    for minor in minors:
        places = [folder / f"python3.{minor}" for folder in folders]
        places += [folder / "bin" / "python" for folder in sorted(pyenv.glob(f"3.{minor}.*"))]
        starting = (str(place) for place in places if place.is_file() and _starts(place))
        found.setdefault(minor, next(starting, ""))
    return [found[minor] for minor in sorted(found) if found[minor]]


def old_pythons() -> list[str]:
    """Those before 3.9."""
    return [python for python in pythons() if _minor(python) < 9]


def _starts(python: Path) -> bool:
    done = subprocess.run([str(python), "-I", "-c", ""], capture_output=True, check=False)
    return done.returncode == 0


def _minor(python: str) -> int:
    words = [python, "-I", "-c", "import sys; print(sys.version_info[1])"]
    return int(subprocess.run(words, capture_output=True, check=True).stdout)


ALIKE = """
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from gpusetup_questions import Question, pack, unpack
ask = Question(20260101, "matmul-float32", 1)
texts = [pack(ask.numbers("left", 50)), pack(ask.integers("x", 20, 5)), str(ask.order("o", 20)),
         str(ask.boxes("b", 5)), str(ask.symmetric("s", 3)), pack(unpack(pack([1.5])), "f")]
print(texts)
"""


def test_every_python_asks_the_same_questions() -> None:
    found = pythons()
    texts = [
        subprocess.run(
            [python, "-I", "-c", ALIKE, str(SCRIPTS)], capture_output=True, text=True, check=True
        ).stdout
        for python in found
    ]
    assert len(set(texts)) == 1


@pytest.mark.skipif(os.name == "nt", reason="links to an interpreter")
@pytest.mark.parametrize("which", ["oldest", "newest"])
def test_the_whole_script_runs_in_the_oldest_and_the_newest_python(
    which: str, tmp_path: Path
) -> None:
    """With a torch that has an answer to everything: it comes to its end, and nothing is proven."""
    python = pythons()[0 if which == "oldest" else -1]
    env = tmp_path / "env"
    subprocess.run([python, "-m", "venv", "--without-pip", str(env)], check=True)
    packages = next((env / "lib").glob("python3*")) / "site-packages"
    (packages / "torch.py").write_text(PLAUSIBLE, encoding="utf-8")
    verdict = prove(str(env / "bin" / "python"), "cpu", level="full")
    reasons = {check.id: check.reason for _, check in verdict.failures}
    assert not {"ended-early", "crashed", "timed-out", "end"} & {*reasons, *reasons.values()}
    wrong = {name for name, reason in reasons.items() if str(reason).startswith("wrong-")}
    assert wrong >= {
        "allocation", "matmul-float64", "matmul-float32", "convolution", "fft", "linear-algebra",
        "index-reduction", "elementwise", "random", "training", "matmul-large",
    }  # fmt: skip


def test_the_scripts_use_no_syntax_or_module_after_python_3_6() -> None:
    words = ["-t=3.6-", "--no-tips", "--violations", str(SCRIPTS)]
    done = subprocess.run(
        [sys.executable, "-c", "import vermin; vermin.main()", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_an_old_python_names_the_error_of_its_torch(tmp_path: Path) -> None:
    found = old_pythons()
    if not found:
        pytest.skip("no interpreter before Python 3.9 was found")
    subprocess.run([found[0], "-m", "venv", "--without-pip", str(tmp_path / "old")], check=True)
    packages = next((tmp_path / "old" / "lib").glob("python3*")) / "site-packages"
    (packages / "torch.py").write_text("raise OSError('libcudnn.so.7: cannot open')\n")
    done = subprocess.run(
        [str(tmp_path / "old/bin/python"), "-I", str(SCRIPTS / "verify.py")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["start", "check", "end"]
    assert (events[1]["id"], events[1]["reason"]) == ("import", "cudnn")
