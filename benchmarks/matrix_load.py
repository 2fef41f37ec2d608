"""Loading the matrix, choosing with it, and a conda solver on the same question.

    python benchmarks/matrix_load.py

Targets: loading <= 0.5 x a bare interpreter; a choice with all its explanations at least 5 times
as fast as py-rattler's solve (left out where py-rattler is not installed).
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable

from channel import make_channel
from rounds import BARE, Ratio, Work, compare, here, inside, process

from gpusetup.basics.versions import Version
from gpusetup.choosing.choice import Choice
from gpusetup.choosing.choose import choose
from gpusetup.compat_files import load_packaged
from gpusetup.machine import Arch, Driver, Gpu, Libc, Machine, Os
from gpusetup.matrix.rows import Matrix
from gpusetup.request import Origin, Request

ROUNDS = 21
LOAD_AT_MOST = 0.5
SOLVE_AT_LEAST = 5.0

LOAD = """
import time
{before}
begun = time.perf_counter()
{imports}
matrix = load_packaged()
matrix.builds_for("linux-x86_64"), matrix.cuda, matrix.branches, matrix.generations, matrix.traps
print(time.perf_counter() - begun)
"""
IMPORTS = "from gpusetup.compat_files import load_packaged"
WHAT_COMMANDS_IMPORT = "import gpusetup.compat_files, gpusetup.choosing.choose"


def main() -> int:
    load_packaged()  # writes the quick form, where a checkout has none yet
    loading = compare(
        {
            "bare interpreter": process(BARE),
            "load the matrix": inside(LOAD.format(before=WHAT_COMMANDS_IMPORT, imports=IMPORTS)),
            "the same with its imports": inside(LOAD.format(before="", imports=IMPORTS)),
        },
        "bare interpreter",
        ROUNDS,
    )
    matrix, machine = load_packaged(), laptop()
    question = compare(choosing(matrix, machine), "bare interpreter", ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        solving = against_rattler(matrix, machine, Path(folder))
    for ratio in (*loading, *question, *solving):
        print(ratio)
    reached = loading[0].median <= LOAD_AT_MOST
    if solving:
        reached = reached and solving[0].median >= SOLVE_AT_LEAST
    print("targets reached" if reached else "targets missed")
    return 0 if reached else 1


def laptop() -> Machine:
    """Driver 550, glibc 2.35: newer builds than it can run exist on every origin."""
    return Machine(
        os=Os.LINUX,
        arch=Arch.X86_64,
        libc=Libc("glibc", Version.parse("2.35")),
        driver=Driver(Version.parse("550.144.03"), Version.parse("12.4")),
        gpus=(Gpu(0, "NVIDIA GeForce RTX 4060 Laptop GPU", (8, 9)),),
    )


def choosing(matrix: Matrix, machine: Machine) -> dict[str, Work]:
    return {
        "bare interpreter": process(BARE),
        "choose, with all explanations": here(choice_of(matrix, machine, Request())),
    }


def choice_of(matrix: Matrix, machine: Machine, request: Request) -> Callable[[], object]:
    def work() -> object:
        found = choose(machine, request, matrix)
        assert isinstance(found, Choice)
        return found

    return work


def against_rattler(matrix: Matrix, machine: Machine, folder: Path) -> list[Ratio]:
    """The newest torch of conda-forge for this machine, asked of both."""
    try:
        import rattler
    except ImportError:
        print("py-rattler is not installed: no comparison with a solver")
        return []
    channel = make_channel(matrix, folder)
    request = Request(origin=Origin.CONDA_FORGE)
    # a gateway remembers what it has read: the solver alone, without reading the channel again
    gateway = rattler.Gateway()
    build = rattler.BuildString("0") if hasattr(rattler, "BuildString") else "0"  # from 0.28 on
    virtual = [
        rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version), build)
        for name, version in (("__cuda", "12.4"), ("__glibc", "2.35"), ("__linux", "5.15"))
    ]

    def solve() -> object:
        return asyncio.run(
            rattler.solve(
                [rattler.Channel(channel.as_uri())],
                ["pytorch", "python"],
                gateway=gateway,
                platforms=["linux-64", "noarch"],
                virtual_packages=virtual,
            )
        )

    def read_and_solve() -> object:
        nonlocal gateway
        gateway = rattler.Gateway()
        return solve()

    def load_and_choose() -> object:
        return choice_of(load_packaged(), machine, request)()

    check_same_answer(solve(), choice_of(matrix, machine, request)())
    alone = {"choose": here(choice_of(matrix, machine, request)), "py-rattler's solve": here(solve)}
    whole = {
        "load and choose": here(load_and_choose),
        "py-rattler's reading and solve": here(read_and_solve),
    }
    return [*compare(alone, "choose", ROUNDS), *compare(whole, "load and choose", ROUNDS)]


def check_same_answer(records: object, choice: object) -> None:
    """Both were asked the same, so both answer with the same release."""
    assert isinstance(records, list)
    assert isinstance(choice, Choice)
    (torch,) = [each for each in records if each.name.normalized == "pytorch"]
    print(f"solver: pytorch {torch.version} {torch.build}; choice: {choice.build.torch} "
          f"{choice.build.build}")  # fmt: skip
    assert str(torch.version) == str(choice.build.torch)


if __name__ == "__main__":
    if "--child" not in sys.argv:  # rattler's threads may bring the interpreter down at its end
        done = subprocess.run([sys.executable, __file__, "--child"], check=False)
        sys.exit(done.returncode if done.returncode in (0, 1) else 0)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main())
