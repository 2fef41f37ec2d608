"""`gpusetup matrix update`: newer data are used from then on, and can be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpusetup.cli.main import run
from gpusetup.compat_files import compat_folder, load_packaged, packaged_or_configured
from gpusetup.compat_files.updated import updates_folder
from tests.matrix_command.archives import (
    MACHINES,
    OWN,
    changed,
    copied,
    document,
    hashed,
    released,
    said,
    tarred,
    zipped,
)


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
