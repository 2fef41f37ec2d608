"""How the benchmark takes time: warm-up, the GPU's own clock, repeats, median and spread."""

from __future__ import print_function

import time

import gpusetup_proof as proof

MIB = 2**20
SAMPLE_S = 0.002  # at least so long, so that the clock's own steps do not count
FLUSH_BYTES = 256 * MIB  # more than any cache holds: inputs in turn add up to it
MOST_SETS = 4
STOP = [float("inf")]  # when even a measurement that has begun comes to its end
BEHIND = 2.2  # times the longest that a measurement has: those that can be left out are
TOO_SLOW = 1.5  # times the seconds that a measurement has


class Clock(object):
    """Shares the time that is left among the measurements that are left."""

    def __init__(self, deadline, longest):
        self.deadline = deadline
        self.longest = longest
        self.left = 1
        self.is_behind = False

    def share(self, needed=False):
        """Seconds for the next measurement. When the time is over, only for a needed one."""
        remaining = self.deadline - time.time()
        seconds = min(self.longest, remaining / max(1, self.left))
        self.left -= 1
        if (remaining < 0 or self.is_behind) and not needed:
            raise proof.Skipped("no-time")
        return max(0.1, seconds)

    def note(self, seconds):
        """What a measurement on the host took: others may use the processor too."""
        self.is_behind = self.is_behind or seconds > BEHIND * self.longest


def sets_of(amount, most=MOST_SETS):
    """How many inputs of so many bytes are used in turn, so that no cache holds the next one."""
    return int(min(most, max(2, FLUSH_BYTES // max(1, amount) + 1)))


def in_turn(functions):
    """One function that calls them one after the other."""
    turn = [0]

    def run():
        turn[0] = (turn[0] + 1) % len(functions)
        functions[turn[0]]()

    return run


def samples(torch, device, run, seconds, needed=True):
    """Seconds per run, several times: a third of the time warms up, the rest is measured."""
    first = once(torch, device, run, 1)  # loads libraries, chooses kernels
    is_late = first > TOO_SLOW * seconds or time.time() > STOP[0]
    if device.type == "cpu" and not needed and is_late:
        raise proof.Skipped("no-time")
    one = min(once(torch, device, run, 1) for _ in range(2 if first < seconds else 1))
    inner = max(1, int(SAMPLE_S / max(one, 1e-7)))
    until = time.time() + seconds * 0.3
    while time.time() + one * inner < until:
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
        if len(times) > 1 and time.time() > min(until + seconds, STOP[0]):
            break
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


def launches(torch, device, run, seconds):
    """Seconds that the host needs to hand one piece of work to the device, without waiting."""
    count, times = 200, []
    once(torch, device, run, count)
    until = time.time() + seconds
    while len(times) < 5 or (len(times) < 200 and time.time() < until):
        proof.synchronize(torch, device)
        begun = time.perf_counter()
        for _ in range(count):
            run()
        times.append((time.perf_counter() - begun) / count)
        proof.synchronize(torch, device)
    return times


def rate(times, amount, unit):
    """Median and spread (interquartile range over median) of so much per second."""
    return spread_of([amount / each for each in times if each > 0], unit)


def duration(times, unit="us"):
    """Median and spread of the times themselves, in microseconds."""
    return spread_of([each * 1e6 for each in times if each > 0], unit)


def spread_of(values, unit):
    values = sorted(values)
    if not values:
        raise proof.Skipped("too-fast")
    middle = values[len(values) // 2]
    spread = (values[len(values) * 3 // 4] - values[len(values) // 4]) / middle
    return {
        "median": round(middle, 4),
        "unit": unit,
        "spread": round(spread, 4),
        "runs": len(values),
    }


def free_bytes(torch, device):
    """What can be used without pushing anyone out."""
    if device.type != "cuda":
        return 2048 * MIB
    if hasattr(torch.cuda, "mem_get_info"):
        return torch.cuda.mem_get_info(device)[0]
    return torch.cuda.get_device_properties(device.index).total_memory // 2
