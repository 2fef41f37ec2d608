"""Events of the benchmark -> figures, what is expected of them, and the document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpusetup.cli.benchmark_screen import benchmark_rows, device_text
from gpusetup.matrix import GpuModel
from gpusetup.measurement import (
    Benchmark,
    Health,
    MeasuredDevice,
    Measurement,
    benchmark_document,
    expected_figures,
    judged,
    read_benchmark,
)
from gpusetup.verdict import Ending, Event

H200 = GpuModel("NVIDIA H200", figures={"bandwidth_gb_s": 4800, "bf16_tflops": 989})
RTX_4090 = GpuModel(
    "NVIDIA GeForce RTX 4090",
    figures={"bandwidth_gb_s": 1008, "bf16_tflops": 165.2, "fp16_tflops": 165.2},
)
LAPTOP = GpuModel("NVIDIA GeForce RTX 4060 Laptop GPU", figures={"bf16_tflops": 60})


def result(name: str, median: float, device: int | None = 0, spread: float = 0.01) -> Event:
    return {
        "event": "result", "id": name, "device": device, "median": median, "unit": "TFLOP/s",
        "spread": spread, "shape": [8192, 8192, 8192],
    }  # fmt: skip


def events(*results: Event, name: str = "NVIDIA H200") -> list[Event]:
    device = {"index": 0, "name": name, "compute_capability": "9.0", "memory_mib": 143771}
    info: Event = {
        "event": "info",
        "torch": "2.9.1+cu128",
        "devices": [device],
        "cpu": {"name": "AMD EPYC", "threads": 16},
    }
    return [info, *results, {"event": "end", "seconds": 14.2}]


def measured(*results: Event, model: GpuModel = H200) -> Benchmark:
    return judged(read_benchmark(events(*results, name=model.name), Ending(0)), [model])


@pytest.mark.parametrize(
    ("median", "health"),
    [(780.1, Health.GOOD), (650.0, Health.LOW), (400.0, Health.BAD)],
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
def test_memory_is_judged_by_the_data_sheet(median: float, health: Health) -> None:
    assert measured(result("copy-device", median)).devices[0].health is health


def test_the_worst_figure_decides() -> None:
    benchmark = measured(result("matmul-bfloat16", 780), result("copy-device", 2000))
    assert benchmark.devices[0].health is Health.BAD


def test_a_figure_without_a_reference_is_not_judged() -> None:
    benchmark = measured(result("matmul-float32", 1.0))
    assert benchmark.devices[0].health is Health.UNKNOWN
    assert benchmark.ok


def test_an_unknown_card_is_not_judged() -> None:
    unknown = read_benchmark(events(result("copy-device", 1.0), name="NVIDIA X1"), Ending(0))
    assert judged(unknown, [H200]).devices[0].health is Health.UNKNOWN


def test_runs_that_differ_too_much_give_no_verdict() -> None:
    benchmark = measured(result("matmul-bfloat16", 300, spread=0.3))
    assert benchmark.devices[0].health is Health.UNKNOWN


def test_a_laptop_may_be_slower() -> None:
    figure = Measurement("matmul-bfloat16", 40.0, expected=60.0)
    assert figure.health is Health.BAD
    device = MeasuredDevice(0, LAPTOP.name, (figure,))
    model = replace(LAPTOP, figures={"bandwidth_gb_s": 256})
    laptop = judged(Benchmark(devices=(device,)), [model]).devices[0].results[0]
    assert replace(laptop, expected=60.0).health is Health.LOW


def test_the_data_sheet_of_a_data_centre_card_is_no_reference_for_products() -> None:
    assert expected_figures(GpuModel("NVIDIA X", figures={"bf16_tflops": 989})) == {}


def test_desktop_cards_reach_their_data_sheet() -> None:
    assert expected_figures(RTX_4090) == {
        "copy-device": 1008,
        "matmul-bfloat16": 165.2,
        "matmul-float16": 165.2,
    }


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


def test_the_document_has_ratio_and_health() -> None:
    document = benchmark_document(measured(result("matmul-bfloat16", 780.0)), device_text)
    assert document["devices"] == [
        {
            "index": 0,
            "name": "NVIDIA H200",
            "compute_capability": "9.0",
            "results": [
                {
                    "id": "matmul-bfloat16",
                    "shape": [8192, 8192, 8192],
                    "median": 780.0,
                    "unit": "TFLOP/s",
                    "spread": 0.01,
                    "expected": 794.5,
                    "ratio": 0.9817,
                    "health": "good",
                    "reason": None,
                    "detail": None,
                }
            ],
            "clocks": None,
            "throttle_reasons": [],
            "health": "good",
            "text": "NVIDIA H200 is as fast as this model should be.",
        }
    ]
    assert document["seconds"] == 14.2


def test_rows_show_share_and_verdict_where_there_is_a_reference() -> None:
    benchmark = measured(result("matmul-bfloat16", 780.0), result("matmul-float32", 50.0, None))
    assert benchmark_rows(benchmark) == [
        ["GPU 0", "products, bfloat16", "780 TFLOP/s", "794 TFLOP/s", "98 % good"],
        ["CPU", "products, float32", "50.0 TFLOP/s", "", ""],
    ]


def test_a_processors_small_figures_are_shown_in_gflops() -> None:
    benchmark = measured(result("matmul-float32", 0.0432, None))
    assert benchmark_rows(benchmark)[0][2] == "43.2 GFLOP/s"


def test_a_slow_card_is_told_with_its_share() -> None:
    assert device_text(measured(result("matmul-bfloat16", 400.0)).devices[0]) == (
        "NVIDIA H200 is much slower than this model should be (50 %)."
    )
