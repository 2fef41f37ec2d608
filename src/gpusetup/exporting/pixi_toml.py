"""`pixi.toml`: a workspace for pixi, with packages of channels and of indexes."""

from __future__ import annotations

import re
from typing import Any

from gpusetup.basics.versions import Version
from gpusetup.exporting import Comment, Contents, head
from gpusetup.exporting.pyproject_toml import project_name

INSTALL = "pixi install"
_PLATFORMS = {
    "linux-x86_64": "linux-64", "linux-aarch64": "linux-aarch64", "windows-x86_64": "win-64",
    "macos-arm64": "osx-arm64", "macos-x86_64": "osx-64",
}  # fmt: skip
_DEFAULT_GLIBC = Version.parse("2.28")
"""What pixi assumes of a Linux machine. Source: https://pixi.sh (system requirements)"""


def text(contents: Contents, comment: Comment) -> str:
    """The file."""
    import tomlkit

    document = tomlkit.document()
    for line in head(contents, comment, INSTALL):
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    document.add("workspace", _workspace(contents))
    needs = _system(contents, comment)
    if needs is not None:
        document.add("system-requirements", needs)
    document.add("dependencies", _conda_packages(contents))
    wheels = _wheels(contents, comment)
    if wheels is not None:
        document.add("pypi-dependencies", wheels)
    options = _options(contents)
    if options is not None:
        document.add("pypi-options", options)
    return tomlkit.dumps(document)


def _workspace(contents: Contents) -> Any:
    import tomlkit

    table = tomlkit.table()
    table.add("name", project_name(contents.name))
    table.add("channels", list(contents.conda.channels))
    table.add("platforms", [_PLATFORMS[contents.platform]])
    return table


def _system(contents: Contents, comment: Comment) -> Any:
    """What the machine offers. Without `cuda` pixi would take builds for the CPU."""
    import tomlkit

    table = tomlkit.table()
    if contents.driver_cuda is not None:
        for line in comment("export.pixi-cuda"):
            table.add(tomlkit.comment(line))
        table.add("cuda", str(contents.driver_cuda))
    glibc = _glibc(contents)
    if glibc is not None:
        libc = tomlkit.inline_table()
        libc.update({"family": "glibc", "version": str(glibc)})
        table.add("libc", libc)
    return table if table else None


def _glibc(contents: Contents) -> Version | None:
    """The glibc to say, where pixi's own assumption would lead elsewhere."""
    here, needed = contents.glibc, contents.build.glibc
    if not contents.build.platform.startswith("linux"):
        return None
    if here is not None and here < _DEFAULT_GLIBC:
        return here
    return needed if needed is not None and needed > _DEFAULT_GLIBC else None


def _conda_packages(contents: Contents) -> Any:
    import tomlkit

    table = tomlkit.table()
    for spec in contents.conda.specs:
        name, wish = conda_wish(spec)
        if isinstance(wish, str):
            table.add(name, wish)
        else:
            both = tomlkit.inline_table()
            both.update(wish)
            table.add(name, both)
    return table


def conda_wish(spec: str) -> tuple[str, str | dict[str, str]]:
    """A conda spec as pixi writes it.

    >>> conda_wish("pytorch=2.5.1=cuda126*")
    ('pytorch', {'version': '2.5.1.*', 'build': 'cuda126*'})
    >>> conda_wish("numpy<2"), conda_wish("nvidia::cuda-nvcc=12.4"), conda_wish("pip")
    (('numpy', '<2'), ('cuda-nvcc', {'version': '12.4.*', 'channel': 'nvidia'}), ('pip', '*'))
    """
    channel, _, bare = spec.rpartition("::")
    parts = re.fullmatch(
        r"([\w.-]+?)\s*(?:(?<![<>!~=])=(?!=)([^=]+)(?:=(.+))?|([<>=!~ ].*))?", bare
    )
    if parts is None:
        return bare, "*"
    version = _fuzzy(parts[2]) if parts[2] else (parts[4] or "*").strip()
    wish = {"version": version, "build": parts[3], "channel": channel}
    if not parts[3] and not channel:
        return parts[1], version
    return parts[1], {name: value for name, value in wish.items() if value}


def _fuzzy(version: str) -> str:
    """`=1.2` of conda means 1.2 and all that begins with it."""
    return version if re.search(r"[*<>=,|]", version) else f"{version}.*"


def _wheels(contents: Contents, comment: Comment) -> Any:
    import tomlkit

    if not contents.torch and not contents.packages:
        return None
    table = tomlkit.table()
    for line in comment("export.pixi-index") if contents.source.url else ():
        table.add(tomlkit.comment(line))
    for line in contents.torch:
        _add(table, line, None if contents.source.flat else contents.source.url)
    for line in contents.packages:
        if re.match(r"[A-Za-z0-9]", line):
            _add(table, line, None)
        else:
            table.add(tomlkit.comment(line))  # an option, or a path without a name
    return table


def _add(table: Any, line: str, index: str | None) -> None:
    import tomlkit
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wish = Requirement(line)
    except InvalidRequirement:
        table.add(tomlkit.comment(line))
        return
    facts: dict[str, Any] = {"version": str(wish.specifier) or "*"}
    if wish.url:
        facts = {"git": wish.url[4:]} if wish.url.startswith("git+") else {"url": wish.url}
    if wish.extras:
        facts["extras"] = sorted(wish.extras)
    if index:
        facts["index"] = index
    if set(facts) == {"version"}:
        table.add(wish.name, facts["version"])
        return
    inline = tomlkit.inline_table()
    inline.update(facts)
    table.add(wish.name, inline)


def _options(contents: Contents) -> Any:
    """Where else pixi looks for wheels."""
    import tomlkit

    source, table = contents.source, tomlkit.table()
    if contents.index:
        table.add("index-url", contents.index)
    if source.flat and source.url:
        place = tomlkit.inline_table()
        place.add("path" if source.folder else "url", source.url)
        links = tomlkit.array()
        links.append(place)
        table.add("find-links", links)
    return table if table else None
