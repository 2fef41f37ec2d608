"""Routes and the files of today become the files of tomorrow. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterator, Sequence

from gpusetup.mirrors.catalogue import OFFICIAL, Client, Layout, Service
from gpusetup.mirrors.merging import decoded
from gpusetup.mirrors.settings import CondaSettings, Route, Settings, base_of, settings_for
from gpusetup.mirrors.texts import Unreadable, format_of
from gpusetup.mirrors.uses import BUILT_IN, Place, Use, condarc_of, uses
from gpusetup.mirrors.wanting import IsPublic, wanted

_IMPLICIT_DEFAULTS_UNTIL = (25, 9)  # from then on conda has no channels of its own


def rewritten(
    client: Client, content: bytes | None, settings: Settings, is_public: IsPublic
) -> bytes:
    """A file's bytes with the settings in it.

    Raises:
        Unreadable: the client cannot read the file either, with the line.
        Kept: a private index stands there.
    """
    text = decoded(content or b"")
    format = format_of(client)
    data = format.data_of(text.text)
    try:
        target = wanted(client, data, settings, is_public)
    except Unreadable as error:
        raise error.within(text.text) from None
    return text.encoded(format.changed(text.text, target))


def chosen_settings(
    client: Client, routes: Sequence[Route], places: Sequence[Place], version: str | None = None
) -> Settings | None:
    """What a client shall use, given what it reads already. `version` is conda's."""
    settings = settings_for(client, routes)
    if not isinstance(settings, CondaSettings):
        return settings
    condarc = condarc_of(places)
    implicit = not condarc.channels and _has_implicit_defaults(version)
    if not (implicit or _uses_defaults(places)):
        settings = replace(settings, default_channels=())
    names = [name for name, _ in settings.custom_channels]
    if not condarc.channels and not implicit and "conda-forge" in names:
        settings = replace(settings, channels=("conda-forge",))
    if not (settings.custom_channels or settings.default_channels):
        return None
    return replace(settings, custom_channels=(*settings.custom_channels, *_labels(routes)))


def _has_implicit_defaults(version: str | None) -> bool:
    numbers = [int(each) for each in (version or "").split(".")[:2] if each.isdigit()]
    return len(numbers) == 2 and tuple(numbers) < _IMPLICIT_DEFAULTS_UNTIL


def _uses_defaults(places: Sequence[Place]) -> bool:
    condarc = condarc_of(places)
    named = any(name == "defaults" or "/pkgs/" in name for name, _ in condarc.channels)
    return named or bool(condarc.default_channels)


def _labels(routes: Sequence[Route]) -> tuple[tuple[str, str], ...]:
    """A label is a channel of its own that mirrors lack; conda would look for it there."""
    found = []
    for each in routes:
        is_mapped = each.service is Service.CHANNEL and Client.CONDA in each.clients
        if is_mapped and each.mirror != OFFICIAL and each.official and "/" not in each.name:
            found.append((f"{each.name}/label", base_of(each.official, each.name)))
    return tuple(found)


def expected(client: Client, settings: Settings) -> tuple[Use, ...]:
    """What the client must say that it uses, once it reads the settings."""
    data = wanted(client, {}, settings, lambda _url: True)
    return tuple(each for each in uses(client, [Place(BUILT_IN, data)]) if not each.more)


@dataclass(frozen=True)
class Overruled:
    """An address that is not used because something stronger says another one."""

    wanted: Use
    found: Use | None


def overruled(meant: Sequence[Use], found: Sequence[Use]) -> tuple[Overruled, ...]:
    """Where a client would ask another address than was meant, with the place that says so."""
    missing = []
    for each in meant:
        same = [
            one for one in found
            if (one.service, one.name) == (each.service, each.name) and not one.more
        ]  # fmt: skip
        if not any(_same(one.url, each.url) for one in same):
            missing.append(Overruled(each, same[0] if same else None))
    return tuple(missing)


def with_origin(
    lost: Sequence[Overruled], client: Client, places: Sequence[Place]
) -> tuple[Overruled, ...]:
    """A client tells what it uses, and not always why: the file that says so is looked for."""
    return tuple(
        replace(each, found=_at_home(each.found, client, places)) if each.found else each
        for each in lost
    )


def _at_home(found: Use, client: Client, places: Sequence[Place]) -> Use:
    for place in reversed(places):
        for use in uses(client, [place]):
            if _same(use.url, found.url):
                return replace(found, origin=place.origin)
    return found


def besides(settings: Settings, found: Sequence[Use]) -> tuple[Use, ...]:
    """Copies of Anaconda's own channels that another file adds: conda asks all of them."""
    own = settings.default_channels if isinstance(settings, CondaSettings) else ()
    return tuple(
        each for each in found
        if own and each.name.startswith("pkgs/") and not any(_same(each.url, u) for u in own)
    )  # fmt: skip


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def environment_of(routes: Sequence[Route], clients: Sequence[Client]) -> dict[str, str]:
    """The same as variables, as far as the clients have any. For containers and clusters.

    conda knows no variable for `custom_channels`; `CONDA_CHANNELS` names addresses instead.
    """
    found: dict[str, str] = {}
    for route in routes:
        for name in _variables(route, [each for each in clients if each in route.clients]):
            found.setdefault(name, route.url)
    return found


def _variables(route: Route, clients: Sequence[Client]) -> Iterator[str]:
    if route.service is Service.INDEX and Client.PIP in clients:
        yield "PIP_INDEX_URL"
    if route.service is Service.INDEX and Client.UV in clients:
        yield "UV_DEFAULT_INDEX"
    if route.service is Service.PYTHONS and Client.UV in clients:
        yield "UV_PYTHON_INSTALL_MIRROR"
    if route.name == "conda-forge" and Client.CONDA in clients:
        yield "CONDA_CHANNELS"
    is_copy = route.mirror != OFFICIAL and route.layout is Layout.PEP503
    if route.service is Service.WHEELS and is_copy:
        yield "GPUSETUP_WHEEL_INDEX"
