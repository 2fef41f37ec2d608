"""Programs run in their own group, with a limit, and their output is heard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gpusetup.effects.runner import run

PYTHON = sys.executable


def test_output_and_exit_code_are_kept() -> None:
    ended = run(
        [PYTHON, "-c", "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"],
        timeout_s=20,
    )
    assert ended.returncode == 3
    assert not ended.ok
    assert ended.last_lines() == "one\ntwo" or ended.last_lines() == "two\none"


def test_a_program_that_is_not_there_is_an_ordinary_failure() -> None:
    ended = run(["/nowhere/at-all"], timeout_s=5)
    assert ended.returncode == 127
    assert "No such file" in ended.output


def test_a_program_out_of_time_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    script = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', \"import time, pathlib\\n"
        f'while True: pathlib.Path({str(mark)!r}).write_text(str(time.time())); time.sleep(.05)"])\n'
        "time.sleep(60)\n"
    )
    ended = run([PYTHON, "-c", script], timeout_s=1.5)
    assert ended.returncode is None
    time.sleep(0.3)
    before = mark.read_text()
    time.sleep(0.3)
    assert mark.read_text() == before


def test_what_is_said_on_the_way_is_heard_on_the_way() -> None:
    heard: list[tuple[float, str]] = []
    begun = time.monotonic()
    run(
        [PYTHON, "-u", "-c", "import time; print('first'); time.sleep(1); print('second')"],
        timeout_s=20,
        listen=lambda piece: heard.append((time.monotonic() - begun, piece)),
    )
    first = next(at for at, piece in heard if "first" in piece)
    second = next(at for at, piece in heard if "second" in piece)
    assert second - first > 0.5


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
def test_a_program_can_be_given_a_terminal() -> None:
    script = "import sys; print(sys.stdout.isatty())"
    assert run([PYTHON, "-c", script], timeout_s=20, terminal=True).output.strip() == "True"
    assert run([PYTHON, "-c", script], timeout_s=20).output.strip() == "False"


def test_names_can_be_set_and_removed_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPUSETUP_TEST_GONE", "here")
    script = "import os; print(os.environ.get('GPUSETUP_TEST_GONE'), os.environ.get('NEW'))"
    ended = run([PYTHON, "-c", script], env={"GPUSETUP_TEST_GONE": None, "NEW": "1"}, timeout_s=20)
    assert ended.output.strip() == "None 1"


def test_text_can_be_given_on_stdin() -> None:
    ended = run([PYTHON, "-c", "print(input()[::-1])"], timeout_s=20, stdin="abc\n")
    assert ended.output.strip() == "cba"


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
def test_where_there_are_no_terminals_a_program_runs_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pty.openpty", _no_terminals)  # as in a chroot without /dev/pts
    ended = run([PYTHON, "-c", "print('done')"], timeout_s=20, terminal=True)
    assert (ended.returncode, ended.output.strip()) == (0, "done")


def _no_terminals() -> tuple[int, int]:
    raise OSError("out of pty devices")


def test_a_program_that_does_not_read_its_input_is_judged_by_its_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Quick(subprocess.Popen):  # type: ignore[type-arg]
        """Ends before its input can be written."""

        def __init__(self, *words: object, **more: object) -> None:
            super().__init__(*words, **more)  # type: ignore[call-overload]
            self.wait()

    monkeypatch.setattr(subprocess, "Popen", Quick)
    ended = run([PYTHON, "-S", "-c", "raise SystemExit(3)"], timeout_s=20, stdin="torch")
    assert (ended.returncode, ended.output) == (3, "")


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")
def test_a_second_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    """The program ignores the first one; the impatient user does not wait."""
    mark = tmp_path / "alive"
    deaf = (
        "import pathlib, signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"while True: pathlib.Path({str(mark)!r}).write_text(str(time.time())); time.sleep(.05)"
    )
    script = (
        "import sys; from gpusetup.effects.runner import run\n"
        f"run([sys.executable, '-c', {deaf!r}], timeout_s=60)"
    )
    user = subprocess.Popen([PYTHON, "-c", script], stderr=subprocess.DEVNULL)
    while not mark.exists():
        time.sleep(0.05)
    for _ in range(2):
        user.send_signal(signal.SIGINT)
        time.sleep(0.5)
    assert user.wait(20) != 0
    before = mark.read_text()
    time.sleep(0.3)
    assert mark.read_text() == before


@pytest.mark.skipif(os.name != "posix", reason="daemons are POSIX's")
@pytest.mark.parametrize("terminal", [True, False])
def test_a_grandchild_that_stays_does_not_hold_us_up_or_speak_later(terminal: bool) -> None:
    script = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(8); print(1)'],"
        " start_new_session=True)\n"
        "print('done')"
    )
    begun = time.monotonic()
    before = threading.active_count()
    ended = run([PYTHON, "-c", script], timeout_s=60, terminal=terminal)
    assert ended.output.strip() == "done"
    assert time.monotonic() - begun < 7.5
    time.sleep(0.6)
    assert threading.active_count() == before
