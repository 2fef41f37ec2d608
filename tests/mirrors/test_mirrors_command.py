"""`gpusetup mirrors` from end to end, against the lab's mirrors, with real clients afterwards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import uv

from tests.lab.conda_shim import write_shim
from tests.lab.terminal import CTRL_C, ENTER, Terminal
from tests.mirrors.configurations import PIP_OF_BLOGS, TUNA_2020
from tests.mirrors.scene import Scene

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


def test_what_stays_wrong_is_named(scene: Scene) -> None:
    scene.put("pip", PIP_OF_BLOGS)
    found = scene.document("--tuna", "--dry-run", "--for", "pip")
    assert [(each["code"], each["key"]) for each in found["flaws"]] == [
        ("trusted-host", "install.trusted-host")
    ]


def test_pixi_gets_a_fall_back_order(scene: Scene) -> None:
    scene.document("--tuna", "--for", "pixi")
    text = scene.path("pixi").read_text()
    cloud = "anaconda/cloud/conda-forge"
    assert f'"{scene.official.url}/{cloud}" = ["{scene.tuna.url}/{cloud}", "{scene.official.url}/{cloud}"]' in text  # fmt: skip


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
