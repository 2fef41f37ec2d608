"""`gpusetup who` and `gpusetup pick` with the real pynvml on a driver of eight cards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.fixtures.drivers import FakeDriver, server

PASSWD = "root:x:0:0::/root:/bin/sh\nanna:x:1001:1001::/home/anna:/bin/sh\nbo:x:1002:1002::/home/bo:/bin/sh\n"
UUID = "GPU-0000000{}-0000-0000-0000-000000000000"


def run(driver: FakeDriver, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", *words], capture_output=True, text=True, timeout=60,
        check=False, env={**driver.environment(), **environ},
    )  # fmt: skip


def process(
    driver: FakeDriver, pid: int, uid: int, command: str, *, login: int | None = None, cgroup: str = "/",
    age_s: int = 7200,
) -> None:  # fmt: skip
    """A process of a user, as /proc shows it."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = " ".join(["S", *["0"] * 18, str((100_000 - age_s) * ticks), "0"])
    driver.file(f"proc/{pid}/status", f"Name:\tx\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
    driver.file(f"proc/{pid}/stat", f"{pid} (python (x)) {fields}\n")
    driver.file(f"proc/{pid}/cmdline", command.replace(" ", "\0") + "\0")
    driver.file(f"proc/{pid}/cgroup", f"0::{cgroup}\n")
    driver.file(f"proc/{pid}/loginuid", str(2**32 - 1 if login is None else login))


def system(driver: FakeDriver) -> None:
    booted = int(time.time()) - 100_000
    driver.file("proc/1/stat", "1 (systemd) S\n")
    driver.file("proc/stat", f"cpu 1 2 3\nbtime {booted}\n")
    driver.file("etc/passwd", PASSWD)


@pytest.fixture
def lab(fake_driver: FakeDriver) -> FakeDriver:
    """Eight cards: 0 cut into slices, 1 and 2 in use, 3 with a process that has ended."""
    system(fake_driver)
    process(fake_driver, 11, 1001, "/usr/bin/python3 -u /home/anna/train.py --lr 1")
    process(
        fake_driver,
        12,
        1002,
        "python -m torch.distributed.run x.py",
        cgroup="/slurm/uid_2/job_4711/step_0",
    )
    process(fake_driver, 13, 0, "python serve.py --api-key sk-123456", login=1001)
    process(fake_driver, 14, 1002, "python notebook.py")
    profile = server() + "\n".join(
        [
            "gpu 1 process 0 11 C 20480", "gpu 1 utilization 97", "gpu 1 memory 40960 20900",
            "gpu 2 process 0 12 C 30720", "gpu 2 process 1 13 C -", "gpu 2 memory 40960 31000",
            "gpu 3 process 0 99 C 512",
            "gpu 0 slice-4-process 0 14 C 4096",
            "fail nvmlDeviceGetComputeRunningProcesses 0 = 0",
        ]
    )  # fmt: skip
    # of two lines for the same fact the first counts
    lines = profile.split("\n")
    kept = [
        line for line in lines if line not in ("gpu 1 memory 40960 420", "gpu 2 memory 40960 420")
    ]
    return fake_driver.nvml("\n".join(kept) + "\n")


def who(driver: FakeDriver, **environ: str) -> dict[str, Any]:
    done = run(driver, "who", "--json", **environ)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_who_names_users_commands_memory_and_start(lab: FakeDriver) -> None:
    document = who(lab)
    assert (document["schema"], document["part"]) == ("gpusetup.processes/1", "who")
    found = document["gpus"][1]["processes"]
    assert [
        (each["user"], each["pid"], each["memory_mib"], each["presence"]) for each in found
    ] == [("anna", 11, 20480, "running")]
    assert found[0]["command"][-3:] == ["/home/anna/train.py", "--lr", "1"]
    began = time.mktime(time.strptime(found[0]["since"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    assert abs(time.time() - began - 7200) < 120


def test_who_knows_the_login_behind_root_and_the_job(lab: FakeDriver) -> None:
    first, second = who(lab)["gpus"][2]["processes"]
    assert (first["user"], first["job"]) == ("bo", "slurm 4711")
    assert (second["user"], second["login"], second["memory_mib"]) == ("root", "anna", None)


def test_secrets_on_a_command_line_are_not_shown(lab: FakeDriver) -> None:
    done = run(lab, "who", "--json")
    assert "sk-123456" not in done.stdout + done.stderr
    assert "--api-key" in done.stdout


def test_a_process_that_ended_meanwhile_is_told_apart(lab: FakeDriver) -> None:
    assert [each["presence"] for each in who(lab)["gpus"][3]["processes"]] == ["gone"]
    assert " 99 " not in run(lab, "who").stdout


def test_slices_are_told_with_their_own_processes(lab: FakeDriver) -> None:
    card = who(lab)["gpus"][0]
    assert [(part["uuid"], len(part["processes"])) for part in card["slices"]] == [
        ("MIG-0aaa-bbb", 0), ("MIG-4aaa-bbb", 1),
    ]  # fmt: skip


def test_the_screen_shows_cards_and_processes(lab: FakeDriver) -> None:
    done = run(lab, "who")
    assert "in use, memory 20.4 GiB of 40.0 GiB, load 97 %" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if "train.py" in line]
    assert rows[0][:3] == ["1", "anna", "11"]
    assert "python3 train.py" in done.stdout
    assert "root (logged in as anna)" in done.stdout
    assert "(slurm 4711)" in done.stdout


def test_the_screen_speaks_chinese(lab: FakeDriver) -> None:
    done = run(lab, "who", "--lang", "zh", COLUMNS="40")
    assert "train.py" in done.stdout
    assert "in use" not in done.stdout


def test_processes_that_are_not_in_proc_are_hidden_where_proc_is_not_whole(lab: FakeDriver) -> None:
    (lab.root / "proc/1/stat").unlink()
    assert [each["presence"] for each in who(lab)["gpus"][3]["processes"]] == ["hidden"]


def test_in_a_container_a_number_may_be_another_process(lab: FakeDriver) -> None:
    """The driver counts as the host does; only who holds the driver's files is meant."""
    lab.file(".dockerenv", "").file("dev/nvidia1", "")
    assert [each["presence"] for each in who(lab)["gpus"][1]["processes"]] == ["hidden"]
    (lab.root / "proc/11/fd").mkdir()
    (lab.root / "proc/11/fd/7").symlink_to(lab.root / "dev/nvidia1")
    found = who(lab)["gpus"][1]["processes"]
    assert [(each["presence"], each["user"]) for each in found] == [("running", "anna")]


def test_without_permission_the_memory_decides(fake_driver: FakeDriver) -> None:
    system(fake_driver)
    fake_driver.nvml(
        server(2, None).replace("gpu 0 memory 40960 420", "gpu 0 memory 40960 9000")
        + "fail nvmlDeviceGetComputeRunningProcesses = 4\n"
    )
    document = who(fake_driver)
    assert [(each["processes"], each["no_permission"]) for each in document["gpus"]] == [
        (None, True)
    ] * 2
    assert "We may not ask the driver who uses it." in run(fake_driver, "who").stdout
    assert run(fake_driver, "pick").stdout == "1\n"


def test_an_old_driver_is_asked_in_its_own_way(fake_driver: FakeDriver) -> None:
    system(fake_driver)
    process(fake_driver, 11, 1001, "python a.py")
    fake_driver.nvml(server(2, None) + "gpu 1 process 0 11 C 100\n", is_old=True)
    found = who(fake_driver)["gpus"][1]["processes"]
    assert [(each["user"], each["memory_mib"]) for each in found] == [("anna", 100)]


def test_a_driver_that_fails_is_not_an_empty_machine(fake_driver: FakeDriver) -> None:
    fake_driver.nvml("fail nvmlInit = 9\n")
    done = run(fake_driver, "who", "--json")
    assert (done.returncode, json.loads(done.stdout)["gpus"]) == (1, None)


def test_without_a_driver_the_refusal_says_so_before_it_names_a_library(
    fake_driver: FakeDriver,
) -> None:
    done = run(fake_driver, "pick")
    assert done.returncode == 3
    assert "There is no GPU to pick: no NVIDIA driver answers here (" in done.stderr


def test_a_machine_without_a_driver_has_nobody_to_name(fake_driver: FakeDriver) -> None:
    done = run(fake_driver, "who")
    assert done.returncode == 0
    assert "No NVIDIA driver answers here" in done.stdout


@pytest.mark.parametrize(
    ("words", "environ", "printed"),
    [
        ([], {}, "3"),
        (["-n", "3"], {}, "3,4,5"),
        (["-n", "5", "--export"], {}, "export CUDA_VISIBLE_DEVICES=3,4,5,6,7"),
        (["-n", "2"], {"CUDA_VISIBLE_DEVICES": "1,5,7"}, "5,7"),
        ([], {"CUDA_VISIBLE_DEVICES": UUID.format(6)}, "6"),
        ([], {"CUDA_VISIBLE_DEVICES": "0"}, "MIG-0aaa-bbb"),
        ([], {"CUDA_VISIBLE_DEVICES": "MIG-0aaa-bbb"}, "MIG-0aaa-bbb"),
        (["-n", "2"], {"SLURM_JOB_ID": "1", "SLURM_JOB_GPUS": "6,7"}, "6,7"),
        (["--uuid"], {}, UUID.format(3)),
        (["--memory", "39GiB"], {}, "3"),
        (["--memory", "8GiB", "--share", "-n", "7"], {}, "1,2,3,4,5,6,7"),
    ],
)
def test_pick_prints_what_is_free(
    words: list[str], environ: dict[str, str], printed: str, lab: FakeDriver
) -> None:
    done = run(lab, "pick", *words, **environ)
    assert (done.stdout, done.returncode) == (printed + "\n", 0), done.stderr


@pytest.mark.parametrize(
    ("words", "environ", "told"),
    [
        (["-n", "6"], {}, "GPU 1: in use by anna"),
        (["--memory", "41GiB"], {}, "GPU 4: only 39.6 GiB free"),
        ([], {"CUDA_VISIBLE_DEVICES": "1,2"}, "GPU 2: in use by bo, root"),
        ([], {"CUDA_VISIBLE_DEVICES": ""}, "GPU 7: not among those"),
        ([], {"CUDA_VISIBLE_DEVICES": "9,3"}, "GPU 3: not among those"),
        (["-n", "2"], {"CUDA_VISIBLE_DEVICES": "0"}, "GPU 0:1: in use by bo"),
    ],
)
def test_pick_says_why_too_few_are_free(
    words: list[str], environ: dict[str, str], told: str, lab: FakeDriver
) -> None:
    done = run(lab, "pick", *words, **environ)
    assert (done.stdout, done.returncode) == ("", 3)
    assert told in done.stderr
    assert "hint: `gpusetup who`" in done.stderr


def test_pick_as_a_document(lab: FakeDriver) -> None:
    document = json.loads(run(lab, "pick", "-n", "2", "--json").stdout)
    assert (document["part"], document["cuda_visible_devices"]) == ("pick", "3,4")
    assert [each["users"] for each in document["others"] if each["index"] == 1] == [["anna"]]
    refused = run(lab, "pick", "-n", "8", "--json")
    facts = json.loads(refused.stdout)
    assert (facts["schema"], facts["exit"], facts["code"]) == (
        "gpusetup.error/1",
        3,
        "pick.too-few",
    )
    assert (facts["facts"]["free"], facts["facts"]["count"]) == (6, 8)


def test_cards_of_several_kinds_are_named_by_uuid(fake_driver: FakeDriver) -> None:
    """CUDA counts from the fastest card on, the driver along the bus."""
    system(fake_driver)
    profile = server(3, None).replace("gpu 0 name NVIDIA A100-SXM4-40GB", "gpu 0 name Tesla T4")
    fake_driver.nvml(profile)
    assert run(fake_driver, "pick", "-n", "2").stdout == f"{UUID.format(1)},{UUID.format(2)}\n"
    sorted_by_bus = run(fake_driver, "pick", "-n", "2", CUDA_DEVICE_ORDER="PCI_BUS_ID")
    assert sorted_by_bus.stdout == "1,2\n"


def test_slices_stand_in_where_all_cards_are_taken(fake_driver: FakeDriver) -> None:
    system(fake_driver)
    fake_driver.nvml(server(1))
    done = run(fake_driver, "pick", "-n", "2")
    assert done.stdout == "MIG-0aaa-bbb,MIG-4aaa-bbb\n"
    assert "uses only the first MIG slice" in done.stderr


def test_a_card_closed_for_computing_is_not_picked(fake_driver: FakeDriver) -> None:
    system(fake_driver)
    fake_driver.nvml(server(2, None) + "gpu 0 compute-mode 2\n")
    assert run(fake_driver, "pick").stdout == "1\n"


def test_on_slurms_machines_outside_of_a_job_pick_says_so(fake_driver: FakeDriver) -> None:
    system(fake_driver)
    fake_driver.nvml(server(1, None)).file("etc/slurm/slurm.conf", "")
    assert "Slurm hands out the GPUs" in run(fake_driver, "pick").stderr
    inside = run(fake_driver, "pick", SLURM_JOB_ID="7", CUDA_VISIBLE_DEVICES="0")
    assert "Slurm" not in inside.stderr


def test_an_amount_needs_a_unit(lab: FakeDriver) -> None:
    done = run(lab, "pick", "--memory", "10")
    assert done.returncode == 2
    assert "--memory 10GiB" in done.stderr
