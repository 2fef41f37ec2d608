"""A torch that computes wrongly, or tells what it has not computed, is found out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpusetup.proving.here import prove
from tests.inside.torches import PLAUSIBLE, failures, sabotaged, with_torch

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
