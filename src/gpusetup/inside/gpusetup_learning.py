"""Small models as people train them, mixed precision, and the compiler."""

from __future__ import print_function

import copy
import os
import sys
import sysconfig

import gpusetup_proof as proof
import gpusetup_questions as questions
from gpusetup_arithmetic import expect, factors, packed

IMAGES, WORDS, LENGTH, WIDTH = 24, 12, 10, 16


def curves(torch, model, inputs, target, device, steps=12):
    """The losses of a training on the device, and of the same one in double precision."""
    proof.use_tf32(torch, False)
    found = {}
    for name, place, dtype in (
        ("reference", torch.device("cpu"), torch.float64),
        ("losses", device, torch.float32),
    ):
        mine = copy.deepcopy(model).to(dtype).to(place)
        data = inputs.to(dtype) if inputs.dtype.is_floating_point else inputs
        losses = descend(torch, mine, data.to(place), target.to(place), steps)
        found[name] = questions.pack(losses)
        for weight in mine.parameters():
            expect(torch, weight, dtype, place)
    return found


def descend(torch, model, inputs, target, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs).reshape(target.numel(), -1), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_cnn(torch, ask, device):
    """Convolutions, batch normalisation and pooling learn in which half a picture is brighter."""
    nn = torch.nn
    torch.manual_seed(ask.integers("start", 1, 30)[0])
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), Flatten.of(nn), nn.Linear(256, 2),
    )  # fmt: skip
    pictures = torch.tensor(ask.numbers("pictures", IMAGES * 64)).reshape(IMAGES, 1, 8, 8)
    target = torch.tensor([i % 2 for i in range(IMAGES)])
    for i in range(IMAGES):
        pictures[i, 0, :, 4 * (i % 2) : 4 * (i % 2) + 4] += 1
    return curves(torch, model, pictures, target, device)


class Flatten(object):
    """`nn.Flatten` came with 1.2. A class of our own, made when torch is known."""

    @staticmethod
    def of(nn):
        class Rows(nn.Module):
            def forward(self, values):
                return values.reshape(values.shape[0], -1)

        return Rows()


def train_transformer(torch, ask, device):
    """Attention, layer normalisation and an embedding learn to count on."""
    torch.manual_seed(ask.integers("start", 1, 30)[0])
    firsts = [each % WORDS for each in ask.integers("firsts", 16, 16)]
    lines = [[(first + i) % WORDS for i in range(LENGTH + 1)] for first in firsts]
    words = torch.tensor([line[:-1] for line in lines])
    target = torch.tensor([line[1:] for line in lines]).reshape(-1)
    return curves(torch, transformer(torch), words, target, device)


def transformer(torch):
    """One block, written out: `nn.Transformer` came with 1.2 and changed later."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self):
            super(Block, self).__init__()
            self.words = nn.Embedding(WORDS, WIDTH)
            self.places = nn.Embedding(LENGTH, WIDTH)
            self.before, self.after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.three, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.wide, self.back = nn.Linear(WIDTH, 32), nn.Linear(32, WIDTH)
            self.answer = nn.Linear(WIDTH, WORDS)

        def forward(self, words):
            places = torch.arange(LENGTH, device=words.device)
            found = self.words(words) + self.places(places)
            query, key, value = self.three(self.before(found)).chunk(3, -1)
            found = found + self.out(attend(torch, query, key, value))
            found = found + self.back(torch.relu(self.wide(self.after(found))))
            return self.answer(found)

    return Block()


def attend(torch, query, key, value):
    """Torch's own attention, or what it stands for before 2.0."""
    own = getattr(torch.nn.functional, "scaled_dot_product_attention", None)
    if own is not None:
        return own(query, key, value)
    weights = query.matmul(key.transpose(-1, -2)) / float(WIDTH) ** 0.5
    return torch.softmax(weights, -1).matmul(value)


def mixed_precision(torch, ask, device):
    """Under autocast a product of float32 is computed, and comes, in a short type."""
    autocast = getattr(torch, "autocast", None)
    if autocast is None:  # before 1.10 only for CUDA
        autocast = getattr(getattr(torch.cuda, "amp", None), "autocast", None)
        if autocast is None or device.type != "cuda":
            raise proof.Skipped("not-supported", "torch.autocast")
        context = autocast()
    short = "float16" if device.type != "cpu" else "bfloat16"
    shape = questions.PRODUCTS["amp"]
    left, right, reference = factors(torch, ask, shape, torch.float32, "bfloat16")
    left, right = left.to(device), right.to(device)
    if hasattr(torch, "autocast"):
        try:
            context = autocast(device.type, dtype=getattr(torch, short))
        except RuntimeError as error:  # MPS came with 2.5
            raise proof.Skipped("not-supported", proof.last_line(error)) from None
    with context:
        result = torch.mm(left, right)
    proof.synchronize(torch, device)
    expect(torch, result, getattr(torch, short), device)
    found = {"result": packed(result), "reference": packed(reference)}
    if device.type == "cuda":
        found["losses"] = questions.pack(scaled_training(torch, left, context))
    return found


def scaled_training(torch, inputs, context):
    """Steps with GradScaler, as float16 needs them: the losses."""
    maker = getattr(getattr(torch, "amp", None), "GradScaler", None)  # from 2.3 on
    scaler = maker("cuda") if maker else torch.cuda.amp.GradScaler()
    torch.manual_seed(0)
    model = torch.nn.Linear(inputs.shape[1], 1).to(inputs.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    target = inputs[:, :1] + inputs[:, 1:2]
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        with context:
            loss = ((model(inputs) - target) ** 2).mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    return losses


# --- the compiler


def compiled(torch, ask, device):
    """`torch.compile` makes a kernel, and the kernel is right."""
    require_compiler(torch, device)
    values = torch.tensor(ask.integers("values", 1024), dtype=torch.float32)
    values = values.reshape(16, 64).to(device)

    def function(table):
        return torch.relu(table) * 2 + table.sum(1, keepdim=True)

    kept = list(sys.path)
    try:
        made = torch.compile(function)
        result = made(values)
    except Exception as error:
        text = proof.last_line(error)
        if "not supported on" in text or "too old to be supported" in text:
            raise proof.Skipped("not-supported", text) from None
        raise
    finally:
        sys.path[:] = kept
    proof.synchronize(torch, device)
    expect(torch, result, torch.float32, device)
    folder = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    if folder and not any(files for _, _, files in os.walk(folder)):
        raise proof.Failed("not-compiled")
    return {"result": packed(result)}


def require_compiler(torch, device):
    """What `torch.compile` needs that torch does not bring.

    Raises:
        Skipped: the release, the device or the system lacks it.
    """
    if not hasattr(torch, "compile"):
        raise proof.Skipped("not-supported", "torch.compile")
    if device.type == "mps":
        raise proof.Skipped("not-supported", "MPS")
    if device.type == "cuda":
        if tuple(torch.cuda.get_device_capability(device.index)) < (7, 0):
            raise proof.Skipped("not-supported", "Triton")
        if not proof.is_installed("triton"):
            raise proof.Skipped("no-triton")
    if not any(map(found_program, compilers(device))):
        raise proof.Skipped("no-compiler", ", ".join(compilers(device)))
    header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
    if not os.path.isfile(header):
        raise proof.Skipped("no-python-headers", header)


def compilers(device):
    """The programs of which one must be there: C for Triton's launcher, C++ for the CPU."""
    if os.name == "nt":
        return ("cl",)
    if device.type == "cuda":
        return (os.environ.get("CC") or "gcc", "clang", "cc")
    return (os.environ.get("CXX") or "g++", "clang++")


def found_program(name):
    import shutil

    return shutil.which(name) is not None


CHECKS = (
    ("training-cnn", train_cnn),
    ("training-transformer", train_transformer),
    ("amp", mixed_precision),
)
LAST = (("compile", compiled),)
