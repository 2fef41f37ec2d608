"""What is wished beside torch never brings another torch: requirements, nvcc. By real uv."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice, Reason
from gpusetup.choosing.choose import choose
from gpusetup.compat_files import packaged_or_configured
from gpusetup.engines.compiler import Compiler, compiler_for, compiler_warning
from gpusetup.engines.more import objection, requirement_words
from gpusetup.engines.solved import Solved
from gpusetup.engines.specs import judge
from gpusetup.engines.uv import Place
from gpusetup.machine import Machine
from gpusetup.matrix.rows import Build, Confidence
from gpusetup.plan import Setting, make_plan
from gpusetup.profiles.reading import machine_from_text
from gpusetup.request import Engine, Origin, Request
from gpusetup.requirement_files import Requirements, read_requirements
from gpusetup.steps import Command, Plan, WriteFile
from tests.fixtures.torch_env import bare_environment, uv
from tests.lab.wheels import make_wheel

V = Version.parse
MACHINES = Path(__file__).parents[1] / "machines"


def machine(name: str) -> Machine:
    return machine_from_text((MACHINES / f"{name}.yaml").read_text(encoding="utf-8"), name)


def choice(
    origin: Origin = Origin.WHEELHOUSE,
    runtime: str | None = "12.6",
    engine: Engine = Engine.UV,
    location: str | None = None,
) -> Choice:
    build = Build(
        torch=V("2.8.0"), build="cu126" if runtime else "cpu", origin=origin,
        platform="linux-x86_64", cuda_runtime=V(runtime) if runtime else None,
        architectures=((8, 6),), ptx=(), pythons=(V("3.11"),), local="cu126", location=location,
    )  # fmt: skip
    return Choice(build, V("3.11"), engine, Confidence.HIGH, pins=("numpy<3",))


def place(prefix: Path) -> Place:
    from uv import find_uv_bin

    return Place("t", str(prefix), str(prefix / "bin/python"), find_uv_bin(), "3.11", "-", "-")


def requirements(folder: Path, text: str) -> Requirements:
    file = folder / "requirements.txt"
    file.write_text(text)
    return read_requirements(str(file), lambda path: Path(path).read_text())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Wheels: the chosen torch, and for the taking beside it an older one and one for the CPU."""
    make_wheel(tmp_path / "torch", "torch", "2.8.0+cu126")
    for version in ("1.13.1", "2.8.0+cpu", "2.9.0"):
        make_wheel(tmp_path / "others", "torch", version)
    make_wheel(tmp_path / "others", "numpy", "2.0.0")
    make_wheel(tmp_path / "others", "pip", "25.0")
    make_wheel(tmp_path / "others", "stub_extra", "13.0.0")
    make_wheel(tmp_path / "others", "stub_extra", "14.0.0")
    make_wheel(tmp_path / "others", "wants_torch", "1.0", requires=["torch>=1.8", "stub_extra"])
    make_wheel(tmp_path / "others", "bound_to_torch", "1.0", requires=["torch==1.13.1"])
    return tmp_path


def plan_for(house: Path, chosen: Choice, file: Requirements) -> Plan:
    from gpusetup.machine import Installers

    found = machine("debian-no-gpu")
    found = replace(
        found, installers=Installers(no_index=True, find_links=(str(house / "others"),))
    )
    request = Request(requirements=file)
    return make_plan(chosen, request, found, place(house / "env"), Setting(benchmark=False))


def carried_out(plan: Plan) -> list[subprocess.CompletedProcess[str]]:
    """The files and uv's commands of a plan, without a network."""
    for step in plan.steps:
        if isinstance(step, WriteFile):
            Path(step.path).parent.mkdir(parents=True, exist_ok=True)
            Path(step.path).write_text(step.content)
    return [
        subprocess.run(
            [*step.argv, "--offline"], capture_output=True, text=True, timeout=60, check=False
        )
        for step in plan.steps
        if isinstance(step, Command) and step.id.startswith("install")
    ]


def installed(house: Path) -> set[str]:
    return set(uv("pip", "freeze", "--python", str(house / "env/bin/python")).split())


WISHES = (
    "torch==1.13.1\n--find-links https://download.pytorch.org/whl/cpu\nwants_torch\n-c limits.txt\n"
)


@pytest.mark.torch_env
def test_a_repositorys_requirements_come_with_the_chosen_wheel(house: Path) -> None:
    (house / "limits.txt").write_text("torch<2\nstub_extra<14\n")
    bare_environment(house / "env")
    chosen = choice(location=str(house / "torch"))
    for ended in carried_out(plan_for(house, chosen, requirements(house, WISHES))):
        assert ended.returncode == 0, ended.stderr
    assert installed(house) == {
        "torch==2.8.0+cu126", "numpy==2.0.0", "pip==25.0", "stub-extra==13.0.0", "wants-torch==1.0",
    }  # fmt: skip


@pytest.mark.torch_env
def test_a_package_that_is_bound_to_another_torch_is_named_and_not_installed(house: Path) -> None:
    bare_environment(house / "env")
    chosen = choice(location=str(house / "torch"))
    torch, rest = carried_out(plan_for(house, chosen, requirements(house, "bound_to_torch\n")))
    assert torch.returncode == 0, torch.stderr
    assert rest.returncode != 0
    assert "torch==1.13.1" in " ".join(rest.stderr.split())
    assert "torch==2.8.0+cu126" in installed(house)


@pytest.mark.torch_env
def test_beside_a_channels_torch_no_wheel_of_torch_is_taken(house: Path) -> None:
    """uv sees no torch there: the channel's may lie where uv does not look, as here."""
    bare_environment(house / "env")
    chosen = choice(Origin.CONDA_FORGE, engine=Engine.RATTLER)
    [ended] = carried_out(plan_for(house, chosen, requirements(house, "torch<2\nwants_torch\n")))
    assert ended.returncode == 0, ended.stderr
    assert installed(house) == {"stub-extra==14.0.0", "wants-torch==1.0"}


def test_a_channels_pins_bind_the_wheels_beside_it(house: Path) -> None:
    plan = plan_for(
        house, choice(Origin.PYTORCH, engine=Engine.RATTLER), requirements(house, "stub_extra\n")
    )
    files = {
        Path(step.path).name: step.content for step in plan.steps if isinstance(step, WriteFile)
    }
    assert files["constraints.txt"].splitlines()[1:] == ["numpy<3"]
    words = requirement_words(
        tuple(s for s in plan.steps if isinstance(s, WriteFile) and s.path.endswith(".txt"))
    )
    assert words[::2] == ("-r", "-c", "--overrides")


def test_a_login_in_a_line_is_the_users_alone(house: Path) -> None:
    file = requirements(house, "mine @ git+https://me:secret@host.example/x\n")
    [step] = [
        step for step in plan_for(house, choice(), file).steps
        if isinstance(step, WriteFile) and step.path.endswith("requirements.txt")
    ]  # fmt: skip
    assert (step.mode, step.secret) == (0o600, True)


def environment(**more: object) -> Requirements:
    return Requirements("/r/environment.yml", specs=("numpy=1.19", "ffmpeg>=4"), **more)  # type: ignore[arg-type]


def create(chosen: Choice, request: Request) -> tuple[str, ...]:
    plan = make_plan(chosen, request, machine("rtx-5090"), place(Path("/e")), Setting())
    step = plan.steps[0]
    assert isinstance(step, Command)
    return step.argv


def test_an_environment_files_packages_come_from_its_channels_after_ours() -> None:
    request = Request(requirements=environment(channels=("bioconda", "conda-forge")))
    argv = create(choice(Origin.CONDA_FORGE, engine=Engine.RATTLER), request)
    assert [argv[n + 1] for n, word in enumerate(argv) if word == "-c"] == [
        "conda-forge",
        "bioconda",
    ]
    assert argv[-3:] == ("pip", "numpy=1.19", "ffmpeg>=4")
    assert "numpy" not in argv  # ours without a version would be a second wish for it


def test_an_environment_file_needs_a_conda_engine() -> None:
    matrix = packaged_or_configured({}, None)
    request = Request(requirements=environment())
    found = choose(machine("rtx-5090"), request, matrix)
    assert isinstance(found, Choice)
    assert found.engine is Engine.RATTLER
    clash = choose(machine("rtx-5090"), replace(request, engine=Engine.UV), matrix)
    assert clash.code == "choose.wishes-contradict"  # type: ignore[union-attr]


def test_a_torch_that_a_channels_package_brings_beside_the_wheel_is_refused() -> None:
    """lightning from conda-forge would bring conda-forge's torch, for the CPU on a login node."""
    python = Solved("python", "3.11.9", "h0")
    torch = Solved("pytorch", "2.8.0", "cpu_generic_py311_h0_1")
    reason = judge(choice(engine=Engine.RATTLER), [python, torch])
    assert reason is not None
    assert (reason.code, reason.facts["found"]) == (
        "conda.second-torch", "pytorch 2.8.0=cpu_generic_py311_h0_1",
    )  # fmt: skip


def test_a_files_torch_is_no_reason_to_take_an_unsure_build() -> None:
    """1.13.1 on an RTX 5090: only a channel's code for older cards could be translated."""
    matrix = packaged_or_configured({}, None)
    file = Requirements("/r/requirements.txt", torch="==1.13.1", torch_place="requirements.txt:1")
    by_file = choose(machine("rtx-5090"), Request(torch="==1.13.1", requirements=file), matrix)
    assert not isinstance(by_file, Choice)
    on_old = choose(
        machine("lab-535-four-cards"), Request(torch="==1.13.1", requirements=file), matrix
    )
    assert isinstance(on_old, Choice)
    assert on_old.why[0].code == "requirements.as-wished"


def test_where_the_user_says_another_torch_than_the_file_it_is_told() -> None:
    matrix = packaged_or_configured({}, None)
    file = Requirements("/r/requirements.txt", torch="==1.13.1", torch_place="requirements.txt:1")
    found = choose(machine("rtx-5090"), Request(requirements=file), matrix)
    assert isinstance(found, Choice)
    told = [each for each in found.warnings if each.code == "requirements.other-torch"]
    assert told[0].facts["place"] == "requirements.txt:1"


COMPILERS = [
    (Origin.WHEEL_INDEX, "12.6", ("cuda-nvcc=12.6", "cuda-libraries-dev=12.6"), ()),
    (Origin.CONDA_FORGE, "13.0", ("cuda-nvcc=13.0", "cuda-libraries-dev=13.0"), ()),
    (Origin.WHEEL_INDEX, "11.8", ("cuda-nvcc=11.8", "cuda-libraries-dev=11.8", "gxx_linux-64=11"),
     ("nvidia/label/cuda-11.8.0",)),
    (Origin.PYTORCH, "11.3", ("cuda-nvcc=11.3", "cuda-libraries-dev=11.3", "gxx_linux-64=10"),
     ("nvidia/label/cuda-11.3.0",)),
    (Origin.PYTORCH, "12.4", ("cuda-nvcc=12.4", "cuda-libraries-dev=12.4", "gxx_linux-64=11"),
     ("nvidia/label/cuda-12.4.0",)),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "runtime", "specs", "channels"), COMPILERS)
def test_nvcc_is_that_of_exactly_the_chosen_cuda(
    origin: Origin, runtime: str, specs: tuple[str, ...], channels: tuple[str, ...]
) -> None:
    chosen = choice(origin, runtime, Engine.RATTLER)
    assert compiler_for(chosen, machine("rtx-5090")) == Compiler(specs, channels)
    argv = create(chosen, Request(packages=("nvcc", "rich")))
    assert set(specs) <= set(argv)
    assert "nvcc" not in argv
    if channels:
        assert argv[argv.index("-c") + 1] == channels[0]


def test_uv_brings_nvcc_where_a_wheel_has_it() -> None:
    found = compiler_for(choice(runtime="13.0"), machine("rtx-5090"))
    assert found == Compiler(requirements=("cuda-toolkit[nvcc,cccl]==13.0.*",))


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (choice(runtime=None), "compiler.no-cuda"),
        (choice(runtime="12.6"), "compiler.not-in-wheels"),
        (choice(Origin.PYTORCH, "10.2", Engine.RATTLER), "compiler.too-old"),
    ],
)
def test_where_nvcc_cannot_be_had_that_is_said(chosen: Choice, code: str) -> None:
    reason = objection(chosen, Request(packages=("nvcc",)), machine("rtx-5090"))
    assert isinstance(reason, Reason)
    assert reason.code == code
    assert objection(chosen, Request(packages=("rich",)), machine("rtx-5090")) is None


def test_a_host_compiler_that_no_package_brings_is_said() -> None:
    for name, engine, code in (
        ("windows-3060", Engine.CONDA, "compiler.needs-visual-studio"),
        ("rtx-5090", Engine.UV, "compiler.needs-gcc"),
    ):
        reason = compiler_warning(machine(name), engine)
        assert reason is not None
        assert reason.code == code
    assert compiler_warning(machine("rtx-5090"), Engine.RATTLER) is None
    windows = compiler_for(choice(runtime="11.8", engine=Engine.CONDA), machine("windows-3060"))
    assert isinstance(windows, Compiler)
    assert not any("gxx" in each for each in windows.specs)
