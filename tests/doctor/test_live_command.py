"""`gpusetup doctor` on machines that are made of files, stand-in libraries and real environments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.doctor.lab import Broken, broken, ids, only_home, torch_wheel
from tests.fixtures.drivers import LAPTOP, FakeDriver
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files of Linux")
BUS = "0000:01:00.0"


def on(driver: FakeDriver, home: Path, **environ: str) -> dict[str, Any]:
    """The diagnosis of a machine without an environment."""
    whole = {**driver.environment({"PATH": os.environ["PATH"]}), **environ}
    return only_home(home, **whole).doctor()


def test_a_driver_that_works_is_healthy(home: Path, fake_driver: FakeDriver) -> None:
    fake_driver.nvml(LAPTOP).cuda(13000).module("580.95.05").card(BUS, "28e0")
    document = on(fake_driver, home)
    loud = [each["id"] for each in document["findings"] if each["severity"] != "info"]
    assert (document["verdict"], loud) == ("healthy", [])


def test_a_card_in_the_hands_of_nouveau(home: Path, fake_driver: FakeDriver) -> None:
    fake_driver.card(BUS, "2504", "nouveau").file("sys/module/nouveau/version", "")
    document = on(fake_driver, home)
    assert ids(document)[0] == "driver.nouveau-bound"
    assert document["verdict"] == "broken"


def test_an_update_that_waits_for_a_restart(home: Path, fake_driver: FakeDriver) -> None:
    fake_driver.nvml(LAPTOP + "fail nvmlInit = 18\n").cuda(13000).library_version("580.95.05")
    fake_driver.module("580.82.09").card(BUS, "28e0")
    document = on(fake_driver, home)
    main = document["findings"][0]
    assert main["id"] == "driver.library-mismatch"
    assert main["evidence"] == ["kernel-module: 580.82.09", "libcuda.so.1: 580.95.05"]


def test_a_module_that_is_not_built_for_this_kernel(home: Path, fake_driver: FakeDriver) -> None:
    fake_driver.card(BUS, "2204", None).file("proc/sys/kernel/osrelease", "6.8.0-49-generic\n")
    fake_driver.file("lib/modules/6.8.0-49-generic/modules.dep", "kernel/drm.ko:\n")
    fake_driver.file("lib/modules/6.8.0-48-generic/modules.dep", "updates/dkms/nvidia.ko: drm.ko\n")
    document = on(fake_driver, home)
    assert ids(document)[0] == "driver.module-missing"
    assert "6.8.0-48-generic" in document["findings"][0]["text"]


def test_a_stub_before_the_driver(home: Path, fake_driver: FakeDriver, tmp_path: Path) -> None:
    fake_driver.nvml(LAPTOP).cuda(13000).module("580.95.05")
    # as the machine's tree names it: below its root
    fake_driver.file("opt/cuda/lib64/stubs/libcuda.so.1", "")
    whole = fake_driver.environment({"PATH": os.environ["PATH"]})
    whole["LD_LIBRARY_PATH"] = "/opt/cuda/lib64/stubs:" + whole["LD_LIBRARY_PATH"]
    document = only_home(home, **whole).doctor()
    assert ids(document)[0] == "driver.stub-library"


def test_a_variable_that_hides_the_card(home: Path, fake_driver: FakeDriver) -> None:
    fake_driver.nvml(LAPTOP).cuda(13000).module("580.95.05")
    (home / ".bashrc").write_text("export CUDA_VISIBLE_DEVICES=3\n")
    document = on(fake_driver, home, CUDA_VISIBLE_DEVICES="3")
    assert ids(document)[0] == "gpu.not-visible"


def test_a_hot_card_that_others_use(home: Path, fake_driver: FakeDriver) -> None:
    state = "gpu 0 compute-mode 3\ngpu 0 reasons 64\ngpu 0 temperature 95\n"
    fake_driver.nvml(LAPTOP + state + "gpu 0 process 0 1 C 7000\n").cuda(13000).module("580.95.05")
    document = on(fake_driver, home)
    assert ids(document)[:2] == ["gpu.busy", "gpu.throttled"]


def test_an_older_library_on_the_path_comes_first(tmp_path: Path, home: Path) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.9.0+cu126", "12.6")
    cudnn = make_wheel(tmp_path / "wheels", "nvidia_cudnn_cu12", "9.10.2.21")
    toolkit = tmp_path / "cuda" / "lib64"
    toolkit.mkdir(parents=True)
    (toolkit / "libcudnn.so.8.9.7").write_bytes(b"")
    (toolkit / "libcudnn.so.8").symlink_to("libcudnn.so.8.9.7")
    (home / ".bashrc").write_text(f"export LD_LIBRARY_PATH={toolkit}\n")
    environment = broken(tmp_path / "env", home, [torch, cudnn], LD_LIBRARY_PATH=str(toolkit))

    document = environment.doctor("shell.library-path-overwritten", "environment.library-shadowed")

    found = {each["id"]: each for each in document["findings"]}
    shadowed = found["environment.library-shadowed"]
    assert str(toolkit / "libcudnn.so.8") in shadowed["evidence"][0]
    assert shadowed["because_of"] == "shell.library-path-overwritten"
    # what would shadow is not kept in the new line
    step = found["shell.library-path-overwritten"]["remedy"]["steps"][0]
    assert f"export LD_LIBRARY_PATH={toolkit}" not in [
        line[1:] for line in step["diff"].splitlines() if line.startswith("+e")
    ]


def test_a_module_of_the_cluster_stands_before_torchs_own_library(
    tmp_path: Path, home: Path
) -> None:
    torch = torch_wheel(tmp_path / "wheels", "2.9.0+cu126", "12.6")
    cudnn = make_wheel(tmp_path / "wheels", "nvidia_cudnn_cu12", "9.10.2.21")
    folder = tmp_path / "apps" / "cudnn" / "8.9" / "lib64"
    folder.mkdir(parents=True)
    (folder / "libcudnn.so.8.9.7").write_bytes(b"")
    (folder / "libcudnn.so.8").symlink_to("libcudnn.so.8.9.7")
    environment = broken(
        tmp_path / "env", home, [torch, cudnn], LD_LIBRARY_PATH=str(folder),
        LOADEDMODULES="gcc/12.2:cudnn/8.9:openmpi/4.1",
    )  # fmt: skip
    (found,) = environment.doctor("environment.library-shadowed")["findings"]
    assert "`cudnn/8.9`" in found["text"]
    assert [each["argv"] for each in found["remedy"]["steps"]] == [
        ["module", "unload", "cudnn/8.9"]
    ]


def test_a_python_that_does_not_start(tmp_path: Path, home: Path) -> None:
    prefix = tmp_path / "env"
    (prefix / "bin").mkdir(parents=True)
    python = prefix / "bin" / "python"
    python.write_text(
        "#!/bin/sh\necho 'error while loading shared libraries: libpython3.8.so'\nexit 127\n"
    )
    python.chmod(0o755)
    document = Broken(prefix, home, {"HOME": str(home)}).doctor()
    assert ids(document)[0] == "environment.python-broken"
    assert "libpython3.8.so" in document["findings"][0]["evidence"][0]


def test_the_document_names_the_python_that_was_looked_into(home: Path, tmp_path: Path) -> None:
    assert only_home(home).doctor()["environment"] is None
    made = broken(tmp_path / "course", home, [])
    assert made.doctor()["environment"] == made.python


def test_an_environment_without_torch(tmp_path: Path, home: Path) -> None:
    document = broken(tmp_path / "env", home, []).doctor()
    assert "torch.not-installed" in ids(document)


def test_a_torch_py_of_the_user(tmp_path: Path, home: Path) -> None:
    (home / "torch.py").write_text("print('mine')\n")
    document = broken(
        tmp_path / "env", home, [torch_wheel(tmp_path / "w", "2.9.0+cpu", None)]
    ).doctor()
    assert "environment.torch-shadowed" in ids(document)


def in_gpu_envs(home: Path, *names: str) -> None:
    """Environments where `init` makes them, without a torch."""
    for name in names:
        broken(home / "gpu-envs" / name, home, [])


def test_the_only_environment_of_init_is_looked_into_when_none_is_active(home: Path) -> None:
    in_gpu_envs(home, "torch", "torch.before")  # what `init --replace` has put aside
    done = run_plainly(home)
    assert "Looking into `~/gpu-envs/torch/bin/python`" in done.stdout
    assert (done.returncode, "PyTorch is not installed in this environment" in done.stdout) == (
        1,
        True,
    ), done.stdout


def test_of_two_environments_none_is_looked_into_and_the_answer_says_so(home: Path) -> None:
    in_gpu_envs(home, "one", "two")
    done = run_plainly(home)
    assert "doctor --env NAME" in " ".join(done.stdout.split())
    assert done.stderr == ""
    assert "PyTorch is not installed in this" not in done.stdout


def run_plainly(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpusetup", "doctor"],
        capture_output=True, text=True, timeout=120, check=False, cwd=home,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "COLUMNS": "200"},
    )  # fmt: skip


def test_a_torch_without_one_of_its_own_libraries_is_not_blamed_on_another_package(
    home: Path, tmp_path: Path
) -> None:
    gone = "libtorch_cpu.so: cannot open shared object file: No such file or directory"
    files = {
        "torch/version.py": "__version__ = '2.13.0+cpu'\ncuda = None\nhip = None\n",
        "torch/__init__.py": f"raise ImportError({gone!r})\n",
    }
    wheel = make_wheel(tmp_path / "w", "torch", "2.13.0+cpu", files=files)
    found = ids(broken(tmp_path / "env", home, [wheel]).doctor())
    assert "torch.damaged" in found
    assert "packages.extension-abi" not in found


@pytest.mark.torch_env
def test_a_healthy_environment_is_healthy(home: Path, torch_python: str, tmp_path: Path) -> None:
    bundle = tmp_path / "report.md"
    done = subprocess.run(
        [sys.executable, "-m", "gpusetup", "doctor", "--python", torch_python, "--bundle", str(bundle)],
        capture_output=True, text=True, timeout=120, check=False, cwd=home,
    )  # fmt: skip
    assert (done.returncode, "Nothing is wrong." in done.stdout) == (0, True), done.stdout
    assert len(done.stdout.splitlines()) < 18  # one more remark where a scheduler is installed
    assert "torch 2." in bundle.read_text(encoding="utf-8")
