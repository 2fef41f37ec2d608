"""What the probes read of an environment and its surroundings, from real files and processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpusetup.basics.versions import Version
from gpusetup.environments.facts import Kind
from gpusetup.machine import Absence, Arch, Machine, Os, PciGpu, Status
from gpusetup.probe import conditions
from gpusetup.probe.caches import read_caches
from gpusetup.probe.environment import read_environment
from gpusetup.probe.installer_files import read_config_files
from gpusetup.probe.libraries import cuda_libraries
from gpusetup.probe.modules import (
    closed_nodes,
    read_kernel_log,
    read_module,
    read_secure_boot,
    telling_lines,
)
from gpusetup.probe.shell_files import read_shell_lines
from gpusetup.probe.surroundings import read_surroundings
from gpusetup.probe.world import World
from tests.doctor.lab import broken, torch_wheel
from tests.fixtures.drivers import LAPTOP, FakeDriver
from tests.lab.wheels import make_wheel
from tests.probe.tree import program, world

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files of Linux")
MACHINE = Machine(os=Os.LINUX, arch=Arch.X86_64)
KERNEL = "6.8.0-49-generic"


# the environment


def test_an_environment_is_read_without_importing_anything(tmp_path: Path, home: Path) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.9.0+cu126", "12.6")
    trap = make_wheel(
        tmp_path / "wheels", "flash_attn", "2.8.0",
        requires=["torch==2.8.0", "einops", "numpy<2; extra == 'test'"],
        files={"flash_attn/__init__.py": "raise SystemExit('I was imported')\n"},
    )  # fmt: skip
    made = broken(tmp_path / "env", home, [torch, trap])

    found = read_environment(made.python, World(os.environ), None)

    assert (found.kind, found.prefix) == (Kind.VENV, str(made.prefix))
    assert found.torch is not None
    assert not isinstance(found.torch, Absence)
    facts = (str(found.torch.version), found.torch.local, str(found.torch.cuda), found.torch.is_cpu)
    assert facts == ("2.9.0", "cu126", "12.6", False)
    flash = found.distribution("flash-attn")
    assert flash is not None
    assert (flash.version, flash.installer, flash.pins) == ("2.8.0", "uv", ("torch==2.8.0",))
    assert found.writable is True


def test_a_cpu_build_and_no_torch_are_two_things(tmp_path: Path, home: Path) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.9.0+cpu", None)
    with_torch = broken(tmp_path / "env", home, [torch])
    without = broken(tmp_path / "bare", home, [])
    found = read_environment(with_torch.python, World(os.environ), None).torch
    assert found is not None
    assert not isinstance(found, Absence)
    assert (found.cuda, found.is_cpu) == (Absence.NOT_THERE, True)
    assert read_environment(without.python, World(os.environ), None).torch is Absence.NOT_THERE


def test_a_torch_py_beside_the_user_is_seen(tmp_path: Path, home: Path) -> None:
    made = broken(tmp_path / "env", home, [])
    (home / "torch.py").write_text("print('my first network')\n")
    (home / "torchvision").mkdir()  # without __init__.py it loses to a real package
    found = read_environment(made.python, World(os.environ), home)
    shadows = [(each.name, each.by) for each in found.shadows]
    assert shadows == [("torch", "current-folder")]


def test_a_python_that_is_gone_or_hangs_is_a_reading(tmp_path: Path) -> None:
    gone = read_environment(str(tmp_path / "bin" / "python"), World(os.environ), None)
    assert [each.status for each in gone.readings] == [Status.ERROR]
    program(tmp_path, "slow", "sleep 60")
    slow = read_environment(str(tmp_path / "slow"), World(os.environ), None, timeout_s=0.3)
    assert [each.status for each in slow.readings] == [Status.TIMEOUT]
    program(tmp_path, "wrong", "echo Segmentation fault; exit 3")
    wrong = read_environment(str(tmp_path / "wrong"), World(os.environ), None)
    assert wrong.readings[0].detail == "Segmentation fault"


def test_what_is_on_pythonpath_is_named(tmp_path: Path, home: Path) -> None:
    made = broken(tmp_path / "env", home, [torch_wheel(tmp_path / "w", "2.9.0+cpu", None)])
    other = tmp_path / "other"
    (other / "torch").mkdir(parents=True)
    (other / "torch" / "__init__.py").write_text("")
    found = read_environment(made.python, World({**os.environ, "PYTHONPATH": str(other)}), None)
    assert [(each.name, each.by) for each in found.shadows] == [("torch", "pythonpath")]


# kernel and device files


def test_a_module_for_another_kernel_is_told_from_one_for_this(tmp_path: Path) -> None:
    tree = world(
        tmp_path,
        {
            f"/lib/modules/{KERNEL}/modules.dep": "kernel/drivers/gpu/drm/drm.ko:\n",
            "/lib/modules/6.8.0-48-generic/modules.dep": "updates/dkms/nvidia.ko.zst: drm.ko\n",
            "/var/lib/dkms/nvidia/570.133.07/6.8.0-48-generic/x86_64/module/nvidia.ko": "",
            "/sys/module/nouveau/version": "",
        },
    )
    module = read_module(tree, KERNEL)
    assert (module.on_disk, module.is_loaded, module.has_headers) == (False, False, False)
    assert module.other_kernels == ("6.8.0-48-generic",)
    assert module.dkms == ("nvidia/570.133.07, 6.8.0-48-generic: built",)
    assert module.nouveau_loaded is True


def test_a_module_that_is_there_says_its_version_and_flavour(tmp_path: Path) -> None:
    tree = world(
        tmp_path,
        {
            f"/lib/modules/{KERNEL}/modules.dep": "updates/dkms/nvidia.ko: x.ko\n",
            f"/lib/modules/{KERNEL}/build/Makefile": "",
            "/var/lib/dpkg/status": "Package: nvidia-driver-570\nStatus: install ok installed\n\n"
            "Package: nvidia-driver-535\nStatus: deinstall ok config-files\n\n",
        },
        PATH="/sbin",
    )
    program(tmp_path, "/sbin/modinfo", "printf 'version: 570.133.07\\nlicense: Dual MIT/GPL\\n'")
    module = read_module(tree, KERNEL)
    assert (module.on_disk, module.has_headers, module.flavour) == (True, True, "open")
    assert module.installed == Version.parse("570.133.07")
    assert module.packages == ("nvidia-driver-570",)


@pytest.mark.parametrize(("raw", "state"), [(b"\x06\0\0\0\x01", True), (b"\x06\0\0\0\0", False)])
def test_secure_boot_is_a_byte_of_the_firmware(tmp_path: Path, raw: bytes, state: bool) -> None:
    folder = tmp_path / "sys/firmware/efi/efivars"
    folder.mkdir(parents=True)
    (folder / "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c").write_bytes(raw)
    assert read_secure_boot(World({}, tmp_path)) is state


def test_a_machine_without_uefi_has_no_secure_boot(tmp_path: Path) -> None:
    assert read_secure_boot(world(tmp_path, {"/sys/firmware/acpi/tables": ""})) is False
    assert read_secure_boot(World({}, tmp_path / "nothing")) is None


def test_the_kernels_lines_are_read_without_their_stamps(tmp_path: Path) -> None:
    tree = world(tmp_path, PATH="/bin")
    line = "NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus."
    program(tmp_path, "/bin/dmesg", f"echo '[    3.1] {line}'; echo '[    4.0] usb 1-1: new'")
    lines, reading = read_kernel_log(tree)
    assert (lines, reading.status) == ((line,), Status.OK)
    program(tmp_path, "/bin/dmesg", "echo 'dmesg: read kernel buffer failed'; exit 1")
    lines, reading = read_kernel_log(tree)
    assert (lines, reading.status) == (None, Status.ERROR)
    assert telling_lines("[1.0] modprobe: Key was rejected by service\n")[0].startswith("modprobe")


def test_device_files_of_others_are_closed(tmp_path: Path) -> None:
    tree = world(tmp_path, {"/dev/nvidia0": "", "/dev/nvidiactl": "", "/dev/null": ""})
    assert closed_nodes(tree)[:2] == (("/dev/nvidia0", "/dev/nvidiactl"), ())
    if os.geteuid() != 0:  # root may open everything
        (tmp_path / "dev/nvidia0").chmod(0)
        assert closed_nodes(tree)[1] == ("/dev/nvidia0",)


# libraries


def test_the_library_that_the_loader_takes_stands_first(tmp_path: Path) -> None:
    tree = world(
        tmp_path,
        {
            "/usr/local/cuda/lib64/stubs/libcuda.so.1": "",
            "/usr/lib/x86_64-linux-gnu/libcuda.so.535.161.08": "",
            "/usr/lib/wsl/lib/libcuda.so.1": "",
        },
    )
    link = tmp_path / "usr/lib/x86_64-linux-gnu/libcuda.so.1"
    link.symlink_to("libcuda.so.535.161.08")
    found = cuda_libraries(tree, "/usr/local/cuda/lib64/stubs:/nowhere")
    assert [each.kind for each in found] == ["stub", "wsl", "driver"]
    assert found[2].version == Version.parse("535.161.08")


# the condition of the cards


def test_the_condition_of_cards_comes_from_nvml(fake_driver: FakeDriver) -> None:
    profile = LAPTOP + (
        "gpu 0 compute-mode 3\ngpu 0 reasons 104\ngpu 0 temperature 91\n"
        f"gpu 0 ecc-errors 2\ngpu 0 rows 0 1 1 0\ngpu 0 process 0 {os.getpid()} C 300\n"
    )
    child = conditions.start(fake_driver.nvml(profile).environment(), 10)
    assert child.wait(20)
    [health], reading = conditions.read(child)
    assert reading.status is Status.OK
    assert (health.compute_mode, health.temperature_c) == ("exclusive-process", 91)
    assert health.throttle_reasons == ("hw-slowdown", "sw-thermal", "hw-thermal")
    assert (health.ecc_uncorrected, health.pages_pending, health.remap_failed) == (2, True, False)
    assert [(each.pid, each.memory_mib) for each in health.processes] == [(os.getpid(), 300)]


def test_a_card_that_tells_nothing_is_not_ill(fake_driver: FakeDriver) -> None:
    child = conditions.start(fake_driver.nvml(LAPTOP, is_old=True).environment(), 10)
    assert child.wait(20)
    [health], _reading = conditions.read(child)
    assert health == type(health)(index=0)


def test_a_call_that_hangs_costs_only_its_time(fake_driver: FakeDriver) -> None:
    hanging = LAPTOP + "gpu 0 compute-mode 3\nhang nvmlDeviceGetTotalEccErrors 0\n"
    child = conditions.start(fake_driver.nvml(hanging).environment(), 10)
    child.wait(0.8)
    health, reading = conditions.read(child)
    child.stop()
    assert reading.status is Status.TIMEOUT
    assert [each.compute_mode for each in health] in (["exclusive-process"], [])


# the shell, the installers


def test_lines_of_start_files_are_judged(tmp_path: Path) -> None:
    text = (
        "# export LD_LIBRARY_PATH=/old\n"
        "export LD_LIBRARY_PATH=/usr/local/cuda/lib64:$LD_LIBRARY_PATH\n"
        'export LD_LIBRARY_PATH="/there"   # only this\n'
        "LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$HOME/gone\n"
        "if true; then\n  export CUDA_VISIBLE_DEVICES=''\nfi\n"
        "export CUDA_HOME=$CONDA_PREFIX\n"
    )
    tree = world(tmp_path, {"/home/alice/.bashrc": text, "/there/": ""})
    found = read_shell_lines(tree)
    lines = [(each.number, each.overwrites, each.points_to_nothing) for each in found]
    assert lines == [
        (2, False, True), (3, True, False), (4, False, True), (6, True, False), (8, True, False),
    ]  # fmt: skip


def test_files_of_installers_are_read_as_they_read_them(tmp_path: Path) -> None:
    files = {
        "/home/alice/.condarc": "\ufeffchannels:\r\n  - defaults\r\nchannels:\r\n  - x\r\n",
        "/home/alice/.config/conda/.condarc": "custom_channels: {pytorch: https://m.example/cloud}\n",
        "/home/alice/.config/pip/pip.conf": "[global]\nIndex_URL = https://m.example/simple\n",
        "/home/alice/pip.conf": "[global]\nindex-url = https://m.example/simple\n",
        "/home/alice/.config/uv/uv.toml": "[[index]]\nurl = 'https://m.example/simple'\n",
        "/etc/pip.conf": "[global]\nno-index = true\n",
    }
    found = {each.path: each for each in read_config_files(world(tmp_path, files), MACHINE, None)}
    broken_file = found["/home/alice/.condarc"]
    assert (broken_file.error, broken_file.line) == ("channels twice", 3)
    custom = found["/home/alice/.config/conda/.condarc"].settings
    assert custom == (("custom_channels.pytorch", "https://m.example/cloud"),)
    pip = found["/home/alice/.config/pip/pip.conf"]
    assert pip.settings == (("global.index-url", "https://m.example/simple"),)
    assert found["/home/alice/pip.conf"].is_read is False
    assert found["/home/alice/.config/uv/uv.toml"].settings == (
        ("index", "https://m.example/simple"),
    )


def test_a_cut_package_of_conda_is_damage(tmp_path: Path) -> None:
    files = {
        "/home/alice/.conda/pkgs/whole-1-0.conda": "PK\x03\x04",
        "/home/alice/.conda/pkgs/cut-1-0.conda": "",
        "/home/alice/.conda/pkgs/page-1-0.tar.bz2": "<html>403</html>",
        "/home/alice/.conda/pkgs/good-1-0/info/index.json": '{"name": "good"}',
        "/home/alice/.conda/pkgs/half-1-0/info/files": "lib/x.so\n",
    }
    found = read_caches(world(tmp_path, files), MACHINE)
    names = [(Path(each.path).name, each.what) for each in found]
    assert names == [
        ("cut-1-0.conda", "not-a-package"),
        ("half-1-0", "no-index"),
        ("page-1-0.tar.bz2", "not-a-package"),
    ]


def test_a_proxy_that_refuses_is_dead_and_a_name_without_answer_is_not(tmp_path: Path) -> None:
    from dataclasses import replace

    dead = replace(MACHINE, proxies=(("https", "http://127.0.0.1:9"),))
    assert read_surroundings(world(tmp_path), dead, None).dead_proxy == "http://127.0.0.1:9"
    assert read_surroundings(world(tmp_path), MACHINE, None).dead_proxy is None


def test_a_machine_with_a_card_is_asked_for_its_log(tmp_path: Path) -> None:
    from dataclasses import replace

    tree = world(tmp_path, {})
    card = replace(MACHINE, pci_gpus=(PciGpu("2204"),), kernel=KERNEL)
    found = read_surroundings(tree, card, None)
    assert [each.source for each in found.readings] == ["kernel-log"]
    assert found.module is not None
    assert found.module.is_loaded is False


def test_the_script_says_one_line_of_json() -> None:
    script = Path(__file__).parents[2] / "src" / "gpusetup" / "inside" / "examine.py"
    done = subprocess.run(
        [sys.executable, "-B", str(script)], capture_output=True, text=True, check=True
    )
    [line] = done.stdout.splitlines()
    told = json.loads(line.partition(" ")[2])
    assert str(script.parent) not in told["folders"]
    assert told["version"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")


@pytest.mark.skipif(
    not any(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED")), reason="no such distribution"
)
def test_a_venv_of_a_distributions_python_is_not_the_distributions(tmp_path: Path) -> None:
    mark = next(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED"))
    system = Path("/usr/bin") / mark.parent.name
    prefix = tmp_path / "env"
    subprocess.run([str(system), "-m", "venv", "--without-pip", str(prefix)], check=True)
    here = World(os.environ)
    assert read_environment(str(system), here, None).externally_managed is True
    assert read_environment(str(prefix / "bin/python"), here, None).externally_managed is False
