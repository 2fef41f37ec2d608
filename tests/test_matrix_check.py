"""`gpusetup matrix check`: rows against an index of stub wheels, and a row falsified on purpose."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator

import pytest

from gpusetup.cli.matrix_checking import check_package_index, check_wheel_index
from gpusetup.indexes.client import Client
from gpusetup.indexes.default import package_index
from gpusetup.machine import Installers
from gpusetup.matrix import Build, Companion, Matrix
from gpusetup.matrix_check.values import Difference
from gpusetup.request import Origin
from gpusetup.versions import Version
from tests.lab.index import Index, serve
from tests.lab.wheels import make_wheel

V = Version.parse

LINUX = Build(
    torch=V("2.7.1"),
    build="cu126",
    origin=Origin.PYPI,
    platform="linux-x86_64",
    cuda_runtime=V("12.6"),
    architectures=((9, 0),),
    ptx=(),
    pythons=(V("3.12"), V("3.13")),
    glibc=V("2.28"),
    cudnn="9.5.1.17",
    nccl="2.26.2",
    torchvision=V("0.22.1"),
)
CPU = replace(LINUX, build="cpu", cuda_runtime=None, architectures=(), cudnn=None, nccl=None)
WINDOWS = replace(CPU, platform="windows-x86_64", glibc=None, pythons=(V("3.12"),))
MAC = replace(CPU, platform="macos-arm64", glibc=None, macos=V("11.0"), pythons=(V("3.12"),))
FOLDER = replace(LINUX, origin=Origin.WHEEL_INDEX, local="cu126", page="whl/cu126")
VISION = Companion("torchvision", V("0.22.1"), "linux-x86_64", (V("3.12"),), (V("3.12.1"),))
ROWS = (LINUX, WINDOWS, MAC, FOLDER)
COMPANIONS = (
    VISION,
    replace(VISION, platform="windows-x86_64"),
    replace(VISION, platform="macos-arm64"),
)

PINS = (
    "nvidia-cudnn-cu12==9.5.1.17; platform_system == 'Linux' and platform_machine == 'x86_64'",
    "nvidia-nccl-cu12==2.26.2; platform_system == 'Linux' and platform_machine == 'x86_64'",
)
TAGS = (
    ("cp312-cp312-manylinux_2_28_x86_64", "12.6"),
    ("cp313-cp313-manylinux_2_28_x86_64", "12.6"),
    ("cp313-cp313t-manylinux_2_28_x86_64", "12.6"),
    ("cp312-cp312-win_amd64", None),
    ("cp312-none-macosx_11_0_arm64", None),
)


def torch_wheel(
    folder: Path, tag: str, cuda: str | None, version: str = "2.7.1", pins: tuple[str, ...] = PINS
) -> None:
    text = f"__version__ = '{version}'\ncuda: Optional[str] = {cuda!r}\n"
    make_wheel(folder, "torch", version, tag=tag, requires=pins, files={"torch/version.py": text})


def vision_wheel(folder: Path, tag: str, version: str = "0.22.1", torch: str = "2.7.1") -> None:
    make_wheel(folder, "torchvision", version, tag=tag, requires=[f"torch=={torch}"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """PyPI's wheels of 2.7.1 in `simple`, those of the wheel index in `whl/cu126`."""
    folder = tmp_path / "files"
    for tag, cuda in TAGS:
        torch_wheel(folder / "simple", tag, cuda)
        if "cp313" not in tag:
            vision_wheel(folder / "simple", tag)
        if "linux" in tag:
            torch_wheel(folder / "whl" / "cu126", tag, cuda, "2.7.1+cu126")
    vision_wheel(folder / "whl" / "cu126", "cp312-cp312-manylinux_2_28_x86_64", "0.22.1+cu126")
    return folder


@pytest.fixture
def index(root: Path) -> Iterator[Index]:
    with serve(root) as served:
        yield served


def matrix(
    rows: tuple[Build, ...] = ROWS, companions: tuple[Companion, ...] = COMPANIONS
) -> Matrix:
    return Matrix(builds=rows, cuda=(), companions=companions)


def of_pypi(index: Index, known: Matrix | None = None) -> tuple[Difference, ...]:
    checked = check_package_index(Client(), known or matrix(), f"{index.url}/simple")
    assert checked.is_checked
    assert checked.unread == ()
    return checked.differences


def of_wheel_index(index: Index, known: Matrix | None = None) -> tuple[Difference, ...]:
    checked = check_wheel_index(Client(), known or matrix(), f"{index.url}/whl")
    assert checked.is_checked
    assert checked.unread == ()
    return checked.differences


def told(differences: tuple[Difference, ...]) -> set[tuple[str, str, str, str]]:
    return {(each.code, each.platform, each.expected, each.found) for each in differences}


def test_true_rows_give_no_difference(index: Index) -> None:
    assert of_pypi(index) == ()
    assert of_wheel_index(index) == ()


LINUX_KEY = "linux-x86_64"
FALSE_ROWS = [
    ({"cuda_runtime": V("12.4"), "build": "cu124"}, ("cuda", LINUX_KEY, "12.4", "12.6")),
    ({"pythons": (V("3.12"),)}, ("python-extra", LINUX_KEY, "", "3.13")),
    (
        {"pythons": (V("3.12"), V("3.13"), V("3.14"))},
        ("python-missing", LINUX_KEY, "3.14", ""),
    ),
    ({"glibc": V("2.17")}, ("glibc", LINUX_KEY, "2.17", "2.28")),
    ({"glibc": V("2.31")}, ("glibc", LINUX_KEY, "2.31", "2.28")),
    ({"cudnn": "9.5.1.16"}, ("cudnn", LINUX_KEY, "9.5.1.16", "9.5.1.17")),
    ({"nccl": None}, ("nccl", LINUX_KEY, "-", "2.26.2")),
    (
        {"torchvision": None},
        ("companion", LINUX_KEY, "torchvision -", "torchvision 0.22.1"),
    ),
    (
        {"torchaudio": V("2.7.1")},
        ("companion-missing", LINUX_KEY, "torch 2.7.1", ""),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"), FALSE_ROWS, ids=[each[1][0] for each in FALSE_ROWS]
)
def test_a_row_falsified_on_purpose_is_found(
    index: Index, change: dict[str, object], expected: tuple[str, str, str, str]
) -> None:
    false = replace(LINUX, **change)  # type: ignore[arg-type]
    assert told(of_pypi(index, matrix((false, WINDOWS, MAC)))) == {expected}


def test_a_false_row_of_the_wheel_index_is_found_on_its_page(index: Index) -> None:
    (found,) = of_wheel_index(index, matrix((replace(FOLDER, cudnn="9.1"),)))
    assert (found.code, found.page, found.found) == ("cudnn", "whl/cu126", "9.5.1.17")


def test_a_cpu_row_for_a_cuda_wheel_is_found(index: Index) -> None:
    cpu = replace(CPU, cudnn="9.5.1.17", nccl="2.26.2")
    assert told(of_pypi(index, matrix((cpu, WINDOWS, MAC)))) == {("cuda", LINUX_KEY, "cpu", "12.6")}


def test_a_false_macos_is_found(index: Index) -> None:
    rows = (LINUX, WINDOWS, replace(MAC, macos=V("14.0")))
    assert told(of_pypi(index, matrix(rows))) == {("macos", "macos-arm64", "14.0", "11.0")}


def test_wheels_without_a_row_and_rows_without_wheels_are_found(index: Index) -> None:
    extra = replace(CPU, platform="linux-aarch64", torchvision=None)
    old = replace(WINDOWS, torch=V("2.6.0"), torchvision=None)
    assert told(of_pypi(index, matrix((LINUX, MAC, extra, old)))) == {
        ("wheels-missing", "linux-aarch64", "", ""),
        ("wheels-extra", "windows-x86_64", "", ""),
        ("release-missing", "", "", ""),
    }


def test_a_new_release_is_found_and_a_candidate_is_not(index: Index, root: Path) -> None:
    torch_wheel(root / "simple", "cp312-cp312-win_amd64", None, "2.8.0rc1")
    assert of_pypi(index) == ()
    torch_wheel(root / "simple", "cp312-cp312-win_amd64", None, "2.8.0")
    (found,) = of_pypi(index)
    assert (found.code, str(found.version)) == ("release-extra", "2.8.0")


def test_a_companion_that_asks_for_another_torch_is_found(index: Index, root: Path) -> None:
    for path in (root / "simple").glob("torchvision-*"):
        path.unlink()
    for tag, _cuda in TAGS:
        if "cp313" not in tag:
            vision_wheel(root / "simple", tag, torch="2.7.0")
    found = {(each.code, each.expected, each.found) for each in of_pypi(index)}
    assert found == {("companion-pin", "torch 2.7.1", "torch==2.7.0")}


def test_a_newer_companion_for_the_same_torch_is_found(index: Index, root: Path) -> None:
    vision_wheel(root / "simple", "cp312-cp312-win_amd64", "0.22.2")
    found = told(of_pypi(index))
    assert ("companion", "windows-x86_64", "torchvision 0.22.1", "torchvision 0.22.2") in found
    assert ("release-extra", "", "", "") in found


@pytest.mark.parametrize(
    ("pythons", "expected"),
    [((V("3.12"), V("3.13")), ("3.13", "-")), ((), ("-", "3.12"))],
)
def test_false_pythons_of_a_companion_are_found(
    index: Index, pythons: tuple[Version, ...], expected: tuple[str, str]
) -> None:
    false = (replace(VISION, pythons=pythons), *COMPANIONS[1:])
    assert told(of_pypi(index, matrix(companions=false))) == {
        ("companion-python", LINUX_KEY, *expected)
    }


def page_of(root: Path, package: str, attributes: str = "", uploaded: str = "2025-06-04") -> bytes:
    links = [
        f'<a href="/simple/{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}" '
        f'data-upload-time="{uploaded}T10:00:00Z" {attributes}>x</a>'
        for path in (root / "simple").glob(f"{package}-*.whl")
    ]
    return "<html>{}</html>".format("".join(links)).encode()


def serve_pages(index: Index, root: Path, attributes: str = "") -> None:
    """Pages as PyPI's: with hashes and days."""
    from tests.lab.index import Fault

    for package in ("torch", "torchvision"):
        index.faults[f"/simple/{package}/"] = Fault(body=page_of(root, package, attributes))


def test_the_folder_tells_builds_apart_where_the_name_does_not(index: Index, root: Path) -> None:
    """Before torch 1.2 one page listed cpu/torch-1.1.0, cu90/torch-1.1.0 and so on."""
    from tests.lab.index import Fault

    tag, page = "cp37-cp37m-linux_x86_64", "whl/torch_stable.html"
    old = replace(
        FOLDER, torch=V("1.1.0"), local=None, page=page, pythons=(V("3.7"),), torchvision=V("0.3.0"),
        cudnn=None, nccl=None,
    )  # fmt: skip
    rows = [
        replace(old, build="cpu", cuda_runtime=None, architectures=()),
        replace(old, build="cu90", cuda_runtime=V("9.0")),
        replace(old, build="cu100", cuda_runtime=V("10.0")),
    ]
    links = ""
    for build, cuda in (("cpu", None), ("cu90", "9.0.176"), ("cu100", "10.0.130")):
        torch_wheel(root / "whl" / build, tag, cuda, "1.1.0", pins=())
        vision_wheel(root / "whl" / build, tag, "0.3.0", "1.1.0")
        links += f"<a href='{build}/torch-1.1.0-{tag}.whl'>x</a>"
        links += f"<a href='{build}/torchvision-0.3.0-{tag}.whl'>x</a>"
    index.faults["/whl/torch_stable.html"] = Fault(body=links.encode())
    assert of_wheel_index(index, matrix(tuple(rows))) == ()
    false = replace(rows[2], build="cu101", cuda_runtime=V("10.1"))
    found = {(each.code, each.build) for each in of_wheel_index(index, matrix((*rows[:2], false)))}
    assert found == {
        ("wheels-missing", "cu101"),
        ("wheels-extra", "cu100"),
        ("companion-missing", "cu101"),
    }


def test_json_pages_and_metadata_beside_the_wheels_are_used(index: Index, root: Path) -> None:
    from tests.lab.index import Fault

    for package in ("torch", "torchvision"):
        rows = []
        for path in (root / "simple").glob(f"{package}-*.whl"):
            with zipfile.ZipFile(path) as wheel:
                name = next(each for each in wheel.namelist() if each.endswith("/METADATA"))
                path.with_name(f"{path.name}.metadata").write_bytes(wheel.read(name))
            rows.append({"filename": path.name, "url": f"../{path.name}", "core-metadata": True})
        body = json.dumps({"meta": {"api-version": "1.1"}, "files": rows}).encode()
        index.faults[f"/simple/{package}/"] = Fault(body=body)
    assert of_pypi(index) == ()
    asked = [path for path, _agent in index.requests if "torchvision-" in path]
    assert asked != []
    assert [path for path in asked if not path.endswith(".metadata")] == []
    false = (replace(LINUX, torchvision=None), WINDOWS, MAC)
    assert {each.code for each in of_pypi(index, matrix(false))} == {"companion"}


def test_the_day_of_the_upload_counts_where_it_is_told(index: Index, root: Path) -> None:
    serve_pages(index, root)
    rows = tuple(replace(row, released="2025-06-04") for row in ROWS)
    assert of_pypi(index, matrix(rows)) == ()
    late = tuple(replace(row, released="2025-06-05") for row in ROWS)
    assert told(of_pypi(index, matrix(late))) == {("date", "", "2025-06-05", "2025-06-04")}


def test_yanked_wheels_are_found(index: Index, root: Path) -> None:
    serve_pages(index, root, 'data-yanked="damaged"')
    rows = tuple(replace(row, released="2025-06-04") for row in ROWS)
    found = {(each.code, each.package) for each in of_pypi(index, matrix(rows))}
    assert found == {("yanked", "torch"), ("yanked", "torchvision")}


def test_excluded_pythons_are_compared_where_the_index_tells_them(index: Index, root: Path) -> None:
    rows = tuple(replace(row, released="2025-06-04") for row in ROWS)
    serve_pages(index, root, 'data-requires-python="&gt;=3.9,!=3.12.1"')
    assert of_pypi(index, matrix(rows)) == ()
    serve_pages(index, root, 'data-requires-python="&gt;=3.9,!=3.0.*"')
    assert {(each.code, each.found) for each in of_pypi(index, matrix(rows))} == {
        ("excluded-pythons", "-")
    }


def test_only_the_named_releases_are_compared(index: Index) -> None:
    false = replace(LINUX, torch=V("2.6.0"), torchvision=None)
    known = matrix((*ROWS, false))
    checked = check_package_index(
        Client(), known, f"{index.url}/simple", lambda release: release == V("2.7.1")
    )
    assert checked.differences == ()
    assert told(of_pypi(index, known)) == {("release-missing", "", "", "")}


def test_a_wheel_that_cannot_be_read_does_not_hide_the_others(index: Index, root: Path) -> None:
    path = next((root / "simple").glob("torch-*-win_amd64.whl"))
    path.write_bytes(b"not a zip archive")
    known = matrix((replace(LINUX, cudnn="1"), WINDOWS, MAC))
    checked = check_package_index(Client(), known, f"{index.url}/simple")
    assert [name for name, _reason in checked.unread] == [path.name]
    assert {each.code for each in checked.differences} == {"cudnn"}


def test_a_page_that_the_wheel_index_does_not_have_is_rows_without_wheels(index: Index) -> None:
    other = replace(FOLDER, torch=V("2.6.0"), build="cu124", local="cu124", page="whl/cu124")
    (found,) = of_wheel_index(index, matrix((FOLDER, replace(other, torchvision=None))))
    assert (found.code, found.page) == ("release-missing", "whl/cu124")


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
        origin: pypi
        pythons: ["3.12"]
        source: [made]
        checked: "2026-11-21"
        platforms:
          windows-x86_64: {{pythons: [{pythons}]}}
          macos-arm64: {{macos: "11.0"}}
      - build: cpu
        origin: wheel-index
        local: cpu
        page: whl/cpu
        pythons: ["3.12"]
        source: [made]
        checked: "2026-11-21"
        platforms:
          windows-x86_64: {{}}
"""


@pytest.fixture
def command(
    index: Index, root: Path, home: Path, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command against the loopback index, with a matrix of one release."""
    for path in (root / "simple").glob("*linux*"):
        path.unlink()
    shutil.rmtree(root / "whl")
    for path in (root / "simple").glob("torchvision*"):
        path.unlink()
    serve_pages(index, root)
    (tmp_path / "compat").mkdir()

    def run(*words: str, pythons: str = '"3.12"', url: str | None = None, **more: str):  # type: ignore[no-untyped-def]
        (tmp_path / "compat" / "all.yaml").write_text(COMPAT.format(pythons=pythons))
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PIP_INDEX_URL": url or f"{index.url}/simple",
            "PIP_CONFIG_FILE": os.devnull,
            "GPUSETUP_COMPAT": str(tmp_path / "compat"),
            "GPUSETUP_WHEEL_INDEX": "http://127.0.0.1:9/whl",
            "HOME": str(home),
            **more,
        }
        argv = [sys.executable, "-m", "gpusetup", "matrix", "check", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)

    return run


def test_no_difference_is_exit_0_and_the_second_run_reads_no_wheel(command, index: Index) -> None:  # type: ignore[no-untyped-def]
    first = command()
    assert first.returncode == 0, first.stderr
    assert "no difference" in first.stdout
    assert "not checked" in first.stdout  # the wheel index
    index.requests.clear()
    second = command("--origin", "pypi")
    assert second.returncode == 0
    assert [path for path, _ in index.requests if path.endswith(".whl")] == []
    index.requests.clear()
    assert command("--origin", "pypi", "--no-cache").returncode == 0
    assert [path for path, _ in index.requests if path.endswith(".whl")] != []


def test_a_difference_is_exit_1_and_a_sentence(command) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", pythons='"3.12", "3.13"')
    assert ended.returncode == 1
    line = "torch 2.7.1 cpu for windows-x86_64: there is no wheel for Python 3.13"
    assert line in ended.stdout
    assert "hint:" in ended.stderr


def test_json_is_one_document(command, index: Index) -> None:  # type: ignore[no-untyped-def]
    ended = command("--json", pythons='"3.12", "3.13"')
    assert ended.returncode == 1
    document = json.loads(ended.stdout)
    assert (document["schema"], document["part"]) == ("gpusetup.matrix/1", "check")
    assert [each["checked"] for each in document["origins"]] == [True, False, False, False]
    (found,) = document["differences"]
    assert (found["code"], found["version"], found["expected"]) == (
        "python-missing",
        "2.7.1",
        "3.13",
    )
    assert document["complete"] is False


def test_no_index_at_all_is_exit_3(command) -> None:  # type: ignore[no-untyped-def]
    ended = command("--json", url="http://127.0.0.1:9/simple")
    assert ended.returncode == 3
    document = json.loads(ended.stdout)
    assert (document["schema"], document["code"]) == (
        "gpusetup.error/1",
        "matrix-check.nothing",
    )
    assert "refused" in document["text"]


def test_a_release_that_nobody_knows_is_exit_3(command) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", "--torch", "9.9")
    assert ended.returncode == 3
    assert "the data has no such builds" in ended.stderr


@pytest.mark.parametrize(
    ("spec", "expected"), [("latest", 1), ("2.7", 1), ("torch==2.7.1", 1), ("<2.7", 3)]
)
def test_releases_can_be_named_in_many_ways(command, spec: str, expected: int) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", "--torch", spec, pythons='"3.12", "3.13"')
    assert ended.returncode == expected, ended.stderr


@pytest.mark.parametrize("words", [("--torch", "newest"), ("--limit-mib", "0"), ("--origin", "x")])
def test_wrong_usage_is_exit_2(command, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert command(*words).returncode == 2


def test_a_budget_that_is_spent_is_said(command, index: Index) -> None:  # type: ignore[no-untyped-def]
    ended = command("--origin", "pypi", "--limit-mib", "0.002", "--json")
    document = json.loads(ended.stdout)
    assert document["complete"] is False
    assert {each["reason"] for each in document["origins"][0]["unread"]} == {"budget spent"}


@pytest.mark.network
def test_one_release_is_as_the_real_index_has_it() -> None:
    import uv

    from gpusetup.matrix_file import compat_folder, load_folder
    from gpusetup.probe.pip import read_pip
    from gpusetup.probe.world import World

    installers = read_pip(World(os.environ))[0]
    address = package_index(Installers(index_url=installers.index_url), str(uv.find_uv_bin()))
    checked = check_package_index(
        Client(cert=installers.cert, proxy=installers.proxy, limit_mib=10, deadline_s=20),
        load_folder(compat_folder()),
        address,
        lambda release: release == V("2.7.1"),
    )
    if not checked.is_checked:
        pytest.skip(f"the package index cannot be reached: {checked.reason}")
    assert checked.listed == 4 or checked.unread
    assert checked.differences == ()


def test_the_damaged_windows_wheels_of_1_7_0_are_not_chosen(home: Path) -> None:
    profile = home / "machine.yaml"
    profile.write_text('os: windows\narch: x86_64\npython: "3.7.9"\ndriver: null\ngpus: []\n')
    argv = ["plan", "--torch", "1.7.0", "--cpu", "--machine", str(profile), "--json"]
    argv = [sys.executable, "-m", "gpusetup", *argv]
    ended = subprocess.run([*argv, "--origin", "pypi"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 3
    assert "torch-1.7.0.dist.info" in ended.stdout
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert json.loads(ended.stdout)["choice"]["origin"] == "wheel-index"
