"""`gpusetup matrix check`: rows against an index of stub wheels, each row falsified on purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gpusetup.basics.versions import Version
from gpusetup.cli.matrix_checking import check_package_index
from gpusetup.indexes.client import Client
from tests.lab.index import Index
from tests.matrix_check.wheel_rows import (
    COMPANIONS,
    CPU,
    FOLDER,
    LINUX,
    MAC,
    ROWS,
    TAGS,
    VISION,
    WINDOWS,
    V,
    matrix,
    of_pypi,
    of_wheel_index,
    told,
    torch_wheel,
    vision_wheel,
)


def test_true_rows_give_no_difference(index: Index) -> None:
    assert of_pypi(index) == ()
    assert of_wheel_index(index) == ()


LINUX_KEY = "linux-x86_64"
FALSE_ROWS = [
    ({"cuda_runtime": V("12.4"), "build": "cu124"}, ("cuda", LINUX_KEY, "12.4", "12.6")),
    ({"pythons": (V("3.12"),)}, ("python-extra", LINUX_KEY, "", "3.13")),
    (
        {"pythons": (V("3.12"), V("3.13"), V("3.14"))},
        ("python-missing", LINUX_KEY, "3.14", ""),
    ),
    ({"glibc": V("2.17")}, ("glibc", LINUX_KEY, "2.17", "2.28")),
    ({"glibc": V("2.31")}, ("glibc", LINUX_KEY, "2.31", "2.28")),
    ({"cudnn": "9.5.1.16"}, ("cudnn", LINUX_KEY, "9.5.1.16", "9.5.1.17")),
    ({"nccl": None}, ("nccl", LINUX_KEY, "-", "2.26.2")),
    (
        {"torchvision": None},
        ("companion", LINUX_KEY, "torchvision -", "torchvision 0.22.1"),
    ),
    (
        {"torchaudio": V("2.7.1")},
        ("companion-missing", LINUX_KEY, "torch 2.7.1", ""),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"), FALSE_ROWS, ids=[each[1][0] for each in FALSE_ROWS]
)
def test_a_row_falsified_on_purpose_is_found(
    index: Index, change: dict[str, object], expected: tuple[str, str, str, str]
) -> None:
    false = replace(LINUX, **change)  # type: ignore[arg-type]
    assert told(of_pypi(index, matrix((false, WINDOWS, MAC)))) == {expected}


def test_a_false_row_of_the_wheel_index_is_found_on_its_page(index: Index) -> None:
    (found,) = of_wheel_index(index, matrix((replace(FOLDER, cudnn="9.1"),)))
    assert (found.code, found.page, found.found) == ("cudnn", "whl/cu126", "9.5.1.17")


def test_a_cpu_row_for_a_cuda_wheel_is_found(index: Index) -> None:
    cpu = replace(CPU, cudnn="9.5.1.17", nccl="2.26.2")
    assert told(of_pypi(index, matrix((cpu, WINDOWS, MAC)))) == {("cuda", LINUX_KEY, "cpu", "12.6")}


def test_a_false_macos_is_found(index: Index) -> None:
    rows = (LINUX, WINDOWS, replace(MAC, macos=V("14.0")))
    assert told(of_pypi(index, matrix(rows))) == {("macos", "macos-arm64", "14.0", "11.0")}


def test_wheels_without_a_row_and_rows_without_wheels_are_found(index: Index) -> None:
    extra = replace(CPU, platform="linux-aarch64", torchvision=None)
    old = replace(WINDOWS, torch=V("2.6.0"), torchvision=None)
    assert told(of_pypi(index, matrix((LINUX, MAC, extra, old)))) == {
        ("wheels-missing", "linux-aarch64", "", ""),
        ("wheels-extra", "windows-x86_64", "", ""),
        ("release-missing", "", "", ""),
    }


def test_a_new_release_is_found_and_a_candidate_is_not(index: Index, root: Path) -> None:
    torch_wheel(root / "simple", "cp312-cp312-win_amd64", None, "2.8.0rc1")
    assert of_pypi(index) == ()
    torch_wheel(root / "simple", "cp312-cp312-win_amd64", None, "2.8.0")
    (found,) = of_pypi(index)
    assert (found.code, str(found.version)) == ("release-extra", "2.8.0")


def test_a_companion_that_asks_for_another_torch_is_found(index: Index, root: Path) -> None:
    for path in (root / "simple").glob("torchvision-*"):
        path.unlink()
    for tag, _cuda in TAGS:
        if "cp313" not in tag:
            vision_wheel(root / "simple", tag, torch="2.7.0")
    found = {(each.code, each.expected, each.found) for each in of_pypi(index)}
    assert found == {("companion-pin", "torch 2.7.1", "torch==2.7.0")}


def test_a_newer_companion_for_the_same_torch_is_found(index: Index, root: Path) -> None:
    vision_wheel(root / "simple", "cp312-cp312-win_amd64", "0.22.2")
    found = told(of_pypi(index))
    assert ("companion", "windows-x86_64", "torchvision 0.22.1", "torchvision 0.22.2") in found
    assert ("release-extra", "", "", "") in found


@pytest.mark.parametrize(
    ("pythons", "expected"),
    [((V("3.12"), V("3.13")), ("3.13", "-")), ((), ("-", "3.12"))],
)
def test_false_pythons_of_a_companion_are_found(
    index: Index, pythons: tuple[Version, ...], expected: tuple[str, str]
) -> None:
    false = (replace(VISION, pythons=pythons), *COMPANIONS[1:])
    assert told(of_pypi(index, matrix(companions=false))) == {
        ("companion-python", LINUX_KEY, *expected)
    }


def test_only_the_named_releases_are_compared(index: Index) -> None:
    false = replace(LINUX, torch=V("2.6.0"), torchvision=None)
    known = matrix((*ROWS, false))
    checked = check_package_index(
        Client(), known, f"{index.url}/simple", lambda release: release == V("2.7.1")
    )
    assert checked.differences == ()
    assert told(of_pypi(index, known)) == {("release-missing", "", "", "")}


def test_a_wheel_that_cannot_be_read_does_not_hide_the_others(index: Index, root: Path) -> None:
    path = next((root / "simple").glob("torch-*-win_amd64.whl"))
    path.write_bytes(b"not a zip archive")
    known = matrix((replace(LINUX, cudnn="1"), WINDOWS, MAC))
    checked = check_package_index(Client(), known, f"{index.url}/simple")
    assert [name for name, _reason in checked.unread] == [path.name]
    assert {each.code for each in checked.differences} == {"cudnn"}


def test_a_page_that_the_wheel_index_does_not_have_is_rows_without_wheels(index: Index) -> None:
    other = replace(FOLDER, torch=V("2.6.0"), build="cu124", local="cu124", page="whl/cu124")
    (found,) = of_wheel_index(index, matrix((FOLDER, replace(other, torchvision=None))))
    assert (found.code, found.page) == ("release-missing", "whl/cu124")
