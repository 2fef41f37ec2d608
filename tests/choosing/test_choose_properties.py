"""Laws of the choice over random machines.

GPUSETUP_EXAMPLES sets the number of examples per law (a nox session takes thousands).
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Decision, Refusal
from gpusetup.choosing.choose import choose
from gpusetup.choosing.sources import Sources
from gpusetup.machine import Absence, Driver, Gpu, Libc, Machine, Python
from gpusetup.matrix.rows import Confidence, Matrix
from gpusetup.messages import say
from gpusetup.request import Origin, Request
from tests.choosing.worlds import machine, real_matrix, version
from tests.naive_judge import objections

EXAMPLES = int(os.environ.get("GPUSETUP_EXAMPLES", "30"))
law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="GPUSETUP_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.filter_too_much],
)

DRIVERS = (
    *("384.81", "390.157", "396.37", "410.48", "418.67", "440.33.01", "450.36.06", "450.80.02"),
    *("455.32", "460.32.03", "470.256.02", "495.46", "510.47.03", "520.61.05", "525.60.13"),
    *("535.183.01", "550.90.07", "560.35.03", "570.124.06", "575.57.08", "580.95.05", "590.48.01"),
    *("595.71.05", "610.43.02", "615.71.09"),
)
WINDOWS_DRIVERS = (
    *("385.54", "411.31", "426.00", "441.22", "452.39", "472.50", "497.29", "512.95", "528.33"),
    *("537.58", "552.22", "561.17", "572.61", "576.57", "581.29", "591.86", "617.14"),
)
CAPABILITIES = (
    *((3, 5), (3, 7), (5, 0), (5, 2), (6, 0), (6, 1), (7, 0), (7, 5), (8, 0), (8, 6), (8, 9)),
    *((9, 0), (10, 0), (10, 3), (12, 0), (12, 1), (8, 7), (11, 0), (7, 2)),
)
PYTHONS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
PLACES = ("linux", "linux", "linux", "wsl", "windows", "arm")


@st.composite
def machines(draw: st.DrawFn, at_least: int = 0) -> Machine:
    place = draw(st.sampled_from(PLACES))
    on_windows = place in ("windows", "wsl")
    drivers = WINDOWS_DRIVERS if on_windows else DRIVERS
    found = draw(st.lists(st.sampled_from(CAPABILITIES), min_size=at_least, max_size=3))
    where = machine(
        draw(st.sampled_from(drivers)) if found else None,
        " ".join(f"{major}.{minor}" for major, minor in found),
        os="windows" if place == "windows" else "linux",
        arch="aarch64" if place == "arm" else "x86_64",
        glibc=draw(st.sampled_from(("2.12", "2.17", "2.27", "2.28", "2.31", "2.39"))),
        wsl=2 if place == "wsl" else None,
    )
    own = draw(st.sampled_from((None, *PYTHONS)))
    return replace(where, python=Python(version(own), "/usr/bin/python3") if own else None)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Mostly no wish; otherwise one or two."""
    plain: dict[str, Any] = {}
    for name, values in (
        ("torch", ("2.15.0", "2.7.1", "2.3.1", "1.12.1", "1.4.0", ">=2.4,<2.6", "<2")),
        ("cuda", tuple(map(version, ("11.8", "12.6", "12.8", "13.0", "12")))),
        ("origin", tuple(Origin)),
        ("python", tuple(map(version, PYTHONS))),
        ("packages", (("torchvision",), ("torchaudio",), ("torchvision", "torchaudio"))),
    ):
        if draw(st.integers(0, 3)) == 0:
            plain[name] = draw(st.sampled_from(values))
    return Request(**plain)


def decide(
    where: Machine, request: Request | None = None, matrix: Matrix | None = None
) -> Decision:
    return choose(where, request or Request(), matrix or real_matrix())


def torch_of(decision: Decision) -> Version:
    """The chosen torch; a refusal is older than all."""
    return decision.build.torch if isinstance(decision, Choice) else version("0")


def first_reason(decision: Decision) -> str:
    return decision.code if isinstance(decision, Refusal) else decision.why[0].code


@law
@given(machines(), requests())
def test_the_naive_judge_has_no_objection_to_any_choice(where: Machine, request: Request) -> None:
    decision = decide(where, request)
    assume(isinstance(decision, Choice))
    assert isinstance(decision, Choice)
    found = objections(where, decision.build, decision.python.numbers[:2])  # type: ignore[arg-type]
    if "choose.code-is-translated" in {each.code for each in decision.warnings}:
        assert decision.confidence is Confidence.LOW  # PTX: on explicit wish, and said so
        found = [each for each in found if not each.startswith("no code")]
    assert found == []


@law
@given(machines(), requests())
def test_a_choice_is_what_was_wished(where: Machine, request: Request) -> None:
    decision = decide(where, request)
    assume(isinstance(decision, Choice))
    assert isinstance(decision, Choice)
    build = decision.build
    if request.cuda is not None:
        assert build.cuda_runtime is not None
        assert build.cuda_runtime.starts_with(request.cuda)
    assert request.origin in (None, build.origin)
    assert request.python in (None, decision.python)
    if request.torch and request.torch[0].isdigit():
        assert str(build.torch) == request.torch


@law
@given(machines(at_least=1), st.sampled_from(DRIVERS))
def test_a_newer_driver_that_drives_all_gpus_never_gives_an_older_torch(
    where: Machine, newer: str
) -> None:
    assume(where.os.value == "linux" and where.wsl is None)
    assert isinstance(where.driver, Driver)
    assert where.driver.version is not None
    assume(version(newer) > where.driver.version)
    branch = version(newer).major
    drives = [
        real_matrix().branch_drives(branch, g.compute_capability)
        for g in where.gpus or ()
        if g.compute_capability
    ]
    assume(False not in drives)
    upgraded = replace(where, driver=Driver(version(newer)))
    assert torch_of(decide(upgraded)) >= torch_of(decide(where))


@law
@given(machines(), st.sampled_from(("2.17", "2.28", "2.31", "2.39")))
def test_a_newer_glibc_never_gives_an_older_torch(where: Machine, newer: str) -> None:
    assume(where.libc is not None and where.libc.version is not None)
    assert where.libc is not None
    assert where.libc.version is not None
    assume(version(newer) > where.libc.version)
    upgraded = replace(where, libc=Libc("glibc", version(newer)))
    assert torch_of(decide(upgraded)) >= torch_of(decide(where))


@law
@given(machines(), requests(), st.sampled_from(("torch", "cuda", "packages", "python")))
def test_dropping_a_wish_never_gives_an_older_torch(
    where: Machine, request: Request, name: str
) -> None:
    """Within one group of origins: a wish may bring in a channel, or a build that is unsure.

    A torch wished without its torchaudio may give way to an older one that has it.
    """
    assume(getattr(request, name))
    narrow = decide(where, request)
    wide = decide(where, replace(request, **{name: () if name == "packages" else None}))
    if not isinstance(narrow, Choice):
        return
    if narrow.confidence is Confidence.LOW or narrow.build.only_on_wish:
        return
    assert isinstance(wide, Choice)
    same_group = narrow.build.origin.is_conda == wide.build.origin.is_conda
    gained = name != "packages" and len(wide.companions) > len(narrow.companions)
    if same_group and not gained:
        assert torch_of(wide) >= torch_of(narrow)


@law
@given(machines(at_least=1), requests(), st.integers(0, 2))
def test_a_removed_gpu_never_turns_a_choice_into_a_refusal(
    where: Machine, request: Request, index: int
) -> None:
    assume(request.cuda is None)
    assume(isinstance(decide(where, request), Choice))
    gpus = list(where.gpus or ())
    del gpus[index % len(gpus)]
    fewer = replace(where, gpus=tuple(gpus))
    if not gpus:
        fewer = replace(fewer, driver=Absence.NOT_THERE)
    decision = decide(fewer, request)
    assert isinstance(decision, Choice), decision.code


@law
@given(machines(), requests(), st.integers(0, 1000))
def test_the_order_of_rows_is_irrelevant(where: Machine, request: Request, seed: int) -> None:
    matrix = real_matrix()
    builds = list(matrix.builds_for(where.platform))
    random.Random(seed).shuffle(builds)  # noqa: S311
    shuffled = Matrix(
        builds=tuple(builds),
        cuda=matrix.cuda[::-1],
        branches=matrix.branches[::-1],
        generations=matrix.generations[::-1],
        gpus=matrix.gpus,
        traps=matrix.traps,
        companions=matrix.companions[::-1],
    )
    same = replace(shuffled, builds=matrix.builds_for(where.platform))
    first, second = decide(where, request, same), decide(where, request, shuffled)
    assert first == second


@law
@given(machines(), requests())
def test_a_refusal_names_a_way_out_or_says_that_there_is_none(
    where: Machine, request: Request
) -> None:
    decision = decide(where, request)
    assume(isinstance(decision, Refusal))
    assert isinstance(decision, Refusal)
    if decision.would_change or decision.nearest:
        return
    if decision.code != "choose.wishes-contradict":
        # such GPUs are served together by no driver, not even on the newest system
        newest = replace(where, libc=Libc("glibc", version("2.39")), driver=Absence.NOT_THERE)
        assert isinstance(decide(newest), Refusal)


@law
@given(machines(), requests())
def test_every_reason_has_its_sentence_and_its_facts(where: Machine, request: Request) -> None:
    decision = decide(where, request)
    reasons = [each.reason for each in decision.rejected]
    reasons += [each.condition for each in decision.would_change]
    if isinstance(decision, Choice):
        reasons += [*decision.why, *decision.warnings]
    else:
        assert say(decision.code, **decision.facts)
    for reason in reasons:
        assert say(reason.code, **reason.facts)


@law
@given(machines(at_least=1))
def test_nothing_is_chosen_where_all_builds_are_rejected(where: Machine) -> None:
    decision = decide(where)
    taken = [decision.build] if isinstance(decision, Choice) else []
    platform = set(real_matrix().builds_for(where.platform))
    newest_rejected = {each.build for each in decision.rejected}
    if platform == newest_rejected:
        assert taken == []
    assert not newest_rejected & set(taken)


@pytest.mark.parametrize("gpu", [Gpu(0, "GPU", capability) for capability in CAPABILITIES])
def test_a_gpu_without_any_driver_is_never_a_refusal_where_some_build_covers_it(gpu: Gpu) -> None:
    decision = decide(replace(machine(), gpus=(gpu,)))
    covered = isinstance(decide(replace(machine("580.95.05"), gpus=(gpu,))), Choice)
    assert isinstance(decision, Choice) or not covered
    assert choose(machine(), Request(), real_matrix(), Sources()) == decide(machine())
