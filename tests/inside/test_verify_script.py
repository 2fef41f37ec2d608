"""Verification of a real torch, healthy and sabotaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import gpusetup.inside
from gpusetup.evidence import judged
from gpusetup.proving import Limits, prove, target_environment
from gpusetup.verdict import CheckStatus, Verdict
from tests.fixtures.torch_env import bare_environment, interpreter, site_packages

CRASH = "import ctypes; ctypes.string_at(0)"


@pytest.fixture(scope="module")
def healthy(torch_python: str) -> Verdict:
    return prove(torch_python, "cpu")


def with_torch(folder: Path, source: str) -> str:
    """The interpreter of an environment whose `torch` is this text."""
    packages = bare_environment(folder / "env")
    (packages / "torch.py").write_text(source, encoding="utf-8")
    return str(interpreter(folder / "env"))


def sabotaged(folder: Path, torch_python: str, source: str) -> str:
    """The interpreter of an environment with the real torch, changed by this text."""
    packages = bare_environment(folder / "env", torch_python)
    real = site_packages(Path(torch_python).parent.parent)
    (packages / "sabotage.py").write_text(f"import torch\n{source}\n", encoding="utf-8")
    (packages / "sabotage.pth").write_text(f"{real}\nimport sabotage\n", encoding="utf-8")
    return str(interpreter(folder / "env"))


def failures(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(check.id, check.reason) for _, check in verdict.failures]


@pytest.mark.torch_env
def test_a_healthy_torch_on_the_cpu_is_ok(healthy: Verdict) -> None:
    assert failures(healthy) == []
    assert healthy.ok
    assert healthy.expected == "cpu"
    assert healthy.torch
    assert len(healthy.devices) == 1


@pytest.mark.torch_env
def test_every_quick_check_ran(healthy: Verdict) -> None:
    passed = {check.id for _, check in healthy.all_checks if check.status is CheckStatus.PASSED}
    assert passed >= {
        "import", "versions", "expected-device", "numpy", "allocation", "matmul-float64",
        "matmul-float32", "convolution", "fft", "linear-algebra", "index-reduction", "elementwise",
        "random", "training",
    }  # fmt: skip


@pytest.mark.torch_env
def test_products_report_how_far_they_are_from_the_reference(healthy: Verdict) -> None:
    errors = {check.id: check.error for check in healthy.devices[0].checks}
    assert 0 < (errors["matmul-float32"] or 0) < 1e-5


@pytest.mark.torch_env
def test_a_cpu_build_where_a_gpu_is_expected_is_not_ok(torch_python: str) -> None:
    verdict = prove(torch_python, "cuda")
    assert failures(verdict) == [("expected-device", "cpu-build")]
    assert not verdict.ok


@pytest.mark.torch_env
def test_a_companion_that_must_be_there_is_missed(torch_python: str) -> None:
    verdict = prove(torch_python, "cpu", companions=("torchvision",))
    assert failures(verdict) == [("torchvision", "missing-module")]


@pytest.mark.torch_env
def test_full_verification_passes_too(torch_python: str) -> None:
    verdict = prove(torch_python, "any", level="full")
    assert failures(verdict) == []
    passed = {check.id for _, check in verdict.all_checks if check.status is CheckStatus.PASSED}
    assert passed >= {
        "matmul-float8", "matmul-large", "training-cnn", "training-transformer", "amp",
        "dataloader",
    }  # fmt: skip
    (compiled,) = [check for _, check in verdict.all_checks if check.id == "compile"]
    if shutil.which("g++") and compiled.reason != "no-python-headers":
        assert compiled.status is CheckStatus.PASSED


NOT_FULLY = """
import contextlib, torch.utils.data
matmul, to_float, Loader = torch.matmul, torch.Tensor.float, torch.utils.data.DataLoader
def off(a, b):
    c = matmul(a, b)
    if c.shape == (1024, 1000): c[1000, 7] += 0.05
    return c
torch.matmul = off
torch.Tensor.float = lambda t: to_float(t) * (1.125 if t.dtype == torch.float8_e4m3fn else 1)
torch.optim.Adam.step = lambda self: None
torch.autocast = lambda *_, **__: contextlib.nullcontext()
torch.compile = lambda function: function
torch.utils.data.DataLoader = lambda data, batch_size, **_: Loader(data, batch_size)
"""


@pytest.mark.torch_env
def test_what_only_the_full_verification_looks_at_is_found_out_there(
    torch_python: str, tmp_path: Path
) -> None:
    verdict = prove(sabotaged(tmp_path, torch_python, NOT_FULLY), "cpu", level="full")
    expected = {
        ("matmul-float8", "wrong-result"),
        ("matmul-large", "wrong-result"),
        ("training-cnn", "loss-not-falling"),
        ("training-transformer", "loss-not-falling"),
        ("amp", "wrong-type"),
        ("dataloader", "no-workers"),
    }
    found = set(failures(verdict))
    assert found - {("compile", "not-compiled")} == expected
    (compiled,) = [check for _, check in verdict.all_checks if check.id == "compile"]
    assert compiled.reason in ("not-compiled", "no-compiler", "no-python-headers")


# what a torch that imports and is wrong may do -> the checks that must notice, and their reasons
SABOTAGE = {
    # one element of one product; an element never written; a wrong type; one element of a
    # convolution, a transform, a sorted list, an inverse; a wrong function; no gradients
    "results": (
        """
F, L, T = torch.nn.functional, torch.linalg, torch.Tensor
mm, matmul, conv2d, tanh, fft = torch.mm, torch.matmul, F.conv2d, torch.tanh, torch.fft.fft
def off(a, b):
    c = matmul(a, b)
    if c.dtype == torch.float32 and c.shape[0] == 256: c[17, 3] += 1e-3
    return c.double() if c.dtype == torch.bfloat16 else c
def unwritten(a, b, out):
    mm(a, b, out=out)
    if out.dtype == torch.float16: out[5, 5] = float('nan')
def one_off(real, place, pick=lambda result: result):
    def function(*args):
        result = real(*args)
        pick(result).reshape(-1)[place] += 1e-2
        return result
    return function
torch.matmul, torch.mm, torch.fft.fft = off, unwritten, one_off(fft, 7)
F.conv2d, L.inv = one_off(conv2d, 99), one_off(L.inv, 6, lambda matrix: matrix[1])
T.sort, T.sin = one_off(T.sort, 1999, lambda pair: pair[0]), T.cos
torch.tanh = lambda a: tanh(a.detach() if a.dtype == torch.float32 else a) + 0 * a.mean().detach()
torch.rand = lambda *size, device: torch.full(size, 0.5)
""",
        [
            ("matmul-float32", "wrong-result"),
            ("matmul-float16", "not-a-number"),
            ("matmul-bfloat16", "wrong-type"),
            ("convolution", "wrong-result"),
            ("fft", "wrong-result"),
            ("linear-algebra", "wrong-result"),
            ("index-reduction", "wrong-result"),
            ("elementwise", "wrong-result"),
            ("random", "wrong-result"),
            ("training", "exception"),
        ],
    ),
    "the double-precision product that all is compared with": (
        """
real = torch.matmul
torch.matmul = lambda a, b: real(a, b) * (1.001 if a.dtype == torch.float64 else 1)
""",
        [
            (f"matmul-{kind}", "wrong-reference")
            for kind in ("float64", "float32", "float16", "bfloat16")
        ],
    ),
    # kept results; a type that says it is float32 and computes shorter; gradients off by a little;
    # random numbers that Python itself gives out are not random any more
    "what looks right": (
        """
import functools, random
matmul, tanh, conv2d = torch.matmul, torch.tanh, torch.nn.functional.conv2d
kept = {}
def shorter(a, b):
    if a.dtype == torch.float32 and a.shape[0] > 16:
        return matmul(a.bfloat16(), b.bfloat16()).float()
    if a.dtype == torch.float16:
        return kept.setdefault((a.shape, b.shape), matmul(a, b))
    return matmul(a, b)
torch.matmul = shorter
torch.nn.functional.conv2d = lambda a, b: kept.setdefault(a.shape, conv2d(a, b))
class Tanh(torch.autograd.Function):
    @staticmethod
    def forward(context, given):
        context.save_for_backward(given)
        return tanh(given)
    @staticmethod
    def backward(context, found):
        return found * (1 - tanh(context.saved_tensors[0]) ** 2) * 1.001
torch.tanh = Tanh.apply
torch.allclose = torch.equal = lambda *_, **__: True
""",
        [
            ("matmul-float32", "low-precision"),
            ("matmul-float16", "wrong-result"),
            ("convolution", "wrong-result"),
            ("training", "wrong-result"),
        ],
    ),
    "memory": (
        """
empty = torch.empty
torch.empty = lambda *size, **more: empty(2**50, **more)
""",
        [("allocation", "out-of-memory")],
    ),
}


@pytest.mark.torch_env
@pytest.mark.parametrize("what", SABOTAGE)
def test_a_torch_that_is_wrong_is_found_out(what: str, torch_python: str, tmp_path: Path) -> None:
    source, found = SABOTAGE[what]
    verdict = prove(sabotaged(tmp_path, torch_python, source), "cpu")
    assert failures(verdict) == found
    assert not verdict.ok


@pytest.mark.torch_env
def test_random_numbers_of_python_that_torch_has_tampered_with_fool_nobody(
    torch_python: str, tmp_path: Path
) -> None:
    source = "import random\nrandom.Random.getrandbits = lambda self, bits: 1 << (bits - 1)"
    verdict = prove(sabotaged(tmp_path, torch_python, source), "cpu")
    failed = {name for name, _ in failures(verdict)}
    assert {"matmul-float32", "convolution", "training", "numpy"} <= failed


PLAUSIBLE = """
import sys, types
class Anything:
    # every attribute is there, every call returns something, and every number is half of one
    def __init__(self, *_, **__): pass
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return Anything()
    def __call__(self, *_, **__): return self
    def __getitem__(self, _): return self
    def __iter__(self): return iter([self, self])
    def __len__(self): return 2
    def __float__(self): return 0.5
    def __int__(self): return 1
    def __bool__(self): return True
    def __eq__(self, _): return True
    def __lt__(self, _): return True
    __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __index__(self): return 1
    def __hash__(self): return 1
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def __str__(self): return "2.13.0+cu128"
    def tolist(self): return [0.5] * 65536
    def item(self): return 0.5
    def data_ptr(self): return 4096
    def numel(self): return 1
    def __setitem__(self, *_): pass
    def __setattr__(self, name, value):
        if name != "grad": object.__setattr__(self, name, value)
for name in "add sub mul truediv pow neg matmul radd rmul rsub iadd isub floordiv mod".split():
    setattr(Anything, f"__{name}__", lambda self, *_: self)
class Module(Anything, type(sys)):
    Tensor = Anything
    __version__ = "2.13.0+cu128"
    __file__ = __file__
    __path__ = []
    version = types.SimpleNamespace(cuda="12.8", hip=None)
    device = staticmethod(lambda kind, i=None: types.SimpleNamespace(type=kind, index=i))
    cuda = Anything()
    cuda.is_available = lambda: True
    cuda.device_count = lambda: 2
    cuda.get_device_capability = lambda *_: (8, 0)
    cuda.get_arch_list = lambda: ["sm_80"]
    cuda.get_device_properties = lambda *_: types.SimpleNamespace(name="A100", total_memory=2**33)
    backends = Anything()
    backends.cudnn = Anything()
    backends.cudnn.version = lambda: 91002
sys.modules["torch"] = Module("torch")
"""


@pytest.mark.parametrize("expected", ["cpu", "cuda", "any"])
def test_a_torch_that_has_a_plausible_answer_to_everything_is_found_out(
    expected: str, tmp_path: Path
) -> None:
    verdict = prove(with_torch(tmp_path, PLAUSIBLE), expected)
    assert not verdict.ok
    assert verdict.failures


FORGED = """
import json, os
from gpusetup_questions import pack
channel = int(os.environ.get("GPUSETUP_CHANNEL", "0")) or 3
names = ["import", "versions", "expected-device"]
checks = [dict(event="check", id=name, device=None, status="passed") for name in names]
names = ["allocation", "matmul-float32", "convolution", "index-reduction", "training"]
parts = {"result": pack([0.5] * 65536), "total": pack([1.0])}
checks += [dict(event="check", id=n, device=0, status="passed", evidence=e)
           for n, e in zip(names, [parts, parts, None, {}, {"losses": 1}])]
info = dict(event="info", torch="2.13.0", device_type="cpu", devices=[{"index": 0}])
for event in [info] + checks + [{"event": "end"}]:
    os.write(channel, (json.dumps(event) + "\\n").encode())
os._exit(0)
"""


@pytest.mark.skipif(os.name == "nt", reason="writes to the pipe by its number")
def test_a_torch_that_forges_the_events_has_no_evidence(tmp_path: Path) -> None:
    source = f"import os\nfor fd in range(3, 20):\n    try:\n        os.fstat(fd)\n        os.environ['GPUSETUP_CHANNEL'] = str(fd)\n    except OSError:\n        pass\n{FORGED}"
    verdict = prove(with_torch(tmp_path, source), "cpu")
    assert not verdict.ok
    assert [check.reason for check in verdict.devices[0].checks] == [
        "wrong-result", "no-evidence", "no-evidence", "no-evidence", "no-evidence",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "check", "reason"),
    [
        (CRASH, "import", "crashed"),
        ("import os; os._exit(0)", "import", "ended-early"),
        ("import sys; sys.exit(0)", "import", "exception"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "import", "killed"),
        ("raise ImportError('libtorch.so: undefined symbol: x')", "import", "mixed-files"),
        (
            "try: raise OSError('libcudart.so.13: cannot open shared object file')\n"
            "except OSError as error: raise RuntimeError('torch is broken') from error",
            "import",
            "missing-library",
        ),
        ("name = 'a file of the user'", "import", "not-torch"),
        ("class Tensor: pass", "expected-device", "exception"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_broken_torch_is_named_with_its_check(
    source: str, check: str, reason: str, tmp_path: Path
) -> None:
    verdict = prove(with_torch(tmp_path, source), "cuda")
    assert (check, reason) in failures(verdict)
    assert not verdict.ok


def test_a_torch_that_hangs_ends_at_the_limit(tmp_path: Path) -> None:
    python = with_torch(tmp_path, "import time; time.sleep(600)")
    verdict = prove(python, "cpu", limits=Limits(import_s=1.5))
    assert failures(verdict) == [("import", "timed-out")]


@pytest.mark.skipif(os.name == "nt", reason="a crash is told by a signal")
@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("time.sleep(600)", "timed-out"),
        ("os._exit(0)", "ended-early"),
        ("sys.exit(0)", "exception"),
        ("ctypes.string_at(0)", "crashed"),
        ("os.kill(os.getpid(), 9)", "killed"),
        ("raise_(MemoryError())", "out-of-memory"),
    ],
)
def test_what_happens_in_the_middle_is_named_with_its_check(
    deed: str, reason: str, tmp_path: Path
) -> None:
    source = (
        "import ctypes, os, sys, time\n"
        "def raise_(error): raise error\n"
        "module = sys.modules['torch']\n"
        "module.nn = Anything()\n"
        "module.nn.functional = Anything()\n"
        f"module.nn.functional.conv2d = lambda *_: {deed}\n"
    )
    python = with_torch(tmp_path, PLAUSIBLE + source)
    verdict = prove(python, "cpu", limits=Limits(check_s=6))
    assert ("convolution", reason) in failures(verdict)
    last = verdict.devices[0].checks[-1]
    assert last.id == ("training" if reason in ("exception", "out-of-memory") else "convolution")


@pytest.mark.torch_env
def test_garbage_on_stdout_and_stderr_changes_nothing(torch_python: str, tmp_path: Path) -> None:
    source = (
        "import os, sys\n"
        "def garbage(real):\n"
        "    def function(*words, **named):\n"
        "        for stream in (1, 2):\n"
        "            os.write(stream, os.urandom(70000))\n"
        '        print(\'{"event": "end"}\', flush=True)\n'
        "        return real(*words, **named)\n"
        "    return function\n"
        "garbage(print)()\n"
        "torch.matmul, torch.rand = garbage(torch.matmul), garbage(torch.rand)\n"
    )
    assert prove(sabotaged(tmp_path, torch_python, source), "cpu").ok


def test_a_child_that_holds_stdout_does_not_hold_up_the_end(tmp_path: Path) -> None:
    source = (
        "import subprocess, sys, os\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "os._exit(0)\n"
    )
    verdict = prove(with_torch(tmp_path, source), "cpu", limits=Limits(import_s=60))
    assert failures(verdict) == [("import", "ended-early")]


def test_a_library_that_does_not_let_python_end_does_not_hold_up_the_end(tmp_path: Path) -> None:
    source = (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "raise OSError('no')\n"
    )
    begun = time.monotonic()
    assert failures(prove(with_torch(tmp_path, source), "cpu")) == [("import", "exception")]
    assert time.monotonic() - begun < 60


def test_what_torch_prints_is_not_taken_for_an_event(tmp_path: Path) -> None:
    event = '{"event": "check", "id": "matmul-float32", "device": 0, "status": "passed"}'
    source = f"import os\nprint('hello')\nos.write(1, b'{event}\\n')\nraise OSError('no')"
    verdict = prove(with_torch(tmp_path, source), "cpu")
    assert (verdict.devices, failures(verdict)) == ((), [("import", "exception")])


def test_an_environment_without_torch_says_so(tmp_path: Path) -> None:
    bare_environment(tmp_path / "env")
    verdict = prove(str(interpreter(tmp_path / "env")), "cpu")
    assert failures(verdict) == [("import", "no-torch")]


def test_an_interpreter_that_is_not_there_is_a_failure_not_an_exception(tmp_path: Path) -> None:
    assert failures(prove(str(tmp_path / "python"), "cpu")) == [("start", "not-started")]


VISION = """
import torch
def right(boxes, scores, threshold):
    rows, kept = boxes.tolist(), []
    def overlap(a, b):
        wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        shared = max(0, wide) * max(0, high)
        return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
    for i in scores.argsort(descending=True).tolist():
        if all(overlap(rows[i], rows[j]) <= threshold for j in kept):
            kept.append(i)
    return torch.tensor(kept)
class ops:
    nms = staticmethod(lambda boxes, scores, threshold: KEPT)
"""


def with_torchvision(folder: Path, torch_python: str, kept: str) -> str:
    """An environment with the real torch and a stand-in for torchvision, whose nms keeps this."""
    python = sabotaged(folder, torch_python, "pass")
    vision = site_packages(folder / "env") / "torchvision"
    (vision / "transforms").mkdir(parents=True)
    (vision / "__init__.py").write_text(VISION.replace("KEPT", kept))
    (vision / "transforms" / "__init__.py").touch()
    (vision / "transforms" / "functional.py").write_text(
        "def normalize(picture, mean, std):\n    return (picture - mean[0]) / std[0]\n"
    )
    return python


@pytest.mark.torch_env
@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ("right(boxes, scores, threshold)", []),
        ("right(boxes, scores, threshold).flip(0)", [("torchvision", "wrong-result")]),
        ("torch.ops.torchvision.nms(boxes)", [("torchvision", "companion-mismatch")]),
    ],
)
def test_a_companion_that_is_installed_is_used(
    kept: str, found: list[tuple[str, str]], torch_python: str, tmp_path: Path
) -> None:
    verdict = prove(with_torchvision(tmp_path, torch_python, kept), "cpu")
    assert failures(verdict) == found
    assert "torchvision" in [check.id for check in verdict.checks]


@pytest.mark.torch_env
def test_a_companion_that_cannot_load_its_library_belongs_to_another_torch(
    torch_python: str, tmp_path: Path
) -> None:
    python = sabotaged(tmp_path, torch_python, "pass")
    (site_packages(tmp_path / "env") / "torchaudio.py").write_text(
        "raise OSError('Could not load this library: _torchaudio.abi3.so')"
    )
    assert failures(prove(python, "cpu")) == [("torchaudio", "companion-mismatch")]


@pytest.mark.torch_env
def test_verification_leaves_no_trace(
    torch_python: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    assert prove(torch_python, "cpu").ok
    assert list(home.rglob("*")) == []
    assert list(scratch.rglob("*")) == []


def test_variables_that_mislead_python_are_removed_and_the_choice_of_gpus_is_kept(
    tmp_path: Path,
) -> None:
    environ = {"PYTHONPATH": "/x", "PYTHONHOME": "/y", "CUDA_VISIBLE_DEVICES": "1", "HOME": "/h"}
    found = target_environment(environ, tmp_path)
    assert not {"PYTHONPATH", "PYTHONHOME"} & set(found)
    assert (found["CUDA_VISIBLE_DEVICES"], found["HOME"]) == ("1", "/h")
    assert Path(found["CUDA_CACHE_PATH"]).is_relative_to(tmp_path)


def test_a_path_with_spaces_and_chinese_characters_works(tmp_path: Path) -> None:
    folder = tmp_path / "我的 环境"
    python = with_torch(folder, "raise OSError('no')")
    assert failures(prove(python, "cpu")) == [("import", "exception")]
    shutil.rmtree(folder)


SWEEP = """
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, verify
from gpusetup_questions import Question
cpu = torch.device("cpu")
for seed in range(12):
    for name, function in verify.QUICK:
        if not name.startswith("matmul"):
            parts = function(torch, Question(seed, name, 0), cpu)
            event = dict(event="check", id=name, device=0, status="passed", evidence=parts)
            print(json.dumps([seed, event]))
"""


@pytest.mark.torch_env
def test_whatever_the_random_numbers_a_healthy_torch_passes(torch_python: str) -> None:
    scripts = Path(gpusetup.inside.__file__).parent
    done = subprocess.run(
        [torch_python, "-c", SWEEP, str(scripts)], capture_output=True, text=True, check=True
    )
    found = [judged(event, seed) for seed, event in map(json.loads, done.stdout.splitlines())]
    assert len(found) > 70
    assert [event for event in found if event["status"] != "passed"] == []
