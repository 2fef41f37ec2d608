"""What conda is told about a machine, and when a solver's answer is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Companion
from gpusetup.engines import conda, conda_output, rattler, specs, uv
from gpusetup.engines.solved import Solved, read_conda, read_rattler
from gpusetup.machine import Absence, Machine
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.profiles.reading import machine_from_text
from gpusetup.request import Engine, Origin

V = Version.parse
MACHINES = Path(__file__).parents[1] / "machines"


def machine(name: str) -> Machine:
    text = (MACHINES / f"{name}.yaml").read_text(encoding="utf-8")
    return machine_from_text(text, name)


def choice(*, build: str = "cu121", runtime: str | None = "12.1", torch: str = "2.1.2") -> Choice:
    row = Build(
        torch=V(torch), build=build, origin=Origin.PYTORCH, platform="linux-x86_64",
        cuda_runtime=V(runtime) if runtime else None, architectures=((8, 6),), ptx=(),
        pythons=(V("3.11"),), toolkit="pytorch-cuda" if runtime else "cpuonly", channels=("nvidia",),
    )  # fmt: skip
    companions = (Companion("torchvision", V("0.16.2")),)
    return Choice(row, V("3.11"), Engine.RATTLER, Confidence.HIGH, companions, ("numpy<2",))


def answer(**changes: str) -> list[Solved]:
    """What a solver says: name=version=build; a name with "-" leaves the package out."""
    packages = {
        "python": "3.11.9=h0", "pytorch": "2.1.2=py3.11_cuda12.1_cudnn8.9.2_0",
        "torchvision": "0.16.2=py311_cu121", **changes,
    }  # fmt: skip
    return [Solved(name, *text.split("=")) for name, text in packages.items() if text != "-"]


def test_a_login_node_is_planned_for_its_oldest_compute_node() -> None:
    login = machine("slurm-login")
    told = specs.overrides(choice(), login, simulated=False)
    oldest = min(
        each.driver.cuda_version
        for each in login.compute_nodes
        if each.driver not in (None, Absence.NOT_THERE) and each.driver.cuda_version  # type: ignore[union-attr]
    )
    assert told["CONDA_OVERRIDE_CUDA"] == str(oldest)


def test_a_machine_that_sees_its_own_driver_is_told_nothing() -> None:
    assert specs.overrides(choice(), machine("lab-535-four-cards"), simulated=False) == {}


def test_a_container_build_without_a_driver_is_told_the_cuda_of_the_build() -> None:
    told = specs.overrides(choice(), machine("debian-no-gpu"), simulated=False)
    assert told == {"CONDA_OVERRIDE_CUDA": "12.1"}


def test_a_cpu_build_needs_no_driver() -> None:
    cpu = choice(build="cpu", runtime=None)
    assert specs.overrides(cpu, machine("debian-no-gpu"), simulated=False) == {}


def test_compute_nodes_with_an_older_glibc_decide() -> None:
    login = replace(machine("slurm-login"), libc=machine("rtx-5090").libc)
    told = specs.overrides(choice(), login, simulated=False)
    assert told["CONDA_OVERRIDE_GLIBC"] == str(machine("slurm-login").compute_nodes[0].libc.version)  # type: ignore[union-attr]


def test_the_answer_that_was_chosen_is_taken() -> None:
    assert specs.judge(choice(), answer()) is None


REFUSED = {
    "conda.cpu-without-nvidia": {"pytorch": "2.1.2=py3.11_cpu_0"},
    "conda.cpu-by-toolkit": {"pytorch": "2.1.2=py3.11_cpu_0", "cudatoolkit": "11.6.0=h0"},
    "conda.cpu-build": {"pytorch": "2.1.2=py3.11_cpu_0", "pytorch-cuda": "12.1=ha_6"},
    "conda.other-torch": {"pytorch": "2.2.0=py3.11_cuda12.1_cudnn8.9.2_0"},
    "conda.other-cuda": {"pytorch": "2.1.2=py3.11_cuda11.8_cudnn8.7.0_0"},
    "conda.other-python": {"python": "3.12.1=h0"},
    "conda.other-companion": {"torchvision": "0.15.0=py311_cu121"},
}


@pytest.mark.parametrize("code", REFUSED)
def test_another_answer_is_refused_by_name(code: str) -> None:
    reason = specs.judge(choice(), answer(**REFUSED[code]))
    assert reason is not None
    assert reason.code == code


def test_a_cpu_marker_beside_a_cuda_build_is_refused() -> None:
    reason = specs.judge(choice(), answer(cpuonly="2.0=0"))
    assert reason is not None
    assert reason.code == "conda.cpu-by-marker"


def test_a_missing_torch_is_refused() -> None:
    reason = specs.judge(choice(), answer(pytorch="-"))
    assert reason is not None
    assert reason.facts["found"] == "-"


def test_no_spec_of_torch_leaves_its_build_open() -> None:
    wanted = specs.wanted(choice(), ("numpy", "pip"), ("opencv",))
    assert wanted.channels == ("pytorch", "nvidia", "conda-forge")
    assert wanted.specs == (
        "python=3.11", "pytorch=2.1.2=py3.11_cuda12.1*", "torchvision=0.16.2=*_cu121*",
        "pytorch-cuda=12.1", "numpy<2", "pip", "opencv",
    )  # fmt: skip
    assert "defaults" not in wanted.channels


def test_every_engine_names_its_channels_and_asks_nothing() -> None:
    wanted = specs.wanted(choice(), (), ())
    for step in (
        conda.create("mamba", "/envs/my env", wanted, {}, "step.create-env"),
        conda.dry_run("mamba", "/envs/my env", wanted, {}),
    ):
        assert step.argv[:2] == ("mamba", "create")
        assert {"--yes", "--override-channels"} <= set(step.argv)
    step = rattler.create("", "/envs/my env", wanted, {}, "step.create-env")
    assert step.argv[:6] == ("gpusetup", "engine", "rattler", "create", "--prefix", "/envs/my env")
    assert step.creates == "/envs/my env"


def test_a_dry_run_never_names_the_environment_that_may_be_there() -> None:
    """Older releases of conda removed it even then."""
    step = conda.dry_run("conda", "/envs/torch", specs.wanted_python(V("3.12")), {})
    assert step.argv[step.argv.index("--prefix") + 1] != "/envs/torch"


def test_the_answers_of_both_engines_are_read() -> None:
    text = (
        'warning: something\n{\n "success": true, "actions": {\n "FETCH": [{"name": "pip", "version": '
        '"25.3", "build": "pyh0_0", "url": "https://c/pip.conda", "size": 7}],\n "LINK": [{"name": '
        '"pip", "version": "25.3", "build_string": "pyh0_0", "channel": "conda-forge"}]}\n}\n'
    )
    assert read_conda(text) == (
        Solved("pip", "25.3", "pyh0_0", "conda-forge", "https://c/pip.conda", 7),
    )
    with pytest.raises(ValueError, match="no actions"):
        read_conda('{"error": "x"}')
    with pytest.raises(ValueError, match="no packages"):
        read_rattler('{"schema": "gpusetup.error/1"}')


def test_condas_bars_are_read_as_it_draws_them() -> None:
    """With the cursor movements between them, and names that conda cut."""
    text = (
        "\npytorch-2.8.0        | 3.9 MB    | ###########5        |  10% \n\n"
        "libcublas-dev-12.9.1 | 456 KB    |                     |   0% \x1b[A\n"
        "_openmp_mutex-4.5    | 2 KB      | ################### | 100% \x1b[A\x1b[A\n"
    )
    bars = {each.name: each for each in conda_output.read_bars(text)}
    assert set(bars) == {"pytorch", "libcublas-dev", "_openmp_mutex"}
    assert round(bars["pytorch"].done_mib / bars["pytorch"].total_mib, 2) == 0.10
    assert round(bars["pytorch"].total_mib, 1) == 3.7


def test_on_autodl_packages_are_kept_on_the_data_disk() -> None:
    from gpusetup.plan import Setting, make_plan
    from gpusetup.request import Request
    from gpusetup.road.placing import place_elsewhere

    found = machine("autodl-3090")
    for engine, name in ((Engine.RATTLER, "RATTLER_CACHE_DIR"), (Engine.CONDA, "CONDA_PKGS_DIRS")):
        chosen = replace(choice(), engine=engine)
        place = place_elsewhere(Request(), chosen.python, found, engine)
        step = make_plan(chosen, Request(), found, place, Setting(simulated=True)).steps[0]
        assert step.env[name] == "/root/autodl-tmp/gpu-envs/.packages"  # type: ignore[union-attr]


def test_on_autodl_wheels_are_kept_on_the_data_disk_unless_it_was_said_otherwise() -> None:
    """Links from the cache into the environment need one disk."""
    from gpusetup.request import Request
    from gpusetup.road.placing import make_place, place_elsewhere

    found = machine("autodl-3090")
    place = place_elsewhere(Request(), V("3.11"), found)
    assert (
        uv.create_environment(place).env["UV_CACHE_DIR"] == "/root/autodl-tmp/gpu-envs/.packages/uv"
    )
    here = {"GPUSETUP_ENVS": "/data/envs"}
    assert make_place(Request(), V("3.11"), found, here).wheel_cache == "/data/envs/.packages/uv"
    said = {**here, "UV_CACHE_DIR": "/mine", "CONDA_PKGS_DIRS": "/shared/pkgs"}
    place = make_place(Request(), V("3.11"), found, said, Engine.CONDA)
    assert (place.wheel_cache, place.package_cache) == ("", "")


@pytest.mark.parametrize(
    ("kind", "version", "engine"),
    [
        ("mamba", "2.0.5", Engine.RATTLER), ("micromamba", "2.0.0", Engine.RATTLER),
        ("mamba", "2.0.6", Engine.MAMBA), ("mamba", "1.5.8", Engine.MAMBA),
        ("conda", "4.7.12", Engine.CONDA), ("micromamba", None, Engine.MICROMAMBA),
    ],
)  # fmt: skip
def test_a_mamba_that_finds_no_build_by_its_name_is_not_taken_by_itself(
    kind: str, version: str | None, engine: Engine
) -> None:
    from gpusetup.choosing.engines import pick_engine
    from gpusetup.machine import Conda
    from gpusetup.request import Request

    found = replace(machine("rtx-5090"), conda=Conda("/opt/bin/x", kind, version))
    assert pick_engine(found, Request(), choice().build) is engine
    wheel = replace(choice().build, origin=Origin.WHEEL_INDEX)
    assert pick_engine(found, Request(), wheel) is Engine(kind)
    assert pick_engine(found, Request(engine=Engine.MAMBA), choice().build) is Engine.MAMBA


@pytest.mark.parametrize(
    "channel",
    ["conda-forge", "https://m.example/cloud/conda-forge/linux-64", "file:///c/conda-forge/"],
)
def test_a_torch_of_conda_forge_is_known_however_the_channel_is_said(channel: str) -> None:
    others = [each for each in answer() if each.name != "pytorch"]
    torch = Solved("pytorch", "2.1.2", "cpu_generic_py311_h0_1", channel)
    reason = specs.judge(choice(), [*others, torch])
    assert reason is not None
    assert reason.code == "conda.cpu-by-priority"
