"""Credentials in every place where people have them, over whole runs: none is shown or kept.

Each place holds a word of its own, so that a failure names the place. What is looked through: all
that commands print, and every file below the home folder and the temporary folder, but for those
where we have planted them and the settings that uv needs, which only their owner may read.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator
from urllib.parse import unquote

import pytest

from gpusetup.effects.runlog import write_bug_report
from tests.fixtures.torch_env import CACHE
from tests.lab.conda_shim import write_shim
from tests.lab.index import Fault, Index, serve
from tests.lab.stub_environment import write_working_channels
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")

TAG = "cp{0}{1}-cp{0}{1}-manylinux_2_17_{2}".format(*sys.version_info[:2], os.uname().machine)
PYTHON = "{}.{}".format(*sys.version_info)
VERSION = "2.8.0"  # the newest that Python 3.9 has
HOST = "127.0.0.1"
OWNERS_ALONE = ("uv.toml", "pyproject.toml", "requirements.txt")  # where uv reads a login


def secret(place: str) -> str:
    """A password for a place, with a sign that is percent-encoded in an address."""
    return f"Planted%40{place}-77"


def spellings(place: str) -> tuple[bytes, ...]:
    """How a secret can turn up: as it was written, decoded, or in a header's base64."""
    written = secret(place)
    decoded = unquote(written)
    bare = written.replace("%40", "")  # a token in a path
    header = base64.b64encode(f"me:{decoded}".encode())
    return written.encode(), decoded.encode(), bare.encode(), header


class World:
    """A home and a temporary folder with credentials everywhere; and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.home, self.tmp = folder / "home", folder / "tmp"
        self.home.mkdir()
        self.tmp.mkdir()
        self.places: list[str] = []
        self.planted: set[Path] = set()
        self.said: list[tuple[tuple[str, ...], bytes]] = []
        self.environ = {
            "HOME": str(self.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "NO_PROXY": HOST,
            "TMPDIR": str(self.tmp), "SHELL": "/bin/bash", "no_proxy": HOST,
        }  # fmt: skip
        self._plant_variables()
        self._plant_files()

    def secret(self, place: str) -> str:
        self.places.append(place)
        return secret(place)

    def login(self, url: str, place: str) -> str:
        """An address with a login."""
        return url.replace("://", f"://me:{self.secret(place)}@", 1)

    def write(self, name: str, text: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        self.planted.add(path)
        return path

    def _plant_variables(self) -> None:
        nowhere = "http://127.0.0.1:9"
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            self.environ[name] = self.login(nowhere, name)
        for name in ("HF_TOKEN", "WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY", "UV_INDEX_MINE_PASSWORD",
                     "ANACONDA_API_TOKEN", "DB_PASSWORD"):  # fmt: skip
            self.environ[name] = self.secret(name)
        for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"):
            self.environ[name] = self.login(f"{nowhere}/simple", name)
        self.environ["UV_INDEX"] = "mine=" + self.login(f"{nowhere}/simple", "UV_INDEX")

    def _plant_files(self) -> None:
        nowhere = "http://127.0.0.1:9/simple"
        word = self.secret("netrc")
        self.write(".netrc", f"machine {HOST} login me password {word}\n")
        url = self.login(nowhere, "uv-toml")
        self.write(".config/uv/uv.toml", f'[[index]]\nurl = "{url}"\ndefault = true\n')

    def pip_conf(self, **options: str) -> None:
        lines = [f"{name.replace('_', '-')} = {value}" for name, value in options.items()]
        self.write(".config/pip/pip.conf", "\n".join(["[global]", *lines]) + "\n")

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "gpusetup", *words], env=self.environ, cwd=self.home,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *words: str, code: int | None = None) -> bytes:
        process = self.start(*words)
        said, _ = process.communicate(timeout=120)
        self.said.append((words, said))
        assert code is None or process.returncode == code, said.decode()
        return said

    def interrupt(self, *words: str, after: str) -> None:
        """Ctrl-C once the journal tells of a step."""
        before = self._told(after)
        process = self.start(*words)
        deadline = time.monotonic() + 60
        while self._told(after) == before:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        self.said.append((words, said))
        assert process.returncode == 130, said.decode()

    def _told(self, what: str) -> int:
        return sum(each.read_text().count(what) for each in self.home.rglob("journal.jsonl"))

    def leaks(self) -> list[str]:
        """Each place with where its secret turned up."""
        return [*self._in_words(), *self._in_files()]

    def _in_words(self) -> Iterator[str]:
        for place in self.places:
            for words, said in self.said:
                for spelled in spellings(place):
                    if spelled in said:
                        at = said.index(spelled)
                        yield f"{place}: {words}: ...{said[max(0, at - 200) : at + 40]!r}"

    def _in_files(self) -> Iterator[str]:
        for path in (*self.home.rglob("*"), *self.tmp.rglob("*")):
            if path.is_symlink() or not path.is_file() or path in self.planted:
                continue
            if path.name in OWNERS_ALONE and path.stat().st_mode & 0o077 == 0:
                continue
            content = path.read_bytes()
            for place in self.places:
                if any(spelled in content for spelled in spellings(place)):
                    yield f"{place}: {path}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@contextlib.contextmanager
def indexes(world: World, folder: Path) -> Iterator[Index]:
    """A package index and a wheel index that want a login, named as people name them."""
    for name, version in (("numpy", "2.0.0"), ("pip", "26.0"), ("rich", "14.0.0")):
        make_wheel(folder / "simple", name, version)
    make_wheel(folder / "simple", "torch", VERSION, tag=TAG)  # or it would count for no index
    make_wheel(folder / "cpu", "torch", f"{VERSION}+cpu", tag=TAG)
    with serve(folder) as index:
        simple = f"{index.url}/simple"
        world.environ["GPUSETUP_WHEEL_INDEX"] = world.login(index.url, "wheel-index")
        world.pip_conf(
            index_url=world.login(simple, "pip-index"),
            extra_index_url=world.login(f"{index.url}/more", "pip-extra"),
        )
        links = f"{index.url}/simple/rich/"
        world.environ["PIP_FIND_LINKS"] = world.login(links, "PIP_FIND_LINKS")
        world.environ["PIP_PROXY"] = world.login("http://127.0.0.1:9", "PIP_PROXY")
        yield index


WISHES = ("--python", PYTHON, "--torch", VERSION, "--origin", "wheel-index")
INIT = ("init", "--yes", "--no-bench", *WISHES)


def requirements(world: World, index: Index) -> str:
    extra = world.login(f"{index.url}/extra", "requirements-index")
    direct = world.login(f"{index.url}/simple/rich-14.0.0-py3-none-any.whl", "requirements-url")
    path = world.write("requirements.txt", f"--extra-index-url {extra}\nrich @ {direct}\ntorch\n")
    return str(path)


def test_uv(world: World, tmp_path: Path) -> None:
    with indexes(world, tmp_path / "served") as index:
        world.run("detect", "--verbose")
        world.run("detect", "--record", str(world.home / "profile.yaml"))
        world.run("detect", "--json", "--verbose")
        file = requirements(world, index)
        for words in (("--explain",), ("--json",), ("--script", "bash")):
            world.run("plan", "--requirements", file, *WISHES, *words, code=0)
        world.run("plan", "--wheelhouse", world.login(index.url, "wheelhouse"), "--json")
        world.run("plan", "--wheelhouse", world.login(index.url, "wheelhouse"))
        world.run(*INIT, "--dry-run", "--json", "--requirements", file)
        world.run(*INIT, "--with", "missing", code=3)
        world.run(*INIT, "--with", "missing", "--json", code=3)
        index.faults["/cpu/torch-"] = Fault(403, b"", only_whole=True)
        world.run(*INIT, "--verbose", "--requirements", file, code=4)
        world.run(*INIT, "--json", "--requirements", file, code=4)
        index.faults["/cpu/torch-"] = Fault(wait_s=30, only_whole=True)
        world.interrupt(*INIT, "--requirements", file, after="install")
        index.faults.clear()
        for name in ("INDEX_URL", "EXTRA_INDEX_URL"):
            world.environ[f"PIP_{name}"] = world.login(f"{index.url}/simple", f"PIP_{name}")
        world.run(*INIT, "--requirements", file, code=1)  # the stub's proof fails
        assert any(path.startswith("/simple/numpy") for path, _ in index.requests)
        for words in (("undo", "--list"), ("undo", "--list", "--json"), ("envs", "list", "--json")):
            world.run(*words)
        world.run("undo", "--yes", "--dry-run", "--json", code=0)
    assert "\n".join(world.leaks()) == ""


def test_the_report_of_a_mistake_of_ours(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "Planted-Token-77"
    monkeypatch.setenv("HF_TOKEN", token)
    monkeypatch.delenv("GPUSETUP_STATE", raising=False)
    try:
        raise ValueError(f"https://me:{secret('bug')}@host/t/{token}-2/x {token} #")
    except ValueError as error:
        text = write_bug_report(error).read_text()
    assert "ValueError: https://host/t/***/x *** #" in text
    assert token not in text


PACKAGE = "/conda-forge/linux-64/pytorch"


@pytest.fixture
def channels(tmp_path: Path, torch_python: str) -> Iterator[Index]:
    minor = python_of_torch()
    write_working_channels(tmp_path / "channels", torch_python, VERSION, minor)
    with serve(tmp_path / "channels") as index:
        yield index


def python_of_torch() -> str:
    return "3." + next(CACHE.glob("torch-*")).name.split("-cp3")[1].split("-")[0]


def wishes_of(engine: str) -> tuple[str, ...]:
    origin = ("--origin", "conda-forge", "--torch", VERSION)
    return ("--engine", engine, *origin, "--python", python_of_torch())


@pytest.mark.torch_env
@pytest.mark.slow
def test_the_built_in_conda_engine(world: World, channels: Index) -> None:
    wishes = wishes_of("rattler")
    init = ("init", "--yes", "--no-bench", *wishes)
    _name_channels(world, channels, "by the variable")
    for words in (("--json",), ("--script", "bash"), ("--explain",)):
        world.run("plan", *wishes, *words, code=0)
    world.run(*init, "--dry-run", "--json", code=0)
    world.run(*init, "--with", "missing", code=3)
    channels.faults[PACKAGE] = Fault(403, b"")
    world.run(*init, "--verbose", code=4)
    channels.faults.clear()
    world.run(*init, "--verbose", code=0)
    world.run("undo", "--list", "--json", code=0)
    world.run("envs", "list", "--json", code=0)
    world.run("undo", "--dry-run", code=0)
    world.run("matrix", "check", "--json", "--origin", "conda-forge", "--torch", VERSION)
    assert "\n".join(world.leaks()) == ""


@pytest.mark.torch_env
def test_the_built_in_conda_engine_with_condas_own_settings(world: World, channels: Index) -> None:
    init = ("init", "--yes", "--no-bench", *wishes_of("rattler"))
    _name_channels(world, channels, "in .condarc")
    world.run(*init, "--dry-run", "--json", code=0)
    channels.faults[PACKAGE] = Fault(wait_s=30)
    world.interrupt(*init, after='-create-env"')
    assert "\n".join(world.leaks()) == ""


@pytest.mark.torch_env
@pytest.mark.parametrize("named", ["by the variable", "in .condarc"])
def test_a_conda_of_the_users(world: World, channels: Index, tmp_path: Path, named: str) -> None:
    """It is not told a password in words: it would write them into the environment."""
    wishes = wishes_of("conda")
    world.environ["PATH"] = f"{write_shim(tmp_path / 'bin').parent}:/usr/bin:/bin"
    _name_channels(world, channels, named)
    for words in (("--json",), ("--script", "bash"), ()):
        world.run("plan", *wishes, *words)
    if named == "by the variable":  # what conda does with its own settings is conda's matter
        assert b"custom_channels" in world.run("init", "--yes", "--no-bench", *wishes, code=3)
    assert "\n".join(world.leaks()) == ""


def _name_channels(world: World, index: Index, named: str) -> None:
    token = world.secret("conda-token").replace("%40", "")
    (index.root / "t").mkdir()
    (index.root / "t" / token).symlink_to(index.root)
    if named == "by the variable":
        world.environ["GPUSETUP_CHANNELS"] = world.login(index.url, "channels")
        return
    own = world.login(index.url, "custom-channels")
    proxy = world.login("http://127.0.0.1:9", "condarc-proxy")
    world.write(
        ".condarc",
        f"channel_alias: {index.url}/t/{token}\ncustom_channels: {{conda-forge: '{own}'}}\n"
        f"proxy_servers: {{https: '{proxy}'}}\nchannels: ['{own}/conda-forge']\n",
    )
