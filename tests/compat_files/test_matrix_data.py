"""The data itself: complete, sourced, consistent, and true to what the wheels say."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gpusetup.basics.versions import Capability, Version
from gpusetup.benchmark.measurement import Conditions, MeasuredDevice
from gpusetup.benchmark.references import peaks, rate_of
from gpusetup.compat_files import compat_folder, load_folder
from gpusetup.compat_files.compact import compat_files
from gpusetup.matrix.rows import Build, Confidence, Matrix
from gpusetup.request import Origin

FILES = compat_files(compat_folder())

# What `torch/version.py` says in the default Linux x86_64 wheel on PyPI, release by release.
DEFAULT_CUDA = {
    "9.0": "1.0.0 1.0.1 1.1.0",
    "10.0": "1.2.0",
    "10.1": "1.3.0 1.3.1 1.4.0",
    "10.2": "1.5.0 1.5.1 1.6.0 1.7.0 1.7.1 1.8.0 1.8.1 1.9.0 1.9.1 1.10.0 1.10.1 1.10.2 1.11.0 "
    "1.12.0 1.12.1",
    "11.7": "1.13.0 1.13.1 2.0.0 2.0.1",
    "12.1": "2.1.0 2.1.1 2.1.2 2.2.0 2.2.1 2.2.2 2.3.0 2.3.1 2.4.0 2.4.1",
    "12.4": "2.5.0 2.5.1 2.6.0",
    "12.6": "2.7.0 2.7.1",
    "12.8": "2.8.0 2.9.0 2.9.1 2.10.0",
    "13.0": "2.11.0 2.12.0 2.12.1 2.13.0 2.14.0 2.14.1",
    "13.2": "2.15.0",
}


@cache
def matrix() -> Matrix:
    return load_folder(compat_folder())


def builds(
    torch: str, build: str, origin: Origin, platform: str = "linux-x86_64"
) -> tuple[Build, ...]:
    return tuple(
        row
        for row in matrix().builds_for(platform)
        if (str(row.torch), row.build, row.origin) == (torch, build, origin)
    )


def one(torch: str, build: str, origin: Origin, platform: str = "linux-x86_64") -> Build:
    (found,) = builds(torch, build, origin, platform)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_keeps_the_schema(path: Path) -> None:
    schema = json.loads((compat_folder() / "schema" / "compat.json").read_text())
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the pure one takes seconds
    document = yaml.load(path.read_text(), Loader=loader)  # noqa: S506  # both are safe
    if "branches" in document:  # numbers as keys; JSON has none
        document["branches"] = {str(key): row for key, row in document["branches"].items()}
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_source_of_a_file_is_used(path: Path) -> None:
    text = path.read_text()
    head, rows = text.split("\n\n", 2)[1:]
    unused = [key for key in re.findall(r"^  ([\w.-]+):", head, re.M) if not used(key, rows)]
    assert unused == []


def used(key: str, rows: str) -> bool:
    return re.search(rf"source: \[[^\]]*(?<![\w.-]){re.escape(key)}(?![\w.-])", rows) is not None


def rows_of(found: Matrix) -> list[Any]:
    tables = ("builds", "cuda", "branches", "generations", "gpus", "traps")
    more = ("toolkits", "companions", "chips", "pci_ranges", "references", "rates")
    return [row for table in (*tables, *more) for row in getattr(found, table)]


def test_every_row_has_a_source_and_a_day() -> None:
    bare = [row for row in rows_of(matrix()) if not row.source or not row.checked]
    assert bare == []


def test_no_sentence_is_a_command_line() -> None:
    words = re.compile(r"\b(conda|pip|uv|mamba) (install|create|add)\b|--index-url|-c pytorch\b")
    assert [path.name for path in FILES if words.search(path.read_text())] == []


def test_all_52_releases_are_there_from_pypi() -> None:
    releases = {
        str(row.torch) for row in matrix().builds_for("linux-x86_64") if row.origin is Origin.PYPI
    }
    assert releases == {torch for texts in DEFAULT_CUDA.values() for torch in texts.split()}
    assert len(releases) == 52


@pytest.mark.parametrize("cuda", DEFAULT_CUDA)
def test_the_default_linux_wheel_has_the_cuda_that_the_wheel_says(cuda: str) -> None:
    build = "cu" + cuda.replace(".", "")
    for torch in DEFAULT_CUDA[cuda].split():
        assert str(one(torch, build, Origin.PYPI).cuda_runtime) == cuda


def test_windows_wheels_on_pypi_are_for_the_cpu() -> None:
    rows = [row for row in matrix().builds_for("windows-x86_64") if row.origin is Origin.PYPI]
    assert {row.build for row in rows} == {"cpu"}
    assert min(row.torch for row in rows) == Version.parse("1.7.0")


def test_aarch64_wheels_on_pypi_have_cuda_from_2_11_on() -> None:
    rows = [row for row in matrix().builds_for("linux-aarch64") if row.origin is Origin.PYPI]
    first = Version.parse("2.11.0")
    assert all(row.is_cpu == (row.torch < first) for row in rows)


def test_a_platform_is_the_newest_first() -> None:
    rows = matrix().builds_for("linux-x86_64")
    assert [row.torch for row in rows] == sorted((row.torch for row in rows), reverse=True)


def test_every_cuda_runtime_has_its_driver_row() -> None:
    runtimes = {row.cuda_runtime for row in matrix().builds if row.cuda_runtime}
    assert [runtime for runtime in runtimes if matrix().cuda_family(runtime) is None] == []


def test_every_compiled_architecture_belongs_to_a_generation() -> None:
    found = {each for row in matrix().builds for each in (*row.architectures, *row.ptx)}
    assert [each for each in found if matrix().generation(each) is None] == []


def test_every_gpu_and_device_belongs_to_a_generation() -> None:
    chips = {chip.compute_capability for chip in matrix().chips}
    assert [each for each in chips if matrix().generation(each) is None] == []


def test_the_build_name_is_that_of_its_runtime() -> None:
    for row in matrix().builds:
        expected = "cpu" if row.cuda_runtime is None else f"cu{row.cuda_runtime}".replace(".", "")
        assert row.build == expected


def test_linux_builds_say_their_glibc_and_mac_wheels_their_macos() -> None:
    for row in matrix().builds:
        assert (row.glibc is not None) == row.platform.startswith("linux"), row
        if row.origin is Origin.PYPI:
            assert (row.macos is not None) == row.platform.startswith("macos"), row


def test_wheels_since_2_7_need_glibc_2_28() -> None:
    for row in matrix().builds_for("linux-x86_64"):
        if not row.origin.is_conda and row.torch >= Version.parse("2.7.0"):
            assert str(row.glibc) == "2.28"
    assert str(one("2.6.0", "cu126", Origin.WHEEL_INDEX).glibc) == "2.28"
    assert str(one("2.6.0", "cu124", Origin.WHEEL_INDEX).glibc) == "2.17"


def test_only_wheel_index_files_have_a_local_version() -> None:
    for row in matrix().builds:
        assert row.local in (None, row.build)
        if row.origin is not Origin.WHEEL_INDEX:
            assert row.local is None
        else:
            assert row.page


@pytest.mark.parametrize(
    ("torch", "build", "platform", "local"),
    [
        ("1.1.0", "cpu", "linux-x86_64", None),  # torch-1.1.0-cp36-cp36m-linux_x86_64.whl
        ("1.2.0", "cpu", "linux-x86_64", "cpu"),
        ("1.3.1", "cu101", "linux-x86_64", None),
        ("1.7.0", "cu102", "linux-x86_64", None),
        ("1.7.1", "cu110", "linux-x86_64", "cu110"),
        ("1.8.1", "cu102", "linux-x86_64", "cu102"),
        ("2.5.1", "cpu", "linux-aarch64", None),
        ("2.5.1", "cpu", "linux-x86_64", "cpu"),
        ("2.6.0", "cpu", "linux-aarch64", "cpu"),
    ],
)
def test_the_local_version_is_that_of_the_file(
    torch: str, build: str, platform: str, local: str | None
) -> None:
    assert one(torch, build, Origin.WHEEL_INDEX, platform).local == local


def test_torch_2_15_has_no_cuda_12() -> None:
    rows = [row for row in matrix().builds if str(row.torch) == "2.15.0" and row.cuda_runtime]
    assert {row.build for row in rows} == {"cu130", "cu132"}


def test_volta_was_in_cu128_from_2_8_to_2_10_only() -> None:
    releases = {
        str(row.torch).rpartition(".")[0]
        for row in matrix().builds_for("linux-x86_64")
        if row.build == "cu128" and row.origin is not Origin.CONDA_FORGE
        if (7, 0) in row.architectures
    }
    assert releases == {"2.8", "2.9", "2.10"}


def test_pascal_and_maxwell_are_only_in_cu126_wheels_from_2_8_on() -> None:
    found = {
        row.build
        for row in matrix().builds_for("linux-x86_64")
        if not row.origin.is_conda and row.torch >= Version.parse("2.8.0")
        if any(each < (7, 0) for each in row.architectures)
    }
    assert found == {"cu126"}


def test_release_wheels_carry_no_ptx_from_1_6_on() -> None:
    rows = [row for row in matrix().builds_for("linux-x86_64") if row.origin is Origin.PYPI]
    assert all(
        bool(row.ptx) == (row.torch < Version.parse("1.6")) for row in rows if not row.is_cpu
    )


def test_one_conda_forge_build_covers_maxwell_to_blackwell() -> None:
    row = one("2.13.0", "cu129", Origin.CONDA_FORGE)
    assert {(5, 0), (6, 0), (12, 0)} <= set(row.architectures)
    assert str(row.glibc) == "2.28"


@pytest.mark.parametrize(
    ("torch", "build", "origin", "platform", "expected"),
    [
        ("2.14.1", "cu130", Origin.PYPI, "linux-x86_64", "2.11.0"),
        ("2.14.1", "cu126", Origin.WHEEL_INDEX, "linux-x86_64", "2.11.0"),
        ("2.14.1", "cu132", Origin.WHEEL_INDEX, "linux-x86_64", None),
        ("2.13.0", "cu129", Origin.WHEEL_INDEX, "linux-x86_64", None),
        ("2.11.0", "cu129", Origin.WHEEL_INDEX, "linux-x86_64", None),
        ("2.15.0", "cu132", Origin.PYPI, "linux-x86_64", None),
        ("2.15.0", "cu130", Origin.WHEEL_INDEX, "linux-x86_64", None),
        ("2.0.1", "cu117", Origin.PYPI, "linux-x86_64", "2.0.2"),
        ("1.7.1", "cpu", Origin.PYPI, "windows-x86_64", None),
        ("1.8.0", "cpu", Origin.PYPI, "linux-aarch64", None),
    ],
)
def test_torchaudio_is_the_one_that_imports(
    torch: str, build: str, origin: Origin, platform: str, expected: str | None
) -> None:
    found = one(torch, build, origin, platform).torchaudio
    assert (str(found) if found else None) == expected


def test_companions_with_a_list_of_builds_are_named_by_those_builds_only() -> None:
    for row in matrix().builds:
        for name, version in (("torchvision", row.torchvision), ("torchaudio", row.torchaudio)):
            found = version and matrix().companion(name, version, row.platform)
            if found and found.builds and not row.origin.is_conda:
                assert row.build in found.builds, row


def test_companions_can_lag_behind_the_newest_python() -> None:
    row = one("2.5.1", "cu124", Origin.PYPI)
    companion = matrix().companion("torchvision", Version.parse("0.20.1"), row.platform)
    assert companion is not None
    assert set(map(str, row.pythons)) - set(map(str, companion.pythons)) == {"3.13"}


def test_free_threaded_wheels_do_not_count() -> None:
    rows = builds("2.10.0", "cpu", Origin.PYPI, "macos-arm64")
    assert {str(row.macos): [str(each) for each in row.pythons] for row in rows} == {
        "11.0": ["3.10", "3.11", "3.12", "3.13"],
        "14.0": ["3.14"],
    }


def test_doubts_are_kept() -> None:
    assert one("2.15.0", "cu130", Origin.WHEEL_INDEX).confidence is Confidence.MEDIUM
    doubtful = one("1.8.0", "cu111", Origin.WHEEL_INDEX)
    assert doubtful.architectures_confidence is Confidence.LOW
    assert doubtful.note


def test_driver_minimums_follow_minor_version_compatibility() -> None:
    found = {
        str(row.cuda_runtime): (str(row.minimum_linux), str(row.minimum_windows))
        for row in matrix().cuda
    }
    assert found["13.2"] == ("580", "580")
    assert found["12.8"] == found["12.1"] == ("525.60.13", "528.33")
    assert found["11.8"] == ("450.80.02", "452.39")
    assert found["11.0"] == ("450.36.06", "451.22")
    assert found["10.2"] == ("440.33", "441.22")


def test_only_runtimes_before_11_are_exact() -> None:
    assert all(row.exact == (row.cuda_runtime.major < 11) for row in matrix().cuda)


def test_ptx_never_needs_an_older_driver_than_the_build() -> None:
    for row in matrix().cuda:
        assert row.ptx_minimum_linux is not None
        assert row.ptx_minimum_linux >= row.minimum_linux, row
        assert row.ptx_minimum_windows is not None
        assert row.ptx_minimum_windows.major >= row.minimum_windows.major, row


def test_a_newer_toolkit_never_names_an_older_driver() -> None:
    rows = sorted(matrix().toolkits, key=lambda row: row.version)
    assert [row.branch for row in rows] == sorted(row.branch for row in rows)


def test_branches_have_rising_cuda_versions() -> None:
    rows = sorted(matrix().branches, key=lambda row: row.branch)
    shown = [row.cuda_version for row in rows if row.cuda_version]
    assert shown == sorted(shown)


def test_a_figure_is_no_more_than_what_its_precision_allows() -> None:
    for gpu in matrix().gpus:
        if {"fp16_tflops", "fp8_tflops"} <= set(gpu.figures):
            assert gpu.figures["fp8_tflops"] >= gpu.figures["fp16_tflops"], gpu.name
        assert gpu.power_w is None or 10 <= gpu.power_w <= 2000, gpu.name


@pytest.mark.parametrize("platform", ["linux-x86_64", "linux-aarch64", "windows-x86_64"])
def test_conda_forge_has_a_cpu_build_beside_every_cuda_build(platform: str) -> None:
    """The feedstock builds both variants of a release, or the solver could not fall back."""
    builds = [
        build for build in matrix().builds_for(platform) if build.origin is Origin.CONDA_FORGE
    ]
    with_cuda = {build.torch for build in builds if not build.is_cpu}
    with_cpu = {build.torch for build in builds if build.is_cpu}
    assert with_cuda - with_cpu == set()


SHEETS = {
    "matmul-float32": "fp32_tflops", "matmul-float16": "fp16_tflops",
    "matmul-bfloat16": "bf16_tflops", "matmul-tf32": "tf32_tflops", "matmul-float8": "fp8_tflops",
}  # fmt: skip


def test_what_cards_were_measured_at_is_near_their_data_sheets() -> None:
    """A slip of a digit would judge every card of a model wrongly."""
    models = {gpu.name: gpu for gpu in matrix().gpus}
    shares = {
        (row.gpu, row.figure): row.value / models[row.gpu].figures[SHEETS[row.figure]]
        for row in matrix().references
        if SHEETS[row.figure] in models[row.gpu].figures
    }
    assert len(shares) > 80
    assert {key: share for key, share in shares.items() if not 0.4 < share < 1.25} == {}


@pytest.mark.parametrize(
    ("capability", "name", "units", "ghz", "float32", "float16"),
    [
        ((7, 0), "Tesla V100-SXM2-16GB", 80, 1.53, 15.7, 125),
        ((7, 5), "Tesla T4", 40, 1.59, 8.1, 65),
        ((8, 0), "NVIDIA A100-SXM4-40GB", 108, 1.41, 19.5, 312),
        ((8, 6), "NVIDIA GeForce RTX 3090", 82, 1.695, 35.6, 71),
        ((8, 9), "NVIDIA L40S", 142, 2.52, 91.6, 366),
        ((9, 0), "NVIDIA H100 80GB HBM3", 132, 1.83, 61.8, 989),
        ((12, 0), "NVIDIA GeForce RTX 5090", 170, 2.407, 104.8, 209.5),
    ],
)
def test_rates_give_the_peaks_of_the_data_sheets(
    capability: Capability, name: str, units: int, ghz: float, float32: float, float16: float
) -> None:
    card = Conditions(sm_max_mhz=round(1000 * ghz))
    device = MeasuredDevice(
        0, name, compute_capability=capability, multiprocessors=units, conditions=card
    )
    found = {figure: peak for figure, peak, _share in peaks(device, rate_of(device, matrix()))}
    assert found["matmul-float32"] == pytest.approx(float32, rel=0.03)
    assert found["matmul-float16"] == pytest.approx(float16, rel=0.03)
