"""`gpusetup mirrors` from end to end, against the lab's mirrors, with real clients afterwards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uv

from gpusetup.cli.mirrors_needs import circumstances
from gpusetup.mirrors.catalogue import Client
from gpusetup.mirrors.wheels import WantedWheel
from tests.lab import mirror_content as content
from tests.lab.conda_shim import write_shim
from tests.lab.mirror_sites import Lab, Site
from tests.lab.wheels import make_wheel
from tests.mirrors.configurations import BROKEN, PIP_OF_BLOGS, TUNA_2020
from tests.terminal import CTRL_C, ENTER, Terminal

SECRET = "s3cr3t-pw"


@dataclass(frozen=True)
class Scene:
    """A home, a mirror named tuna and the official sources, in the lab."""

    home: Path
    official: Site
    tuna: Site
    environ: dict[str, str]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gpusetup", "mirrors", *words], capture_output=True, text=True,
            timeout=120, check=False, cwd=self.home, env={**self.environ, **more},
        )  # fmt: skip

    def document(self, *words: str, code: int = 0, **more: str) -> dict[str, Any]:
        done = self.run(*words, "--json", **more)
        assert done.returncode == code, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    def path(self, client: str) -> Path:
        names = {"conda": ".condarc", "pip": ".config/pip/pip.conf", "uv": ".config/uv/uv.toml", "pixi": ".pixi/config.toml"}  # fmt: skip
        return self.home / names[client]

    def put(self, client: str, text: str | bytes) -> Path:
        path = self.path(client)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def files(self) -> dict[str, bytes]:
        """All files of the home but our own notes and the clients' caches."""
        kept = [each for each in self.home.rglob("*") if each.is_file()]
        parts = {each: each.relative_to(self.home).parts for each in kept}
        return {str(each.relative_to(self.home)): each.read_bytes() for each in kept if not {".local", ".cache", "bin", "compat"} & set(parts[each])}  # fmt: skip


@pytest.fixture(scope="session")
def wanted() -> tuple[WantedWheel | None, WantedWheel | None]:
    """The wheels of torch for the machine that runs the tests."""
    needs, _ = circumstances(tuple(Client))
    return needs.index_wheel, needs.wheel


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory, wanted: tuple[WantedWheel | None, WantedWheel | None]) -> tuple[Path, Path]:  # fmt: skip
    """What the official sources hold, and what the mirror does: no nvidia, no wheels."""
    official, tuna = tmp_path_factory.mktemp("official"), tmp_path_factory.mktemp("tuna")
    content.write_channels(official, ("conda-forge", "pytorch", "nvidia", "main"))
    content.write_channels(tuna, ("conda-forge", "pytorch", "main"))
    for root in (official, tuna):
        (root / "anaconda" / "cloud" / "main").rename(root / "anaconda" / "main")
        (root / "anaconda" / "pkgs").mkdir()
        (root / "anaconda" / "main").rename(root / "anaconda" / "pkgs" / "main")
        content.write_index(root)
        _publish(root, "simple/torch", "packages", wanted[0])
    _publish(official, f"whl/{wanted[1].build}/torch" if wanted[1] else "", "whl", wanted[1])
    return official, tuna


def _publish(root: Path, page: str, folder: str, wheel: WantedWheel | None) -> None:
    if wheel is None:
        content.publish(root / "simple" / "torch", make_wheel(root / "packages", "torch", "2.0.0"))
        return
    system, _, arch = wheel.platform.partition("-")
    platforms = {
        "linux": f"manylinux_2_28_{arch}",
        "macos": f"macosx_11_0_{arch}",
        "windows": "win_amd64",
    }
    tag = f"{wheel.python}-{wheel.python}-{platforms[system]}"
    made = make_wheel(
        root / folder, "torch", wheel.version, tag=tag, files={"filler.txt": "x" * 9000}
    )
    content.publish(root / page, made)


@pytest.fixture
def scene(mirror_lab: Lab, roots: tuple[Path, Path], home: Path) -> Scene:
    official, tuna = (mirror_lab.site(root) for root in roots)
    rows = {
        "official": _row(official, ("conda-forge", "pytorch", "nvidia"), wheels=True),
        "tuna": _row(tuna, ("conda-forge", "pytorch"), wheels=False),
    }
    compat = content.write_mirrors(home / "compat", rows)
    environ = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("PIP_", "UV_", "CONDA_"))
    }
    (home / "bin").mkdir()
    for name in ("pip",):
        (home / "bin" / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n')
        (home / "bin" / name).chmod(0o755)
    environ |= {
        **mirror_lab.environ,
        "GPUSETUP_COMPAT": str(compat),
        "PATH": f"{home / 'bin'}:/usr/bin:/bin",
    }
    return Scene(home, official, tuna, environ)


def _row(site: Site, channels: tuple[str, ...], *, wheels: bool) -> dict[str, object]:
    cloud = content.row(base=f"{site.url}/anaconda/cloud", names=list(channels))
    main = content.row(base=f"{site.url}/anaconda", names=["pkgs/main"])
    return content.mirror(
        site, channels=[cloud, main], wheels=[content.row(url=f"{site.url}/whl", layout="pep503")] if wheels else [],
    )  # fmt: skip


KEYS = [
    "schema", "action", "mirror", "dry_run", "changed", "clients", "routes", "notes", "verdicts",
    "files", "environment", "checks", "uses", "flaws", "run", "seconds", "received_mib",
]  # fmt: skip


def test_a_dry_run_shows_all_and_changes_nothing(scene: Scene) -> None:
    before = scene.files()
    found = scene.document("--tuna", "--dry-run")
    assert list(found) == KEYS
    assert (found["schema"], found["action"], found["mirror"]) == (
        "gpusetup.mirrors/1",
        "use",
        "tuna",
    )
    assert (found["dry_run"], found["changed"], found["run"]) == (True, False, None)
    assert found["clients"] == ["conda", "pip", "uv"]
    routes = {(each["service"], each["name"]): each["mirror"] for each in found["routes"]}
    assert routes[("index", "")] == routes[("channel", "conda-forge")] == "tuna"
    assert routes[("channel", "nvidia")] == routes[("wheels", "")] == "official"
    assert [each["action"] for each in found["files"]] == ["write"] * 3
    assert all(f"+index-url = {scene.tuna.url}/simple" in each["diff"] for each in found["files"] if each["client"] == "pip")  # fmt: skip
    assert scene.files() == before
    again = scene.document("--tuna", "--dry-run")
    assert {key: again[key] for key in ("routes", "files", "notes", "clients")} == {key: found[key] for key in ("routes", "files", "notes", "clients")}  # fmt: skip


def test_a_mirror_is_set_used_by_real_clients_and_taken_back(scene: Scene, tmp_path: Path) -> None:
    before = scene.files()
    found = scene.document("--tuna")
    assert found["changed"]
    assert {each["client"]: each["status"] for each in found["checks"]} == {"conda": "not-asked", "pip": "agrees", "uv": "agrees"}  # fmt: skip
    assert f"nvidia: {scene.official.url}/anaconda/cloud" in scene.path("conda").read_text()

    _pip(
        scene,
        "install",
        "-q",
        "--no-deps",
        "--no-cache-dir",
        "--target",
        str(tmp_path / "by-pip"),
        "filelock",
    )
    assert (tmp_path / "by-pip" / "filelock").is_dir()
    _uv(
        scene,
        "pip",
        "install",
        "-q",
        "--no-cache",
        "--target",
        str(tmp_path / "by-uv"),
        "--python",
        sys.executable,
        "filelock",
    )
    assert (tmp_path / "by-uv" / "filelock").is_dir()
    agents = [agent.split("/")[0] for agent in scene.tuna.asked("/simple/filelock/")]
    assert agents == ["pip", "uv"]
    assert scene.official.asked("/simple/filelock/") == []

    again = scene.document("--tuna")
    assert not again["changed"]
    assert [each["action"] for each in again["files"]] == ["same"] * 3
    back = scene.document("--restore")
    assert back["changed"]
    assert scene.files() == before
    assert not scene.document("--restore")["changed"]


def _pip(scene: Scene, *words: str) -> None:
    subprocess.run([scene.home / "bin" / "pip", *words], env=scene.environ, check=True, timeout=120)


def _uv(scene: Scene, *words: str) -> None:
    subprocess.run(
        [uv.find_uv_bin(), *words], env=scene.environ, check=True, timeout=120, cwd=scene.home
    )


def test_conda_solves_and_installs_through_the_written_condarc(
    scene: Scene, tmp_path: Path
) -> None:
    """And nvidia, which the mirror has not, comes from a source that has it."""
    write_shim(scene.home / "bin")
    found = scene.document("--tuna", "--for", "conda")
    (check,) = found["checks"]
    assert check["status"] == "agrees", check
    prefix = tmp_path / "env"
    conda = [
        str(scene.home / "bin" / "conda"),
        "create",
        "--prefix",
        str(prefix),
        "--yes",
        "--json",
    ]
    done = subprocess.run(
        [*conda, "-c", "nvidia", "conda-forge-tool", "nvidia-tool"],
        env=scene.environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    fetched = {each["name"]: each["url"] for each in json.loads(done.stdout)["actions"]["FETCH"]}
    assert fetched["conda-forge-tool"].startswith(f"{scene.tuna.url}/anaconda/cloud/conda-forge/")
    assert fetched["nvidia-tool"].startswith(f"{scene.official.url}/anaconda/cloud/nvidia/")
    assert (prefix / "share" / "tool.txt").read_text() == "tool\n"


def test_a_conda_that_stops_at_the_new_file_gets_its_old_one_back(scene: Scene) -> None:
    shim = write_shim(scene.home / "bin")
    shim.write_text(
        f'#!/bin/sh\ngrep -q custom_channels "$HOME/.condarc" && {{ echo "CondaError: no"; exit 1; }}\nexec {shim}.real "$@"\n'
    )
    real = write_shim(scene.home / "bin" / "x")
    real.rename(f"{shim}.real")
    scene.put("conda", "channels: [conda-forge]\n")
    found = scene.document("--tuna", code=4)
    assert found["code"] == "mirrors.client-broke"
    assert "CondaError: no" in found["text"]
    assert scene.path("conda").read_text() == "channels: [conda-forge]\n"
    assert not scene.path("pip").exists()


def test_a_stronger_file_and_a_variable_are_named(scene: Scene) -> None:
    prefix = scene.home / "env"
    prefix.mkdir()
    (prefix / "pip.conf").write_text("[global]\nindex-url = https://b.example/simple\n")
    found = scene.document(
        "--tuna",
        "--for",
        "pip,uv",
        VIRTUAL_ENV=str(prefix),
        UV_DEFAULT_INDEX="https://c.example/simple",
    )
    checks = {each["client"]: each for each in found["checks"]}
    assert [each["status"] for each in checks.values()] == ["overruled", "overruled"]
    assert checks["pip"]["overruled"][0]["found"]["origin"] == str(prefix / "pip.conf")
    assert checks["uv"]["overruled"][0]["found"]["origin"] == "UV_DEFAULT_INDEX"


def test_a_mirror_that_fails_is_not_written_and_another_is_named(scene: Scene, mirror_lab: Lab, roots: tuple[Path, Path]) -> None:  # fmt: skip
    other = mirror_lab.site(roots[1])
    rows = {
        "official": _row(scene.official, ("conda-forge", "pytorch", "nvidia"), wheels=True),
        "tuna": _row(scene.tuna, ("conda-forge", "pytorch"), wheels=False),
        "bfsu": _row(other, ("conda-forge", "pytorch"), wheels=False),
    }
    content.write_mirrors(scene.home / "compat", rows)
    scene.tuna.behave("/simple/", refuses="^pip/")
    before = scene.files()
    found = scene.document("--tuna", code=3)
    assert found["code"] == "mirrors.failed"
    assert (found["facts"]["status"], found["facts"]["client"]) == (403, "pip")
    assert (found["facts"]["host"], found["facts"]["best"]) == (scene.tuna.host, "bfsu")
    assert "--use bfsu" in found["next"]
    assert scene.files() == before


@pytest.mark.parametrize("word", ["--tuna", "--fastest"])
def test_without_a_network_nothing_is_touched(scene: Scene, mirror_lab: Lab, word: str) -> None:
    nobody = mirror_lab.nobody()
    rows = {name: _row(nobody, ("conda-forge",), wheels=True) for name in ("official", "tuna")}
    content.write_mirrors(scene.home / "compat", rows)
    scene.put("pip", PIP_OF_BLOGS)
    before = scene.files()
    assert scene.document(word, "--dry-run", code=3)["schema"] == "gpusetup.error/1"
    assert scene.files() == before


@pytest.mark.parametrize(
    "file", BROKEN[:1] + BROKEN[10:11] + BROKEN[15:16], ids=lambda file: file.client.value
)
def test_a_broken_file_stops_it_before_anything_is_asked(scene: Scene, file: Any) -> None:
    scene.put(file.client.value, file.content)
    before = scene.files()
    found = scene.document("--tuna", code=2)
    assert (found["code"], found["facts"]["line"]) == ("mirrors.broken-line", file.line)
    assert scene.files() == before
    assert scene.tuna.requests == []


def test_a_broken_file_of_one_client_does_not_hold_up_the_others(scene: Scene) -> None:
    scene.put("conda", BROKEN[0].content)
    assert scene.document("--tuna", "--dry-run", "--for", "pip,uv")["clients"] == ["pip", "uv"]


def test_no_password_is_ever_shown(scene: Scene) -> None:
    scene.put(
        "conda",
        f"proxy_servers:\n  https: http://zhang:{SECRET}@proxy.example:8080\nchannels:\n  - https://lab.example/t/{SECRET}/lab\n",
    )
    scene.put("pip", f"[global]\nextra-index-url = https://zhang:{SECRET}@lab.example/simple\n")
    scene.put(
        "uv", f'[[index]]\nurl = "https://zhang:{SECRET}@lab.example/simple"\ndefault = true\n'
    )
    said = [
        scene.run(*words)
        for words in (("--tuna",), ("--show", "--json"), ("--restore", "--dry-run", "--json"))
    ]
    assert [each.returncode for each in said] == [0, 0, 0]
    assert all(SECRET not in each.stdout + each.stderr for each in said)
    assert "extra-index-url" in said[0].stdout
    assert SECRET in scene.path("pip").read_text()
    assert scene.path("uv").read_text().count("url") == 1  # a private index stays
    notes = [
        each
        for each in (scene.home / ".local").rglob("*")
        if each.is_file() and "kept" not in each.parts
    ]
    assert notes
    assert all(SECRET not in each.read_text() for each in notes)


def test_variables_only(scene: Scene) -> None:
    before = scene.files()
    done = scene.run("--tuna", "--env-only")
    assert done.returncode == 0, done.stderr
    found = dict(re.findall(r"^export (\w+)=(\S+)$", done.stdout, re.MULTILINE))
    assert len(found) == len(done.stdout.splitlines())
    assert found["PIP_INDEX_URL"] == found["UV_DEFAULT_INDEX"] == f"{scene.tuna.url}/simple"
    assert found["CONDA_CHANNELS"] == f"{scene.tuna.url}/anaconda/cloud/conda-forge"
    assert scene.files() == before
    assert scene.document("--tuna", "--env-only")["environment"] == found


def test_what_is_used_now_and_what_is_wrong(scene: Scene) -> None:
    scene.put("conda", TUNA_2020.replace("https://mirrors.tuna.tsinghua.edu.cn", scene.tuna.url))
    scene.put("pip", f"[global]\nindex-url = {scene.tuna.url}/simple\n")
    found = scene.document("--show")
    assert list(found) == KEYS
    uses = {(each["client"], each["name"] or each["service"]): each for each in found["uses"]}
    pip, forge = uses[("pip", "index")], uses[("conda", "conda-forge")]
    assert (pip["answer"]["ok"], pip["origin"]) == (True, str(scene.path("pip")))
    assert forge["answer"]["mib_per_s"] > 0
    assert uses[("conda", "pkgs/free")]["answer"]["status"] == 404
    codes = [each["code"] for each in found["flaws"]]
    assert codes == ["dead-channel", "dead-channel", "channel-alias"]
    assert all(each["repair"] for each in found["flaws"])


def test_a_client_that_reads_no_file_is_left_out_and_named(scene: Scene) -> None:
    found = scene.document("--tuna", "--dry-run", PIP_CONFIG_FILE=os.devnull)
    assert found["clients"] == ["conda", "uv"]
    assert [
        (each["client"], each["path"]) for each in found["files"] if each["action"] == "no-file"
    ] == [("pip", "PIP_CONFIG_FILE")]
    assert (
        scene.document("--tuna", "--for", "pip", code=3, PIP_CONFIG_FILE=os.devnull)["code"]
        == "mirrors.no-file"
    )


def test_what_stays_wrong_is_named(scene: Scene) -> None:
    scene.put("pip", PIP_OF_BLOGS)
    found = scene.document("--tuna", "--dry-run", "--for", "pip")
    assert [(each["code"], each["key"]) for each in found["flaws"]] == [
        ("trusted-host", "install.trusted-host")
    ]


def test_a_folder_or_a_pipe_in_the_place_of_a_file_is_refused(scene: Scene) -> None:
    path = scene.path("conda")
    path.mkdir()
    assert scene.document("--tuna", code=3)["code"] == "mirrors.folder"
    path.rmdir()
    os.mkfifo(path)
    assert scene.document("--tuna", code=2)["code"] == "mirrors.broken"


def test_pixi_gets_a_fall_back_order(scene: Scene) -> None:
    scene.document("--tuna", "--for", "pixi")
    text = scene.path("pixi").read_text()
    cloud = "anaconda/cloud/conda-forge"
    assert f'"{scene.official.url}/{cloud}" = ["{scene.tuna.url}/{cloud}", "{scene.official.url}/{cloud}"]' in text  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--tuna", "--fastest"), "mirrors.one-action"),
        (("--use", "nowhere"), "mirrors.unknown"),
        (("--use", "official"), "mirrors.use-official"),
        (("--tuna", "--for", "npm"), "mirrors.unknown-client"),
        (("--env-only",), "mirrors.env-only-alone"),
    ],
)
def test_wrong_usage_is_explained(scene: Scene, words: tuple[str, ...], code: str) -> None:
    found = scene.document(*words, code=2)
    assert found["code"] == code
    assert found["next"]


def test_at_a_terminal_the_change_is_shown_and_asked_for_once(scene: Scene) -> None:
    scene.put("pip", "[global]\ntimeout = 60\n")
    before = scene.files()
    for keys in ("n", CTRL_C):
        with _terminal(scene, "--tuna", "--for", "pip") as terminal:
            shown = terminal.wait("Write this?", 60)
            assert f"+index-url = {scene.tuna.url}/simple" in shown
            terminal.type(keys)
            assert terminal.finish() == 130
        assert scene.files() == before
    with _terminal(scene, "--tuna", "--for", "pip", "--lang", "zh", columns=40) as terminal:
        terminal.wait("确定写入吗？", 60)
        terminal.type(ENTER)
        assert terminal.finish(60) == 0
        assert "pip 确认已使用新地址" in terminal.flat()
    assert (
        scene.path("pip").read_text()
        == f"[global]\ntimeout = 60\nindex-url = {scene.tuna.url}/simple\n"
    )


def _terminal(scene: Scene, *words: str, columns: int = 80) -> Terminal:
    return Terminal(
        [sys.executable, "-m", "gpusetup", "mirrors", *words], columns=columns, env=scene.environ, cwd=str(scene.home)
    )  # fmt: skip
