"""`gpusetup matrix list` and `show`."""

from __future__ import annotations

import pytest

from gpusetup.choosing.queries import PICTURE_BRANCHES
from gpusetup.compat_files import load_packaged
from tests.matrix_command.archives import document, said

# list


def test_the_list_names_releases_with_builds_per_origin(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "list", "--platform", "linux-x86_64", "--torch", "2.7.1")
    assert code == 0
    words = " ".join(out.split())
    assert "2.7.1 2025-06-04 cu126 cpu cu118 cu126 cu128 cpu cu126 cu129 3.9-3.13" in words


def test_the_list_as_json_has_every_fact(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(
        capsys, "list", "--platform", "linux-x86_64", "--gpu", "K80", "--driver", "470"
    )
    assert found["filters"]["compute_capabilities"] == ["3.7"]
    newest = found["releases"][0]
    assert newest["torch"] == "2.3.1"
    (build,) = [each for each in newest["builds"] if each["origin"] == "wheel-index"]
    assert build["build"] == "cu118"
    assert build["minimum_driver"] == "450.80.02"
    assert "sm_37" in build["architectures"]


def test_the_list_of_windows_has_no_linux_build(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "list", "--platform", "windows-x86_64")
    platforms = {build["platform"] for each in found["releases"] for build in each["builds"]}
    assert platforms == {"windows-x86_64"}


def test_nothing_that_fits_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "list", "--torch", ">90")
    assert (code, out) == (0, "No build in the compatibility data fits.\n")


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--platform", "linux-mips"),
        ("list", "--gpu", "RTX 9999"),
        ("list", "--gpu", "NVIDIA GeForce RTX 2080 ..."),
        ("list", "--driver", "new"),
        ("list", "--driver", "12.6"),
        ("list", "--torch", "newest"),
        ("list", "--origin", "attic"),
        ("show", "no such thing"),
        ("show", "12.0"),
        ("show",),
        ("why", "latest"),
        ("why",),
        ("update",),
        ("update", "x.zip"),
        ("update", "x.zip", "--sha256", "12"),
        ("update", "x.zip", "--restore"),
    ],
)
def test_words_that_cannot_be_used_end_with_2_and_a_way_on(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert "error:" in err
    assert "hint:" in err
    found = document(capsys, *words)
    assert (found["exit"], bool(found["next"])) == (2, True)


def test_the_picture_stands_in_a_pipe_whole(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "list", "--picture", "--platform", "linux-x86_64")
    assert code == 0
    _title, head, *rows = out.strip().split("\n")
    assert head.split()[1:] == [str(branch) for branch in PICTURE_BRANCHES]
    (pascal,) = [each for each in rows if each.startswith("Pascal")]
    assert pascal.split()[3:] == ["1.8.1", "2.7.1", "2.7.1", *["2.14.1"] * 5, "-", "-"]


def test_the_picture_of_a_narrow_terminal_leaves_branches_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _code, out, err = said(capsys, "list", "--picture", "--platform", "linux-x86_64")
    assert max(len(line) for line in out.split("\n")) <= 80
    assert "535" in out.split("\n")[2]
    assert "Not shown here for want of room: 418" in err


# show


def test_a_card_is_shown_with_what_a_buyer_and_a_user_ask(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _err = said(capsys, "show", "RTX", "3060", "--platform", "linux-x86_64")
    assert code == 0
    assert "Ampere, compute capability 8.6 (sm_86)" in out
    assert "170 W. A computer with one of them wants a power supply of about 600 W." in out
    lines = [" ".join(line.split()) for line in out.split("\n")]
    assert "R525 to R575 2.14.1 cu126 Wheel index 525.60.13" in lines


def test_a_card_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    gpu = document(capsys, "show", "GTX 1080 Ti", "--platform", "linux-x86_64")["gpu"]
    (model,) = gpu["models"]
    assert (model["memory_gb"], model["architecture"]) == ([11.0], "Pascal")
    (capability,) = gpu["capabilities"]
    assert (capability["compute_capability"], capability["last_branch"]) == ("6.1", 580)
    newest = capability["by_driver"][-1]
    assert (newest["torch"], newest["build"]) == ("2.14.1", "cu126")
    assert newest["minimum_driver"] == "525.60.13"


def test_a_jetson_needs_no_driver_branch(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "show", "Orin", "--platform", "linux-x86_64")
    assert code == 0
    assert "JetPack" in out
    assert "Which PyTorch runs on it (linux-aarch64)" in out


@pytest.mark.parametrize(
    ("words", "key", "part"),
    [
        (("torch", "2.7.1"), "torch", {"releases": ["2.7.1"]}),
        (("driver", "535"), "driver", {"branch": 535, "cuda_driver_version": "12.2"}),
        (("535.183.01",), "driver", {"branch": 535, "version": "535.183.01"}),
        (
            ("cu126",),
            "cuda",
            {"minimum_driver": {"linux": "525.60.13", "windows": "528.33"}, "exact": False},
        ),
    ],
)
def test_releases_drivers_and_cuda_as_json(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], key: str, part: dict[str, object]
) -> None:
    found = document(capsys, "show", *words, "--platform", "linux-x86_64")[key]
    assert {name: found[name] for name in part} == part


@pytest.mark.parametrize("words", ["2.7.1", "driver 470", "cu118", "sm_90", "GT 730", "A100"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("platform", ["linux-x86_64", "windows-x86_64", "macos-arm64"])
def test_everything_can_be_shown_in_both_languages(
    capsys: pytest.CaptureFixture[str], words: str, language: str, platform: str
) -> None:
    code, out, _err = said(capsys, "show", words, "--lang", language, "--platform", platform)
    assert code == 0
    assert len(out.split("\n")) > 3


def test_an_earlier_minor_driver_of_a_branch_gets_less(capsys: pytest.CaptureFixture[str]) -> None:
    """525.53 is older than the driver that CUDA 12 wants, 525.60.13."""
    old = document(capsys, "show", "driver 525.53", "--platform", "linux-x86_64")["driver"]
    new = document(capsys, "show", "driver 525", "--platform", "linux-x86_64")["driver"]
    choices = [
        {each["compute_capability"]: each["choice"]["build"] for each in found["gpus"]}
        for found in (old, new)
    ]
    assert (choices[0]["8.6"], choices[1]["8.6"]) == ("cu118", "cu126")


def test_defects_are_told_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    _code, chinese, _err = said(capsys, "show", "torch", "2.7.1", "--lang", "zh")
    assert "需要一起安装：mkl<2024.1" in chinese
    assert "K80 上运行的最后一个版本是 2.3.1+cu118" in chinese
    _code, english, _err = said(capsys, "show", "torch", "2.7.1", "--lang", "en")
    assert "2.3.1+cu118 is the last that works there." in english


def test_every_defect_has_its_chinese() -> None:
    assert [
        trap.id for trap in load_packaged().traps if bool(trap.note) != bool(trap.note_zh)
    ] == []


def test_a_driver_newer_than_the_data_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    _code, shown, _err = said(capsys, "show", "driver", "999", "--lang", "en")
    newest = max(row.branch for row in load_packaged().branches)
    assert f"not in the data, whose newest branch is R{newest}" in shown
    assert "branch R" not in shown.splitlines()[1]
