"""nvidia-smi as a second source: when it is asked, what it tells, how it fails."""

from __future__ import annotations

import time

from gpusetup.basics.versions import Version
from gpusetup.machine import Driver, GpuState, Machine, Status
from gpusetup.probe import probe
from gpusetup.probe.smi import parse_query
from tests.fixtures.drivers import LAPTOP, FakeDriver

FIELDS = (
    "index", "name", "uuid", "pci.bus_id", "driver_version", "memory.total", "memory.used",
    "compute_cap", "mig.mode.current",
)  # fmt: skip
ROW = "0, NVIDIA GeForce RTX 3090, GPU-1, 00000000:0A:00.0, 535.161.08, 24576, 18, 8.6, [N/A]"
ANSWERS = f"""
query = next((each for each in arguments if each.startswith("--query-gpu=")), None)
if query is None:
    print("| NVIDIA-SMI 535.161.08   Driver Version: 535.161.08   CUDA Version: 12.2     |")
elif "compute_cap" in query:
    print({ROW!r})
"""


def probed(driver: FakeDriver, timeout_s: float = 20.0) -> Machine:
    return probe(timeout_s, environ=driver.environment())


def test_what_nvml_cannot_tell_nvidia_smi_tells(fake_driver: FakeDriver) -> None:
    machine = probed(fake_driver.nvml("fail nvmlInit = 999\n").smi(ANSWERS))
    assert machine.driver == Driver(Version.parse("535.161.08"), Version.parse("12.2"))
    assert machine.gpus is not None
    (gpu,) = machine.gpus
    assert (gpu.index, gpu.name, gpu.memory_mib) == (0, "NVIDIA GeForce RTX 3090", 24576)
    assert (gpu.compute_capability, gpu.capability_source) == ((8, 6), "nvidia-smi")


def test_it_is_asked_without_the_library_path_and_in_english(fake_driver: FakeDriver) -> None:
    script = 'print("seen", os.environ.get("LD_LIBRARY_PATH"), os.environ["LC_ALL"]); sys.exit(1)'
    machine = probed(fake_driver.nvml("fail nvmlInit = 999\n").smi(script))
    reading = machine.reading("nvidia-smi")
    assert reading is not None
    assert reading.detail == "seen None C"


def test_fields_that_an_old_driver_does_not_know_are_left_out(fake_driver: FakeDriver) -> None:
    row = "0, Tesla V100-SXM2-32GB, GPU-1, 00000000:0A:00.0, 418.67, 32480, 11"
    script = f"""
if arguments and "compute_cap" in arguments[0]:
    print('Field "compute_cap" is not a valid field to query.')
    sys.exit(2)
print({row!r} if arguments else "Driver Version: 418.67       CUDA Version: 10.1     |")
"""
    machine = probed(fake_driver.nvml("fail nvmlInit = 999\n").smi(script))
    assert machine.driver == Driver(Version.parse("418.67"), Version.parse("10.1"))
    assert machine.gpus is not None
    assert machine.gpus[0].compute_capability == (7, 0)
    assert machine.gpus[0].capability_source == "name-table"


def test_a_driver_that_knows_no_query_is_read_from_its_table(fake_driver: FakeDriver) -> None:
    script = r'''
if arguments:
    print("Invalid combination of input arguments.")
    sys.exit(2)
print("""\
+------------------------------------------------------+
| NVIDIA-SMI 331.62     Driver Version: 331.62         |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|===============================+======================+======================|
|   0  Tesla K40c          Off  | 0000:03:00.0     Off |                    0 |
| 23%   36C    P8    20W / 235W |     69MiB / 11519MiB |      0%      Default |
+-------------------------------+----------------------+----------------------+""")
'''
    machine = probed(fake_driver.nvml("fail nvmlInit = 999\n").smi(script))
    assert isinstance(machine.driver, Driver)
    assert machine.driver.version == Version.parse("331.62")
    assert machine.gpus is not None
    assert [gpu.name for gpu in machine.gpus] == ["Tesla K40c"]


def test_slices_are_taken_from_the_list(fake_driver: FakeDriver) -> None:
    uuid = "GPU-5d1c2b3a-0000-1111-2222-333344445555"
    row = f"0, NVIDIA A100-PCIE-40GB, {uuid}, 00000000:0A:00.0, 550.54, 40960, 1, 8.0, Enabled"
    listing = (
        f"GPU 0: NVIDIA A100-PCIE-40GB (UUID: {uuid})\n"
        "  MIG 3g.20gb     Device  0: (UUID: MIG-77777777-0000-1111-2222-333344445555)\n"
    )
    script = f"print({row!r} if arguments and 'query' in arguments[0] else {listing!r})"
    machine = probed(fake_driver.nvml("fail nvmlInit = 999\n").smi(script))
    assert machine.gpus is not None
    mig = machine.gpus[0].mig
    assert mig is not None
    assert [part.name for part in mig.instances] == ["MIG 3g.20gb"]


def test_in_wsl_it_is_found_off_the_path(fake_driver: FakeDriver) -> None:
    fake_driver.nvml("fail nvmlInit = 999\n").smi(ANSWERS)
    place = fake_driver.root / "usr/lib/wsl/lib/nvidia-smi"
    place.parent.mkdir(parents=True)
    (fake_driver.folder / "bin/nvidia-smi").rename(place)
    machine = probed(fake_driver)
    assert machine.gpus is not None
    assert [gpu.name for gpu in machine.gpus] == ["NVIDIA GeForce RTX 3090"]


def test_its_error_text_is_kept(fake_driver: FakeDriver) -> None:
    script = 'print("Failed to initialize NVML: Driver/library version mismatch"); sys.exit(18)'
    machine = probed(fake_driver.nvml("fail nvmlInit = 18\n").smi(script))
    reading = machine.reading("nvidia-smi")
    assert reading is not None
    assert reading.status is Status.ERROR
    assert reading.detail == "Failed to initialize NVML: Driver/library version mismatch"


def test_it_helps_when_nvml_hangs_and_ends_the_wait(fake_driver: FakeDriver) -> None:
    began = time.monotonic()
    machine = probed(fake_driver.nvml(LAPTOP + "hang nvmlInit\n").smi(ANSWERS), timeout_s=30)
    assert time.monotonic() - began < 8
    reading = machine.reading("nvml")
    assert reading is not None
    assert reading.status is Status.TIMEOUT
    assert machine.gpus is not None
    assert machine.gpus[0].name == "NVIDIA GeForce RTX 3090"


def test_when_both_hang_neither_means_no_driver(fake_driver: FakeDriver) -> None:
    fake_driver.nvml("hang nvmlInit\n").smi("time.sleep(60)")
    machine = probed(fake_driver, timeout_s=2.5)
    statuses = {each.source: each.status for each in machine.readings}
    assert statuses["nvml"] is Status.TIMEOUT
    assert statuses["nvidia-smi"] is Status.TIMEOUT
    assert machine.driver is None


def test_no_devices_is_an_answer() -> None:
    facts = parse_query("No devices were found\n", FIELDS, 6)
    assert (facts.gpus, facts.reading.status) == ((), Status.OK)


def test_a_lost_card_between_the_rows_is_a_lost_card() -> None:
    text = (
        f"{ROW}\nUnable to determine the device handle for GPU1: 0000:24:00.0: GPU is lost."
        "  Reboot the system to recover this GPU\n"
    )
    facts = parse_query(text, FIELDS)
    assert facts.gpus is not None
    assert [gpu.state for gpu in facts.gpus] == [GpuState.OK, GpuState.LOST]
    assert (facts.gpus[1].index, facts.gpus[1].pci_bus_id) == (1, "00000000:24:00.0")


def test_cells_without_a_value_are_unknown() -> None:
    row = "0, [Unknown Error], [N/A], [N/A], 570.86, [Not Supported], [N/A], [N/A], Disabled"
    facts = parse_query(row, FIELDS)
    assert facts.gpus is not None
    (gpu,) = facts.gpus
    assert (gpu.name, gpu.memory_mib, gpu.compute_capability) == (None, None, None)
    assert gpu.unified_memory is True
    assert gpu.mig is not None
    assert not gpu.mig.enabled
