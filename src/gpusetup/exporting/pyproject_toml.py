"""`pyproject.toml` of a uv project: torch from one explicit index, all else from the usual one."""

from __future__ import annotations

import re
from typing import Any

from gpusetup.exporting import Comment, Contents, head

SYNC = "uv sync"
_MARKERS = {
    "linux-x86_64": "sys_platform == 'linux' and platform_machine == 'x86_64'",
    "linux-aarch64": "sys_platform == 'linux' and platform_machine == 'aarch64'",
    "windows-x86_64": "sys_platform == 'win32' and platform_machine == 'AMD64'",
    "macos-arm64": "sys_platform == 'darwin' and platform_machine == 'arm64'",
    "macos-x86_64": "sys_platform == 'darwin' and platform_machine == 'x86_64'",
}


def text(contents: Contents, comment: Comment) -> str:
    """The file. uv locks it for the platform of the choice and for no other."""
    import tomlkit

    document = tomlkit.document()
    for line in head(contents, comment, SYNC):
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    document.add("project", _project(contents))
    document.add("tool", _tool(contents, comment))
    return tomlkit.dumps(document)


def project_name(name: str) -> str:
    """A name as projects may have it: letters, digits, and signs between them.

    >>> project_name("_my env_")
    'my-env'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-") or "environment"


def source_name(contents: Contents) -> str:
    """What torch's index is called in the file: "pytorch-cu126"."""
    return f"pytorch-{contents.build.build}"


def _project(contents: Contents) -> Any:
    import tomlkit

    table = tomlkit.table()
    table.add("name", _own_name(contents))
    table.add("version", "0.1.0")
    table.add("requires-python", f"=={contents.minor}.*")
    table.add("dependencies", _lines((*contents.torch, *contents.packages)))
    return table


def _own_name(contents: Contents) -> str:
    """Never that of a package: a project that is called torch would ask for itself."""
    from packaging.utils import canonicalize_name

    name = project_name(contents.name)
    words = (re.split(r"[^\w.-]", line)[0] for line in (*contents.torch, *contents.packages))
    taken = {canonicalize_name(each) for each in (*words, "torch")}
    return f"{name}-environment" if canonicalize_name(name) in taken else name


def _lines(words: tuple[str, ...]) -> Any:
    import tomlkit

    array = tomlkit.array()
    array.extend(words)
    return array.multiline(True)


def _tool(contents: Contents, comment: Comment) -> Any:
    import tomlkit

    uv = tomlkit.table()
    uv.add("package", False)
    for line in comment("export.uv-environments"):
        uv.add(tomlkit.comment(line))
    uv.add("environments", _lines((_MARKERS[contents.platform],)))
    if contents.constraints:
        uv.add("constraint-dependencies", _lines(contents.constraints))
    if contents.source.url:
        uv.add("sources", _sources(contents))
    indexes = _indexes(contents, comment)
    if indexes is not None:
        uv.add("index", indexes)
    tool = tomlkit.table(is_super_table=True)
    tool.add("uv", uv)
    return tool


def _sources(contents: Contents) -> Any:
    """torch and its companions, bound to their index."""
    import tomlkit

    table = tomlkit.table()
    for line in contents.torch:
        source = tomlkit.inline_table()
        source.add("index", source_name(contents))
        table.add(line.split("==")[0], source)
    return table


def _indexes(contents: Contents, comment: Comment) -> Any:
    import tomlkit

    indexes = tomlkit.aot()
    if contents.source.url:
        torch = tomlkit.table()
        for line in comment("export.uv-explicit"):
            torch.add(tomlkit.comment(line))
        torch.add("name", source_name(contents))
        torch.add("url", contents.source.url)
        if contents.source.flat:
            torch.add("format", "flat")
        torch.add("explicit", True)
        indexes.append(torch)
    if contents.index:
        mirror = tomlkit.table()
        mirror.add("url", contents.index)
        mirror.add("default", True)
        indexes.append(mirror)
    return indexes if len(indexes) else None
