"""What the kernel's files and the loader's folders tell without any process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpusetup.basics.versions import Version
from gpusetup.machine import Status
from gpusetup.probe.kernel import parse_nvrm_version, read_kernel
from gpusetup.probe.libcuda import facts_from, find_libraries
from gpusetup.probe.pci import bus_id, read_pci


def write(root: Path, path: str, text: str = "") -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("text", "version", "module"),
    [
        (
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  375.26  Thu Dec  8 18:36:43 PST 2016",
            "375.26",
            "proprietary",
        ),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.144.03  Release Build",
            "550.144.03",
            "open",
        ),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  580.95.05  Release Build",
            "580.95.05",
            "open",
        ),
    ],
)
def test_the_modules_version_line_is_read(text: str, version: str, module: str) -> None:
    assert parse_nvrm_version(text + "\n") == (Version.parse(version), module)


def test_another_drivers_version_line_is_not_read() -> None:
    assert parse_nvrm_version("GCC version:  gcc version 11.4.0\n") is None


def test_the_modules_cards_have_names(tmp_path: Path) -> None:
    information = "Model: \t\t NVIDIA GeForce RTX 4090\nIRQ:   \t\t 200\n"
    write(tmp_path, "proc/driver/nvidia/gpus/0000:0a:00.0/information", information)
    assert read_kernel(tmp_path).models == {"00000000:0A:00.0": "NVIDIA GeForce RTX 4090"}


def nodes(root: Path) -> tuple[Status, str | None]:
    reading = next(each for each in read_kernel(root).readings if each.source == "device-nodes")
    return reading.status, reading.detail


def test_device_nodes_are_listed(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm"):
        write(tmp_path, f"dev/{name}")
    assert nodes(tmp_path) == (Status.OK, "/dev/nvidia0, /dev/nvidiactl, /dev/nvidia-uvm")


def test_a_missing_node_is_named(tmp_path: Path) -> None:
    write(tmp_path, "dev/nvidia0")
    assert nodes(tmp_path) == (Status.PARTIAL, "missing: /dev/nvidia-uvm")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open every node")
def test_a_node_that_is_not_ours_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "dev/nvidia0").chmod(0)
    assert nodes(tmp_path) == (Status.ERROR, "permission denied: /dev/nvidia0")


def test_the_wsl_node_is_enough_in_wsl(tmp_path: Path) -> None:
    write(tmp_path, "dev/dxg")
    assert nodes(tmp_path) == (Status.OK, "/dev/dxg")


def test_only_nvidias_display_devices_count(tmp_path: Path) -> None:
    for bus, vendor, group in (
        ("0000:00:02.0", "0x8086", "0x030000"),
        ("0000:01:00.0", "0x10de", "0x030200"),
        ("0000:01:00.1", "0x10de", "0x040300"),
    ):
        for name, text in (("vendor", vendor), ("class", group), ("device", "0x20B0")):
            write(tmp_path, f"sys/bus/pci/devices/{bus}/{name}", text + "\n")
    gpus = read_pci(tmp_path).gpus
    assert gpus is not None
    assert [(gpu.device_id, gpu.bus_id) for gpu in gpus] == [("20b0", "00000000:01:00.0")]


def test_bus_ids_have_one_spelling() -> None:
    assert bus_id("0000:0a:00.0") == bus_id("00000000:0A:00.0") == "00000000:0A:00.0"
    assert bus_id("000f:01:00.0") == "0000000F:01:00.0"
    assert bus_id("[N/A]") is None


def test_the_librarys_version_stands_in_the_name_behind_its_link(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/x86_64-linux-gnu"
    write(folder, "libcuda.so.535.161.08")
    (folder / "libcuda.so.1").symlink_to("libcuda.so.535.161.08")
    (library,) = find_libraries(tmp_path, {})
    assert library.version == Version.parse("535.161.08")


def test_the_loaders_cache_tells_unusual_places(tmp_path: Path) -> None:
    write(tmp_path, "srv/driver/libcuda.so.550.54.15")
    (tmp_path / "srv/driver/libcuda.so.1").symlink_to("libcuda.so.550.54.15")
    cache = tmp_path / "etc/ld.so.cache"
    cache.parent.mkdir()
    cache.write_bytes(b"ld.so-1.7.0\0libcuda.so.1\0/srv/driver/libcuda.so.1\0libz.so.1\0")
    (library,) = find_libraries(tmp_path, {})
    assert library.version == Version.parse("550.54.15")


def test_a_library_of_a_compat_package_says_nothing_about_the_driver(tmp_path: Path) -> None:
    folder = tmp_path / "usr/local/cuda/compat"
    write(folder, "libcuda.so.580.65.06")
    (folder / "libcuda.so.1").symlink_to("libcuda.so.580.65.06")
    (library,) = find_libraries(tmp_path, {"LD_LIBRARY_PATH": str(folder)})
    assert library.is_stand_in


def test_a_stub_of_libcuda_is_an_error_with_its_number() -> None:
    facts = facts_from("answer\t34\t0\t/usr/local/cuda/lib64/stubs/libcuda.so\n", 0)
    assert (facts.reading.status, facts.reading.detail) == (
        Status.ERROR,
        "cuDriverGetVersion: 34",
    )
    assert facts.is_stand_in


def test_libcuda_that_crashes_is_an_error() -> None:
    reading = facts_from("", -11).reading
    assert (reading.status, reading.detail) == (Status.ERROR, "SIGSEGV")
