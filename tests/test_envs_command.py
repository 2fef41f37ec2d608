"""`gpusetup envs`: every environment of the machine is found, read, copied, removed and had back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
import uv

from tests.lab.bits import bits_of
from tests.lab.channel import Stub, write_channel
from tests.lab.conda_shim import write_shim
from tests.lab.wheels import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="links and stub wheels of Linux")

TAG = "cp{0}{1}-cp{0}{1}-manylinux_2_17_{2}".format(*sys.version_info[:2], os.uname().machine)
MINOR = "{}.{}".format(*sys.version_info)
SITE = f"lib/python{MINOR}/site-packages"
PLACEHOLDER = "/opt/placehold" + "_placehold" * 20
CUDA = "__version__ = '2.7.1+cu126'\ndebug = False\ncuda: Optional[str] = '12.6'\nhip: Optional[str] = None\n"
CPU = "__version__ = '2.8.0'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n"
WHOLE = {
    "torch/__init__.py": "", "torch/lib/libtorch_cpu.so": "x" * 99, "torch/nn/modules/linear.py": "",
    "torch/nn/__init__.py": "", "torch/lib/libc10.so": "x",
}  # fmt: skip


class Machine:
    """A home with environments of all kinds, made by a real uv and by a conda over rattler."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        self.root = folder / "miniconda3"
        shim = write_shim(self.root / "bin")
        self.environ = {
            "HOME": str(home), "PATH": f"{shim.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            "RATTLER_CACHE_DIR": str(folder / "cache"), "SHELL": "/bin/bash",
        }  # fmt: skip
        (home / "empty").mkdir()

    def gpusetup(self, *words: str, code: int = 0) -> dict[str, Any]:
        ended = self.run(*words, "--json", code=code)
        found = json.loads(ended.stdout)
        assert isinstance(found, dict)
        return found

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            [sys.executable, "-m", "gpusetup", *words], env=self.environ, text=True,
            cwd=self.home / "empty", stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended

    def listed(self, *words: str) -> dict[str, dict[str, Any]]:
        found = self.gpusetup("envs", "list", *words)["environments"]
        return {each["path"]: each for each in found if each["path"] != sys.prefix}  # our own

    def venv(self, path: Path, version: str = CUDA, prompt: str = "x") -> Path:
        """By uv, with a stub of torch."""
        wheels = self.folder / "wheels"
        found = version.split("'")[1]
        make_wheel(wheels, "torch", found, tag=TAG, files={"torch/version.py": version, **WHOLE})
        tool = {
            "tool/__init__.py": "def main(): print('it runs')\n",
            "tool-1.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n",
        }
        make_wheel(wheels, "tool", "1", files=tool)
        words = ["venv", "-q", "-p", sys.executable, "--prompt", prompt, str(path)]
        subprocess.run([uv.find_uv_bin(), *words], check=True, capture_output=True)
        words = ["pip", "install", "-q", "--no-index", "--find-links", str(wheels), "--python"]
        subprocess.run(
            [uv.find_uv_bin(), *words, str(path / "bin" / "python"), f"torch=={found}", "tool"],
            check=True, capture_output=True,
        )  # fmt: skip
        return path

    def conda(self, *words: str) -> str:
        done = subprocess.run(
            ["conda", *words], env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def conda_environment(self, *where: str) -> None:
        """With a package whose files hold the path: a script, and a compiled file."""
        channel = self.folder / "channel"
        binary = f"\x7fELF{PLACEHOLDER}/lib:{PLACEHOLDER}/lib64\0end"
        stubs = [
            Stub("python", f"{MINOR}.9", "h0_0", files={"pyvenv.cfg": (f"home = {Path(sys.executable).resolve().parent}\n", 0o644)}, links={"bin/python": str(Path(sys.executable).resolve())}),
            Stub("pytorch", "2.8.0", "cuda129_mkl_py0_h0_301", files={f"{SITE}/torch/version.py": ("__version__ = '2.8.0'\ncuda: Optional[str] = '12.9'\n", 0o644), f"{SITE}/torch/extra.py": ("", 0o644)}),
            Stub("prefixed", "1.0", "0", files={"bin/prefixed": (f"#!{PLACEHOLDER}/bin/python\nprint('it runs')\n", 0o755), "lib/libprefixed.so": (binary, 0o755)}, placeholders={"bin/prefixed": "text", "lib/libprefixed.so": "binary"}, placeholder=PLACEHOLDER),
        ]  # fmt: skip
        url = write_channel(channel, stubs, packages=True)
        self.conda("create", "--yes", *where, "-O", "-c", url, "python", "pytorch", "prefixed")


@pytest.fixture
def machine(tmp_path: Path, home: Path) -> Machine:
    return Machine(tmp_path, home)


def test_environments_of_all_kinds_are_found_and_read(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    machine.conda_environment("-p", str(machine.folder / "elsewhere" / "my env"))
    machine.venv(machine.home / "gpu-envs" / "course")
    machine.venv(machine.home / "thesis" / ".venv", CPU)
    (machine.root / "conda-meta").mkdir()
    (machine.root / "conda-meta" / "history").write_text("")
    (machine.root / "condabin").mkdir()
    found = machine.listed()
    facts = {
        path: (
            each["name"],
            each["kind"],
            each["torch"],
            each["build"],
            each["cuda_runtime"],
            each["state"],
        )
        for path, each in found.items()
    }
    assert facts == {
        str(machine.home / "gpu-envs" / "course"): ("course", "venv", "2.7.1", "cu126", "12.6", "healthy"),
        str(machine.home / "thesis" / ".venv"): ("thesis/.venv", "venv", "2.8.0", "cpu", None, "healthy"),
        str(machine.root / "envs" / "cola"): ("cola", "conda", "2.8.0", "cu129", "12.9", "healthy"),
        str(machine.folder / "elsewhere" / "my env"): ("my env", "conda", "2.8.0", "cu129", "12.9", "healthy"),
        str(machine.root): ("base", "conda", None, None, None, "broken"),
    }  # fmt: skip
    assert found[str(machine.root / "envs" / "cola")]["python"] == f"{MINOR}.9"
    assert found[str(machine.root)]["base"] is True
    assert [each["code"] for each in found[str(machine.root)]["problems"]] == ["no-python"]


def _without_python(path: Path) -> None:
    (path / "bin" / "python").unlink()
    (path / "bin" / "python").symlink_to("/gone/python3.11")
    (path / "bin" / "python3").unlink()


def _twice(path: Path) -> None:
    shutil.copytree(
        path / SITE / "torch-2.7.1+cu126.dist-info", path / SITE / "torch-2.6.0.dist-info"
    )


@pytest.mark.parametrize(
    ("break_", "code"),
    [
        (_without_python, "python-gone"),
        (_twice, "torch-twice"),
        (lambda path: shutil.rmtree(path / SITE / "torch"), "torch-incomplete"),
    ],
    ids=["python", "twice", "incomplete"],
)
def test_what_is_wrong_with_an_environment_is_told_without_starting_it(
    machine: Machine, break_: Any, code: str
) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    break_(path)
    [found] = machine.listed("--no-size").values()
    assert found["state"] == "broken"
    assert [each["code"] for each in found["problems"]] == [code]
    assert found["problems"][0]["text"]


def _without(*names: str) -> Any:
    def remove(path: Path) -> None:
        for name in names:
            gone = path / SITE / name
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()

    return remove


def _emptied(path: Path) -> None:
    library = path / SITE / "torch" / "lib" / "libtorch_cpu.so"
    library.unlink()  # in the package cache it stays whole
    library.write_bytes(b"")


def _without_list(path: Path) -> None:
    """As of other installers: only what every torch has can be looked for then."""
    _without("torch-2.7.1+cu126.dist-info/RECORD")(path)


@pytest.mark.parametrize(
    ("break_", "word"),
    [
        (_without("torch/lib/libtorch_cpu.so"), "torch/lib/libtorch_cpu.so"),
        (_without("torch/lib/libc10.so"), "torch/lib/libc10.so"),
        (_without("torch/__init__.py"), "torch/__init__.py"),
        (_without("torch/nn/modules"), "torch/nn/modules"),
        (_without("torch/lib"), "torch/lib"),
        (_emptied, "torch/lib/libtorch_cpu.so"),
        (_without_list, "torch/lib/libtorch_python.so"),
    ],
    ids=["library", "c10", "init", "modules", "folder", "emptied", "no list"],
)
def test_a_damaged_torch_is_told_without_importing_it(
    machine: Machine, break_: Any, word: str
) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    break_(path)
    [found] = machine.listed("--no-size").values()
    assert found["state"] == "broken"
    [problem] = found["problems"]
    assert problem["code"] in ("torch-damaged", "torch-damaged-more")
    assert word in problem["text"]
    assert found["next"].endswith(" doctor --env course")


def test_the_doctor_that_is_named_looks_into_a_damaged_torch(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course", CPU)
    _without("torch/lib/libtorch_cpu.so")(path)
    main = machine.gpusetup("doctor", "--env", "course", code=1)["findings"][0]
    assert main["id"] == "torch.damaged"
    assert main["evidence"] == ["torch/lib/libtorch_cpu.so"]


def test_the_doctor_that_is_named_looks_for_a_python_that_is_gone(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    _without_python(path)
    listed = machine.run("envs", "--no-size")
    assert "doctor --env course" in listed.stderr
    found = machine.gpusetup("doctor", "--env", "course", code=1)["findings"][0]
    assert found["id"] == "environment.python-broken"
    refused = machine.gpusetup("verify", "--env", "course", code=2)
    assert refused["code"] == "verify.python-gone"
    assert "/gone/python3.11" in refused["text"]


def test_a_torch_of_conda_is_held_against_condas_own_list(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    prefix = machine.root / "envs" / "cola"
    (prefix / SITE / "torch" / "extra.py").unlink()
    [found] = machine.listed("--no-size").values()
    [problem] = found["problems"]
    assert problem["facts"]["file"] == f"{SITE}/torch/extra.py"


def test_a_record_of_conda_that_was_cut_is_told(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    [record] = (machine.root / "envs" / "cola" / "conda-meta").glob("prefixed-*.json")
    record.write_bytes(record.read_bytes()[:100])
    [found] = machine.listed("--no-size").values()
    assert [each["code"] for each in found["problems"]] == ["record-cut"]


def test_sizes_tell_what_removal_gives_back(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    (path / "own.bin").write_bytes(b"x" * (3 << 20))
    (machine.home / "cached").write_bytes(b"y" * (5 << 20))
    os.link(machine.home / "cached", path / "lib" / "shared.so")
    os.link(path / "own.bin", path / "lib" / "same.bin")
    [found] = machine.listed().values()
    assert found["size_mib"] - found["own_mib"] >= 5
    assert 3 <= found["own_mib"] < 6


def test_a_list_of_many_environments_does_not_start_any(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    slow = "import time\ntime.sleep(60)\n"
    for number in range(30):
        copy = path.with_name(f"course-{number}")
        shutil.copytree(path, copy, symlinks=True)
        (copy / SITE / "torch" / "__init__.py").write_text(slow)
        (copy / SITE / "sitecustomize.py").write_text(slow)
    begun = time.monotonic()
    assert len(machine.listed()) == 31
    assert time.monotonic() - begun < 30


# copying ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["copy", "my copies/it's one " + "x" * 60])
def test_a_copy_of_a_virtual_environment_works_at_its_place(machine: Machine, target: str) -> None:
    source = machine.venv(machine.home / "gpu-envs" / "course", prompt="course")
    before = bits_of(source)
    place = machine.home / "elsewhere" / target
    document = machine.gpusetup("envs", "clone", "course", "--prefix", str(place), "--yes")
    assert document["environment"]["torch"] == "2.7.1"
    assert bits_of(source) == before
    assert said(str(place / "bin" / "tool")) == "it runs"
    told = said("sh", "-c", '. "$1/bin/activate"; echo "$VIRTUAL_ENV" $VIRTUAL_ENV_PROMPT; command -v tool', "sh", str(place))  # fmt: skip
    assert told.split("\n") == [
        f"{place} {place.name}".replace("'", "'"),
        str(place / "bin" / "tool"),
    ]
    assert paths_of(place, source) == []
    [record] = place.glob("lib/python3*/site-packages/tool-*/RECORD")
    subprocess.run(
        [uv.find_uv_bin(), "pip", "check", "--python", str(place / "bin" / "python")], check=True
    )
    assert str(source) not in record.read_text()
    machine.gpusetup("undo", "--yes")
    assert not place.exists()


def test_a_copy_of_a_conda_environment_works_at_its_place(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    source, place = (
        machine.root / "envs" / "cola",
        machine.root / "envs" / "longer-name-than-before",
    )
    (source / "notebooks").mkdir()
    (source / "notebooks" / "thesis.ipynb").write_text("years")
    before = bits_of(source)
    machine.gpusetup("envs", "clone", "cola", place.name, "--yes")
    assert bits_of(source) == before
    assert said(str(place / "bin" / "prefixed")) == "it runs"
    library = (place / "lib" / "libprefixed.so").read_bytes()
    assert library.startswith(f"\x7fELF{place}/lib:{place}/lib64\0".encode())
    assert len(library) == (source / "lib" / "libprefixed.so").stat().st_size
    assert paths_of(place, source) == []
    assert not (place / "notebooks").exists()
    assert (
        said("sh", "-c", '. "$1/bin/activate"; command -v prefixed', "sh", str(place))
        == f"{place}/bin/prefixed"
    )
    listed = json.loads(machine.conda("env", "list", "--json"))["envs"]
    assert str(place) in listed
    own, other = (
        json.loads(machine.conda("list", "-p", str(each), "--json")) for each in (source, place)
    )
    assert own == other
    # conda goes on with it
    machine.conda("remove", "--yes", "-p", str(place), "prefixed")
    assert not (place / "bin" / "prefixed").exists()
    assert said(str(source / "bin" / "prefixed")) == "it runs"


def test_hashes_of_what_was_rewritten_are_true(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    machine.gpusetup("envs", "clone", "cola", "copy", "--yes")
    place = machine.root / "envs" / "copy"
    [record] = (place / "conda-meta").glob("prefixed-*.json")
    for each in json.loads(record.read_text())["paths_data"]["paths"]:
        import hashlib

        digest = hashlib.sha256((place / each["_path"]).read_bytes()).hexdigest()
        assert each["sha256_in_prefix"] == digest, each["_path"]


def test_a_copy_never_goes_onto_something(machine: Machine) -> None:
    machine.venv(machine.home / "gpu-envs" / "course")
    (machine.home / "gpu-envs" / "taken").mkdir()
    assert (
        machine.gpusetup("envs", "clone", "course", "taken", "--yes", code=3)["code"]
        == "envs.clone.taken"
    )
    inside = str(machine.home / "gpu-envs" / "course" / "copy")
    assert (
        machine.gpusetup("envs", "clone", "course", "--prefix", inside, "--yes", code=3)["code"]
        == "envs.clone.inside"
    )


# removing ---------------------------------------------------------------------------------------


def test_a_removed_environment_comes_back_to_the_last_bit(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    path = machine.root / "envs" / "cola"
    before = bits_of(path)
    document = machine.gpusetup("envs", "remove", "cola", "--yes")
    assert document["changed"] is True
    assert not path.exists()
    assert json.loads(machine.conda("env", "list", "--json"))["envs"] == []
    assert [each["what"] for each in machine.gpusetup("envs")["kept"]] == ["removed"]
    machine.gpusetup("undo", "--yes")
    assert bits_of(path) == before
    assert [each.name for each in path.parent.iterdir()] == ["cola"]
    assert machine.conda("run", "-n", "cola", "prefixed") == "it runs\n"


def test_what_is_kept_is_deleted_for_good_on_wish(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    run = machine.gpusetup("envs", "remove", "course", "--yes")["removed"][0]["run"]
    assert machine.gpusetup("envs", "remove", "--kept", "--dry-run")["kept"][0]["prefix"] == str(
        path
    )
    assert list(path.parent.iterdir()) != []
    machine.gpusetup("envs", "remove", "--kept", "--yes")
    assert list(path.parent.iterdir()) == []
    assert machine.gpusetup("undo", run, "--yes", code=3)["code"] == "undo.purged"
    assert machine.gpusetup("undo", "--yes", code=3)["code"] == "undo.nothing"


def test_forever_leaves_nothing_of_it(machine: Machine) -> None:
    machine.conda_environment("-n", "cola")
    machine.gpusetup("envs", "remove", "cola", "--yes", "--forever")
    assert list((machine.root / "envs").iterdir()) == []
    assert not (machine.home / ".conda").exists()


def test_what_must_stay_is_not_removed(machine: Machine, tmp_path: Path) -> None:
    machine.conda_environment("-n", "cola")
    machine.conda_environment("-p", str(machine.root))
    (machine.root / "condabin").mkdir()
    refused = {
        "base": "envs.is-base",
        sys.prefix: "envs.is-own",
    }
    for word, code in refused.items():
        assert machine.gpusetup("envs", "remove", word, "--yes", code=3)["code"] == code
    machine.environ["CONDA_PREFIX"] = str(machine.root / "envs" / "cola")
    assert machine.gpusetup("envs", "remove", "cola", "--yes", code=3)["code"] == "envs.is-active"
    assert (machine.root / "envs" / "cola" / "bin" / "python").exists()


def test_a_name_that_is_not_clear_is_not_guessed(machine: Machine) -> None:
    machine.conda_environment("-n", "course")
    machine.venv(machine.home / "gpu-envs" / "course")
    unclear = machine.gpusetup("envs", "remove", "course", "--yes", code=2)
    assert unclear["code"] == "envs.ambiguous"
    assert str(machine.root / "envs" / "course") in unclear["text"]
    near = machine.gpusetup("envs", "remove", "curse", "--yes", code=2)
    assert "`course`" in near["next"]
    assert (
        machine.gpusetup("envs", "remove", str(machine.home), "--yes", code=2)["code"]
        == "envs.no-environment"
    )


def test_broken_environments_can_be_removed(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "my env")
    _without_python(path)
    machine.gpusetup("envs", "remove", str(path), "--yes")
    assert not path.exists()


def test_nothing_is_removed_where_nobody_can_answer(machine: Machine) -> None:
    path = machine.venv(machine.home / "gpu-envs" / "course")
    assert machine.gpusetup("envs", "remove", "course", code=2)["code"] == "no-terminal"
    assert machine.gpusetup("envs", "remove", "course", "--dry-run")["changed"] is False
    assert path.exists()


# what may not be written --------------------------------------------------------------------------


@pytest.fixture
def read_only(machine: Machine) -> Iterator[Path]:
    """A shared conda as an administrator gives it out, with an environment in it."""
    machine.conda_environment("-p", str(machine.root))
    (machine.root / "condabin").mkdir()
    machine.conda_environment("-n", "shared")
    mount = ["mount", "--bind", "-o", "ro", str(machine.root), str(machine.root)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(machine.root)], check=True)
    yield machine.root / "envs" / "shared"
    subprocess.run(["umount", "--lazy", str(machine.root)], check=True)


def test_a_shared_environment_is_copied_to_be_changed(machine: Machine, read_only: Path) -> None:
    assert machine.listed()[str(read_only)]["writable"] is False
    refused = machine.gpusetup("init", "--yes", "--into", "shared", code=3)
    assert refused["code"] == "plan.into-unwritable"
    assert f"envs clone {read_only}" in refused["next"]
    assert (
        machine.gpusetup("envs", "remove", "shared", "--yes", code=3)["code"]
        == "envs.not-removable"
    )
    document = machine.gpusetup("envs", "clone", "shared", "mine", "--yes")
    assert document["path"] == str(machine.home / "gpu-envs" / "mine")
    assert said(f"{document['path']}/bin/prefixed") == "it runs"


def test_the_base_is_copied_without_the_others(machine: Machine, read_only: Path) -> None:
    document = machine.gpusetup("envs", "clone", "base", "mine", "--yes")
    assert not (Path(document["path"]) / "envs").exists()
    assert said(f"{document['path']}/bin/prefixed") == "it runs"


# the screen -------------------------------------------------------------------------------------


def test_the_screen_holds_what_matters_and_fits(machine: Machine) -> None:
    from gpusetup.terminal.cells import width

    machine.conda_environment("-n", "cola")
    _without_python(machine.venv(machine.home / "gpu-envs" / "course"))
    for columns, language in ((80, "en"), (40, "zh")):
        machine.environ["COLUMNS"] = str(columns)
        text = machine.run("envs", "--lang", language, "--plain").stdout
        for word in ("cola", "2.8.0", "cu129", "course", "/gone/python3.11"):
            assert word in text
        for line in text.splitlines():
            assert width(line) <= columns or " " not in line.strip(), line
        assert ("healthy" in text) == (language == "en")


def said(*argv: str) -> str:
    return subprocess.run(
        argv, capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def paths_of(place: Path, old: Path) -> list[str]:
    """The files of a copy that still hold the path of the original."""
    return [
        str(path.relative_to(place))
        for path in place.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and f"{old}/".encode() in path.read_bytes()
        and path.suffix != ".pyc"
        and path.name != "history"
    ]
