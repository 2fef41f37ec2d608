"""What stands beside torch, used and not only imported: NumPy, torchvision, torchaudio."""

from __future__ import print_function

import importlib
import math

import gpusetup_proof as proof
from gpusetup_arithmetic import packed


def load(name):
    """Import a companion; one that cannot load its library belongs to another torch."""
    try:
        return importlib.import_module(name)
    except OSError as error:
        raise proof.Failed("companion-mismatch", proof.last_line(error)) from error


def use_numpy(torch, ask, devices):
    """Numbers pass both ways."""
    numpy = importlib.import_module("numpy")
    there = torch.from_numpy(numpy.array(ask.numbers("there", 50)))
    back = torch.tensor(ask.numbers("back", 50), dtype=torch.float64).mul(2).numpy()
    return {"there": packed(there), "back": packed(torch.tensor(back.tolist()).double())}


def use_torchvision(torch, ask, devices):
    """A transform, and the compiled operator that a foreign build lacks."""
    torchvision = load("torchvision")
    functional = load("torchvision.transforms.functional")
    picture = torch.tensor(ask.numbers("picture", 48, 8)).reshape(3, 4, 4)
    found = {"normal": packed(functional.normalize(picture, [0.5] * 3, [0.25] * 3))}
    ops = getattr(torchvision, "ops", None)
    if ops is not None:  # from 0.3 on
        boxes, scores = ask.boxes("boxes", 40)
        for index, device in [("cpu", torch.device("cpu"))] + devices:
            kept = ops.nms(torch.tensor(boxes).to(device), torch.tensor(scores).to(device), 0.5)
            found["kept " + str(index)] = packed(kept)
    return found


def use_torchaudio(torch, ask, devices):
    """A tone at half the sampling rate is the same tone."""
    pitch = 150.0 + ask.integers("pitch", 1, 7)[0]
    resample = load("torchaudio.transforms").Resample(16000, 8000)
    found = {}
    for index, device in devices:
        mover = resample.to(device) if hasattr(resample, "to") else resample
        result = mover(tone(torch, 16000, pitch).to(device)).cpu()
        found["tone " + str(index)] = packed(result[0, 200:600])  # the ends are padded
    return found


def tone(torch, rate, pitch):
    """A tenth of a second."""
    turn = 2 * math.pi * pitch / rate
    return torch.tensor([[math.sin(turn * i) for i in range(rate // 10)]])


USES = (
    ("numpy", use_numpy),
    ("torchvision", use_torchvision),
    ("torchaudio", use_torchaudio),
)
