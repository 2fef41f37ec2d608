"""Events of the benchmark -> figures, what is expected of them, and the document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gpusetup.benchmark.document import benchmark_document
from gpusetup.benchmark.measurement import (
    Basis,
    Benchmark,
    Conditions,
    Health,
    Limit,
    MeasuredDevice,
    Measurement,
    read_benchmark,
)
from gpusetup.benchmark.references import expectations, judged
from gpusetup.cli.benchmark_screen import benchmark_rows, device_text, limit_text
from gpusetup.matrix.rows import GpuModel, Matrix, Rate, Reference
from gpusetup.verdict import Ending, Event

H200 = GpuModel("NVIDIA H200", figures={"bandwidth_gb_s": 4800, "bf16_tflops": 989})
RTX_4090 = GpuModel(
    "NVIDIA GeForce RTX 4090",
    figures={"bandwidth_gb_s": 1008, "bf16_tflops": 165.2, "fp16_tflops": 165.2},
    source="white paper",
)
LAPTOP = GpuModel("NVIDIA GeForce RTX 4060 Laptop GPU", figures={"bf16_tflops": 60})
MATRIX = Matrix(
    builds=(),
    cuda=(),
    gpus=(H200, RTX_4090, LAPTOP),
    references=(
        Reference("NVIDIA H200", "matmul-bfloat16", 794.5, source="a table"),
        Reference(LAPTOP.name, "matmul-bfloat16", 60.0, reports=3, source="users"),
    ),
    rates=(
        Rate((9, 0), "", 128, 4096),
        Rate((7, 5), "", 64, 1024),
        Rate((7, 5), "GeForce", 64),
        Rate((7, 5), "GeForce RTX", 64, 512),
        Rate((8, 9), "GeForce", 128, 512),
    ),
)
GEN5 = Conditions(link_max_generation=5, link_max_width=16)


def result(name: str, median: float, device: int | None = 0, spread: float = 0.01) -> Event:
    return {
        "event": "result", "id": name, "device": device, "median": median, "unit": "TFLOP/s",
        "spread": spread, "shape": [8192, 8192, 8192],
    }  # fmt: skip


def events(*results: Event, name: str = "NVIDIA H200", **facts: Any) -> list[Event]:
    device = {"index": 0, "name": name, "compute_capability": "9.0", "memory_mib": 143771, **facts}
    info: Event = {
        "event": "info",
        "torch": "2.9.1+cu128",
        "cuda_runtime": "12.8",
        "process": 4711,
        "tf32": "off",
        "devices": [device],
        "cpu": {"name": "AMD EPYC", "threads": 16},
    }
    return [info, *results, {"event": "end", "seconds": 14.2}]


def measured(*results: Event, model: GpuModel = H200) -> Benchmark:
    return judged(read_benchmark(events(*results, name=model.name), Ending(0)), MATRIX)


@pytest.mark.parametrize(
    ("median", "health"),
    [(780.1, Health.GOOD), (716.0, Health.GOOD), (650.0, Health.LOW), (590.0, Health.BAD)],
)
def test_products_are_judged_by_what_the_model_was_measured_at(
    median: float, health: Health
) -> None:
    benchmark = measured(result("matmul-bfloat16", median))
    assert benchmark.devices[0].health is health
    assert benchmark.ok is (health is not Health.BAD)


@pytest.mark.parametrize(
    ("median", "health"),
    [(4300.0, Health.GOOD), (3800.0, Health.LOW), (2000.0, Health.BAD)],
)
@pytest.mark.parametrize("figure", ["copy-device", "triad-device"])
def test_memory_is_judged_by_the_data_sheet(median: float, health: Health, figure: str) -> None:
    assert measured(result(figure, median)).devices[0].health is health


def test_the_worst_figure_decides() -> None:
    benchmark = measured(result("matmul-bfloat16", 780), result("copy-device", 2000))
    assert benchmark.devices[0].health is Health.BAD


def test_a_figure_without_a_reference_is_not_judged() -> None:
    benchmark = measured(result("convolution", 1.0))
    assert benchmark.devices[0].health is Health.UNKNOWN
    assert benchmark.ok


def test_a_card_of_which_nothing_is_known_is_not_judged() -> None:
    unknown = read_benchmark(events(result("copy-device", 1.0), name="NVIDIA X1"), Ending(0))
    assert judged(unknown, MATRIX).devices[0].health is Health.UNKNOWN


def test_runs_that_differ_too_much_give_no_verdict() -> None:
    benchmark = measured(result("matmul-bfloat16", 300, spread=0.3))
    assert benchmark.devices[0].health is Health.UNKNOWN


@pytest.mark.parametrize(
    ("median", "health"), [(46.0, Health.GOOD), (40.0, Health.LOW), (35.0, Health.BAD)]
)
def test_a_laptop_may_be_slower(median: float, health: Health) -> None:
    assert measured(result("matmul-bfloat16", median), model=LAPTOP).devices[0].health is health


def test_the_data_sheet_of_a_data_centre_card_is_no_reference_for_products() -> None:
    """They stay a fifth below it, so a healthy card would be called low."""
    matrix = replace(MATRIX, references=())
    assert set(expectations(MeasuredDevice(0, "NVIDIA H200"), matrix)) == {
        "copy-device", "triad-device",
    }  # fmt: skip


def test_desktop_cards_reach_their_data_sheet() -> None:
    found = expectations(MeasuredDevice(0, RTX_4090.name), MATRIX)
    assert found["matmul-float16"].value == 165.2
    assert (found["matmul-float16"].basis, found["matmul-float16"].source) == (
        Basis.DATA_SHEET, "white paper",
    )  # fmt: skip


def test_a_driver_that_leaves_nvidia_out_of_the_name_means_the_same_card() -> None:
    found = expectations(MeasuredDevice(0, "GeForce RTX 4090"), MATRIX)
    assert found["copy-device"].value == 1008


def own(capability: tuple[int, int], name: str, **facts: Any) -> dict[str, float]:
    units = facts.pop("multiprocessors", None)
    device = MeasuredDevice(
        0, name, compute_capability=capability, multiprocessors=units, conditions=Conditions(**facts)
    )  # fmt: skip
    return {
        figure: round(each.value, 1)
        for figure, each in expectations(device, MATRIX).items()
        if each.basis is Basis.OWN_CLOCKS
    }


def test_an_unknown_card_is_judged_by_its_own_clocks_and_bus() -> None:
    """An H100's own numbers: 132 x 4096 x 1.98 GHz are 1070.5 TFLOP/s; 5120 bits at 2619 MHz."""
    facts = {"sm_max_mhz": 1980, "memory_max_mhz": 2619, "bus_width": 5120, "cores": 16896}
    found = own((9, 0), "NVIDIA H100 of tomorrow", **facts)
    assert found == {
        "copy-device": 3352.3,
        "triad-device": 3352.3,
        "matmul-float32": 43.5,
        "matmul-tf32": 401.4,
        "matmul-float16": 802.9,
        "matmul-bfloat16": 802.9,
        "matmul-float8": 1605.8,
    }


def test_cards_of_one_architecture_differ_in_their_tensor_units() -> None:
    facts = {"sm_max_mhz": 1000, "multiprocessors": 40}
    assert own((7, 5), "Tesla T4b", **facts)["matmul-float16"] == pytest.approx(30.7, abs=0.1)
    assert own((7, 5), "NVIDIA GeForce RTX 2065", **facts)["matmul-float16"] == pytest.approx(
        15.4, abs=0.1
    )
    assert "matmul-float16" not in own((7, 5), "NVIDIA GeForce GTX 1670", **facts)


def test_a_slice_is_judged_by_its_own_units_and_not_as_the_card() -> None:
    found = own(
        (9, 0), "NVIDIA H200 MIG 1g.18gb", sm_max_mhz=1980, multiprocessors=16, bus_width=6144,
        memory_max_mhz=3201, cores=16896,
    )  # fmt: skip
    assert found["matmul-bfloat16"] == pytest.approx(97.3, abs=0.1)
    assert "copy-device" not in found


@pytest.mark.parametrize(
    ("median", "health"),
    [(50.0, Health.GOOD), (25.0, Health.LOW), (12.0, Health.BAD), (0.8, Health.BAD)],
)
def test_copies_are_judged_by_what_card_and_board_could_do(median: float, health: Health) -> None:
    """PCIe 5.0 x 16; half of it is a shared slot, a quarter and less a fault."""
    figure = Measurement("copy-to-device", median)
    device = MeasuredDevice(0, "NVIDIA X", (figure,), conditions=GEN5)
    assert judged(Benchmark(devices=(device,)), MATRIX).devices[0].health is health


def test_what_holds_a_card_back_makes_it_low_at_best() -> None:
    device = replace(
        measured(result("matmul-bfloat16", 780.0)).devices[0], limits=(Limit("link-width"),)
    )
    assert device.health is Health.LOW
    assert device_text(device) == "NVIDIA H200 is held back."
    usual = replace(device, limits=(Limit("power-cap", serious=False),))
    assert usual.health is Health.GOOD


def test_a_figure_that_is_not_supported_stays_with_its_reason() -> None:
    skipped: Event = {
        "event": "skipped", "id": "matmul-tf32", "device": 0, "reason": "not-supported",
    }  # fmt: skip
    found = measured(skipped).devices[0].results[0]
    assert (found.median, found.reason, found.health) == (None, "not-supported", Health.UNKNOWN)


def test_a_script_that_died_is_told_with_what_it_had_measured() -> None:
    told = events(result("copy-device", 4300.0))[:-1]
    benchmark = read_benchmark(told, Ending(-11, signal="SIGSEGV"))
    assert (benchmark.reason, benchmark.detail, benchmark.ok) == ("crashed", "SIGSEGV", False)
    assert len(benchmark.devices[0].results) == 1


def test_the_document_has_ratio_health_and_source() -> None:
    benchmark = measured(result("matmul-bfloat16", 780.0))
    limits = (Limit("power-limit", {"limit": 500.0, "default": 700.0}),)
    device = replace(benchmark.devices[0], limits=limits, conditions=Conditions(sm_mhz=1500))
    document = benchmark_document(replace(benchmark, devices=(device,)), device_text, limit_text)
    found = document["devices"][0]
    assert found["results"] == [
        {
            "id": "matmul-bfloat16",
            "shape": [8192, 8192, 8192],
            "median": 780.0,
            "unit": "TFLOP/s",
            "spread": 0.01,
            "expected": 794.5,
            "basis": "measured",
            "source": "a table",
            "ratio": 0.9817,
            "health": "good",
            "reason": None,
            "detail": None,
        }
    ]
    assert found["clocks"]["sm_mhz"] == 1500
    assert found["limits"] == [
        {
            "code": "power-limit",
            "serious": True,
            "facts": {"limit": 500.0, "default": 700.0},
            "text": "Its power limit is lowered: 500 W instead of 700 W.",
            "next": (
                "Somebody set it, or a laptop's profile did. With root: `sudo nvidia-smi -pl 700`."
            ),
        }
    ]
    assert (document["schema"], document["seconds"]) == ("gpusetup.benchmark/1", 14.2)
    assert (found["health"], found["text"]) == ("low", "NVIDIA H200 is held back.")


def test_rows_show_a_bar_the_share_and_the_verdict() -> None:
    benchmark = measured(result("matmul-bfloat16", 400.0), result("matmul-float32", 50.0, None))
    assert benchmark_rows(benchmark.devices[0]) == [
        ["products (bfloat16)", "400 TFLOP/s", "794 TFLOP/s", "████░░░░ 50 % too low"],
    ]
    assert benchmark.cpu is not None
    assert benchmark_rows(benchmark.cpu) == [["products (float32)", "50.0 TFLOP/s"]]


def test_a_processors_small_figures_are_shown_in_gflops() -> None:
    cpu = measured(result("matmul-float32", 0.0432, None)).cpu
    assert cpu is not None
    assert benchmark_rows(cpu)[0][1] == "43.2 GFLOP/s"


def test_a_slow_card_is_told_with_its_share() -> None:
    assert device_text(measured(result("matmul-bfloat16", 400.0)).devices[0]) == (
        "NVIDIA H200 is much slower than it should be (50 % in products (bfloat16))."
    )
