"""Releases and specifiers: ours say what `packaging` says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from gpusetup.basics.versions import Version
from gpusetup.choosing.pins import is_within

numbers = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(
    lambda each: ".".join(map(str, each))
)
limits = st.tuples(st.sampled_from(["==", "!=", "<=", ">=", "<", ">"]), numbers).map("".join)


@given(st.lists(limits, min_size=1, max_size=3), numbers)
def test_plain_limits_mean_what_packaging_says(parts: list[str], version: str) -> None:
    text = ", ".join(parts)
    assert is_within(text, Version.parse(version)) is SpecifierSet(text).contains(version)


@pytest.mark.parametrize(("version", "within"), [("2.3.1", True), ("2.4", False)])
def test_other_specifiers_are_read_too(version: str, within: bool) -> None:
    assert is_within("==2.3.*", Version.parse(version)) is within
