"""The channels pytorch, nvidia and conda-forge as they are for torch: every build of the matrix.

Build strings follow what people's environments list (`py3.8_cuda11.0.221_cudnn8.0.5_0`,
`py38_cu110`, `cuda112py39h..._202`, `cuda126_mkl_py312_h..._301`). Beside each CUDA build stands a
CPU build of the same version with a higher build number, as a decoy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, Iterator

from gpusetup.basics.versions import Version
from gpusetup.matrix.rows import Build
from gpusetup.request import Origin
from tests.lab.channel import Stub, write_channel

SUBDIRS = {
    "linux-x86_64": "linux-64", "linux-aarch64": "linux-aarch64", "windows-x86_64": "win-64",
    "macos-arm64": "osx-arm64", "macos-x86_64": "osx-64",
}  # fmt: skip
_FULL = {
    "8.0": "8.0.61", "9.0": "9.0.176", "9.2": "9.2.148", "10.0": "10.0.130", "10.1": "10.1.243",
    "10.2": "10.2.89", "11.0": "11.0.221",
}  # fmt: skip
V = Version.parse
_DECOY = 900  # no build number of a CUDA build is as high


def write_channels(folder: Path, builds: Iterable[Build]) -> None:
    """All channels below `folder`, for all platforms that the builds name."""
    known = [build for build in builds if build.platform in SUBDIRS]
    stubs: dict[str, list[Stub]] = {"pytorch": [], "nvidia": [], "conda-forge": []}
    for build in known:
        maker = _of_pytorch if build.origin is Origin.PYTORCH else _of_conda_forge
        stubs[build.origin.value] += maker(build)
    for platform in {build.platform for build in known}:
        _surroundings(stubs, SUBDIRS[platform])
    for name, listed in stubs.items():
        unique = {(each.subdir, each.filename): each for each in listed}
        write_channel(folder / name, unique.values())


def torch_build(build: Build, python: Version) -> str:
    """The build string of a CUDA build on the pytorch channel."""
    cuda, cudnn = str(build.cuda_runtime), build.cudnn or "8.0.5"
    if build.platform.startswith("windows"):
        shown = cuda if build.torch >= V("1.8") else cuda.replace(".", "")
        return f"py{python}_cuda{shown}_cudnn{cudnn.split('.')[0]}_0"
    shown = _FULL.get(cuda, cuda) if build.torch < V("1.8") else cuda
    return f"py{python}_cuda{shown}_cudnn{cudnn}_{int(str(build.torch) == '1.0.0')}"


def _of_pytorch(build: Build) -> Iterator[Stub]:
    subdir = SUBDIRS[build.platform]
    for python in build.pythons:
        needs = (_python(python), "numpy", "mkl >=2018")
        if build.is_cpu:
            yield from _pytorch_cpu(build, python, needs, subdir)
            continue
        torch = str(build.torch)
        toolkit = _toolkit(build)
        yield Stub(
            "pytorch", torch, torch_build(build, python), (*needs, *toolkit, *_mutex(build, "cuda")),
            subdir=subdir,
        )  # fmt: skip
        yield from _pytorch_cpu(build, python, needs, subdir)
        yield from _pytorch_companions(build, python, toolkit, subdir)


def _toolkit(build: Build) -> tuple[str, ...]:
    runtime = build.cuda_runtime
    assert runtime
    following = f"{runtime.numbers[0]}.{runtime.numbers[1] + 1}"
    if build.torch >= V("1.13"):
        return (f"pytorch-cuda >={runtime},<{following}",)
    if str(build.torch) == "1.0.0":
        return ()
    return (f"cudatoolkit >={runtime},<{following}",)


def _mutex(build: Build, kind: str) -> tuple[str, ...]:
    return (f"pytorch-mutex 1.0 {kind}",) if build.torch >= V("1.9") else ()


def _pytorch_cpu(
    build: Build, python: Version, needs: tuple[str, ...], subdir: str
) -> Iterator[Stub]:
    torch = str(build.torch)
    name = "pytorch-cpu" if build.torch <= V("1.1.0") else "pytorch"
    mutex = _mutex(build, "cpu")
    yield Stub(name, torch, f"py{python}_cpu_0", (*needs, *mutex), subdir=subdir, number=_DECOY)
    short = f"py{_short(python)}_cpu"
    if build.torchvision and build.torchvision >= V("0.3"):
        vision = "torchvision-cpu" if name == "pytorch-cpu" else "torchvision"
        depends = (_python(python), f"{name} {torch}")
        yield Stub(vision, str(build.torchvision), short, depends, subdir=subdir, number=_DECOY)
    if build.torchaudio and build.torchaudio >= V("0.10"):
        depends = (_python(python), f"{name} {torch}")
        yield Stub(
            "torchaudio", str(build.torchaudio), short, depends, subdir=subdir, number=_DECOY
        )


def _pytorch_companions(
    build: Build, python: Version, toolkit: tuple[str, ...], subdir: str
) -> Iterator[Stub]:
    short, digits = f"py{_short(python)}", str(build.cuda_runtime).replace(".", "")
    needs = (_python(python), f"pytorch {build.torch}", *toolkit)
    vision, audio = build.torchvision, build.torchaudio
    if vision and vision < V("0.3"):
        yield Stub(
            "torchvision", str(vision), "py_2", (f"pytorch >={build.torch}",), subdir="noarch"
        )
    elif vision:
        old = f"{short}_cu{_FULL.get(str(build.cuda_runtime))}_1"
        name = old if vision < V("0.4") else f"{short}_cu{digits}"
        yield Stub("torchvision", str(vision), name, needs, subdir=subdir)
    if audio:
        name = f"{short}_cu{digits}" if audio >= V("0.10") else short
        yield Stub("torchaudio", str(audio), name, needs[:2], subdir=subdir)


def _of_conda_forge(build: Build) -> Iterator[Stub]:
    subdir = SUBDIRS[build.platform]
    for python in build.pythons:
        needs = (_python(python), "numpy")
        if not build.is_cpu:
            yield from _forge_cuda(build, python, needs, subdir)
        yield from _forge_cpu(build, python, needs, subdir)


def _forge_cuda(
    build: Build, python: Version, needs: tuple[str, ...], subdir: str
) -> Iterator[Stub]:
    digits = str(build.cuda_runtime).replace(".", "")
    for variant in ("mkl", "generic") if build.torch >= V("2.5") else ("",):
        yield Stub(
            "pytorch", str(build.torch), _forge_build(f"cuda{digits}", variant, build, python),
            (*needs, *_forge_toolkit(build), "__cuda", *_forge_glibc(build)), subdir=subdir,
            number=300 + (variant == "mkl"),
        )  # fmt: skip
    for name, version in (("torchvision", build.torchvision), ("torchaudio", build.torchaudio)):
        if version:
            depends = (*needs, f"pytorch {build.torch} cuda{digits}*")
            text = f"cuda{digits}_py{_short(python)}_hc_0"
            yield Stub(name, str(version), text, depends, subdir=subdir)


def _forge_cpu(
    build: Build, python: Version, needs: tuple[str, ...], subdir: str
) -> Iterator[Stub]:
    text = _forge_build("cpu", "generic" if build.torch >= V("2.5") else "", build, python)
    yield Stub("pytorch", str(build.torch), text, needs, subdir=subdir, number=_DECOY)
    for name, version in (("torchvision", build.torchvision), ("torchaudio", build.torchaudio)):
        if version:
            depends = (*needs, f"pytorch {build.torch}")
            text = f"cpu_py{_short(python)}_hd_0"
            yield Stub(name, str(version), text, depends, subdir=subdir, number=_DECOY)


def _forge_build(start: str, variant: str, build: Build, python: Version) -> str:
    if build.torch < V("2.1"):
        return f"{start}py{_short(python)}ha0cca9b_202"
    middle = f"_{variant}" if variant else ""
    return f"{start}{middle}_py{_short(python)}_h0d9f7f5_303"


def _forge_toolkit(build: Build) -> tuple[str, ...]:
    runtime = build.cuda_runtime
    assert runtime
    if runtime >= V("11.8"):
        return (f"cuda-version >={runtime},<{runtime.major + 1}",)
    following = 12 if runtime >= V("11.2") else f"{runtime.numbers[0]}.{runtime.numbers[1] + 1}"
    return (f"cudatoolkit >={runtime},<{following}",)


def _forge_glibc(build: Build) -> tuple[str, ...]:
    return (f"__glibc >={build.glibc}",) if build.glibc else ()


def _surroundings(stubs: dict[str, list[Stub]], subdir: str) -> None:
    """What torch needs and what picks its CUDA, with neighbours that must not be taken."""
    forge, pytorch, nvidia = stubs["conda-forge"], stubs["pytorch"], stubs["nvidia"]
    for minor in range(6, 16):
        forge.append(Stub("python", f"3.{minor}.9", "h1_0_cpython", subdir=subdir))
    forge += [Stub("pip", "25.3", "pyh_0", ("python",), subdir="noarch")]
    forge += [Stub("numpy", each, "h0", subdir=subdir) for each in ("1.26.4", "2.3.1")]
    forge += [Stub("mkl", each, "h0", subdir=subdir) for each in ("2023.2.0", "2024.2.2")]
    for runtime in (
        "9.2",
        "10.0",
        "10.1",
        "10.2",
        "11.0",
        "11.1",
        "11.2",
        "11.3",
        "11.5",
        "11.6",
        "11.8",
    ):
        forge.append(_cudatoolkit(runtime, subdir))
    nvidia.append(_cudatoolkit("11.1", subdir))
    for runtime in ("11.2", "11.8", "12.0", "12.6", "12.8", "12.9", "13.0"):
        driver = (f"__cuda >={runtime.split('.')[0]}",)
        forge.append(Stub("cuda-version", runtime, "h_3", constrains=driver, subdir="noarch"))
    for runtime in ("11.6", "11.7", "11.8", "12.1", "12.4"):
        needs = (f"cuda-libraries {runtime}.*",)
        pytorch.append(Stub("pytorch-cuda", runtime, "h0_6", needs, subdir=subdir))
        nvidia.append(Stub("cuda-libraries", f"{runtime}.0", "0", ("libcurand",), subdir=subdir))
    nvidia += [Stub("libcurand", each, "0", subdir=subdir) for each in ("10.3.5.147", "10.3.9.90")]
    pytorch += [Stub("pytorch-mutex", "1.0", each, subdir="noarch") for each in ("cpu", "cuda")]
    pytorch.append(Stub("cpuonly", "2.0", "0", ("pytorch-mutex 1.0 cpu",), subdir="noarch"))


def _cudatoolkit(runtime: str, subdir: str) -> Stub:
    driver = (f"__cuda >={runtime}" if runtime < "11" or runtime[:2] != "11" else "__cuda >=11",)
    return Stub("cudatoolkit", f"{runtime}.1", "h_13", constrains=driver, subdir=subdir)


def _python(python: Version) -> str:
    major, minor = python.numbers[:2]
    return f"python >={major}.{minor},<{major}.{minor + 1}"


def _short(python: Version) -> str:
    return "".join(map(str, python.numbers[:2]))
