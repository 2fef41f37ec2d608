"""Compute capabilities that no report prints come from the packaged matrix."""

from __future__ import annotations

from gpusetup.compat_files import load_packaged
from gpusetup.machine import Machine
from gpusetup.reports.capabilities import fill_capabilities
from tests.reports.reading import read


def capabilities(name: str) -> list[tuple[tuple[int, int] | None, str | None]]:
    machine: Machine = fill_capabilities(read(name).machine, load_packaged())
    return [(gpu.compute_capability, gpu.capability_source) for gpu in machine.gpus or ()]


def test_a_name_gives_the_capability() -> None:
    assert capabilities("table-620.txt") == [((8, 9), "name-table")]


def test_a_name_that_is_cut_gives_it_where_all_such_cards_agree() -> None:
    assert capabilities("table-384.txt")[0] == ((6, 1), "name-table")
    assert capabilities("table-470-holes.txt") == [
        (None, None),  # "NVIDIA GeForce ..." may be anything
        ((7, 5), "name-table"),
        ((7, 5), "name-table"),
    ]


def test_a_pci_id_is_surer_than_a_name() -> None:
    assert capabilities("log-535.xml") == [((8, 0), "pci-table"), ((6, 1), "pci-table")]


def test_what_the_report_prints_stays() -> None:
    assert capabilities("query-header.csv")[0] == ((8, 9), "nvidia-smi")


def test_cards_on_the_bus_get_theirs_without_a_driver() -> None:
    machine = fill_capabilities(read("module-mismatch.txt").machine, load_packaged())
    cards = [(card.chip, card.compute_capability) for card in machine.pci_gpus or ()]
    assert cards == [("GA102", (8, 6)), ("GH100", (9, 0))]
