"""The list of checks: one id each, links that lead somewhere, sentences and pages for all."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.compat_files import load_packaged
from gpusetup.compat_files.symptoms import load_symptoms, parse_symptoms
from gpusetup.doctor.check import Area, Case, Check, Finding, Severity, Verdict
from gpusetup.doctor.checks import ALL_CHECKS
from gpusetup.doctor.diagnose import diagnose
from gpusetup.machine import Arch, Machine, Os
from gpusetup.messages import sentences

ROOT = Path(__file__).parent.parent.parent
IDS = [check.id for check in ALL_CHECKS]


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(Machine(os=Os.LINUX, arch=Arch.X86_64), load_packaged())


def found(name: str, severity: Severity = Severity.ERROR) -> Check:
    def judge(_case: Case) -> Iterator[Finding]:
        yield Finding(name, severity, evidence=("seen",))

    return Check(name, Area.TORCH, judge)


def test_every_id_stands_once() -> None:
    assert len(IDS) == len(set(IDS))


def test_every_finding_that_explains_another_exists() -> None:
    assert {name for check in ALL_CHECKS for name in check.explained_by} <= set(IDS)


def test_no_finding_explains_itself_through_others() -> None:
    reasons = {check.id: check.explained_by for check in ALL_CHECKS}

    def reach(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " <- ".join((*path, name))
        for reason in reasons[name]:
            reach(reason, (*path, name))

    for name in IDS:
        reach(name, ())


def test_every_line_stands_for_a_finding_that_a_check_makes() -> None:
    assert {row.finding for row in load_symptoms() if not row.hint} <= set(IDS)


@pytest.mark.parametrize("name", IDS)
def test_every_finding_has_its_sentences(name: str) -> None:
    assert f"doctor.{name}" in sentences()
    assert f"doctor.{name}.text" in sentences()
    assert f"doctor.{name}.how" in sentences()
    if not name.startswith("harmless."):
        codes = (f"doctor.{name}.fix", f"doctor.remedy.{name}", f"doctor.fix.{name}")
        assert any(code in sentences() for code in codes)


@pytest.mark.parametrize("name", IDS)
def test_a_title_needs_no_facts(name: str) -> None:
    assert "{" not in sentences()[f"doctor.{name}"]


def test_every_finding_has_its_entry_in_the_docs_of_both_languages() -> None:
    for page in ("findings.md", "findings.zh-CN.md"):
        text = (ROOT / "docs" / "reference" / page).read_text("utf-8")
        assert sorted(re.findall(r"^### `(.+)`$", text, re.M)) == sorted(IDS)


def test_the_pages_say_what_the_program_says() -> None:
    """After a change of a sentence: python tools/finding_pages.py"""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from finding_pages import pages
    finally:
        sys.path.pop(0)
    for name, text in pages():
        assert (ROOT / "docs" / "reference" / name).read_text("utf-8") == text, name


def test_a_check_that_crashes_becomes_a_result_and_the_others_go_on(case: Case) -> None:
    def crash(_case: Case) -> Iterator[Finding]:
        raise ZeroDivisionError("by zero")

    broken = Check("broken", Area.GPU, crash)
    diagnosis = diagnose(case, (broken, found("driver.too-old")))
    assert [each.id for each in diagnosis.findings] == ["driver.too-old"]
    (skipped,) = diagnosis.skipped
    assert (skipped.id, skipped.reason) == ("broken", "crashed")
    assert "by zero" in str(skipped.facts["error"])


def test_a_symptom_stands_behind_its_cause_whatever_the_order(case: Case) -> None:
    symptom = replace(found("symptom"), explained_by=("cause",))
    for checks in ((symptom, found("cause")), (found("cause"), symptom)):
        findings = diagnose(case, checks).findings
        assert [(each.id, each.because_of) for each in findings] == [
            ("cause", None),
            ("symptom", "cause"),
        ]


def test_what_explains_an_error_is_an_error(case: Case) -> None:
    symptom = replace(found("symptom"), explained_by=("cause",))
    findings = diagnose(case, (found("cause", Severity.WARNING), symptom)).findings
    assert findings[0].severity is Severity.ERROR


def test_a_remark_explains_nothing(case: Case) -> None:
    symptom = replace(found("symptom"), explained_by=("cause",))
    findings = diagnose(case, (found("cause", Severity.INFO), symptom)).findings
    assert [(each.id, each.because_of) for each in findings] == [("symptom", None), ("cause", None)]


def test_a_last_resort_is_only_asked_where_nothing_else_is_wrong(case: Case) -> None:
    last = replace(found("last"), residual=True)
    assert [each.id for each in diagnose(case, (last, found("first"))).findings] == ["first"]
    assert [each.id for each in diagnose(case, (last,)).findings] == ["last"]


def test_missing_facts_make_checks_skipped_not_passed(case: Case) -> None:
    diagnosis = diagnose(case, ALL_CHECKS)
    skipped = {each.id: each.reason for each in diagnosis.skipped}
    assert skipped["driver.too-old"] == "driver"
    assert skipped["torch.cpu-build"] == "build"
    assert not {"driver.too-old", "torch.cpu-build"} & set(diagnosis.passed)
    assert diagnosis.verdict is Verdict.UNKNOWN


SYMPTOMS = """
sources: {here: "a page"}
symptoms:
  one:
    finding: driver.too-old
    words: ["too old"]
    pattern: %s
    source: [%s]
"""


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        ("'a.*b'", "here"),
        ("'a+'", "here"),
        ("'a{2,}'", "here"),
        ("'('", "here"),
        ("'a'", "nowhere"),
    ],
)
def test_a_row_that_could_run_away_or_has_no_source_is_refused(pattern: str, source: str) -> None:
    from gpusetup.basics.errors import UsageError

    with pytest.raises(UsageError):
        parse_symptoms(SYMPTOMS % (pattern, source))


def test_a_row_of_plain_words_is_taken() -> None:
    (row,) = parse_symptoms(SYMPTOMS % ("'is too old'", "here"))
    assert row.words == ("too old",)
