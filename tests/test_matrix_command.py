"""`gpusetup matrix` as people and scripts call it."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar, Iterator, Mapping

import pytest

from gpusetup.cli.main import run
from gpusetup.matrix_archive import LARGEST_TOTAL, read_files
from gpusetup.matrix_file import compat_folder, load_packaged, packaged_or_configured
from gpusetup.matrix_file.updated import updates_folder
from gpusetup.matrix_queries import PICTURE_BRANCHES

MACHINES = Path(__file__).parent / "machines"

OWN = """\
schema: gpusetup.compat/1
minimum_gpusetup: "0.1.0"
updated: "2026-11-22"
sources:
  mine: "A note of mine"
releases:
  "9.1.0":
    date: "2030-01-02"
    builds:
      - build: cu126
        origin: wheel-index
        cuda_runtime: "12.6"
        local: cu126
        pythons: ["3.13", "3.14"]
        glibc: "2.28"
        architectures: sm_80 sm_90
        source: [mine]
        checked: "2030-01-03"
        platforms:
          linux-x86_64: {}
"""


@pytest.fixture(autouse=True)
def _own_home(home: Path) -> None:
    """Updates go into a home of the test."""


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["matrix", *words])
    out, err = capsys.readouterr()
    return code, out, err


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    _code, out, _err = said(capsys, *words, "--json")
    found = json.loads(out)
    assert isinstance(found, dict)
    assert found["schema"] in ("gpusetup.matrix/1", "gpusetup.error/1")
    return found


# list


def test_the_list_names_releases_with_builds_per_origin(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "list", "--platform", "linux-x86_64", "--torch", "2.7.1")
    assert code == 0
    words = " ".join(out.split())
    assert "2.7.1 2025-06-04 cu126 cpu cu118 cu126 cu128 cpu cu126 cu129 3.9-3.13" in words


def test_the_list_as_json_has_every_fact(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(
        capsys, "list", "--platform", "linux-x86_64", "--gpu", "K80", "--driver", "470"
    )
    assert found["filters"]["compute_capabilities"] == ["3.7"]
    newest = found["releases"][0]
    assert newest["torch"] == "2.3.1"
    (build,) = [each for each in newest["builds"] if each["origin"] == "wheel-index"]
    assert build["build"] == "cu118"
    assert build["minimum_driver"] == "450.80.02"
    assert "sm_37" in build["architectures"]


def test_the_list_of_windows_has_no_linux_build(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "list", "--platform", "windows-x86_64")
    platforms = {build["platform"] for each in found["releases"] for build in each["builds"]}
    assert platforms == {"windows-x86_64"}


def test_nothing_that_fits_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "list", "--torch", ">90")
    assert (code, out) == (0, "No build in the compatibility data fits.\n")


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--platform", "linux-mips"),
        ("list", "--gpu", "RTX 9999"),
        ("list", "--gpu", "NVIDIA GeForce RTX 2080 ..."),
        ("list", "--driver", "new"),
        ("list", "--driver", "12.6"),
        ("list", "--torch", "newest"),
        ("list", "--origin", "attic"),
        ("show", "no such thing"),
        ("show", "12.0"),
        ("show",),
        ("why", "latest"),
        ("why",),
        ("update",),
        ("update", "x.zip"),
        ("update", "x.zip", "--sha256", "12"),
        ("update", "x.zip", "--restore"),
    ],
)
def test_words_that_cannot_be_used_end_with_2_and_a_way_on(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert "error:" in err
    assert "hint:" in err
    found = document(capsys, *words)
    assert (found["exit"], bool(found["next"])) == (2, True)


def test_the_picture_stands_in_a_pipe_whole(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "list", "--picture", "--platform", "linux-x86_64")
    assert code == 0
    _title, head, *rows = out.strip().split("\n")
    assert head.split()[1:] == [str(branch) for branch in PICTURE_BRANCHES]
    (pascal,) = [each for each in rows if each.startswith("Pascal")]
    assert pascal.split()[3:] == ["1.8.1", "2.7.1", "2.7.1", *["2.14.1"] * 5, "-", "-"]


def test_the_picture_of_a_narrow_terminal_leaves_branches_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _code, out, err = said(capsys, "list", "--picture", "--platform", "linux-x86_64")
    assert max(len(line) for line in out.split("\n")) <= 80
    assert "535" in out.split("\n")[2]
    assert "Not shown here for want of room: 418" in err


# show


def test_a_card_is_shown_with_what_a_buyer_and_a_user_ask(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _err = said(capsys, "show", "RTX", "3060", "--platform", "linux-x86_64")
    assert code == 0
    assert "Ampere, compute capability 8.6 (sm_86)" in out
    assert "170 W. A computer with one of them wants a power supply of about 600 W." in out
    lines = [" ".join(line.split()) for line in out.split("\n")]
    assert "R525 to R575 2.14.1 cu126 Wheel index 525.60.13" in lines


def test_a_card_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    gpu = document(capsys, "show", "GTX 1080 Ti", "--platform", "linux-x86_64")["gpu"]
    (model,) = gpu["models"]
    assert (model["memory_gb"], model["architecture"]) == ([11.0], "Pascal")
    (capability,) = gpu["capabilities"]
    assert (capability["compute_capability"], capability["last_branch"]) == ("6.1", 580)
    newest = capability["by_driver"][-1]
    assert (newest["torch"], newest["build"]) == ("2.14.1", "cu126")
    assert newest["minimum_driver"] == "525.60.13"


def test_a_jetson_needs_no_driver_branch(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = said(capsys, "show", "Orin", "--platform", "linux-x86_64")
    assert code == 0
    assert "JetPack" in out
    assert "Which PyTorch runs on it (linux-aarch64)" in out


@pytest.mark.parametrize(
    ("words", "key", "part"),
    [
        (("torch", "2.7.1"), "torch", {"releases": ["2.7.1"]}),
        (("driver", "535"), "driver", {"branch": 535, "cuda_driver_version": "12.2"}),
        (("535.183.01",), "driver", {"branch": 535, "version": "535.183.01"}),
        (
            ("cu126",),
            "cuda",
            {"minimum_driver": {"linux": "525.60.13", "windows": "528.33"}, "exact": False},
        ),
    ],
)
def test_releases_drivers_and_cuda_as_json(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], key: str, part: dict[str, object]
) -> None:
    found = document(capsys, "show", *words, "--platform", "linux-x86_64")[key]
    assert {name: found[name] for name in part} == part


@pytest.mark.parametrize("words", ["2.7.1", "driver 470", "cu118", "sm_90", "GT 730", "A100"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("platform", ["linux-x86_64", "windows-x86_64", "macos-arm64"])
def test_everything_can_be_shown_in_both_languages(
    capsys: pytest.CaptureFixture[str], words: str, language: str, platform: str
) -> None:
    code, out, _err = said(capsys, "show", words, "--lang", language, "--platform", platform)
    assert code == 0
    assert len(out.split("\n")) > 3


def test_an_earlier_minor_driver_of_a_branch_gets_less(capsys: pytest.CaptureFixture[str]) -> None:
    """525.53 is older than the driver that CUDA 12 wants, 525.60.13."""
    old = document(capsys, "show", "driver 525.53", "--platform", "linux-x86_64")["driver"]
    new = document(capsys, "show", "driver 525", "--platform", "linux-x86_64")["driver"]
    choices = [
        {each["compute_capability"]: each["choice"]["build"] for each in found["gpus"]}
        for found in (old, new)
    ]
    assert (choices[0]["8.6"], choices[1]["8.6"]) == ("cu118", "cu126")


# why


def test_why_not_names_every_build_and_what_is_taken_instead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine = str(MACHINES / "lab-470-four-1080ti.yaml")
    code, out, _err = said(capsys, "why", "torch==2.15", "--machine", machine)
    assert code == 3
    assert out.startswith("✗ No: torch 2.15.0")
    assert "holds no code for NVIDIA GeForce GTX 1080 Ti (6.1)" in out
    assert "CUDA 13.2 needs NVIDIA driver 580 or newer; this machine has 470.256.02." in out
    assert "PyTorch 2.6.0 (for CUDA 11.8)" in out


def test_why_yes(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "laptop-4060-wsl2.yaml")
    code, out, _err = said(capsys, "why", "torch==2.15", "--machine", machine)
    assert code == 0
    assert out.startswith("✓ Yes: PyTorch 2.15.0 (for CUDA 13.2)")


def test_why_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "lab-470-four-1080ti.yaml")
    code, out, _err = said(capsys, "why", "torch==2.15", "--machine", machine, "--lang", "zh")
    assert code == 3
    assert "需要 glibc 2.28" in out


def test_why_as_json_holds_rules_and_changes(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "lab-535-four-cards.yaml")
    found = document(capsys, "why", "2.15.0", "--machine", machine)
    assert found["runs"] is False
    assert found["instead"]["torch"]
    assert found["refusal"]["code"]
    assert {each["code"] for each in found["builds"]} - {None}
    assert all(each["text"] for each in found["builds"] if not each["taken"])


def test_why_of_a_release_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    machine = str(MACHINES / "debian-no-gpu.yaml")
    found = document(capsys, "why", "torch==7.7", "--machine", machine)
    assert (found["runs"], found["builds"]) == (False, [])
    assert found["refusal"]["code"] == "torch-unknown"


def test_why_looks_at_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "why", "torch==0.1")
    assert found["refusal"]["code"] == "torch-unknown"


# update


def copied(tmp_path: Path, **replacements: str) -> Path:
    """A copy of the packaged data with words of wheels-2.yaml replaced."""
    folder = tmp_path / "data" / "compat"
    shutil.copytree(compat_folder(), folder)
    path = folder / "pytorch" / "wheels-2.yaml"
    text = path.read_text(encoding="utf-8")
    for before, after in replacements.items():
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return folder


def changed(tmp_path: Path) -> Path:
    """A copy in which torch 2.15.0 came a day later."""
    return copied(tmp_path, **{'date: "2026-10-28"': 'date: "2026-10-29"'})


def tarred(folder: Path) -> Path:
    path = folder.parent / "compat.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, "compat")
    return path


def zipped(folder: Path) -> Path:
    path = folder.parent / "compat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each in folder.rglob("*.yaml"):
            archive.write(each, f"gpusetup-main/compat/{each.relative_to(folder).as_posix()}")
        archive.writestr("gpusetup-main/.ci/tools.yaml", "no: matrix")
    return path


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def released(torch: str = "2.15.0") -> str:
    matrix = packaged_or_configured({})
    return next(row.released for row in matrix.builds if str(row.torch) == torch)


@pytest.mark.parametrize("pack", [tarred, zipped])
def test_an_archive_is_used_from_then_on_and_can_be_taken_back(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, pack: Any
) -> None:
    path = pack(changed(tmp_path))
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["installed"], found["in_use"]) == (True, True)
    assert found["differences"]["changed"][0]["fields"] == {
        "released": {"before": "2026-10-28", "after": "2026-10-29"}
    }
    assert released() == "2026-10-29"
    _code, out, _err = said(capsys, "list", "--torch", "2.15.0")
    assert "2026-10-29" in out
    assert document(capsys, "update", "--restore")["now"] is None
    assert released() == "2026-10-28"
    assert said(capsys, "update", "--restore")[0] == 3


def test_the_update_before_is_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = tarred(changed(tmp_path / "first"))
    second = tarred(copied(tmp_path / "second", **{'"2026-10-28"': '"2026-10-30"'}))
    for path in (first, second):
        assert said(capsys, "update", str(path), "--sha256", hashed(path))[0] == 0
    assert released() == "2026-10-30"
    assert document(capsys, "update", "--restore")["now"]["sha256"] == hashed(first)
    assert released() == "2026-10-29"


def test_one_file_adds_its_rows_to_the_packaged_ones(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN, encoding="utf-8")
    code, out, _err = said(capsys, "update", str(path), "--sha256", hashed(path).upper())
    assert code == 0
    assert "9.1.0 cu126 (wheel-index, linux-x86_64)" in out
    assert str(packaged_or_configured({}).builds[0].torch) == "9.1.0"
    assert len(packaged_or_configured({}).builds) == len(load_packaged().builds) + 1


def test_the_same_data_changes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tarred(copied(tmp_path))
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["installed"], found["folder"]) == (False, None)
    assert list(updates_folder({}).glob("*")) == []


def test_another_hash_is_refused_and_nothing_changes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tarred(changed(tmp_path))
    found = document(capsys, "update", str(path), "--sha256", "0" * 64)
    assert (found["exit"], found["code"]) == (3, "matrix.update-wrong-hash")
    assert not updates_folder({}).exists()


def test_data_with_mistakes_is_told_with_every_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = {'date: "2026-10-28"': "date: 2026-10-28\n    colour: red"}
    path = tarred(copied(tmp_path, **wrong))
    code, _out, err = said(capsys, "update", str(path), "--sha256", hashed(path))
    assert code == 2
    assert "compat/pytorch/wheels-2.yaml, line " in err
    assert "colour" in err
    assert list(updates_folder({}).glob("*")) == []
    assert released() == "2026-10-28"


def test_a_file_with_mistakes_is_named_as_it_was_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN + "nonsense: 1\n", encoding="utf-8")
    code, _out, err = said(capsys, "update", str(path), "--sha256", hashed(path))
    assert code == 2
    assert "incoming" not in err
    assert "mine.yaml" in err


def test_data_for_a_newer_gpusetup_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN.replace('"0.1.0"', '"99.0"'), encoding="utf-8")
    code, _out, err = said(capsys, "update", str(path), "--sha256", hashed(path))
    assert code == 2
    assert "99.0" in err


def test_older_data_than_the_packaged_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = changed(tmp_path)
    for each in folder.rglob("*.yaml"):
        text = each.read_text(encoding="utf-8")
        each.write_text(text.replace('\nupdated: "2026', '\nupdated: "2020'), encoding="utf-8")
    path = tarred(folder)
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-old")


def test_an_update_older_than_a_new_gpusetup_is_not_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tarred(changed(tmp_path))
    said(capsys, "update", str(path), "--sha256", hashed(path))
    record = updates_folder({}) / "current" / "update.json"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace('"gpusetup": "', '"gpusetup": "0.0.'), encoding="utf-8")
    assert released() == "2026-10-28"


def test_a_data_folder_that_cannot_be_made_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tarred(changed(tmp_path))
    monkeypatch.setenv("GPUSETUP_DATA", str(path))  # a file
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-unwritable")


def test_data_that_the_environment_names_stays_in_use(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tarred(changed(tmp_path))
    monkeypatch.setenv("GPUSETUP_COMPAT", str(compat_folder()))
    code, _out, err = said(capsys, "update", str(path), "--sha256", hashed(path))
    assert code == 0
    assert "GPUSETUP_COMPAT names other data" in err
    monkeypatch.delenv("GPUSETUP_COMPAT")
    assert released() == "2026-10-29"


def test_an_update_serves_the_plan(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text(OWN, encoding="utf-8")
    said(capsys, "update", str(own), "--sha256", hashed(own))
    machine = str(MACHINES / "lab-535-four-cards.yaml")
    found = document(capsys, "why", "torch==9.1.0", "--machine", machine)
    assert [each["torch"] for each in found["builds"]] == ["9.1.0"]
    assert run(["plan", "--torch", "9.1.0", "--cuda", "cu126", "--machine", machine]) in (0, 3)
    assert "9.1.0" in "".join(capsys.readouterr())


def test_a_spoilt_update_leaves_the_packaged_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tarred(changed(tmp_path))
    said(capsys, "update", str(path), "--sha256", hashed(path))
    current = updates_folder({}) / "current"
    (current / "form").unlink()
    assert released() == "2026-10-29"  # the YAML serves
    (current / "form").unlink()
    (current / "compat" / "cuda.yaml").write_text("cuda: [", encoding="utf-8")
    assert released() == "2026-10-28"
    (current / "update.json").write_text("{}", encoding="utf-8")
    assert released() == "2026-10-28"


# what an archive may hold


def tar_of(names: Mapping[str, bytes], kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in names.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), target
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(names: Mapping[str, bytes], mode: int = 0o100644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            archive.writestr(member, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../x.yaml",
        "compat/../../x.yaml",
        "/etc/x.yaml",
        "C:/x.yaml",
        "..\\x.yaml",
        "a/..",
        "\x1b.yaml",
    ],
)
@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_a_path_that_leads_out_refuses_the_whole_archive(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, pack: Any
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(pack({"compat/good.yaml": b"x: 1", name: b"x: 1"}))
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-escapes")
    assert not updates_folder({}).exists()


@pytest.mark.parametrize(
    "content",
    [
        tar_of({"compat/x.yaml": b""}, tarfile.SYMTYPE, "/etc/passwd"),
        tar_of({"compat/x.yaml": b""}, tarfile.LNKTYPE, "compat/y.yaml"),
        tar_of({"compat/x.yaml": b""}, tarfile.FIFOTYPE),
        zip_of({"compat/x.yaml": b"/etc/passwd"}, 0o120777),
    ],
    ids=["symbolic", "hard", "pipe", "in a zip"],
)
def test_links_and_devices_refuse_the_whole_archive(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(content)
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-link")


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_an_archive_that_grows_is_stopped(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, pack: Any
) -> None:
    piece = b"# " + b"a" * (6 << 20)
    path = tmp_path / "archive"
    path.write_bytes(
        pack({f"compat/{n}.yaml": piece for n in range(1 + LARGEST_TOTAL // len(piece))})
    )
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (3, "matrix.update-too-large")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 cut", "matrix.update-no-archive"),
        (b"\x1f\x8b cut", "matrix.update-no-archive"),
        (tar_of({"compat/x.yaml": b"x" * 99})[:-20], "matrix.update-no-archive"),
        (zip_of({"compat/readme.txt": b"x"}), "matrix.update-empty"),
        (b"", "matrix.errors"),
        (b"\x00\x01\x02", "matrix.errors"),
    ],
    ids=["cut zip", "cut gzip", "cut tar", "nothing of ours", "empty", "bytes"],
)
def test_what_is_no_archive_is_unreadable_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "archive"
    path.write_bytes(content)
    found = document(capsys, "update", str(path), "--sha256", hashed(path))
    assert (found["exit"], found["code"]) == (2, code)


def test_files_lie_below_compat_or_below_one_folder() -> None:
    for names in (
        ("compat/a.yaml", "compat/sub/b.yaml"),
        ("x-1/compat/a.yaml", "x-1/compat/sub/b.yaml", "x-1/other.yaml"),
        ("x-1/a.yaml", "x-1/sub/b.yaml"),
        ("./a.yaml", "./sub/b.yaml"),
    ):
        files, single = read_files(zip_of(dict.fromkeys(names, b"")))
        assert (sorted(files), single) == (["a.yaml", "sub/b.yaml"], False)


# over the network


class Server(BaseHTTPRequestHandler):
    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        content = self.files.get(self.path)
        self.send_response(200 if content is not None else 404)
        length = 10**9 if self.path == "/cut" else len(content or b"")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


def test_an_address_is_fetched(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, server: str
) -> None:
    path = tarred(changed(tmp_path))
    Server.files = {"/compat.tar.gz": path.read_bytes()}
    url = f"{server}/to/{server}/compat.tar.gz"
    found = document(capsys, "update", url, "--sha256", hashed(path))
    assert found["installed"] is True
    assert released() == "2026-10-29"


@pytest.mark.parametrize("path", ["/gone", "/cut", "/to/file:///etc/passwd", "/to/ftp://x/y"])
def test_what_cannot_be_fetched_is_refused(
    capsys: pytest.CaptureFixture[str], server: str, path: str
) -> None:
    Server.files = {"/cut": b"half"}
    found = document(capsys, "update", server + path, "--sha256", "0" * 64)
    assert (found["exit"], found["code"]) == (3, "matrix.update-not-reached")


def test_more_than_a_matrix_is_not_fetched(capsys: pytest.CaptureFixture[str], server: str) -> None:
    Server.files = {"/large": b"0" * (17 << 20)}
    found = document(capsys, "update", f"{server}/large", "--sha256", "0" * 64)
    assert (found["exit"], found["code"]) == (3, "matrix.update-too-large")


def test_a_password_in_the_address_is_not_repeated(
    capsys: pytest.CaptureFixture[str], server: str
) -> None:
    url = server.replace("http://", "http://me:geheim@") + "/gone"
    code, out, err = said(capsys, "update", url, "--sha256", "0" * 64)
    assert code == 3
    assert "geheim" not in out + err


def test_defects_are_told_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    _code, chinese, _err = said(capsys, "show", "torch", "2.7.1", "--lang", "zh")
    assert "需要一起安装：mkl<2024.1" in chinese
    assert "K80 上运行的最后一个版本是 2.3.1+cu118" in chinese
    _code, english, _err = said(capsys, "show", "torch", "2.7.1", "--lang", "en")
    assert "2.3.1+cu118 is the last that works there." in english


def test_every_defect_has_its_chinese() -> None:
    assert [
        trap.id for trap in load_packaged().traps if bool(trap.note) != bool(trap.note_zh)
    ] == []


def test_a_driver_newer_than_the_data_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    _code, shown, _err = said(capsys, "show", "driver", "999", "--lang", "en")
    newest = max(row.branch for row in load_packaged().branches)
    assert f"not in the data, whose newest branch is R{newest}" in shown
    assert "branch R" not in shown.splitlines()[1]
