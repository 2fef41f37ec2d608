"""Hints name us as the user can call us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.terminal.own_name import typeable


def call(monkeypatch: pytest.MonkeyPatch, argv0: str, path: str = "/nowhere") -> None:
    monkeypatch.setattr(sys, "argv", [argv0])
    monkeypatch.setenv("PATH", path)


def test_a_hint_names_the_path_that_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    call(monkeypatch, ".venv/bin/gpusetup")
    whole = typeable("gpusetup verify --quick", whole=True)
    assert whole == ".venv/bin/gpusetup verify --quick"
    assert typeable("/bin/gpusetup verify", whole=True) == "/bin/gpusetup verify"
    assert typeable("`gpusetup undo` takes it back.") == "`.venv/bin/gpusetup undo` takes it back."


def test_prose_about_gpusetup_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    call(monkeypatch, ".venv/bin/gpusetup")
    for text in ("This is a mistake in gpusetup itself", "gpusetup does not know it: `ls`"):
        assert typeable(text) == text


def test_a_path_with_spaces_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    call(monkeypatch, "my files/gpusetup")
    assert typeable("`gpusetup undo`") == '`"my files/gpusetup" undo`'


@pytest.mark.parametrize("argv0", ["/usr/lib/gpusetup/__main__.py", "-c", ""])
def test_without_a_command_of_ours_the_name_stays(
    monkeypatch: pytest.MonkeyPatch, argv0: str
) -> None:
    call(monkeypatch, argv0)
    assert typeable("`gpusetup undo`") == "`gpusetup undo`"


def test_where_the_path_leads_to_us_the_name_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = tmp_path / "gpusetup"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    call(monkeypatch, str(command), str(tmp_path))
    assert typeable("`gpusetup undo`") == "`gpusetup undo`"


def test_a_remedy_for_another_machine_names_us_plainly(tmp_path: Path) -> None:
    """Their gpusetup lies elsewhere than ours."""
    report = tmp_path / "report.txt"
    report.write_text(
        "ERROR: Could not find a version that satisfies the requirement torch (from versions: none)\n"
    )
    program = Path(sys.executable).parent / "gpusetup"
    done = subprocess.run(
        [str(program), "doctor", "--report", str(report)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PATH": "/usr/bin:/bin", "GPUSETUP_LANG": "en"},
    )  # fmt: skip
    assert "  gpusetup mirrors --show\n" in done.stdout
    assert str(program) not in done.stdout


def test_the_help_page_names_the_path_that_was_typed(tmp_path: Path) -> None:
    started = tmp_path / "gpusetup"
    started.write_text(f"#!{sys.executable}\nfrom gpusetup.__main__ import main\nmain()\n")
    started.chmod(0o755)
    done = subprocess.run(
        ["./gpusetup", "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
        env={"PATH": "/nowhere", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert "New here? Run `./gpusetup init`" in done.stdout


@pytest.mark.parametrize(
    ("language", "words"), [("en", "typed in the folder"), ("zh", "要在文件夹")]
)
def test_the_last_screen_says_where_a_name_with_a_folder_can_be_typed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    language: str,
    words: str,
) -> None:
    from gpusetup.cli.last_screen import show_end
    from gpusetup.messages import use_language

    monkeypatch.chdir(tmp_path)
    use_language(language)
    try:
        call(monkeypatch, ".venv/bin/gpusetup")
        show_end("/envs/torch", "2.13.0", "cpu")
        said = capsys.readouterr().err
        assert words in " ".join(said.split())
        assert str(tmp_path) in said.replace("\n      ", "")
        call(monkeypatch, "/opt/gpusetup/.venv/bin/gpusetup")
        show_end("/envs/torch", "2.13.0", "cpu")
        assert words not in " ".join(capsys.readouterr().err.split())
    finally:
        use_language("en")
