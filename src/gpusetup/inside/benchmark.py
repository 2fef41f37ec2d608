"""Measures how fast torch computes and copies here. One JSON event per line on stdout.

Everything together fits into --seconds, the import of torch included.
"""

from __future__ import print_function

import argparse
import faulthandler
import os
import sys
import time

BEGUN = time.time()

sys.dont_write_bytecode, _keep = True, sys.dont_write_bytecode
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gpusetup_figures as figures  # noqa: E402
import gpusetup_proof as proof  # noqa: E402
import gpusetup_timing as timing  # noqa: E402

sys.path.pop(0)
sys.dont_write_bytecode = _keep

TYPES = ("float32", "tf32", "float16", "bfloat16", "float8")
ON_TIME = 0.93  # of the time: the last measurement may take a little longer
NEEDED = (
    *("matmul-" + name for name in TYPES),
    *("copy-device", "copy-memory", "copy-to-device", "copy-from-device"),
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--level", choices=("quick", "full"), default="quick")
    parser.add_argument("--seconds", type=float, default=18.0)
    wish = parser.parse_args()
    report = proof.Report()
    faulthandler.enable()
    proof.reach_user_site()
    torch = proof.import_torch(report)
    if torch is None:
        return
    full = wish.level == "full"
    timing.STOP[0] = BEGUN + ON_TIME * wish.seconds
    clock = timing.Clock(BEGUN + ON_TIME * wish.seconds, 5.0 if full else 1.0)
    measure_all(report, torch, clock, full)
    report.emit("end", seconds=round(time.time() - BEGUN, 2))


def measure_all(report, torch, clock, full):
    kind = proof.best_kind(torch)
    gpus = proof.devices(torch, kind) if kind != "cpu" else []
    cpu = torch.device("cpu")
    report.emit(
        "info",
        torch=str(torch.__version__),
        cuda_runtime=getattr(torch.version, "cuda", None),
        process=os.getpid(),
        tf32=tf32_setting(torch),
        devices=[described(torch, i, each) for i, each in gpus],
        cpu={"name": proof.cpu_name(), "threads": torch.get_num_threads()},
    )
    tests = [(i, each, gpu_tests(each, i, len(gpus), full)) for i, each in gpus]
    plan = in_order(tests + [(None, cpu, cpu_tests())])
    clock.left = len(plan)
    for index, device, (name, function) in plan:
        report.emit("start", check=name, device=index)
        measure(report, torch, clock, index, device, name, function)


def in_order(tests):
    """What must be measured comes first, on all devices, should the time run out."""
    flat = [(index, device, test) for index, device, found in tests for test in found]
    return sorted(flat, key=lambda entry: entry[2][0] not in NEEDED)


def described(torch, index, device):
    """What is known of a device, with what says which card of the driver's it is."""
    facts = proof.describe(torch, index, device)
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(index)
        facts["multiprocessors"] = getattr(properties, "multi_processor_count", None)
        uuid = getattr(properties, "uuid", None)  # from torch 2.4 on
        facts["uuid"] = None if uuid is None else str(uuid)
    return facts


def tf32_setting(torch):
    """How float32 products are made where the user changes nothing: "on", "off", "forbidden"."""
    if os.environ.get("NVIDIA_TF32_OVERRIDE") == "0":
        return "forbidden"
    matmul = getattr(getattr(torch.backends, "cuda", None), "matmul", None)
    try:
        return "on" if getattr(matmul, "allow_tf32", False) else "off"
    except RuntimeError:  # set in both the old and the new way
        return "off"


def measure(report, torch, clock, index, device, name, function):
    """One measurement: its result, or why there is none."""
    begun = time.time()
    try:
        found = function(torch, device, clock.share(name in NEEDED))
        report.emit("result", id=name, device=index, **found)
    except proof.Skipped as end:
        report.emit("skipped", id=name, device=index, reason=end.code, detail=end.detail)
    except Exception as error:
        detail = proof.last_line(error)
        reason = proof.recognise(detail)
        report.emit("failed", id=name, device=index, reason=reason, detail=detail)
    finally:
        if device.type == "cuda":
            torch.cuda.empty_cache()
        elif device.type == "cpu":
            clock.note(time.time() - begun)


def gpu_tests(device, index, count, full):
    """Everything on the first GPU; of the others, unless there is time, what tells a slow one."""
    if device.type != "cuda":
        types = ("float32", "float16")
        return [(product_name(name), figures.product_test(name)) for name in types] + [
            ("copy-device", figures.copy_device),
            ("triad-device", figures.triad_device),
            ("training-images", figures.training_images),
            ("training-tokens", figures.training_tokens),
        ]
    brief = index > 0 and not full
    types = TYPES[:4] if brief else TYPES
    tests = [(product_name(name), figures.product_test(name)) for name in types]
    tests += copy_tests(index, count, brief)
    return tests if brief else tests + work_tests() + (size_tests() if full else [])


def product_name(name, size=None):
    return "matmul-" + name + ("" if size is None else "-" + str(size))


def copy_tests(index, count, brief):
    tests = [("copy-device", figures.copy_device)]
    if not brief:
        tests.append(("triad-device", figures.triad_device))
    tests += [
        ("copy-to-device", figures.transfer_test(True, True)),
        ("copy-from-device", figures.transfer_test(False, True)),
    ]
    if not brief:
        tests += [
            ("copy-to-device-pageable", figures.transfer_test(True, False)),
            ("copy-from-device-pageable", figures.transfer_test(False, False)),
        ]
    if count > 1:
        tests.append(("copy-between-devices", figures.peer_test((index + 1) % count)))
    return tests


def work_tests():
    return [
        ("launch", figures.launch),
        ("convolution", figures.convolution),
        ("attention", figures.attention),
        ("training-images", figures.training_images),
        ("training-tokens", figures.training_tokens),
    ]


def size_tests():
    """The same products in other sizes: small ones show what starting costs."""
    return [
        (product_name(name, size), figures.product_test(name, size))
        for name in ("float32", "float16", "bfloat16")
        for size in figures.SIZES
    ]


def cpu_tests():
    return [
        ("matmul-float32", figures.product_test("float32")),
        ("copy-memory", figures.copy_device),
        ("training-images", figures.training_images),
        ("training-tokens", figures.training_tokens),
    ]


if __name__ == "__main__":
    main()
