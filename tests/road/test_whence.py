"""A wheel of the right version from the wrong place is not the chosen one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest
import uv

from gpusetup.basics.errors import Refused
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice
from gpusetup.engines.uv import Place, write_configuration
from gpusetup.machine import Installers
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.request import Engine, Origin
from gpusetup.road.preflight import resolve
from gpusetup.road.whence import comes_from_choice
from gpusetup.steps import Plan
from tests.lab.index import Index, serve
from tests.lab.wheels import make_wheel

V = Version.parse
OFFICIAL = "https://download.pytorch.org/whl"
COPY = "https://mirror.example/pytorch-wheels"


def choice(origin: Origin, local: str | None = None, location: str | None = None) -> Choice:
    build = Build(
        torch=V("2.14.1"), build="cu126", origin=origin, platform="linux-x86_64",
        cuda_runtime=V("12.6"), architectures=((8, 6),), ptx=(), pythons=(V("3.12"),),
        local=local, location=location,
    )  # fmt: skip
    return Choice(build, V("3.12"), Engine.UV, Confidence.HIGH)


PIP = Installers(
    index_url="https://me:secret@art.example/api/pypi/main/simple/",
    extra_index_urls=("https://art.example/api/pypi/own/simple", "file:///extra/simple"),
    find_links=("/wheels", "https://links.example/page/"),
)


@pytest.mark.parametrize(
    ("origin", "url", "right"),
    [
        (Origin.WHEEL_INDEX, "https://download.pytorch.org/whl/cu126/torch.whl", True),
        (Origin.WHEEL_INDEX, "https://download-r2.pytorch.org/whl/cu126/torch.whl", True),
        (Origin.WHEEL_INDEX, "https://art.example/api/pypi/own/torch.whl", False),
        (Origin.WHEEL_INDEX, "https://pytorch.org.evil.example/torch.whl", False),
        (Origin.WHEEL_INDEX, "file:///wheels/torch.whl", False),
        (Origin.PYPI, "https://art.example/api/pypi/main/packages/torch.whl", True),
        (Origin.PYPI, "https://files.example/packages/ab/torch.whl", True),
        (Origin.PYPI, "https://art.example/api/pypi/own/packages/torch.whl", False),
        (Origin.PYPI, "file:///extra/torch/torch.whl", False),
        (Origin.PYPI, "file:///wheels/torch.whl", False),
        (Origin.PYPI, "https://links.example/page/torch.whl", False),
        (Origin.WHEELHOUSE, "file:///wheels/torch.whl", True),
        (Origin.WHEELHOUSE, "file:///wheels/old/torch.whl", False),
        (Origin.WHEELHOUSE, "https://download.pytorch.org/whl/cu126/torch.whl", False),
    ],
)
def test_each_origin_has_its_places(origin: Origin, url: str, right: bool) -> None:
    chosen = choice(origin, location="/wheels" if origin is Origin.WHEELHOUSE else None)
    assert comes_from_choice(url, chosen, OFFICIAL, PIP) is right


def test_a_copy_of_the_index_may_keep_its_files_elsewhere() -> None:
    chosen = choice(Origin.WHEEL_INDEX)
    assert comes_from_choice("https://s3.example/bucket/torch.whl", chosen, COPY, PIP)
    assert not comes_from_choice("https://links.example/page/torch.whl", chosen, COPY, PIP)
    assert not comes_from_choice("https://s3.example/torch.whl", chosen, OFFICIAL, PIP)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    served = tmp_path / "served"
    make_wheel(served / "main" / "simple", "torch", "2.14.1")
    make_wheel(served / "own" / "simple", "torch", "2.14.1", files={"torch/cpu.py": ""})
    make_wheel(served / "whl" / "cu126", "torch", "2.14.1+cu126")
    with serve(served) as found:
        yield found


def look_up(index: Index, chosen: Choice, installers: Installers) -> None:
    import sys

    place = Place(
        name="torch", prefix="/nowhere/torch", python="", uv=uv.find_uv_bin(),
        base_python=sys.executable, wheel_index=f"{index.url}/whl", pythons_folder="/nowhere",
    )  # fmt: skip
    chosen = replace(chosen, python=V("{}.{}".format(*sys.version_info[:2])))
    steps = write_configuration(chosen, place, (), (), installers)
    resolve(Plan(steps, place.prefix, place.python), chosen, place, installers)


def test_the_index_is_taken_and_an_extra_index_is_not(index: Index) -> None:
    installers = Installers(uv=uv.find_uv_bin(), index_url=f"{index.url}/main/simple")
    look_up(index, choice(Origin.PYPI), installers)
    look_up(index, choice(Origin.WHEEL_INDEX, "cu126"), installers)
    beside = replace(installers, extra_index_urls=(f"{index.url}/own/simple",))
    with pytest.raises(Refused) as refused:
        look_up(index, choice(Origin.PYPI), beside)
    assert refused.value.code == "run.resolved-elsewhere"
    assert "/own/simple/torch" in str(refused.value.facts["found"])


def test_a_folder_that_answers_too_stops_the_run(index: Index, tmp_path: Path) -> None:
    installers = Installers(uv=uv.find_uv_bin(), index_url=f"{index.url}/main/simple")
    other = make_wheel(tmp_path / "links", "torch", "2.14.1", files={"torch/cpu.py": ""})
    with pytest.raises(Refused) as refused:
        look_up(index, choice(Origin.PYPI), replace(installers, find_links=(str(other.parent),)))
    assert refused.value.code == "run.resolved-elsewhere"
