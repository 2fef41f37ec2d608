"""What a choice says beside the build: warnings, what would change it, what was rejected."""

from __future__ import annotations

from dataclasses import replace

from gpusetup.machine import Absence, PciGpu
from gpusetup.request import Origin
from tests.choosing.asking import answer, chosen, refused
from tests.choosing.worlds import cards, machine, version


def test_old_torch_is_pinned_away_from_numpy_2() -> None:
    assert chosen(machine("580.95.05", "8.9"), torch="2.2.2").pins == ("numpy<2",)
    assert chosen(machine("580.95.05", "8.9"), torch="2.3.0").pins == ()
    assert chosen(machine("581.29", "8.9", os="windows"), torch="2.3.0").pins == ("numpy<2",)


def test_a_build_that_is_not_offered_is_taken_only_by_name_and_with_a_warning() -> None:
    where = machine("575.57.08", "12.0")
    choice = chosen(where, torch="2.13.0+cu129", origin=Origin.WHEEL_INDEX)
    assert [each.code for each in choice.warnings] == ["choose.not-offered"]


def test_cuda_without_a_gpu_is_honoured_with_a_warning() -> None:
    choice = chosen(machine(), cuda=version("12.6"))
    assert choice.build.build == "cu126"
    assert [each.code for each in choice.warnings] == ["choose.cuda-without-gpu"]


def test_a_container_without_access_to_the_gpu_hears_how_to_get_it() -> None:
    card = PciGpu("2204", "GA102", None, (8, 6))
    inside = replace(machine(), container="docker", pci_gpus=(card,))
    assert [w.code for w in chosen(inside).warnings] == ["choose.no-driver-in-container"]


def test_a_node_whose_gpus_are_unknown_is_judged_by_its_driver() -> None:
    silent = replace(machine("525.60.13"), gpus=None)
    assert answer(machine(nodes=(machine("580.95.05", "8.0"), silent))) == (
        "2.14.1+cu126 wheel-index"
    )


# What would change the answer


def test_a_newer_driver_is_named_only_where_it_still_drives_the_gpu() -> None:
    turing = chosen(machine("550.90.07", "7.5")).would_change
    assert [each.condition.facts["condition"] for each in turing] == ["driver >= 580"]
    assert chosen(machine("550.90.07", "7.0")).would_change == ()  # R580 is Volta's last branch


def test_a_container_hears_that_the_driver_is_the_hosts() -> None:
    inside = replace(machine("550.90.07", "8.6"), container="docker")
    assert chosen(inside).would_change[0].condition.code == "choose.newer-driver-on-host"


def test_an_older_driver_is_named_for_a_gpu_that_was_dropped() -> None:
    change = refused(machine("595.71.05", "6.1")).would_change[0]
    assert change.condition.facts["condition"] == "driver = R580"
    assert f"{change.then.torch}+{change.then.build}" == "2.14.1+cu126"


def test_a_newer_channel_build_is_mentioned_where_wheels_come_first() -> None:
    changes = chosen(machine("470.256.02", "3.5")).would_change
    assert [each.condition.facts["condition"] for each in changes] == ["--origin conda-forge"]


def test_a_newer_system_is_named_where_glibc_is_too_old() -> None:
    conditions = [
        each.condition.facts["condition"]
        for each in chosen(machine("580.95.05", "8.0", glibc="2.17")).would_change
    ]
    assert conditions == ["glibc >= 2.28"]


# Rejected builds


def test_every_newer_build_is_rejected_with_its_rule() -> None:
    choice = chosen(machine("550.90.07", "7.0"))
    found = {
        f"{each.build.torch}+{each.build.build} {each.build.origin.value}": each.reason.code
        for each in choice.rejected
    }
    assert found["2.15.0+cu132 pypi"] == "choose.driver-too-old"
    assert found["2.15.0+cpu wheel-index"] == "choose.cpu-build-only"
    assert found["2.14.1+cu130 pypi"] == "choose.driver-too-old"
    assert "2.14.1+cu126 wheel-index" not in found
    assert all(each.build.torch >= choice.build.torch for each in choice.rejected)


def test_the_driver_is_blamed_before_the_architecture() -> None:
    where = machine("470.256.02", "6.1")
    newest = chosen(where).rejected[0]
    assert newest.reason.code == "choose.driver-too-old"  # CUDA 13 lacks Pascal too


def test_no_driver_and_no_gpu_is_not_the_same_as_a_driver_without_gpus() -> None:
    both = machine(), replace(machine("550.90"), gpus=())
    assert {answer(each) for each in both} == {"2.15.0+cpu wheel-index"}
    assert answer(replace(machine(), driver=Absence.NOT_THERE, gpus=cards("8.9"))) == (
        "2.15.0+cu132 pypi"
    )
