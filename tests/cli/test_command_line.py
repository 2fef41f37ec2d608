"""The command line as a whole: versions, shared options, endings, the short way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup import __version__
from gpusetup.cli.main import run
from tests.calling import call
from tests.lab.terminal import gpusetup


@pytest.mark.parametrize(
    "words",
    [["--version"], ["detect", "--version"], ["--version", "plan"], ["--plain", "--version"]],
)
def test_the_version_can_be_asked_everywhere(words: list[str]) -> None:
    done = call(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gpusetup {__version__}\n", "")


def test_the_version_with_json_is_one_document() -> None:
    for words in (["--version", "--json"], ["--json", "detect", "--version"]):
        document = json.loads(call(*words).stdout)
        assert document == {"schema": "gpusetup.version/1", "gpusetup": __version__}


def test_shared_options_stand_before_or_behind_the_command() -> None:
    before, behind = call("--lang", "zh", "detect", "-x"), call("detect", "-x", "--lang=zh")
    assert before.stderr == behind.stderr
    assert before.stderr.startswith("错误：")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    child = subprocess.Popen(gpusetup("--help"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.close()
    _, complaints = child.communicate(timeout=20)
    assert (child.returncode, complaints) == (0, b"")


def test_a_full_disk_behind_the_output_is_said() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            gpusetup("detect"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 4
    assert done.stderr.startswith("error: The output cannot be written: No space left")


@pytest.mark.parametrize("closing", ["0<&-", "1>&-", "2>&-"])
def test_a_closed_stream_is_no_mistake_of_ours(closing: str) -> None:
    line = f'exec "$0" -m gpusetup detect {closing}'
    done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_init_without_a_terminal_ends_with_2() -> None:
    done = call("init")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        "error: There is no terminal to ask on.",
        "hint: Add `--yes` to accept the plan, or `--dry-run` to see it.",
    ]


def test_our_own_mistake_is_one_line_a_log_and_70(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: object
) -> None:
    from gpusetup.cli import detect

    def broken() -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(detect, "command", broken)
    assert run(["detect"]) == 70
    complaint = capsys.readouterr().err
    assert "ZeroDivisionError" in complaint
    assert complaint.count("\n") == 1


def test_ctrl_c_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gpusetup.cli import detect

    def stopped() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(detect, "command", stopped)
    assert run(["detect"]) == 130
    assert "Stopped." in capsys.readouterr().err


def test_only_the_command_that_is_called_is_imported() -> None:
    code = (
        "import sys; from gpusetup.cli.main import run; run(['detect', '--help']);"
        "print(sorted({'rich', 'questionary', 'yaml', 'pynvml', 'packaging', 'gpusetup.cli.plan',"
        "'gpusetup.cli.init', 'gpusetup.terminal.ask'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "words",
    [["detect", "--json"], ["--json", "detect"], ["detect", "--json", "--lang", "zh"]],
)
def test_the_short_way_and_the_long_way_say_the_same(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`detect --json` is answered before the framework is imported; --lang sends it there."""
    documents = []
    for each in (words, [*words, "--timeout", "40"]):
        assert run(each) == 0
        documents.append(json.loads(capsys.readouterr().out))
    for document in documents:
        for reading in document["readings"]:
            reading.pop("detail")  # how much is free, and how long something took
        for disk in document["disks"]:
            disk.pop("free_mib")
    assert documents[0] == documents[1]


LAPTOP = str(Path(__file__).parent.parent / "machines" / "laptop-4060-wsl2.yaml")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["course", "--torch", "2.7", "--with=torchvision,jupyter"],
        ["--cuda", "cu126", "--python", "3.12", "--explain"],
        ["--origin", "conda-forge", "--engine", "rattler", "--gpu-policy", "newest"],
        ["--prefix", "/data/my envs/x", "--cpu", "--replace", "--mirror", "none"],
        ["--torch", "0.1"],
        ["--into", "x", "--replace"],
        ["../outside"],
        ["--engine", "abacus"],
        ["--torch"],
        ["--cpu", "--cpu"],
    ],
)
def test_a_plan_is_the_same_by_both_ways(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """--lang sends it to the framework."""
    line = ["plan", "--json", "--machine", LAPTOP, *words]
    short = run(line), capsys.readouterr().out
    long = run([line[0], "--lang", "en", *line[1:]]), capsys.readouterr().out
    assert short == long


@pytest.mark.parametrize("line", [["detect", "--json"], ["plan", "--json", "--machine", LAPTOP]])
def test_the_short_way_does_without_the_framework(line: list[str]) -> None:
    code = (
        f"import sys; from gpusetup.cli.main import run; run({line!r}); "
        "print(sorted({'typer', 'click', 'rich', 'questionary'} & set(sys.modules)), "
        "file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("language", "name"), [("en", "`SHELL`"), ("zh", "`SHELL`")])
def test_an_argument_is_not_called_by_the_list_of_its_values(language: str, name: str) -> None:
    done = subprocess.run(
        gpusetup("completion", "nosuch", "--lang", language),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, name in done.stderr) == (2, True), done.stderr
