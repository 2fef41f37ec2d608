"""What conda's settings say about channels, mirrors, proxies and certificates. Pure.

The built-in engine reads none of conda's files. So they are read here as conda reads them (its
`SEARCH_PATH`, `use-condarc` in its documentation), and handed on:

- a value of a file that counts more replaces one that counts less, unless `#!final` stands beside
  that; lists are joined, maps merged;
- a channel's name leads to `custom_multichannels`, then `custom_channels` (also of the first parts
  of `name/label/x`), then `channel_alias`; the base of a custom channel gets the name appended.
"""

from __future__ import annotations

import re
from typing import Mapping, Sequence, Union

from gpusetup.basics.patterns import pattern
from gpusetup.basics.values import dataclass, field

CHANNEL_ALIAS = "https://conda.anaconda.org"

Value = Union[str, bool, "list[Value]", "dict[str, Value]", None]

_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_FINAL = pattern(r"^(\w+):[^\n]*#!final", re.MULTILINE)
_VARIABLE = pattern(r"\$(?:\{(\w+)\}|(\w+))")
_ADDRESS = pattern(
    r"(?P<scheme>[a-z]+://)(?:(?P<login>[^/]*)@)?(?P<host>[^/@]*)(?:/t/(?P<token>[^/]+))?(?P<path>/.*)?"
)
_OTHER_NAMES = {
    "channel": "channels", "verify_ssl": "ssl_verify", "whitelist_channels": "allowlist_channels",
    "client_cert": "client_ssl_cert",
}  # fmt: skip


class Unreadable(ValueError):
    """A settings file that is no YAML. `line` counts from 1."""

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path = path


@dataclass(frozen=True)
class Login:
    """What a server wants: a user and a password, or a token in the path."""

    user: str | None = None
    password: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Condarc:
    """The settings that matter to another program. Addresses may hold credentials."""

    channel_alias: str = CHANNEL_ALIAS
    custom_channels: Mapping[str, str] = field(default_factory=dict)
    custom_multichannels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowlist: tuple[str, ...] = ()
    denylist: tuple[str, ...] = ()
    proxies: Mapping[str, str] = field(default_factory=dict)  # "http", "https", or one host's
    verify: bool = True
    certificates: str | None = None  # a file or a folder
    client_certificate: str | None = None
    package_folders: tuple[str, ...] = ()
    offline: bool = False


def read_condarc(files: Sequence[tuple[str, str]], environ: Mapping[str, str]) -> Condarc:
    """The settings of several files, the one that counts least first, and of CONDA_* variables.

    Raises:
        Unreadable: a file is no YAML, or says a key twice; conda would not start either.
    """
    merged: dict[str, Value] = {}
    final: set[str] = set()
    for path, text in files:
        for key, value in _keys(path, text).items():
            if key not in final:
                merged[key] = _merge(merged.get(key), value)
        final |= {_OTHER_NAMES.get(key, key) for key in _FINAL.findall(text)}
    for key in ("channel_alias", "ssl_verify", "offline", "pkgs_dirs"):
        said = environ.get(f"CONDA_{key.upper()}")
        if said and key not in final:
            merged[key] = _merge(merged.get(key), _from_variable(key, said))
    return _condarc(merged, environ)


def _keys(path: str, text: str) -> dict[str, Value]:
    import yaml

    try:
        node = yaml.compose(text.lstrip("\ufeff"), Loader=yaml.SafeLoader)
        value = _value(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Unreadable(path, line, error.problem or error.context or "") from error
    except yaml.reader.ReaderError as error:
        raise Unreadable(path, None, str(error.reason)) from error
    except KeyError as error:
        raise Unreadable(path, None, f"`{error.args[0]}` stands twice") from error
    if not isinstance(value, dict):
        raise Unreadable(path, 1, "no keys")
    return {_OTHER_NAMES.get(key, key): each for key, each in value.items()}


def _value(node: object) -> Value:
    """A YAML node as a value. A key that stands twice is an error, as for conda."""
    kind, value = getattr(node, "id", ""), getattr(node, "value", None)
    if kind == "sequence" and isinstance(value, list):
        return [_value(each) for each in value]
    if kind == "mapping" and isinstance(value, list):
        found: dict[str, Value] = {}
        for key, each in value:
            if key.value in found:
                raise KeyError(key.value)
            found[str(key.value)] = _value(each)
        return found
    if str(getattr(node, "tag", "")).endswith(":null"):
        return None
    if str(getattr(node, "tag", "")).endswith(":bool"):
        return _BOOLEANS[str(value).lower()]
    return str(value)


def _merge(lower: Value, higher: Value) -> Value:
    if isinstance(lower, list) and isinstance(higher, list):
        return [*higher, *lower]
    if isinstance(lower, dict) and isinstance(higher, dict):
        return {**lower, **higher}
    return lower if higher is None else higher


def _from_variable(key: str, said: str) -> Value:
    if key == "pkgs_dirs":
        return [*filter(None, said.split(","))]
    return _BOOLEANS.get(said.lower(), said)


def _condarc(raw: Mapping[str, Value], environ: Mapping[str, str]) -> Condarc:
    verify = raw.get("ssl_verify", True)
    bundle = environ.get("REQUESTS_CA_BUNDLE")
    named = verify if isinstance(verify, str) and verify not in ("truststore", "<auto>") else bundle
    multi = raw.get("custom_multichannels")
    alias = _text(raw.get("channel_alias"), environ)
    return Condarc(
        channel_alias=alias or CHANNEL_ALIAS,
        custom_channels=_texts_by_name(raw.get("custom_channels"), environ),
        custom_multichannels={
            name: _texts(each, environ)
            for name, each in (multi.items() if isinstance(multi, dict) else ())
        },
        allowlist=_texts(raw.get("allowlist_channels"), environ),
        denylist=_texts(raw.get("denylist_channels"), environ),
        proxies=_texts_by_name(raw.get("proxy_servers"), environ),
        verify=verify is not False,
        certificates=named and _expanded(named, environ),
        client_certificate=_text(raw.get("client_ssl_cert"), environ),
        package_folders=_texts(raw.get("pkgs_dirs"), environ),
        offline=raw.get("offline") is True,
    )  # fmt: skip


def _text(value: Value, environ: Mapping[str, str]) -> str | None:
    return _expanded(value, environ) if isinstance(value, str) and value else None


def _texts(value: Value, environ: Mapping[str, str]) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(_expanded(each, environ) for each in items if isinstance(each, str))


def _texts_by_name(value: Value, environ: Mapping[str, str]) -> dict[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {name: _expanded(each, environ) for name, each in items if isinstance(each, str)}


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    """Variables filled in; an unknown one stays as it is."""
    filled = _VARIABLE.sub(lambda found: environ.get(found[1] or found[2], found[0]), text)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return f"{home}{filled[1:]}" if home and filled.startswith(("~/", "~\\")) else filled


def addresses(name: str, condarc: Condarc) -> tuple[str, ...]:
    """Where a channel lies. An address is one already.

    >>> addresses("nvidia/label/cuda-11.8.0", Condarc(custom_channels={"nvidia": "https://m/cloud"}))
    ('https://m/cloud/nvidia/label/cuda-11.8.0',)
    """
    if "://" in name:
        return (name,)
    several = condarc.custom_multichannels.get(name)
    if several:
        return tuple(each if "://" in each else _of_alias(each, condarc) for each in several)
    return (_single(name, condarc),)


def _single(name: str, condarc: Condarc) -> str:
    parts = name.split("/")
    for count in range(len(parts), 0, -1):
        base = condarc.custom_channels.get("/".join(parts[:count]))
        if base:
            # conda takes what is no address for nothing
            return f"{base.rstrip('/')}/{name}" if "://" in base else _of_alias(name, condarc)
    return _of_alias(name, condarc)


def _of_alias(name: str, condarc: Condarc) -> str:
    alias = condarc.channel_alias.rstrip("/")
    return f"{alias if '://' in alias else f'https://{alias}'}/{name}"


def forbidden(name: str, condarc: Condarc) -> bool:
    """Whether the administrator's lists keep a channel away, as conda keeps to them."""
    places = addresses(name, condarc)
    denied = {place for each in condarc.denylist for place in addresses(each, condarc)}
    allowed = {place for each in condarc.allowlist for place in addresses(each, condarc)}
    return any(place in denied or (allowed and place not in allowed) for place in places)


def without_login(address: str) -> tuple[str, Login | None]:
    """An address and the login in it, apart: `https://me:pw@host/x`, `https://host/t/TOKEN/x`.

    User and password are as they stand there, with their `%40`.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return address, None
    bare = f"{found['scheme']}{found['host']}{found['path'] or ''}"
    if found["token"]:
        return bare, Login(token=found["token"])
    if found["login"] is None:
        return address, None
    user, _, password = found["login"].partition(":")
    return bare, Login(user, password)


def host_of(address: str) -> str | None:
    """The server of an address without a login, without its port."""
    found = _ADDRESS.fullmatch(address)
    return found["host"].partition(":")[0] if found and found["host"] else None
