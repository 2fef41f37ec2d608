"""What the lack of a GPU means: each case from a machine that shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gpusetup.conversation import places
from gpusetup.conversation.places import Kind
from gpusetup.conversation.situation import Situation, needs_a_place, situation_of
from gpusetup.machine import Absence, Arch, Driver, Machine, Os, PciGpu, Reading, Status
from gpusetup.messages import sentences
from gpusetup.profiles.reading import machine_from_text

MACHINES = Path(__file__).parents[1] / "machines"
BARE = Machine(Os.LINUX, Arch.X86_64, driver=Absence.NOT_THERE, gpus=(), pci_gpus=())
CARD = PciGpu("2504")
LATE = Reading("nvml", Status.TIMEOUT)
LATE_BUS = Reading("pci", Status.TIMEOUT)

CASES = [
    (BARE, Situation.NONE),
    (replace(BARE, os=Os.MACOS), Situation.MAC),
    (replace(BARE, scheduler="slurm", node_role="login"), Situation.LOGIN_NODE),
    (replace(BARE, container="docker"), Situation.CONTAINER),
    (replace(BARE, container="docker", pci_gpus=(CARD,)), Situation.CONTAINER),
    (replace(BARE, wsl=2), Situation.WSL),
    (replace(BARE, pci_gpus=(CARD,)), Situation.NO_DRIVER),
    (replace(BARE, pci_gpus=(replace(CARD, bound_driver="nouveau"),)), Situation.OTHER_DRIVER),
    (replace(BARE, pci_gpus=(replace(CARD, bound_driver="vfio-pci"),)), Situation.NONE),
    (replace(BARE, driver=Driver(), gpus=None), Situation.BROKEN),
    (replace(BARE, readings=(Reading("pci-amd", Status.OK, "744c"),)), Situation.AMD),
    (replace(BARE, driver=None, gpus=None, readings=(LATE,)), Situation.BROKEN),
    (
        replace(BARE, driver=None, gpus=None, pci_gpus=(CARD,), readings=(LATE,)),
        Situation.BROKEN,
    ),
    (replace(BARE, driver=None, gpus=None, pci_gpus=(CARD,)), Situation.UNKNOWN),
    (replace(BARE, driver=None, gpus=None, readings=(LATE_BUS,)), Situation.UNKNOWN),
]


@pytest.mark.parametrize(("machine", "situation"), CASES)
def test_each_case_is_told_from_what_was_found(machine: Machine, situation: Situation) -> None:
    assert situation_of(machine) is situation


@pytest.mark.parametrize("name", ["laptop-4060-wsl2", "lab-535-four-cards", "slurm-login"])
def test_where_gpus_can_be_used_there_is_no_such_case(name: str) -> None:
    text = (MACHINES / f"{name}.yaml").read_text("utf-8")
    assert situation_of(machine_from_text(text, name)) is None


@pytest.mark.parametrize("situation", Situation)
def test_each_case_says_what_it_means_and_what_to_do(situation: Situation) -> None:
    code = f"nogpu.{situation.value}"
    assert {code, f"{code}.do"} <= set(sentences())


def test_elsewhere_is_offered_where_nothing_can_be_mended() -> None:
    assert needs_a_place(Situation.NONE)
    assert not needs_a_place(Situation.NO_DRIVER)
    assert not needs_a_place(None)


@pytest.mark.parametrize("kind", Kind)
def test_the_places_have_addresses_and_no_prices(kind: Kind) -> None:
    found = places.of_kind(kind)
    assert len(found) >= 3
    for each in found:
        assert each.address.startswith("https://")
        note = sentences()[f"places.note.{each.note}"]
        assert not set("$€¥") & set(each.name + each.address + note)
