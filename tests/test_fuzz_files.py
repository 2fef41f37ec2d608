"""Spoiled matrix files, machine profiles and answers: mistakes are named, nothing crashes or hangs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusetup.basics.errors import UsageError
from gpusetup.cli.answers_file import merged, read_answers
from gpusetup.cli.wish_values import read_wishes
from gpusetup.compat_files import MatrixErrors, load_folder
from gpusetup.machine import Machine
from gpusetup.messages import say
from gpusetup.profiles.reading import machine_from_text
from gpusetup.request import Request
from tests.cli.test_answers import WHOLE as ANSWERS
from tests.compat_files.test_matrix_file import HEAD, RELEASE
from tests.fuzzing import FUZZED, no_hang, spoiled

MACHINES = tuple(
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "machines").glob("*.yaml"))
)
HONEST = HEAD + RELEASE


@FUZZED
@given(st.sampled_from(MACHINES), st.randoms(use_true_random=False))
def test_a_spoiled_profile_is_a_machine_or_a_list_of_mistakes(
    text: str, chance: random.Random
) -> None:
    found: Machine | str
    with no_hang():
        try:
            found = machine_from_text(spoiled(text, chance), "profile.yaml")
        except UsageError as error:
            found = say(error.code, **error.facts)
    assert isinstance(found, Machine) or "profile.yaml" in found


@FUZZED
@given(chance=st.randoms(use_true_random=False))
def test_a_spoiled_matrix_file_is_read_or_a_list_of_mistakes(
    chance: random.Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "spoiled.yaml"
    path.write_bytes(spoiled(HONEST, chance).encode("utf-8", "surrogatepass"))
    mistakes = None
    with no_hang():
        try:
            load_folder(path)
        except MatrixErrors as errors:
            mistakes = [say(each.code, **each.facts) for each in errors.errors]
    assert mistakes is None or all(mistakes)


@FUZZED
@given(chance=st.randoms(use_true_random=False))
def test_spoiled_answers_are_wishes_or_a_list_of_mistakes(chance: random.Random) -> None:
    found: object
    with no_hang():
        try:
            found = read_wishes(**merged(read_answers(spoiled(ANSWERS, chance), "a.yaml"), {}))
        except UsageError as error:
            found = say(error.code, **error.facts)
    assert isinstance(found, Request) or found
