"""`gpusetup envs clone`: a copy works at its place, and the original stays as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import uv

from tests.envs.made import Machine, paths_of, said
from tests.lab.bits import bits_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="links and stub wheels of Linux")


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
