"""What the clients themselves say that they would use, after their files were written."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from gpusetup.effects import runner
from gpusetup.indexes.default import uv_log
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.uses import Place, Use, uses
from gpusetup.probe.client_files import ClientFiles

_PATIENCE_S = 30.0


@dataclass(frozen=True)
class Told:
    """A client's own words. `places` None: it was not there, or said nothing that we know."""

    client: Client
    program: str | None
    uses: tuple[Use, ...] | None = None
    failed: str | None = None  # the end of what it printed when it stopped with an error


def ask_all(files: Mapping[Client, ClientFiles], clients: Sequence[Client]) -> tuple[Told, ...]:
    """Every client that is on this machine, at the same time."""
    from gpusetup.probe.world import at_once

    ask: Mapping[Client, Callable[[str], Told]] = {
        Client.CONDA: _conda, Client.PIP: _pip, Client.UV: _uv, Client.PIXI: _pixi,
    }  # fmt: skip

    def one(client: Client) -> Told:
        program = files[client].program
        return ask[client](program) if program else Told(client, None)

    return tuple(at_once([lambda each=each: one(each) for each in clients]))  # type: ignore[misc]


_SHOWN = ("channels", "default_channels", "custom_channels", "channel_alias")


def _conda(program: str) -> Told:
    """What counts in the end (`#!final` in a file decides too); older ones only list sources."""
    if not re.search(r"conda(?:\.exe|\.bat)?$", program):
        return _mamba(program)
    ended = _run((program, "config", "--show", *_SHOWN, "--json"))
    found = _json(ended.output) if ended.ok else None
    if found is not None and "channels" in found:
        return Told(Client.CONDA, program, uses(Client.CONDA, [_effective(program, found)]))
    ended = _run((program, "config", "--show-sources", "--json"))
    if not ended.ok:
        return Told(Client.CONDA, program, failed=ended.last_lines(2))
    return Told(Client.CONDA, program, uses(Client.CONDA, _sources(_json(ended.output) or {})))


def _mamba(program: str) -> Told:
    ended = _run((program, "config", "list", "--json"))
    if not ended.ok:
        return Told(Client.CONDA, program, failed=ended.last_lines(2))
    found = _json(ended.output)
    if found is None:
        return Told(Client.CONDA, program)
    return Told(Client.CONDA, program, uses(Client.CONDA, [Place(program, found)]))


def _effective(program: str, found: Mapping[str, Any]) -> Place:
    """conda tells channels as values with their parts; its own mappings of `pkgs/` are no news."""
    custom = found.get("custom_channels") or {}
    alias = _address(found.get("channel_alias"))
    data = {
        "channels": found["channels"],
        "default_channels": [_address(each, whole=True) for each in found["default_channels"]],
        "custom_channels": {
            name: _address(each) for name, each in custom.items() if not name.startswith("pkgs/")
        },
    }
    return Place(program, {**data, **({"channel_alias": alias} if alias else {})})


def _address(channel: Any, *, whole: bool = False) -> str:
    """ "https://host/folder", `whole` with the name behind it."""
    if not isinstance(channel, dict):
        return str(channel or "")
    base = f"{channel.get('scheme') or 'https'}://{channel.get('location') or ''}"
    return f"{base}/{channel['name']}" if whole and channel.get("name") else base


def _sources(found: Mapping[str, Any]) -> list[Place]:
    """In the order of strength: conda lists them by the alphabet."""
    strongest = {"envvars": 1, "cmd_line": 2}
    names = sorted(found, key=lambda name: strongest.get(name, 0))
    return [Place(name, found[name]) for name in names if isinstance(found[name], dict)]


def _pip(program: str) -> Told:
    """`pip config list` merges the files: "global.index-url='https://...'"."""
    ended = _run((program, "config", "list"))
    if not ended.ok:
        return Told(Client.PIP, program, failed=ended.last_lines(2))
    data: dict[str, dict[str, str]] = {}
    for section, key, value in re.findall(r"^(\S+?)\.([\w-]+)=(.+)$", ended.output, re.MULTILINE):
        with contextlib.suppress(ValueError, SyntaxError):
            data.setdefault(section, {})[key] = str(ast.literal_eval(value))
    return Told(Client.PIP, program, uses(Client.PIP, [Place(program, data)]))


def _uv(program: str) -> Told:
    """uv names in its log every index that it would ask; the default one is the last."""
    log = uv_log(program)
    found = re.findall(r"request for: (https?://\S+?)/torch/", log)
    if not found:
        broken = re.search(r"error: [^\n]*(?:uv\.toml|configuration)[^\n]*", log)
        return Told(Client.UV, program, failed=broken[0] if broken else None)
    indexes = [{"url": url, "default": False} for url in dict.fromkeys(found)]
    indexes[-1]["default"] = True
    return Told(Client.UV, program, uses(Client.UV, [Place(program, {"index": indexes})]))


def _pixi(program: str) -> Told:
    ended = _run((program, "config", "list", "--json"))
    if not ended.ok:
        return Told(Client.PIXI, program, failed=ended.last_lines(2))
    found = _json(ended.output)
    if found is None:
        return Told(Client.PIXI, program)
    return Told(Client.PIXI, program, uses(Client.PIXI, [Place(program, found)]))


def _run(argv: tuple[str, ...]) -> runner.Ended:
    """Away from the user's folder: a project's own settings are not what was written."""
    with tempfile.TemporaryDirectory(prefix="gpusetup-") as folder:
        own = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        return runner.run(argv, env=own, timeout_s=_PATIENCE_S, cwd=str(Path(folder)))


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text[text.index("{") :])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
