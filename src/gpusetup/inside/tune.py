"""Finds how many DataLoader workers and which batch size suit this machine.

Prints one JSON event per line.

The pictures are made in memory and packed; a worker unpacks, cuts, flips and scales them as it
would a file. So the figures are those of the processor, not of the disk.
"""

from __future__ import print_function

import argparse
import faulthandler
import os
import sys
import time
import zlib

BEGUN = time.time()

sys.dont_write_bytecode, _keep = True, sys.dont_write_bytecode
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gpusetup_models as models  # noqa: E402
import gpusetup_proof as proof  # noqa: E402
import gpusetup_timing as timing  # noqa: E402

sys.path.pop(0)
sys.dont_write_bytecode = _keep

LOADED = 32  # pictures in a batch of the loader
ENOUGH = 0.05  # a gain of less ends a sweep
CLASSES = 100
MOST_OF_MEMORY = 0.5  # of what is free on a machine without a GPU


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--most-workers", type=int, default=0)
    wish = parser.parse_args()
    report = proof.Report()
    faulthandler.enable()
    proof.reach_user_site()
    torch = proof.import_torch(report)
    if torch is None:
        return
    tune(report, torch, wish)
    report.emit("end", seconds=round(time.time() - BEGUN, 2))


def tune(report, torch, wish):
    kind = proof.best_kind(torch)
    index, device = proof.devices(torch, kind)[0]
    report.emit(
        "info",
        torch=str(torch.__version__),
        device=proof.describe(torch, index, device),
        kind=kind,
        processors=processors(),
        shared_memory_mib=shared_memory_mib(),
    )
    now = time.time()  # loading torch from a slow disk is no part of it
    half, deadline = now + wish.seconds / 2, now + wish.seconds
    attempt(report, "workers", lambda: sweep_workers(report, torch, wish, half))
    attempt(report, "batch", lambda: sweep_batches(report, torch, device, wish, deadline))


def attempt(report, name, function):
    """One sweep. That it failed keeps what it found until then."""
    try:
        function()
    except Exception as error:
        detail = proof.last_line(error)
        report.emit("failed", id=name, reason=proof.recognise(detail), detail=detail)


# --- the loader


class Pictures(object):
    """A data set in memory: packed pictures that are somewhat larger than wanted."""

    def __init__(self, size, count=64):
        self.size = size
        self.side = size + size // 7
        self.packed = [pack(self.side, number) for number in range(count)]

    def __len__(self):
        return 1 << 20

    def __getitem__(self, index):
        import torch

        raw = bytearray(zlib.decompress(self.packed[index % len(self.packed)]))
        if hasattr(torch, "frombuffer"):
            picture = torch.frombuffer(raw, dtype=torch.uint8)
        else:  # before torch 1.10
            picture = torch.ByteTensor(torch.ByteStorage.from_buffer(raw))
        picture = picture.view(self.side, self.side, 3)
        left, top = [int(torch.randint(self.side - self.size, (1,))) for _ in range(2)]
        part = picture[top : top + self.size, left : left + self.size]
        if index % 2:
            part = part.flip(1)
        return part.permute(2, 0, 1).float().div(127.5).sub(1.0), index % CLASSES


def pack(side, number):
    """Half of the picture smooth, half noise: packs to about half, as photographs do."""
    noise = os.urandom(side * side * 3 // 2)
    amount = side * side * 3 - len(noise)
    levels = range(number, number + amount // 97 + 1)
    smooth = b"".join(bytes(bytearray([level % 256])) * 97 for level in levels)
    return zlib.compress(smooth[:amount] + noise, 1)


def sweep_workers(report, torch, wish, deadline):
    """0, 1, 2, 4 ... workers until more bring nothing."""
    pictures = Pictures(wish.image_size)
    most = wish.most_workers or max(1, processors())
    best, without_gain = 0.0, 0
    counts = [0, 1] + [each for each in (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64) if each < most]
    counts += [most] if most > 1 else []
    for position, count in enumerate(counts):
        report.emit("start", check="workers", device=None, workers=count)
        share = (deadline - time.time()) / (len(counts) - position)
        found = load(torch, pictures, count, min(2.5, share))
        report.emit("workers", workers=count, **found)
        without_gain = 0 if found["rate"] > best * (1 + ENOUGH) else without_gain + 1
        best = max(best, found["rate"])
        if without_gain == 2 or (position and time.time() > deadline):
            break


def load(torch, pictures, count, seconds):
    """Pictures per second once it runs, and how long it takes to start."""
    from torch.utils.data import DataLoader

    loader = DataLoader(pictures, batch_size=LOADED, num_workers=count)
    begun = time.time()
    batches = iter(loader)
    next(batches)
    started = time.time() - begun
    for _ in range(count):  # what the workers had ready while they waited
        next(batches)
    begun, done = time.time(), 0
    while done < 2 or time.time() - begun < seconds:
        next(batches)
        done += 1
    rate = done * LOADED / (time.time() - begun)
    del batches
    return {"rate": round(rate, 2), "start_s": round(started, 3)}


def processors():
    """Those that we may use: a container or a job may have fewer than the machine."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        count = os.cpu_count() or 1
    return max(1, min(count, int(quota() or count)))


def quota():
    """A container's share of the processors; None where it has no limit."""
    try:
        with open("/sys/fs/cgroup/cpu.max") as lines:
            most, period = lines.read().split()
        return None if most == "max" else max(1.0, float(most) / float(period))
    except (IOError, OSError, ValueError):
        pass
    try:
        with open("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") as lines:
            most = float(lines.read())
        with open("/sys/fs/cgroup/cpu/cpu.cfs_period_us") as lines:
            return max(1.0, most / float(lines.read())) if most > 0 else None
    except (IOError, OSError, ValueError):
        return None


def shared_memory_mib():
    """Workers hand batches over through it; a container often has only 64 MiB."""
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108 - looked at, not written
    except (AttributeError, OSError):
        return None
    return found.f_frsize * found.f_blocks // 2**20


# --- the batch


def sweep_batches(report, torch, device, wish, deadline):
    """1, 2, 4 ... pictures in a batch until more bring nothing, do not fit, or take too long."""
    training = models.Training(torch, device, models.picture_model(torch, classes=CLASSES))
    batch, best, without_gain = 1, 0.0, 0
    while (batch <= 2 or time.time() < deadline) and without_gain < 2:
        report.emit("start", check="batch", device=None, batch=batch)
        if lacks_room(device, wish.image_size, batch):
            report.emit("batch", batch=batch, fits=False)
            return
        try:
            found = train(torch, device, training, wish.image_size, batch, deadline)
        except RuntimeError as error:
            if proof.recognise(proof.last_line(error)) != "out-of-memory":
                raise
            report.emit("batch", batch=batch, fits=False)
            return
        report.emit("batch", batch=batch, fits=True, **found)
        without_gain = 0 if found["rate"] > best * (1 + ENOUGH / 2) else without_gain + 1
        best = max(best, found["rate"])
        batch *= 2
    if without_gain < 2:
        report.emit("out-of-time", id="batch")


def train(torch, device, training, size, batch, deadline):
    """Pictures per second, and the memory that it takes at its peak."""
    forget_peak(torch, device)
    pictures = torch.randn(batch, 3, size, size, device=device)
    targets = torch.randint(CLASSES, (batch,), dtype=torch.int64).to(device)

    def run():
        training.step(pictures, targets)

    one = timing.best_of(torch, device, run, 1)
    seconds = min(2.0, max(0.2, (deadline - time.time()) / 8))
    count = int(max(2, min(50, seconds / max(one, 1e-4))))
    times = [timing.once(torch, device, run, 1) for _ in range(count)]
    times.sort()
    return {
        "rate": round(batch / times[len(times) // 2], 2),
        "memory_mib": peak_mib(torch, device),
    }


def forget_peak(torch, device):
    if device.type != "cuda":
        return
    torch.cuda.empty_cache()
    for name in ("reset_peak_memory_stats", "reset_max_memory_allocated"):
        if hasattr(torch.cuda, name):
            getattr(torch.cuda, name)(device)
            return


def peak_mib(torch, device):
    """The GPU's memory that tensors took; of a processor the whole process, which only grows."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device) // 2**20)
    try:
        import resource
    except ImportError:
        return None
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // scale)


def lacks_room(device, size, batch):
    """Without a GPU nothing says no in time: the whole machine would begin to swap."""
    if device.type == "cuda":
        return False
    free = available_mib()
    # what a picture takes on its way through the model, generously: 40 times itself
    return free is not None and batch * size * size * 3 * 4 * 40 / 2**20 > free * MOST_OF_MEMORY


def available_mib():
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) // 1024
    except (IOError, OSError, ValueError):
        pass
    return None


if __name__ == "__main__":
    main()
