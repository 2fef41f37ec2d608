"""pip's configuration is read as pip reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.machine import Installers, Status
from gpusetup.probe.pip import config_paths, read_pip
from gpusetup.probe.world import World
from tests.probe.tree import world

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the paths of Linux")

USER = "/home/alice/.config/pip/pip.conf"
OLD_USER = "/home/alice/.pip/pip.conf"


def settings(root: Path, files: dict[str, str], **environ: str) -> Installers:
    return read_pip(world(root, files, **environ))[0]


def test_files_are_read_from_the_weakest_to_the_strongest(tmp_path: Path) -> None:
    here = world(tmp_path, VIRTUAL_ENV="/venv", XDG_CONFIG_DIRS="/etc/one:/etc/two")
    assert config_paths(here) == (
        "/etc/one/pip/pip.conf",
        "/etc/two/pip/pip.conf",
        "/etc/pip.conf",
        OLD_USER,
        USER,
        "/venv/pip.conf",
    )


def test_the_users_file_beats_the_systems_and_the_environments_beats_both(tmp_path: Path) -> None:
    files = {
        "/etc/pip.conf": "[global]\nindex-url = https://one.example/simple\ncert = /etc/ca.pem\n",
        USER: "[global]\nindex_url = https://two.example/simple\n",
    }
    assert settings(tmp_path, files).index_url == "https://two.example/simple"
    files["/venv/pip.conf"] = "[global]\nindex-url = https://three.example/simple\n"
    found = settings(tmp_path, files, VIRTUAL_ENV="/venv")
    assert found.index_url == "https://three.example/simple"
    assert found.cert == "/etc/ca.pem"
    assert found.pip_config_files == ("/etc/pip.conf", USER, "/venv/pip.conf")


def test_the_install_section_beats_the_global_one_of_any_file(tmp_path: Path) -> None:
    files = {
        "/etc/pip.conf": "[install]\nindex-url = https://install.example/simple\n",
        USER: "[global]\nindex-url = https://global.example/simple\n",
    }
    assert settings(tmp_path, files).index_url == "https://install.example/simple"


def test_variables_beat_files_and_empty_ones_do_not_count(tmp_path: Path) -> None:
    files = {USER: "[global]\nindex-url = https://file.example/simple\nproxy = http://p:1\n"}
    found = settings(tmp_path, files, PIP_INDEX_URL="https://env.example/simple", PIP_PROXY="")
    assert found.index_url == "https://env.example/simple"
    assert found.proxy == "http://p:1"


def test_lists_are_split_at_blanks_and_lines(tmp_path: Path) -> None:
    text = (
        "[global]\nextra-index-url =\n    https://one.example/simple\n    https://two.example/x\n"
    )
    text += "trusted-host = one.example two.example\nfind-links = ~/wheels file:///srv/wheels\n"
    found = settings(tmp_path, {USER: text})
    assert found.extra_index_urls == ("https://one.example/simple", "https://two.example/x")
    assert found.trusted_hosts == ("one.example", "two.example")
    assert found.find_links == ("/home/alice/wheels", "file:///srv/wheels")


def test_percent_signs_are_kept(tmp_path: Path) -> None:
    files = {USER: "[global]\nindex-url = https://me:p%40ss@one.example/simple\n"}
    assert settings(tmp_path, files).index_url == "https://me:p%40ss@one.example/simple"


def test_an_existing_pip_config_file_replaces_the_users_but_not_the_systems(
    tmp_path: Path,
) -> None:
    files = {
        "/etc/pip.conf": "[global]\ncert = /etc/ca.pem\n",
        USER: "[global]\nindex-url = https://user.example/simple\n",
        "/srv/pip.conf": "[global]\nproxy = http://proxy.example:8080\n",
    }
    found = settings(tmp_path, files, PIP_CONFIG_FILE="/srv/pip.conf")
    assert (found.cert, found.index_url, found.proxy) == (
        "/etc/ca.pem",
        None,
        "http://proxy.example:8080",
    )


def test_the_null_device_as_pip_config_file_turns_all_files_off(tmp_path: Path) -> None:
    files = {"/etc/pip.conf": "[global]\ncert = /etc/ca.pem\n"}
    assert settings(tmp_path, files, PIP_CONFIG_FILE=os.devnull) == Installers()


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("index-url = x\n", "line 1: missing section header"),
        ("[global]\na = 1\nnonsense\n", "line 3: parsing"),
        ("[global]\na = 1\n\na = 2\n", "line 4: duplicate option"),
        ("[global]\n[global]\n", "line 2: duplicate section"),
    ],
)
def test_a_broken_file_is_a_reading_with_its_line_and_the_others_count(
    tmp_path: Path, text: str, detail: str
) -> None:
    files = {USER: text, "/etc/pip.conf": "[global]\ncert = /etc/ca.pem\n"}
    installers, readings = read_pip(world(tmp_path, files))
    assert installers.cert == "/etc/ca.pem"
    (reading,) = readings
    assert (reading.status, reading.detail) == (Status.ERROR, f"{USER}: {detail}")


def test_a_file_in_no_encoding_is_a_reading(tmp_path: Path) -> None:
    here = world(tmp_path, {USER: ""})
    here.at(USER).write_bytes(b"[global]\nproxy = \xff\xfe\x9d\n")
    _, (reading,) = read_pip(here)
    assert reading.status is Status.ERROR
    assert reading.detail is not None
    assert reading.detail.startswith(f"{USER}: not ")


@pytest.mark.parametrize(("word", "expected"), [("yes", True), ("1", True), ("off", False)])
def test_no_index_takes_the_words_that_pip_takes(tmp_path: Path, word: str, expected: bool) -> None:
    assert settings(tmp_path, {}, PIP_NO_INDEX=word).no_index is expected


def test_a_word_that_pip_refuses_is_a_reading(tmp_path: Path) -> None:
    _, (reading,) = read_pip(world(tmp_path, {}, PIP_NO_INDEX="perhaps"))
    assert (reading.status, reading.detail) == (Status.ERROR, "no-index: perhaps")


def test_no_configuration_at_all_is_absent(tmp_path: Path) -> None:
    installers, (reading,) = read_pip(world(tmp_path))
    assert installers == Installers()
    assert reading.status is Status.ABSENT


def test_the_real_pip_agrees(home: Path) -> None:
    """`pip config list` names every effective key; ours must be the same values."""
    folder = home / ".config" / "pip"
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_text(
        "[global]\nfind-links = /srv/a\n  /srv/b\nindex-url = https://one.example/50%25/simple\n"
        "[install]\ntrusted-host = one.example\nproxy = http://proxy.example:1\n",
        encoding="utf-8",
    )
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "PIP_PROXY": "http://env.example:2"}
    script = (
        "import json; from pip._internal.configuration import Configuration as C; "
        "c = C(isolated=False); c.load(); print(json.dumps(dict(c.items())))"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = json.loads(ended.stdout)
    # newer pips keep the values of each file apart
    flat: dict[str, str] = {}
    for key, value in told.items():
        flat.update(value if isinstance(value, dict) else {key: value})
    found = read_pip(World(environ))[0]
    assert " ".join(found.find_links).split() == flat["global.find-links"].split()
    assert found.index_url == flat["global.index-url"]
    assert found.trusted_hosts == (flat["install.trusted-host"],)
    assert found.proxy == flat[":env:.proxy"]
