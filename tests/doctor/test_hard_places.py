"""The doctor in homes that are locked, half gone, offline, or somebody else's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

from gpusetup.basics.redact import safe_diff
from gpusetup.cli.doctor_words import text_of, title_of
from gpusetup.cli.doctor_writable import with_possible_plans
from gpusetup.doctor.check import Need
from gpusetup.environments.facts import DamagedCache
from gpusetup.probe.caches import read_caches
from gpusetup.probe.world import World
from tests.doctor.cases import case_of, diagnosis_of
from tests.doctor.lab import ids, only_home

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="paths and rights of Linux")


def run_in(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """gpusetup, started in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", *words], env={**os.environ, **environ},
        capture_output=True, text=True, timeout=120, check=False, cwd=folder,
    )  # fmt: skip


def test_the_folder_where_the_user_stands_may_be_gone(home: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    command = f'rmdir "{here}"; exec "{sys.executable}" -m gpusetup doctor --json pip.'
    done = subprocess.run(
        ["sh", "-c", command], cwd=here, env={**os.environ, "HOME": str(home)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{")


# caches


def caches(home: Path) -> tuple[DamagedCache, ...]:
    return read_caches(World({"HOME": str(home)}), case_of("workstation").machine)


def test_a_locked_package_and_a_link_to_nowhere_are_not_judged(home: Path) -> None:
    packages = home / ".conda" / "pkgs"
    (packages / "locked-1-0" / "info").mkdir(parents=True)
    (packages / "cache").mkdir()
    (packages / "cache" / "gone.json").symlink_to(home / "nowhere")
    (packages / "locked-1-0").chmod(0o000)
    try:
        found = caches(home)
        done = as_nobody(home, lambda: caches(home))
        assert done in (0, None)
    finally:
        (packages / "locked-1-0").chmod(0o755)
    assert [each for each in found if each.path.endswith(".json")] == []


def as_nobody(home: Path, work: Callable[[], object]) -> int | None:
    """The exit code of some work with few rights; None where we cannot give ours up."""
    if os.geteuid() != 0:
        return None
    for folder in (home, *list(home.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setuid(65534)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_what_was_set_aside_is_not_found_again_and_its_name_not_taken_twice(home: Path) -> None:
    packages = home / ".conda" / "pkgs"
    packages.mkdir(parents=True)
    broken = packages / "numpy-2.0-0.conda"
    for number in ("", ".2"):
        broken.write_bytes(b"")
        [found] = caches(home)
        assert found.aside == f"{broken}{number}.damaged"
        Path(found.path).rename(found.aside)
        assert caches(home) == ()


def test_damage_of_uv_goes_where_uv_does_not_look() -> None:
    found = DamagedCache("uv", "/c/uv/archive-v0/abc", "no-record")
    assert found.aside == "/c/uv/abc.damaged"


# names that nobody knows


def test_a_name_that_nobody_knows_is_a_warning_without_a_plan(home: Path) -> None:
    try:
        socket.getaddrinfo("pypi.company.invalid", 80)
    except socket.gaierror as error:
        if error.errno != socket.EAI_NONAME:
            pytest.skip("no resolver that says no")
    config = home / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    text = "[global]\nindex-url = https://pypi.company.invalid/simple\n"
    config.write_text(text)
    document = only_home(home).doctor("--fix", "--yes")
    assert document["fixes"] == []
    assert config.read_text() == text
    found = next(each for each in document["findings"] if each["id"] == "pip.dead-index")
    assert (found["severity"], found["remedy"]["by_hand"]) == ("warning", True)


def company(**change: Any) -> Any:
    """A machine whose pip.conf names a host."""
    config = {
        "tool": "pip", "path": "/home/anna/.config/pip/pip.conf", "error": None, "line": None,
        "settings": [["global.index-url", "https://pypi.company.example/simple"]],
        "text": "[global]\nindex-url = https://pypi.company.example/simple\n",
    }  # fmt: skip
    return case_of("workstation", {"surroundings": {"config_files": [config], **change}})


def test_only_a_host_that_refuses_gets_a_plan() -> None:
    for change, planned in (("dead_hosts", True), ("unknown_hosts", False)):
        [finding] = diagnosis_of(company(**{change: ["pypi.company.example"]})).findings
        assert finding.remedy is not None
        assert (finding.remedy.plan is not None) is planned
        assert "pypi.company.example" in text_of(finding)
        assert ("nobody here knows" in title_of(finding)) is not planned


# what may not be written


def test_a_file_of_another_user_is_left_to_who_may_write_it(tmp_path: Path) -> None:
    case = company(dead_hosts=["pypi.company.example"])
    [file] = case.surroundings.config_files
    folder = tmp_path / "pip.conf"  # a folder in its place cannot be written, even by root
    folder.mkdir()
    surroundings = replace(
        case.surroundings, config_files=(replace(file, path=str(folder)),), is_root=False,
        may_become_root=True,
    )  # fmt: skip
    case = replace(case, surroundings=surroundings)
    [finding] = with_possible_plans(diagnosis_of(case), case).findings
    assert finding.remedy is not None
    assert finding.remedy.plan is None
    assert Need.ROOT in finding.remedy.needs


# what is shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("-anaconda_token: ab-1234", "-anaconda_token: ***"),
        ("+# anaconda_token: ab-1234", "+# anaconda_token: ***"),
        ("-export HF_TOKEN=hf_abcdefghijklmnop", "-export HF_TOKEN=***"),
        ("-url = https://me:pw@h.example/simple", "-url = https://h.example/simple"),
        ("-proxy = me:pw@h.example:80", "-proxy = ***@h.example:80"),
        ("-channels: [a]", "-channels: [a]"),
    ],
)
def test_a_change_is_shown_without_secrets(line: str, shown: str) -> None:
    assert safe_diff(line) == shown


# words on the command line


def test_an_option_is_no_name_for_a_bundle(home: Path) -> None:
    done = run_in(home, "doctor", "--bundle", "--help")
    assert done.returncode == 2
    assert not (home / "--help").exists()


def test_another_machines_tree_is_not_repaired(home: Path, tmp_path: Path) -> None:
    done = run_in(home, "doctor", "--fix", "--yes", GPUSETUP_ROOT=str(tmp_path))
    assert done.returncode == 2
    assert "GPUSETUP_ROOT" in done.stderr
    assert ids(only_home(home, GPUSETUP_ROOT=str(tmp_path)).doctor("pip.")) == []
