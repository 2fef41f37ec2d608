"""Proves that torch computes, in the target's own Python. One JSON event per line on stdout.

The data come from Python's own `random` and the references are checked in Python, so that a torch
that lies about one product does not vouch for itself.
"""

from __future__ import print_function

import argparse
import faulthandler
import importlib
import math
import os
import random
import sys
from operator import mul

sys.dont_write_bytecode, _keep = True, sys.dont_write_bytecode
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gpusetup_company as company  # noqa: E402
import gpusetup_proof as proof  # noqa: E402

sys.path.pop(0)
sys.dont_write_bytecode = _keep

SIDE = 256

# (relative Frobenius error, worst element in units of the root mean square). Inputs are rounded to
# the type first, so only accumulation and the rounding of the result count.
BOUNDS = {
    "float32": (1e-5, 1e-4),
    "float16": (2e-3, 2e-2),
    "bfloat16": (1e-2, 6e-2),
    "convolution": (1e-4, 1e-3),
    "gradients": (1e-4, 1e-3),
}


def main():
    wish = arguments()
    report = proof.Report()
    faulthandler.enable()
    proof.reach_user_site()
    if report.check("import", import_torch) == "failed":
        report.emit("end")
        return
    import torch

    found = {}
    report.check("versions", lambda: tell_versions(report, torch))
    if (
        report.check("expected-device", lambda: find_devices(report, torch, wish, found))
        == "passed"
    ):
        verify_devices(report, torch, wish, found["devices"])
    verify_company(report, torch, wish, found.get("devices", proof.devices(torch, "cpu")))
    report.emit("end")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--expected", choices=("cuda", "cpu", "mps", "any"), default="any")
    parser.add_argument(
        "--devices", type=int, default=0, help="GPUs that there must be; 0: unknown"
    )
    parser.add_argument("--companions", default="", help="modules that must be there, by commas")
    parser.add_argument("--level", choices=("quick", "full"), default="quick")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def verify_devices(report, torch, wish, devices):
    """Every check on every device."""
    for index, device in devices:
        # a device that cannot hold and add numbers has one cause, not six
        healthy = report.check("allocation", bind(allocation, torch, device), index) == "passed"
        for name, function in device_checks(torch, wish):
            report.check(name, bind(function, device) if healthy else blocked, index)
    if len(devices) > 1:
        report.check("copy-between-devices", lambda: copies(torch, wish, devices))


def device_checks(torch, wish):
    checks = [
        (
            "matmul-" + name,
            lambda device, name=name: product(torch, seeded(wish.seed), device, name),
        )
        for name in ("float32", "float16", "bfloat16")
    ]
    seeds = seeded(wish.seed + 1)
    checks.append(("convolution", lambda device: convolution(torch, seeds, device)))
    checks.append(("training", lambda device: training(torch, seeds, device, wish.level)))
    return checks


def verify_company(report, torch, wish, devices):
    """numpy, torchvision, torchaudio: used when they are there, missed when they must be."""
    required = [name for name in wish.companions.split(",") if name]
    if proof.is_installed("numpy"):
        report.check("numpy", lambda: company.use_numpy(torch))
    for name, use in company.USES:
        if name in required or proof.is_installed(name):
            report.check(name, bind(use, torch, devices))
    for name in required:
        if name not in dict(company.USES):
            report.check(name, bind(company.load, name))


def bind(function, *values):
    return lambda *more: function(*(values + more))


def blocked():
    raise proof.Skipped("blocked")


# --- torch itself


def import_torch():
    if not proof.is_installed("torch"):
        raise proof.Failed("no-torch")
    import torch

    if not hasattr(torch, "Tensor"):
        raise proof.Failed("not-torch", getattr(torch, "__file__", None) or str(torch.__path__))


def tell_versions(report, torch):
    report.emit(
        "info",
        python=".".join(str(part) for part in sys.version_info[:3]),
        torch=str(torch.__version__),
        cuda_runtime=torch.version.cuda,
        cudnn=cudnn_version(torch),
        companions={name: version_of(name) for name, _ in company.USES if version_of(name)},
    )


def version_of(name):
    """The version that the installed files claim. Imports nothing; None before Python 3.8."""
    try:
        return importlib.import_module("importlib.metadata").version(name)
    except Exception:
        return None


def cudnn_version(torch):
    """91501 -> "9.15.1", 7605 -> "7.6.5"."""
    if torch.version.cuda is None:
        return None
    raw = torch.backends.cudnn.version()
    if raw is None:
        return None
    major = 10000 if raw >= 90000 else 1000
    return "{0}.{1}.{2}".format(raw // major, raw % major // 100, raw % 100)


def find_devices(report, torch, wish, found):
    kind = wish.expected if wish.expected != "any" else proof.best_kind(torch)
    if kind == "cuda":
        require_cuda(torch)
    elif kind == "mps" and not proof.has_mps(torch):
        raise proof.Failed("no-mps")
    devices = proof.devices(torch, kind)
    report.emit(
        "info", device_type=kind, devices=[proof.describe(torch, i, each) for i, each in devices]
    )
    if kind == "cuda" and len(devices) < wish.devices:
        detail = "{0} < {1}".format(len(devices), wish.devices)
        raise proof.Failed("fewer-devices", detail)
    found["devices"] = devices


def require_cuda(torch):
    """Why `is_available()` is False, in torch's own words."""
    if getattr(torch.version, "hip", None):
        raise proof.Failed("rocm-build", torch.__version__)
    if torch.version.cuda is None:
        raise proof.Failed("cpu-build", str(torch.__version__))
    if torch.cuda.is_available() and torch.cuda.device_count() > 0:
        return
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in ("", "-1"):
        raise proof.Failed("hidden-devices", "CUDA_VISIBLE_DEVICES=" + visible)
    try:
        torch.zeros(1).cuda()
    except Exception as error:
        text = proof.last_line(error)
        code = proof.recognise(text)
        raise proof.Failed("cuda-unavailable" if code == "exception" else code, text) from None
    raise proof.Failed("cuda-unavailable")


# --- arithmetic


def seeded(number):
    return random.Random(number)  # noqa: S311 - test data, no secret


def numbers(source, count):
    return [source.random() * 2 - 1 for _ in range(count)]


def flat(tensor):
    return tensor.detach().cpu().double().reshape(-1).tolist()


def compare(got, reference, bounds):
    """The relative error of `got` (a tensor) against a list of floats; Failed when too large."""
    values = flat(got)
    if len(values) != len(reference):
        raise proof.Failed("wrong-shape", str(tuple(got.shape)))
    differences = [left - right for left, right in zip(values, reference)]
    if any(each != each for each in differences):
        raise proof.Failed("not-a-number")
    size = math.sqrt(sum(map(mul, reference, reference))) or 1.0
    error = math.sqrt(sum(map(mul, differences, differences))) / size
    worst = max(abs(each) for each in differences) / (size / math.sqrt(len(reference)))
    if not (error <= bounds[0] and worst <= bounds[1]):
        raise proof.Failed("wrong-result", "worst element off by {0:.2g}".format(worst), error)
    return error


def expect(tensor, dtype, device):
    if tensor.dtype != dtype:
        raise proof.Failed("wrong-type", str(tensor.dtype))
    if tensor.device.type != device.type or device.index not in (None, tensor.device.index):
        raise proof.Failed("wrong-device", str(tensor.device))


def allocation(torch, device):
    """Memory can be had, written, added up and given back."""
    tensor = torch.empty(2**20, device=device).fill_(0.5)
    expect(tensor, torch.float32, device)
    total = tensor.sum().item()
    proof.synchronize(torch, device)
    if total != 2.0**19:
        raise proof.Failed("wrong-result", repr(total))


def product(torch, source, device, name):
    """A matrix product against its float64 result."""
    dtype = getattr(torch, name, None)
    if dtype is None or not proof.computes_natively(torch, device, name):
        raise proof.Skipped("not-supported", name)
    try:
        return product_of(torch, source, device, dtype, BOUNDS[name])
    except RuntimeError as error:
        # on the CPU, short types came late and piece by piece
        lacking = "not implemented" in str(error) or "not supported" in str(error)
        if device.type == "cpu" and name != "float32" and lacking:
            raise proof.Skipped("not-supported", proof.last_line(error)) from None
        raise


def product_of(torch, source, device, dtype, bounds):
    proof.use_tf32(torch, False)
    left, right = (
        torch.tensor(numbers(source, SIDE * SIDE), dtype=torch.float64)
        .reshape(SIDE, SIDE)
        .to(dtype)
        for _ in range(2)
    )
    reference = reference_product(torch, source, left.double(), right.double())
    left, right = left.to(device), right.to(device)
    # an element that the kernel does not write stays NaN
    poisoned = torch.full((SIDE, SIDE), float("nan"), dtype=dtype, device=device)
    torch.mm(left, right, out=poisoned)
    result = torch.matmul(left, right)
    proof.synchronize(torch, device)
    expect(result, dtype, device)
    return max(compare(each, reference, bounds) for each in (result, poisoned))


def reference_product(torch, source, left, right):
    """The float64 product, itself checked in Python with a random vector (Freivalds)."""
    result = torch.matmul(left, right).tolist()
    vector = numbers(source, SIDE)

    def times(matrix, values):
        return [sum(map(mul, row, values)) for row in matrix]

    expected = times(left.tolist(), times(right.tolist(), vector))
    if any(not abs(a - b) < 1e-9 for a, b in zip(times(result, vector), expected)):
        raise proof.Failed("wrong-reference")
    return [value for row in result for value in row]


def convolution(torch, source, device):
    """A convolution against its float64 result, some elements of which are redone in Python."""
    proof.use_tf32(torch, False)
    shape, kernel = (2, 4, 16, 16), (8, 4, 3, 3)
    values = torch.tensor(numbers(source, 2048), dtype=torch.float64).reshape(*shape)
    weights = torch.tensor(numbers(source, 288), dtype=torch.float64).reshape(*kernel)
    conv2d = torch.nn.functional.conv2d
    reference = conv2d(values, weights)
    spot_check(source, values.tolist(), weights.tolist(), reference.tolist())
    result = conv2d(values.float().to(device), weights.float().to(device))
    proof.synchronize(torch, device)
    expect(result, torch.float32, device)
    return compare(result, flat(reference), BOUNDS["convolution"])


def spot_check(source, values, weights, result):
    for _ in range(12):
        n, k = source.randrange(2), source.randrange(8)
        y, x = source.randrange(14), source.randrange(14)
        expected = sum(
            weights[k][c][i][j] * values[n][c][y + i][x + j]
            for c in range(4)
            for i in range(3)
            for j in range(3)
        )
        if not abs(expected - result[n][k][y][x]) < 1e-9:
            raise proof.Failed("wrong-reference")


def training(torch, source, device, level):
    """Gradients against float64 on the CPU, then some steps in which the loss must go down."""
    shapes = ((64, 8), (8, 32), (32, 1), (8, 1))
    data = [
        torch.tensor(numbers(source, rows * columns), dtype=torch.float64).reshape(rows, columns)
        for rows, columns in shapes
    ]
    # a plane: over 500 seeds the loss falls to 13 % or less
    target = 2 * data[0].matmul(data[3])
    exact = [each.clone().requires_grad_() for each in data[1:3]]
    loss_of(torch, data[0], exact, target).backward()
    inputs, target = data[0].float().to(device), target.float().to(device)
    weights = [each.detach().float().to(device).requires_grad_() for each in data[1:3]]
    first = loss_of(torch, inputs, weights, target)
    first.backward()
    pairs = zip(weights, exact)
    error = max(compare(w.grad, flat(e.grad), BOUNDS["gradients"]) for w, e in pairs)
    last = descend(torch, inputs, weights, target, level)
    if not last < 0.5 * first.item():
        raise proof.Failed("loss-not-falling", "{0:.4g} -> {1:.4g}".format(first.item(), last))
    return error


def loss_of(torch, inputs, weights, target):
    guess = torch.tanh(inputs.matmul(weights[0])).matmul(weights[1])
    return ((guess - target) ** 2).mean()


def descend(torch, inputs, weights, target, level):
    """Steps of gradient descent; the loss at the end.

    By hand when quick: the first step of a torch.optim class imports the compiler, which takes
    longer than everything else together.
    """
    steps = 30 if level == "quick" else 100
    optimizer = torch.optim.SGD(weights, lr=0.02) if level == "full" else None
    for _ in range(steps):
        for weight in weights:
            weight.grad = None
        loss_of(torch, inputs, weights, target).backward()
        if optimizer is not None:
            optimizer.step()
            continue
        with torch.no_grad():
            for weight in weights:
                weight -= 0.02 * weight.grad
    return loss_of(torch, inputs, weights, target).item()


def copies(torch, wish, devices):
    """What is copied from one GPU to another arrives unchanged, in each direction."""
    values = numbers(seeded(wish.seed + 2), 4096)
    original = torch.tensor(values, dtype=torch.float32)
    expected = original.tolist()
    for i, source in devices:
        here = original.to(source)
        for j, target in devices:
            if i != j and here.to(target).cpu().tolist() != expected:
                raise proof.Failed("wrong-copy", "{0} -> {1}".format(i, j))


if __name__ == "__main__":
    main()
