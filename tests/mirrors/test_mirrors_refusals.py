"""`gpusetup mirrors` where a mirror, a file or a client is in no state to be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.lab import mirror_content as content
from tests.lab.conda_shim import write_shim
from tests.lab.mirror_sites import Lab
from tests.mirrors.configurations import BROKEN, PIP_OF_BLOGS
from tests.mirrors.scene import SECRET, Scene, row_of


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
        "official": row_of(scene.official, ("conda-forge", "pytorch", "nvidia"), wheels=True),
        "tuna": row_of(scene.tuna, ("conda-forge", "pytorch"), wheels=False),
        "bfsu": row_of(other, ("conda-forge", "pytorch"), wheels=False),
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
    rows = {name: row_of(nobody, ("conda-forge",), wheels=True) for name in ("official", "tuna")}
    content.write_mirrors(scene.home / "compat", rows)
    scene.put("pip", PIP_OF_BLOGS)
    before = scene.files()
    assert scene.document(word, "--dry-run", code=3)["schema"] == "gpusetup.error/1"
    assert scene.files() == before


@pytest.mark.parametrize("word", ["--tuna", "--fastest"])
def test_a_proxy_that_is_not_running_is_named(scene: Scene, mirror_lab: Lab, word: str) -> None:
    nobody = mirror_lab.nobody()
    rows = {name: row_of(nobody, ("conda-forge",), wheels=True) for name in ("official", "tuna")}
    content.write_mirrors(scene.home / "compat", rows)
    dead = {"https_proxy": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
    error = scene.document(word, "--dry-run", code=3, **dead)
    assert error["code"] == "mirrors.dead-proxy"
    assert error["facts"]["proxy"] == "http://127.0.0.1:9"
    assert "unset http_proxy" in error["next"]
    shown = scene.run("--show", **dead)
    assert "nobody answers there" in " ".join(shown.stderr.split()), shown.stderr
    assert "--fastest" not in shown.stderr


def test_an_address_in_plain_http_is_no_redirect(scene: Scene) -> None:
    scene.put("pip", "[global]\nindex-url = http://mirrors.example/simple\n")
    found = scene.document("--show", "--for", "pip")
    assert [each["answer"]["cause"] for each in found["uses"]] == ["not-encrypted"]


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


def test_a_folder_or_a_pipe_in_the_place_of_a_file_is_refused(scene: Scene) -> None:
    path = scene.path("conda")
    path.mkdir()
    assert scene.document("--tuna", code=3)["code"] == "mirrors.folder"
    path.rmdir()
    os.mkfifo(path)
    assert scene.document("--tuna", code=2)["code"] == "mirrors.broken"


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
