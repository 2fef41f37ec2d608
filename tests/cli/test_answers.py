"""Answers files: what is written is read back, mistakes are named with their lines, flags win."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusetup.basics.errors import Problem, UsageError
from gpusetup.basics.versions import Version
from gpusetup.cli.answers import text_of
from gpusetup.cli.answers_file import SCHEMA, answers_of, merged, read_answers
from gpusetup.cli.wish_values import read_wishes
from gpusetup.messages import use_language
from gpusetup.request import Engine, GpuPolicy, Origin, Request

LAPTOP = str(Path(__file__).parent.parent / "machines" / "laptop-4060-wsl2.yaml")
WHOLE = f"""\
schema: {SCHEMA}
# a note
name: course
torch: ">=2.6,<2.9"
cuda: cu126
python: "3.12"
engine: uv
origin: wheel-index
wheelhouse: /srv/wheels
prefix: /data/envs/course
replace: true
mirror: tuna
with: [torchvision, jupyter]
gpu_policy: newest
x-why: for the course
"""
WISHES = st.builds(
    Request,
    name=st.sampled_from([None, "course", "研究"]),
    torch=st.sampled_from([None, "==2.7.1", ">=2.4,<2.6", "==2.7.*", "==2.1.0+cu118"]),
    build=st.sampled_from([None, "cpu", "cu126"]),
    python=st.sampled_from([None, Version.parse("3.10"), Version.parse("3.12")]),
    engine=st.sampled_from(Engine),
    origin=st.sampled_from([None, *Origin]),
    wheelhouse=st.sampled_from([None, "/srv/wheels", "https://wheels.example/torch"]),
    prefix=st.sampled_from([None, "/data/envs/a b", "/home/me/envs/x"]),
    replace=st.booleans(),
    mirror=st.sampled_from(["auto", "none", "tuna"]),
    packages=st.sampled_from([(), ("torchvision", "jupyter")]),
    gpu_policy=st.sampled_from(GpuPolicy),
)


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def mistakes(text: str) -> list[Problem]:
    with pytest.raises(UsageError) as caught:
        read_answers(text, "a.yaml")
    assert caught.value.code == "answers.unreadable"
    return list(caught.value.facts["problems"])  # type: ignore[call-overload]


def test_every_key_becomes_its_wish() -> None:
    assert read_wishes(**merged(read_answers(WHOLE, "a.yaml"), {})) == Request(
        name="course", torch=">=2.6,<2.9", build="cu126", python=Version.parse("3.12"),
        engine=Engine.UV, origin=Origin.WHEEL_INDEX, wheelhouse="/srv/wheels",
        prefix="/data/envs/course", replace=True, mirror="tuna",
        packages=("torchvision", "jupyter"), gpu_policy=GpuPolicy.NEWEST,
    )  # fmt: skip


@given(WISHES)
def test_what_is_written_is_read_back(request_: Request) -> None:
    import yaml

    text = yaml.safe_dump(answers_of(request_), allow_unicode=True)
    assert read_wishes(**merged(read_answers(text, "a.yaml"), {})) == request_


def test_a_place_below_home_is_written_for_any_home() -> None:
    request = Request(prefix="/home/me/envs/x")
    assert answers_of(request, "/home/me")["prefix"] == "~/envs/x"
    assert answers_of(request, "/")["prefix"] == "/home/me/envs/x"


def test_a_login_is_neither_written_nor_read() -> None:
    secret = "https://me:hunter2@wheels.example/torch"
    assert "hunter2" not in str(answers_of(Request(wheelhouse=secret)))
    [found] = mistakes(f"schema: {SCHEMA}\nwheelhouse: {secret}\n")
    assert (found.code, found.line, found.path) == ("answers.secret", 2, "wheelhouse")


def test_all_mistakes_are_named_at_once_with_their_lines() -> None:
    text = (
        "schema: gpusetup.answers/9\ntorch: newest\npython: 3.12\nengine: pip\ntorhc: '2.7'\n"
        "name: my env\nwith: [a b]\ninto: old\nprefix: /x\n"
    )
    found = [(each.line, each.path, each.code) for each in mistakes(text)]
    assert found == [
        (1, "schema", "answers.other-schema"),
        (2, "torch", "wish.torch"),
        (3, "python", "profile.write-in-quotes"),
        (4, "engine", "profile.not-one-of"),
        (5, "", "profile.unknown-key-near"),
        (6, "name", "name.space"),
        (7, "with[0]", "wish.package"),
        (9, "prefix", "answers.contradiction"),
    ]


@pytest.mark.parametrize("text", ["", "- a\n", "name: x\n", "schema: [1]\n", "{"])
def test_what_is_no_answers_file_is_said(text: str) -> None:
    assert mistakes(text)


def test_flags_count_more_than_the_file() -> None:
    file = read_answers(WHOLE, "a.yaml")
    assert read_wishes(**merged(file, {"torch": "latest"})).torch is None
    assert read_wishes(**merged(file, {"cpu": True})).build == "cpu"
    assert read_wishes(**merged(file, {"engine": Engine.AUTO})).engine is Engine.AUTO
    into = read_wishes(**merged(file, {"into": "old"}))
    assert (into.into, into.prefix, into.replace) == ("old", None, False)


def gpusetup(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", *words], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_answers_of_one_machine_set_up_another(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "a.yaml"
    words = ("--machine", LAPTOP, "--torch", "2.8.0", "--with", "jupyter", "--dry-run")
    written = gpusetup("init", "course", *words, "--write-answers", str(file))
    assert "init --answers a.yaml" in written.stderr
    other = str(Path(LAPTOP).with_name("lab-535-four-cards.yaml"))
    plan = json.loads(gpusetup("plan", "--answers", str(file), "--machine", other, "--json").stdout)
    assert plan["choice"]["torch"] == "2.8.0"
    assert plan["request"]["name"] == "course"
    again = gpusetup("init", *words, "--write-answers", str(file), code=3)
    assert "there already" in again.stderr


def test_a_broken_answers_file_ends_with_2_and_one_document(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("torch: newest\nname: my env\n")
    done = gpusetup("plan", "--answers", str(file), "--json", code=2)
    assert json.loads(done.stdout)["code"] == "answers.unreadable"
    shown = gpusetup("plan", "--answers", str(file), code=2).stderr
    assert "newest" in shown
    assert "my env" in shown
    assert "a.yaml" in shown
    gpusetup("plan", "--answers", str(tmp_path / "none.yaml"), code=2)


def test_the_file_says_what_its_wishes_led_to(tmp_path: Path) -> None:
    from gpusetup.choosing.choice import Choice
    from gpusetup.choosing.choose import choose
    from gpusetup.compat_files import load_packaged
    from gpusetup.profiles.reading import machine_from_text

    machine = machine_from_text(Path(LAPTOP).read_text("utf-8"), "laptop")
    choice = choose(machine, Request(), load_packaged())
    assert isinstance(choice, Choice)
    text = text_of(Request(), choice)
    assert f"torch {choice.build.torch}" in text
    assert read_answers(text, "a.yaml") == {}
