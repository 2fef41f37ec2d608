"""Every command in a language that nobody speaks: what still can be read escaped the catalogue."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

import pytest

from gpusetup.cli import app
from gpusetup.cli.completing.making import made
from gpusetup.compat_files import load_packaged
from gpusetup.compat_files.mirrors import packaged_or_configured
from gpusetup.messages import sentences, use_language
from tests.calling import WRONG
from tests.fixtures.drivers import LAPTOP, FakeDriver
from tests.pseudo import pseudo

TESTS = Path(__file__).parent.parent
MACHINES = sorted((TESTS / "machines").glob("*.yaml"))

READINGS = {
    *(
        "os",
        "libc",
        "container",
        "cloud",
        "scheduler",
        "memory",
        "disk-home",
        "disk-prefix",
        "nvml",
    ),
    *("disk-cache", "disk-tmp", "toolkits", "pip-config", "pci", "kernel-module", "device-nodes"),
    *("libcuda", "nvidia-smi", "quota"),
}
"""The sources of `detect --verbose`, by the ids that they have in JSON."""

NAMES = {
    *("NVIDIA", "GeForce", "RTX", "GTX", "Quadro", "Tesla", "TITAN", "Graphics", "Laptop", "GPU"),
    *("PCIe", "SXM", "Orin", "nvgpu", "Apple", "Linux", "Windows", "macOS", "Debian", "Ubuntu"),
    *("CentOS", "glibc", "musl", "PyTorch", "Python", "NumPy", "CUDA", "cuDNN", "NCCL", "MIG"),
    *("torch", "torchvision", "torchaudio", "python", "uv", "pip", "conda", "mamba", "micromamba"),
    *("rattler", "docker", "slurm", "Slurm", "autodl", "colab", "linux", "windows", "macos"),
    *("pypi", "PyPI", "pytorch", "GiB", "MiB", "TiB", "GB", "TFLOP", "UUID", "nouveau", "zsh"),
    *("MKL", "ERR", "English", "In", "Dockerfile", "sbatch", "Blac", "Gene", "venv-test"),
    *("torch-scatter", "MultiScaleDeformableAttention", "lustre"),
    *("GRES", "gpusetup", "bash", "fish", "powershell", "cmd", "jupyter", "opencv", "MHz", "tuna"),
}
"""Names and units, which no language changes. Not a place for words."""


def _pages() -> Iterator[list[str]]:
    for name, place in {**app.COMMANDS, **app.HIDDEN}.items():
        yield [name, "--help"]
        parts = getattr(importlib.import_module(place), "COMMANDS", {})
        yield from ([name, part, "--help"] for part in parts)


def _screens() -> Iterator[list[str]]:
    yield from (
        [],
        ["--help"],
        ["detect"],
        ["detect", "--verbose"],
        ["doctor"],
        ["doctor", "--list"],
    )
    yield from (["who"], ["pick"], ["envs", "--no-size"], ["undo", "--list"], ["undo"])
    yield from (
        ["matrix", "list"],
        ["matrix", "show", "torch", "2.7.1"],
        ["matrix", "show", "cu126"],
    )
    yield from (["matrix", "show", "RTX 3060"], ["matrix", "show", "driver", "535"])
    yield from (
        ["matrix", "show", "K80"],
        ["matrix", "show", "Orin"],
        ["completion", "fish", "--install", "--dry-run"],
    )
    yield ["bench", "history"]
    for machine in MACHINES:
        yield ["plan", "--machine", str(machine), "--explain"]
        yield ["doctor", "--machine", str(machine)]
        yield ["matrix", "why", "torch==2.15", "--machine", str(machine)]
    yield ["init", "--dry-run", "--machine", str(MACHINES[0])]
    for sample in sorted((TESTS / "reports" / "samples").iterdir()):
        yield ["detect", "--from", str(sample)]
    for told in sorted((TESTS / "doctor" / "told").iterdir()):
        yield ["doctor", "--report", str(told)]


def _mistakes() -> Iterator[list[str]]:
    yield from (words for words in WRONG if "--lang" not in words)
    yield from (["pick", "-n", "0"], ["pick", "-n", "x"], ["pick", "--memory", "much"])
    yield from (["detect", "--timeout", "-3"], ["detect", "--from", "/nothing"], ["envs", "clone"])
    yield from (["plan", "--yes"], ["plan", "--cpu", "--cuda", "12"], ["plan", "--torch", "foo"])
    yield from (
        ["plan", "--python", "2"],
        ["plan", "--origin", "x"],
        ["init", "--into", "a", "--replace"],
    )
    yield from (["verify", "--env", "none"], ["verify", "--quick", "--full"], ["undo", "7"])
    yield from (["matrix", "show"], ["matrix", "show", "foo"], ["matrix", "why", "torch"])
    yield from (["matrix", "update"], ["matrix", "update", "/nothing", "--sha256", "0" * 64])
    yield from (
        ["mirrors", "--use", "none"],
        ["mirrors", "--tuna", "--fastest"],
        ["envs", "remove"],
    )
    yield from (
        ["mirrors", "--for", "npm"],
        ["doctor", "gpu-x.y"],
        ["doctor", "--report", "/nothing"],
    )
    yield from (["engine", "rattler"], ["completion", "powershell", "--install"], ["init"])
    yield from (["bench", "--compare", "/nothing"], ["export"], ["export", "word.doc"])


def run_pseudo(asked: Sequence[Sequence[str]], environ: Mapping[str, str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.pseudo"], input=json.dumps(list(map(list, asked))), text=True,
        capture_output=True, timeout=300, check=False, cwd=TESTS.parent, encoding="utf-8",
        env={**environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert isinstance(told, list)
    return told


def words_of_data() -> set[str]:
    """What the data calls things: cards, mirrors, commands, options and their values."""
    matrix = load_packaged()
    texts = [gpu.name for gpu in matrix.gpus] + [row.name for row in matrix.generations]
    texts += [chip for gpu in matrix.gpus for chip in gpu.chips]
    texts += [each.id for each in packaged_or_configured({}).mirrors]
    texts += [" ".join(words) for words in _pages()]
    use_language("en")
    for path, page in made().items():
        texts.append(path)
        for option in page["options"]:
            texts += [*option["names"], *(word for word, _text in option["choices"])]
    return {word for text in texts for word in re.findall(r"[A-Za-z]+(?:-[A-Za-z]+)*", text)}


def escaped(text: str, known: set[str]) -> Iterator[str]:
    """Words in plain letters, beside commands in backticks, ids, paths, and known names."""
    for line in re.sub(r"`[^`]*`", "", text).splitlines():
        if re.match(r"\s*(gpusetup|nvidia-smi|eval) ", line) or re.search("[\u4e00-\u9fff]", line):
            continue  # an example; a note that the data brings in Chinese
        for word in re.split(r"[\s，。；：（）、、|,;()\"“”\[\]]+", line):
            bare = word.strip(".…:!?'×✓✗│─")
            if re.fullmatch(r"[A-Za-z]{2,}(-[A-Za-z]+)*", bare) and bare not in known:
                yield f"{bare} in {line.strip()!r}"


@pytest.fixture(scope="module")
def known() -> set[str]:
    return NAMES | READINGS | words_of_data()


def complaints(told: list[dict[str, Any]], known: set[str]) -> list[str]:
    return [
        f"{' '.join(each['argv'])}: {word}"
        for each in told
        for word in escaped(each["out"] + each["err"], known)
    ]


def test_help_pages_come_from_the_catalogue(known: set[str], home: Path) -> None:
    told = run_pseudo([*_pages(), ["--help"]], os.environ)
    assert [each["argv"] for each in told if each["code"] != 0] == []
    assert complaints(told, known) == []


def test_screens_come_from_the_catalogue(
    known: set[str], home: Path, fake_driver: FakeDriver
) -> None:
    driver = fake_driver.nvml(LAPTOP).module("580.95.05", is_open=True).card("0000:01:00.0", "28e0")
    told = run_pseudo(list(_screens()), driver.environment())
    assert [each["argv"] for each in told if each["code"] == 70] == []
    assert complaints(told, known) == []


def test_mistakes_are_told_from_the_catalogue(known: set[str], home: Path) -> None:
    told = run_pseudo(list(_mistakes()), os.environ)
    assert [each["argv"] for each in told if each["code"] not in (2, 3)] == []
    assert [each["argv"] for each in told if len(each["err"].splitlines()) < 2] == []
    assert complaints(told, known) == []


def test_a_machine_without_anything_comes_from_the_catalogue(
    known: set[str], home: Path, fake_driver: FakeDriver
) -> None:
    asked = [["detect", "--verbose"], ["who"], ["pick"], ["doctor"], ["envs"]]
    told = run_pseudo(asked, fake_driver.environment())
    assert complaints(told, known) == []


def test_comments_of_files_come_from_the_catalogue(known: set[str], home: Path) -> None:
    machine = ["--machine", str(TESTS / "machines" / "laptop-4060-wsl2.yaml")]
    formats = (
        "environment.yml",
        "requirements.txt",
        "pyproject.toml",
        "pixi.toml",
        "Dockerfile",
        "sbatch",
    )
    asked = [["export", each, *machine] for each in formats]
    asked += [["plan", "--script", each, *machine] for each in ("bash", "powershell", "cmd")]
    told = run_pseudo(asked, os.environ)
    assert {each["code"] for each in told} == {0}
    for each in told:
        each["out"] = "\n".join(_comments(each["out"]))
    assert complaints(told, known) == []


def _comments(text: str) -> Iterator[str]:
    """Prose in comments: neither a step's id nor a command, nor a file inside a script.

    The files of an environment are the same in every language, else a run could not be resumed in
    another one.
    """
    for line in text.splitlines():
        found = re.match(r"\s*(?:#|::|REM) (.*)", line)
        if found and not re.match(r"[a-z-]+$|Written by gpusetup|shellcheck ", found[1]):
            yield re.split(r"(?<=: )(?=conda |uv |docker |sbatch |pixi |pip )", found[1])[0]


def test_a_proof_comes_from_the_catalogue(known: set[str], home: Path, torch_python: str) -> None:
    """On a machine with a GPU its name is in it; the processor's is left out here."""
    (told,) = run_pseudo([["verify", "--python", torch_python]], os.environ)
    assert told["code"] in (0, 1)
    told["out"] = re.sub(r"(?<=ÇƤÚ: ).*", "", told["out"])
    assert complaints([told], known) == []


def test_the_search_finds_what_escaped(known: set[str]) -> None:
    assert list(escaped("Ŵĥéřé `gpusetup init` ~/gpu-envs/torch 2.7.1+cu126 sm_86", known)) == []
    for word in ("the", "Nothing", "wheel", "failed", "kernel"):
        assert list(escaped(f"✗ Ŵĥéřé: {word}, 2.7.1", known)) == [
            f"{word} in '✗ Ŵĥéřé: {word}, 2.7.1'"
        ]


def test_no_two_letters_are_one_in_the_language_that_nobody_speaks() -> None:
    texts = {pseudo(text) for text in sentences().values()}
    assert len(texts) == len(set(sentences().values()))
    assert pseudo("Run `gpusetup init` on {name}.") == "Řúñ `gpusetup init` óñ {name}."
