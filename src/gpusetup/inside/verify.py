"""Proves that torch computes, in the target's own Python. One JSON event per line.

The data are made of a seed by Python alone, and what torch makes of them goes to the parent, which
knows the seed, the right answers, and which checks there must be: nothing in this process vouches
for itself.
"""

from __future__ import print_function

import argparse
import faulthandler
import os
import sys

sys.dont_write_bytecode, _keep = True, sys.dont_write_bytecode
# at the end, where it hides nothing, and for good: loading workers import from there as well
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import gpusetup_arithmetic as arithmetic  # noqa: E402
import gpusetup_company as company  # noqa: E402
import gpusetup_functions as functions  # noqa: E402
import gpusetup_learning as learning  # noqa: E402
import gpusetup_proof as proof  # noqa: E402
import gpusetup_questions as questions  # noqa: E402
import gpusetup_streams as streams  # noqa: E402
import gpusetup_together as together  # noqa: E402
import gpusetup_versions as versions  # noqa: E402

sys.dont_write_bytecode = _keep

FIRST = (("allocation", arithmetic.allocation),)
QUICK = (
    ("matmul-float64", arithmetic.product),
    ("matmul-float32", arithmetic.product),
    ("matmul-float16", arithmetic.product),
    ("matmul-bfloat16", arithmetic.product),
    ("convolution", arithmetic.convolution),
    ("fft", arithmetic.transform),
    ("linear-algebra", functions.linear_algebra),
    ("index-reduction", functions.index_and_reduce),
    ("elementwise", functions.elementwise),
    ("random", functions.random_numbers),
    ("training", functions.training),
)


def main():
    wish = arguments()
    report = proof.Report()
    faulthandler.enable()
    proof.reach_user_site()
    if report.check("import", import_torch) == "failed":
        report.emit("end")
        return
    import torch

    found = {"devices": []}
    report.check("versions", lambda: versions.tell(report, torch))
    report.check("expected-device", lambda: find_devices(report, torch, wish, found))
    broken = verify_devices(report, torch, wish, found["devices"])
    verify_company(report, torch, wish, found["devices"] or proof.devices(torch, "cpu"))
    if wish.level == "full":
        # takes longest and fails most: what hangs or crashes here has hidden nothing
        check_each(report, torch, wish, found["devices"], learning.LAST, broken)
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
    """Every check on every device, then those that need all of them.

    Returns the devices that cannot hold and add numbers: that is one cause, not ten.
    """
    broken = []
    for pair in devices:
        failed = check_each(report, torch, wish, [pair], FIRST, broken)
        broken += [pair[0]] if failed else []
        check_each(report, torch, wish, [pair], device_checks(pair[1], wish.level), broken)
    for name, function in common_checks(devices, wish.level):
        ask = questions.Question(wish.seed, name)
        report.check(name, blocked if broken else bind(function, torch, ask, devices))
    return broken


def check_each(report, torch, wish, devices, checks, broken):
    """Some checks on some devices. Returns whether one failed."""
    failed = False
    for index, device in devices:
        for name, function in checks:
            ask = questions.Question(wish.seed, name, index)
            run = blocked if index in broken else bind(function, torch, ask, device)
            failed = report.check(name, run, index) == "failed" or failed
    return failed


def device_checks(device, level):
    checks = list(QUICK)
    if device.type == "cuda":
        checks.insert(0, ("architecture", arithmetic.architecture))
        checks.insert(3, ("matmul-tf32", arithmetic.product))
    if level == "full":
        checks += [
            ("matmul-float8", arithmetic.float8),
            ("matmul-large", arithmetic.large_product),
        ]
        checks += streams.CHECKS if device.type == "cuda" else ()
        checks += learning.CHECKS
    return checks


def common_checks(devices, level):
    checks = []
    if not devices:
        return checks
    if len(devices) > 1:
        checks.append(("copy-between-devices", together.copies))
    if level == "full":
        if devices[0][1].type == "cuda":
            checks.append(("nccl", together.all_reduce))
        checks.append(("dataloader", together.load))
    return checks


def verify_company(report, torch, wish, devices):
    """numpy, torchvision, torchaudio: used when they are there, missed when they must be."""
    required = [name for name in wish.companions.split(",") if name]
    for name, use in company.USES:
        if (name in required and name != "numpy") or proof.is_installed(name):
            ask = questions.Question(wish.seed, name)
            report.check(name, bind(use, torch, ask, devices))
    for name in required:
        if name not in dict(company.USES):
            report.check(name, bind(company.load, name))


def bind(function, *values):
    return lambda: function(*values)


def blocked():
    raise proof.Skipped("blocked")


def import_torch():
    if not proof.is_installed("torch"):
        raise proof.Failed("no-torch")
    import torch

    if not hasattr(torch, "Tensor"):
        raise proof.Failed("not-torch", getattr(torch, "__file__", None) or str(torch.__path__))


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


if __name__ == "__main__":
    main()
