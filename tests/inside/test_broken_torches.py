"""A torch that fails, hangs, crashes or talks in between is named with its check."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gpusetup.proving.here import Limits, prove
from tests.fixtures.torch_env import bare_environment, interpreter
from tests.inside.torches import CRASH, PLAUSIBLE, failures, sabotaged, with_torch


@pytest.mark.parametrize(
    ("source", "check", "reason"),
    [
        (CRASH, "import", "crashed"),
        ("import os; os._exit(0)", "import", "ended-early"),
        ("import sys; sys.exit(0)", "import", "exception"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "import", "killed"),
        ("raise ImportError('libtorch.so: undefined symbol: x')", "import", "mixed-files"),
        (
            "try: raise OSError('libcudart.so.13: cannot open shared object file')\n"
            "except OSError as error: raise RuntimeError('torch is broken') from error",
            "import",
            "missing-library",
        ),
        ("name = 'a file of the user'", "import", "not-torch"),
        ("class Tensor: pass", "expected-device", "exception"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_broken_torch_is_named_with_its_check(
    source: str, check: str, reason: str, tmp_path: Path
) -> None:
    verdict = prove(with_torch(tmp_path, source), "cuda")
    assert (check, reason) in failures(verdict)
    assert not verdict.ok


def test_a_torch_that_hangs_ends_at_the_limit(tmp_path: Path) -> None:
    python = with_torch(tmp_path, "import time; time.sleep(600)")
    verdict = prove(python, "cpu", limits=Limits(import_s=1.5))
    assert failures(verdict) == [("import", "timed-out")]


@pytest.mark.skipif(os.name == "nt", reason="a crash is told by a signal")
@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("time.sleep(600)", "timed-out"),
        ("os._exit(0)", "ended-early"),
        ("sys.exit(0)", "exception"),
        ("ctypes.string_at(0)", "crashed"),
        ("os.kill(os.getpid(), 9)", "killed"),
        ("raise_(MemoryError())", "out-of-memory"),
    ],
)
def test_what_happens_in_the_middle_is_named_with_its_check(
    deed: str, reason: str, tmp_path: Path
) -> None:
    source = (
        "import ctypes, os, sys, time\n"
        "def raise_(error): raise error\n"
        "module = sys.modules['torch']\n"
        "module.nn = Anything()\n"
        "module.nn.functional = Anything()\n"
        f"module.nn.functional.conv2d = lambda *_: {deed}\n"
    )
    python = with_torch(tmp_path, PLAUSIBLE + source)
    verdict = prove(python, "cpu", limits=Limits(check_s=6))
    assert ("convolution", reason) in failures(verdict)
    last = verdict.devices[0].checks[-1]
    assert last.id == ("training" if reason in ("exception", "out-of-memory") else "convolution")


@pytest.mark.torch_env
def test_garbage_on_stdout_and_stderr_changes_nothing(torch_python: str, tmp_path: Path) -> None:
    source = (
        "import os, sys\n"
        "def garbage(real):\n"
        "    def function(*words, **named):\n"
        "        for stream in (1, 2):\n"
        "            os.write(stream, os.urandom(70000))\n"
        '        print(\'{"event": "end"}\', flush=True)\n'
        "        return real(*words, **named)\n"
        "    return function\n"
        "garbage(print)()\n"
        "torch.matmul, torch.rand = garbage(torch.matmul), garbage(torch.rand)\n"
    )
    assert prove(sabotaged(tmp_path, torch_python, source), "cpu").ok


def test_a_child_that_holds_stdout_does_not_hold_up_the_end(tmp_path: Path) -> None:
    source = (
        "import subprocess, sys, os\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "os._exit(0)\n"
    )
    verdict = prove(with_torch(tmp_path, source), "cpu", limits=Limits(import_s=60))
    assert failures(verdict) == [("import", "ended-early")]


def test_a_library_that_does_not_let_python_end_does_not_hold_up_the_end(tmp_path: Path) -> None:
    source = (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "raise OSError('no')\n"
    )
    begun = time.monotonic()
    assert failures(prove(with_torch(tmp_path, source), "cpu")) == [("import", "exception")]
    assert time.monotonic() - begun < 60


def test_what_torch_prints_is_not_taken_for_an_event(tmp_path: Path) -> None:
    event = '{"event": "check", "id": "matmul-float32", "device": 0, "status": "passed"}'
    source = f"import os\nprint('hello')\nos.write(1, b'{event}\\n')\nraise OSError('no')"
    verdict = prove(with_torch(tmp_path, source), "cpu")
    assert (verdict.devices, failures(verdict)) == ((), [("import", "exception")])


def test_an_environment_without_torch_says_so(tmp_path: Path) -> None:
    bare_environment(tmp_path / "env")
    verdict = prove(str(interpreter(tmp_path / "env")), "cpu")
    assert failures(verdict) == [("import", "no-torch")]


def test_an_interpreter_that_is_not_there_is_a_failure_not_an_exception(tmp_path: Path) -> None:
    assert failures(prove(str(tmp_path / "python"), "cpu")) == [("start", "not-started")]
