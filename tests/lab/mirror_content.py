"""What a mirror in the lab holds: a package index, channels, wheels of torch, as small files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Iterable, Sequence
from urllib.parse import quote

import yaml

from tests.lab.channel import Stub, write_channel
from tests.lab.mirror_sites import Site
from tests.lab.wheels import make_wheel

CHANNELS = ("conda-forge", "pytorch")
BUILDS = ("cpu", "cu126", "cu128")
TORCH = "2.8.0"
SAMPLE_SIZE = 1_500_000  # bytes of the pip wheel, from which the speed is measured


def write_index(root: Path, names: Sequence[str] = ("pip", "filelock")) -> None:
    """`simple/NAME/` with files under `packages/`."""
    for name in names:
        size = SAMPLE_SIZE if name == "pip" else 0
        publish(
            root / "simple" / name, make_wheel(root / "packages", name, "25.3", files=_fat(size))
        )


def write_torch_index(root: Path, tags: Iterable[str], version: str = TORCH) -> None:
    """Torch on the package index, as PyPI has it: without a local part."""
    wheels = [
        make_wheel(root / "packages", "torch", version, tag=tag, files=_fat(600_000))
        for tag in tags
    ]
    publish(root / "simple" / "torch", *wheels)


def write_wheel_index(
    root: Path, tags: Iterable[str], builds: Sequence[str] = BUILDS, version: str = TORCH
) -> None:
    """`whl/BUILD/torch/`, and the wheels beside it."""
    for build in builds:
        folder = root / "whl" / build
        wheels = [
            make_wheel(folder, "torch", f"{version}+{build}", tag=tag, files=_fat(600_000))
            for tag in tags
        ]
        publish(folder / "torch", *wheels)


def write_flat_wheels(
    root: Path, tags: Iterable[str], builds: Sequence[str] = BUILDS, version: str = TORCH
) -> None:
    """`pytorch-wheels/BUILD/*.whl` and no page for torch."""
    for build in builds:
        for tag in tags:
            folder = root / "pytorch-wheels" / build
            make_wheel(folder, "torch", f"{version}+{build}", tag=tag, files=_fat(600_000))


def write_channels(root: Path, names: Sequence[str] = CHANNELS, subdir: str = "linux-64") -> None:
    """`anaconda/cloud/NAME/` with packages that can be installed."""
    for name in names:
        folder = root / "anaconda" / "cloud" / name
        # random text, so that the listing has a size from which a speed can be read
        filler = Stub("filler", "1", "0", tuple(f"never-{i:05d}" for i in range(12_000)))
        tool = Stub(
            f"{name}-tool", "1.0", "0", subdir="noarch", files={"share/tool.txt": ("tool\n", 0o644)}
        )
        write_channel(folder, [tool, Stub(f"{name}-lib", "2.0", "0", subdir=subdir), filler],
                      packages=True)  # fmt: skip
        for each in folder.iterdir():
            shutil.copy(each / "repodata.json", each / "current_repodata.json")


def publish(page_folder: Path, *wheels: Path) -> None:
    """A PEP 503 page of these files, with relative addresses."""
    page_folder.mkdir(parents=True, exist_ok=True)
    links = [
        f'<a href="{quote(os.path.relpath(wheel, page_folder).replace(os.sep, "/"))}">{wheel.name}</a>'
        for wheel in wheels
    ]
    page = "<!DOCTYPE html><html><body>\n" + "<br>\n".join(links) + "\n</body></html>"
    (page_folder / "index.html").write_text(page)


def make_old(folder: Path, days: float) -> None:
    """Everything below a folder was last changed so long ago."""
    for path in folder.rglob("*"):
        when = path.stat().st_mtime - days * 86_400
        os.utime(path, (when, when))


def _fat(size: int) -> dict[str, str]:
    return {"filler.txt": "x" * size} if size else {}


def row(**fields: object) -> dict[str, object]:
    """A row of mirrors.yaml with its source and day."""
    return {**fields, "source": ["lab"], "checked": "2026-11-27"}


def mirror(site: Site, name: str = "A mirror", **tables: object) -> dict[str, object]:
    """A mirror of everything that `write_*` writes, with other tables where they are given."""
    whole: dict[str, object] = {
        "name": name,
        "name_zh": "镜像",
        "hosts": [site.host],
        "indexes": [row(url=f"{site.url}/simple")],
        "channels": [row(base=f"{site.url}/anaconda/cloud", names=list(CHANNELS))],
        "wheels": [row(url=f"{site.url}/whl", layout="pep503")],
        **tables,
    }
    return row(**{key: value for key, value in whole.items() if value})


def write_mirrors(folder: Path, mirrors: dict[str, dict[str, object]]) -> Path:
    """A folder for GPUSETUP_COMPAT with these mirrors."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "schema": "gpusetup.compat/1",
        "minimum_gpusetup": "0.1",
        "updated": "2026-11-27",
        "sources": {"lab": "the loopback lab of the tests"},
        "mirrors": mirrors,
    }
    text = yaml.dump(document, allow_unicode=True, sort_keys=False, Dumper=_Quoting)
    (folder / "mirrors.yaml").write_text(text, encoding="utf-8")
    return folder


class _Quoting(yaml.SafeDumper):
    """Every text in quotes: the loader refuses dates and numbers without them."""


_Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
