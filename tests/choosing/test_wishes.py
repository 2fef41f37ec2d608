"""A wish is honoured, or refused with the nearest that there is."""

from __future__ import annotations

import pytest

from gpusetup.choosing.sources import Sources
from gpusetup.request import Engine, Origin
from tests.choosing.asking import answer, chosen
from tests.choosing.worlds import machine, version


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({"torch": "2.7.1"}, "2.7.1+cu126 pypi"),
        ({"torch": ">=2.4,<2.6"}, "2.5.1+cu124 pypi"),
        ({"torch": "latest"}, "2.15.0+cu132 pypi"),
        ({"torch": "2.7.1+cu128"}, "2.7.1+cu128 wheel-index"),
        ({"cuda": version("12")}, "2.14.1+cu126 wheel-index"),
        ({"build": "cu126"}, "2.14.1+cu126 wheel-index"),
        ({"build": "cpu"}, "2.15.0+cpu wheel-index"),
        ({"python": version("3.9")}, "2.8.0+cu128 pypi"),
        ({"python": version("3.7")}, "1.13.1+cu117 pypi"),
        ({"python": version("3.6")}, "1.10.2+cu113 wheel-index"),
        ({"origin": Origin.CONDA_FORGE}, "2.13.0+cu130 conda-forge"),
        ({"origin": Origin.PYTORCH}, "2.5.1+cu124 pytorch"),
        ({"torch": "2.13.0", "cuda": version("12.9")}, "2.13.0+cu129 conda-forge"),
        ({"torch": "2.13.0+cu129", "origin": Origin.WHEEL_INDEX}, "2.13.0+cu129 wheel-index"),
        # wishes that cannot be met
        ({"torch": "9.9"}, "torch-unknown: 2.15.0+cu132 torch"),
        ({"torch": "two"}, "torch-unreadable: nothing"),
        ({"torch": "2.15.0", "cuda": version("12.6")}, "no-such-build: 2.15.0+cu132 cuda"),
        ({"torch": "2.6.0", "origin": Origin.PYTORCH}, "no-such-build: 2.6.0+cu126 origin"),
        (
            {"torch": "2.15.0", "python": version("3.9")},
            "python-not-supported: 2.15.0+cu132 python",
        ),
        ({"torch": "1.4.0"}, "gpu-not-covered: 1.7.0+cu110 torch"),
        ({"build": "cpu", "cuda": version("12.6")}, "wishes-contradict: nothing"),
        ({"engine": Engine.UV, "origin": Origin.CONDA_FORGE}, "wishes-contradict: nothing"),
        ({"origin": Origin.WHEELHOUSE}, "wheelhouse-has-none: 2.15.0+cu132 origin"),
    ],
)
def test_a_wish_is_honoured_or_refused_with_the_nearest(
    wishes: dict[str, object], expected: str
) -> None:
    assert answer(machine("580.95.05", "8.9"), **wishes) == expected


def test_the_wished_torch_keeps_its_version_when_its_cuda_lacks_the_gpu() -> None:
    where = machine("570.86.15", "7.0", python="3.11")
    wishes = {"torch": "2.7.1", "cuda": version("12.8"), "python": version("3.11")}
    assert answer(where, **wishes) == "gpu-not-covered: 2.7.1+cu126 cuda"


def test_cuda_on_a_mac_is_refused() -> None:
    mac = machine(os="macos", arch="arm64", os_version="15.1")
    assert answer(mac, cuda=version("12.6")) == "no-such-build: 2.15.0+cpu cuda"


def test_asking_for_torchaudio_gives_the_newest_torch_that_it_can_be_imported_with() -> None:
    choice = chosen(machine("580.65.06", "8.9"), packages=("torchaudio",))
    assert (str(choice.build.torch), choice.build.build) == ("2.14.1", "cu130")
    assert [(c.name, str(c.version)) for c in choice.companions] == [("torchaudio", "2.11.0")]


def test_without_a_gpu_a_companion_narrows_in_the_same_way() -> None:
    choice = chosen(machine(), packages=("torchvision", "torchaudio"))
    assert (str(choice.build.torch), choice.build.build) == ("2.14.1", "cpu")
    assert [each.name for each in choice.companions] == ["torchvision", "torchaudio"]


def test_a_companion_that_does_not_exist_for_the_wished_torch_is_left_out() -> None:
    choice = chosen(
        machine("580.65.06", "8.9"), torch="2.15.0", packages=("torchvision", "torchaudio")
    )
    assert [each.name for each in choice.companions] == ["torchvision"]
    assert [each.code for each in choice.warnings] == ["choose.companion-left-out"]


def test_the_python_suits_the_companions_too() -> None:
    choice = chosen(machine("580.65.06", "8.9"), torch="2.5.1", packages=("torchvision",))
    assert str(choice.python) == "3.12"  # torch 2.5.1 has 3.13, torchvision 0.20.1 has not
    alone = chosen(machine("580.65.06", "8.9"), torch="2.5.1")
    assert str(alone.python) == "3.13"


@pytest.mark.parametrize(
    ("python", "downloads", "expected"),
    [
        ("3.12.4", None, "3.12"),  # nothing was probed: the profile's own
        ("3.8.10", None, "3.15"),  # it does not suit: an old interpreter keeps no torch back
        ("3.12.4", True, "3.15"),
        ("3.12.4", False, "3.12"),
        (None, None, "3.15"),
    ],
)
def test_python_without_a_wish(python: str | None, downloads: bool | None, expected: str) -> None:
    where = machine("580.95.05", "8.9", python=python)
    choice = chosen(where, Sources(python_downloads=downloads))
    assert (str(choice.build.torch), str(choice.python)) == ("2.15.0", expected)


def test_where_no_other_python_can_be_had_an_old_one_decides_the_torch() -> None:
    where = machine("580.95.05", "8.9", python="3.9.2")
    choice = chosen(where, Sources(python_downloads=False))
    assert (str(choice.build.torch), str(choice.python)) == ("2.8.0", "3.9")
    conditions = [change.condition.facts["condition"] for change in choice.would_change]
    assert conditions == ["python 3.15"]
