"""What an exported file leads to, read back from its text: torch with its local part, and Python."""

from __future__ import annotations

import io
import re
import shlex
import sys
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Read:
    """`torch`: as a requirement says it ("2.7.1+cu126"), or a conda spec's version and build."""

    torch: str
    python: str
    index: str | None = None
    conda_build: str | None = None


def read(format: str, text: str) -> Read:
    readers = {
        "environment.yml": _environment, "requirements.txt": _requirements,
        "pyproject.toml": _pyproject, "pixi.toml": _pixi, "Dockerfile": _dockerfile,
    }  # fmt: skip
    return readers[format](text)


def _pip_lines(lines: list[str]) -> tuple[str, str | None]:
    [torch] = [line for line in lines if re.match(r"torch\s*==", line)]
    index = next(
        (each.split(" ", 1)[1] for each in lines if each.startswith("--extra-index")), None
    )
    return torch.split("==")[1], index


def _requirements(text: str) -> Read:
    lines = [each for each in text.splitlines() if each and not each.startswith("#")]
    python = re.search(r"Python (\d+\.\d+)", text)
    assert python
    return Read(*_pip_lines(lines)[:1], python[1], _pip_lines(lines)[1])


def _environment(text: str) -> Read:
    data = yaml.safe_load(text)
    specs = [each for each in data["dependencies"] if isinstance(each, str)]
    [python] = [each.split("=")[1] for each in specs if each.startswith("python=")]
    pip = next((each["pip"] for each in data["dependencies"] if isinstance(each, dict)), [])
    conda = [each for each in specs if re.match(r"pytorch(-cpu)?=", each)]
    if conda:
        _, version, build = conda[0].split("=", 2)
        return Read(version, python, None, build)
    torch, index = _pip_lines(pip)
    return Read(torch, python, index)


def _pyproject(text: str) -> Read:
    data = tomllib.loads(text)
    [torch] = [each for each in data["project"]["dependencies"] if re.match("torch==", each)]
    indexes = data["tool"]["uv"].get("index", [])
    found = next((each["url"] for each in indexes if each.get("explicit")), None)
    python = data["project"]["requires-python"].removeprefix("==").removesuffix(".*")
    return Read(torch.split("==")[1], python, found)


def _pixi(text: str) -> Read:
    data: dict[str, Any] = tomllib.loads(text)
    python = ".".join(data["dependencies"]["python"].split(".")[:2])
    conda = data["dependencies"].get("pytorch")
    if conda:
        return Read(conda["version"].removesuffix(".*"), python, None, conda["build"])
    torch = data["pypi-dependencies"]["torch"]
    index = torch.get("index") if isinstance(torch, dict) else None
    version = torch["version"] if isinstance(torch, dict) else torch
    return Read(version.removeprefix("=="), python, index)


def _dockerfile(text: str) -> Read:
    words = [shlex.split(each) for each in runs(text)]
    base = re.search(r"^FROM python:(\d+\.\d+)-slim", text, re.MULTILINE)
    installs = [each for each in words if each[:2] == ["pip", "install"]]
    if base is None:
        specs = [word for each in words for word in each]
        [python] = [each.split("=")[1] for each in specs if each.startswith("python=")]
        [conda] = [each for each in specs if re.match(r"pytorch(-cpu)?=", each)]
        _, version, build = conda.split("=", 2)
        return Read(version, python, None, build)
    first = installs[0]
    [torch] = {word for each in installs for word in each if re.match("torch==", word)}
    index = first[first.index("--index-url") + 1] if "--index-url" in first else None
    return Read(torch.split("==")[1], base[1], index)


def runs(text: str) -> list[str]:
    """The commands of all RUN lines, by a parser of Dockerfiles that is not ours."""
    return [value for name, value in instructions(text) if name == "RUN"]


def instructions(text: str) -> list[tuple[str, str]]:
    """Names and values, in their order."""
    parser = pytest.importorskip("dockerfile_parse").DockerfileParser
    parsed = parser(fileobj=io.BytesIO(text.encode()))
    found = [(each["instruction"], each["value"]) for each in parsed.structure]
    return [each for each in found if each[0] != "COMMENT"]
