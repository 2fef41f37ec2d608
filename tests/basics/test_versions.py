"""Version numbers compare by number and print as written."""

from __future__ import annotations

import pytest

from gpusetup.basics.versions import (
    Version,
    parse_architecture,
    parse_capability,
    parse_cuda_driver_version,
    show_architecture,
    show_capability,
)


def test_versions_compare_by_number_not_by_text() -> None:
    assert Version.parse("12.10") > Version.parse("12.9")
    assert Version.parse("525.60.13") < Version.parse("525.147.05")


def test_a_version_prints_as_it_was_written() -> None:
    assert str(Version.parse("550.144.03")) == "550.144.03"


def test_a_patch_release_starts_with_its_minor() -> None:
    assert Version.parse("12.6.3").starts_with(Version.parse("12.6"))
    assert not Version.parse("12.6").starts_with(Version.parse("12.6.3"))
    assert Version.parse("3.11.7").minor() == Version.parse("3.11")


@pytest.mark.parametrize("text", ["", "1.", "1.a", "v1.2", "1.2+cpu", " 1"])
def test_what_is_not_a_dotted_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a dotted version"):
        Version.parse(text)


@pytest.mark.parametrize(
    ("text", "capability"), [("sm_86", (8, 6)), ("compute_120", (12, 0)), ("sm_90a", (9, 0))]
)
def test_architectures_are_read(text: str, capability: tuple[int, int]) -> None:
    assert parse_architecture(text) == capability


def test_capabilities_and_architectures_are_shown_as_people_write_them() -> None:
    assert show_capability(parse_capability("12.0")) == "12.0"
    assert show_architecture((12, 0)) == "sm_120"


def test_the_cuda_driver_version_of_nvml_is_read() -> None:
    assert str(parse_cuda_driver_version(12040)) == "12.4"
    assert str(parse_cuda_driver_version(13000)) == "13.0"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("550.144.03\n", "550.144.03"),
        ("N/A", None),
        ("2.13.0+cu128", None),
        ("", None),
        (None, None),
    ],
)
def test_what_a_program_told_is_a_version_or_nothing(text: str | None, version: str | None) -> None:
    assert Version.told(text) == (Version.parse(version) if version else None)
