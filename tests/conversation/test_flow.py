"""The conversation without a terminal: answers in, pages and wishes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable, Union

import pytest

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Refusal
from gpusetup.choosing.choose import choose
from gpusetup.compat_files import load_packaged
from gpusetup.conversation import flow
from gpusetup.conversation.flow import End, Page, Talk
from gpusetup.conversation.subjects import (
    Around,
    Judge,
    Subject,
    offers,
    prefix_in,
    subjects_for,
    value_of,
    with_value,
)
from gpusetup.conversation.ways_out import MOST, Means, ways_out
from gpusetup.machine import Machine
from gpusetup.profiles.reading import machine_from_text
from gpusetup.request import Engine, GpuPolicy, Origin, Request

MACHINES = Path(__file__).parents[1] / "machines"
AROUND = Around("/home/me/gpu-envs", "torch", (Engine.UV, Engine.RATTLER), ("tuna",), True)


def machine(name: str) -> Machine:
    return machine_from_text((MACHINES / f"{name}.yaml").read_text("utf-8"), name)


def judge_of(name: str) -> Judge:
    here, matrix = machine(name), load_packaged()
    return lambda request: choose(here, request, matrix)


def walk(talk: Talk, judge: Judge, *words: str) -> Union[Talk, End]:
    step: Union[Talk, End] = talk
    for word in words:
        assert isinstance(step, Talk)
        step = flow.after(step, word, judge)
    return step


@pytest.fixture
def judge() -> Judge:
    return judge_of("laptop-4060-wsl2")


@pytest.fixture
def first(judge: Judge) -> Talk:
    return flow.begin(Request(), judge)


def test_the_first_page_recommends_and_enter_accepts(first: Talk, judge: Judge) -> None:
    assert first.page is Page.RECOMMENDATION
    assert walk(first, judge, flow.ACCEPT) is End.ACCEPTED


def test_quitting_is_possible_on_every_page(first: Talk, judge: Judge) -> None:
    for words in ((), (flow.CHANGE,), (flow.CHANGE, "python")):
        assert walk(first, judge, *words, flow.QUIT) is End.LEFT


def test_an_answer_leads_back_to_the_page_of_all_answers(first: Talk, judge: Judge) -> None:
    step = walk(first, judge, flow.CHANGE, "python", "3.10")
    assert isinstance(step, Talk)
    assert (step.page, step.request.python) == (Page.SUBJECTS, Version.parse("3.10"))
    assert isinstance(step.decision, Choice)
    assert str(step.decision.python) == "3.10"
    assert walk(step, judge, flow.TAKE) is End.ACCEPTED


def test_a_step_back_from_a_question_keeps_what_was_answered(first: Talk, judge: Judge) -> None:
    step = walk(first, judge, flow.CHANGE, "python", "3.10", "torch", flow.BACK)
    assert isinstance(step, Talk)
    assert (step.page, str(step.request.python)) == (Page.SUBJECTS, "3.10")


def test_a_step_back_from_all_answers_is_the_first_recommendation(
    first: Talk, judge: Judge
) -> None:
    step = walk(first, judge, flow.CHANGE, "python", "3.10", flow.BACK)
    assert isinstance(step, Talk)
    assert (step.page, step.request, step.decision) == (
        Page.RECOMMENDATION, first.request, first.decision,
    )  # fmt: skip


def test_details_are_shown_and_the_page_stays(first: Talk, judge: Judge) -> None:
    step = walk(first, judge, flow.DETAILS)
    assert isinstance(step, Talk)
    assert (step.page, step.shows) == (first.page, flow.DETAILS)
    assert walk(step, judge, flow.ACCEPT) is End.ACCEPTED


def test_what_was_wished_on_the_command_line_is_where_a_step_back_ends(judge: Judge) -> None:
    wished = Request(torch="==2.8.0")
    step = walk(flow.begin(wished, judge), judge, flow.CHANGE, "torch", "", flow.BACK)
    assert isinstance(step, Talk)
    assert step.request == wished


def test_a_wish_that_cannot_be_met_is_a_page_with_ways_out() -> None:
    judge = judge_of("v100-418")
    talk = flow.begin(Request(torch="==2.15.0"), judge)
    assert talk.page is Page.REFUSAL
    assert talk.ways
    step = walk(talk, judge, f"{flow.WAY}0")
    assert isinstance(step, Talk)
    assert (step.page, step.decision) == (Page.RECOMMENDATION, talk.ways[0].outcome)
    assert walk(talk, judge, flow.QUIT) is End.REFUSED


def test_an_answer_that_cannot_be_met_can_be_taken_back(first: Talk, judge: Judge) -> None:
    step = walk(first, judge, flow.CHANGE, "torch", "==0.1")
    assert isinstance(step, Talk)
    assert step.page is Page.REFUSAL
    back = walk(step, judge, flow.BACK)
    assert isinstance(back, Talk)
    assert (back.page, back.request) == (Page.RECOMMENDATION, first.request)


@pytest.mark.parametrize("path", sorted(MACHINES.glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "request_", [Request(torch="==2.15.0"), Request(torch="==1.4.0", python=Version.parse("3.13"))]
)
def test_every_way_out_can_be_gone_and_leads_somewhere_else(path: Path, request_: Request) -> None:
    judge = judge_of(path.stem)
    refusal = judge(request_)
    if not isinstance(refusal, Refusal):
        return
    ways = ways_out(refusal, request_, judge)
    assert len(ways) <= MOST
    assert all(judge(way.request) == way.outcome for way in ways)
    assert len({(way.outcome.build, way.outcome.python) for way in ways}) == len(ways)


def test_the_processor_is_the_last_way_out() -> None:
    judge, wish = judge_of("v100-418"), Request(torch="==2.15.0")
    refusal = judge(wish)
    assert isinstance(refusal, Refusal)
    means = [way.means for way in ways_out(refusal, wish, judge)]
    assert means[0] is Means.DROP
    assert means[-1] is Means.CPU


def test_a_cpu_wish_is_dropped_by_its_own_name() -> None:
    judge, wish = judge_of("laptop-4060-wsl2"), Request(build="cpu", torch="==0.1")
    refusal = judge(wish)
    assert isinstance(refusal, Refusal)
    assert all(way.means is not Means.CPU for way in ways_out(refusal, wish, judge))


@pytest.mark.parametrize("subject", [Subject.TORCH, Subject.PYTHON, Subject.GPUS, Subject.ORIGIN])
def test_every_offer_leads_to_what_stands_beside_it(subject: Subject) -> None:
    here, judge = machine("lab-535-four-cards"), judge_of("lab-535-four-cards")
    found = offers(subject, Request(), here, load_packaged(), AROUND, judge)
    assert len(found) > 1
    assert all(judge(with_value(Request(), subject, each.value)) == each.outcome for each in found)


def test_only_the_newest_gpus_are_offered_where_cards_differ() -> None:
    def values(name: str) -> list[str]:
        judge = judge_of(name)
        found = offers(Subject.GPUS, Request(), machine(name), load_packaged(), AROUND, judge)
        return [each.value for each in found]

    assert values("lab-535-four-cards") == ["all", "newest", "cpu"]
    assert values("laptop-4060-wsl2") == ["all", "cpu"]


def test_questions_with_one_answer_are_not_asked() -> None:
    here = machine("debian-no-gpu")
    asked = subjects_for(here, Request(), Around("/e", "torch"))
    assert set(Subject) - set(asked) == {Subject.GPUS, Subject.ENGINE, Subject.MIRROR}
    assert Subject.WHERE not in subjects_for(here, Request(into="old"), AROUND)


CHANGES: list[tuple[Subject, str, Callable[[Request], object], object]] = [
    (Subject.TORCH, "2.7.1", lambda one: one.torch, "==2.7.1"),
    (Subject.TORCH, ">=2.4,<2.6", lambda one: one.torch, ">=2.4,<2.6"),
    (Subject.TORCH, "", lambda one: one.torch, None),
    (Subject.GPUS, "newest", lambda one: one.gpu_policy, GpuPolicy.NEWEST),
    (Subject.GPUS, "cpu", lambda one: one.build, "cpu"),
    (Subject.PACKAGES, "jupyter, opencv", lambda one: one.packages, ("jupyter", "opencv")),
    (Subject.ENGINE, "rattler", lambda one: one.engine, Engine.RATTLER),
    (Subject.ORIGIN, "conda-forge", lambda one: one.origin, Origin.CONDA_FORGE),
    (Subject.MIRROR, "tuna", lambda one: one.mirror, "tuna"),
]


@pytest.mark.parametrize(("subject", "value", "read", "wanted"), CHANGES)
def test_an_answer_changes_its_wish_alone(
    subject: Subject, value: str, read: Callable[[Request], object], wanted: object
) -> None:
    before = Request(name="torch")
    after = with_value(before, subject, value)
    assert read(after) == wanted
    others = [each for each in Subject if each is not subject]
    assert [value_of(after, each, AROUND) for each in others] == [
        value_of(before, each, AROUND) for each in others
    ]


def test_the_gpu_is_used_again_after_the_processor_was_chosen() -> None:
    back = with_value(with_value(Request(), Subject.GPUS, "cpu"), Subject.GPUS, "all")
    assert back == Request()


@pytest.mark.parametrize(
    ("folder", "prefix"),
    [
        ("/home/me/gpu-envs", ""),
        ("", ""),
        ("/data", "/data/course"),
        ("D:\\envs", "D:\\envs\\course"),
    ],
)
def test_a_folder_holds_the_environment_under_its_name(folder: str, prefix: str) -> None:
    assert prefix_in(folder, Request(name="course"), AROUND) == prefix


@pytest.mark.parametrize("folder", ["/data", "D:\\envs"])
def test_a_new_name_moves_the_environment_in_its_folder(folder: str) -> None:
    wished = Request(name="course", prefix=prefix_in(folder, Request(name="course"), AROUND))
    renamed = with_value(wished, Subject.NAME, "thesis")
    assert value_of(renamed, Subject.WHERE, AROUND) == folder
    assert renamed.prefix == wished.prefix.replace("course", "thesis") if wished.prefix else False


def test_other_sources_are_judged_on_the_page_where_one_stands(first: Talk, judge: Judge) -> None:
    step = walk(first, judge, flow.CHANGE, "mirror", "tuna")
    assert isinstance(step, Talk)
    assert flow.judged_anew(step, judge).page is Page.SUBJECTS
    refused = replace(step, request=Request(torch="==0.1"))
    assert flow.judged_anew(refused, judge).page is Page.REFUSAL
