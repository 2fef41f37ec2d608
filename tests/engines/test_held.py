"""What an environment holds, what of it must stay, and what a solver would do to it."""

from __future__ import annotations

import json

import pytest

from gpusetup.engines.held import (
    Held,
    changes,
    history_entry,
    kept_names,
    pinned_specs,
    pins_of_others,
    read_held,
    torch_packages,
    wished_in,
)
from gpusetup.engines.solved import Solved, read_conda_changes


def record(name: str, version: str = "1.0", build: str = "0", *needs: str, wish: str = "") -> str:
    raw = {"name": name, "version": version, "build": build, "depends": needs}
    return json.dumps({**raw, **({"requested_spec": wish} if wish else {})})


RECORDS = [
    record("python", "3.11.9", "h0", wish="None"),
    record("pytorch", "2.5.1", "py3.11_cpu_0", "python", "libtorch", wish="pytorch"),
    record("libtorch", "2.5.1", "cpu_0"),
    record("torchvision", "0.20.1", "cpu", "pytorch 2.5.1"),
    record("cpuonly", "2.0"),
    record("numpy", "1.26.4", "h1", "python"),
    record("pandas", "2.2.0", "h1", "numpy >=1.22"),
    record("rich", "14.0", "0", "python", wish="rich"),
]
HISTORY = "==> 2026-01-01 00:00:00 <==\n# update specs: ['python=3.11', 'numpy']\n"
PINNED = "# mine\nnumpy 1.26.*\n\npytorch 2.5.1 cpu*\nconda-forge::scipy >=1.10\n"


@pytest.fixture
def held() -> Held:
    return read_held(RECORDS, PINNED, HISTORY)


def test_what_was_wished_for_or_is_needed_by_nothing_must_stay(held: Held) -> None:
    assert kept_names(held) == ("numpy", "pandas", "python", "rich")


def test_torch_and_what_comes_with_it_may_go(held: Held) -> None:
    assert torch_packages(held) == ("cpuonly", "libtorch", "pytorch", "torchvision")


def test_pins_are_kept_but_for_those_of_torch(held: Held) -> None:
    assert pins_of_others(held) == ("numpy 1.26.*", "conda-forge::scipy >=1.10")
    assert pinned_specs(held) == ("numpy=1.26.4",)


def test_a_change_is_told_and_a_loss_too(held: Held) -> None:
    after = [
        Solved("python", "3.11.9", "h0"),
        Solved("pytorch", "2.8.0", "cuda129"),
        Solved("numpy", "2.3.1", "h2"),
    ]
    found = changes(held, after)
    assert found.updated == (("numpy", "1.26.4", "2.3.1"),)
    assert found.removed == ("pandas", "rich")
    assert found.lost == ("pandas", "rich")


def test_what_was_asked_for_and_removed_again_is_not_wished_for() -> None:
    text = (
        HISTORY + "# remove specs: ['numpy']\n# install specs: ['scipy>=1', \"conda-forge::pip\"]\n"
    )
    assert wished_in(text) == {"python", "scipy", "pip"}
    assert wished_in(history_entry("now", ["engine"], "update", ["pytorch=2.8.0=cuda*"])) == {
        "pytorch"
    }


@pytest.mark.parametrize("text", ["{}", "[]", '{"name": "x"}', "nonsense"])
def test_a_record_that_is_none_is_not_passed_over(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_held([text], "", "")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"message": "All requested packages already installed.", "success": True}, {"a": "1", "b": "1"}),
        ({"dry_run": True, "prefix": "/x", "message": "All requested packages already installed"}, {"a": "1", "b": "1"}),
        (
            {"actions": {"LINK": [{"name": "a", "version": "2", "build_string": "0"}], "UNLINK": [{"name": "a"}, {"name": "b"}]}},
            {"a": "2"},
        ),
        (
            {"actions": [{"LINK": [{"name": "c", "version": "1", "build": "0"}], "FETCH": []}]},
            {"a": "1", "b": "1", "c": "1"},
        ),
    ],
)  # fmt: skip
def test_the_answers_of_conda_and_mamba_tell_what_would_be_there(
    answer: object, expected: dict[str, str]
) -> None:
    before = (Solved("a", "1", "0"), Solved("b", "1", "0"))
    found = read_conda_changes(json.dumps(answer), before)
    assert {each.name: each.version for each in found} == expected


def test_an_answer_that_is_none_is_no_agreement() -> None:
    for text in ('{"success": true}', '{"error": "x"}', "Killed"):
        with pytest.raises(ValueError, match=r"."):
            read_conda_changes(text, ())
