"""A remedy is one that this person can carry out on this machine."""

from __future__ import annotations

from typing import Any

import pytest

from gpusetup.cli.doctor_words import commands_of, remedy_of
from gpusetup.doctor.check import Case, Finding, Need
from gpusetup.doctor.remedies import driver_lines, settings_text, shell_text, texts
from gpusetup.documents import step_document
from gpusetup.environments.configuration import parse_condarc, parse_pip_conf
from tests.doctor.cases import case_of, diagnosis_of

DOWN: dict[str, Any] = {
    "driver": {"version": None},
    "gpus": "-",
    "pci_gpus": [{"device_id": "2204", "bus_id": "00000000:01:00.0"}],
    "readings": [{"source": "nvml", "status": "error", "detail": "9 Driver Not Loaded"}],
    "surroundings": {"module": {"is_loaded": False}, "health": [], "device_nodes": []},
    "environment": {"run": {"imported": True, "cuda_available": False}},
}


def first(case: Case) -> Finding:
    return diagnosis_of(case).findings[0]


def with_user(**facts: object) -> Case:
    around = {**DOWN["surroundings"], **facts}
    return case_of("workstation", {**DOWN, "surroundings": around})


def test_who_may_become_root_gets_sudo() -> None:
    found = first(with_user(is_root=False, may_become_root=True))
    assert commands_of(found) == ("sudo modprobe nvidia",)


def test_root_needs_no_sudo() -> None:
    assert commands_of(first(with_user(is_root=True))) == ("modprobe nvidia",)


def test_who_cannot_become_root_asks_the_administrator() -> None:
    found = first(with_user(is_root=False, may_become_root=False))
    assert found.remedy is not None
    assert found.remedy.needs == (Need.ADMINISTRATOR,)
    assert "sudo" not in " ".join((*commands_of(found), remedy_of(found) or ""))


def test_in_a_container_the_host_is_meant() -> None:
    change = {"environment": {"run": {
        "imported": True, "cuda_available": False, "failed": [["expected-device", "fabric-manager"]],
        "error": "Error 802: system not yet initialized",
    }}}  # fmt: skip
    found = first(case_of("container", change))
    assert found.id == "fabric-manager.not-running"
    assert found.remedy is not None
    assert Need.HOST in found.remedy.needs
    assert "sudo" not in " ".join(commands_of(found))


def test_a_rented_container_is_exchanged_not_repaired() -> None:
    change = {"cloud": "autodl", "environment": {"run": {
        "imported": True, "cuda_available": False, "failed": [["expected-device", "fabric-manager"]],
        "error": "Error 802: system not yet initialized",
    }}}  # fmt: skip
    found = first(case_of("container", change))
    assert commands_of(found) == ()
    assert "autodl" in (remedy_of(found) or "")


def test_nothing_is_planned_for_a_report_of_another_machine() -> None:
    from dataclasses import replace

    change = {"surroundings": {
        "shell_lines": [{
            "path": "/home/anna/.bashrc", "number": 1, "text": "export LD_LIBRARY_PATH=/x",
            "variable": "LD_LIBRARY_PATH", "overwrites": True,
        }],
        "shell_texts": [["/home/anna/.bashrc", "export LD_LIBRARY_PATH=/x\n"]],
    }}  # fmt: skip
    case = case_of("workstation", change)
    here = diagnosis_of(case).findings[0].remedy
    there = diagnosis_of(replace(case, reported=True)).findings[0].remedy
    assert here is not None
    assert there is not None
    assert (bool(here.plan), there.plan) == (True, None)


# the distributions' own lines


@pytest.mark.parametrize(
    ("distribution", "card", "line"),
    [
        ("ubuntu", "2204", "sudo ubuntu-drivers install"),  # RTX 3090
        ("ubuntu", "1b06", "sudo apt install nvidia-driver-580"),  # GTX 1080 Ti
        ("linuxmint", "102d", "sudo apt install nvidia-driver-470"),  # Tesla K80
        (
            "debian",
            "2204",
            "sudo apt install linux-headers-amd64 nvidia-open-kernel-dkms nvidia-driver",
        ),
        ("debian", "1b06", "sudo apt install linux-headers-amd64 nvidia-kernel-dkms nvidia-driver"),
        ("debian", "102d", "sudo apt install linux-headers-amd64 nvidia-tesla-470-driver"),
        ("fedora", "2204", "sudo dnf install akmod-nvidia xorg-x11-drv-nvidia-cuda"),
        ("fedora", "102d", "sudo dnf install akmod-nvidia-470xx xorg-x11-drv-nvidia-470xx-cuda"),
        ("rocky", "2204", "sudo dnf install nvidia-open"),
        ("rocky", "1db5", "sudo dnf module install nvidia-driver:580-dkms"),  # V100
        ("arch", "2204", "sudo pacman -S nvidia-open nvidia-utils"),
        ("arch", "1b06", None),
        ("slackware", "2204", None),
    ],
)
def test_a_distribution_installs_its_driver_in_its_own_words(
    distribution: str, card: str, line: str | None
) -> None:
    change = {
        "distribution": distribution, "driver": None, "gpus": [],
        "pci_gpus": [{"device_id": card, "bus_id": "00000000:01:00.0"}],
    }  # fmt: skip
    lines = [" ".join(each) for each in driver_lines.lines(case_of("workstation", change))]
    if line is None:
        assert lines == []
    else:
        assert line in lines


def test_of_several_cards_the_oldest_limits_the_branch() -> None:
    change = {"pci_gpus": [{"device_id": "2204"}, {"device_id": "1b06"}]}
    need = driver_lines.wanted(case_of("workstation", change))
    assert (need.branch, need.flavour) == (580, "proprietary")


# texts of repaired files


def test_windows_line_ends_stay() -> None:
    made = texts.commented("a\r\nb\r\n", [2], "why")
    assert made == "a\r\n# >>> gpusetup: why >>>\r\n# b\r\n# <<< gpusetup <<<\r\n"


def test_neighbouring_lines_share_one_block() -> None:
    made = texts.commented("a\nb\nc\nd", [2, 3], "why", ["x"])
    assert made.splitlines() == [
        "a", "# >>> gpusetup: why >>>", "# b", "# c", "x", "# <<< gpusetup <<<", "d",
    ]  # fmt: skip
    assert not made.endswith("\n")


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("export V=/x", 'export V="${V:+$V:}/x"'),
        ("V='/x:/y';", 'V="${V:+$V:}/x:/y"'),
        ('export V="/x" # cuda', 'export V="${V:+$V:}/x"'),
        ("declare -x V=~/a:~/b", 'declare -x V="${V:+$V:}$HOME/a:$HOME/b"'),
        ('export V="$HOME"/x', None),
        ("export V=~me/x", None),
    ],
)
def test_a_path_is_added_behind_what_is_there(line: str, made: str | None) -> None:
    assert shell_text.appended(line) == made


def test_a_key_whose_members_all_go_goes_too() -> None:
    text = "channels:\n  - https://gone.example/free\nshow_channel_urls: true\n"
    made = settings_text.without_values(text, ["https://gone.example/free"], "conda", "why")
    assert made is not None
    assert parse_condarc(made)[0] == (("show_channel_urls", "True"),)


def test_what_cannot_be_made_readable_is_left_alone() -> None:
    assert texts.readable("a: 1\n", lambda _text: ((), "always", None), "why") is None


@pytest.mark.parametrize(
    "text",
    [
        "channels:\n - a\nchannels:\n - b\nchannels:\n - c\n",
        "channels: [a, b\n",
        "channels:\n\t- a\n",
        "a: b: c\nchannels:\n  - x\n",
        "}\n",
    ],
)
def test_a_broken_condarc_becomes_readable_and_keeps_its_lines(text: str) -> None:
    made = texts.readable(text, parse_condarc, "why")
    assert made is not None
    assert parse_condarc(made)[1] is None
    for line in text.splitlines():
        assert line in made


def test_a_broken_pip_conf_becomes_readable() -> None:
    text = "index-url = https://m.example/simple\n[global]\nno key here\ntimeout = 3\n"
    made = texts.readable(text, parse_pip_conf, "why")
    assert made is not None
    assert parse_pip_conf(made)[0] == (("global.timeout", "3"),)


def test_of_a_file_of_the_user_only_the_change_is_shown() -> None:
    text = "export API_KEY=s3cr3t\n-- odd\nexport LD_LIBRARY_PATH=/x\n"
    change = {"surroundings": {
        "shell_lines": [{
            "path": "/home/anna/.bashrc", "number": 3, "text": "export LD_LIBRARY_PATH=/x",
            "variable": "LD_LIBRARY_PATH", "overwrites": True, "points_to_nothing": True,
        }],
        "shell_texts": [["/home/anna/.bashrc", text]],
    }}  # fmt: skip
    remedy = diagnosis_of(case_of("workstation", change)).findings[0].remedy
    assert remedy is not None
    [step] = remedy.steps
    assert step_document(step)["diff"] == (
        "-export LD_LIBRARY_PATH=/x\n"
        "+# >>> gpusetup: switched off >>>\n+# export LD_LIBRARY_PATH=/x\n+# <<< gpusetup <<<"
    )
