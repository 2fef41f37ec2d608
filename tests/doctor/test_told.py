"""Pasted texts: the cause comes first, what follows from it is linked, and peace stays silent.

The texts are in told/, what must come out and why in told.yaml.
"""

from __future__ import annotations

import os
import random
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from gpusetup.compat_files import load_packaged
from gpusetup.compat_files.symptoms import load_symptoms
from gpusetup.doctor.check import Diagnosis, Finding, Severity, Verdict
from gpusetup.doctor.checks import ALL_CHECKS
from gpusetup.doctor.diagnose import diagnose
from gpusetup.doctor.report import case_of_text
from gpusetup.doctor.symptoms import Symptom
from gpusetup.matrix.rows import Matrix

HERE = Path(__file__).parent
EXPECTED = yaml.safe_load((HERE / "told.yaml").read_text("utf-8"))["reports"]


@cache
def knowledge() -> tuple[Matrix, tuple[Symptom, ...]]:
    return load_packaged(), load_symptoms()


def text_of(name: str) -> str:
    return (HERE / "told" / f"{name}.txt").read_text("utf-8")


def judged(text: str) -> Diagnosis:
    matrix, symptoms = knowledge()
    return diagnose(case_of_text(text, matrix, symptoms), ALL_CHECKS)


def troubles(diagnosis: Diagnosis) -> list[Finding]:
    return [each for each in diagnosis.findings if each.severity is not Severity.INFO]


def test_every_text_has_its_expectation_and_reasoning() -> None:
    assert {path.stem for path in (HERE / "told").glob("*.txt")} == set(EXPECTED)
    assert len(EXPECTED) >= 30
    assert all(len(row["why"]) > 20 for row in EXPECTED.values())


@pytest.mark.parametrize("name", EXPECTED)
def test_the_main_cause_comes_first(name: str) -> None:
    diagnosis = judged(text_of(name))
    found = [each.id for each in troubles(diagnosis)]
    assert found[:1] == ([EXPECTED[name]["main"]] if EXPECTED[name]["main"] else [])
    assert [each for each in diagnosis.skipped if each.reason == "crashed"] == []


@pytest.mark.parametrize("name", [name for name, row in EXPECTED.items() if row.get("symptom")])
def test_a_symptom_names_its_cause(name: str) -> None:
    row = EXPECTED[name]
    links = {each.id: each.because_of for each in judged(text_of(name)).findings}
    assert links.get(row["symptom"]) == row["main"]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_evidence_stands_in_the_text_or_names_a_fact(name: str) -> None:
    for finding in troubles(judged(text_of(name))):
        assert finding.evidence, finding.id


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("extension_imported_before_torch", "MultiScaleDeformableAttention"),
        ("extension_for_the_libraries_of_an_older_torch", "torch-scatter"),
    ],
)
def test_an_extension_has_the_name_that_stands_in_the_text(name: str, package: str) -> None:
    assert troubles(judged(text_of(name)))[0].facts["package"] == package


def test_no_extension_is_blamed_that_the_text_does_not_name() -> None:
    [found] = troubles(judged("ImportError: libc10.so: cannot open shared object file: No such"))
    assert (found.id, found.variant) == ("packages.extension-abi", "unnamed")


def wrapped(text: str) -> str:
    import textwrap

    lines = (
        textwrap.wrap(line, 72, break_long_words=False, break_on_hyphens=False) or [""]
        for line in text.split("\n")
    )
    return "\n".join(part for line in lines for part in line)


def each_line(prefix: str, text: str) -> str:
    return "\n".join(prefix + line for line in text.split("\n"))


DISGUISES = {
    "quoted": lambda text: each_line("> ", text),
    "quoted twice": lambda text: each_line("> > ", text),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "colours": lambda text: "\n".join(f"\x1b[1;31m{line}\x1b[0m" for line in text.split("\n")),
    "log lines": lambda text: each_line("2025-05-02 10:11:12,345 [ERROR] ", text),
    "rank": lambda text: each_line("[rank0]: ", text),
    "worker": lambda text: each_line("(Worker pid=71) ERROR 07-01 10:00:00 engine.py:12] ", text),
    "indented": lambda text: each_line("        ", text),
    "HTML": lambda text: f"<pre>\n{text.replace('<', '&lt;').replace('>', '&gt;')}\n</pre>",
    "Chinese around it": lambda text: f"各位好，下面的报错怎么解决？\n{text}\n谢谢！",
    "a long log around it": lambda text: "step 1 loss 0.5\n" * 300 + text + "done\n" * 300,
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_how_it_was_pasted_changes_nothing(disguise: str) -> None:
    wrong = {}
    for name, row in EXPECTED.items():
        found = [each.id for each in troubles(judged(DISGUISES[disguise](text_of(name))))]
        if found[:1] != ([row["main"]] if row["main"] else []):
            wrong[name] = found
    assert wrong == {}


TABLES = ("old_driver_that_works_is_no_error", "pascal_on_cuda_13")  # a narrow window ruins them


def test_lines_that_a_narrow_window_has_broken_are_still_read() -> None:
    lost = {}
    for name, row in EXPECTED.items():
        found = [each.id for each in troubles(judged(wrapped(text_of(name))))]
        if row["main"] and row["main"] not in found and name not in TABLES:
            lost[name] = found
    assert lost == {}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_text_cut_off_anywhere_is_no_crash_and_no_other_error_than_of_the_whole(
    name: str,
) -> None:
    """What is cut may hide a cause; it must not invent one that the whole text does not have."""
    text = text_of(name)
    possible = {each.id for each in judged(text).findings} | UNSURE
    for part in (2, 3):
        diagnosis = judged(text[: len(text) * part // 4] or "x")
        assert not [each for each in diagnosis.skipped if each.reason == "crashed"]
        errors = {each.id for each in diagnosis.findings if each.severity is Severity.ERROR}
        assert errors <= possible


UNSURE = {
    "torch.no-kernel-image",
    "torch.cuda-unavailable",
    "torch.no-gpu-visible",
    "driver.not-installed",
    "driver.not-loaded",
    "torch.not-installed",
    "packages.torchvision-mismatch",
}


def test_what_docker_compose_puts_before_lines_tells_where_they_come_from() -> None:
    """A missing driver is the container's; all else stays as it is."""
    elsewhere = ("wsl.", "cloud.", "scheduler.")
    for name, row in EXPECTED.items():
        main = row["main"]
        if main is None or main.startswith(elsewhere):
            continue
        found = [each.id for each in troubles(judged(each_line("app-1  | ", text_of(name))))]
        assert found[:1] in ([main], ["container.no-gpu"]), name


NOISE = "torch CUDA driver error not GPU 0 is available pip libcuda.so.1 False 3090 docker 显卡 \t | > $ ["


def test_random_text_gives_no_error() -> None:
    chance = random.Random(20261127)  # noqa: S311 - the same texts each time
    for _round in range(120):
        size = chance.randint(1, 400)
        text = "".join(
            chr(chance.choice((chance.randint(32, 126), 10, chance.randint(0x4E00, 0x9FFF))))
            for _ in range(size)
        )
        diagnosis = judged(f"x{text}")
        assert diagnosis.verdict in (Verdict.UNKNOWN, Verdict.HEALTHY)


def test_mutated_reports_never_crash() -> None:
    chance = random.Random(7)  # noqa: S311
    texts = [text_of(name) for name in EXPECTED]
    for _round in range(int(os.environ.get("FUZZ_ROUNDS", "150"))):
        pieces = [chance.choice(texts) for _ in range(2)]
        cuts = [piece[chance.randint(0, len(piece)) :] for piece in pieces]
        noise = " ".join(chance.choices(NOISE.split(" "), k=20))
        text = f"{cuts[0]}{noise}\n{cuts[1]}"
        for _change in range(10):
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice("|:>\x00\x1b%{}é\n0") + text[place + 1 :]
        if text.strip():
            diagnosis = judged(text)
            assert not [each for each in diagnosis.skipped if each.reason == "crashed"]


def test_nothing_known_is_called_unknown() -> None:
    assert judged("hello, my program is slow").verdict is Verdict.UNKNOWN


def test_a_healthy_report_is_called_healthy() -> None:
    assert judged(text_of("stray_toolkit_does_no_harm")).verdict is Verdict.HEALTHY


def test_patterns_cannot_run_away() -> None:
    """A long line of what patterns begin with takes no longer than its length."""
    import time

    bait = [
        "undefined symbol: _Z" + "N2at" * 9000,
        "exec: " * 6000,
        "a" + " " * 40000,
        "1." * 20000,
    ]
    for text in bait:
        before = time.perf_counter()
        judged(f"x {text}")
        assert time.perf_counter() - before < 5  # 0.1 s where nothing else runs


def test_no_pattern_of_the_symptoms_is_unbounded() -> None:
    _matrix, symptoms = knowledge()
    for row in symptoms:
        for pattern in (row.pattern, row.before or "", row.unless or ""):
            assert not re.search(r"(?<!\\)[*+]", pattern), row.id
