"""Signs that a machine stands in China: zone, locale, cloud; nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.probe.china import signs_of_china
from gpusetup.probe.world import World


@pytest.mark.parametrize(
    ("environ", "cloud", "signs"),
    [
        ({"TZ": "Asia/Shanghai"}, None, ("time zone Asia/Shanghai",)),
        ({"TZ": ":Asia/Urumqi"}, None, ("time zone Asia/Urumqi",)),
        ({"TZ": "PRC", "LANG": "zh_CN.UTF-8"}, None, ("time zone PRC", "locale zh_CN.UTF-8")),
        ({"TZ": "UTC", "LC_ALL": "zh-Hans-CN"}, None, ("locale zh-Hans-CN",)),
        ({"TZ": "UTC"}, "autodl", ("autodl",)),
        ({"TZ": "Asia/Taipei", "LANG": "zh_TW.UTF-8"}, "colab", ()),
        ({"TZ": "Asia/Singapore", "LANG": "zh_SG.UTF-8"}, None, ()),
        ({"TZ": "CST6CDT", "LANG": "en_US.UTF-8"}, None, ()),
    ],
)
def test_signs(environ: dict[str, str], cloud: str | None, signs: tuple[str, ...]) -> None:
    assert signs_of_china(World(environ), cloud) == signs


def test_the_zone_of_the_system_counts(tmp_path: Path) -> None:
    zones = tmp_path / "usr" / "share" / "zoneinfo" / "Asia"
    zones.mkdir(parents=True)
    (zones / "Shanghai").write_bytes(b"TZif2")
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "localtime").symlink_to(zones / "Shanghai")
    assert signs_of_china(World({}, tmp_path), None) == ("time zone Asia/Shanghai",)
    (etc / "timezone").write_text("Europe/Berlin\n")
    assert signs_of_china(World({}, tmp_path), None) == ()
