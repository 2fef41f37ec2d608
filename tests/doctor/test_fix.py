"""`doctor --fix` on things that are really broken: found, repaired, checked again, taken back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

from tests.doctor.lab import Broken, broken, ids, like_conda, only_home, outcomes, put, torch_wheel
from tests.fixtures.drivers import LAPTOP, FakeDriver
from tests.fixtures.torch_env import CACHE, pip_settings, uv
from tests.lab.index import Index, serve
from tests.lab.terminal import ENTER, Terminal, gpusetup
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="paths and shells of Linux")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index of wheels on this machine."""
    with serve(tmp_path / "index") as served:
        yield served


# packages of an environment


def test_torchvision_is_brought_into_step(tmp_path: Path, home: Path, index: Index) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.13.0+cpu", None)
    old = make_wheel(index.root / "cpu", "torchvision", "0.20.1+cpu", requires=["torch==2.5.1"])
    make_wheel(index.root / "cpu", "torchvision", "0.28.0+cpu", requires=["torch==2.13.0"])
    environment = broken(tmp_path / "env", home, [torch, old], GPUSETUP_WHEEL_INDEX=index.url)
    before = environment.installed()
    settings = tmp_path / "env" / "gpusetup" / "uv.toml"
    settings.parent.mkdir()
    settings.write_text("# as the environment was made\n")

    document = environment.doctor("--fix", "--yes")

    assert settings.read_text() == "# as the environment was made\n"
    assert outcomes(document) == {"packages.torchvision-mismatch": "fixed"}
    assert environment.installed()["torchvision"] == "0.28.0+cpu"
    environment.undo()
    assert environment.installed() == before


def test_numpy_goes_back_a_generation(tmp_path: Path, home: Path, index: Index) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.1.0+cpu", None)
    new = make_wheel(index.root / "simple", "numpy", "2.3.0")
    make_wheel(index.root / "simple", "numpy", "1.26.4")
    config = home / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(f"[global]\nindex-url = {index.url}/simple\n")
    environment = broken(tmp_path / "env", home, [torch, new])
    before = environment.installed()

    document = environment.doctor("packages.numpy-abi", "--fix", "--yes")

    assert outcomes(document) == {"packages.numpy-abi": "fixed"}
    assert environment.installed()["numpy"] == "1.26.4"
    environment.undo()
    assert environment.installed() == before


def test_a_cpu_build_beside_a_gpu_gets_a_plan(
    tmp_path: Path, home: Path, fake_driver: FakeDriver
) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.13.0+cpu", None)
    fake_driver.nvml(LAPTOP).cuda(13000).module("580.95.05")
    environment = broken(tmp_path / "env", home, [torch], **fake_driver.environment({}))

    document = environment.doctor()

    found = next(each for each in document["findings"] if each["id"] == "torch.cpu-build")
    steps = found["remedy"]["steps"]
    assert ids(document)[0] == "torch.cpu-build"
    assert found["remedy"]["by_hand"] is False
    assert "install-torch" in [each["id"] for each in steps]
    project = next(each for each in steps if str(each["path"]).endswith("pyproject.toml"))
    assert "torch==2.13.0+cu126" in project["diff"] or "torch==2.13.0" in project["diff"]
    assert environment.installed() == {"torch": "2.13.0+cpu"}  # looked at, not changed


@pytest.mark.torch_env
@pytest.mark.skipif("Path('/dev/nvidia0').exists()", reason="a machine with a GPU gets CUDA")
def test_a_cuda_build_that_cannot_start_becomes_a_cpu_build(
    tmp_path: Path, home: Path, torch_python: str, fake_driver: FakeDriver
) -> None:
    wheel = make_wheel(
        tmp_path / "wheels", "torch", "2.13.0+cu126",
        files={
            "torch/version.py": "__version__ = '2.13.0+cu126'\ncuda = '12.6'\n",
            "torch/__init__.py": "raise ImportError('libcublas.so.12: cannot open shared object "
            "file: No such file or directory')\n",
        },
    )  # fmt: skip
    settings = {
        f"PIP_{key.upper().replace('-', '_')}": each for key, each in pip_settings().items()
    }
    settings.update(fake_driver.environment({}), UV_CACHE_DIR=str(CACHE / "uv"))
    settings.pop("GPUSETUP_ROOT")  # only the machine itself is repaired
    environment = broken(tmp_path / "env", home, [wheel], **settings)

    document = environment.doctor("--fix", "--yes")

    assert outcomes(document) == {"packages.cuda-library-missing": "fixed"}
    assert environment.installed()["torch"].endswith("+cpu")
    assert document["verdict"] == "healthy"
    environment.undo()
    assert environment.installed() == {"torch": "2.13.0+cu126"}


def test_personal_packages_are_kept_out_of_one_environment(tmp_path: Path, home: Path) -> None:
    prefix = tmp_path / "env"
    put(like_conda(prefix), torch_wheel(tmp_path / "wheels", "2.13.0+cpu", None))
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    personal = home / ".local" / "lib" / version / "site-packages"
    put(personal, torch_wheel(tmp_path / "wheels", "2.5.1+cu124", "12.4"))
    environment = Broken(prefix, home, {"HOME": str(home)})

    document = environment.doctor("environment.user-site-shadows", "--fix", "--yes")

    assert outcomes(document) == {"environment.user-site-shadows": "fixed"}
    assert (personal / "torch" / "version.py").is_file()  # it stays for everybody else
    environment.undo()
    assert "environment.user-site-shadows" in ids(environment.doctor())


# files of the user


def test_an_overwritten_library_path_is_added_to_instead(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "lib64"
    folder.mkdir()
    old = f"# mine\nalias ll='ls -l'\nexport LD_LIBRARY_PATH={folder}\nexport EDITOR=vi\n"
    (home / ".bashrc").write_text(old)
    environment = only_home(home)

    document = environment.doctor("--fix", "--yes")

    assert outcomes(document) == {"shell.library-path-overwritten": "fixed"}
    assert (home / ".bashrc").read_text() == (
        "# mine\nalias ll='ls -l'\n"
        "# >>> gpusetup: behind what others have set >>>\n"
        f"# export LD_LIBRARY_PATH={folder}\n"
        f'export LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}{folder}"\n'
        "# <<< gpusetup <<<\n"
        "export EDITOR=vi\n"
    )
    environment.undo()
    assert (home / ".bashrc").read_text() == old


def test_a_file_that_was_edited_since_is_kept(home: Path) -> None:
    bashrc = home / ".bashrc"
    bashrc.write_text("export LD_LIBRARY_PATH=/usr/local/cuda-10.0/lib64\n")
    environment = only_home(home)
    environment.doctor("--fix", "--yes")
    bashrc.write_text(bashrc.read_text() + "alias mine=ls\n")

    document = environment.undo()

    assert [each["kind"] for each in document["actions"]] == ["keep"]
    assert "alias mine=ls" in bashrc.read_text()


CONDARC = """\
# my channels
channels:
  - https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/free/
  - defaults
show_channel_urls: true
"""


@pytest.mark.parametrize(
    ("path", "text", "finding", "kept"),
    [
        (".condarc", CONDARC, "conda.dead-channel", "  - defaults\n"),
        (
            ".condarc",
            "channels:\n  - conda-forge\nchannels:\n  - defaults\n",
            "conda.config-broken",
            "channels:\n  - defaults\n",
        ),
        (
            ".condarc",
            "ssl_verify: true\nchannels: [defaults\n",
            "conda.config-broken",
            "ssl_verify",
        ),
        (
            ".config/pip/pip.conf",
            "[global]\ntimeout = 60\nindex-url = http://127.0.0.1:9/simple\n",
            "pip.dead-index",
            "timeout = 60\n",
        ),
        (
            ".config/pip/pip.conf",
            "index-url = https://mirror.example/simple\n[global]\ntimeout = 60\n",
            "pip.config-broken",
            "[global]\ntimeout = 60\n",
        ),
        (".config/uv/uv.toml", "native-tls true\noffline = false\n", "uv.config-broken", "offline"),
    ],
)
def test_a_file_of_an_installer_is_repaired(
    home: Path, path: str, text: str, finding: str, kept: str
) -> None:
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    environment = only_home(home)

    document = environment.doctor("--fix", "--yes")

    assert outcomes(document) == {finding: "fixed"}
    made = file.read_text()
    assert kept in made
    assert [line for line in made.splitlines() if line.startswith("# >>> gpusetup: ")]
    environment.undo()
    assert file.read_text() == text


def test_a_damaged_package_leaves_the_cache(tmp_path: Path, home: Path) -> None:
    cache = tmp_path / "cache"
    wheel = make_wheel(tmp_path / "wheels", "mine", "1.0", files={"mine/data.py": "x = 1\n" * 50})
    environment = broken(tmp_path / "env", home, [], UV_CACHE_DIR=str(cache))

    def install() -> None:
        words = ("--cache-dir", str(cache), "--link-mode", "copy", "--reinstall", str(wheel))
        uv("pip", "install", "--python", environment.python, *words)

    install()
    [data] = cache.glob("archive-v0/*/mine/data.py")
    data.write_text("x = 1\n")

    document = environment.doctor("cache.damaged", "--fix", "--yes")

    assert outcomes(document) == {"cache.damaged": "fixed"}
    environment.undo()
    assert data.read_text() == "x = 1\n"
    environment.doctor("cache.damaged", "--fix", "--yes")
    install()
    installed = next((tmp_path / "env" / "lib").glob("python3*/site-packages/mine/data.py"))
    assert len(installed.read_text().splitlines()) == 50
    assert len(list(cache.glob("*.damaged"))) == 1
    assert environment.undo()["state"] == "undone"  # what is new stays


# manners


def test_without_a_terminal_nothing_is_asked_and_nothing_changed(home: Path) -> None:
    text = "export LD_LIBRARY_PATH=/usr/local/cuda-10.0/lib64\n"
    (home / ".bashrc").write_text(text)
    document = only_home(home).doctor("--fix")
    assert (document["schema"], document["exit"]) == ("gpusetup.error/1", 2)
    assert (home / ".bashrc").read_text() == text


def test_a_home_in_order_has_nothing_to_fix(home: Path) -> None:
    document = only_home(home).doctor("--fix", "--yes")
    assert document["fixes"] == []
    assert not (home / ".local" / "state" / "gpusetup" / "runs").exists()


@pytest.mark.parametrize(
    ("language", "question"), [("en", "Repair this now?"), ("zh", "现在修复吗")]
)
def test_it_shows_asks_and_tells_in_a_terminal(home: Path, language: str, question: str) -> None:
    bashrc = home / ".bashrc"
    old = "export LD_LIBRARY_PATH=/usr/local/cuda-10.0/lib64\n"
    bashrc.write_text(old)
    words = gpusetup("doctor", "--fix", "--lang", language)
    with Terminal(words, columns=60, env={"HOME": str(home)}) as terminal:
        shown = terminal.wait(question)
        assert ".bashrc" in shown
        terminal.type("n" + ENTER)
        assert terminal.finish() == 130
    assert bashrc.read_text() == old
    with Terminal(words, columns=60, env={"HOME": str(home)}) as terminal:
        terminal.wait(question)
        terminal.type("y" + ENTER)
        assert terminal.finish() == 0
        assert "undo" in terminal.flat()
    assert bashrc.read_text().startswith("# >>> gpusetup")
