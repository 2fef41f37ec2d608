"""A run that was stopped: its last lines, and what the next `init` says, shows and leaves out."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import uv

from gpusetup.basics.versions import Version
from gpusetup.cli.going_on import command_of
from gpusetup.cli.plan_screen import cost_words
from gpusetup.request import Engine, Request
from gpusetup.road.cached import cached
from gpusetup.road.locks import Package
from gpusetup.road.room import Cost
from tests.lab.index import serve
from tests.lab.wheels import make_wheel
from tests.road.place import TAG, Place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stub wheels are for Linux")


@pytest.fixture
def stopped(tmp_path: Path) -> tuple[Place, dict[str, object]]:
    """A run that Ctrl-C stopped in its proof, and its document."""
    place = Place(tmp_path)
    hangs = {"torch/__init__.py": "import time\ntime.sleep(120)\n"}
    make_wheel(place.wheels, "torch", "2.13.0+cpu", tag=TAG, files=hangs)
    process = place.start("init", "torch", "--yes", "--no-bench", "--engine", "uv", "--json")
    place.wait_for("-verify", process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130, output
    document = json.loads(output[output.index("{") :])
    assert isinstance(document, dict)
    return place, document


def test_the_last_lines_name_what_is_there_and_the_exact_command(
    stopped: tuple[Place, dict[str, object]],
) -> None:
    place, document = stopped
    facts = document["facts"]
    assert isinstance(facts, dict)
    assert facts["done_steps"] == ["create-env", "write-config", "write-config", "install-torch"]
    assert facts["open_steps"] == ["verify"]
    assert facts["prefix"] == str(place.prefix)
    assert facts["command"] == "gpusetup init torch --engine uv --yes --no-bench"
    assert str(facts["command"]) in str(document["next"])
    assert f"undo {facts['run']}" in str(document["next"])


def test_the_next_init_opens_with_it_and_shows_what_is_still_to_come(
    stopped: tuple[Place, dict[str, object]],
) -> None:
    place, document = stopped
    words = ("--no-bench", "--engine", "uv", "--dry-run")
    plan = place.init(*words, code=0)
    facts = document["facts"]
    assert isinstance(facts, dict)
    assert plan["resumes"] == {
        "run": facts["run"], "done": facts["done_steps"], "open": facts["open_steps"],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "init", "--yes", *words], env=place.environ, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    shown = done.stdout
    assert shown.index("Going on where it stopped") < shown.index("What is here")
    assert shown.count("done already") == 8  # four steps, in the opening and in the plan
    assert "Prove that it runs: still to come" in shown
    assert "uv pip install" not in shown  # what is done needs no command any more


def test_a_run_that_begins_anew_goes_on_with_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.init("--dry-run", code=0)["resumes"] is None


def test_the_command_holds_what_was_answered() -> None:
    request = Request(
        "course", torch="==2.7.1", build="cu126", python=Version.parse("3.12"), engine=Engine.UV,
        replace=True, packages=("torchvision", "jupyter"),
    )  # fmt: skip
    assert command_of(request, asks=True, benchmark=True) == (
        "gpusetup", "init", "course", "--torch", "2.7.1", "--cuda", "cu126", "--python", "3.12",
        "--engine", "uv", "--replace", "--with", "torchvision,jupyter",
    )  # fmt: skip


def test_what_a_real_uv_has_downloaded_is_found_in_its_cache(tmp_path: Path) -> None:
    make_wheel(tmp_path / "web" / "simple", "tool", "1.5")
    environ = {"UV_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    with serve(tmp_path / "web") as index:
        url = f"{index.url}/simple/tool-1.5-py3-none-any.whl"
        there, other = Package("tool", "1.5", url, 700), Package("tool", "1.6", url[:-3], 700)
        assert cached([there], environ) == ()
        subprocess.run(
            [
                uv.find_uv_bin(), "pip", "install", "-q", "--no-config", "--target",
                str(tmp_path / "t"), "--index-url", f"{index.url}/simple", "tool",
            ],
            env={**environ, "PATH": "/usr/bin:/bin"}, check=True, capture_output=True,
        )  # fmt: skip
    assert cached([there, other], environ) == (there,)


def test_what_is_cached_is_not_counted_as_a_download() -> None:
    cost = Cost(download_mib=0, disk_mib=900, minutes=0.0, free_mib=20000, cached_mib=28)
    assert cost_words(cost) == (
        "nothing to download, 900 MiB on disk (19.5 GiB free);"
        " 28 MiB are in the package cache already"
    )
