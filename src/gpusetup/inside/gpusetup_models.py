"""The small models that the benchmark trains: pictures and text, made of torch's own layers."""

from __future__ import print_function

import contextlib

WORDS = 8192  # in the vocabulary
LENGTH = 256  # words in a text


def picture_model(torch, width=32, classes=100):
    """A convolutional network with residual blocks, about 3 million weights."""
    nn = torch.nn

    class Block(nn.Module):
        """Two convolutions beside a shortcut; the second half as large."""

        def __init__(self, inside, outside, stride):
            super(Block, self).__init__()
            self.body = nn.Sequential(
                nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
                nn.BatchNorm2d(outside),
                nn.ReLU(inplace=True),
                nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
                nn.BatchNorm2d(outside),
            )
            self.shortcut = nn.Conv2d(inside, outside, 1, stride, bias=False)

        def forward(self, pictures):
            return torch.relu(self.body(pictures) + self.shortcut(pictures))

    return nn.Sequential(
        nn.Conv2d(3, width, 7, 2, 3, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
        Block(width, width * 2, 1),
        Block(width * 2, width * 4, 2),
        Block(width * 4, width * 8, 2),
        nn.AdaptiveAvgPool2d(1),
        Flat(torch),
        nn.Linear(width * 8, classes),
    )


def text_model(torch, width=512, layers=4, heads=8):
    """Guesses the next word: attention over all words before it."""
    nn = torch.nn

    class Layer(nn.Module):
        def __init__(self):
            super(Layer, self).__init__()
            self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
            self.asks = nn.Linear(width, 3 * width)
            self.answer = nn.Linear(width, width)
            self.body = nn.Sequential(
                nn.Linear(width, 4 * width), nn.ReLU(inplace=True), nn.Linear(4 * width, width)
            )

        def forward(self, words):
            batch, length, _ = words.shape
            parts = self.asks(self.before(words)).view(batch, length, 3, heads, width // heads)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            found = attend(torch, query, key, value).transpose(1, 2).reshape(batch, length, width)
            words = words + self.answer(found)
            return words + self.body(self.between(words))

    return nn.Sequential(
        nn.Embedding(WORDS, width),
        *[Layer() for _ in range(layers)],
        nn.LayerNorm(width),
        nn.Linear(width, WORDS),
    )


def Flat(torch):  # noqa: N802 - a layer; torch 1.0 and 1.1 have none of their own
    class FlatLayer(torch.nn.Module):
        def forward(self, pictures):
            return pictures.view(pictures.shape[0], -1)

    return FlatLayer()


def attend(torch, query, key, value):
    """Attention; the fused one of torch 2 where it is there."""
    fused = getattr(torch.nn.functional, "scaled_dot_product_attention", None)
    if fused is not None:
        return fused(query, key, value)
    scores = torch.matmul(query, key.transpose(-2, -1)) / query.shape[-1] ** 0.5
    return torch.matmul(torch.softmax(scores, -1), value)


def half_precision(torch, device):
    """Automatic mixed precision as a user would switch it on, where the hardware has it."""
    if device.type != "cuda":
        return _nothing()
    capability = tuple(torch.cuda.get_device_capability(device.index))
    if capability < (7, 0):  # no tensor cores: nobody trains in half precision there
        return _nothing()
    kind = torch.bfloat16 if capability >= (8, 0) else torch.float16
    if hasattr(torch, "autocast"):
        try:
            return torch.autocast("cuda", dtype=kind)
        except (AssertionError, RuntimeError):
            return _nothing()
    amp = getattr(torch.cuda, "amp", None)
    return amp.autocast() if amp is not None and hasattr(amp, "autocast") else _nothing()


@contextlib.contextmanager
def _nothing():
    yield


class Training(object):
    """A model with its optimizer; `step` trains it on one batch."""

    def __init__(self, torch, device, model):
        self.torch, self.device = torch, device
        self.model = model.to(device)
        self.model.train()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)

    def step(self, inputs, targets):
        """Forward, loss, backward, weights. The loss stays on the device."""
        self.optimizer.zero_grad()
        with half_precision(self.torch, self.device):
            outputs = self.model(inputs)
            flat = outputs.reshape(-1, outputs.shape[-1]).float()
            loss = self.torch.nn.functional.cross_entropy(flat, targets.reshape(-1))
        loss.backward()
        self.optimizer.step()
        return loss
