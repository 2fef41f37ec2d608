"""Steps as text: what a word holds never becomes a second command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusetup.shells import Shell, command_line, quote, script
from gpusetup.steps import PUT_BACK, Command, Undo, UndoKind, WriteFile

NASTY = [
    "a b",
    "it's",
    '"',
    "$(touch owned)",
    "`id`",
    "a;b",
    "a&b",
    "-rf",
    "*",
    "!",
    "\\",
    "",
    "中 文",
    "a\nb",
]


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash_hands_every_word_on_as_it_is(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))", *NASTY]
    ended = subprocess.run(
        ["bash", "-c", command_line(program, Shell.BASH)],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert json.loads(ended.stdout) == NASTY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_property_bash_reads_back_what_was_quoted(word: str) -> None:
    line = command_line(["printf", "%s", "x" + word], Shell.BASH)
    ended = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert ended.stdout.decode() == "x" + word


def test_a_home_of_another_machine_stays_expandable() -> None:
    assert quote("~/gpu-envs/my env", Shell.BASH) == "~/'gpu-envs/my env'"
    assert quote("~root", Shell.BASH) == "'~root'"


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("plain", "plain"), ("it's", "'it''s'"), ("a b", "'a b'"), ("$(x)", "'$(x)'"),
        ("x\u2019; rm", "'x\u2019\u2019; rm'"), ("", "''"),
    ],
)  # fmt: skip
def test_powershell_quotes_singly(word: str, quoted: str) -> None:
    assert quote(word, Shell.POWERSHELL) == quoted


def test_a_quoted_program_is_called_in_powershell() -> None:
    argv = ("C:\\my envs\\python.exe", "-V")
    assert command_line(argv, Shell.POWERSHELL) == "& 'C:\\my envs\\python.exe' -V"


def test_cmd_doubles_percent_and_refuses_what_it_cannot_carry() -> None:
    assert quote("50% & more", Shell.CMD) == '"50%% & more"'
    with pytest.raises(ValueError, match="cmd cannot carry"):
        quote('a"b', Shell.CMD)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_a_bash_script_writes_its_files_and_stops_at_a_failure(tmp_path: Path) -> None:
    content = "a = '$(touch owned)'\nGPUSETUP_END\n`id`\n"
    steps = (
        WriteFile("write-config", str(tmp_path / "my dir" / "x.toml"), content, "step.write-config"),
        WriteFile("write-config", str(tmp_path / "my dir" / "s.toml"), "s\n", "step.write-config", mode=0o600),
        Command("verify", ("python3", "-c", "import os, sys; sys.exit(os.environ.get('A') != 'b c')"),
                "step.verify", {"A": "b c", "HOME": None}),
        Command("benchmark", ("false",), "step.benchmark"),
        Command("never", ("touch", str(tmp_path / "never")), "step.benchmark"),
    )  # fmt: skip
    ended = subprocess.run(
        ["bash"], input=script(steps, Shell.BASH), text=True, cwd=tmp_path, check=False
    )
    assert ended.returncode == 1
    assert (tmp_path / "my dir" / "x.toml").read_text() == content
    assert (tmp_path / "my dir" / "s.toml").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "never").exists()
    assert not (tmp_path / "owned").exists()


def test_scripts_for_windows_hold_every_step() -> None:
    steps = (
        WriteFile("write-config", "C:\\e\\x.toml", "a = 'b' & c\n100%\n", "step.write-config"),
        Command("install-torch", ("uv", "pip", "install"), "step.install-torch", {"A": "b", "B": None}),
    )  # fmt: skip
    power = script(steps, Shell.POWERSHELL)
    assert "FromPSPath('C:\\e\\x.toml'), [string[]]@('a = ''b'' & c', '100%'))" in power
    assert "$env:A = 'b'" in power
    batch = script(steps, Shell.CMD)
    assert "Delayed" in batch  # an exclamation mark is a sign like any other
    assert ">>C:\\e\\x.toml echo(a = 'b' ^& c" in batch
    assert "echo(100%%" in batch
    assert "if errorlevel 1 exit /b 1" in batch


def test_cmd_calls_conda_so_that_the_script_goes_on() -> None:
    """For cmd conda is a batch file, which does not come back unless it is called."""
    step = Command("create-env", ("conda", "create", "--prefix", "my env", "mkl<2024.1"), "x")
    assert 'call conda create --prefix "my env" "mkl<2024.1"' in script([step], Shell.CMD)
    program = replace(step, argv=("C:\\conda\\Scripts\\conda.exe", "create"))
    assert "call" not in script([program], Shell.CMD)
    with pytest.raises(ValueError, match="to conda"):
        script([replace(step, argv=("conda", "create", "--prefix", "100%"))], Shell.CMD)


PATHS = {  # a place -> as PowerShell and as cmd write it
    "C:\\my envs\\it's": ("'C:\\my envs\\it''s'", '"C:\\my envs\\it\'s"'),
    "C:\\$HOME\\`x`": ("'C:\\$HOME\\`x`'", '"C:\\$HOME\\`x`"'),
    "C:\\100%\\%PATH%": ("'C:\\100%\\%PATH%'", '"C:\\100%%\\%%PATH%%"'),
    "C:\\wow!\\a^b": ("'C:\\wow!\\a^b'", '"C:\\wow!\\a^b"'),
    "C:\\a&b (c)": ("'C:\\a&b (c)'", '"C:\\a&b (c)"'),
    "C:\\‘x’": ("'C:\\‘‘x’’'", '"C:\\‘x’"'),
    "mkl<2024.1": ("'mkl<2024.1'", '"mkl<2024.1"'),
}


@pytest.mark.parametrize("path", PATHS)
def test_places_on_windows_are_quoted_by_the_rules_of_each_shell(path: str) -> None:
    """PowerShell: a single-quoted string is verbatim, its quotes doubled. cmd: in a batch file a
    double-quoted word is verbatim but for `%`, which is doubled."""
    powershell, cmd = PATHS[path]
    assert quote(path, Shell.POWERSHELL) == powershell
    assert quote(path, Shell.CMD) == cmd


def test_a_last_backslash_does_not_escape_the_quote_behind_it() -> None:
    assert quote("C:\\my envs\\", Shell.CMD) == '"C:\\my envs\\\\"'
    step = Command("create-env", ("uv", "venv", "C:\\my envs\\"), "x")
    with pytest.raises(ValueError, match="PowerShell cannot carry"):
        script([step], Shell.POWERSHELL)


@pytest.mark.parametrize("word", ['say "hi"', ""])
def test_what_powershells_releases_read_differently_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="PowerShell cannot carry"):
        script([Command("x", ("uv", word), "x")], Shell.POWERSHELL)


def test_cmd_writes_quoted_text_with_its_signs() -> None:
    """Behind an open quote cmd takes `^` for text: so the quotes are escaped as well."""
    content = 'dependencies = ["numpy<2", "a & b"]\nurl = "https://x/y%20z"\n'
    batch = script([WriteFile("write-config", "C:\\e\\p.toml", content, "x")], Shell.CMD)
    assert '>>C:\\e\\p.toml echo(dependencies = [^"numpy^<2^", ^"a ^& b^"]' in batch
    assert 'echo(url = ^"https://x/y%%20z^"' in batch


def test_a_value_that_cmd_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="cmd cannot carry"):
        script([Command("x", ("uv",), "x", {"A": 'b"c'})], Shell.CMD)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (
            "lab-535-four-cards",
            ("--engine", "conda", "--origin", "pytorch", "--with", "torchvision,jupyter"),
        ),
        ("slurm-login", ("--engine", "rattler", "--origin", "conda-forge", "--with", "nvcc")),
        ("lab-535-four-cards", ("--engine", "uv")),
    ],
    ids=["conda", "rattler", "uv"],
)
def test_a_script_for_bash_passes_shellcheck(
    tmp_path: Path, words: tuple[str, ...], machine: str
) -> None:
    profile = Path(__file__).parent.parent / "machines" / f"{machine}.yaml"
    prefix = '/data/my envs/it\'s $HOME `id` 100% wow! "q"'
    made = subprocess.run(
        [
            sys.executable, "-m", "gpusetup", "plan", "--machine", str(profile), *words,
            "--prefix", prefix, "--script", "bash",
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    file = tmp_path / "set-up.sh"
    file.write_text(made.stdout)
    checked = subprocess.run(["shellcheck", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


CHANGING = (
    Command("keep-old", ("gpusetup", "engine", "keep", "--prefix", "my env"), "step.keep-old",
            undo=Undo(UndoKind.COMMAND, argv=(*PUT_BACK, "--prefix", "my env"))),
    Command("install-torch", ("false",), "step.install-torch"),
    Command("never", ("touch", "never"), "step.verify"),
)  # fmt: skip


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize("fails", [True, False])
def test_a_bash_script_that_changes_an_environment_gives_it_back(
    tmp_path: Path, fails: bool
) -> None:
    own = tmp_path / "gpusetup"
    own.write_text('#!/bin/sh\necho "$@" >> called\n')
    own.chmod(0o755)
    steps = CHANGING if fails else (CHANGING[0], CHANGING[2])
    text = script(steps, Shell.BASH)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    ended = subprocess.run(["bash", "-c", text], cwd=tmp_path, env=environ, check=False)
    called = (tmp_path / "called").read_text().splitlines()
    assert called == ["engine keep --prefix my env", "engine put-back --prefix my env"][: 1 + fails]
    assert ended.returncode == fails
    assert (tmp_path / "never").exists() != fails


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck")
def test_a_bash_script_that_changes_an_environment_passes_shellcheck(tmp_path: Path) -> None:
    path = tmp_path / "plan.sh"
    path.write_text(script(CHANGING, Shell.BASH))
    checked = subprocess.run(["shellcheck", str(path)], capture_output=True, text=True, check=False)
    assert checked.stdout == ""


def test_scripts_for_windows_give_an_environment_back() -> None:
    power = script(CHANGING, Shell.POWERSHELL)
    assert "trap { gpusetup engine put-back --prefix 'my env'; break }" in power
    batch = script(CHANGING, Shell.CMD).splitlines()
    assert batch.index("if errorlevel 1 exit /b 1") < batch.index("if errorlevel 1 goto give_back")
    assert batch[-4:] == [
        "",
        ":give_back",
        'gpusetup engine put-back --prefix "my env"',
        "exit /b 1",
    ]
