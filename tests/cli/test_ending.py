"""What is said at a bad end holds no password, on the screen and in the document."""

from __future__ import annotations

import json

import pytest

from gpusetup.basics.errors import StepFailed
from gpusetup.cli import ending


@pytest.mark.parametrize("wants_json", [True, False])
def test_an_installers_last_lines_lose_their_passwords(
    wants_json: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "hunter2hunter2")
    output = "error: https://me:planted@mirror/simple said hunter2hunter2"
    error = StepFailed(
        "run.step-failed", step="install-torch", command="uv pip install", output=output,
        log="/log.md", run="1", ended="2", lines=(output,),
    )  # fmt: skip
    assert ending.expected(error, wants_json) == 4
    shown = capsys.readouterr()
    assert "https://mirror/simple" in shown.out + shown.err
    for secret in ("planted", "hunter2"):
        assert secret not in shown.out + shown.err
    if wants_json:
        assert json.loads(shown.out)["exit"] == 4
