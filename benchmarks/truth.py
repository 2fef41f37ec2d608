"""Whether the figures of `gpusetup bench` are true: beside a long run and torch's own utilities.

Run it with the Python of an environment that has torch, on a GPU machine if there is one:

    python benchmarks/truth.py [--seconds 60] [--again 5]

For products and copies at the same shapes it prints our figure (as in a quick run), its spread over
several runs, its ratio to a long run of ours, and to `torch.utils.benchmark` (and Triton's
`do_bench` where it is installed). Goals: 0.97 to 1.03, 0.95 to 1.02, spread at most 0.02.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Callable

SCRIPTS = Path(__file__).resolve().parent.parent / "src" / "gpusetup" / "inside"
QUICK_S = 0.6  # what a figure gets in a quick run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--again", type=int, default=5)
    wish = parser.parse_args()
    sys.path.insert(0, str(SCRIPTS))
    import torch

    cuda = torch.cuda.is_available()
    device = torch.device("cuda", 0) if cuda else torch.device("cpu")
    print(torch.cuda.get_device_name(0) if cuda else "CPU", torch.__version__)
    print(f"{'figure':18} {'quick':>10} {'reruns':>8} {'/long':>7} {'/torch':>7} {'/triton':>8}")
    for name, measure, work, amount in cases(torch, device):
        quick = [measure(QUICK_S)["median"] for _ in range(wish.again)]
        long = measure(wish.seconds)["median"]
        middle = sorted(quick)[len(quick) // 2]
        again = (max(quick) - min(quick)) / middle
        beside = [ratio(middle, amount, found) for found in by_others(torch, work, cuda)]
        shown = " ".join("      -" if each is None else f"{each:7.3f}" for each in beside)
        print(f"{name:18} {middle:10.2f} {again:8.3f} {middle / long:7.3f} {shown}")


def ratio(ours: float, amount: float, seconds: float | None) -> float | None:
    return None if seconds is None else ours / (amount / seconds)


def cases(
    torch: Any, device: Any
) -> list[tuple[str, Callable[..., Any], Callable[[], Any], float]]:
    """Name, our measurement, the same work as one call, and how much it is."""
    import gpusetup_figures as figures

    found = []
    for kind in ("float32", "float16", "bfloat16") if device.type == "cuda" else ("float32",):
        shape = figures.product(torch, device, QUICK_S, kind, None)["shape"]
        size, dtype = shape[0], getattr(torch, kind)
        left, right = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        output = torch.empty_like(left)
        found.append(
            (
                f"matmul-{kind}",
                lambda s, kind=kind, size=size: figures.product(torch, device, s, kind, size),
                lambda a=left, b=right, c=output: torch.mm(a, b, out=c),
                2.0 * size**3 / 1e12,
            )
        )
    numbers = figures.numbers_for(torch, device, 6)
    source, target = torch.rand(numbers, device=device), torch.empty(numbers, device=device)
    found.append(
        (
            "copy",
            lambda s: figures.copy_device(torch, device, s),
            lambda: target.copy_(source),
            2.0 * numbers * 4 / 1e9,
        )
    )
    return found


def by_others(torch: Any, work: Callable[[], Any], cuda: bool) -> tuple[float | None, float | None]:
    """Seconds for each run: torch.utils.benchmark, and Triton where there is a GPU."""
    from torch.utils.benchmark import Timer

    timer = Timer("work()", globals={"work": work}, num_threads=torch.get_num_threads())
    own = timer.blocked_autorange(min_run_time=2.0).median
    if not cuda:
        return own, None
    try:
        from triton.testing import do_bench
    except ImportError:
        return own, None
    return own, do_bench(work, warmup=200, rep=1000, return_mode="median") / 1000


if __name__ == "__main__":
    main()
