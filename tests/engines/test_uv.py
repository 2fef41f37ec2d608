"""uv's files and commands bind torch to one version and one source."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Companion
from gpusetup.engines import uv
from gpusetup.engines.uv_output import read_bars, read_installed
from gpusetup.machine import Installers
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.request import Engine, Origin

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

V = Version.parse
BASE = "https://download.pytorch.org/whl"


def choice(origin: Origin, local: str | None, location: str | None = None) -> Choice:
    build = Build(
        torch=V("2.14.1"), build="cu126", origin=origin, platform="linux-x86_64",
        cuda_runtime=V("12.6"), architectures=((8, 6),), ptx=(), pythons=(V("3.12"),),
        local=local, location=location,
    )  # fmt: skip
    companions = (Companion("torchvision", V("0.29.1"), local),)
    return Choice(build, V("3.12"), Engine.UV, Confidence.HIGH, companions, pins=("numpy<2",))


def test_the_wheel_index_is_bound_to_torch_and_its_companions_only() -> None:
    text = uv.project_text(choice(Origin.WHEEL_INDEX, "cu126"), ("numpy",), ("jupyterlab",), BASE)
    project = tomllib.loads(text)
    assert project["project"]["dependencies"] == [
        "torch==2.14.1+cu126", "torchvision==0.29.1+cu126", "numpy", "numpy<2",
    ]  # fmt: skip
    assert project["project"]["optional-dependencies"] == {"extra": ["jupyterlab"]}
    [index] = project["tool"]["uv"]["index"]
    assert index["url"] == f"{BASE}/cu126"
    assert index["explicit"] is True
    assert set(project["tool"]["uv"]["sources"]) == {"torch", "torchvision"}


def test_a_flat_copy_of_the_wheel_index_is_bound_as_such() -> None:
    text = uv.project_text(choice(Origin.WHEEL_INDEX, "cu126"), (), (), BASE, flat=True)
    [index] = tomllib.loads(text)["tool"]["uv"]["index"]
    assert (index["url"], index["format"]) == (f"{BASE}/cu126", "flat")


def test_the_package_index_needs_no_index_of_its_own() -> None:
    project = tomllib.loads(uv.project_text(choice(Origin.PYPI, None), (), (), BASE))
    assert project["project"]["dependencies"][0] == "torch==2.14.1"
    assert "tool" not in project


def test_a_wheelhouse_is_a_flat_index() -> None:
    text = uv.project_text(choice(Origin.WHEELHOUSE, "cu126", '/data/wheel "house"'), (), (), BASE)
    [index] = tomllib.loads(text)["tool"]["uv"]["index"]
    assert index["url"] == '/data/wheel "house"'
    assert index["format"] == "flat"


def test_what_pip_is_configured_to_use_counts() -> None:
    installers = Installers(
        index_url="https://me:secret@mirror.example/simple",
        extra_index_urls=("https://more.example/simple",),
        find_links=("/wheels",), trusted_hosts=("more.example",),
    )  # fmt: skip
    settings = tomllib.loads(uv.config_text(installers))
    assert settings["find-links"] == ["/wheels"]
    assert settings["allow-insecure-host"] == ["more.example"]
    assert settings["index-strategy"] == "unsafe-best-match"
    assert settings["index"] == [
        {"url": "https://more.example/simple"},
        {"url": "https://me:secret@mirror.example/simple", "default": True},
    ]


def test_without_settings_uv_keeps_its_own_default() -> None:
    assert tomllib.loads(uv.config_text(Installers())) == {}


def test_certificate_and_proxy_go_through_the_environment() -> None:
    env = uv.network_environment(Installers(cert="/ca.pem", proxy="http://proxy:3128"))
    assert env["SSL_CERT_FILE"] == "/ca.pem"
    assert env["HTTPS_PROXY"] == "http://proxy:3128"
    assert env["UV_TORCH_BACKEND"] is None


@pytest.mark.parametrize(
    ("text", "name", "done", "total"),
    [
        ("torch      ------------------ 45.20 MiB/182.91 MiB", "torch", 45.2, 182.91),
        ("\x1b[2mnvidia-cudnn-cu13\x1b[0m \x1b[32m-----\x1b[30m---\x1b[0m 1.50 GiB/2.00 GiB", "nvidia-cudnn-cu13", 1536, 2048),
        ("mpmath ---------- 512.00 KiB/523.63 KiB", "mpmath", 0.5, 0.511),
    ],
)  # fmt: skip
def test_download_bars_are_read(text: str, name: str, done: float, total: float) -> None:
    [bar] = read_bars(text)
    assert bar.name == name
    assert bar.done_mib == pytest.approx(done, rel=0.01)
    assert bar.total_mib == pytest.approx(total, rel=0.01)


def test_installed_packages_are_read() -> None:
    text = (
        "Installed 2 packages in 193ms\r\n + numpy==2.4.6\r\n + torch==2.13.0+cpu\r\n - pip==1\r\n"
    )
    assert read_installed(text) == {"numpy": "2.4.6", "torch": "2.13.0+cpu"}


def test_a_python_to_be_fetched_is_named_by_its_version() -> None:
    place = uv.Place("x", "/x", "/x/bin/python", "uv", "3.12", "", "")
    fetched = uv.resolve(place, "/tmp/x", Installers())
    there = replace(place, base_python="/usr/bin/python3")
    found = uv.resolve(there, "/tmp/x", Installers())
    assert fetched.argv[7:9] == ("--python-version", "3.12")
    assert found.argv[7:9] == ("--python", "/usr/bin/python3")


def test_a_build_without_local_part_is_pinned_without_one() -> None:
    assert uv.torch_requirements(replace(choice(Origin.PYPI, None), companions=())) == (
        "torch==2.14.1",
    )


@pytest.mark.parametrize(
    ("links", "folder", "expected"),
    [
        (("/data/wheels", "/more"), "/house", "/data/wheels"),
        ((), "/house", "/house"),
    ],
)
def test_without_index_a_folder_is_the_only_one(
    links: tuple[str, ...], folder: str, expected: str
) -> None:
    """uv's own no-index would forbid the folder that torch is bound to as well."""
    installers = Installers(
        no_index=True, find_links=links, index_url="https://mirror.example/simple"
    )
    settings = tomllib.loads(uv.config_text(installers, None, folder))
    assert settings["index"] == [{"url": expected, "format": "flat", "default": True}]
    assert "no-index" not in settings


def test_without_index_and_folder_nothing_is_asked() -> None:
    assert tomllib.loads(uv.config_text(Installers(no_index=True))) == {"no-index": True}


def test_files_that_hold_a_login_are_the_users_alone() -> None:
    place = uv.Place(
        "t", "/e/t", "/e/t/bin/python", "uv", "3.12", "https://me:pw@copy.example", "/p"
    )
    project, settings = uv.write_configuration(
        choice(Origin.WHEEL_INDEX, "cu126"), place, (), (), Installers()
    )
    assert (project.mode, settings.mode) == (0o600, 0o600)
    open_to_all = replace(place, wheel_index=BASE)
    project, _ = uv.write_configuration(
        choice(Origin.WHEEL_INDEX, "cu126"), open_to_all, (), (), Installers()
    )
    assert project.mode is None


def test_a_proxy_without_scheme_gets_one_so_that_its_password_is_known_as_such() -> None:
    env = uv.network_environment(Installers(proxy="me:secret@proxy:3128"))
    assert env["HTTPS_PROXY"] == "http://me:secret@proxy:3128"


def test_a_python_that_is_fetched_goes_the_same_way_out() -> None:
    place = uv.Place("t", "/e/t", "/e/t/bin/python", "uv", "3.12", BASE, "/p")
    company = Installers(cert="/ca.pem", proxy="http://proxy:3128", system_certs=True)
    env = uv.create_environment(place, company).env
    assert (env["SSL_CERT_FILE"], env["HTTPS_PROXY"]) == ("/ca.pem", "http://proxy:3128")
    assert env["UV_SYSTEM_CERTS"] == "true"
    found = replace(place, base_python="/usr/bin/python3")
    assert "HTTPS_PROXY" not in uv.create_environment(found, company).env
