"""The mirrors that one run goes through: passed to its commands, set nowhere else. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable

from gpusetup.choosing.choice import Choice, Reason
from gpusetup.engines.uv import Place
from gpusetup.machine import Installers
from gpusetup.mirrors.catalogue import OFFICIAL, Layout, Service
from gpusetup.mirrors.choosing import Selection
from gpusetup.mirrors.settings import Route
from gpusetup.mirrors.verdicts import host_of
from gpusetup.request import Origin


@dataclass(frozen=True)
class Own:
    """What the user has set already. It counts, unless a mirror was named."""

    index: bool = False
    wheels: bool = False
    channels: bool = False


@dataclass(frozen=True)
class Through:
    """Where things come from instead of their sources."""

    index: Route | None = None
    wheels: Route | None = None
    channels: tuple[Route, ...] = ()

    @property
    def routes(self) -> tuple[Route, ...]:
        return (*filter(None, (self.index, self.wheels)), *self.channels)

    def installers(self, installers: Installers) -> Installers:
        """With the mirror of the package index."""
        return replace(installers, index_url=self.index.url) if self.index else installers

    def wheel_index(self, default: str) -> str:
        return self.wheels.url if self.wheels else default

    @property
    def has_flat_wheels(self) -> bool:
        return self.wheels is not None and self.wheels.layout is Layout.FLAT

    def place(self, place: Place) -> Place:
        """With the mirrors of the wheels and the channels."""
        return replace(
            place,
            wheel_index=self.wheel_index(place.wheel_index),
            flat_wheels=self.has_flat_wheels,
            channel_urls=tuple((each.name, each.url) for each in self.channels),
        )

    def reasons(self, choice: Choice) -> tuple[Reason, ...]:
        """Which mirrors serve a choice: packages always, wheels and channels where they do."""
        origin = choice.build.origin
        used = [self.index] if not origin.is_conda else []
        used += [self.wheels] if origin is Origin.WHEEL_INDEX else []
        used += list(self.channels[:1]) if origin.is_conda else []
        return tuple(
            Reason(f"plan.through.{each.service.value}", _facts(each)) for each in used if each
        )


def through(selection: Selection, own: Own) -> Through | None:
    """The routes of a selection as far as they are copies and nothing stands against them."""
    copies = [each for each in selection.routes if each.mirror != OFFICIAL]
    channels = [each for each in copies if each.service is Service.CHANNEL and not own.channels]
    found = Through(
        None if own.index else _first(copies, Service.INDEX),
        None if own.wheels else _first(copies, Service.WHEELS),
        tuple(channels),
    )
    return found if found.routes else None


def _first(routes: Iterable[Route], service: Service) -> Route | None:
    return next((each for each in routes if each.service is service), None)


def _facts(route: Route) -> dict[str, object]:
    return {"mirror": route.mirror, "host": host_of(route.url)}
