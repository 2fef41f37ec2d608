"""Files of the user are changed only where that is surely right, and otherwise left to them."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpusetup.doctor.looks import finding
from gpusetup.doctor.remedies import files, settings_text
from gpusetup.environments.configuration import PARSERS
from gpusetup.environments.facts import Surroundings
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.texts import format_of
from gpusetup.probe.installer_files import read_config_files
from gpusetup.probe.shell_files import read_shell_lines, read_shell_texts
from gpusetup.probe.world import World
from gpusetup.steps import WriteFile
from tests.doctor.cases import case_of

LINE = "export LD_LIBRARY_PATH=/gone/lib64"


def repaired(home: Path, content: str, id_: str = "shell.library-path-overwritten") -> str | None:
    """The start file after the doctor's plan; None: it has none."""
    (home / ".bashrc").write_bytes(content.encode())
    world = World({"HOME": str(home)})
    lines = read_shell_lines(world)
    surroundings = Surroundings(shell_lines=lines, shell_texts=read_shell_texts(world, lines))
    case = replace(case_of("workstation"), surroundings=surroundings)
    plan = files.PLANS[id_](case, finding(id_))
    if plan is None:
        return None
    [step] = plan.steps
    assert isinstance(step, WriteFile)
    return step.content


def runs(text: str) -> bool:
    """Whether bash can read it."""
    done = subprocess.run(["bash", "-n"], input=text.encode(), check=False, capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        f"if true; then\n  {LINE}\nfi\nalias a=b\n",
        f"if true; then # why\n  {LINE}\n  {LINE}\nelse\n  {LINE}\nfi\n",
        f"f() {{\n{LINE}\n}}\n",
        f"for i in 1; do\n\n# said\n{LINE}\ndone\n",
        f"case $- in\n  *i*)\n    {LINE}\n    ;;\nesac\n",
        f"cat <<END\nwords\nEND\n{LINE}\n",
        f"x='it\nis' # it's\n{LINE}\n",
        f"# >>> conda initialize >>>\n# <<< conda initialize <<<\n{LINE}\n",
        f"{LINE} # a comment\n",
        f"{LINE};\n",
    ],
)
def test_a_start_file_can_still_be_read_by_bash(tmp_path: Path, text: str) -> None:
    made = repaired(tmp_path, text)
    assert made is not None
    assert runs(made), made
    assert LINE not in [each.strip() for each in made.split("\n")]


@pytest.mark.parametrize(
    "text",
    [
        "export LD_LIBRARY_PATH=/gone/a:\\\n/gone/b\n",
        "true && \\\nexport LD_LIBRARY_PATH=/gone/a\n",
        "true &&\nexport LD_LIBRARY_PATH=/gone/a\n",
        "export LD_LIBRARY_PATH=/gone/a; export PATH=/b\n",
        "export LD_LIBRARY_PATH=/gone/a EDITOR=vim\n",
        "LD_LIBRARY_PATH=/gone/a make\n",
        "cat > x <<'END'\nexport LD_LIBRARY_PATH=/gone/a\nEND\n",
        "x='\nexport LD_LIBRARY_PATH=/gone/a\n'\n",
        "export LD_LIBRARY_PATH=/gone/$(uname\n)\n",
        "export LD_LIBRARY_PATH=/gone/a }\n",
    ],
)
def test_a_line_that_is_a_piece_of_something_is_left_to_its_owner(
    tmp_path: Path, text: str
) -> None:
    assert repaired(tmp_path, text) is None


def test_a_variable_beside_another_on_one_line_is_left_alone(tmp_path: Path) -> None:
    both = "export CUDA_VISIBLE_DEVICES=0 EDITOR=vim\n"
    assert repaired(tmp_path, both, "gpu.not-visible") is None
    assert repaired(tmp_path, "export CUDA_VISIBLE_DEVICES=-1\n", "gpu.not-visible") is not None


def test_line_ends_and_form_feeds_stay_as_they_are(tmp_path: Path) -> None:
    made = repaired(tmp_path, f"a=1\n\x0cb=2\r\n\x85c=3\n{LINE}\nd=4")
    assert made is not None
    assert made.startswith("a=1\n\x0cb=2\r\n\x85c=3\n# >>> gpusetup")
    assert made.endswith("# <<< gpusetup <<<\nd=4")
    assert made.count("\r") == 1


# conda, pip, uv

DEAD = "https://gone.example/simple"


def after(tool: str, text: str) -> Any:
    """What the file says without the dead address, as its tool reads it."""
    made = settings_text.without_values(text, {DEAD}, tool, "why")
    assert made is not None
    assert PARSERS[tool](made)[1] is None
    return format_of({"conda": Client.CONDA, "pip": Client.PIP, "uv": Client.UV}[tool]).data_of(
        made
    )


@pytest.mark.parametrize(
    ("tool", "text", "left"),
    [
        (
            "uv",
            f'offline = false\n[[index]]\nurl = "{DEAD}"\ndefault = true\n',
            {"offline": False},
        ),
        (
            "uv",
            f'[[index]]\nurl = "{DEAD}"\ndefault = true\n\n[[index]]\nurl = "{DEAD}2"\n',
            {"index": [{"url": f"{DEAD}2"}]},
        ),
        ("uv", f'[pip]\nextra-index-url = ["{DEAD}", "https://b.example"]\n',
         {"pip": {"extra-index-url": ["https://b.example"]}}),
        ("conda", f"channels: [{DEAD}, conda-forge]\n", {"channels": ["conda-forge"]}),
        (
            "conda",
            f"channels:\n  - {DEAD}2\n  - {DEAD}\n  - {DEAD}/more\n",
            {"channels": [f"{DEAD}2", f"{DEAD}/more"]},
        ),
        ("conda", f"ssl_verify: true\ncustom_channels:\n  a: {DEAD}\n  b: https://b.example\n",
         {"ssl_verify": True, "custom_channels": {"b": "https://b.example"}}),
        (
            "pip",
            f"[global]\nextra-index-url = {DEAD} https://b.example/simple\ntimeout = 6\n",
            {"global": {"extra-index-url": "https://b.example/simple", "timeout": "6"}},
        ),
    ],
)  # fmt: skip
def test_only_the_dead_address_leaves_a_configuration(tool: str, text: str, left: Any) -> None:
    assert after(tool, text) == left


def test_a_line_that_names_a_longer_address_is_not_touched() -> None:
    text = f"channels:\n  - {DEAD}2\n"
    assert settings_text.without_values(text, {DEAD}, "conda", "why") is None


@pytest.mark.parametrize(
    "text", [f"channels: [{DEAD}, b]\r\nx: 1\r\n", f"channels:\r\n  - {DEAD}\r\n  - b\r\nx: 1\r\n"]
)
def test_windows_line_ends_of_a_configuration_stay(text: str) -> None:
    made = settings_text.without_values(text, {DEAD}, "conda", "why")
    assert made is not None
    assert made.count("\n") == made.count("\r\n")


def test_a_file_that_is_not_utf_8_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / ".condarc"
    world = World({"HOME": str(tmp_path)})
    machine = case_of("workstation").machine
    for content, text in ((b"channels: [a]\r\n", "channels: [a]\r\n"), (b"# caf\xe9\n", None)):
        path.write_bytes(content)
        found = [e for e in read_config_files(world, machine, None) if e.path == str(path)]
        assert [each.text for each in found] == [text]
