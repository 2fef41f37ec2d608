"""What a plan on a login node says of the nodes, and of what is loaded in its shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusetup.basics.errors import UsageError
from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Refusal
from gpusetup.choosing.choose import choose
from gpusetup.cli.clustered import about_nodes, only_kinds
from gpusetup.cli.survey_places import about_prefix
from gpusetup.compat_files import packaged_or_configured
from gpusetup.machine import Arch, Driver, Gpu, Machine, Os, Reading, Status
from gpusetup.matrix.rows import Matrix
from gpusetup.probe.cluster_modules import cuda_folders, read_modules
from gpusetup.probe.world import World
from gpusetup.request import Request


def node(name: str, driver: str, capability: tuple[int, int], *readings: Reading) -> Machine:
    return Machine(
        Os.LINUX, Arch.X86_64, name=name, driver=Driver(Version.parse(driver)),
        gpus=(Gpu(0, name, capability),), readings=readings,
    )  # fmt: skip


def login(*nodes: Machine, **more: object) -> Machine:
    return Machine(Os.LINUX, Arch.X86_64, node_role="login", compute_nodes=nodes, **more)  # type: ignore[arg-type]


V100 = node("v100", "570.86.15", (7, 0))
A100 = node("a100", "535.161.08", (8, 0))
K40 = node("k40", "390.157", (3, 5))


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return packaged_or_configured({})


def test_where_nothing_covers_all_kinds_the_ways_out_are_kinds(matrix: Matrix) -> None:
    decision = choose(login(V100, A100, K40), Request(), matrix)
    assert isinstance(decision, Refusal)
    conditions = [str(each.condition.facts["condition"]) for each in decision.would_change]
    assert {"--for-kind v100,a100", "--for-kind k40"} <= set(conditions)


def test_a_kind_that_keeps_all_others_on_an_old_torch_is_named(matrix: Matrix) -> None:
    choice = choose(login(V100, K40), Request(), matrix)
    assert not isinstance(choice, Refusal)
    found = {each.condition.facts["condition"]: each.then for each in choice.would_change}
    assert found["--for-kind v100"].torch > choice.build.torch


def test_a_kind_that_did_not_answer_is_a_warning(matrix: Matrix) -> None:
    readings = (Reading("slurm-kind:h100", Status.TIMEOUT, "job.out-of-time"),)
    choice = choose(login(V100, readings=readings), Request(), matrix)
    assert not isinstance(choice, Refusal)
    (warning,) = [each for each in choice.warnings if each.code == "choose.kinds-unknown"]
    assert warning.facts == {"kinds": "h100"}


def test_only_the_kinds_that_were_named_count() -> None:
    machine = login(V100, A100, K40)
    assert only_kinds(machine, ("a100", "v100")).compute_nodes == (V100, A100)
    with pytest.raises(UsageError) as error:
        only_kinds(machine, ("h100",))
    assert error.value.facts["kinds"] == "v100, a100, k40"


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (Status.OK, []),
        (Status.ABSENT, ["plan.prefix-not-on-nodes"]),
        (Status.TIMEOUT, ["plan.prefix-maybe-not-on-nodes"]),
    ],
)
def test_a_folder_that_nodes_do_not_have(status: Status, codes: list[str]) -> None:
    here = Reading("place", Status.OK, "/home/ana")
    scratch = Reading("place", status, "/home/ana/scratch")
    machine = login(node("v100", "570.86.15", (7, 0), here, scratch))
    found = about_prefix("/home/ana/scratch/envs/torch", machine)
    assert [each.code for each in found] == codes


def test_a_folder_that_nobody_asked_about_is_not_known() -> None:
    (reason,) = about_prefix("/work/envs/torch", login(V100))
    assert reason.code == "plan.prefix-maybe-not-on-nodes"


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "modules"
    for name in ("cuda/12.4.lua", "cuda/11.8.lua", "miniconda3/24.1", "gcc/12.2", ".version"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    monkeypatch.setenv("MODULEPATH", f"{folder}:/nowhere")
    monkeypatch.setenv("LOADEDMODULES", "gcc/12.2:cuda/12.4:miniconda3/24.1")
    return folder


def test_modules_of_cuda_and_conda_are_seen(modules: Path) -> None:
    import os

    found = read_modules(World(os.environ))
    assert found.there == ("cuda/11.8", "cuda/12.4", "miniconda3/24.1")
    assert found.loaded == ("cuda/12.4", "miniconda3/24.1")


def test_a_loaded_cuda_module_is_named_in_the_plan(modules: Path) -> None:
    reasons = about_nodes(login(), Request(prefix="/work/envs/torch"))
    assert [(each.code, dict(each.facts)) for each in reasons] == [
        ("plan.module-loaded", {"module": "cuda/12.4"})
    ]


def test_cuda_libraries_on_the_library_path_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "libcudnn.so.9").touch()
    path = f"/nowhere:{tmp_path}"
    monkeypatch.delenv("LOADEDMODULES", raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", path)
    assert cuda_folders({"LD_LIBRARY_PATH": path}) == (str(tmp_path),)
    (reason,) = about_nodes(login(), Request(prefix="/work/envs/torch"))
    assert (reason.code, reason.facts) == ("plan.library-path", {"folder": str(tmp_path)})
