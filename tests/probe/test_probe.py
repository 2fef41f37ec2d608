"""Given this driver, this Machine: the real pynvml against a stand-in for its library."""

from __future__ import annotations

import time

from gpusetup.machine import Absence, Driver, GpuState, Machine, Status
from gpusetup.probe import probe
from gpusetup.versions import Version
from tests.fixtures.drivers import LAPTOP, FakeDriver, server


def probed(driver: FakeDriver, timeout_s: float = 20.0) -> Machine:
    return probe(timeout_s, environ=driver.environment())


def status_of(machine: Machine, source: str) -> tuple[Status, str | None]:
    reading = machine.reading(source)
    assert reading is not None, f"{source} was not tried"
    return reading.status, reading.detail


def test_a_laptop_is_read_whole(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(LAPTOP))
    assert machine.driver == Driver(Version.parse("580.95.05"), Version.parse("13.0"))
    assert machine.gpus is not None
    (gpu,) = machine.gpus
    assert (gpu.name, gpu.compute_capability) == ("NVIDIA GeForce RTX 4060 Laptop GPU", (8, 9))
    assert (gpu.memory_mib, gpu.memory_used_mib, gpu.unified_memory) == (8188, 812, False)
    assert (gpu.pci_bus_id, gpu.capability_source) == ("00000000:01:00.0", "nvml")
    assert status_of(machine, "nvml")[0] is Status.OK


def test_nvidia_smi_is_not_asked_when_nvml_told_everything(fake_driver: FakeDriver) -> None:
    fake_driver.smi("time.sleep(30)")
    machine = probed(fake_driver.nvml(LAPTOP))
    assert machine.reading("nvidia-smi") is None


def test_mig_slices_are_listed(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(server(8, mig=3)))
    assert machine.gpus is not None
    assert len(machine.gpus) == 8
    mig = machine.gpus[3].mig
    assert mig is not None
    assert mig.enabled
    assert [part.uuid for part in mig.instances] == ["MIG-0aaa-bbb", "MIG-4aaa-bbb"]
    assert mig.instances[0].name == "NVIDIA A100-SXM4-40GB MIG 3g.20gb"
    assert mig.instances[0].memory_mib == 19968
    other = machine.gpus[0].mig
    assert other is not None
    assert not other.enabled


def test_a_lost_card_is_still_counted_and_placed(fake_driver: FakeDriver) -> None:
    for index in range(4):
        fake_driver.card(f"0000:{0x10 + index:02x}:00.0", "20b0")
    profile = server(4, mig=None) + "fail nvmlDeviceGetHandleByIndex 2 = 15\n"
    machine = probed(fake_driver.nvml(profile))
    assert machine.gpus is not None
    assert [gpu.state for gpu in machine.gpus] == [
        GpuState.OK, GpuState.OK, GpuState.LOST, GpuState.OK,
    ]  # fmt: skip
    assert machine.gpus[2].pci_bus_id == "00000000:12:00.0"
    assert status_of(machine, "nvml") == (Status.PARTIAL, "GPU 2: 15 GPU is lost")


def test_no_cards_is_an_answer(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml("driver 535.161.08\ncuda 12020\n"))
    assert machine.gpus == ()
    assert isinstance(machine.driver, Driver)


def test_a_driver_without_the_newer_calls_is_read(fake_driver: FakeDriver) -> None:
    profile = LAPTOP.replace("580.95.05", "390.157").replace("cuda 13000", "cuda 9010")
    machine = probed(fake_driver.nvml(profile, is_old=True))
    assert machine.driver == Driver(Version.parse("390.157"), Version.parse("9.1"))
    assert machine.gpus is not None
    (gpu,) = machine.gpus
    assert (gpu.memory_mib, gpu.compute_capability, gpu.mig) == (8188, (8, 9), None)
    assert gpu.pci_bus_id == "00000000:01:00.0"


def test_a_call_that_hangs_ends_in_time_and_is_never_no_driver(fake_driver: FakeDriver) -> None:
    began = time.monotonic()
    machine = probed(fake_driver.nvml(LAPTOP + "hang nvmlDeviceGetCount\n"), timeout_s=3)
    assert time.monotonic() - began < 5
    assert status_of(machine, "nvml") == (Status.TIMEOUT, "nvmlDeviceGetCount")
    assert machine.driver == Driver(Version.parse("580.95.05"), Version.parse("13.0"))
    assert machine.gpus is None


def test_a_hang_at_the_start_leaves_the_driver_unknown(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(LAPTOP + "hang nvmlInit\n"), timeout_s=1)
    assert machine.driver is None


def test_a_hang_at_one_card_keeps_the_cards_before(fake_driver: FakeDriver) -> None:
    profile = server(3, mig=None) + "hang nvmlDeviceGetMemoryInfo 1\n"
    machine = probed(fake_driver.nvml(profile), timeout_s=1)
    assert machine.gpus is not None
    assert [gpu.state for gpu in machine.gpus] == [GpuState.OK, GpuState.ERROR, GpuState.ERROR]
    assert machine.gpus[1].name == "NVIDIA A100-SXM4-40GB"
    assert status_of(machine, "nvml") == (Status.TIMEOUT, "nvmlDeviceGetMemoryInfo (GPU 1)")


def test_a_crash_is_a_reading(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(LAPTOP + "crash nvmlDeviceGetName 0\n"))
    assert status_of(machine, "nvml") == (Status.ERROR, "SIGSEGV in nvmlDeviceGetName (GPU 0)")


def test_without_any_trace_the_driver_is_not_there(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver)
    assert machine.driver is Absence.NOT_THERE
    assert machine.gpus == ()
