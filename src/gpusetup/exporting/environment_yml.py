"""`environment.yml` for conda, mamba and micromamba."""

from __future__ import annotations

import io
from typing import Any

from gpusetup.exporting import Comment, Contents, head
from gpusetup.exporting.requirements_txt import options

CREATE = "conda env create -f environment.yml"


def text(contents: Contents, comment: Comment) -> str:
    """The file. A wheel goes into the `pip:` part, with the options of its index."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    document = CommentedMap()
    document["name"] = contents.name
    document["channels"] = list(contents.conda.channels)
    document["dependencies"] = _dependencies(contents)
    document.yaml_set_start_comment("\n".join(_head(contents, comment)))
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 4096  # a requirement is one line
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _head(contents: Contents, comment: Comment) -> list[str]:
    lines = list(head(contents, comment, CREATE))
    if contents.build.origin.is_conda and contents.driver_cuda is not None:
        command = f"CONDA_OVERRIDE_CUDA={contents.driver_cuda} {CREATE}"
        lines += comment("export.conda-override", command=command)
    if contents.source.url and not contents.source.flat:
        lines += comment("export.pip-best-match")
    if contents.source.folder:
        lines += comment("export.folder-of-wheels", folder=contents.source.folder)
    if contents.constraints:
        lines += comment("export.constraints-left-out", lines=" ; ".join(contents.constraints))
    return lines


def _dependencies(contents: Contents) -> list[Any]:
    found: list[Any] = list(contents.conda.specs)
    wheels = [*contents.torch, *contents.packages]
    if not wheels:
        return found
    if not any(each.split("=")[0] == "pip" for each in found):
        found.append("pip")  # conda warns where a `pip:` part stands without it
    return [*found, {"pip": [*options(contents), *wheels]}]
