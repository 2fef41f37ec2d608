"""The proof on another machine: what its shell runs, and what is made of its answer here."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gpusetup.proving.elsewhere import (
    Absent,
    Question,
    Told,
    ask_for_figures,
    ask_for_proof,
    benchmark_of,
    body,
    question_from,
    read_told,
    verdict_of,
)
from gpusetup.proving.here import Limits
from tests.fixtures.torch_env import bare_environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other machines are reached by a shell")


def ask(
    prefix: Path, question: Question, limits: Limits | None = None, **environ: str
) -> tuple[Told, str]:
    """What `sh` answers, as over srun: standard input holds nothing more."""
    done = subprocess.run(
        ["sh", "-c", body(f"{prefix}/bin/python", question, limits or Limits())],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, **environ},
    )  # fmt: skip
    return read_told(done.stdout), done.stdout


def stub(prefix: Path, text: str) -> Path:
    """An environment whose torch is this text."""
    site = bare_environment(prefix, sys.executable)
    (site / "torch.py").write_text(text)
    return prefix


@pytest.mark.torch_env
def test_a_torch_that_computes_there_is_proven_here(torch_python: str, tmp_path: Path) -> None:
    prefix = Path(torch_python).parent.parent
    question = question_from(ask_for_proof("cpu").facts())
    told, text = ask(prefix, question, TMPDIR=str(tmp_path))
    verdict = verdict_of(question, told)
    assert verdict.ok, text
    assert list(tmp_path.iterdir()) == []
    # the same answer to another question proves nothing
    other = Question(question.script, question.words, "cpu", question.seed + 1)
    assert not verdict_of(other, told).ok


@pytest.mark.torch_env
def test_a_cpu_build_where_a_gpu_is_expected_is_not_ok(torch_python: str) -> None:
    question = ask_for_proof("cuda", devices=1)
    told, text = ask(Path(torch_python).parent.parent, question)
    verdict = verdict_of(question, told)
    assert not verdict.ok, text
    assert ("expected-device", "cpu-build") in {(c.id, c.reason) for _, c in verdict.failures}


def test_an_environment_that_is_not_there_is_named(tmp_path: Path) -> None:
    told, _ = ask(tmp_path / "it's gone" / "env", ask_for_proof("cpu"))
    assert told.absent == Absent("environment", str(tmp_path))


def test_a_python_that_is_not_there_is_named_with_the_place_that_it_was_at(tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python").symlink_to("/opt/gone/bin/python3.12")
    told, _ = ask(prefix, ask_for_proof("cpu"))
    assert told.absent == Absent("python", "/opt/gone/bin/python3.12")


def test_a_python_that_does_not_start_is_named_with_its_words(tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    (prefix / "bin").mkdir(parents=True)
    python = prefix / "bin" / "python"
    python.write_text("#!/bin/sh\necho 'version GLIBC_2.38 not found' >&2\nexit 1\n")
    python.chmod(0o755)
    told, _ = ask(prefix, ask_for_proof("cpu"))
    assert told.absent == Absent("start", "version GLIBC_2.38 not found")


def test_what_start_files_and_torch_print_is_no_event(tmp_path: Path) -> None:
    prefix = stub(tmp_path / "env", "print('event {\"event\": \"end\"}'); raise OSError('broken')")
    question = ask_for_proof("cpu")
    told, text = ask(prefix, question)
    assert told.ending is not None, text
    verdict = verdict_of(question, read_told(f"Welcome to gpu1\nevent nonsense\n{text}"))
    assert not verdict.ok
    assert [c.id for _, c in verdict.failures][:1] == ["import"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)", "crashed"),
        ("import os; os.kill(os.getpid(), 9)", "killed"),
        ("import time; time.sleep(60)", "timed-out"),
        ("import os; os._exit(0)", "ended-early"),
    ],
)
def test_what_happens_to_a_script_there_is_told(tmp_path: Path, text: str, reason: str) -> None:
    prefix = stub(tmp_path / "env", text)
    question = ask_for_proof("cpu")
    began = time.monotonic()
    told, _ = ask(prefix, question, Limits(import_s=1.5), TMPDIR=str(tmp_path))
    assert time.monotonic() - began < 20
    [(_, check)] = verdict_of(question, told).failures
    assert (check.id, check.reason) == ("import", reason)
    assert [each.name for each in tmp_path.iterdir()] == ["env"]


def test_an_answer_that_was_cut_off_has_proven_nothing(tmp_path: Path) -> None:
    prefix = stub(tmp_path / "env", "import os; os._exit(0)")
    question = ask_for_proof("cpu")
    _, text = ask(prefix, question)
    assert not verdict_of(question, read_told(text[: text.index("ending")])).ok
    assert not verdict_of(question, read_told("")).ok


def test_a_job_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    prefix = stub(tmp_path / "env", "import time; time.sleep(600)")
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    process = subprocess.Popen(
        ["sh", "-s"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(body(f"{prefix}/bin/python", ask_for_proof("cpu"), Limits()))
    process.stdin.close()
    assert process.stdout.readline().startswith("event ")
    os.killpg(process.pid, 15)  # as Slurm does at the time limit
    process.wait(20)
    process.stdout.close()
    _wait_until(lambda: not list(scratch.iterdir()))


def _wait_until(is_so: Any) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.torch_env
def test_figures_come_back(torch_python: str) -> None:
    told, text = ask(Path(torch_python).parent.parent, ask_for_figures(seconds=2.0))
    benchmark = benchmark_of(told)
    assert benchmark.reason is None, text
    assert benchmark.cpu is not None
