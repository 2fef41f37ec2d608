"""Given this driver, this Machine: the real pynvml against a stand-in for its library."""

from __future__ import annotations

import time

from gpusetup.basics.versions import Version
from gpusetup.machine import Absence, Conflict, Driver, GpuState, Machine, Status
from gpusetup.probe import probe
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


def test_a_driver_whose_module_is_not_loaded_is_not_called_absent(fake_driver: FakeDriver) -> None:
    fake_driver.nvml("fail nvmlInit = 9\n").card("0000:01:00.0", "2204", driver=None)
    machine = probed(fake_driver)
    assert machine.driver is None
    assert machine.gpus is None
    assert status_of(machine, "nvml") == (Status.ERROR, "9 Driver Not Loaded")
    assert status_of(machine, "kernel-module") == (Status.ABSENT, None)


def test_a_library_newer_than_the_module_is_a_conflict(fake_driver: FakeDriver) -> None:
    fake_driver.nvml("fail nvmlInit = 18\n").cuda(12080).library_version("570.133.07")
    machine = probed(fake_driver.module("570.124.06"))
    assert machine.driver == Driver(
        Version.parse("570.124.06"), Version.parse("12.8"), "proprietary"
    )
    assert machine.conflicts == (
        Conflict("driver-version", ("kernel-module", "570.124.06"), ("libcuda.so.1", "570.133.07")),
    )


def test_the_same_library_and_module_are_no_conflict(fake_driver: FakeDriver) -> None:
    fake_driver.nvml(LAPTOP).cuda(13000).library_version("580.95.05")
    machine = probed(fake_driver.module("580.95.05", is_open=True))
    assert machine.conflicts == ()
    assert isinstance(machine.driver, Driver)
    assert machine.driver.module == "open"


def test_without_permission_the_module_still_tells_its_version(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml("fail nvmlInit = 4\n").module("535.161.08"))
    assert status_of(machine, "nvml") == (Status.ERROR, "4 Insufficient Permissions")
    assert isinstance(machine.driver, Driver)
    assert machine.driver.version == Version.parse("535.161.08")


def test_a_libcuda_of_another_cuda_version_is_a_conflict(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(server(1, mig=None)).cuda(12080))
    assert machine.conflicts == (
        Conflict("cuda-driver-version", ("nvml", "12.4"), ("libcuda", "12.8")),
    )


def test_a_card_that_the_driver_does_not_serve_is_a_conflict(fake_driver: FakeDriver) -> None:
    fake_driver.card("0000:01:00.0", "28e0").card("0000:02:00.0", "2204")
    machine = probed(fake_driver.nvml(LAPTOP))
    assert machine.conflicts == (Conflict("gpu-count", ("pci", "2"), ("nvml", "1")),)


def test_a_card_given_to_a_virtual_machine_is_not_missed(fake_driver: FakeDriver) -> None:
    fake_driver.card("0000:01:00.0", "28e0").card("0000:02:00.0", "2204", driver="vfio-pci")
    assert probed(fake_driver.nvml(LAPTOP)).conflicts == ()


def test_a_card_without_driver_is_seen_with_chip_and_capability(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.card("0000:01:00.0", "2204", driver=None))
    assert machine.driver is Absence.NOT_THERE
    assert machine.pci_gpus is not None
    (card,) = machine.pci_gpus
    assert (card.chip, card.architecture, card.compute_capability) == ("GA102", "Ampere", (8, 6))
    assert card.name == "NVIDIA GeForce RTX 3090"
    assert (card.bus_id, card.bound_driver) == ("00000000:01:00.0", None)


def test_an_old_driver_that_tells_no_capability_gets_it_from_the_pci_id(
    fake_driver: FakeDriver,
) -> None:
    fake_driver.card("0000:01:00.0", "28e0")
    profile = LAPTOP + "fail nvmlDeviceGetCudaComputeCapability = 13\n"
    machine = probed(fake_driver.nvml(profile))
    assert machine.gpus is not None
    assert machine.gpus[0].compute_capability == (8, 9)
    assert machine.gpus[0].capability_source == "pci-table"


def test_without_a_pci_bus_the_capability_comes_from_the_name(fake_driver: FakeDriver) -> None:
    profile = LAPTOP + "fail nvmlDeviceGetCudaComputeCapability = 13\n"
    machine = probed(fake_driver.nvml(profile))
    assert machine.gpus is not None
    assert machine.gpus[0].compute_capability == (8, 9)
    assert machine.gpus[0].capability_source == "name-table"


def test_unified_memory_is_not_a_size(fake_driver: FakeDriver) -> None:
    profile = "driver 580.95.05\ncuda 13000\ngpu 0 name NVIDIA GB10\ngpu 0 capability 12.1\n"
    machine = probed(fake_driver.nvml(profile))
    assert machine.gpus is not None
    assert (machine.gpus[0].memory_mib, machine.gpus[0].unified_memory) == (None, True)


def test_a_share_of_a_card_is_recognised(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(LAPTOP + "gpu 0 virtualization 2\n"))
    assert machine.gpus is not None
    assert machine.gpus[0].virtualization == "vgpu"


def test_a_mig_card_without_slices_has_none(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(server(1, mig=None).replace("mig 0", "mig 1")))
    assert machine.gpus is not None
    mig = machine.gpus[0].mig
    assert mig is not None
    assert (mig.enabled, mig.instances) == (True, ())


def test_visible_devices_are_recorded_and_not_applied(fake_driver: FakeDriver) -> None:
    fake_driver.environ["CUDA_VISIBLE_DEVICES"] = "1"
    machine = probed(fake_driver.nvml(server(3, mig=None)))
    assert machine.cuda_visible_devices == "1"
    assert machine.gpus is not None
    assert len(machine.gpus) == 3


def test_a_card_lost_after_its_handle_is_lost_too(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml(server(2, mig=None) + "fail nvmlDeviceGetUUID 1 = 15\n"))
    assert machine.gpus is not None
    assert [gpu.state for gpu in machine.gpus] == [GpuState.OK, GpuState.LOST]


def test_what_is_awaited_is_told_after_a_second(fake_driver: FakeDriver) -> None:
    told: list[str] = []
    fake_driver.nvml("hang nvmlInit\n")
    probe(1.5, told.append, environ=fake_driver.environment())
    assert told == ["NVML"]


def test_the_driver_of_another_root_is_not_asked_through_files(fake_driver: FakeDriver) -> None:
    machine = probe(5, environ=fake_driver.environment(), root=str(fake_driver.root / "nowhere"))
    assert status_of(machine, "pci")[0] is Status.ABSENT
    assert machine.pci_gpus is None
