"""What pasting does to a text does not change what is read."""

from __future__ import annotations

import json
import re
from typing import Callable

import pytest

from gpusetup.machine import Arch, Machine
from gpusetup.reports import decode, read_report
from tests.reports.reading import names, numbers, sample

CHINESE = "老师好，我的服务器显示这样：\n{}\n谢谢！"


def lines(text: str, change: Callable[[str], str]) -> str:
    return "\n".join(change(line) for line in text.split("\n"))


def wrapped(text: str, width: int) -> str:
    return lines(text, lambda line: "\n".join(re.findall(f".{{1,{width}}}", line)) or line)


PASTES: dict[str, Callable[[str], bytes]] = {
    "Windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old Mac line ends": lambda text: text.replace("\n", "\r").encode(),
    "UTF-8 with a mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16 of PowerShell": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16 big-endian": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-16 big-endian without a mark": lambda text: text.encode("utf-16-be"),
    "UTF-32 with a mark": lambda text: b"\xff\xfe\x00\x00" + text.encode("utf-32-le"),
    "Chinese around it": lambda text: CHINESE.format(text).encode(),
    "Chinese around it, in GBK": lambda text: CHINESE.format(text).encode("gbk"),
    "German around it, in Latin-1": lambda text: f"für euch, 34°C:\n{text}".encode("latin-1"),
    "blanks that do not break": lambda text: text.replace(" ", "\u00a0").encode(),
    "double blanks made single": lambda text: re.sub(" +", " ", text).encode(),
    "tabs": lambda text: text.replace("    ", "\t").encode(),
    "no left margin": lambda text: lines(text, lambda line: line.lstrip("| ")).encode(),
    "no frame at all": lambda text: text.replace("|", " ").encode(),
    "frame of box characters": lambda text: text.replace("|", "│").encode(),
    "full-width frame": lambda text: text.replace("|", "｜").encode(),
    "no borders": lambda text: re.sub(r"(?m)^[+|][-=+|]+\n", "", text).encode(),
    "frame lines of odd lengths": lambda text: text.replace("---", "--").encode(),
    "quoted twice": lambda text: lines(text, lambda line: "> > " + line).encode(),
    "fenced with a prompt": lambda text: f"```sh\n$ nvidia-smi\n{text}\n```".encode(),
    "colours": lambda text: lines(text, lambda line: f"\x1b[1;32m{line}\x1b[0m\x1b[K").encode(),
    "a zero after each line": lambda text: text.replace("\n", "\x00\n").encode(),
    "an empty line after each line": lambda text: text.replace("\n", "\n\n").encode(),
    "all in one line": lambda text: text.replace("\n", " ").encode(),
    "the log of a container": lambda text: lines(text, lambda line: "gpu-1  | " + line).encode(),
    "a log with times": lambda text: lines(
        text, lambda line: "2026-05-01T10:00:00.123Z " + line
    ).encode(),
    "a JSON string": lambda text: json.dumps({"output": text}).encode(),
    "a notebook": lambda text: json.dumps({"text": text.splitlines(True)}, indent=1).encode(),
    "HTML": lambda text: text.replace(" ", "&nbsp;").encode(),
    "a window of 80 columns": lambda text: wrapped(text, 80).encode(),
    "a window of 60 columns": lambda text: wrapped(text, 60).encode(),
    "twice": lambda text: (text + "\n" + text).encode(),
}
TABLES = ("table-331.txt", "table-470-holes.txt", "table-590-mig.txt", "table-615-wsl.txt")


def told(machine: Machine) -> tuple[object, ...]:
    gpus = [(gpu.memory_mib, gpu.mig, gpu.pci_bus_id) for gpu in machine.gpus or ()]
    return numbers(machine), names(machine), gpus, machine.os, machine.wsl


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("paste", PASTES)
def test_a_table_survives(paste: str, name: str) -> None:
    text = sample(name)
    assert told(read_report(decode(PASTES[paste](text))).machine) == told(read_report(text).machine)


@pytest.mark.parametrize("name", ["query-header.csv", "listing-mig.txt", "query-535.txt"])
@pytest.mark.parametrize(
    "paste",
    ["Windows line ends", "UTF-16 of PowerShell", "quoted twice", "colours", "Chinese around it"],
)
def test_other_outputs_survive(paste: str, name: str) -> None:
    text = sample(name)
    assert told(read_report(decode(PASTES[paste](text))).machine) == told(read_report(text).machine)


def test_a_query_log_without_its_indentation_is_read() -> None:
    text = sample("query-535.txt")
    flat = "\n".join(line.strip() for line in text.split("\n"))
    assert told(read_report(flat).machine) == told(read_report(text).machine)


@pytest.mark.parametrize("lines_left", [5, 9, 10, 12])
def test_a_table_cut_at_the_bottom_gives_what_is_above(lines_left: int) -> None:
    cut = "\n".join(sample("table-470-holes.txt").split("\n")[:lines_left])
    report = read_report(cut)
    assert numbers(report.machine) == ("470.82.01", "11.4")
    assert report.partial


def test_a_table_that_has_lost_its_header_still_names_its_gpus() -> None:
    cut = "\n".join(sample("table-470-holes.txt").split("\n")[8:])
    report = read_report(cut)
    assert [index for index, _name in names(report.machine)] == [0, 2, 5]
    assert report.machine.driver is None
    assert report.partial


def test_a_query_log_cut_inside_a_tag_gives_what_is_above() -> None:
    text = sample("log-535.xml")
    machine = read_report(text[: text.index("GTX 1080")]).machine
    assert numbers(machine) == ("535.146.02", "12.2")
    # two are attached and the second is cut, so that no index is sure to be the driver's
    assert machine.gpus is not None
    assert machine.gpus[0].name == "NVIDIA A100-PCIE-40GB"


def test_entities_of_a_query_log_are_never_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    log = sample("log-535.xml").replace("NVIDIA A100-PCIE-40GB", "&b;")
    machine = read_report(bomb + log).machine
    assert names(machine)[0] == (0, "&b;")


def test_of_several_tables_the_most_complete_counts_and_the_number_is_told() -> None:
    header = "\n".join(sample("table-535.txt").split("\n")[:5])
    machine = read_report(header + "\n" + sample("table-470-holes.txt")).machine
    assert numbers(machine) == ("470.82.01", "11.4")
    several = machine.reading("several-outputs")
    assert several is not None
    assert several.detail == "2"


def test_of_two_like_tables_the_first_counts() -> None:
    machine = read_report(sample("table-440.txt") + sample("table-620.txt")).machine
    assert numbers(machine) == ("440.33.01", "10.2")


def test_a_name_that_the_table_has_cut_is_completed_by_the_list() -> None:
    listed = "\n".join(
        (
            "GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-81234567-89ab-cdef-0123-456789abcdef)",
            "GPU 2: NVIDIA TITAN RTX (UUID: GPU-91234567-89ab-cdef-0123-456789abcdef)",
        )
    )
    machine = read_report(sample("table-470-holes.txt") + listed).machine
    assert names(machine) == [
        (0, "NVIDIA GeForce RTX 3090"),
        (2, "NVIDIA TITAN RTX"),
        (5, "Quadro RTX 8000"),
    ]
    assert [gpu.uuid is None for gpu in machine.gpus or ()] == [False, False, True]


def test_a_list_of_another_machine_changes_no_name() -> None:
    listed = "GPU 0: Tesla T4 (UUID: GPU-81234567-89ab-cdef-0123-456789abcdef)"
    machine = read_report(sample("table-470-holes.txt") + listed).machine
    assert names(machine)[0] == (0, "NVIDIA GeForce ...")


def test_two_outputs_that_name_different_drivers_are_a_conflict() -> None:
    text = sample("table-440.txt") + sample("collect-env.txt")
    (conflict,) = read_report(text).machine.conflicts
    assert conflict.subject == "driver-version"
    assert conflict.first == ("nvidia-smi", "440.33.01")
    assert conflict.second == ("collect-env", "552.22")


def test_a_lost_gpu_that_the_table_lists_is_marked_and_not_counted_twice() -> None:
    line = "Unable to determine the device handle for GPU 0000:65:00.0: Unknown Error\n"
    machine = read_report(line + sample("table-550-errors.txt")).machine
    assert [gpu.pci_bus_id for gpu in machine.gpus or ()] == [
        "00000000:17:00.0",
        "00000000:65:00.0",
    ]


def test_a_list_of_processes_is_no_list_of_gpus() -> None:
    text = (
        sample("query-header.csv")
        + "pid, process_name, used_gpu_memory [MiB], gpu_uuid, gpu_name\n"
        + "77, python, 900 MiB, GPU-21234567-89ab-cdef-0123-456789abcdef, NVIDIA L4\n"
    )
    assert len(read_report(text).machine.gpus or ()) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tesla T4\nTesla T4\n", [(None, "Tesla T4"), (None, "Tesla T4")]),
        ("0, NVIDIA L4\n2, NVIDIA L4\n", [(0, "NVIDIA L4"), (2, "NVIDIA L4")]),
        ("name\nNVIDIA A10\n", [(None, "NVIDIA A10")]),
        ("driver_version\n535.104.05\n", [(None, None)]),
    ],
)
def test_names_alone_are_an_answer(
    text: str, expected: list[tuple[int | None, str | None]]
) -> None:
    assert names(read_report(text).machine) == expected


def test_a_jetson_without_a_bus_address_is_a_gpu_of_an_arm_machine() -> None:
    jetson = "|   0  Orin (nvgpu)         N/A  | N/A              N/A |                  N/A |"
    rest = "| N/A   N/A  N/A   N/A /  N/A | Not Supported        |     N/A          N/A |"
    machine = read_report(f"{jetson}\n{rest}\n").machine
    assert names(machine) == [(0, "Orin (nvgpu)")]
    assert machine.arch is Arch.AARCH64
    assert machine.gpus is not None
    assert machine.gpus[0].unified_memory
