"""Rules that the packaged matrix cannot show one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpusetup.choosing.choice import Choice, Refusal
from gpusetup.choosing.choose import choose
from gpusetup.choosing.sources import Reach, Sources
from gpusetup.machine import Conda, Gpu, PciGpu, Reading, Status
from gpusetup.matrix.rows import Build, Confidence, Trap
from gpusetup.request import Engine, Origin, Request
from tests.choosing.worlds import build, machine, small_matrix, version

AMPERE = machine("580.95.05", "8.6")


def take(*builds: Build, **wishes: object) -> Build:
    decision = choose(AMPERE, Request(**wishes), small_matrix(*builds))  # type: ignore[arg-type]
    assert isinstance(decision, Choice), decision
    return decision.build


def test_the_smallest_download_wins_among_builds_of_one_torch() -> None:
    large = build("2.9.0", "cu130", Origin.PYPI, "sm_80", download_mib=2900)
    small = build("2.9.0", "cu126", Origin.WHEEL_INDEX, "sm_80", download_mib=2500)
    assert take(large, small) == small


def test_where_a_size_is_unknown_the_package_index_comes_first() -> None:
    large = build("2.9.0", "cu126", Origin.PYPI, "sm_80", download_mib=2900)
    other = build("2.9.0", "cu130", Origin.WHEEL_INDEX, "sm_80")
    assert take(large, other) == large


def test_where_no_size_is_known_the_better_known_then_the_newer_cuda_wins() -> None:
    old = build("2.9.0", "cu126", architectures="sm_80")
    new = build("2.9.0", "cu130", architectures="sm_80")
    assert take(old, new) == new
    assert take(old, replace(new, confidence=Confidence.MEDIUM)) == old


def test_an_unsure_build_is_taken_only_when_named() -> None:
    sure = build("2.8.0", "cu126", architectures="sm_80")
    unsure = build("2.9.0", "cu130", architectures="sm_80", confidence=Confidence.LOW)
    assert take(sure, unsure) == sure
    assert take(sure, unsure, torch="2.9.0") == unsure
    assert take(sure, unsure, cuda=version("13.0")) == unsure
    assert take(sure, unsure, torch=">=2.8") == sure


def test_unsure_architectures_count_like_an_unsure_build() -> None:
    sure = build("2.8.0", "cu126", architectures="sm_80")
    unsure = replace(
        build("2.9.0", "cu130", architectures="sm_80"), architectures_confidence=Confidence.LOW
    )
    assert take(sure, unsure) == sure


def test_channels_do_not_compete_with_a_wheel_that_runs() -> None:
    wheel = build("2.8.0", "cu126", architectures="sm_80")
    channel = build("2.9.0", "cu130", Origin.CONDA_FORGE, "sm_80")
    assert take(wheel, channel) == wheel
    assert take(wheel, channel, origin=Origin.CONDA_FORGE) == channel
    assert take(replace(wheel, architectures=((5, 0),)), channel) == channel


def test_a_newer_cuda_of_the_same_family_runs_on_its_oldest_driver() -> None:
    where = machine("525.60.13", "8.6")
    made = build("2.8.0", "cu126", architectures="sm_80")
    assert isinstance(choose(where, Request(), small_matrix(made)), Choice)
    older = machine("525.53", "8.6")
    assert isinstance(choose(older, Request(), small_matrix(made)), Refusal)


@pytest.mark.parametrize(("driver", "code"), [("535.54", "cannot-compile"), ("560.35.03", "")])
def test_ptx_needs_the_driver_of_its_own_toolkit(driver: str, code: str) -> None:
    made = build("2.8.0", "cu126", architectures="sm_80", ptx=((9, 0),))
    decision = choose(machine(driver, "9.0"), Request(torch="2.8.0"), small_matrix(made))
    if code:
        assert isinstance(decision, Refusal)
        assert decision.code == f"choose.driver-{code}"
    else:
        assert isinstance(decision, Choice)
        assert decision.confidence is Confidence.LOW
        assert "choose.code-is-translated" in {each.code for each in decision.warnings}


def test_ptx_alone_is_never_sure() -> None:
    made = build("2.8.0", "cu126", architectures="sm_80", ptx=((9, 0),))
    decision = choose(machine("560.35.03", "9.0"), Request(), small_matrix(made))
    assert isinstance(decision, Refusal)
    assert decision.code == "choose.not-sure-enough"


def test_a_defect_refuses_a_build_only_for_the_gpus_that_it_concerns() -> None:
    made = build("2.8.0", "cu118", architectures="sm_37 sm_80")
    trap = Trap("broken", ">=2.8", builds=("cu118",), architectures=((3, 7),), refuse=True)
    matrix = replace(small_matrix(made), traps=(trap,))
    assert isinstance(choose(AMPERE, Request(), matrix), Choice)
    kepler = choose(machine("470.256.02", "3.7"), Request(), matrix)
    assert isinstance(kepler, Refusal)
    assert kepler.code == "choose.known-defect"


def test_the_conda_on_the_machine_makes_the_environment() -> None:
    made = build("2.8.0", "cu126", architectures="sm_80")
    where = replace(AMPERE, conda=Conda("/opt/conda/bin/mamba", "mamba"))
    decision = choose(where, Request(), small_matrix(made))
    assert isinstance(decision, Choice)
    assert decision.engine is Engine.MAMBA


def test_a_conda_engine_brings_any_python_from_a_reached_channel() -> None:
    made = build("2.8.0", "cu126", architectures="sm_80")
    where = replace(
        machine("580.95.05", "8.6", python="3.11.2"), conda=Conda("/opt/conda/bin/conda", "conda")
    )
    reached = Sources((Reach(Origin.CONDA_FORGE, reached=True),), python_downloads=False)
    decision = choose(where, Request(), small_matrix(made), reached)
    assert isinstance(decision, Choice)
    assert str(decision.python) == "3.12"


def test_the_loaded_kernel_module_stands_in_for_a_driver_that_hangs() -> None:
    made = build("2.8.0", "cu130", architectures="sm_80")
    hanging = replace(
        machine(gpus="8.6"),
        driver=None,
        readings=(
            Reading("nvml", Status.TIMEOUT),
            Reading("kernel-module", Status.OK, "535.183.01"),
        ),
    )
    decision = choose(hanging, Request(), small_matrix(made))
    assert isinstance(decision, Refusal)
    assert decision.code == "choose.driver-too-old"


def test_a_card_given_to_a_virtual_machine_is_not_served() -> None:
    cpu = build("2.8.0", "cpu")
    card = PciGpu("2204", "GA102", None, (8, 6), bound_driver="vfio-pci")
    decision = choose(replace(machine(), pci_gpus=(card,)), Request(), small_matrix(cpu))
    assert isinstance(decision, Choice)
    assert decision.build.is_cpu


def test_the_capability_of_an_unnamed_gpu_comes_from_its_pci_slot() -> None:
    pascal = build("2.8.0", "cu126", architectures="sm_60")
    ampere = build("2.9.0", "cu130", architectures="sm_80")
    where = replace(
        machine("580.95.05"),
        gpus=(Gpu(0, None, None, pci_bus_id="00000000:02:00.0"),),
        pci_gpus=(
            PciGpu("2204", None, None, (8, 6), bus_id="0000:01:00.0"),
            PciGpu("1b06", None, None, (6, 1), bus_id="0000:02:00.0"),
        ),
    )
    decision = choose(where, Request(), small_matrix(pascal, ampere))
    assert isinstance(decision, Choice)
    assert decision.build == pascal


def test_a_refused_torch_has_the_closest_release_as_its_alternative() -> None:
    builds = [build(torch, "cu126", architectures="sm_80") for torch in ("2.5.0", "2.7.0", "2.9.0")]
    lacking = build("2.6.0", "cu126", architectures="sm_90")
    decision = choose(AMPERE, Request(torch="2.6.0"), small_matrix(*builds, lacking))
    assert isinstance(decision, Refusal)
    assert str(decision.nearest[0].torch) == "2.7.0"
    assert decision.nearest[0].changed == ("torch",)


def test_the_build_is_given_up_before_the_python_and_the_torch() -> None:
    matrix = small_matrix(
        build("2.8.0", "cu126", architectures="sm_80", pythons=(version("3.11"),)),
        build("2.8.0", "cu130", architectures="sm_80", pythons=(version("3.12"),)),
        build("2.9.0", "cu130", architectures="sm_80", pythons=(version("3.11"),)),
    )
    request = Request(torch="2.8.0", cuda=version("13.0"), python=version("3.11"))
    decision = choose(AMPERE, request, matrix)
    assert isinstance(decision, Refusal)
    assert [each.changed for each in decision.nearest] == [("cuda",), ("python",), ("torch",)]
