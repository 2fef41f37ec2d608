"""The `conda` of the tests keeps to conda's documented words and answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conda_shim import VERSION, main


@pytest.fixture(autouse=True)
def root(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "miniconda3"
    folder.mkdir()
    monkeypatch.setenv("CONDA_SHIM_ROOT", str(folder))
    for name in ("CONDARC", "CONDA_PKGS_DIRS", "CONDA_ENVS_DIRS", "CONDA_ENVS_PATH"):
        monkeypatch.delenv(name, raising=False)
    return folder


def conda(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_settings_are_written_read_and_removed(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    answer = conda(
        capsys, "config", "--prepend", "channels", "conda-forge", "--append", "channels", "nvidia"
    )
    assert answer["rc_path"] == str(home / ".condarc")
    conda(capsys, "config", "--add", "channels", "pytorch", "--set", "show_channel_urls", "true")
    shown = conda(capsys, "config", "--show", "channels")
    assert shown == {"channels": ["pytorch", "conda-forge", "nvidia"]}
    assert conda(capsys, "config", "--get")["get"]["show_channel_urls"] is True
    conda(capsys, "config", "--remove", "channels", "nvidia", "--remove-key", "show_channel_urls")
    assert conda(capsys, "config", "--show-sources") == {
        str(home / ".condarc"): {"channels": ["pytorch", "conda-forge"]}
    }
    failed = conda(capsys, "config", "--remove-key", "nothing", code=1)
    assert failed["exception_name"] == "CondaKeyError"


def test_settings_that_cannot_be_read_are_condas_own_error(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / ".condarc").write_text("channels: [\n")
    assert conda(capsys, "info", code=1)["exception_name"] == "ConfigurationLoadError"


def test_it_tells_where_everything_is(
    capsys: pytest.CaptureFixture[str], root: Path, home: Path, tmp_path: Path
) -> None:
    for prefix in (root, root / "envs" / "cola", tmp_path / "elsewhere"):
        (prefix / "conda-meta").mkdir(parents=True)
        (prefix / "conda-meta" / "history").write_text("")
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text(f"{tmp_path}/elsewhere\n{tmp_path}/gone\n")
    expected = [str(root), str(root / "envs" / "cola"), str(tmp_path / "elsewhere")]
    assert conda(capsys, "env", "list")["envs"] == expected
    info = conda(capsys, "info")
    assert (info["conda_version"], info["root_prefix"], info["envs"]) == (
        VERSION,
        str(root),
        expected,
    )
    assert info["envs_dirs"] == [str(root / "envs"), str(home / ".conda" / "envs")]


@pytest.mark.parametrize(
    "words",
    [
        ("install", "--prefix", "/x", "--reinstall", "python"),
        ("create", "--prefix", "/x", "--name", "x"),
        ("list", "--all"),
        ("config", "--add", "channels"),
        ("clean",),
    ],
)  # fmt: skip
def test_words_that_it_does_not_know_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        main(list(words))


def test_what_is_not_there_is_condas_own_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for words in (
        ("install", "-p", str(tmp_path / "no"), "-c", "x", "y"),
        ("list", "-p", str(tmp_path / "no")),
    ):
        assert conda(capsys, *words, code=1)["exception_name"] == "EnvironmentLocationNotFound"
