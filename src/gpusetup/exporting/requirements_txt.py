"""`requirements.txt` for pip, and for uv as far as that reads it."""

from __future__ import annotations

from typing import Iterator

from gpusetup.exporting import Comment, Contents, head

INSTALL = "pip install -r requirements.txt"


def text(contents: Contents, comment: Comment) -> str:
    """The file. torch is named with its local part, so no other build of its version fits."""
    lines = list(head(contents, comment, INSTALL))
    lines += _about_sources(contents, comment)
    if contents.constraints:
        lines += comment("export.constraints-left-out", lines=" ; ".join(contents.constraints))
    body = [*options(contents), *contents.torch, *contents.packages]
    return "\n".join([*(f"# {each}".rstrip() for each in lines), *body]) + "\n"


def options(contents: Contents) -> Iterator[str]:
    """Where pip looks. The package index stays the one that the reader's pip uses."""
    if contents.index:
        yield f"--index-url {contents.index}"
    source = contents.source
    if source.url:
        yield f"--find-links {source.url}" if source.flat else f"--extra-index-url {source.url}"


def _about_sources(contents: Contents, comment: Comment) -> Iterator[str]:
    if contents.source.url and not contents.source.flat:
        yield from comment("export.pip-best-match")
        yield from comment("export.uv-first-match", command=f"uv {INSTALL} {_UNSAFE}")
    if contents.source.folder:
        yield from comment("export.folder-of-wheels", folder=contents.source.folder)


_UNSAFE = "--index-strategy unsafe-best-match"
