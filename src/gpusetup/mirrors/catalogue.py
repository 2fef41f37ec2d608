"""What is known about mirrors: who offers what, where, and in which state. Facts, not verdicts.

An offer is believed only after it was probed; that is `mirrors.verdicts`.
"""

from __future__ import annotations

import re
from enum import Enum

from gpusetup.basics.values import dataclass

OFFICIAL = "official"  # the mirror's id under which the sources themselves stand


class Client(str, Enum):
    """Whose files are written, and as whom a server is asked."""

    CONDA = "conda"  # mamba and micromamba read the same files
    PIP = "pip"
    UV = "uv"
    PIXI = "pixi"


class Service(str, Enum):
    """What a server can offer."""

    INDEX = "index"  # a package index (PEP 503)
    CHANNEL = "channel"  # one conda channel
    WHEELS = "wheels"  # a copy of the PyTorch wheel index
    INSTALLER = "installer"  # Miniforge, Miniconda: a folder of files
    CUDA_APT = "cuda-apt"  # NVIDIA's repository for Debian and Ubuntu
    PYTHONS = "pythons"  # the interpreters that uv fetches


class State(str, Enum):
    """How an offer is known to be. Only those that are `usable` are probed and written."""

    GOOD = "good"
    LAGS = "lags"  # is often behind its source
    RESTRICTED = "restricted"  # only inside a network; elsewhere it redirects or refuses
    DEAD = "dead"  # was there once, or pretends to be: never used, and named where it is found
    ABSENT = "absent"  # not carried, as its operator says

    @property
    def usable(self) -> bool:
        return self in (State.GOOD, State.LAGS, State.RESTRICTED)


class Layout(str, Enum):
    """How a copy of the wheel index is laid out."""

    PEP503 = "pep503"  # <url>/cu126/torch/: an index URL
    FLAT = "flat"  # <url>/cu126/*.whl: pip's find-links, uv's format = "flat"


@dataclass(frozen=True)
class Offer:
    """One row: one service at one address.

    `url` is where the client's own setting would point: the index, the channel, for wheels the
    folder above the builds. None: the client's built-in address, or (`ABSENT`) nothing.
    """

    service: Service
    url: str | None
    name: str = ""  # the channel ("conda-forge", "pkgs/main"), the installer ("miniforge")
    state: State = State.GOOD
    layout: Layout = Layout.PEP503
    builds: tuple[str, ...] = ()  # wheels: the folders that are known; empty: not known
    subdirs: tuple[str, ...] = ()  # channel: the platforms that are known; empty: not known
    files: str | None = None  # index: where its files lie, for clients that rewrite addresses
    platforms: tuple[str, ...] = ()  # CUDA apt: the distributions that are known
    note: str | None = None
    note_zh: str | None = None  # the same in Chinese
    source: str = ""
    checked: str = ""  # the day of the source, "2026-10-01"


@dataclass(frozen=True)
class Mirror:
    """One operator."""

    id: str  # "tuna"
    name: str  # "TUNA, Tsinghua University"
    name_zh: str
    hosts: tuple[str, ...]  # every host of its that is met in configurations, old ones too
    also: tuple[str, ...] = ()  # what else people call it: "tsinghua"
    redirects: bool = False  # holds nothing itself: another mirror answers
    offers: tuple[Offer, ...] = ()
    source: str = ""
    checked: str = ""

    def of(self, service: Service, name: str = "") -> tuple[Offer, ...]:
        """Its rows for one service, of one name, in the order of preference."""
        return tuple(each for each in self.offers if each.service is service and each.name == name)

    def usable(self, service: Service, name: str = "") -> tuple[Offer, ...]:
        """Those that may be used, if they prove to work."""
        return tuple(each for each in self.of(service, name) if each.state.usable)

    @property
    def is_offered(self) -> bool:
        """Whether there is something that a client can be set to."""
        kinds = (Service.INDEX, Service.CHANNEL, Service.WHEELS)
        return any(each.state.usable and each.service in kinds for each in self.offers)

    @property
    def is_official(self) -> bool:
        return self.id == OFFICIAL


@dataclass(frozen=True)
class Mirrors:
    """All of them, in the order in which they are offered."""

    mirrors: tuple[Mirror, ...]
    updated: str = ""

    @property
    def official(self) -> Mirror:
        """The sources that all others copy."""
        return next(each for each in self.mirrors if each.is_official)

    @property
    def copies(self) -> tuple[Mirror, ...]:
        return tuple(each for each in self.mirrors if not each.is_official)

    @property
    def offered(self) -> tuple[Mirror, ...]:
        """Those that can be named as a wish."""
        return tuple(each for each in self.copies if each.is_offered)

    def named(self, name: str) -> Mirror | None:
        """By its id, or by another name that people have for it."""
        low = name.lower()
        return next((each for each in self.mirrors if low in (each.id, *each.also)), None)

    def of_host(self, url: str) -> Mirror | None:
        """Whose host an address names."""
        host, _ = _place(url)
        return next((each for each in self.mirrors if host in each.hosts), None)

    def offer_at(self, url: str) -> tuple[Mirror, Offer] | None:
        """The row that an address in a configuration belongs to, the most exact one."""
        found = [
            (mirror, offer)
            for mirror in self.mirrors
            for offer in mirror.offers
            if offer.url and is_below(url, offer.url)
        ]
        return max(found, key=lambda pair: len(pair[1].url or ""), default=None)


def is_below(url: str, base: str) -> bool:
    """Whether an address is another one or lies below it. The scheme does not count.

    >>> is_below("http://mirror.example/simple/", "https://mirror.example/simple")
    True
    """
    (host, path), (root_host, root) = _place(url), _place(base)
    return host == root_host and (path == root or path.startswith(root + "/"))


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#]*@)?([^/?#]*)([^?#]*)", re.IGNORECASE)


def _place(url: str) -> tuple[str, str]:
    """Host with its port, if it has one, and path. (urllib is for the rooms that ask.)"""
    found = _ADDRESS.match(url)
    return (found[1].lower(), found[2].rstrip("/")) if found else ("", url)
