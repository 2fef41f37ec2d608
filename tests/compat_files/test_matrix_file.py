"""Matrix files: every kind of mistake is found with its place, and the quick form says the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.basics.versions import Version
from gpusetup.compat_files import (
    FileError,
    MatrixErrors,
    compat_folder,
    generated_form,
    load_folder,
    load_packaged,
    packaged_or_configured,
)
from gpusetup.compat_files.compact import form_text, fresh_form, write_form
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.messages import say, sentences
from gpusetup.request import Origin

HEAD = """\
schema: gpusetup.compat/1
minimum_gpusetup: "0.1.0"
updated: "2026-11-21"
sources:
  mine: "A note of mine"
"""

RELEASE = """\
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
        ptx: compute_90
        source: [mine]
        checked: "2030-01-03"
        platforms:
          linux-x86_64: {nccl: "2.40"}
          linux-aarch64: {architectures: sm_90}
"""


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def mistakes(path: Path, extend: Matrix | None = None) -> tuple[FileError, ...]:
    with pytest.raises(MatrixErrors) as caught:
        load_folder(path, extend)
    assert caught.value.exit is Exit.USAGE
    for each in caught.value.errors:  # every mistake can be said
        assert say(each.code, **each.facts)
    return caught.value.errors


@pytest.fixture(scope="module")
def packaged() -> Matrix:
    return load_folder(compat_folder())


def test_a_users_file_adds_rows_to_the_packaged_ones(packaged: Matrix, tmp_path: Path) -> None:
    matrix = load_folder(written(tmp_path, HEAD + RELEASE), packaged)
    added = matrix.builds_for("linux-x86_64")[0]
    assert added.torch == Version.parse("9.1.0")
    assert (added.source, added.checked) == ("A note of mine", "2030-01-03")
    assert (added.released, added.local, added.nccl) == ("2030-01-02", "cu126", "2.40")
    assert len(matrix.builds) == len(packaged.builds) + 2


def test_a_platform_overrides_what_its_build_says(packaged: Matrix, tmp_path: Path) -> None:
    matrix = load_folder(written(tmp_path, HEAD + RELEASE), packaged)
    assert matrix.builds_for("linux-x86_64")[0].architectures == ((8, 0), (9, 0))
    assert matrix.builds_for("linux-aarch64")[0].architectures == ((9, 0),)


def test_a_users_row_replaces_the_packaged_row(packaged: Matrix, tmp_path: Path) -> None:
    text = HEAD + RELEASE.replace("9.1.0", "2.14.1")
    matrix = load_folder(written(tmp_path, text), packaged)
    assert len(matrix.builds) == len(packaged.builds)
    wanted = (Version.parse("2.14.1"), "cu126", Origin.WHEEL_INDEX)
    found = [
        row
        for row in matrix.builds_for("linux-x86_64")
        if (row.torch, row.build, row.origin) == wanted
    ]
    assert [row.checked for row in found] == ["2030-01-03"]


BROKEN = {
    "an unquoted version": ('cuda_runtime: "12.6"', "cuda_runtime: 12.10", 12, "matrix.unquoted"),
    "an unquoted Python": ('["3.13", "3.14"]', '[3.10, "3.14"]', 14, "matrix.unquoted"),
    "an unquoted date": ('date: "2030-01-02"', "date: 2030-01-02", 8, "matrix.unquoted"),
    "a word that YAML turns round": ("local: cu126", "local: no", 13, "matrix.unquoted"),
    "a release without quotes": ('"9.1.0":', "9.10:", 7, "matrix.unquoted"),
    "an unknown key": ("glibc:", "glibcc:", 15, "matrix.unknown-key"),
    "a key twice": ("local: cu126", "origin: pypi", 13, "matrix.duplicate-key"),
    "no source": ("        source: [mine]\n", "", 10, "matrix.missing"),
    "no date of checking": ('        checked: "2030-01-03"\n', "", 10, "matrix.missing"),
    "an empty source": ("source: [mine]", "source: []", 18, "matrix.no-source"),
    "a source that is not listed": ("[mine]", "[yours]", 18, "matrix.unknown-source"),
    "a text for a list": ('["3.13", "3.14"]', '"3.13"', 14, "matrix.wants-list"),
    "a list for a text": ("local: cu126", "local: [cu126]", 13, "matrix.wants-scalar"),
    "a list for a mapping": ('{nccl: "2.40"}', "[a]", 21, "matrix.wants-mapping"),
    "a wrong version": ('"12.6"', '"twelve"', 12, "matrix.no-version"),
    "a wrong architecture": ("sm_80 sm_90", "sm_80 ada", 16, "matrix.no-architecture-name"),
    "a wrong date": ('"2030-01-03"', '"yesterday"', 19, "matrix.no-date"),
    "an unknown origin": ("wheel-index", "somewhere", 11, "matrix.not-a-choice"),
    "an unknown platform": ("linux-aarch64:", "amiga:", 22, "matrix.not-a-choice"),
    "an unknown CUDA runtime": ('"12.6"', '"99.9"', 12, "matrix.dangling"),
    "an unknown architecture": ("sm_80 sm_90", "sm_80 sm_999", 16, "matrix.dangling"),
    "an unknown companion": ("glibc:", 'torchvision: "9"\n        glibc:', 15, "matrix.dangling"),
    "a CPU build with CUDA": ("build: cu126", "build: cpu", 21, "matrix.build-and-runtime"),
    "an alias": ("sm_80 sm_90", "*x", 16, "matrix.alias"),
    "an anchor": ("sm_80 sm_90", "&x sm_80", 16, "matrix.alias"),
    "a tag": ("sm_80 sm_90", "!!python/name:os.system ''", 16, "matrix.tag"),
    "no YAML": ("[mine]", "[mine", 19, "matrix.no-yaml"),
    "a wrong schema": ("compat/1", "compat/2", 1, "matrix.not-a-choice"),
    "a file for a newer program": ('"0.1.0"', '"99.0"', 2, "matrix.needs-newer"),
    "a size in words": ('{nccl: "2.40"}', "{wheel_mib: many}", 21, "matrix.no-number"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_mistake_is_found_in_its_line(what: str, packaged: Matrix, tmp_path: Path) -> None:
    good, bad, line, code = BROKEN[what]
    text = HEAD + RELEASE
    assert text.count(good) >= 1
    path = written(tmp_path, text.replace(good, bad, 1))
    found = mistakes(path, packaged)
    assert (line, code) in [(each.line, each.code) for each in found]
    assert {each.file for each in found} == {str(path)}


def test_the_path_in_the_document_is_told(packaged: Matrix, tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + RELEASE.replace('"12.6"', '"99.9"'))
    places = {each.path for each in mistakes(path, packaged)}
    assert 'releases."9.1.0".builds[0].platforms.linux-x86_64.cuda_runtime' in places


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, HEAD + RELEASE.replace('"2.28"', "2.28"), "a.yaml")
    written(tmp_path, HEAD.replace("updated", "update") + "traps: []\n", "b.yaml")
    found = mistakes(tmp_path)
    assert {(Path(each.file).name, each.code) for each in found} == {
        ("a.yaml", "matrix.unquoted"),
        ("b.yaml", "matrix.unknown-key"),
        ("b.yaml", "matrix.missing"),
        ("b.yaml", "matrix.wants-mapping"),
    }


def test_a_build_that_stands_twice_is_a_mistake(packaged: Matrix, tmp_path: Path) -> None:
    build = RELEASE[RELEASE.index("      - build") :]
    found = mistakes(written(tmp_path, HEAD + RELEASE + build), packaged)
    assert [each.code for each in found] == ["matrix.duplicate-row"] * 2
    assert found[0].facts["first"] == 21


def test_the_same_row_in_two_files_is_a_mistake(tmp_path: Path) -> None:
    trap = 'traps:\n  a:\n    torch: "<2"\n    source: [mine]\n    checked: "2030-01-03"\n'
    written(tmp_path, HEAD + trap, "a.yaml")
    written(tmp_path, HEAD + trap, "b.yaml")
    assert [each.code for each in mistakes(tmp_path)] == ["matrix.row-in-two-files"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "matrix.empty"),
        (b"# nothing\n", "matrix.empty"),
        (b"schema: \xff\xfe\n", "matrix.not-utf-8"),
        (b"a: \x07\n", "matrix.no-yaml"),
        (b"---\na: b\n---\nc: d\n", "matrix.several-documents"),
        (b"just words\n", "matrix.wants-mapping"),
        (b"[" * 5000, "matrix.too-deep"),
        (b"a: &a [x]\nb: &b [*a, *a]\n", "matrix.alias"),
    ],
)
def test_what_is_no_matrix_file_is_told_so(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    assert mistakes(path)[0].code == code


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    with path.open("wb") as stream:
        stream.truncate(100 * 2**20)  # a hole: takes no room on the disk
    assert mistakes(path)[0].code == "matrix.too-large"


def test_a_trap_for_no_range_of_releases_is_a_mistake(tmp_path: Path) -> None:
    trap = 'traps:\n  a:\n    torch: "old"\n    source: [mine]\n    checked: "2030-01-03"\n'
    found = mistakes(written(tmp_path, HEAD + trap))
    assert [(each.line, each.code) for each in found] == [(8, "matrix.no-range")]


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    assert mistakes(tmp_path)[0].code == "matrix.no-files"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").symlink_to("nowhere")
    assert mistakes(tmp_path)[0].code == "matrix.unreadable"


def test_every_code_of_a_mistake_has_a_sentence() -> None:
    source = Path(load_folder.__code__.co_filename).parent
    text = "".join(path.read_text() for path in source.glob("*.py"))
    codes = set(re.findall(r'"(matrix\.[a-z-]+)"', text))
    assert len(codes) > 10
    assert codes <= set(sentences())


def test_the_quick_form_says_the_same_as_the_yaml(packaged: Matrix, tmp_path: Path) -> None:
    folder = compat_folder()
    form = tmp_path / "matrix"
    assert write_form(packaged, form, folder)
    quick = fresh_form(form, folder, by_time=True)
    assert quick is not None
    for field in fields(Matrix):
        assert getattr(quick, field.name) == getattr(packaged, field.name), field.name
    for platform in {build.platform for build in packaged.builds}:
        assert quick.builds_for(platform) == packaged.builds_for(platform)


def test_the_packaged_matrix_says_the_same_as_the_yaml(packaged: Matrix) -> None:
    assert load_packaged() == packaged


def test_a_quick_form_of_other_yaml_is_not_used(packaged: Matrix, tmp_path: Path) -> None:
    folder, form = tmp_path / "compat", tmp_path / "matrix"
    shutil.copytree(compat_folder(), folder)
    write_form(packaged, form, folder)
    assert fresh_form(form, folder, by_time=True)
    traps = folder / "traps.yaml"
    traps.write_text(traps.read_text().replace("numpy<2", "numpy<3"))  # the same length
    assert fresh_form(form, folder, by_time=True) is None


def test_a_touched_file_with_the_same_content_is_still_fresh(
    packaged: Matrix, tmp_path: Path
) -> None:
    folder, form = tmp_path / "compat", tmp_path / "matrix"
    shutil.copytree(compat_folder(), folder)
    write_form(packaged, form, folder)
    os.utime(folder / "traps.yaml", (1, 1))
    assert fresh_form(form, folder, by_time=True)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"form": 0}', "no json", '{"form":1}\n'])
def test_a_damaged_quick_form_is_not_used(content: str, tmp_path: Path) -> None:
    form = tmp_path / "matrix"
    form.write_text(content)
    assert fresh_form(form, compat_folder(), by_time=True) is None


def test_a_quick_form_of_a_version_with_other_fields_is_not_used(
    packaged: Matrix, tmp_path: Path
) -> None:
    folder, form = compat_folder(), tmp_path / "matrix"
    write_form(packaged, form, folder)
    form.write_text(form.read_text().replace(" wheel_mib ", " ", 1))
    assert fresh_form(form, folder, by_time=True) is None


def test_the_quick_form_is_lines_of_json(packaged: Matrix) -> None:
    lines = form_text(packaged, {"files": {}, "digest": ""}).splitlines()
    head = json.loads(lines[0])
    assert len(head["parts"]) == len(lines) - 1
    assert all(json.loads(line) is not None for line in lines)


def test_the_quick_form_is_read_without_yaml() -> None:
    load_packaged()  # a checkout writes its form here, where it is not fresh
    code = (
        "import sys; from gpusetup.compat_files import load_packaged;"
        "assert load_packaged().builds_for('linux-x86_64');"
        "sys.exit('yaml' in sys.modules)"
    )
    assert generated_form().exists()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tables_that_were_not_asked_for_are_not_read(packaged: Matrix, tmp_path: Path) -> None:
    folder, form = compat_folder(), tmp_path / "matrix"
    write_form(packaged, form, folder)
    quick = fresh_form(form, folder, by_time=True)
    assert quick is not None
    assert quick.cuda
    assert "gpus" not in vars(quick)
    with pytest.raises(AttributeError):
        _ = quick.gpu  # type: ignore[attr-defined]


def test_the_environment_can_name_a_folder_instead(tmp_path: Path) -> None:
    shutil.copytree(compat_folder(), tmp_path / "compat")
    (tmp_path / "compat" / "traps.yaml").unlink()
    matrix = packaged_or_configured({"GPUSETUP_COMPAT": str(tmp_path / "compat")})
    assert matrix.builds
    assert matrix.traps == ()


def test_the_environment_can_name_a_file_that_extends(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + RELEASE)
    matrix = packaged_or_configured({"GPUSETUP_COMPAT": str(path)})
    assert str(matrix.builds[0].torch) == "9.1.0"


def test_a_name_in_the_environment_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        packaged_or_configured({"GPUSETUP_COMPAT": str(tmp_path / "none")})
    assert caught.value.code == "matrix.not-there"


def test_a_users_own_file_extends_the_packaged_rows(tmp_path: Path) -> None:
    matrix = packaged_or_configured({}, written(tmp_path, HEAD + RELEASE))
    assert isinstance(matrix.builds[0], Build)
    assert str(matrix.builds[0].torch) == "9.1.0"
    assert str(packaged_or_configured({}, tmp_path / "none").builds[0].torch) != "9.1.0"


def test_files_of_other_rooms_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    shutil.copytree(compat_folder(), tmp_path / "compat")
    written(tmp_path / "compat", "anything: else\n", "mirrors.yaml")
    assert load_folder(tmp_path / "compat").builds


def plan(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """`gpusetup plan` for a described machine, with a folder of compatibility data."""
    machine = written(folder, "os: linux\narch: x86_64\n", "machine.txt")
    argv = [sys.executable, "-m", "gpusetup", "plan", "--machine", str(machine), *flags]
    environ = {**os.environ, "GPUSETUP_COMPAT": str(folder / "compat"), "HOME": str(folder)}
    return subprocess.run(
        argv, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    (tmp_path / "compat").mkdir()
    written(tmp_path / "compat", HEAD + RELEASE.replace('"2.28"', "2.28"), "a.yaml")
    written(tmp_path / "compat", "schema: [", "b.yaml")
    return tmp_path


def test_a_command_tells_every_mistake_with_its_place(broken: Path) -> None:
    answer = plan(broken)
    assert answer.returncode == 2, answer.stderr
    assert answer.stdout == ""
    shown = " ".join(answer.stderr.split())
    assert 'compat/a.yaml, line 15, releases."9.1.0".builds[0]' in shown
    assert "compat/b.yaml, line" in shown
    assert shown.count("Write it in quotes") == 1


def test_the_error_document_holds_every_mistake(broken: Path) -> None:
    answer = plan(broken, "--json")
    assert answer.returncode == 2
    document = json.loads(answer.stdout)
    assert document["code"] == "matrix.errors"
    assert len(document["facts"]["mistakes"]) == document["facts"]["count"]
