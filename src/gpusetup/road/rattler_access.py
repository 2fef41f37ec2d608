"""How rattler reaches the channels: the ways that conda's settings name. Once per process."""

from __future__ import annotations

import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Mapping, MutableMapping, Sequence
from urllib.parse import unquote

from gpusetup.basics.errors import Refused
from gpusetup.engines import condarc
from gpusetup.engines.condarc import CHANNEL_ALIAS, Condarc, Login, Unreadable
from gpusetup.engines.rattler import LOGINS, cache_variable
from gpusetup.probe.condarc import conda_settings

if TYPE_CHECKING:
    from rattler import Gateway
    from rattler.networking import Client

_LOGINS = "RATTLER_AUTH_FILE"


@cache
def settings() -> Condarc:
    """conda's settings on this machine.

    Raises:
        Refused: a file cannot be read, or names what rattler has no way for.
    """
    try:
        found = conda_settings(os.environ)
    except Unreadable as error:
        raise Refused("conda.condarc", path=error.path, output=str(error)) from error
    if found.client_certificate:
        raise Refused("conda.client-certificate", path=found.client_certificate)
    return found


def sources(channels: Sequence[str]) -> tuple[str, ...]:
    """The channels as rattler gets them. A name stays one: a mirror is the client's affair.

    Raises:
        Refused: the administrator's settings keep one away.
    """
    found = settings()
    named: list[str] = []
    for name in channels:
        if condarc.forbidden(name, found):
            raise Refused("conda.not-allowed", channel=name)
        places = condarc.addresses(name, found)
        on_disk = all(place.startswith("file:") for place in places)
        named += places if on_disk or len(places) > 1 else (name,)
    return tuple(named)


def ways(channels: Sequence[str], found: Condarc) -> tuple[dict[str, list[str]], dict[str, Login]]:
    """The mirrors of the channels' own addresses, and the logins of hosts."""
    mirrors: dict[str, list[str]] = {}
    logins: dict[str, Login] = {}
    for name in channels:
        for place in condarc.addresses(name, found):
            bare, login = condarc.without_login(place)
            host = condarc.host_of(bare)
            if login and host:
                logins[host] = login
            own = f"{CHANNEL_ALIAS}/{name}"
            if "://" not in name and bare != own and not bare.startswith("file:"):
                mirrors.setdefault(own, []).append(bare)
    return mirrors, logins


@cache
def client(channels: tuple[str, ...]) -> Client:
    """What rattler asks the network with. Proxies and certificates go by the environment.

    Raises:
        Refused: certificates shall not be checked, and this rattler always checks them.
    """
    from rattler import networking
    from rattler.networking import AuthenticationMiddleware, Client, MirrorMiddleware, OciMiddleware

    found = settings()
    mirrors, logins = ways((*channels, *os.environ.get(LOGINS, "").split()), found)
    prepare(found, logins, os.environ)
    if not found.verify:
        return _unchecked(mirrors)
    again = getattr(networking, "RetryMiddleware", None)  # not in every release
    middlewares = [again(2)] if again else []
    middlewares += [MirrorMiddleware(mirrors)] if mirrors else []
    return Client([*middlewares, AuthenticationMiddleware(), OciMiddleware()])


def gateway(channels: tuple[str, ...]) -> Gateway:
    """What rattler reads channels with."""
    from rattler import Gateway

    if not settings().offline:
        return Gateway(client=client(channels))
    from rattler import SourceConfig

    return Gateway(default_config=SourceConfig(cache_action="force-cache-only"))


def _unchecked(mirrors: Mapping[str, list[str]]) -> Client:
    """`ssl_verify: false`."""
    try:
        from rattler import Config
        from rattler.networking import Client

        make = Client.from_config
    except (ImportError, AttributeError):
        raise Refused("conda.must-verify") from None
    lines = ["tls-no-verify = true", "[mirrors]"]
    lines += [f"{json.dumps(own)} = {json.dumps(places)}" for own, places in mirrors.items()]
    return make(Config.from_toml("\n".join(lines)))


def prepare(found: Condarc, logins: Mapping[str, Login], environ: MutableMapping[str, str]) -> None:
    """Tell rattler by the variables that it reads, where the user has not told it."""
    for scheme, proxy in found.proxies.items():
        if scheme in ("http", "https"):
            environ.setdefault(f"{scheme.upper()}_PROXY", proxy)
    if found.certificates:
        kind = "SSL_CERT_DIR" if Path(found.certificates).is_dir() else "SSL_CERT_FILE"
        environ.setdefault(kind, found.certificates)
    folder = next((each for each in found.package_folders if _writable(each)), None)
    if folder and not environ.get("XDG_CACHE_HOME"):
        environ.setdefault(cache_variable, str(Path(folder) / "rattler"))
    if logins and not environ.get(_LOGINS):
        environ[_LOGINS] = _login_file(logins)


def _writable(folder: str) -> bool:
    path = Path(folder)
    while not path.exists() and path != path.parent:
        path = path.parent
    return os.access(path, os.W_OK | os.X_OK)


def _login_file(logins: Mapping[str, Login]) -> str:
    """The logins in rattler's form, for this process alone."""
    known = {host: _as_rattler_says(each) for host, each in logins.items()}
    text = json.dumps(known).encode()
    return _in_memory(text) or _on_disk(text)


def _in_memory(text: bytes) -> str | None:
    """A file that lies on no disk, so that not even a kill leaves it behind. Linux has these."""
    make = getattr(os, "memfd_create", None)
    if make is None:
        return None
    try:
        descriptor: int = make("gpusetup-logins")
        path = f"/proc/self/fd/{descriptor}"
        os.write(descriptor, text)
        return path if Path(path).read_bytes() == text else None
    except OSError:  # an old kernel, or no /proc
        return None


def _on_disk(text: bytes) -> str:
    """A temporary file; the end of this process removes it (`forget_logins`)."""
    descriptor, path = tempfile.mkstemp(prefix="gpusetup-", suffix=".json")  # for its owner alone
    _WRITTEN.append(path)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(text)
    return path


def _as_rattler_says(login: Login) -> dict[str, object]:
    if login.token:
        return {"CondaToken": login.token}
    named = {"username": unquote(login.user or ""), "password": unquote(login.password or "")}
    return {"BasicHTTP": named}


_WRITTEN: list[str] = []


def forget_logins() -> None:
    """Remove the file with logins; to be called before the process ends."""
    while _WRITTEN:
        Path(_WRITTEN.pop()).unlink(missing_ok=True)
