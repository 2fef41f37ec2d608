"""Given this machine and these wishes, this build: over the packaged matrix.

Each expectation follows from the tables: the minimum driver of a CUDA, the last driver branch of
an architecture, what a build was compiled for, its Python, its glibc.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpusetup.choice import Choice, Refusal
from gpusetup.choose import choose
from gpusetup.machine import Absence, Driver, Gpu, GpuState, Libc, Machine, PciGpu
from gpusetup.matrix import Confidence
from gpusetup.request import Engine, GpuPolicy, Origin, Request
from gpusetup.sources import Reach, Sources, WheelFile
from tests.choosing.worlds import cards, machine, real_matrix, version


def answer(where: Machine, sources: Sources | None = None, **wishes: object) -> str:
    """A choice as "2.14.1+cu126 wheel-index"; a refusal as its code and its first alternative."""
    decision = choose(where, Request(**wishes), real_matrix(), sources)  # type: ignore[arg-type]
    if isinstance(decision, Choice):
        build = decision.build
        return f"{build.torch}+{build.build} {build.origin.value}"
    first = decision.nearest[0] if decision.nearest else None
    nearest = f"{first.torch}+{first.build} {','.join(first.changed)}" if first else "nothing"
    return f"{decision.code.removeprefix('choose.')}: {nearest}"


def chosen(where: Machine, sources: Sources | None = None, **wishes: object) -> Choice:
    decision = choose(where, Request(**wishes), real_matrix(), sources)  # type: ignore[arg-type]
    assert isinstance(decision, Choice), decision
    return decision


def refused(where: Machine, sources: Sources | None = None, **wishes: object) -> Refusal:
    decision = choose(where, Request(**wishes), real_matrix(), sources)  # type: ignore[arg-type]
    assert isinstance(decision, Refusal), decision
    return decision


@pytest.mark.parametrize(
    ("driver", "gpus", "expected"),
    [
        # Kepler ends with driver 470, CUDA 11 and cuDNN 8
        ("384.81", "3.7", "1.1.0+cu90 pypi"),
        ("396.37", "3.5", "1.3.0+cu92 wheel-index"),
        ("440.33.01", "3.7", "1.12.1+cu102 pypi"),
        ("460.32.03", "3.7", "2.3.1+cu118 wheel-index"),
        ("470.256.02", "3.7", "2.3.1+cu118 wheel-index"),
        ("470.256.02", "3.5", "1.3.0+cu101 pypi"),
        ("470.256.02", "3.7 7.0", "2.3.1+cu118 wheel-index"),
        # CUDA before 11 wants the driver of its own toolkit
        ("410.104", "7.5", "1.7.1+cu92 wheel-index"),
        ("418.67", "7.0", "1.8.1+cu101 wheel-index"),
        ("440.33.01", "6.1", "1.12.1+cu102 pypi"),
        # 450.36 is the floor of 11.0, and 450.80 that of all later 11.x
        ("450.36.06", "8.0", "1.7.1+cu110 wheel-index"),
        ("450.51.06", "8.0", "1.7.1+cu110 wheel-index"),
        ("450.80.02", "8.0", "2.7.1+cu118 wheel-index"),
        ("455.32.00", "8.6", "2.7.1+cu118 wheel-index"),
        ("470.82.01", "8.6", "2.7.1+cu118 wheel-index"),
        ("510.47.03", "8.6", "2.7.1+cu118 wheel-index"),
        ("520.61.05", "8.9", "2.7.1+cu118 wheel-index"),
        # 525 serves all of CUDA 12, whose wheels end with 2.14.1
        ("525.60.13", "8.9", "2.14.1+cu126 wheel-index"),
        ("525.147.05", "8.0", "2.14.1+cu126 wheel-index"),
        ("535.183.01", "5.2", "2.14.1+cu126 wheel-index"),
        ("550.90.07", "7.0", "2.14.1+cu126 wheel-index"),
        ("560.35.03", "6.0", "2.14.1+cu126 wheel-index"),
        ("565.57.01", "8.9 8.9", "2.14.1+cu126 wheel-index"),
        ("550.90.07", "6.1 7.0 7.5 8.9", "2.14.1+cu126 wheel-index"),
        # cu126 has no Blackwell, cu128 ended with 2.11
        ("570.124.06", "10.0", "2.11.0+cu128 wheel-index"),
        ("575.57.08", "12.0", "2.11.0+cu128 wheel-index"),
        ("575.57.08", "10.3", "2.11.0+cu128 wheel-index"),
        # CUDA 13 from driver 580 on, and from Turing on
        ("580.65.06", "7.5", "2.15.0+cu132 pypi"),
        ("580.95.05", "8.6", "2.15.0+cu132 pypi"),
        ("580.95.05", "12.1", "2.15.0+cu132 pypi"),
        ("580.95.05", "5.0", "2.14.1+cu126 wheel-index"),
        ("580.95.05", "6.1", "2.14.1+cu126 wheel-index"),
        ("580.95.05", "7.0", "2.14.1+cu126 wheel-index"),
        ("580.95.05", "7.0 9.0", "2.14.1+cu126 wheel-index"),
        ("590.48.01", "9.0", "2.15.0+cu132 pypi"),
        ("595.71.05", "10.3", "2.15.0+cu132 pypi"),
        ("610.43.02", "8.9", "2.15.0+cu132 pypi"),
        ("615.71.09", "12.0", "2.15.0+cu132 pypi"),
        # no wheel has both Pascal and Blackwell
        ("580.65.06", "6.1 12.0", "2.13.0+cu129 conda-forge"),
        # GPUs that the driver does not drive
        ("535.183.01", "3.7", "driver-dropped-gpu: 2.3.1+cu118 driver"),
        ("590.48.01", "6.1", "driver-dropped-gpu: 2.14.1+cu126 driver"),
        ("595.71.05", "6.1 12.0", "driver-dropped-gpu: 2.15.0+cu132 gpu-policy"),
        ("535.183.01", "12.0", "driver-before-gpu: 2.15.0+cu132 driver"),
        # GPUs that no build was ever compiled for
        ("390.157", "2.1", "gpu-not-covered: 2.15.0+cpu cuda"),
        ("470.256.02", "3.0", "gpu-not-covered: 2.15.0+cpu cuda"),
    ],
)
def test_linux_gets_the_newest_torch_that_surely_runs(
    driver: str, gpus: str, expected: str
) -> None:
    assert answer(machine(driver, gpus)) == expected


@pytest.mark.parametrize(
    ("driver", "gpus", "expected"),
    [
        ("452.39", "7.5", "2.7.1+cu118 wheel-index"),
        ("472.50", "6.1", "2.7.1+cu118 wheel-index"),
        ("512.15", "8.6", "2.7.1+cu118 wheel-index"),
        ("528.33", "8.9", "2.14.1+cu126 wheel-index"),
        ("537.58", "8.6", "2.14.1+cu126 wheel-index"),
        ("576.57", "12.0", "2.11.0+cu128 wheel-index"),
        ("581.29", "8.6", "2.15.0+cu132 wheel-index"),
        ("581.29", "6.1", "2.14.1+cu126 wheel-index"),  # 581 is still branch R580
        ("591.86", "6.1", "driver-dropped-gpu: 2.14.1+cu126 driver"),
        ("617.14", "12.0", "2.15.0+cu132 wheel-index"),
    ],
)
def test_windows_gets_wheels_of_the_pytorch_index(driver: str, gpus: str, expected: str) -> None:
    assert answer(machine(driver, gpus, os="windows")) == expected


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("537.58", "2.14.1+cu126 wheel-index"),
        ("528.33", "2.14.1+cu126 wheel-index"),
        ("527.41", "2.7.1+cu118 wheel-index"),  # enough on Linux, not on Windows
        ("581.80", "2.15.0+cu132 pypi"),
    ],
)
def test_wsl_2_takes_linux_builds_by_the_windows_driver(driver: str, expected: str) -> None:
    assert answer(machine(driver, "8.9", wsl=2)) == expected


@pytest.mark.parametrize(
    ("driver", "gpus", "expected"),
    [
        ("535.129.03", "9.0", "2.14.1+cu126 wheel-index"),  # GH200
        ("570.124.06", "10.0", "2.11.0+cu128 wheel-index"),  # GB200
        ("580.95.05", "12.1", "2.15.0+cu132 pypi"),  # GB10
        ("580.95.05", "11.0", "2.15.0+cu132 pypi"),  # Thor
        ("540.4.0", "8.7", "2.13.0+cu129 conda-forge"),  # Orin: only a build of its own
        ("595.78", "8.7", "2.15.0+cu132 pypi"),  # Orin from CUDA 13.2 on: an ordinary 8.x
        ("540.4.0", "7.2", "gpu-not-covered: 2.15.0+cpu cuda"),  # Xavier
    ],
)
def test_arm_servers_and_jetsons(driver: str, gpus: str, expected: str) -> None:
    assert answer(machine(driver, gpus, arch="aarch64")) == expected


@pytest.mark.parametrize(
    ("glibc", "gpus", "expected"),
    [
        ("2.17", "8.0", "2.6.0+cu124 pypi"),
        ("2.27", "8.0", "2.6.0+cu124 pypi"),
        ("2.28", "8.0", "2.15.0+cu132 pypi"),
        ("2.17", "", "2.6.0+cpu wheel-index"),
        ("2.12", "8.0", "glibc-too-old: nothing"),
    ],
)
def test_an_old_glibc_takes_the_last_torch_that_loads_on_it(
    glibc: str, gpus: str, expected: str
) -> None:
    assert answer(machine("580.95.05" if gpus else None, gpus, glibc=glibc)) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (machine(), "2.15.0+cpu wheel-index"),
        (machine(os="windows"), "2.15.0+cpu wheel-index"),
        (machine(arch="aarch64"), "2.15.0+cpu wheel-index"),
        (machine(os="macos", arch="arm64", os_version="14"), "2.15.0+cpu pypi"),
        (machine(os="macos", arch="arm64", os_version="12.6"), "2.11.0+cpu pypi"),
        (machine(os="macos", arch="x86_64", os_version="13.1"), "2.2.2+cpu pypi"),
        (machine(os="windows", arch="aarch64"), "no-builds-for-platform: nothing"),
        (machine("550.90", "8.9", wsl=1), "2.15.0+cpu wheel-index"),
    ],
)
def test_without_a_gpu_a_small_build_for_the_processor(where: Machine, expected: str) -> None:
    assert answer(where) == expected


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({"torch": "2.7.1"}, "2.7.1+cu126 pypi"),
        ({"torch": ">=2.4,<2.6"}, "2.5.1+cu124 pypi"),
        ({"torch": "latest"}, "2.15.0+cu132 pypi"),
        ({"torch": "2.7.1+cu128"}, "2.7.1+cu128 wheel-index"),
        ({"cuda": version("12")}, "2.14.1+cu126 wheel-index"),
        ({"build": "cu126"}, "2.14.1+cu126 wheel-index"),
        ({"build": "cpu"}, "2.15.0+cpu wheel-index"),
        ({"python": version("3.9")}, "2.8.0+cu128 pypi"),
        ({"python": version("3.7")}, "1.13.1+cu117 pypi"),
        ({"python": version("3.6")}, "1.10.2+cu113 wheel-index"),
        ({"origin": Origin.CONDA_FORGE}, "2.13.0+cu130 conda-forge"),
        ({"origin": Origin.PYTORCH}, "2.5.1+cu124 pytorch"),
        ({"torch": "2.13.0", "cuda": version("12.9")}, "2.13.0+cu129 conda-forge"),
        ({"torch": "2.13.0+cu129", "origin": Origin.WHEEL_INDEX}, "2.13.0+cu129 wheel-index"),
        # wishes that cannot be met
        ({"torch": "9.9"}, "torch-unknown: 2.15.0+cu132 torch"),
        ({"torch": "two"}, "torch-unreadable: nothing"),
        ({"torch": "2.15.0", "cuda": version("12.6")}, "no-such-build: 2.15.0+cu132 cuda"),
        ({"torch": "2.6.0", "origin": Origin.PYTORCH}, "no-such-build: 2.6.0+cu126 origin"),
        (
            {"torch": "2.15.0", "python": version("3.9")},
            "python-not-supported: 2.15.0+cu132 python",
        ),
        ({"torch": "1.4.0"}, "gpu-not-covered: 1.7.0+cu110 torch"),
        ({"build": "cpu", "cuda": version("12.6")}, "wishes-contradict: nothing"),
        ({"engine": Engine.UV, "origin": Origin.CONDA_FORGE}, "wishes-contradict: nothing"),
        ({"origin": Origin.WHEELHOUSE}, "wheelhouse-has-none: 2.15.0+cu132 origin"),
    ],
)
def test_a_wish_is_honoured_or_refused_with_the_nearest(
    wishes: dict[str, object], expected: str
) -> None:
    assert answer(machine("580.95.05", "8.9"), **wishes) == expected


def test_the_wished_torch_keeps_its_version_when_its_cuda_lacks_the_gpu() -> None:
    where = machine("570.86.15", "7.0", python="3.11")
    wishes = {"torch": "2.7.1", "cuda": version("12.8"), "python": version("3.11")}
    assert answer(where, **wishes) == "gpu-not-covered: 2.7.1+cu126 cuda"


def test_cuda_on_a_mac_is_refused() -> None:
    mac = machine(os="macos", arch="arm64", os_version="15.1")
    assert answer(mac, cuda=version("12.6")) == "no-such-build: 2.15.0+cpu cuda"


def test_the_default_windows_wheel_of_the_package_index_is_refused_beside_a_gpu() -> None:
    where = machine("581.29", "8.6", os="windows")
    assert answer(where, origin=Origin.PYPI) == "cpu-build-only: 2.15.0+cu132 origin"


def test_the_newest_gpu_alone_can_be_served() -> None:
    choice = chosen(machine("580.65.06", "6.1 12.0"), gpu_policy=GpuPolicy.NEWEST)
    assert str(choice.build.torch) == "2.15.0"
    left = next(each for each in choice.warnings if each.code == "choose.gpus-left-out")
    assert left.facts["gpus"] == "GPU 6.1 (6.1)"


def test_a_login_node_is_served_by_what_its_compute_nodes_have() -> None:
    nodes = (machine("570.86.15", "7.0 7.0"), machine("525.60.13", "8.0"))
    assert answer(machine(nodes=nodes)) == "2.14.1+cu126 wheel-index"


def test_the_oldest_glibc_of_login_and_compute_nodes_counts() -> None:
    old = machine("580.95.05", "8.0", glibc="2.17")
    assert answer(machine(nodes=(old,))) == "2.6.0+cu124 pypi"
    new = machine("580.95.05", "8.0")
    assert answer(machine(glibc="2.17", nodes=(new,))) == "2.6.0+cu124 pypi"


def test_a_lost_gpu_still_has_to_be_covered() -> None:
    where = machine("580.95.05", "8.9")
    lost = Gpu(1, "GTX 1080 Ti", (6, 1), state=GpuState.LOST)
    where = replace(where, gpus=(*(where.gpus or ()), lost))
    assert answer(where) == "2.14.1+cu126 wheel-index"


@pytest.mark.parametrize(
    ("capability", "expected", "minimum"),
    [
        ((6, 1), "2.14.1+cu126 wheel-index", "525.60.13"),
        ((3, 7), "2.3.1+cu118 wheel-index", "450.80.02"),
        ((12, 0), "2.15.0+cu132 pypi", "580"),
    ],
)
def test_a_card_without_driver_is_chosen_for_and_the_driver_is_named(
    capability: tuple[int, int], expected: str, minimum: str
) -> None:
    card = PciGpu("1b06", capability and "chip", None, capability)
    where = replace(machine(), pci_gpus=(card,))
    assert answer(where) == expected
    warning = next(w for w in chosen(where).warnings if w.code == "choose.no-driver-yet")
    assert warning.facts["minimum"] == minimum


@pytest.mark.parametrize(
    ("cuda", "gpus", "expected"),
    [
        ("12.2", "8.6", "2.14.1+cu126 wheel-index"),
        ("13.0", "8.6", "2.15.0+cu132 pypi"),
        ("11.0", "8.0", "1.7.1+cu110 wheel-index"),
        ("11.4", "8.0", "2.7.1+cu118 wheel-index"),
        ("10.2", "7.0", "1.12.1+cu102 pypi"),
        ("12.2", "3.7", "driver-dropped-gpu: 2.3.1+cu118 driver"),
    ],
)
def test_a_driver_known_only_by_its_cuda_version_is_a_lower_bound(
    cuda: str, gpus: str, expected: str
) -> None:
    where = replace(machine(gpus=gpus), driver=Driver(None, version(cuda)))
    assert answer(where) == expected


def test_unknown_gpus_under_a_known_driver_are_served_by_the_driver_with_a_warning() -> None:
    choice = chosen(replace(machine("535.183.01"), gpus=None))
    assert choice.build.build == "cu126"
    assert choice.confidence is Confidence.LOW
    assert [each.code for each in choice.warnings] == ["choose.gpus-unknown"]


def test_a_gpu_without_capability_is_known_by_its_name() -> None:
    where = replace(machine("580.95.05"), gpus=(Gpu(0, "NVIDIA GeForce GTX 1080 Ti"),))
    assert answer(where) == "2.14.1+cu126 wheel-index"


def test_a_gpu_that_nothing_is_known_about_lowers_the_confidence() -> None:
    choice = chosen(replace(machine("580.95.05"), gpus=(Gpu(0, "Graphics Device"),)))
    assert choice.confidence is Confidence.LOW
    assert [each.code for each in choice.warnings] == ["choose.capability-unknown"]


def test_nothing_known_gives_a_processor_build_and_says_so() -> None:
    choice = chosen(replace(machine(), driver=None, gpus=None))
    assert choice.build.is_cpu
    assert [each.code for each in choice.warnings] == ["choose.nothing-known-about-gpus"]


def test_musl_is_refused_for_all_builds() -> None:
    where = replace(machine(), libc=Libc("musl", version("1.2.4")))
    assert refused(where).code == "choose.not-glibc"


# What cannot be reached is not planned

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


# Companions


def test_asking_for_torchaudio_gives_the_newest_torch_that_it_can_be_imported_with() -> None:
    choice = chosen(machine("580.65.06", "8.9"), packages=("torchaudio",))
    assert (str(choice.build.torch), choice.build.build) == ("2.14.1", "cu130")
    assert [(c.name, str(c.version)) for c in choice.companions] == [("torchaudio", "2.11.0")]


def test_without_a_gpu_a_companion_narrows_in_the_same_way() -> None:
    choice = chosen(machine(), packages=("torchvision", "torchaudio"))
    assert (str(choice.build.torch), choice.build.build) == ("2.14.1", "cpu")
    assert [each.name for each in choice.companions] == ["torchvision", "torchaudio"]


def test_a_companion_that_does_not_exist_for_the_wished_torch_is_left_out() -> None:
    choice = chosen(
        machine("580.65.06", "8.9"), torch="2.15.0", packages=("torchvision", "torchaudio")
    )
    assert [each.name for each in choice.companions] == ["torchvision"]
    assert [each.code for each in choice.warnings] == ["choose.companion-left-out"]


def test_the_python_suits_the_companions_too() -> None:
    choice = chosen(machine("580.65.06", "8.9"), torch="2.5.1", packages=("torchvision",))
    assert str(choice.python) == "3.12"  # torch 2.5.1 has 3.13, torchvision 0.20.1 has not
    alone = chosen(machine("580.65.06", "8.9"), torch="2.5.1")
    assert str(alone.python) == "3.13"


# Python, engine, pins, confidence


@pytest.mark.parametrize(
    ("python", "downloads", "expected"),
    [
        ("3.12.4", None, "3.12"),  # nothing was probed: the profile's own
        ("3.8.10", None, "3.15"),  # it does not suit: an old interpreter keeps no torch back
        ("3.12.4", True, "3.15"),
        ("3.12.4", False, "3.12"),
        (None, None, "3.15"),
    ],
)
def test_python_without_a_wish(python: str | None, downloads: bool | None, expected: str) -> None:
    where = machine("580.95.05", "8.9", python=python)
    choice = chosen(where, Sources(python_downloads=downloads))
    assert (str(choice.build.torch), str(choice.python)) == ("2.15.0", expected)


def test_where_no_other_python_can_be_had_an_old_one_decides_the_torch() -> None:
    where = machine("580.95.05", "8.9", python="3.9.2")
    choice = chosen(where, Sources(python_downloads=False))
    assert (str(choice.build.torch), str(choice.python)) == ("2.8.0", "3.9")
    conditions = [change.condition.facts["condition"] for change in choice.would_change]
    assert conditions == ["python 3.15"]


def test_a_channel_without_conda_needs_the_embedded_engine() -> None:
    assert chosen(machine("580.65.06", "6.1 12.0")).engine is Engine.RATTLER
    assert chosen(machine("580.65.06", "8.9")).engine is Engine.UV


def test_old_torch_is_pinned_away_from_numpy_2() -> None:
    assert chosen(machine("580.95.05", "8.9"), torch="2.2.2").pins == ("numpy<2",)
    assert chosen(machine("580.95.05", "8.9"), torch="2.3.0").pins == ()
    assert chosen(machine("581.29", "8.9", os="windows"), torch="2.3.0").pins == ("numpy<2",)


def test_a_build_that_is_not_offered_is_taken_only_by_name_and_with_a_warning() -> None:
    where = machine("575.57.08", "12.0")
    choice = chosen(where, torch="2.13.0+cu129", origin=Origin.WHEEL_INDEX)
    assert [each.code for each in choice.warnings] == ["choose.not-offered"]


def test_cuda_without_a_gpu_is_honoured_with_a_warning() -> None:
    choice = chosen(machine(), cuda=version("12.6"))
    assert choice.build.build == "cu126"
    assert [each.code for each in choice.warnings] == ["choose.cuda-without-gpu"]


def test_a_container_without_access_to_the_gpu_hears_how_to_get_it() -> None:
    card = PciGpu("2204", "GA102", None, (8, 6))
    inside = replace(machine(), container="docker", pci_gpus=(card,))
    assert [w.code for w in chosen(inside).warnings] == ["choose.no-driver-in-container"]


def test_a_node_whose_gpus_are_unknown_is_judged_by_its_driver() -> None:
    silent = replace(machine("525.60.13"), gpus=None)
    assert answer(machine(nodes=(machine("580.95.05", "8.0"), silent))) == (
        "2.14.1+cu126 wheel-index"
    )


# What would change the answer


def test_a_newer_driver_is_named_only_where_it_still_drives_the_gpu() -> None:
    turing = chosen(machine("550.90.07", "7.5")).would_change
    assert [each.condition.facts["condition"] for each in turing] == ["driver >= 580"]
    assert chosen(machine("550.90.07", "7.0")).would_change == ()  # R580 is Volta's last branch


def test_a_container_hears_that_the_driver_is_the_hosts() -> None:
    inside = replace(machine("550.90.07", "8.6"), container="docker")
    assert chosen(inside).would_change[0].condition.code == "choose.newer-driver-on-host"


def test_an_older_driver_is_named_for_a_gpu_that_was_dropped() -> None:
    change = refused(machine("595.71.05", "6.1")).would_change[0]
    assert change.condition.facts["condition"] == "driver = R580"
    assert f"{change.then.torch}+{change.then.build}" == "2.14.1+cu126"


def test_a_newer_channel_build_is_mentioned_where_wheels_come_first() -> None:
    changes = chosen(machine("470.256.02", "3.5")).would_change
    assert [each.condition.facts["condition"] for each in changes] == ["--origin conda-forge"]


def test_a_newer_system_is_named_where_glibc_is_too_old() -> None:
    conditions = [
        each.condition.facts["condition"]
        for each in chosen(machine("580.95.05", "8.0", glibc="2.17")).would_change
    ]
    assert conditions == ["glibc >= 2.28"]


# Rejected builds


def test_every_newer_build_is_rejected_with_its_rule() -> None:
    choice = chosen(machine("550.90.07", "7.0"))
    found = {
        f"{each.build.torch}+{each.build.build} {each.build.origin.value}": each.reason.code
        for each in choice.rejected
    }
    assert found["2.15.0+cu132 pypi"] == "choose.driver-too-old"
    assert found["2.15.0+cpu wheel-index"] == "choose.cpu-build-only"
    assert found["2.14.1+cu130 pypi"] == "choose.driver-too-old"
    assert "2.14.1+cu126 wheel-index" not in found
    assert all(each.build.torch >= choice.build.torch for each in choice.rejected)


def test_the_driver_is_blamed_before_the_architecture() -> None:
    where = machine("470.256.02", "6.1")
    newest = chosen(where).rejected[0]
    assert newest.reason.code == "choose.driver-too-old"  # CUDA 13 lacks Pascal too


def test_no_driver_and_no_gpu_is_not_the_same_as_a_driver_without_gpus() -> None:
    both = machine(), replace(machine("550.90"), gpus=())
    assert {answer(each) for each in both} == {"2.15.0+cpu wheel-index"}
    assert answer(replace(machine(), driver=Absence.NOT_THERE, gpus=cards("8.9"))) == (
        "2.15.0+cu132 pypi"
    )
