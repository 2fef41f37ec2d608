"""Every live check: a machine that shows it, and the healthy one beside it that does not."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import yaml

from gpusetup.cli.doctor_words import commands_of, needs_of, remedy_of, text_of, title_of
from gpusetup.doctor.advice import advised
from gpusetup.doctor.check import Diagnosis, Severity, Verdict
from gpusetup.doctor.checks import (
    container,
    driver,
    gpu,
    health,
    installers,
    kinds,
    proof,
    room,
    scheduler,
    shell,
)
from gpusetup.messages import use_language
from tests.doctor.cases import BASES, FOLDER, case_of, diagnosis_of

FAULTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "faults.yaml").read_text("utf-8"))
ONLY_IN_A_TEXT = {
    "container.toolkit-missing", "container.host-driver-missing", "container.host-driver-broken",
    "container.driver-too-old", "container.image-has-driver", "driver.build-failed",
    "driver.packages-mixed", "driver.repository-key", "gpu.none", "torch.import-failed",
}  # fmt: skip


def name_of(fault: dict[str, Any]) -> str:
    return "/".join(filter(None, (fault["finding"], fault.get("variant"), fault["base"])))


def diagnosed(fault: dict[str, Any]) -> Diagnosis:
    """The diagnosis of a fault, made once for all tests."""
    return _diagnosed(FAULTS.index(fault))


@cache
def _diagnosed(number: int) -> Diagnosis:
    fault = FAULTS[number]
    return diagnosis_of(case_of(fault["base"], fault["change"]))


@pytest.mark.parametrize("base", BASES)
def test_a_healthy_machine_shows_nothing(base: str) -> None:
    diagnosis = diagnosis_of(case_of(base))
    loud = [each.id for each in diagnosis.findings if each.severity is not Severity.INFO]
    crashed = [each for each in diagnosis.skipped if each.reason == "crashed"]
    assert (diagnosis.verdict, loud, crashed) == (Verdict.HEALTHY, [], [])


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_a_fault_is_found_first(fault: dict[str, Any]) -> None:
    diagnosis = diagnosed(fault)
    assert not [each for each in diagnosis.skipped if each.reason == "crashed"]
    # a remark that there is no GPU may stand before another remark
    first = next(each for each in diagnosis.findings if each.id != "gpu.none")
    assert (first.id, first.severity.value) == (fault["finding"], fault.get("severity", "error"))
    if "variant" in fault:
        assert first.variant == fault["variant"]
    assert first.evidence or first.severity is Severity.INFO


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_a_fault_comes_with_a_remedy_for_this_machine(fault: dict[str, Any]) -> None:
    findings = advised(diagnosed(fault), case_of(fault["base"], fault["change"])).findings
    found = next(each for each in findings if each.id == fault["finding"])
    assert found.remedy is not None
    if "command" in fault:
        assert [each for each in commands_of(found) if each.startswith(fault["command"])]
    if "need" in fault:
        assert fault["need"] in [each.value for each in found.remedy.needs]
    assert bool(found.remedy.plan) is fault.get("plan", False)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_a_fault_can_be_said(fault: dict[str, Any], language: str) -> None:
    diagnosis = diagnosed(fault)
    use_language(language)
    try:
        for each in diagnosis.findings:
            words = (title_of(each), text_of(each), remedy_of(each), needs_of(each))
            assert not [word for word in words if word and ("{" in word.replace("${", ""))]
    finally:
        use_language("en")


def test_every_live_check_has_a_fault() -> None:
    rooms = (
        container.CHECKS,
        scheduler.CHECKS,
        kinds.CHECKS,
        driver.CHECKS,
        gpu.CHECKS,
        gpu.VISIBLE,
    )
    rooms += (health.CHECKS, installers.CHECKS, room.CHECKS, shell.CHECKS)
    rooms += (proof.CHECKS, proof.RESIDUAL)
    known = {check.id for each in rooms for check in each}
    assert known - {fault["finding"] for fault in FAULTS} == ONLY_IN_A_TEXT
