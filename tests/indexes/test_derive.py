"""The maintainers' tool proposes the rows of a release that appeared on an index."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Iterator

import jsonschema
import pytest
import yaml

from gpusetup.basics.versions import Version
from gpusetup.compat_files import compat_folder, load_folder
from gpusetup.matrix.rows import Build, Confidence, Matrix
from gpusetup.request import Origin
from tests.lab.index import Index, serve
from tests.lab.wheels import make_wheel

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import derive
from derived_rows import parse_table

V = Version.parse
NEW = V("2.16.0")

TABLE = """\
PYTORCH_RELEASES_CODE_CC: dict[str, dict[str, set[int]]] = {
    "13.2": {"x86_64": {75, 80, 86, 90, 100, 120}, "aarch64": {80, 90, 100, 110, 120}},
    "13.4": {
        "x86_64": {80, 86, 90, 100, 120},  # 7.5 is gone
        "aarch64": {80, 90, 100, 110, 120},
    },
}
"""
PINS = (
    "nvidia-cudnn-cu13==9.30.0.5; platform_system == 'Linux'",
    "nvidia-nccl-cu13==2.31.1; platform_system == 'Linux'",
)
LINUX = ("cp313-cp313", "cp315-cp315", "cp315-cp315t", "cp316-cp316")


def torch_wheel(
    folder: Path,
    tag: str,
    version: str = "2.16.0",
    cuda: str | None = None,
    table: str = TABLE,
    flags: str = "",
) -> None:
    local = version if "+" in version else f"{version}+cu{cuda}".replace(".", "")
    files = {
        "torch/version.py": f"__version__ = '{local}'\ncuda: Optional[str] = {cuda!r}\n",
        "torch/cuda/__init__.py": f'"""CUDA."""\n\n{table}\n\ndef f():\n    return {{}}\n',
    }
    if flags:
        files["torch/lib/libtorch_python.so"] = f"\x7fELF\0abi_1\0{flags}\0at::cuda\0sm_75 only\0"
    make_wheel(folder, "torch", version, tag=tag, requires=PINS, files=files)


def vision_wheel(folder: Path, tag: str, version: str, torch: str = "==2.16.0") -> None:
    make_wheel(folder, "torchvision", version, tag=tag, requires=[f"torch{torch}"])


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """torch 2.16.0: CUDA 13.4 by default, no sm_75 there, Python 3.16, three folders."""
    root = tmp_path_factory.mktemp("files")
    pypi = root / "simple"
    x86_flags = "sm_80 sm_86 sm_90 sm_100 sm_120 compute_120"
    for python in LINUX:
        torch_wheel(pypi, f"{python}-manylinux_2_34_x86_64", cuda="13.4", flags=x86_flags)
        torch_wheel(pypi, f"{python}-manylinux_2_34_aarch64", cuda="13.4")
        torch_wheel(pypi, f"{python}-win_amd64", cuda=None)
    torch_wheel(pypi, "cp313-cp313-macosx_14_0_arm64")
    torch_wheel(pypi, "cp316-cp316-macosx_15_0_arm64")
    torch_wheel(pypi, "cp313-cp313-win_amd64", "2.15.0")
    torch_wheel(pypi, "cp313-cp313-win_amd64", "2.17.0rc1")
    for platform in (
        "manylinux_2_34_x86_64",
        "manylinux_2_34_aarch64",
        "win_amd64",
        "macosx_14_0_arm64",
    ):
        vision_wheel(pypi, f"cp313-cp313-{platform}", "0.30.0")
    vision_wheel(pypi, "cp313-cp313-win_amd64", "0.29.2", ">=2.14.0")
    make_wheel(pypi, "torchaudio", "2.11.0", tag="cp313-cp313-win_amd64")
    _folders(root / "whl")
    with serve(root) as served:
        yield served


def _folders(root: Path) -> None:
    for cuda in ("13.4", "13.2"):
        build = f"cu{cuda}".replace(".", "")
        for platform in ("manylinux_2_34_x86_64", "win_amd64"):
            torch_wheel(root / build, f"cp313-cp313-{platform}", f"2.16.0+{build}", cuda)
    torch_wheel(
        root / "cu132", "cp313-cp313-manylinux_2_34_aarch64", "2.16.0+cu132", "13.2", table=""
    )
    vision_wheel(root / "cu134", "cp313-cp313-manylinux_2_34_x86_64", "0.30.0+cu134")
    torch_wheel(root / "cpu", "cp316-cp316-manylinux_2_34_x86_64", "2.16.0+cpu")


@cache
def packaged() -> Matrix:
    return load_folder(compat_folder())


@pytest.fixture(scope="module")
def proposed(index: Index, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Matrix, str]:
    """What it printed, the matrix with it, and what it left to a person."""
    return _run(index, tmp_path_factory.mktemp("proposed"))


def _run(index: Index, folder: Path, *words: str) -> tuple[str, Matrix, str]:
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    out, told = StringIO(), StringIO()
    argv = ["--index", f"{index.url}/simple", "--wheel-index", f"{index.url}/whl", *words]
    with redirect_stdout(out), redirect_stderr(told):
        assert derive.main([*argv, "--date", "2027-01-20"]) == 0
    (folder / "proposed.yaml").write_text(out.getvalue())
    matrix = load_folder(folder / "proposed.yaml", packaged()) if out.getvalue() else packaged()
    return out.getvalue(), matrix, told.getvalue()


def one(matrix: Matrix, build: str, origin: Origin, platform: str) -> Build:
    (found,) = (
        row
        for row in matrix.builds
        if (row.torch, row.build, row.origin, row.platform) == (NEW, build, origin, platform)
    )
    return found


def texts(values: tuple[Version, ...]) -> list[str]:
    return [str(each) for each in values]


def test_exactly_the_new_release_is_proposed(proposed: tuple[str, Matrix, str]) -> None:
    new = set(proposed[1].builds) - set(packaged().builds)
    assert {row.torch for row in new} == {NEW}
    assert {(row.build, row.origin.value, row.platform) for row in new} == {
        ("cu134", "pypi", "linux-x86_64"),
        ("cu134", "pypi", "linux-aarch64"),
        ("cpu", "pypi", "windows-x86_64"),
        ("cpu", "pypi", "macos-arm64"),
        ("cu134", "wheel-index", "linux-x86_64"),
        ("cu134", "wheel-index", "windows-x86_64"),
        ("cu132", "wheel-index", "linux-x86_64"),
        ("cu132", "wheel-index", "linux-aarch64"),
        ("cu132", "wheel-index", "windows-x86_64"),
        ("cpu", "wheel-index", "linux-x86_64"),
    }


def test_the_default_wheel_is_described_from_within(proposed: tuple[str, Matrix, str]) -> None:
    row = one(proposed[1], "cu134", Origin.PYPI, "linux-x86_64")
    assert str(row.cuda_runtime) == "13.4"
    assert (row.cudnn, row.nccl, str(row.glibc)) == ("9.30.0.5", "2.31.1", "2.34")
    assert texts(row.pythons) == ["3.13", "3.15", "3.16"]
    assert row.architectures == ((8, 0), (8, 6), (9, 0), (10, 0), (12, 0))
    assert row.ptx == ((12, 0),)
    assert row.architectures_confidence is Confidence.HIGH
    assert (str(row.torchvision), row.torchaudio) == ("0.30.0", None)
    assert (row.local, row.page) == (None, None)


def test_every_row_says_where_it_is_from_and_when(proposed: tuple[str, Matrix, str]) -> None:
    for row in set(proposed[1].builds) - set(packaged().builds):
        where = "PyPI" if row.origin is Origin.PYPI else "the PyTorch wheel index"
        assert f"read from the wheel on {where}" in row.source
        assert row.checked == "2027-01-20"


def test_without_flags_the_table_in_the_wheel_counts(proposed: tuple[str, Matrix, str]) -> None:
    pypi = one(proposed[1], "cu134", Origin.PYPI, "linux-aarch64")
    assert pypi.architectures == ((8, 0), (9, 0), (10, 0), (11, 0), (12, 0))
    folder = one(proposed[1], "cu132", Origin.WHEEL_INDEX, "linux-x86_64")
    assert (7, 5) in folder.architectures
    assert (folder.local, folder.page) == ("cu132", "whl/cu132")
    assert "PYTORCH_RELEASES_CODE_CC" in folder.source
    assert folder.architectures_confidence is Confidence.HIGH


def test_linux_words_on_windows_are_a_doubt(proposed: tuple[str, Matrix, str]) -> None:
    row = one(proposed[1], "cu134", Origin.WHEEL_INDEX, "windows-x86_64")
    assert (7, 5) not in row.architectures
    assert row.architectures_confidence is Confidence.MEDIUM
    assert (row.cudnn, row.glibc) == (None, None)


def test_where_nothing_tells_the_last_release_is_taken_as_a_doubt(
    proposed: tuple[str, Matrix, str],
) -> None:
    row = one(proposed[1], "cu132", Origin.WHEEL_INDEX, "linux-aarch64")
    before = next(
        each
        for each in packaged().builds_for("linux-aarch64")
        if each.build == "cu132" and not each.origin.is_conda
    )
    assert row.architectures == before.architectures
    assert row.architectures_confidence is Confidence.LOW
    assert str(before.torch) in row.note


def test_a_python_that_needs_a_newer_macos_has_a_row_of_its_own(
    index: Index, tmp_path: Path
) -> None:
    _, matrix, _ = _run(index, tmp_path, "--no-flags", "--torch", "2.16.0")
    rows = [row for row in matrix.builds if row.torch == NEW and row.platform == "macos-arm64"]
    assert {str(row.macos): texts(row.pythons) for row in rows} == {
        "14.0": ["3.13"],
        "15.0": ["3.16"],
    }


def test_the_new_companion_has_its_row(proposed: tuple[str, Matrix, str]) -> None:
    row = proposed[1].companion("torchvision", V("0.30.0"), "linux-x86_64")
    assert row is not None
    assert texts(row.pythons) == ["3.13"]
    windows = one(proposed[1], "cu134", Origin.WHEEL_INDEX, "windows-x86_64")
    assert windows.torchvision is None  # there is none in that folder
    assert "torchvision 0.30.0" in proposed[2]


def test_a_folder_that_is_not_there_is_told(proposed: tuple[str, Matrix, str]) -> None:
    assert re.search(r"/whl/cu126: 404", proposed[2])


@pytest.fixture
def compat(tmp_path: Path) -> Path:
    return Path(shutil.copytree(compat_folder(), tmp_path / "compat"))


def test_written_rows_stand_in_the_files_and_load(
    index: Index, compat: Path, tmp_path: Path, proposed: tuple[str, Matrix, str]
) -> None:
    _run(index, tmp_path, "--write", "--compat", str(compat))
    written = load_folder(compat)
    assert set(written.builds) == set(proposed[1].builds)
    # the same key of a source says the same in other words there
    told = {replace(each, source="") for each in proposed[1].companions}
    assert {replace(each, source="") for each in written.companions} == told
    text = (compat / "pytorch" / "wheels-2.yaml").read_text()
    assert text.index('"2.16.0"') < text.index('"2.15.0"')
    schema = json.loads((compat / "schema" / "compat.json").read_text())
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    jsonschema.Draft202012Validator(schema).validate(yaml.load(text, Loader=loader))  # noqa: S506
    out, _, said = _run(index, tmp_path, "--compat", str(compat))
    assert (out, said.split(":")[0]) == ("", "Nothing new")


def test_lines_that_were_there_stay_as_they_were(
    index: Index, compat: Path, tmp_path: Path
) -> None:
    _run(index, tmp_path, "--write", "--compat", str(compat))
    for path in compat_folder().rglob("*.yaml"):
        old = path.read_text().splitlines()
        new = (compat / path.relative_to(compat_folder())).read_text().splitlines()
        lost = [line for line in old if line not in new and not line.startswith("updated:")]
        assert lost == [], path.name


def test_rows_that_do_not_load_are_taken_back(
    index: Index, compat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cuda = compat / "cuda.yaml"
    kept = [
        part for part in cuda.read_text().split("  - cuda_runtime: ") if not part.startswith('"13.')
    ]
    cuda.write_text("  - cuda_runtime: ".join(kept))
    texts_before = {path: path.read_bytes() for path in compat.rglob("*.yaml")}
    for path in (compat / "pytorch").glob("*.yaml"):
        releases = re.sub(r'cuda_runtime: "13\.\d"', 'cuda_runtime: "12.9"', path.read_text())
        path.write_text(releases)
        texts_before[path] = path.read_bytes()
    argv = ["--index", f"{index.url}/simple", "--wheel-index", "none", "--no-flags", "--write"]
    assert derive.main([*argv, "--compat", str(compat)]) == 1
    assert {path: path.read_bytes() for path in compat.rglob("*.yaml")} == texts_before
    told = capsys.readouterr().err
    assert "CUDA 13.4 is a new family" in told
    assert "Nothing was written." in told


def test_a_new_cuda_of_a_known_family_gets_the_drivers_of_its_family(
    index: Index, compat: Path, tmp_path: Path
) -> None:
    cuda = compat / "cuda.yaml"
    kept = [
        part
        for part in cuda.read_text().split("  - cuda_runtime: ")
        if not part.startswith('"13.4"')
    ]
    cuda.write_text("  - cuda_runtime: ".join(kept))
    _, _, told = _run(index, tmp_path, "--write", "--no-flags", "--compat", str(compat))
    family = load_folder(compat).cuda_family(V("13.4"))
    assert family is not None
    assert (str(family.minimum_linux), str(family.minimum_windows)) == ("580", "580")
    assert "add its own driver" in told


def test_an_index_that_does_not_answer_is_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert derive.main(["--index", "http://127.0.0.1:9/simple"]) == 3
    assert "refused" in capsys.readouterr().err


def test_the_table_of_older_releases_is_read_too() -> None:
    text = 'PYTORCH_RELEASES_CODE_CC: dict[str, set[int]] = {\n    "12.6": {50, 90},\n}\n'
    assert parse_table(text) == {"12.6": {"x86_64": {50, 90}}}


@pytest.mark.parametrize("text", ["", "PYTORCH_RELEASES_CODE_CC = {\n  f(): 1,\n}\n"])
def test_a_table_that_cannot_be_read_is_none(text: str) -> None:
    assert parse_table(text) == {}
