"""What only CUDA has: streams, graphs, pinned memory."""

from __future__ import print_function

import gpusetup_proof as proof
from gpusetup_arithmetic import expect, packed


def vector(torch, ask, part):
    """Whole numbers that float32 holds, so that every result is exact."""
    return torch.tensor(ask.integers(part, 4096), dtype=torch.float32)


def streams(torch, ask, device):
    """Two streams: the second waits for an event of the first."""
    values = vector(torch, ask, "values").to(device)
    with torch.cuda.device(device.index):
        first, second = torch.cuda.Stream(), torch.cuda.Stream()
        ready = torch.cuda.Event()
        first.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(first):
            doubled = values * 2
            ready.record(first)
        second.wait_event(ready)
        with torch.cuda.stream(second):
            result = doubled + 1
        torch.cuda.current_stream().wait_stream(second)
        torch.cuda.synchronize()
    expect(torch, result, torch.float32, device)
    return {"result": packed(result)}


def graphs(torch, ask, device):
    """A recorded graph gives new results for new numbers."""
    if not hasattr(torch.cuda, "CUDAGraph"):
        raise proof.Skipped("not-supported", "torch.cuda.CUDAGraph")
    given = torch.zeros(4096, device=device)
    with torch.cuda.device(device.index):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # kernels are loaded before the recording
            for _ in range(3):
                result = given * 2 + 1
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = given * 2 + 1
        found = {}
        for part in ("one", "two"):
            given.copy_(vector(torch, ask, part))
            graph.replay()
            torch.cuda.synchronize()
            found[part] = packed(result)
    expect(torch, result, torch.float32, device)
    return found


def pinned(torch, ask, device):
    """Through pinned memory to the GPU and back, both without waiting."""
    there = vector(torch, ask, "values").pin_memory()
    if hasattr(there, "is_pinned") and not there.is_pinned():
        raise proof.Failed("not-pinned")
    moved = there.to(device, non_blocking=True)
    back = torch.zeros(4096).pin_memory()
    back.copy_(moved, non_blocking=True)
    proof.synchronize(torch, device)
    expect(torch, moved, torch.float32, device)
    return {"result": packed(back)}


CHECKS = (("streams", streams), ("cuda-graphs", graphs), ("pinned-memory", pinned))
