"""A choice, or an environment, as a file that other tools read. Pure: values in, text out.

One module per format, each with `text(contents, comment)`. A file that could lead to another torch
than the one that was chosen is not written: `objection` says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Callable

from gpusetup.basics.versions import Version
from gpusetup.engines.specs import Wanted
from gpusetup.matrix.rows import Build
from gpusetup.request import Origin

Comment = Callable[..., "tuple[str, ...]"]
"""The sentence of a code with its facts, in lines that fit into a file."""


class Format(str, Enum):
    """What can be written, by the usual names of the files."""

    ENVIRONMENT_YML = "environment.yml"
    REQUIREMENTS_TXT = "requirements.txt"
    PYPROJECT_TOML = "pyproject.toml"
    PIXI_TOML = "pixi.toml"
    DOCKERFILE = "Dockerfile"
    SBATCH = "sbatch"


@dataclass(frozen=True)
class Source:
    """Where torch and its companions lie, for clients of wheels. `url` None: the package index."""

    url: str | None = None
    flat: bool = False  # a folder or page of files, and no index

    @property
    def folder(self) -> str | None:
        """The path, where it is a folder of this machine."""
        return self.url if self.url and "://" not in self.url else None


@dataclass(frozen=True)
class Contents:
    """What shall be in the environment. All requirement lines are free of credentials."""

    name: str
    python: str  # a minor, or the exact version of an environment
    build: Build
    conda: Wanted  # channels and specs; with a wheel only Python and what wheels cannot bring
    torch: tuple[
        str, ...
    ] = ()  # requirement lines of torch and its companions; none with a channel
    packages: tuple[str, ...] = ()  # further requirement lines
    constraints: tuple[str, ...] = ()
    source: Source = Source()
    index: str | None = None  # a mirror of the package index that was chosen
    driver_cuda: Version | None = None  # what the driver must serve; None: no GPU is needed
    glibc: Version | None = None  # of the machine
    exact: bool = False  # as installed, not as planned
    prefix: str = ""  # the folder of the environment

    @property
    def minor(self) -> str:
        """The minor version of Python."""
        return ".".join(self.python.split(".")[:2])

    @property
    def platform(self) -> str:
        """As in the matrix, without the mark of a Jetson: that is a Linux too."""
        return self.build.platform.removesuffix("-tegra")

    @property
    def torch_line(self) -> str:
        """torch in short: "2.7.1 (cu126)"."""
        return f"{self.build.torch} ({self.build.build})"

    @property
    def more_specs(self) -> tuple[str, ...]:
        """What only a channel brings, beside Python and pip."""
        base = ("python", "pip")
        specs = self.conda.specs
        return tuple(each for each in specs if each.split("=")[0].strip("<>=! ") not in base)

    @property
    def is_ambiguous(self) -> bool:
        """Whether the package index has another build under the same version."""
        return self.build.origin is Origin.WHEEL_INDEX and self.build.local is None


def objection(format: Format, contents: Contents) -> str | None:
    """Why a format cannot hold these contents: the end of a code `export.cannot.`; None: it can."""
    build = contents.build
    if format in (Format.REQUIREMENTS_TXT, Format.PYPROJECT_TOML):
        if build.origin.is_conda:
            return "channel"
        if contents.more_specs:
            return "specs"
    if format in (Format.REQUIREMENTS_TXT, Format.ENVIRONMENT_YML) and contents.is_ambiguous:
        return "ambiguous"
    if format in (Format.DOCKERFILE, Format.SBATCH) and build.platform.startswith("macos"):
        return "macos"
    if format is Format.SBATCH and not build.platform.startswith("linux"):
        return "macos" if build.platform.startswith("macos") else "windows"
    return None


def text_of(format: Format, contents: Contents, comment: Comment) -> str:
    """The whole file."""
    from gpusetup.exporting import (
        dockerfile,
        environment_yml,
        pixi_toml,
        pyproject_toml,
        requirements_txt,
    )

    makers: dict[Format, Callable[[Contents, Comment], str]] = {
        Format.ENVIRONMENT_YML: environment_yml.text,
        Format.REQUIREMENTS_TXT: requirements_txt.text,
        Format.PYPROJECT_TOML: pyproject_toml.text,
        Format.PIXI_TOML: pixi_toml.text,
        Format.DOCKERFILE: dockerfile.text,
    }
    return makers[format](contents, comment)


def head(contents: Contents, comment: Comment, use: str) -> tuple[str, ...]:
    """The first lines of every file: what it is, how it is used, what it needs."""
    code = "export.head-installed" if contents.exact else "export.head"
    facts = {"torch": contents.torch_line, "python": contents.python}
    lines = [*comment(code, **facts), *comment(f"export.platform.{contents.platform}")]
    lines += comment("export.use", command=use)
    if contents.driver_cuda is not None and contents.build.cuda_runtime is not None:
        needs = {"runtime": contents.build.cuda_runtime, "driver": contents.driver_cuda}
        lines += comment("export.needs-driver", **needs)
    return tuple(lines)
