"""Whether this machine seems to stand in China, where the official sources crawl."""

from __future__ import annotations

import sys
import time

from gpusetup.probe.world import World

_ZONES = ("shanghai", "chongqing", "chungking", "harbin", "urumqi", "kashgar", "prc")
# Windows tells it in its own language; the second is Chinese for the first
_WINDOWS_ZONES = ("china standard time", "\u4e2d\u56fd\u6807\u51c6\u65f6\u95f4")
_CLOUDS = ("autodl", "aistudio")
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")


def signs_of_china(world: World, cloud: str | None) -> tuple[str, ...]:
    """What speaks for it: "time zone Asia/Shanghai", "locale zh_CN.UTF-8", "autodl"."""
    zone = _zone(world)
    locales = [world.environ.get(name, "") for name in _LOCALES]
    chinese = next((each for each in locales if _is_of_china(each)), None)
    found = [f"time zone {zone}"] if zone and _is_chinese_zone(zone) else []
    found += [f"locale {chinese}"] if chinese else []
    found += [cloud] if cloud in _CLOUDS else []
    return tuple(found)


def _zone(world: World) -> str | None:
    """TZ, else what /etc says, else what Windows calls it."""
    wish = world.environ.get("TZ")
    if wish:
        return wish.lstrip(":")
    if sys.platform == "win32":
        return time.tzname[0]
    said = (world.text("/etc/timezone") or "").strip()
    return said or world.resolved("/etc/localtime").partition("zoneinfo/")[2] or None


def _is_chinese_zone(zone: str) -> bool:
    return zone.rpartition("/")[2].lower() in _ZONES or zone.lower() in _WINDOWS_ZONES


def _is_of_china(locale: str) -> bool:
    """zh_CN, not zh_TW or zh_SG."""
    return locale.lower().replace("-", "_").startswith(("zh_cn", "zh_hans_cn"))
