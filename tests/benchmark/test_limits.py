"""What NVML tells while a benchmark runs, and what is concluded from it.

NVML is the stand-in; the figures are planted, as if the card had reached them.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest

from gpusetup.benchmark.limits import Mark, cards_of, limits, others, with_conditions, with_limits
from gpusetup.benchmark.measurement import (
    Benchmark,
    Conditions,
    Health,
    MeasuredDevice,
    Measurement,
)
from gpusetup.benchmark.references import judged
from gpusetup.benchmark.telemetry import CardFacts, Sample
from gpusetup.cli.benchmark_screen import limit_text
from gpusetup.compat_files import load_packaged
from gpusetup.probe.watch import Watch, on_battery
from gpusetup.probe.world import World
from tests.fixtures.drivers import FakeDriver

NAME = "NVIDIA H100 80GB HBM3"
UUID = "GPU-0a0a0a0a-0000-1111-2222-333333333333"
HEALTHY = {
    "name": NAME, "uuid": UUID, "capability": "9.0", "memory": "81559 500", "bus": "0000:1a:00.0",
    "device": "2330", "clock-sm": "1755 1980", "clock-memory": "2619 2619", "power": "640 700 700",
    "temperature": "58", "reasons": "4", "link": "5 16 5 16", "cores": "16896",
    "bus-width": "5120", "ecc": "1", "utilization": "99",
}  # fmt: skip
GOOD = {
    "matmul-bfloat16": 780.0,
    "copy-device": 3050.0,
    "copy-to-device": 52.0,
    "copy-from-device": 51.0,
}


def profile(**changed: str) -> str:
    facts = {**HEALTHY, **{key.replace("_", "-"): value for key, value in changed.items()}}
    lines = [f"gpu 0 {key} {value}" for key, value in facts.items()]
    return "\n".join(["driver 550.144.03", "cuda 12040", "library 12.550.144.03", *lines]) + "\n"


def benchmark(name: str = NAME, tf32: str = "off", **figures: float) -> Benchmark:
    wanted = {**GOOD, **{key.replace("_", "-"): value for key, value in figures.items()}}
    results = tuple(Measurement(key, value, "TFLOP/s", 0.01) for key, value in wanted.items())
    device = MeasuredDevice(0, name, results, (9, 0), uuid=UUID[4:], multiprocessors=132)
    return Benchmark((device,), torch="2.9.1", tf32=tf32, process=os.getpid())


def watched(driver: FakeDriver, text: str, found: Benchmark) -> MeasuredDevice:
    """The device as it is judged when the driver tells this while it is measured."""
    driver.nvml(text)
    begun = time.time()
    with Watch(World(driver.environment(), driver.root)) as watch:
        until = time.monotonic() + 20
        while len(watch.telemetry.samples) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        seen = watch.telemetry
    began = [Mark(begun - 200, None, "import")]  # long ago, so that things have settled
    first = [*began, Mark(begun - 100, 0, "matmul-bfloat16"), Mark(time.time() + 9, 0, "launch")]
    copies = [*began, Mark(begun - 100, 0, "copy-to-device")]
    busy = with_conditions(found, seen, first).devices[0].conditions
    link = with_conditions(found, seen, copies).devices[0].conditions
    assert busy is not None
    assert link is not None
    both = replace(busy, link_generation=link.link_generation, link_width=link.link_width)
    device = replace(found.devices[0], conditions=both)
    whole = judged(replace(found, devices=(device,)), load_packaged())
    return with_limits(whole).devices[0]


def codes(device: MeasuredDevice) -> list[str]:
    return [limit.code for limit in device.limits if limit.serious]


def test_a_healthy_card_is_good(fake_driver: FakeDriver) -> None:
    device = watched(fake_driver, profile(), benchmark())
    assert (device.health, codes(device)) == (Health.GOOD, [])
    assert device.conditions is not None
    assert (device.conditions.sm_mhz, device.conditions.temperature_c) == (1755, 58)
    assert (device.conditions.power_w, device.conditions.reasons) == (640, {"power-cap": 1.0})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"link": "5 1 5 16"}, "link-width"),
        ({"clock_sm": "345 1980", "reasons": "0"}, "clock"),
        ({"reasons": "32", "temperature": "89"}, "thermal"),
        ({"reasons": "64"}, "thermal"),
        ({"reasons": "128"}, "power-brake"),
        ({"reasons": "8"}, "hardware-slowdown"),
        ({"power": "340 350 700"}, "power-limit"),
        ({"process 0": "999999 C 4096", "process 1": f"{os.getpid()} C 300"}, "others"),
    ],
)
def test_a_fault_that_the_driver_tells_changes_the_verdict(
    changed: dict[str, str], code: str, fake_driver: FakeDriver
) -> None:
    """Even where the figures happened to be good."""
    device = watched(fake_driver, profile(**changed), benchmark())
    assert (device.health, codes(device)) == (Health.LOW, [code])
    text, following = limit_text(device.limits[0])
    assert text
    assert following


@pytest.mark.parametrize(
    ("link", "speed", "health", "code"),
    [
        ("5 16 5 16", 52.0, Health.GOOD, None),
        ("4 16 5 16", 26.0, Health.LOW, "link-generation"),
        ("5 8 5 16", 26.0, Health.LOW, "link-width"),
        ("1 16 5 16", 3.3, Health.BAD, "link-generation"),
        ("4 1 5 16", 1.6, Health.BAD, "link-width"),
        # a card that saves power while it is looked at, and is fast nevertheless
        ("1 16 5 16", 52.0, Health.GOOD, None),
    ],
)
def test_a_slow_link_changes_the_verdict_of_the_copies(
    link: str, speed: float, health: Health, code: str | None, fake_driver: FakeDriver
) -> None:
    found = benchmark(copy_to_device=speed, copy_from_device=speed)
    device = watched(fake_driver, profile(link=link), found)
    assert device.health is health
    assert (codes(device) or [None])[0] == code


def test_a_capped_clock_explains_slow_products(fake_driver: FakeDriver) -> None:
    text = profile(clock_sm="700 1980", reasons="0")
    device = watched(fake_driver, text, benchmark(matmul_bfloat16=310.0))
    assert (device.health, codes(device)) == (Health.BAD, ["clock"])
    assert limit_text(device.limits[0])[0] == (
        "Its clock stood at 700 MHz of 1980 MHz without being hot."
    )


def test_an_unknown_card_is_judged_from_what_its_driver_tells(fake_driver: FakeDriver) -> None:
    name = "NVIDIA H300"
    good = watched(fake_driver, profile(name=name), benchmark(name))
    assert good.health is Health.GOOD
    slow = watched(fake_driver, profile(name=name), benchmark(name, copy_device=1500.0))
    assert slow.health is Health.BAD


def test_memory_that_checks_itself_explains_a_slow_copy_only_where_it_costs() -> None:
    slow = Measurement("copy-device", 200.0, expected=300.0, healthy_from=0.85)
    device = MeasuredDevice(0, "NVIDIA L4", (slow,))
    gddr = replace(device, conditions=Conditions(ecc=True, bus_width=192))
    stacked = replace(device, conditions=Conditions(ecc=True, bus_width=5120))
    assert [each.code for each in limits(gddr)] == ["ecc"]
    assert [each.code for each in limits(stacked)] == []


def test_slices_and_virtual_cards_are_named() -> None:
    device = MeasuredDevice(0, "NVIDIA A100", conditions=Conditions(mig=True, virtual=True))
    assert [(each.code, each.serious) for each in limits(device)] == [
        ("mig", False), ("virtual", False),
    ]  # fmt: skip


def test_a_laptop_on_its_battery_is_told_so() -> None:
    on = Conditions(on_battery=True)
    laptop = MeasuredDevice(0, "NVIDIA GeForce RTX 4060 Laptop GPU", conditions=on)
    assert [each.code for each in limits(laptop)] == ["battery"]
    assert list(limits(replace(laptop, name="NVIDIA GeForce RTX 4060"))) == []


def test_forbidden_tf32_is_told() -> None:
    fast = Measurement("matmul-tf32", 50.0)
    device = MeasuredDevice(0, NAME, (fast,), conditions=Conditions())
    assert [each.code for each in limits(device, "forbidden")] == ["tf32-forbidden"]
    assert list(limits(device, "off")) == []


@pytest.mark.parametrize(("online", "expected"), [("0", True), ("1", False), (None, None)])
def test_a_charger_is_found(
    online: str | None, expected: bool | None, fake_driver: FakeDriver
) -> None:
    if online is not None:
        fake_driver.file("sys/class/power_supply/AC/type", "Mains\n")
        fake_driver.file("sys/class/power_supply/AC/online", online + "\n")
    assert on_battery(World({}, fake_driver.root)) is expected


CARDS = tuple(
    CardFacts(index, name, f"GPU-{index}")
    for index, name in enumerate(["Tesla T4", "NVIDIA A100", "Tesla T4", "NVIDIA A100"])
)


@pytest.mark.parametrize(
    ("devices", "environ", "expected"),
    [
        # torch counts from the fastest card on, the driver along the bus
        ([("NVIDIA A100", None), ("NVIDIA A100", None), ("Tesla T4", None)], {}, [1, 3, 0]),
        ([("NVIDIA A100", "3"), ("Tesla T4", "0")], {}, [3, 0]),
        ([("NVIDIA A100", None)], {"CUDA_VISIBLE_DEVICES": "3"}, [3]),
        ([("NVIDIA B200", None)], {}, [None]),
    ],
)
def test_each_device_finds_its_card(
    devices: list[tuple[str, str | None]], environ: dict[str, str], expected: list[int | None]
) -> None:
    wanted = [MeasuredDevice(i, name, uuid=uuid) for i, (name, uuid) in enumerate(devices)]
    found = [card and card.index for card in cards_of(wanted, CARDS, environ)]
    assert found == expected


def looks(*pids: tuple[float, tuple[int, ...]]) -> Iterator[Sample]:
    return (Sample(0, at, pids=found) for at, found in pids)


def test_our_own_process_is_not_another() -> None:
    marks = [Mark(0.0, None, "import"), Mark(5.0, 0, "matmul-float32")]
    seen = list(looks((1.0, (7,)), (6.0, (7, 42)), (7.0, (42, 8))))
    assert others(seen, marks, 42) == (7, 8)


def test_in_a_container_only_those_count_that_were_there_before() -> None:
    """The driver knows our process by another number there."""
    marks = [Mark(0.0, None, "import"), Mark(5.0, 0, "matmul-float32")]
    seen = list(looks((1.0, (7,)), (6.0, (7, 90210))))
    assert others(seen, marks, 42) == (7,)


def test_a_driver_that_hangs_does_not_hold_anything_up(fake_driver: FakeDriver) -> None:
    fake_driver.nvml(profile() + "hang nvmlInit\n")
    begun = time.monotonic()
    with Watch(World(fake_driver.environment(), Path(fake_driver.root))) as watch:
        pass
    assert watch.telemetry.samples == ()
    assert time.monotonic() - begun < 10
