"""Which packages an installer has in its cache already: they are not downloaded again.

A download that was cut is thrown away by the installers; one that came whole stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from gpusetup.probe.disk import uv_cache
from gpusetup.probe.world import World
from gpusetup.road.cache_locks import cache_folder
from gpusetup.road.locks import Package


def cached(packages: Sequence[Package], environ: Mapping[str, str]) -> tuple[Package, ...]:
    """Those of the packages that come from the network otherwise, and are here."""
    wheels = [*Path(uv_cache(World(environ))).glob("wheels-v*")]
    folders = [folder for each in wheels for folder in (each / "pypi", *each.glob("index/*"))]
    ours = cache_folder(environ) / "pkgs"
    return tuple(
        each for each in packages if not each.is_local and any(_is_there(each, folders, ours))
    )


def _is_there(package: Package, folders: Sequence[Path], channels: Path) -> Iterator[bool]:
    """uv keeps a wheel as NAME/VERSION-TAGS, unpacked, or with the answer that brought it."""
    name = unquote(urlsplit(package.url or "").path).rpartition("/")[2]
    if package.build:
        yield (channels / f"{package.name}-{package.version}-{package.build}").is_dir()
    elif name.endswith(".whl"):
        stem = name[:-4].partition("-")[2]
        for folder in folders:
            yield (folder / package.name / stem).is_dir()
            yield (folder / package.name / f"{stem}.http").is_file()
