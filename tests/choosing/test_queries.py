"""Questions to the matrix: names as printed, PCI ids, driver branches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpusetup.basics.versions import Capability, Version
from gpusetup.compat_files import load_packaged
from gpusetup.matrix.rows import GpuModel, Matrix, PciDevice, gpus_named


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("NVIDIA GeForce RTX 3090", (8, 6)),
        ("GeForce RTX 3090", (8, 6)),
        ("nvidia  geforce rtx 3090", (8, 6)),
        ("GeForce GTX 1080 Ti", (6, 1)),
        ("NVIDIA GeForce GTX 1080 Ti", (6, 1)),
        ("Tesla T4", (7, 5)),
        ("NVIDIA T4", (7, 5)),
        ("Tesla K80", (3, 7)),
        ("Tesla V100-SXM2-32GB", (7, 0)),
        ("NVIDIA GeForce RTX 4060 Laptop GPU", (8, 9)),
        ("NVIDIA GeForce GTX 1080 with Max-Q Design", (6, 1)),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", (8, 0)),
        ("NVIDIA H200", (9, 0)),
        ("NVIDIA B200", (10, 0)),
        ("NVIDIA GB10", (12, 1)),
        ("NVIDIA GeForce RTX 5090", (12, 0)),
        ("NVIDIA A40-12Q", (8, 6)),
        ("GRID T4-8Q", (7, 5)),
        # cut off by the table of nvidia-smi
        ("GeForce GTX 108...", (6, 1)),
        ("NVIDIA GeForce RTX 2080 ...", (7, 5)),
        ("NVIDIA RTX PRO 6000 Blac...", (12, 0)),
        ("NVIDIA GeForce RTX 4050 ...", (8, 9)),
        # several capabilities under one name, or under one beginning
        ("GeForce GT 730", None),
        ("GeForce GTX 860M", None),
        ("NVIDIA GeForce RTX 30...", None),
        ("NVIDIA GeForce ...", None),
        ("...", None),
        # not cards of the table
        ("NVIDIA GeForce RTX 9999", None),
        ("GeForce RTX 309", None),
        ("Graphics Device", None),
        ("ERR!", None),
        ("", None),
    ],
)
def test_a_printed_name_tells_the_capability_or_nothing(
    name: str, capability: Capability | None
) -> None:
    assert load_packaged().capability_of_name(name) == capability


def model(name: str) -> GpuModel | None:
    found = gpus_named(load_packaged().gpus, name)
    return found[0] if len(found) == 1 else None


def test_a_name_tells_the_model_with_its_figures() -> None:
    found = model("NVIDIA GeForce RTX 4090")
    assert found is not None
    assert (found.chip, found.memory_gb, found.power_w) == ("AD102", 24, 450)
    assert found.figures["bandwidth_gb_s"] == 1008


def test_a_cut_name_tells_a_model_only_where_it_is_unique() -> None:
    assert model("NVIDIA GeForce RTX 2080 ...") is None
    found = model("NVIDIA RTX 6000 Ada Gen...")
    assert found is not None
    assert found.name == "NVIDIA RTX 6000 Ada Generation"


def test_every_model_is_found_by_its_own_name() -> None:
    matrix = load_packaged()
    assert [gpu.name for gpu in matrix.gpus if model(gpu.name) != gpu] == []


def test_memory_is_the_smallest_that_the_name_is_sold_with() -> None:
    found = model("NVIDIA GeForce RTX 3080")
    assert found is not None
    assert (found.memory_gb, found.memory_options) == (10, (10, 12))


@pytest.mark.parametrize("device", ["2684", "26A0"])
def test_a_pci_id_tells_chip_and_capability(device: str) -> None:
    found = load_packaged().pci_device(device)
    assert found is not None
    assert found[:3] == ("AD102", "Ada Lovelace", (8, 9))


def test_only_a_listed_pci_id_tells_a_name() -> None:
    matrix = load_packaged()
    assert matrix.pci_device("2684") == PciDevice(
        "AD102", "Ada Lovelace", (8, 9), "NVIDIA GeForce RTX 4090"
    )
    assert matrix.pci_device("26a0") == PciDevice("AD102", "Ada Lovelace", (8, 9), None)


def test_a_pci_range_of_several_chips_tells_no_capability() -> None:
    found = load_packaged().pci_device("1039")
    assert found is not None
    assert found.compute_capability is None


def test_a_pci_id_outside_of_all_ranges_tells_nothing() -> None:
    assert load_packaged().pci_device("ffff") is None


@pytest.mark.parametrize(
    ("branch", "capability", "drives"),
    [
        (470, (3, 7), True),
        (495, (3, 7), False),
        (580, (7, 0), True),
        (590, (6, 1), False),
        (620, (7, 5), True),
        (565, (12, 0), False),
        (570, (12, 0), True),
        (440, (8, 0), False),
        (450, (8, 0), True),
        (450, (8, 6), False),
        (580, (8, 7), None),  # Orin: the driver of its system
        (580, (99, 0), None),
    ],
)
def test_a_driver_branch_drives_what_it_was_made_for(
    branch: int, capability: Capability, drives: bool | None
) -> None:
    assert load_packaged().branch_drives(branch, capability) is drives


def test_a_cuda_runtime_with_a_patch_number_finds_its_row() -> None:
    found = load_packaged().cuda_family(Version.parse("12.6.3"))
    assert found is not None
    assert str(found.cuda_runtime) == "12.6"


def test_a_matrix_can_be_made_by_hand() -> None:
    rows = load_packaged().builds_for("linux-x86_64")
    matrix = Matrix(builds=tuple(reversed(rows[:9])), cuda=())
    assert {row.torch for row in matrix.builds_for("linux-x86_64")} == {
        row.torch for row in rows[:9]
    }
    assert matrix.builds_for("windows-x86_64") == ()
    assert matrix.capability_of_name("Tesla T4") is None
    assert matrix.pci_device("2684") is None


def test_a_lazy_matrix_can_be_changed_like_any_other() -> None:
    model = GpuModel("NVIDIA Toy", compute_capability=(9, 9))
    changed = replace(load_packaged(), gpus=(model,))
    assert gpus_named(changed.gpus, "Toy") == (model,)
    assert changed.builds == load_packaged().builds
    assert changed.builds_for("linux-x86_64") == load_packaged().builds_for("linux-x86_64")
