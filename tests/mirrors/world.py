"""A lab of mirrors that all hold the same, to be made to behave in every way."""

from __future__ import annotations

from pathlib import Path

from gpusetup.compat_files.mirrors import NAME, load
from gpusetup.mirrors.agents import System, conda_agent, pip_agent, pixi_agent, uv_agent
from gpusetup.mirrors.catalogue import Client, Mirrors
from gpusetup.mirrors.proving import Needs
from gpusetup.mirrors.wheels import WantedWheel
from gpusetup.probe.mirror_race import Means
from tests.lab import mirror_content as content
from tests.lab.mirror_sites import Site

TAG = "cp312-cp312-manylinux_2_28_x86_64"
OTHER_TAG = "cp311-cp311-manylinux_2_28_x86_64"
LINUX = "linux-x86_64"
ALL = (Client.CONDA, Client.PIP, Client.UV, Client.PIXI)

SYSTEM = System(
    "3.12.7", release="6.1.0", libc=("glibc", "2.36"), distro=("Debian GNU/Linux", "12", "bookworm"),
    openssl="OpenSSL 3.0.19 27 Jan 2026",
)  # fmt: skip
MEANS = Means(
    {
        Client.PIP: pip_agent("26.1.2", SYSTEM), Client.UV: uv_agent("0.13.9", SYSTEM),
        Client.CONDA: conda_agent("conda", "26.7.1", SYSTEM), Client.PIXI: pixi_agent("0.60.0"),
    }
)  # fmt: skip


def write_root(root: Path, tags: tuple[str, ...] = (OTHER_TAG, TAG)) -> Path:
    """Everything that a mirror can have."""
    content.write_index(root)
    content.write_torch_index(root, tags)
    content.write_wheel_index(root, tags, ("cu126",))
    content.write_flat_wheels(root, tags, ("cu126",))
    content.write_channels(root, ("conda-forge", "nvidia"))
    return root


def needs(*clients: Client, wheel: bool = True) -> Needs:
    version = content.TORCH
    return Needs(
        clients or ALL,
        "linux-64",
        WantedWheel(version, "cu128", "cp312", LINUX),
        WantedWheel(f"{version}+cu126", "cu126", "cp312", LINUX) if wheel else None,
    )


def mirrors(folder: Path, official: Site, **sites: Site) -> Mirrors:
    """The catalogue of these sites, each of which carries all but `nvidia`."""
    rows = {"official": content.mirror(official, "the official sources"),
            **{name: content.mirror(site, name) for name, site in sites.items()}}  # fmt: skip
    return load(content.write_mirrors(folder, rows) / NAME)
