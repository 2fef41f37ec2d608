"""What to bring to a machine without a network, as the command that fetches it elsewhere. Pure."""

from __future__ import annotations

from typing import Sequence

from gpusetup.basics.origins import wheel_index_folder
from gpusetup.choosing.choice import Choice
from gpusetup.engines.uv import torch_requirements
from gpusetup.request import Origin

FOLDER = "wheels"


def fetching(
    choice: Choice, base: Sequence[str], wheel_index: str, *, flat: bool = False
) -> tuple[str, ...]:
    """`pip download` of a wheel with all that it needs, on a machine of the same kind."""
    build = choice.build
    index: tuple[str, ...] = ()
    if build.origin is Origin.WHEEL_INDEX:
        # a folder of wheels has no pages for packages
        option = "--find-links" if flat else "--extra-index-url"
        index = (option, wheel_index_folder(wheel_index, build.build))
    names = (*torch_requirements(choice), *base, *choice.pins)
    return ("pip", "download", "--dest", FOLDER, *index, *names)
