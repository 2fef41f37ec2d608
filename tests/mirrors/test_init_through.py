"""`init` and `plan` through mirrors: real uv resolves from the lab, and nothing stays behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

from gpusetup.choosing.choice import Choice
from gpusetup.choosing.choose import choose
from gpusetup.cli import mirrored
from gpusetup.compat_files import load_packaged
from gpusetup.machine import Arch, Conda, Installers, Machine, Os
from gpusetup.mirrors.catalogue import Client, Service
from gpusetup.mirrors.choosing import Selection
from gpusetup.mirrors.settings import Route
from gpusetup.mirrors.through import Own, through
from gpusetup.probe import probe
from gpusetup.request import Origin, Request
from tests.lab import mirror_content as content
from tests.lab.mirror_sites import Lab, Site
from tests.lab.wheels import make_wheel

SELECTION = Selection(
    "nju",
    (
        Route(Service.INDEX, "https://nju.example/simple", "nju", (Client.UV,)),
        Route(Service.WHEELS, "https://nju.example/whl", "nju", (Client.UV,)),
        Route(
            Service.CHANNEL,
            "https://nju.example/c/conda-forge",
            "nju",
            (Client.CONDA,),
            "conda-forge",
        ),
    ),
)


@pytest.fixture(scope="module")
def choice() -> Choice:
    """What this machine gets from the wheel index: the tests publish just that."""
    found = choose(probe(), Request(origin=Origin.WHEEL_INDEX), load_packaged())
    assert isinstance(found, Choice)
    return found


@pytest.fixture(scope="module")
def root(choice: Choice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror with that torch for every Python, as an index and as a flat folder."""
    folder = tmp_path_factory.mktemp("through")
    build = choice.build
    local = f"+{build.local}" if build.local else ""
    versions = {"torch": f"{build.torch}{local}"}
    for each in choice.companions:
        versions[each.name] = f"{each.version}" + (f"+{each.local}" if each.local else "")
    fat = {"filler.txt": "x" * 100_000}
    tags = [f"cp3{n}-cp3{n}-manylinux_2_28_x86_64" for n in range(9, 16)]
    for name, version in versions.items():
        places = [folder / top / build.build for top in ("whl", "pytorch-wheels")]
        wheels = [make_wheel(places[0], name, version, tag=tag, files=fat) for tag in tags]
        content.publish(places[0] / name, *wheels)
        places[1].mkdir(parents=True, exist_ok=True)
        for wheel in wheels:
            os.link(wheel, places[1] / wheel.name)
    content.write_index(folder, ("numpy", "pip"))
    plain = make_wheel(folder / "packages", "torch", str(build.torch), tag=tags[0], files=fat)
    content.publish(folder / "simple" / "torch", plain)
    content.write_channels(folder, ("conda-forge", "nvidia"))
    return folder


@pytest.fixture
def lab(
    mirror_lab: Lab, root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Site]:
    """Makes sites with it. The tester's own pip settings and time zone do not count."""
    for name in list(os.environ):
        if name.startswith("PIP_") and name != "PIP_CERT":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")

    def make(**manner: object) -> Site:
        return mirror_lab.site(root, **manner)

    return make


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the mirrors that gpusetup knows."""

    def set_them(**sites: Site | dict[str, Any]) -> None:
        rows = {
            name: each if isinstance(each, dict) else content.mirror(each, name)
            for name, each in sites.items()
        }
        monkeypatch.setenv("GPUSETUP_COMPAT", str(content.write_mirrors(tmp_path / "compat", rows)))

    return set_them


def gpusetup(*words: str, code: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", *words, "--json"], capture_output=True, text=True,
        timeout=120, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def whys(document: dict[str, Any]) -> list[str]:
    return [each["code"] for each in document["choice"]["why"] if "through" in each["code"]]


@pytest.mark.parametrize("layout", ["pep503", "flat"])
def test_a_named_mirror_is_what_uv_resolves_from_and_nothing_stays(
    lab: Callable[..., Site], known: Callable[..., None], home: Path, choice: Choice, layout: str
) -> None:
    site, source = lab(), lab()
    folder = {"pep503": "whl", "flat": "pytorch-wheels"}[layout]
    wheels = [content.row(url=f"{site.url}/{folder}", layout=layout)]
    known(official=source, tuna=content.mirror(site, "TUNA", wheels=wheels))
    document = gpusetup(
        "init", "--dry-run", "--mirror", "tuna", "--engine", "uv", "--origin", "wheel-index"
    )
    assert document["choice"]["build"] == choice.build.build
    assert whys(document) == ["through.index", "through.wheels"]
    assert document["choice"]["download_mib"] is not None  # uv found every file there
    asked = {path for _, path, agent in site.requests if agent.startswith("uv/")}
    assert any(path.startswith(f"/{folder}/{choice.build.build}/") for path in asked)
    assert "/simple/numpy/" in asked
    assert source.requests == []
    assert not [path for path in home.rglob("*") if path.is_file() and ".cache" not in path.parts]


def test_a_conda_engine_gets_the_mirror_of_each_channel(
    lab: Callable[..., Site], known: Callable[..., None]
) -> None:
    site, source = lab(), lab()
    known(official=source, tuna=site)
    document = gpusetup(
        "plan", "--mirror", "tuna", "--engine", "rattler", "--origin", "conda-forge"
    )
    argv = document["steps"][0]["argv"]
    assert argv[argv.index("-c") + 1] == f"{site.url}/anaconda/cloud/conda-forge"
    assert whys(document) == ["through.channel"]
    assert any(agent.startswith("py-rattler/") for agent in site.asked("repodata"))


def test_a_named_mirror_that_fails_stops_the_run_before_anything(
    lab: Callable[..., Site], known: Callable[..., None], home: Path
) -> None:
    site = lab(refuses="^uv/")
    known(official=lab(), tuna=site, nju=lab())
    error = gpusetup("init", "--yes", "--mirror", "tuna", "--engine", "uv", code=3)
    assert (error["code"], error["facts"]["status"], error["facts"]["best"]) == (
        "mirrors.failed",
        403,
        "nju",
    )
    assert error["facts"]["host"] == site.host
    assert not (home / "gpu-envs").exists()


def test_an_unknown_mirror_is_told_with_the_known_ones(
    lab: Callable[..., Site], known: Callable[..., None]
) -> None:
    known(official=lab(), tuna=lab())
    error = gpusetup("plan", "--mirror", "tuner", code=2)
    assert (error["code"], error["facts"]["names"]) == ("wish.mirror", "auto, none, tuna")


def test_in_china_a_mirror_that_is_clearly_faster_is_used_for_the_run(
    lab: Callable[..., Site],
    known: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    known(official=lab(bytes_per_s=60_000.0, latency_s=0.1), nju=lab())
    document = gpusetup("plan", "--engine", "uv", "--origin", "wheel-index")
    assert whys(document) == ["through.index", "through.wheels"]
    assert document["request"]["mirror"] == "auto"
    assert not [path for path in home.rglob("*") if path.is_file() and ".cache" not in path.parts]


def test_elsewhere_and_with_none_no_mirror_is_asked(
    lab: Callable[..., Site],
    known: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
) -> None:
    source, mirror = lab(), lab()
    known(official=source, nju=mirror)
    monkeypatch.setenv("GPUSETUP_WHEEL_INDEX", f"{source.url}/whl")
    monkeypatch.setenv("PIP_INDEX_URL", f"{source.url}/simple")
    assert whys(gpusetup("plan", "--engine", "uv")) == []
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert whys(gpusetup("plan", "--engine", "uv", "--mirror", "none")) == []
    assert mirror.requests == []


def test_what_the_user_has_set_is_not_overruled_by_a_mirror_that_nobody_named() -> None:
    found = through(SELECTION, Own(index=True))
    assert found is not None
    assert (found.index, found.wheels) == (None, SELECTION.route(Service.WHEELS))
    assert (
        found.installers(Installers(index_url="https://own.example")).index_url
        == "https://own.example"
    )
    assert through(SELECTION, Own(index=True, wheels=True, channels=True)) is None


@pytest.mark.parametrize(
    ("installers", "environ", "own"),
    [
        (Installers(), {}, Own()),
        (Installers(index_url="https://own.example/simple"), {}, Own(index=True)),
        (Installers(extra_index_urls=("https://own.example/simple",)), {}, Own(index=True)),
        (Installers(no_index=True), {}, Own(index=True)),
        (Installers(), {"GPUSETUP_WHEEL_INDEX": "https://own.example/whl"}, Own(wheels=True)),
        (Installers(), {"GPUSETUP_CHANNELS": "file:///channels"}, Own(channels=True)),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("home")
def test_settings_that_are_the_users_own_are_recognised(
    installers: Installers, environ: dict[str, str], own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert mirrored._own(Machine(Os.LINUX, Arch.X86_64, installers=installers)) == own


@pytest.mark.parametrize("conda", [Conda("/nowhere/conda", "conda"), None], ids=["conda", "none"])
def test_a_condarc_that_leads_conda_forge_elsewhere_is_the_users_own(conda: Optional[Conda], home: Path) -> None:  # fmt: skip
    """The built-in engine reads it where no conda is, too."""
    machine = Machine(Os.LINUX, Arch.X86_64, conda=conda)
    assert not mirrored._own(machine).channels
    (home / ".condarc").write_text(
        "channels: [conda-forge]\ncustom_channels:\n  conda-forge: https://mirror.example/anaconda/cloud\n"
    )
    assert mirrored._own(machine).channels


@pytest.mark.parametrize(
    ("index", "seems"),
    [
        (None, False),
        ("https://own.example/simple", False),
        ("http://mirrors.aliyun.com/pypi/simple", True),
        ("https://me:word@pypi.tuna.tsinghua.edu.cn/simple", True),
    ],
)
def test_a_pip_that_is_set_to_a_known_mirror_is_a_sign_of_china(
    index: str | None, seems: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    machine = Machine(Os.LINUX, Arch.X86_64, installers=Installers(index_url=index))
    assert mirrored._seems_to_be_in_china(machine) is seems


def test_what_stays_at_its_source_is_no_mirror() -> None:
    routes = [replace(each, mirror="official") for each in SELECTION.routes]
    assert through(replace(SELECTION, routes=tuple(routes)), Own()) is None


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")
@pytest.mark.parametrize(
    ("language", "columns", "key", "offer", "hint"),
    [
        ("en", 80, "y", "Use that for this environment?", "gpusetup mirrors --fastest"),
        ("zh", 40, "n", "这个环境要使用吗？", None),
    ],
)
def test_at_a_terminal_in_china_mirrors_are_offered(
    lab: Callable[..., Site], known: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
    language: str, columns: int, key: str, offer: str, hint: str | None,
) -> None:  # fmt: skip
    from tests.lab.terminal import CTRL_C, Terminal

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    mirror = lab()
    known(official=lab(bytes_per_s=60_000.0, latency_s=0.1), nju=mirror)
    words = [sys.executable, "-m", "gpusetup", "init", "--engine", "uv", "--lang", language]
    with Terminal(words, columns=columns) as terminal:
        terminal.wait(offer[-4:])
        seen = len(mirror.requests)
        assert offer.replace(" ", "") in terminal.text().replace(" ", "").replace("\n", "")
        terminal.type(key)
        terminal.wait("PyTorch", 60)
        assert (hint is not None) is ("--fastest" in terminal.text())
        terminal.type(CTRL_C)
        terminal.finish()
    asked = [agent for _, _, agent in mirror.requests[seen:] if agent.startswith("uv/")]
    assert bool(asked) is (key == "y")


def test_a_profile_asks_no_mirror(lab: Callable[..., Site], known: Callable[..., None]) -> None:
    mirror = lab()
    known(official=lab(), tuna=mirror)
    profile = Path(__file__).parents[1] / "machines" / "autodl-3090.yaml"
    gpusetup("plan", "--machine", str(profile), "--mirror", "tuna")
    assert mirror.requests == []
