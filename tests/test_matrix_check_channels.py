"""`gpusetup matrix check` of the conda origins: rows against channels on disk, and false rows."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest

from gpusetup.cli.matrix_checking_channels import check_channel
from gpusetup.indexes.channels import channel_url, read_channel
from gpusetup.indexes.conda_records import (
    Package,
    Record,
    is_library,
    lower_bound,
    takes,
    understood,
)
from gpusetup.matrix import Build, Confidence, Matrix
from gpusetup.matrix_check.values import Checked
from gpusetup.matrix_file import compat_folder, load_folder
from gpusetup.request import Origin
from gpusetup.versions import Version
from tests.lab.channel import Stub, write_channel
from tests.lab.exact_channels import write_exact

V = Version.parse

FORGE = Build(
    torch=V("2.7.1"),
    build="cu126",
    origin=Origin.CONDA_FORGE,
    platform="linux-x86_64",
    cuda_runtime=V("12.6"),
    architectures=((9, 0),),
    ptx=(),
    pythons=(V("3.12"), V("3.13")),
    glibc=V("2.17"),
    torchvision=V("0.22.1"),
    confidence=Confidence.MEDIUM,
    toolkit="cuda-version",
)
FORGE_CPU = replace(
    FORGE, build="cpu", platform="macos-arm64", cuda_runtime=None, glibc=None, toolkit=None
)
OWN = replace(
    FORGE, torch=V("2.5.1"), build="cu124", origin=Origin.PYTORCH, cuda_runtime=V("12.4"),
    cudnn="9.1.0", torchvision=V("0.20.1"), torchaudio=V("2.5.1"), toolkit="pytorch-cuda",
)  # fmt: skip
OWN_CPU = replace(
    OWN, build="cpu", platform="windows-x86_64", cuda_runtime=None, cudnn=None, glibc=None,
    toolkit="cpuonly",
)  # fmt: skip
BOTH = {Origin.CONDA_FORGE: (FORGE, FORGE_CPU), Origin.PYTORCH: (OWN, OWN_CPU)}


def matrix(*rows: Build) -> Matrix:
    return Matrix(builds=rows, cuda=())


def check(folder: Path, held: tuple[Build, ...], *said: Build, more: tuple[Stub, ...] = ()) -> Checked:  # fmt: skip
    """What is said, against a channel that holds other rows."""
    url = write_exact(folder / "channel", held, more)
    return check_channel(matrix(*said), held[0].origin, url, folder / "cache")


def told(checked: Checked) -> set[tuple[str, str, str, str]]:
    assert checked.is_checked, checked.reason
    return {
        (each.code, f"{each.package} {each.version} {each.build}".strip(), each.expected, each.found)
        for each in checked.differences
    }  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "releases", "builds"), [(Origin.CONDA_FORGE, 20, 200), (Origin.PYTORCH, 30, 250)]
)
def test_a_channel_that_holds_what_all_packaged_rows_say_gives_no_difference(
    tmp_path: Path, origin: Origin, releases: int, builds: int
) -> None:
    known = load_folder(compat_folder())
    rows = tuple(row for row in known.builds if row.origin is origin)
    url = write_exact(tmp_path / "channel", rows)
    checked = check_channel(known, origin, url, tmp_path / "cache")
    assert checked.differences == ()
    assert checked.unread == ()
    assert checked.releases >= releases
    assert checked.listed >= builds
    assert set(checked.settled) == {row for row in rows if row.confidence is Confidence.MEDIUM}


FALSE_FORGE: tuple[tuple[dict[str, object], tuple[str, str, str, str]], ...] = (
    ({"pythons": (V("3.12"),)}, ("python-extra", "torch 2.7.1 cu126", "", "3.13")),
    (
        {"pythons": (V("3.12"), V("3.13"), V("3.14"))},
        ("python-missing", "torch 2.7.1 cu126", "3.14", ""),
    ),
    ({"cuda_runtime": V("12.8")}, ("cuda", "torch 2.7.1 cu126", "12.8", "12.6")),
    ({"glibc": V("2.28")}, ("glibc", "torch 2.7.1 cu126", "2.28", "2.17")),
    (
        {"torchvision": V("0.22.0")},
        ("companion-missing", "torchvision 0.22.0 cu126", "torch 2.7.1", ""),
    ),
    (
        {"torchvision": None},
        ("companion", "torch 2.7.1 cu126", "torchvision -", "torchvision 0.22.1"),
    ),
)
FALSE_OWN: tuple[tuple[dict[str, object], tuple[str, str, str, str]], ...] = (
    ({"cudnn": "8.9.7"}, ("cudnn", "torch 2.5.1 cu124", "8.9.7", "9.1.0")),
    ({"toolkit": "cudatoolkit"}, ("toolkit", "torch 2.5.1 cu124", "cudatoolkit", "pytorch-cuda")),
    ({"cuda_runtime": V("12.1")}, ("cuda", "torch 2.5.1 cu124", "12.1", "12.4")),
    (
        {"torchaudio": V("2.5.0")},
        ("companion", "torch 2.5.1 cu124", "torchaudio 2.5.0", "torchaudio 2.5.1"),
    ),
)


@pytest.mark.parametrize(
    ("true", "change", "expected"),
    [(FORGE, *each) for each in FALSE_FORGE] + [(OWN, *each) for each in FALSE_OWN],
)
def test_a_row_falsified_on_purpose_is_found(
    tmp_path: Path, true: Build, change: dict[str, object], expected: tuple[str, str, str, str]
) -> None:
    held = BOTH[true.origin]
    false = replace(true, **change)  # type: ignore[arg-type]
    checked = check(tmp_path, held, false, *held[1:])
    assert expected in told(checked)
    assert false not in checked.settled
    assert set(checked.settled) == set(held[1:])


def test_builds_and_releases_that_one_side_does_not_know_are_found(tmp_path: Path) -> None:
    other = replace(FORGE, build="cu128", cuda_runtime=V("12.8"))
    newer = replace(FORGE, torch=V("2.8.0"), torchvision=None)
    older = replace(FORGE, torch=V("2.6.0"), torchvision=None)
    checked = check(tmp_path, (FORGE, newer), FORGE, other, older)
    assert told(checked) == {
        ("wheels-missing", "torch 2.7.1 cu128", "", ""),
        ("release-extra", "torch 2.8.0", "", ""),
        ("release-missing", "torch 2.6.0", "", ""),
    }
    assert told(check(tmp_path / "2", (FORGE, other), FORGE)) == {
        ("wheels-extra", "torch 2.7.1 cu128", "", "")
    }


def test_a_companion_of_another_cuda_family_stands_beside_nothing(tmp_path: Path) -> None:
    alone = replace(FORGE, torchvision=None)
    same = replace(FORGE, build="cu128", cuda_runtime=V("12.8"))
    other = replace(FORGE, build="cu130", cuda_runtime=V("13.0"))
    assert told(check(tmp_path / "1", (alone, other), alone, other)) == set()
    assert told(check(tmp_path / "2", (alone, same), FORGE, same)) == set()


def test_a_companion_that_asks_for_another_torch_is_found(tmp_path: Path) -> None:
    vision = Stub(
        "torchvision", "0.22.1", "py312_cu124", ("python >=3.12,<3.13.0a0", "pytorch 2.7.1")
    )
    held = (replace(OWN, torchvision=None, pythons=(V("3.12"),)),)
    said = replace(held[0], torchvision=V("0.22.1"))
    assert told(check(tmp_path, held, said, more=(vision,))) == {
        ("companion-pin", "torchvision 0.22.1 cu124", "torch 2.5.1", "torch 2.7.1")
    }


def test_what_picks_the_cuda_must_be_there_too(tmp_path: Path) -> None:
    neighbour = replace(OWN, build="cu121", cuda_runtime=V("12.1"))
    url = write_exact(tmp_path / "channel", (OWN, neighbour))
    listing = tmp_path / "channel" / "linux-64" / "repodata.json"
    document = json.loads(listing.read_text())
    del document["packages"]["pytorch-cuda-12.1-ha16c6d3_6.tar.bz2"]
    listing.write_text(json.dumps(document))
    checked = check_channel(matrix(OWN, neighbour), Origin.PYTORCH, url, tmp_path / "cache")
    assert told(checked) == {("toolkit-missing", "torch 2.5.1 cu121", "pytorch-cuda 12.1", "")}
    assert checked.settled == (OWN,)


def library(version: str, glibc: str) -> Stub:
    return Stub("libcublas", version, "h1_0", (f"__glibc >={glibc},<3.0.a0",))


def with_library(spec: str) -> Stub:
    needs = ("python_abi 3.12.* *_cp312", "__glibc >=2.17", "cuda-version >=12.9,<13", spec)
    return Stub("pytorch", "2.7.1", "cuda129_mkl_py312_h1_301", needs)


def test_the_glibc_of_the_cuda_libraries_counts(tmp_path: Path) -> None:
    said = replace(
        FORGE, build="cu129", cuda_runtime=V("12.9"), pythons=(V("3.12"),), torchvision=None,
        glibc=V("2.28"),
    )  # fmt: skip
    held = (replace(FORGE_CPU, torchvision=None),)
    more = (
        with_library("libcublas >=12.9.1.4,<13.0a0"), library("12.6.0", "2.17"),
        library("12.9.1.4", "2.28"), library("12.9.2.0", "2.34"),
    )  # fmt: skip
    assert told(check(tmp_path / "1", held, said, *held, more=more)) == set()
    false = replace(said, glibc=V("2.17"))
    assert told(check(tmp_path / "2", held, false, *held, more=more)) == {
        ("glibc", "torch 2.7.1 cu129", "2.17", "2.28")
    }


def test_an_older_package_of_a_build_that_needs_less_glibc_counts(tmp_path: Path) -> None:
    old = replace(with_library("numpy"), build="cuda126_mkl_py312_h1_300")
    old = replace(
        old, depends=("__glibc >=2.17", "python_abi 3.12.* *_cp312", "cuda-version >=12.6")
    )
    held = replace(FORGE, glibc=V("2.28"), pythons=(V("3.12"),), torchvision=None)
    assert told(check(tmp_path, (held,), held, more=(old,))) == {
        ("glibc", "torch 2.7.1 cu126", "2.28", "2.17")
    }


def test_only_the_named_releases_are_compared(tmp_path: Path) -> None:
    false = replace(FORGE, torch=V("2.8.0"))
    url = write_exact(tmp_path / "channel", (FORGE,))
    rows = matrix(FORGE, false)

    def only(wanted: str) -> Checked:
        is_wanted = V(wanted).__eq__
        return check_channel(rows, Origin.CONDA_FORGE, url, tmp_path / "cache", is_wanted)

    assert only("2.7.1").differences == ()
    assert only("2.7.1").settled == (FORGE,)
    assert {each.code for each in only("2.8.0").differences} == {"release-missing"}
    assert only("2.9.0").reason == "no rows"


# what cannot be read


def test_a_part_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    url = write_exact(tmp_path / "channel", (FORGE, FORGE_CPU))
    (tmp_path / "channel" / "osx-arm64" / "repodata.json").write_text("{broken")
    false = replace(FORGE, pythons=(V("3.12"),))
    checked = check_channel(matrix(false, FORGE_CPU), Origin.CONDA_FORGE, url, tmp_path / "cache")
    assert told(checked) == {("python-extra", "torch 2.7.1 cu126", "", "3.13")}
    assert [name for name, _ in checked.unread] == ["osx-arm64"]
    assert FORGE_CPU not in checked.settled


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/conda-forge", "file:///nowhere/conda-forge"])
def test_a_channel_that_cannot_be_reached_is_not_checked(tmp_path: Path, url: str) -> None:
    checked = check_channel(matrix(FORGE), Origin.CONDA_FORGE, url, tmp_path)
    assert not checked.is_checked
    assert checked.differences == ()
    assert re.search("refused|No such file", str(checked.reason))


def test_a_channel_without_torch_is_not_checked(tmp_path: Path) -> None:
    url = write_channel(tmp_path / "channel", (library("12.6.0", "2.17"),))
    assert check_channel(matrix(FORGE), Origin.CONDA_FORGE, url, tmp_path).reason == "no torch"


def test_a_channel_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://me:secret@127.0.0.1:{silent.getsockname()[1]}/conda-forge"
        checked = check_channel(
            matrix(FORGE), Origin.CONDA_FORGE, url, tmp_path, deadline_s=1.5
        )  # fmt: skip
    assert checked.reason == "timed out"
    assert "secret" not in str(checked)


def test_a_channel_of_which_the_data_knows_nothing_is_not_asked(tmp_path: Path) -> None:
    url = write_exact(tmp_path / "channel", (FORGE,))
    assert check_channel(matrix(OWN), Origin.CONDA_FORGE, url, tmp_path).reason == "no rows"


def test_without_a_cache_nothing_is_remembered(tmp_path: Path) -> None:
    url = write_exact(tmp_path / "channel", (FORGE,))
    for name in ("pytorch", "torchvision"):
        assert read_channel(url, ["linux-64"], [name], None).records
    again = write_exact(tmp_path / "channel", (replace(FORGE, torch=V("2.8.0")),))
    (each,) = {
        record.version for record in read_channel(again, ["linux-64"], ["pytorch"], None).records
    }
    assert each == "2.8.0"


# records


def package(build: str, *depends: str, name: str = "pytorch", origin: Origin = Origin.PYTORCH) -> Package:  # fmt: skip
    (found,) = understood(origin, [Record(name, "1.12.1", build, 0, "linux-64", depends)])
    return found


@pytest.mark.parametrize(
    ("build", "label", "runtime", "python", "cudnn"),
    [
        ("py3.8_cuda11.0.221_cudnn8.0.5_0", "cu110", "11.0", "3.8", "8.0.5"),
        ("py3.7_cuda92_cudnn7_0", "cu92", "9.2", "3.7", "7"),
        ("py3.6_cuda90_cudnn7he774522_1", "cu90", "9.0", "3.6", "7"),
        ("py3.10_cuda12.1_cudnn8.9.2_0", "cu121", "12.1", "3.10", "8.9.2"),
        ("py3.10_cpu_0", "cpu", None, "3.10", None),
        ("py3.7_cuda0.0_cudnn0.0_1", "cpu", None, "3.7", "0.0"),
        ("cuda112py310he33e0d6_201", "cu112", "11.2", "3.10", None),
        ("cuda126_generic_py312_h4c5d6e7_200", "cu126", "12.6", "3.12", None),
        ("cpu_mkl_py39h1234567_103", "cpu", None, "3.9", None),
        ("py3.11_0", "cpu", None, "3.11", None),
    ],
)
def test_a_build_string_is_understood(
    build: str, label: str, runtime: str | None, python: str, cudnn: str | None
) -> None:
    found = package(build)
    assert (found.build, found.python) == (label, V(python))
    assert (str(found.runtime) if found.runtime else None) == runtime
    assert (str(found.cudnn) if found.cudnn else None) == cudnn


def test_what_a_record_depends_on_says_it_more_exactly() -> None:
    found = package(
        "h0_0", "python >=3.10,<3.11.0a0", "pytorch-cuda >=11.7,<11.8", "__glibc >=2.17,<3.0.a0"
    )
    assert (found.build, found.python, found.runtime) == ("cu117", V("3.10"), V("11.7"))
    assert found.glibc == V("2.17")


def test_what_the_matrix_does_not_describe_is_left_out() -> None:
    records = [
        Record("pytorch", "2.7.0.rc1", "cpu_py312_0", 0, "linux-64", ()),
        Record("pytorch", "2.7.0", "rocm64_py312_0", 0, "linux-64", ()),
        Record("pytorch", "2.7.0", "cpu_py313_0", 0, "linux-64", ("python_abi 3.13.* *_cp313t",)),
    ]
    assert understood(Origin.CONDA_FORGE, records) == ()


def test_builds_for_tegra_stand_apart() -> None:
    depends = (("arm-variant * sbsa",), ("arm-variant * tegra",), ())
    records = [
        Record("pytorch", "2.7.0", "cuda129_py312_0", 0, "linux-aarch64", each) for each in depends
    ]
    assert [each.platform for each in understood(Origin.CONDA_FORGE, records)] == [
        "linux-aarch64",
        "linux-aarch64-tegra",
        "linux-aarch64",
    ]


@pytest.mark.parametrize(
    ("spec", "bound"),
    [(">=12.4,<12.5", "12.4"), ("12.4.*", "12.4"), ("11.0|11.0.*", "11.0"), ("<13,>=12", "12"),
     ("=12.4", "12.4"), ("*", None), ("<13", None)],
)  # fmt: skip
def test_a_range_has_a_lower_bound(spec: str, bound: str | None) -> None:
    assert lower_bound(spec) == (V(bound) if bound else None)


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        ("2.5.1", "2.5.1", "2.5.10"),
        ("==2.5.1", "2.5.1", "2.5.0"),
        ("2.5.*", "2.5.1", "2.6.0"),
        ("=2.5", "2.5.1", "2.50.1"),
        (">=2.6.0,<2.7.0a0", "2.6.1", "2.7.0"),
        (">=2.6,!=2.6.1", "2.7.0", "2.6.1"),
        ("1.0.0|1.0.1", "1.0.1", "1.1.0"),
        ("~=2.6.0", "2.6.1", "2.7.0"),
    ],
)
def test_a_range_takes_what_conda_takes(spec: str, inside: str, outside: str) -> None:
    assert takes(spec, V(inside))
    assert not takes(spec, V(outside))


def test_cuda_libraries_are_told_from_other_dependencies() -> None:
    names = ("libcublas", "cudnn", "nccl", "cuda-cudart", "libtorch", "libnvjitlink", "cudatoolkit")
    others = ("cuda-version", "libcxx-x", "numpy", "libcurl-y", "python")
    assert [each for each in (*names, *others) if is_library(each)] == list(names)


def test_a_copy_of_the_channels_is_asked_instead() -> None:
    assert channel_url("pytorch", "https://mirror/conda/") == "https://mirror/conda/pytorch"
    assert channel_url("pytorch").endswith(".org/pytorch")


# the command

COMPAT = """\
schema: gpusetup.compat/1
minimum_gpusetup: "0.1.0"
updated: "2026-11-21"
sources: {{made: "Made for a test"}}
releases:
  "2.7.1":
    date: "2025-06-04"
    builds:
      - build: cpu
        origin: conda-forge
        pythons: [{pythons}]
        torchvision: "0.22.1"
        confidence: medium
        source: [made]
        checked: "2026-11-21"
        platforms:
          macos-arm64: {{}}
"""
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(home: Path, tmp_path: Path) -> Command:
    write_exact(tmp_path / "channels" / "conda-forge", (FORGE_CPU,))
    (tmp_path / "compat").mkdir()

    def run(*words: str, pythons: str = '"3.12", "3.13"', **more: str):  # type: ignore[no-untyped-def]
        (tmp_path / "compat" / "all.yaml").write_text(COMPAT.format(pythons=pythons))
        env = {
            **os.environ,
            "GPUSETUP_COMPAT": str(tmp_path / "compat"),
            "GPUSETUP_CHANNELS": (tmp_path / "channels").as_uri(),
            "HOME": str(home),
            **more,
        }
        argv = [sys.executable, "-m", "gpusetup", "matrix", "check", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)

    return run


def test_no_difference_is_exit_0_and_names_what_is_now_known(command: Command) -> None:
    ended = command("--origin", "conda-forge")
    assert ended.returncode == 0, ended.stderr
    assert "no difference" in ended.stdout
    assert "Now known" in ended.stdout
    assert "torch 2.7.1 (conda-forge): cpu macos-arm64" in ended.stdout


def test_a_difference_is_exit_1_and_a_sentence_in_both_languages(command: Command) -> None:
    ended = command("--origin", "conda-forge", pythons='"3.12"')
    assert ended.returncode == 1
    assert "torch 2.7.1 cpu for macos-arm64: the channel conda-forge has a package" in ended.stdout
    assert "Now known" not in ended.stdout
    chinese = command("--origin", "conda-forge", "--lang", "zh", pythons='"3.12"')
    assert "频道 conda-forge" in chinese.stdout


def test_json_says_what_was_compared_and_what_is_settled(command: Command) -> None:
    document = json.loads(command("--origin", "conda-forge", "--json").stdout)
    (origin,) = document["origins"]
    assert (origin["origin"], origin["checked"], origin["packages_read"]) == (
        "conda-forge",
        True,
        4,
    )
    assert document["settled"] == [
        {"torch": "2.7.1", "build": "cpu", "platform": "macos-arm64", "origin": "conda-forge"}
    ]
    assert document["complete"] is True


def test_an_unreachable_channel_alone_is_exit_3(command: Command) -> None:
    ended = command("--origin", "conda-forge", GPUSETUP_CHANNELS="http://127.0.0.1:9")
    assert ended.returncode == 3
    assert "refused" in ended.stderr
    ended = command("--origin", "pytorch")
    assert ended.returncode == 3
    assert "the data has no such builds" in ended.stderr
