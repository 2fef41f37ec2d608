"""Where a build comes from: what was reached, a wheelhouse, channels, engines."""

from __future__ import annotations

from gpusetup.choosing.sources import Reach, Sources, WheelFile
from gpusetup.request import Engine, Origin
from tests.choosing.asking import answer, chosen, refused
from tests.choosing.worlds import machine

UNREACHED_INDEX = Reach(Origin.WHEEL_INDEX, reached=False)
HOUSE = tuple(
    WheelFile(f"{name}-cp311-cp311-manylinux_2_28_x86_64.whl", "/srv/wheels")
    for name in ("torch-2.13.0+cpu", "torchvision-0.28.0+cpu")
)


def test_without_the_pytorch_index_the_wheelhouse_serves_the_processor_even_if_older() -> None:
    sources = Sources((UNREACHED_INDEX,), HOUSE, python_downloads=True)
    choice = chosen(machine(), sources)
    assert (str(choice.build.torch), choice.build.origin) == ("2.13.0", Origin.WHEELHOUSE)
    assert choice.build.location == "/srv/wheels"
    assert choice.would_change[0].condition.facts["condition"] == "wheel-index reached"
    assert str(choice.would_change[0].then.torch) == "2.15.0"


def test_the_default_wheel_of_the_package_index_comes_last_with_its_size() -> None:
    choice = chosen(machine(), Sources((UNREACHED_INDEX,)))
    assert (choice.build.origin, choice.build.build) == (Origin.PYPI, "cu132")
    assert choice.warnings[0].code == "choose.cpu-from-pypi-is-large"
    assert choice.warnings[0].facts["gib"] == "2.8"


def test_a_processor_torch_of_a_wheelhouse_takes_its_companion_from_there_or_none() -> None:
    sources = Sources((UNREACHED_INDEX,), HOUSE)
    choice = chosen(machine(), sources, packages=("torchvision", "torchaudio"))
    assert [(c.name, str(c.version), c.local) for c in choice.companions] == [
        ("torchvision", "0.28.0", "cpu")
    ]
    assert [each.facts["package"] for each in choice.warnings] == ["torchaudio"]


def test_a_wheelhouse_with_the_processor_build_alone_is_refused_beside_a_gpu() -> None:
    where = machine("580.95.05", "8.9")
    said = answer(where, Sources(wheels=HOUSE), wheelhouse="/srv/wheels")
    assert said == "cpu-build-only: 2.15.0+cu132 origin"


def test_a_wheel_in_the_house_is_preferred_to_the_same_torch_elsewhere() -> None:
    wheel = WheelFile("torch-2.15.0-cp312-cp312-manylinux_2_28_x86_64.whl", "/srv/wheels")
    choice = chosen(machine("580.95.05", "8.9"), Sources(wheels=(wheel,)))
    assert (choice.build.origin, choice.build.build) == (Origin.WHEELHOUSE, "cu132")
    assert str(choice.python) == "3.12"


def test_only_the_folders_that_answered_are_planned() -> None:
    sources = Sources((Reach(Origin.WHEEL_INDEX, True, builds=("cu118",)),))
    assert answer(machine("535.183.01", "8.9"), sources) == "2.10.0+cu128 pypi"


def test_channels_compete_when_no_wheel_can_be_reached() -> None:
    sources = Sources((UNREACHED_INDEX, Reach(Origin.PYPI, reached=False)))
    assert answer(machine("580.95.05", "8.9"), sources) == "2.13.0+cu130 conda-forge"


def test_nothing_reachable_is_a_refusal_that_names_what_would_help() -> None:
    nowhere = Sources(tuple(Reach(origin, reached=False) for origin in Origin))
    refusal = refused(machine("580.95.05", "8.9"), nowhere)
    assert refusal.code == "choose.origin-unreachable"
    assert [change.condition.code for change in refusal.would_change] == ["choose.origin-reached"]


def test_a_channel_without_conda_needs_the_embedded_engine() -> None:
    assert chosen(machine("580.65.06", "6.1 12.0")).engine is Engine.RATTLER
    assert chosen(machine("580.65.06", "8.9")).engine is Engine.UV
