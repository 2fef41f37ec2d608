"""One place by several spellings; on an ordinary disk nothing is what it is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpusetup.effects.spelling import as_spelled, ignores_case, place_key
from tests.lab.filesystem import Manner, missing, mounted

REASON = missing() or (None if os.geteuid() == 0 else "file systems are mounted as root")


def test_where_the_disk_tells_the_cases_apart_they_are_two_places(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "link").symlink_to("torch")
    assert as_spelled(f"{tmp_path}/Torch") == f"{tmp_path}/Torch"
    assert place_key(f"{tmp_path}/Torch") != place_key(f"{tmp_path}/torch")
    assert place_key(f"{tmp_path}/link") == place_key(f"{tmp_path}/torch")
    assert as_spelled(f"{tmp_path}/link") == f"{tmp_path}/link"


def test_a_link_in_capitals_does_not_make_a_disk_careless(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "TORCH").symlink_to("torch")
    assert not ignores_case(str(tmp_path / "torch"))


@pytest.mark.skipif(REASON is not None, reason=str(REASON))
def test_where_it_does_not_they_are_one(tmp_path: Path) -> None:
    with mounted(tmp_path / "real", tmp_path / "Disk", Manner(ignores_case=True)) as disk:
        (disk / "Envs" / "torch").mkdir(parents=True)
        (disk / "Envs" / "环境").mkdir()
        assert as_spelled(f"{disk}/ENVS/Torch/bin") == f"{disk}/Envs/torch/bin"
        assert as_spelled(f"{disk}/ENVS/环境") == f"{disk}/Envs/环境"
        assert place_key(f"{disk}/envs/New") == place_key(f"{disk}/Envs/new")
        before = place_key(f"{disk}/envs/Later")
        (disk / "Envs" / "later").mkdir()
        assert place_key(f"{disk}/Envs/LATER") == before
        # the folder above tells the cases apart
        assert place_key(f"{tmp_path}/disk/x") != place_key(f"{disk}/x")
