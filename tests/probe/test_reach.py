"""What can be reached is found out by the client that will install, in parallel, in time."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest
import uv

from gpusetup.basics.versions import Version
from gpusetup.choosing.sources import Reach, Sources
from gpusetup.engines.uv import network_environment
from gpusetup.machine import Arch, Installers, Machine, Os, Python
from gpusetup.probe.reach import probe_sources
from gpusetup.probe.wheelhouse import list_wheelhouses
from gpusetup.request import Origin, Request
from tests.lab.index import Fault, Index, serve
from tests.lab.wheels import make_wheel


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    make_wheel(tmp_path / "served" / "simple", "torch", "2.14.1")
    make_wheel(tmp_path / "served" / "whl" / "cpu", "torch", "2.14.1+cpu")
    with serve(tmp_path / "served") as served:
        yield served


def machine(index_url: str, **more: object) -> Machine:
    import platform
    import sys

    here = Python(Version.parse(platform.python_version()), sys.executable)
    installers = Installers(uv=uv.find_uv_bin(), index_url=index_url, **more)  # type: ignore[arg-type]
    return Machine(Os.LINUX, Arch.X86_64, python=here, installers=installers)


def reach(sources: Sources, origin: Origin) -> Reach:
    return next(each for each in sources.reaches if each.origin is origin)


def probe(index: Index, deadline_s: float = 10.0, **more: object) -> Sources:
    found = machine(f"{index.url}/simple", **more)
    return probe_sources(found, Request(), f"{index.url}/whl", deadline_s)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


def test_both_indexes_answer(index: Index) -> None:
    sources = probe(index)
    assert reach(sources, Origin.PYPI).reached is True
    assert reach(sources, Origin.WHEEL_INDEX).reached is True
    assert any(agent.startswith("uv/") for _, agent in index.requests)


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (Fault(status=403), "403"),
        (Fault(status=404), "no torch there"),
        (Fault(status=503), "503"),
        (Fault(body=b"<html>please log in</html>"), "web page in place of an index"),
        (Fault(redirect="http://127.0.0.1:9/x"), "connection refused"),
    ],
    ids=["403", "404", "503", "a login page", "a dead redirect"],
)
def test_an_index_that_misbehaves_is_not_reached_and_says_why(
    index: Index, fault: Fault, detail: str
) -> None:
    index.faults["/whl/cpu"] = fault
    sources = probe(index)
    assert reach(sources, Origin.PYPI).reached is True
    found = reach(sources, Origin.WHEEL_INDEX)
    assert (found.reached, found.detail) == (False, detail)


def test_an_index_that_hangs_does_not_hold_the_others_up(index: Index) -> None:
    index.faults["/whl/cpu"] = Fault(wait_s=30)
    begun = time.monotonic()
    sources = probe(index, deadline_s=4)
    assert time.monotonic() - begun < 12
    assert reach(sources, Origin.PYPI).reached is True
    assert reach(sources, Origin.WHEEL_INDEX).detail == "timed out"


def test_a_port_that_nobody_serves_is_refused(index: Index) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sources = probe_sources(
        machine(f"http://127.0.0.1:{port}/simple"), Request(), f"{index.url}/whl", 10
    )
    assert reach(sources, Origin.PYPI).detail == "connection refused"
    assert not sources.reached(Origin.PYPI)
    assert sources.reached(Origin.WHEEL_INDEX)


def test_a_proxy_that_is_not_running_is_blamed_and_not_the_index(index: Index) -> None:
    dead = "http://127.0.0.1:9"
    found = machine("http://index.example/simple", proxy=dead)
    sources = probe_sources(found, Request(), f"{index.url}/whl", 10)
    assert reach(sources, Origin.PYPI).detail == "proxy does not answer"


def test_no_index_in_pips_settings_counts(index: Index) -> None:
    assert reach(probe(index, no_index=True), Origin.PYPI).reached is False


def test_the_wheels_of_a_folder_and_of_a_page_are_listed(index: Index, tmp_path: Path) -> None:
    house = tmp_path / "house"
    make_wheel(house, "torch", "2.13.0+cpu", tag="cp311-cp311-manylinux_2_28_x86_64")
    make_wheel(house, "torchgan", "1.0")
    page = f"{index.url}/whl/cpu/torch/"
    wheels, readings = list_wheelhouses([str(house), page, str(tmp_path / "nowhere")], None, 5)
    assert [(each.filename, each.location) for each in wheels] == [
        ("torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", str(house)),
        ("torch-2.14.1+cpu-py3-none-any.whl", page),
    ]
    assert [each.status.value for each in readings] == ["ok", "ok", "error"]


@pytest.mark.skipif(os.name != "posix", reason="the wrapper is a shell script")
def test_a_companys_certificate_in_the_systems_store_is_found(index: Index, tmp_path: Path) -> None:
    """A uv that trusts nobody until it is told to look into the system's store."""
    wrapper = tmp_path / "uv"
    wrapper.write_text(
        "#!/bin/sh\n"
        'if [ "$UV_SYSTEM_CERTS" != true ] || [ "$UV_NATIVE_TLS" != true ]; then\n'
        "  echo 'error: invalid peer certificate: UnknownIssuer'; exit 2\n"
        "fi\n"
        f"exec '{uv.find_uv_bin()}' \"$@\"\n"
    )
    wrapper.chmod(0o755)
    found = machine(f"{index.url}/simple")
    behind_proxy = replace(found, installers=replace(found.installers, uv=str(wrapper)))
    sources = probe_sources(behind_proxy, Request(), f"{index.url}/whl")
    assert sources.reached(Origin.PYPI)
    assert sources.system_certs
    assert not probe(index).system_certs
    env = network_environment(replace(found.installers, system_certs=True))
    assert env["UV_SYSTEM_CERTS"] == "true"
    assert "UV_SYSTEM_CERTS" not in network_environment(found.installers)


def test_origins_are_reached_whatever_python_the_machine_has(index: Index, tmp_path: Path) -> None:
    make_wheel(tmp_path / "served" / "only" / "simple", "torch", "2.14.1", tag="cp38-none-any")
    found = machine(f"{index.url}/only/simple")
    for python in (None, Python(Version.parse("3.6.8"), "/usr/bin/python3.6")):
        sources = probe_sources(replace(found, python=python), Request(), f"{index.url}/whl")
        assert reach(sources, Origin.PYPI).detail is None
        assert sources.reached(Origin.PYPI)
