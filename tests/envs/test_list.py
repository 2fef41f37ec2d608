"""`gpusetup envs`: every environment of the machine is found and read, without starting it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.envs.made import CPU, MINOR, SITE, Machine, without_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="links and stub wheels of Linux")


def test_environments_of_all_kinds_are_found_and_read(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    machine.conda_environment("-p", str(machine.folder / "elsewhere" / "my env"))
    machine.venv(machine.home / "gpu-envs" / "course")
    machine.venv(machine.home / "thesis" / ".venv", CPU)
    (machine.root / "conda-meta").mkdir()
    (machine.root / "conda-meta" / "history").write_text("")
    (machine.root / "condabin").mkdir()
    found = machine.listed()
    facts = {
        path: (
            each["name"],
            each["kind"],
            each["torch"],
            each["build"],
            each["cuda_runtime"],
            each["state"],
        )
        for path, each in found.items()
    }
    assert facts == {
        str(machine.home / "gpu-envs" / "course"): ("course", "venv", "2.7.1", "cu126", "12.6", "healthy"),
        str(machine.home / "thesis" / ".venv"): ("thesis/.venv", "venv", "2.8.0", "cpu", None, "healthy"),
        str(machine.root / "envs" / "cola"): ("cola", "conda", "2.8.0", "cu129", "12.9", "healthy"),
        str(machine.folder / "elsewhere" / "my env"): ("my env", "conda", "2.8.0", "cu129", "12.9", "healthy"),
        str(machine.root): ("base", "conda", None, None, None, "broken"),
    }  # fmt: skip
    assert found[str(machine.root / "envs" / "cola")]["python"] == f"{MINOR}.9"
    assert found[str(machine.root)]["base"] is True
    assert [each["code"] for each in found[str(machine.root)]["problems"]] == ["no-python"]


def _twice(path: Path) -> None:
    shutil.copytree(
        path / SITE / "torch-2.7.1+cu126.dist-info", path / SITE / "torch-2.6.0.dist-info"
    )


@pytest.mark.parametrize(
    ("break_", "code"),
    [
        (without_python, "python-gone"),
        (_twice, "torch-twice"),
        (lambda path: shutil.rmtree(path / SITE / "torch"), "torch-incomplete"),
    ],
    ids=["python", "twice", "incomplete"],
)
def test_what_is_wrong_with_an_environment_is_told_without_starting_it(
    machine: Machine, break_: Any, code: str
) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    break_(path)
    [found] = machine.listed("--no-size").values()
    assert found["state"] == "broken"
    assert [each["code"] for each in found["problems"]] == [code]
    assert found["problems"][0]["text"]


def test_a_record_of_conda_that_was_cut_is_told(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    [record] = (machine.root / "envs" / "cola" / "conda-meta").glob("prefixed-*.json")
    record.write_bytes(record.read_bytes()[:100])
    [found] = machine.listed("--no-size").values()
    assert [each["code"] for each in found["problems"]] == ["record-cut"]


def test_sizes_tell_what_removal_gives_back(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    (path / "own.bin").write_bytes(b"x" * (3 << 20))
    (machine.home / "cached").write_bytes(b"y" * (5 << 20))
    os.link(machine.home / "cached", path / "lib" / "shared.so")
    os.link(path / "own.bin", path / "lib" / "same.bin")
    [found] = machine.listed().values()
    assert found["size_mib"] - found["own_mib"] >= 5
    assert 3 <= found["own_mib"] < 6


def test_a_list_of_many_environments_does_not_start_any(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    slow = "import time\ntime.sleep(60)\n"
    for number in range(30):
        copy = path.with_name(f"course-{number}")
        shutil.copytree(path, copy, symlinks=True)
        (copy / SITE / "torch" / "__init__.py").write_text(slow)
        (copy / SITE / "sitecustomize.py").write_text(slow)
    begun = time.monotonic()
    assert len(machine.listed()) == 31
    assert time.monotonic() - begun < 30


def test_the_screen_holds_what_matters_and_fits(machine: Machine) -> None:
    from gpusetup.terminal.cells import width

    machine.conda_environment("-n", "cola")
    without_python(machine.venv(machine.home / "gpu-envs" / "course"))
    for columns, language in ((80, "en"), (40, "zh")):
        machine.environ["COLUMNS"] = str(columns)
        text = machine.run("envs", "--lang", language, "--plain").stdout
        for word in ("cola", "2.8.0", "cu129", "course", "/gone/python3.11"):
            assert word in text
        for line in text.splitlines():
            assert width(line) <= columns or " " not in line.strip(), line
        assert ("healthy" in text) == (language == "en")
