"""What stands beside torch, used and not only imported: NumPy, torchvision, torchaudio."""

from __future__ import print_function

import importlib
import math

import gpusetup_proof as proof


def load(name):
    """Import a companion; one that cannot load its library belongs to another torch."""
    try:
        return importlib.import_module(name)
    except OSError as error:
        raise proof.Failed("companion-mismatch", proof.last_line(error)) from error


def use_numpy(torch):
    """Numbers pass both ways without a copy."""
    numpy = importlib.import_module("numpy")
    shared = torch.from_numpy(numpy.arange(12.0))
    if float(shared.sum()) != 66.0 or float(shared.mul(2).numpy().sum()) != 132.0:
        raise proof.Failed("wrong-result", "numpy")


def use_torchvision(torch, devices):
    """A transform, and the compiled operator that a foreign build lacks."""
    torchvision = load("torchvision")
    functional = load("torchvision.transforms.functional")
    picture = functional.normalize(torch.full((3, 4, 4), 0.75), [0.5] * 3, [0.25] * 3)
    if picture.reshape(-1).tolist() != [1.0] * 48:
        raise proof.Failed("wrong-result", "normalize")
    ops = getattr(torchvision, "ops", None)
    if ops is None:  # before 0.3
        return
    # the first two overlap by 81 %: the one with the better score stays
    boxes = [[0.0, 0.0, 10.0, 10.0], [1.0, 1.0, 10.0, 10.0], [20.0, 20.0, 30.0, 30.0]]
    scores = [0.5, 0.9, 0.7]
    for _, device in [(None, torch.device("cpu"))] + devices:
        kept = ops.nms(torch.tensor(boxes).to(device), torch.tensor(scores).to(device), 0.5)
        if kept.tolist() != [1, 2]:
            raise proof.Failed("wrong-result", "nms: " + str(kept.tolist()))


def use_torchaudio(torch, devices):
    """A tone at half the sampling rate is the same tone."""
    resample = load("torchaudio.transforms").Resample(16000, 8000)
    expected = tone(torch, 8000)[0, 200:600]  # the ends are padded with silence
    for _, device in devices:
        mover = resample.to(device) if hasattr(resample, "to") else resample
        result = mover(tone(torch, 16000).to(device)).cpu()[0, 200:600]
        away = (result - expected).abs().max().item()
        if not away < 0.02:
            raise proof.Failed("wrong-result", "resample", away)


def tone(torch, rate):
    """A tenth of a second of 200 Hz."""
    return torch.tensor([[math.sin(2 * math.pi * 200 * i / rate) for i in range(rate // 10)]])


USES = (("torchvision", use_torchvision), ("torchaudio", use_torchaudio))
