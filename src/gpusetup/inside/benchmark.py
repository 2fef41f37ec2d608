"""Measures how fast torch computes and copies here. One JSON event per line on stdout.

Everything together fits into --seconds, the import of torch included. Random data: zeros toggle
fewer bits, need less power and run up to 13 % faster than real data.
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
import gpusetup_proof as proof  # noqa: E402

sys.path.pop(0)
sys.dont_write_bytecode = _keep

MIB = 2**20
CPU_SHARE_S = 3.0  # kept for the CPU when there are GPUs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--level", choices=("quick", "full"), default="quick")
    parser.add_argument("--seconds", type=float, default=18.0)
    wish = parser.parse_args()
    report = proof.Report()
    faulthandler.enable()
    proof.reach_user_site()
    report.emit("start", check="import", device=None)
    try:
        if not proof.is_installed("torch"):
            raise proof.Failed("no-torch")
        import torch
    except proof.Failed as error:
        report.emit("failed", id="import", reason=error.code, detail=error.detail)
        report.emit("end")
        return
    except (Exception, SystemExit) as error:
        detail = proof.last_line(error)
        report.emit("failed", id="import", reason=proof.recognise(detail), detail=detail)
        report.emit("end")
        return
    measure_all(report, torch, Clock(BEGUN + wish.seconds, 5.0 if wish.level == "full" else 1.0))
    report.emit("end", seconds=round(time.time() - BEGUN, 2))


class Clock(object):
    """Shares the time that is left among the measurements that are left."""

    def __init__(self, deadline, longest):
        self.deadline = deadline
        self.longest = longest
        self.left = 1

    def share(self):
        """Seconds for the next measurement."""
        remaining = self.deadline - time.time()
        seconds = min(self.longest, remaining / max(1, self.left))
        self.left -= 1
        return max(0.1, seconds)


def measure_all(report, torch, clock):
    kind = proof.best_kind(torch)
    gpus = proof.devices(torch, kind) if kind != "cpu" else []
    cpu = torch.device("cpu")
    report.emit(
        "info",
        torch=str(torch.__version__),
        devices=[proof.describe(torch, i, each) for i, each in gpus],
        cpu={"name": proof.cpu_name(), "threads": torch.get_num_threads()},
    )
    plan = [(i, each, test) for i, each in gpus for test in gpu_tests(torch, each)]
    plan += [(None, cpu, test) for test in cpu_tests()]
    clock.left = len(plan)
    for index, device, (name, function) in plan:
        report.emit("start", check=name, device=index)
        measure(report, torch, clock, index, device, name, function)


def measure(report, torch, clock, index, device, name, function):
    """One measurement: its result, or why there is none."""
    try:
        found = function(torch, device, clock.share())
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


def gpu_tests(torch, device):
    types = ["float32", "tf32", "float16", "bfloat16"] if device.type == "cuda" else []
    types = types or ["float32", "float16"]
    tests = [("matmul-" + name, product_test(name)) for name in types]
    tests.append(("copy-device", copy_device))
    if device.type == "cuda":
        tests.append(("copy-to-device", copy_to_device))
        tests.append(("copy-from-device", copy_from_device))
    return tests


def cpu_tests():
    return [("matmul-float32", product_test("float32")), ("copy-memory", copy_device)]


# --- what is measured


def product_test(name):
    return lambda torch, device, seconds: product(torch, device, seconds, name)


def product(torch, device, seconds, name):
    """Square products of random numbers; two sets of inputs in turn."""
    dtype = getattr(torch, "float32" if name == "tf32" else name, None)
    if dtype is None or not proof.computes_natively(torch, device, name):
        raise proof.Skipped("not-supported", name)
    proof.use_tf32(torch, name == "tf32")
    size = choose_size(torch, device, dtype, seconds)
    sets = [[torch.randn(size, size, device=device).to(dtype) for _ in range(2)] for _ in range(2)]
    output = torch.empty(size, size, dtype=dtype, device=device)
    turn = [0]

    def run():
        turn[0] ^= 1
        torch.mm(sets[turn[0]][0], sets[turn[0]][1], out=output)

    found = summary(samples(torch, device, run, seconds), 2.0 * size**3 / 1e12, "TFLOP/s")
    proof.use_tf32(torch, False)
    found["shape"] = [size, size, size]
    return found


def choose_size(torch, device, dtype, seconds):
    """The largest side whose product takes less than a tenth of the time and fits into memory.

    Grows from small to large: a type that the hardware lacks may be a thousand times slower.
    """
    largest = 4096 if device.type == "cpu" else 8192
    room = free_bytes(torch, device) * 0.4
    # inputs are made as float32 and then turned into the type
    width = 5 * torch.empty(1, dtype=dtype).element_size() + 4
    size = 256
    while size < largest and width * (2 * size) ** 2 <= room:
        side = torch.randn(size, size, device=device).to(dtype)
        if 8 * best_of(torch, device, bind_product(torch, side), 2) > seconds / 10:
            break
        size *= 2
    return size


def bind_product(torch, side):
    return lambda: torch.mm(side, side)


def copy_device(torch, device, seconds):
    """A copy within one memory; what is read and what is written both count."""
    size = 128 * MIB if device.type == "cpu" else 1024 * MIB
    size = int(min(size, free_bytes(torch, device) / 6)) // 4
    source = torch.rand(size, device=device)
    target = torch.empty(size, device=device)
    times = samples(torch, device, lambda: target.copy_(source), seconds)
    return sized(summary(times, 2.0 * size * 4 / 1e9, "GB/s"), size)


def copy_to_device(torch, device, seconds):
    """From pinned host memory to the GPU."""
    return transfer(torch, device, seconds, True)


def copy_from_device(torch, device, seconds):
    """From the GPU to pinned host memory."""
    return transfer(torch, device, seconds, False)


def transfer(torch, device, seconds, towards):
    size = int(min(256 * MIB, free_bytes(torch, device) / 4)) // 4
    here = torch.rand(size).pin_memory()
    there = torch.rand(size, device=device)
    source, target = (here, there) if towards else (there, here)
    times = samples(torch, device, lambda: target.copy_(source, non_blocking=True), seconds)
    return sized(summary(times, size * 4 / 1e9, "GB/s"), size)


def sized(found, numbers):
    found["shape"] = [numbers * 4]
    return found


def free_bytes(torch, device):
    """What can be used without pushing anyone out."""
    if device.type != "cuda":
        return 2048 * MIB
    if hasattr(torch.cuda, "mem_get_info"):
        return torch.cuda.mem_get_info(device)[0]
    return torch.cuda.get_device_properties(device.index).total_memory // 2


# --- timing


def samples(torch, device, run, seconds):
    """Seconds per run, several times: a third of the time warms up, the rest is measured."""
    one = best_of(torch, device, run, 2)
    inner = max(1, int(0.002 / max(one, 1e-7)))  # a sample of at least 2 ms
    until = time.time() + seconds * 0.3
    while time.time() < until:
        once(torch, device, run, inner)
    count = int(min(200, max(5, seconds * 0.6 / max(one * inner, 1e-7))))
    if device.type == "cuda":
        return on_stream(torch, device, run, inner, count)
    return on_host(torch, device, run, inner, count, seconds)


def on_host(torch, device, run, inner, count, seconds):
    """The host's clock. Where other programs take the CPU, fewer runs rather than more time."""
    until = time.time() + seconds
    times = []
    while len(times) < count and (len(times) < 5 or time.time() < until):
        times.append(once(torch, device, run, inner))
    return times


def once(torch, device, run, inner):
    begun = time.perf_counter()
    for _ in range(inner):
        run()
    proof.synchronize(torch, device)
    return (time.perf_counter() - begun) / inner


def best_of(torch, device, run, count):
    once(torch, device, run, 1)  # loads libraries, chooses kernels
    return min(once(torch, device, run, 1) for _ in range(count))


def on_stream(torch, device, run, inner, count):
    """The GPU's own clock, so that the time to launch does not count."""
    with torch.cuda.device(device.index):
        marks = [torch.cuda.Event(enable_timing=True) for _ in range(count + 1)]
        marks[0].record()
        for mark in marks[1:]:
            for _ in range(inner):
                run()
            mark.record()
        torch.cuda.synchronize()
    pairs = zip(marks, marks[1:])
    return [first.elapsed_time(second) / 1000.0 / inner for first, second in pairs]


def summary(times, amount, unit):
    """Median and spread (interquartile range over median) of a rate."""
    rates = sorted(amount / each for each in times if each > 0)
    if not rates:
        raise proof.Skipped("too-fast")
    middle = rates[len(rates) // 2]
    spread = (rates[len(rates) * 3 // 4] - rates[len(rates) // 4]) / middle
    return {
        "median": round(middle, 4),
        "unit": unit,
        "spread": round(spread, 4),
        "runs": len(rates),
    }


if __name__ == "__main__":
    main()
