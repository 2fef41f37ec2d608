"""Tab in the real shells, and what stands behind it. PowerShell was never run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from gpusetup.cli.completing import scripts
from gpusetup.cli.completing.kinds import values
from gpusetup.cli.completing.making import made
from gpusetup.cli.completing.places import Place, place_of, step_for
from gpusetup.cli.completing.words import complete
from gpusetup.messages import use_language
from tests.lab.terminal import gpusetup

PROGRAM = Path(sys.executable).parent / "gpusetup"


@pytest.fixture
def words(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two environments and a run, and `gpusetup` on PATH."""
    for name in ("course", "old-paper"):
        (home / "gpu-envs" / name).mkdir(parents=True)
        (home / "gpu-envs" / name / "pyvenv.cfg").touch()
    run = home / ".local/state/gpusetup/runs/20260101-101010-course"
    run.mkdir(parents=True)
    begin = {"event": "begin", "facts": {"prefix": str(home / "gpu-envs/course")}}
    (run / "journal.jsonl").write_text(json.dumps(begin) + "\n")
    monkeypatch.setenv("PATH", f"{PROGRAM.parent}:{os.environ['PATH']}")
    monkeypatch.chdir(home)
    return home


def offered(*typed: str, language: str = "en", asker: str = "zsh") -> list[str]:
    """The candidates, as the scripts get them."""
    done = subprocess.run(
        [*gpusetup("__complete"), asker, *typed],
        capture_output=True,
        text=True,
        env={**os.environ, "GPUSETUP_LANG": language},
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def names(*typed: str, asker: str = "zsh") -> list[str]:
    return [line.split("\t")[0] for line in offered(*typed, asker=asker)[1:]]


CASES = [
    (["ma"], ["matrix"]),
    (["matrix", "sh"], ["show"]),
    (["--lang", "zh", "matrix", "sh"], ["show"]),
    (["plan", "--gpu"], ["--gpu-policy"]),
    (["plan", "--gpu-policy", ""], ["all", "newest"]),
    (["plan", "--gpu-policy=n"], ["--gpu-policy=newest"]),
    (["plan", "--engine", "micro"], ["micromamba"]),
    (["plan", "--origin", "c"], ["conda-forge"]),
    (["plan", "--mirror", "tu"], ["tuna"]),
    (["mirrors", "--use", "bf"], ["bfsu"]),
    (["mirrors", "--for", "conda,p"], ["conda,pip", "conda,pixi"]),
    (["plan", "--with", "torchvision,torcha"], ["torchvision,torchaudio"]),
    (["plan", "--cuda", "cu12"], ["cu129", "cu128", "cu126", "cu124", "cu121", "cu120"]),
    (["plan", "--python", "3.1"], ["3.15", "3.14", "3.13", "3.12", "3.11", "3.10"]),
    (["doctor", "room."], ["room.disk-full", "room.disk-low", "room.memory-small"]),
    (["doctor", "room.disk-full", "room.disk-"], ["room.disk-low"]),
    (["verify", "--env", ""], ["course", "old-paper"]),
    (["init", "--into", "o"], ["old-paper"]),
    (["envs", "remove", "course", ""], ["old-paper"]),
    (["envs", "clone", "c"], ["course"]),
    (["undo", "2026"], ["20260101-101010-course"]),
    (["bench", "h"], ["history"]),
    (["bench", "--fu"], ["--full"]),
    (["completion", ""], ["bash", "zsh", "fish", "powershell"]),
    (["plan", "--cpu", "--cp"], []),
    (["nonsense", "x"], []),
]


@pytest.mark.parametrize(("typed", "wanted"), CASES)
def test_what_can_stand_next(words: Path, typed: list[str], wanted: list[str]) -> None:
    use_language("en")
    found = [each.word for each in complete(made(), typed, values).candidates]
    assert found == wanted


def test_files_and_folders_are_left_to_the_shell(words: Path) -> None:
    assert offered("plan", "--machine", "")[0] == "files"
    assert offered("plan", "--prefix", "")[0] == "folders"
    assert offered("verify", "--env", "./")[0] == "files"
    assert offered("plan", "--engine", "")[0] == "words"


def test_meanings_come_in_the_language(words: Path) -> None:
    use_language("zh")
    from gpusetup.messages import say

    meaning = say("help.detect")
    use_language("en")
    assert f"detect\t{meaning}" in offered("det", language="zh")
    assert "tuna\t清华大学 TUNA" in "\n".join(offered("mirrors", "--use", "tu", language="zh"))
    assert offered("det", "--lang", "zh")[0] == "words"


def test_bash_gets_only_what_it_puts_behind_the_sign_where_it_breaks_words(words: Path) -> None:
    assert names("plan", "--engine", "=", "micro", asker="bash") == ["micromamba"]
    assert names("plan", "--engine", "=", asker="bash")[0] == "auto"


@pytest.mark.parametrize(
    "typed", [[], ["\udcff"], ["--lang"], ["=", "="], ["a\nb", "-"], ["--", ""]]
)
def test_whatever_was_typed_there_is_no_complaint(words: Path, typed: list[str]) -> None:
    done = subprocess.run(
        [*gpusetup("__complete"), "zsh", *typed], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_table_is_made_once(words: Path) -> None:
    offered("ma")
    kept = words / ".cache/gpusetup/completion-en.json"
    first = kept.stat().st_mtime_ns
    offered("ma")
    assert kept.stat().st_mtime_ns == first
    kept.write_text("{")  # cut in the middle
    assert names("ma") == ["matrix"]
    assert json.loads(kept.read_text())["pages"]


def test_a_home_that_cannot_be_written_only_costs_time(
    words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nothing")
    assert names("ma") == ["matrix"]


def test_an_answer_does_without_the_framework(words: Path) -> None:
    offered("ma")
    code = (
        "import sys; from gpusetup.cli.completing.answer import answer;"
        "answer(['zsh', 'verify', '--env', '']);"
        "print(sorted({'typer', 'click', 'rich', 'yaml', 'packaging'} & set(sys.modules)),"
        "file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "[]\n"
    assert "course" in done.stdout


# the real shells


def _load(shell: str, folder: Path) -> Path:
    text = subprocess.run(
        [str(PROGRAM), "completion", shell], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    place = folder / f"completion.{shell}"
    place.write_text(text)
    return place


def test_bash_completes(words: Path, tmp_path: Path) -> None:
    """The function is called as bash calls it: by `complete`, with its variables."""
    place = _load("bash", tmp_path)
    script = f"""
    source {place}
    compopt() {{ echo compopt "$1" "$2"; }}
    try() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9; COMPREPLY=(); _gpusetup;
            printf '[%s]' "${{COMPREPLY[@]}}"; echo; }}
    try gpusetup ma
    try gpusetup verify --env ''
    try gpusetup plan --engine = mi
    cd {words} && touch report.txt
    try gpusetup plan --machine re
    complete -p gpusetup
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "[matrix]",
        "[course][old-paper]",
        "[micromamba]",
        "compopt -o filenames",
        "[report.txt]",
        "complete -F _gpusetup gpusetup",
    ]


def test_tab_in_an_interactive_bash(words: Path, tmp_path: Path) -> None:
    place = _load("bash", tmp_path)
    with Interactive("bash", ["--norc", "--noprofile", "-i"]) as child:
        child.sendline(f"PS1='> '; source {place}; bind 'set enable-bracketed-paste off'")
        child.send("gpusetup verify --env co\t\n")
        child.expect("--env course")
        child.send("gpusetup mirrors --\t\t")
        child.expect(r"--fastest +\(Measure all mirrors")
        child.sendcontrol("c")


def test_tab_in_an_interactive_zsh(words: Path, tmp_path: Path) -> None:
    if not shutil.which("zsh"):
        pytest.skip("no zsh here")
    place = _load("zsh", tmp_path)
    with Interactive("zsh", ["-f", "-i"]) as child:
        child.sendline(f"PS1='> '; autoload -Uz compinit && compinit -D; source {place}")
        child.send("gpusetup verify --env co\t")
        child.expect("--env course")
        child.sendcontrol("u")
        child.send("gpusetup mirrors --fas\t --\t")
        child.expect("--fastest")
        child.expect("--restore +-- Take our changes out")


def test_fish_completes(words: Path, tmp_path: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("no fish here")
    place = _load("fish", tmp_path)

    def asked(line: str) -> list[str]:
        code = f"source {place}; complete -C '{line}'"
        done = subprocess.run(
            ["fish", "-N", "-c", code], capture_output=True, text=True, timeout=60
        )
        assert done.stderr == ""
        return done.stdout.splitlines()

    assert asked("gpusetup verify --env ") == [
        "course\t~/gpu-envs/course",
        "old-paper\t~/gpu-envs/old-paper",
    ]
    assert asked("gpusetup ma") == [
        "matrix\tRead and question the data on which PyTorch runs where."
    ]
    (words / "report.txt").touch()
    assert any(line.startswith("report.txt") for line in asked("gpusetup plan --machine rep"))


class Interactive:
    """An interactive shell on a pseudo-terminal."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self._child = pexpect.spawn(
            name, arguments, env={**os.environ, "TERM": "xterm"}, encoding="utf-8", timeout=20,
            dimensions=(50, 120),
        )  # fmt: skip

    def __enter__(self) -> pexpect.spawn:
        return self._child

    def __exit__(self, *_: object) -> None:
        self._child.close(force=True)


def test_the_script_for_powershell_asks_as_the_others_do() -> None:
    text = scripts.script("powershell", "/opt/my tools/gpusetup")
    assert "Register-ArgumentCompleter -Native -CommandName gpusetup" in text
    assert "& '/opt/my tools/gpusetup' __complete powershell @words" in text


# the installation


@pytest.mark.parametrize(
    ("shell", "end"),
    [("fish", ".config/fish/completions/gpusetup.fish"), ("zsh", ".zshrc"), ("bash", "")],
)
def test_an_installation_can_be_taken_back(words: Path, shell: str, end: str) -> None:
    place = place_of(shell, os.environ)
    assert place is not None
    path = Path(place.path)
    assert path.is_relative_to(words)
    assert str(path).endswith(end)
    old = "alias ll='ls -l'\nexport EDITOR=vi" if place.is_start_file else None
    if old is not None:
        path.write_text(old)
    done = _run("completion", shell, "--install", "--yes")
    assert done.returncode == 0, done.stderr
    assert (old or "") in path.read_text()
    assert "already" in _run("completion", shell, "--install", "--yes").stdout
    assert _run("undo", "--yes").returncode == 0
    assert (path.read_text() if path.exists() else None) == old


def test_nothing_is_written_without_a_yes(words: Path) -> None:
    for option in ("--install", "--dry-run"):
        done = _run("completion", "fish", "--install", *([option] if option != "--install" else []))
        assert done.returncode == (2 if option == "--install" else 0)
    assert not (words / ".config").exists()


def test_a_line_of_an_older_place_is_replaced(words: Path) -> None:
    place = Place(str(words / ".bashrc"), is_start_file=True)
    Path(place.path).write_text(
        'a=1\neval "$(/old/gpusetup completion bash)"  # Tab completion of gpusetup\nb=2\n'
    )
    step = step_for("bash", place)
    assert step is not None
    assert step.content.count("completion bash") == 1
    assert step.content.startswith("a=1\nb=2\neval ")


def test_a_start_file_that_is_no_text_is_left_alone(words: Path) -> None:
    (words / ".zshrc").write_bytes(b"\xff\xfe")
    done = _run("completion", "zsh", "--install", "--yes")
    assert done.returncode == 3
    assert (words / ".zshrc").read_bytes() == b"\xff\xfe"


def test_powershell_is_told_what_to_write(words: Path) -> None:
    done = _run("completion", "powershell", "--install", "--yes")
    assert done.returncode == 2
    assert "Add-Content $PROFILE" in done.stderr


def test_a_shell_that_is_not_known_has_to_be_named(words: Path) -> None:
    done = _run("completion", env={"SHELL": "/bin/dash"})
    assert done.returncode == 2
    assert "gpusetup completion bash" in done.stderr


def _run(*typed: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        gpusetup(*typed), capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})},
    )  # fmt: skip
