"""Short pastes about compilers, libraries, other packages and installers: told_beside.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from gpusetup.doctor.advice import advised
from gpusetup.doctor.check import Diagnosis, Remedy, Severity
from gpusetup.doctor.checks import ALL_CHECKS
from gpusetup.doctor.diagnose import diagnose
from gpusetup.doctor.remedies import with_remedies
from gpusetup.doctor.report import case_of_text
from gpusetup.messages import english, say
from gpusetup.steps import Command
from tests.doctor.test_told import DISGUISES, knowledge, wrapped

ROWS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "told_beside.yaml").read_text("utf-8")
)["reports"]
WITH_COMMAND = [name for name, row in ROWS.items() if "command" in row]


@cache
def judged(text: str) -> Diagnosis:
    matrix, symptoms = knowledge()
    case = case_of_text(text, matrix, symptoms)
    return advised(with_remedies(diagnose(case, ALL_CHECKS), case), case)


def remedy_of(text: str) -> Remedy:
    main = judged(text).main
    assert main is not None
    assert main.remedy is not None
    return main.remedy


def commands_of(text: str) -> list[str]:
    return [" ".join(cast(Command, step).argv) for step in remedy_of(text).by_hand]


def main_of(text: str) -> str | None:
    main = judged(text).main
    return main.id if main else None


@pytest.mark.parametrize("name", ROWS)
def test_the_main_cause_comes_first(name: str) -> None:
    diagnosis = judged(ROWS[name]["text"])
    assert main_of(ROWS[name]["text"]) == ROWS[name]["main"]
    assert [each for each in diagnosis.skipped if each.reason == "crashed"] == []


@pytest.mark.parametrize("disguise", ["quoted", "Windows line ends", "log lines", "colours"])
def test_how_it_was_pasted_changes_nothing(disguise: str) -> None:
    found = {name: main_of(DISGUISES[disguise](row["text"])) for name, row in ROWS.items()}
    assert found == {name: row["main"] for name, row in ROWS.items()}


def test_lines_that_a_narrow_window_has_broken_are_still_read() -> None:
    lost = [
        name
        for name, row in ROWS.items()
        if row["main"]
        and row["main"] not in {each.id for each in judged(wrapped(row["text"])).findings}
    ]
    assert lost == []


@pytest.mark.parametrize("name", WITH_COMMAND)
def test_the_command_that_helps_is_named(name: str) -> None:
    assert ROWS[name]["command"] in commands_of(ROWS[name]["text"])


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row["main"]])
def test_every_sentence_has_its_facts(name: str) -> None:
    """Said with what the text told; a fact that is missing would be a crash on the screen."""
    for finding in judged(ROWS[name]["text"]).findings:
        code = f"doctor.{finding.id}.text"
        variant = f"{code}.{finding.variant}"
        assert say(variant if english(variant) else code, **finding.facts)
        if finding.remedy:
            assert say(finding.remedy.code, **finding.remedy.facts)


SMI = """
+-----------------------------------------------------------------------------+
| NVIDIA-SMI {driver}    Driver Version: {driver}    CUDA Version: {cuda}     |
|   0  Tesla T4            On   | 00000000:00:04.0 Off |                    0 |
| N/A   40C    P8     9W /  70W |      0MiB / 15360MiB |      0%      Default |
"""
TOO_OLD = "Disabling PyTorch because PyTorch >= 2.6 is required but found 2.2.2"


def test_the_newer_torch_is_the_one_that_runs_on_this_driver() -> None:
    text = TOO_OLD + SMI.format(driver="550.90.07", cuda="12.4")
    remedy = remedy_of(text)
    assert remedy.code.endswith(".fix.build")
    assert commands_of(text)[0].startswith(f"pip install torch=={remedy.facts['best']}")


def test_where_no_newer_torch_runs_the_other_package_gives_way() -> None:
    remedy = remedy_of(TOO_OLD + SMI.format(driver="418.67", cuda="10.1"))
    assert remedy.code.endswith(".fix.older")
    assert remedy.by_hand == ()


def test_the_last_torch_with_the_old_torchvision_comes_from_the_matrix() -> None:
    last = remedy_of(ROWS["basicsr_beside_a_new_torchvision"]["text"]).facts["last"]
    matrix, _symptoms = knowledge()
    rows = [each for each in matrix.builds_for("linux-x86_64") if str(each.torch) == last]
    assert {str(each.torchvision)[:4] for each in rows if each.torchvision} == {"0.16"}


def test_graph_extensions_come_from_the_page_of_this_torch() -> None:
    (command,) = commands_of(ROWS["scatter_built_for_processors"]["text"])
    assert command.endswith("https://data.pyg.org/whl/torch-2.3.1+cu121.html")


def test_what_follows_from_a_missing_ssl_module_is_linked_to_it() -> None:
    found = judged(ROWS["python_without_ssl"]["text"]).findings
    links = {each.id: each.because_of for each in found if each.severity is not Severity.INFO}
    assert links.get("installers.mirror-unreachable") == "environment.no-ssl"
