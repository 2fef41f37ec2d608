"""What needs more than one device or process: copies, one sum over all GPUs, loading workers."""

from __future__ import print_function

import os

import gpusetup_proof as proof
import gpusetup_questions as questions
from gpusetup_arithmetic import expect, packed

WORKERS, SAMPLES = 2, 24


def copies(torch, ask, devices):
    """What is copied from one GPU to another arrives unchanged, in each direction."""
    found = {}
    for i, source in devices:
        original = torch.tensor(ask.numbers("from {0}".format(i), 4096))
        here = original.to(source)
        for j, target in devices:
            if i != j:
                there = here.to(target)
                expect(torch, there, torch.float32, target)
                found["{0} -> {1}".format(i, j)] = packed(there)
    return found


def all_reduce(torch, ask, devices):
    """One sum over all GPUs by NCCL, as data-parallel training does after every step."""
    nccl = getattr(torch.cuda, "nccl", None)
    if os.name == "nt" or not hasattr(nccl, "all_reduce"):
        raise proof.Skipped("not-supported", "NCCL")
    mine = [
        torch.tensor(ask.integers("from {0}".format(i), 1024), dtype=torch.float32).to(device)
        for i, device in devices
    ]
    nccl.all_reduce(mine)
    for _, device in devices:
        proof.synchronize(torch, device)
    return {"sum {0}".format(i): packed(each) for (i, _), each in zip(devices, mine)}


class Numbers(object):
    """A data set whose items say which process made them."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __getitem__(self, place):
        import torch

        return torch.tensor([self.values[place], float(os.getpid())], dtype=torch.float64)


def load(torch, ask, devices):
    """Workers of a DataLoader bring every item once, in order."""
    from torch.utils.data import DataLoader

    data = Numbers(ask.numbers("values", SAMPLES))
    loader = DataLoader(data, batch_size=4, num_workers=WORKERS, timeout=60)
    rows = [row for batch in loader for row in batch.tolist()]
    makers = {row[1] for row in rows} - {float(os.getpid())}
    if len(makers) != WORKERS:
        raise proof.Failed("no-workers", str(len(makers)))
    return {"values": questions.pack([row[0] for row in rows])}
