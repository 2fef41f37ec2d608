"""`gpusetup matrix check` of the conda origins: rows against channels, falsified on purpose."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from gpusetup.cli.matrix_checking_channels import check_channel
from gpusetup.compat_files import compat_folder, load_folder
from gpusetup.indexes.channels import read_channel
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.matrix_check.values import Checked
from gpusetup.request import Origin
from tests.lab.channel import Stub, write_channel
from tests.lab.exact_channels import write_exact
from tests.matrix_check.channel_rows import BOTH, FORGE, FORGE_CPU, OWN, V, check, matrix, told


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
