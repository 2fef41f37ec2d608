"""What people call mirrors: other names for them, and who runs them beside each in the wizard."""

from __future__ import annotations

import os

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.cli.mirrors import _known
from gpusetup.cli.wizard_questions import _outcome
from gpusetup.compat_files.mirrors import packaged_or_configured
from gpusetup.conversation.subjects import Offer, Subject
from gpusetup.messages import use_language

MIRRORS = packaged_or_configured(os.environ)


@pytest.mark.parametrize(
    ("typed", "mirror"),
    [
        ("tuna", "tuna"),
        ("Tsinghua", "tuna"),
        ("清华", "tuna"),
        ("中科大", "ustc"),
        ("阿里云", "aliyun"),
    ],
)
def test_a_mirror_is_known_by_what_people_call_it(typed: str, mirror: str) -> None:
    assert _known(typed, MIRRORS) == mirror


def test_a_name_that_nobody_has_is_none() -> None:
    with pytest.raises(UsageError):
        _known("清", MIRRORS)


def test_no_two_mirrors_share_a_name() -> None:
    names = [name for each in MIRRORS.mirrors for name in (each.id, *each.also)]
    assert len(names) == len(set(names))
    assert [name.lower() for name in names] == names


@pytest.mark.parametrize(("language", "operator"), [("en", "Tsinghua"), ("zh", "清华大学")])
def test_the_wizard_says_who_runs_a_mirror(language: str, operator: str) -> None:
    use_language(language)
    try:
        assert operator in _outcome(Subject.MIRROR, Offer("tuna"))
        assert _outcome(Subject.MIRROR, Offer("auto")) == ""
    finally:
        use_language("en")
