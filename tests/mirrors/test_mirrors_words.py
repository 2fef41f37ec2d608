"""The screens of `gpusetup mirrors` in a language that nobody speaks: nothing may be readable."""

from __future__ import annotations

import pytest

from tests.messages.test_pseudo_language import NAMES, complaints, run_pseudo, words_of_data
from tests.mirrors.configurations import PIP_OF_BLOGS, TUNA_2020
from tests.mirrors.scene import Scene

DATA = {"bioconda", "menpo", "simpleitk", "nvidia", "defaults", "pixi"}
"""Channels and clients."""


@pytest.fixture(scope="module")
def known() -> set[str]:
    return NAMES | DATA | words_of_data()


def test_screens_of_mirrors_come_from_the_catalogue(scene: Scene, known: set[str]) -> None:
    scene.put("conda", TUNA_2020)
    scene.put("pip", PIP_OF_BLOGS)
    asked = [
        ["mirrors"],
        ["mirrors", "--tuna", "--dry-run"],
        ["mirrors", "--tuna", "--yes"],
        ["mirrors", "--tuna", "--env-only"],
        ["mirrors", "--restore", "--dry-run"],
        ["mirrors", "--restore", "--yes"],
        ["mirrors", "--restore"],
    ]
    told = run_pseudo(asked, scene.environ)
    assert [each["argv"] for each in told if each["code"] not in (0, 3)] == []
    assert complaints(told, known) == []


@pytest.mark.parametrize("client", ["conda", "pip", "uv"])
def test_broken_files_are_told_from_the_catalogue(
    scene: Scene, known: set[str], client: str
) -> None:
    scene.put(client, "channels: [a\nx: {")
    told = run_pseudo([["mirrors", "--tuna", "--for", client, "--yes"], ["mirrors"]], scene.environ)
    assert complaints(told, known) == []


@pytest.mark.parametrize("text", ["channels: [a\nx: {", "channels: [a]\nchannels: [b]\n"])
def test_the_doctor_tells_of_them_from_the_catalogue(
    scene: Scene, known: set[str], text: str
) -> None:
    scene.put("conda", text)
    told = run_pseudo([["doctor", "conda.config-broken"]], scene.environ)
    assert told[0]["code"] == 1
    assert complaints(told, known) == []
