"""Functions of all kinds on one device, random numbers, and a small network that learns."""

from __future__ import print_function

import gpusetup_proof as proof
import gpusetup_questions as questions
from gpusetup_arithmetic import expect, packed, raise_if_broken


def linear_algebra(torch, ask, device):
    """Equations, an inverse, and the usual ways to take a matrix apart."""
    size = questions.ORDER
    matrix = torch.tensor(ask.well_behaved("matrix", size)).to(device)
    sides = torch.tensor(questions.rows_of(ask.numbers("sides", 3 * size), 3)).to(device)
    even = torch.tensor(ask.symmetric("symmetric", size)).to(device)
    proof.use_tf32(torch, False)
    found, lacking = {}, None
    for names, function in decompositions(torch):
        try:
            results = function(matrix, sides, even)
        except RuntimeError as error:
            raise_if_broken(error, device, True)
            lacking = proof.last_line(error)
            continue
        proof.synchronize(torch, device)
        for name, each in zip(names, results if isinstance(results, tuple) else (results,)):
            expect(torch, each, torch.float32, device)
            found[name] = packed(each.contiguous())  # by rows, however they lie in memory
    if not found:
        raise proof.Skipped("not-supported", lacking)
    return found


def decompositions(torch):
    """(names of the results, function). `torch.linalg` came with 1.8; before, all had other names
    and `svd` gave V where `linalg.svd` gives its transpose."""
    linalg = getattr(torch, "linalg", None)
    if hasattr(linalg, "solve"):
        return (
            (("solution",), lambda matrix, sides, even: linalg.solve(matrix, sides)),
            (("inverse",), lambda matrix, sides, even: linalg.inv(matrix)),
            (("factor",), lambda matrix, sides, even: linalg.cholesky(even)),
            (("q", "r"), lambda matrix, sides, even: tuple(linalg.qr(matrix))),
            (("values", "vectors"), lambda matrix, sides, even: tuple(linalg.eigh(even))),
            (("u", "s", "v"), lambda matrix, sides, even: tuple(linalg.svd(matrix))),
        )
    solve = getattr(torch, "solve", getattr(torch, "gesv", None))  # gesv before 1.1
    return (
        (("solution",), lambda matrix, sides, even: solve(sides, matrix)[0]),
        (("inverse",), lambda matrix, sides, even: torch.inverse(matrix)),
        (("factor",), lambda matrix, sides, even: torch.cholesky(even)),
        (("q", "r"), lambda matrix, sides, even: tuple(torch.qr(matrix))),
        (("values", "vectors"), lambda matrix, sides, even: tuple(torch.symeig(even, True))),
        (("u", "s", "v"), lambda matrix, sides, even: turned(torch.svd(matrix))),
    )


def turned(parts):
    return parts[0], parts[1], parts[2].t()


def index_and_reduce(torch, ask, device):
    """Sorting, sums, choosing by number and by condition, adding up by number."""
    rows, columns = questions.SORTED
    values = [float(each) for each in ask.order("values", rows * columns)]
    chosen = [each % rows for each in ask.integers("chosen", 3 * rows, 20)]
    table = torch.tensor(values).to(device).reshape(rows, columns)
    places = torch.tensor(chosen, dtype=torch.int64).to(device)
    ordered, origin = table.reshape(-1).sort()
    picked = table.index_select(0, places)
    zeros = torch.zeros(rows, columns, device=device)
    found = {
        "sorted": ordered,
        "origin": origin,
        "columns": table.sum(0),
        "running": table.cumsum(1),
        "largest": table.max(1)[0],
        "where": table.max(1)[1],
        "picked": picked,
        "added": zeros.index_add(0, places, picked),
        "above": table[table > 1000],
        "turned": table.t().contiguous(),
        "least": table.min(0)[0],
        "mean": table.mean(1),
        "top": table.topk(3, 1)[0].contiguous(),
        "gathered": table.gather(0, places[:columns].reshape(1, columns)),
        "clipped": torch.where(table > 1000, table, torch.zeros_like(table)),
        "joined": torch.cat([table[:2], table[-2:]], 1),
    }
    proof.synchronize(torch, device)
    for name, each in found.items():
        whole = name in ("origin", "where")
        expect(torch, each, torch.int64 if whole else torch.float32, device)
    return {name: packed(each) for name, each in found.items()}


def elementwise(torch, ask, device):
    """The functions that networks are made of, and softmax."""
    given = torch.tensor(ask.numbers("values", 600)).to(device).reshape(20, 30)
    above = given.abs() + 0.25
    found = {
        "exp": given.exp(),
        "log": above.log(),
        "sqrt": above.sqrt(),
        "sin": given.sin(),
        "sigmoid": given.sigmoid(),
        "quotient": given / above,
        "power": above**3,
        "softmax": torch.softmax(given, 1) if hasattr(torch, "softmax") else given.softmax(1),
        "clamp": given.clamp(-0.5, 0.5),
        "half": given.half().float(),
    }
    proof.synchronize(torch, device)
    for each in found.values():
        expect(torch, each, torch.float32, device)
    return {name: packed(each) for name, each in found.items()}


def random_numbers(torch, ask, device):
    """Numbers that look random, come again for the same seed, and otherwise do not."""
    start = abs(ask.integers("start", 1, 30)[0])
    found = {}
    for name, seed in (("one", start), ("same", start), ("other", start + 1)):
        torch.manual_seed(seed)
        drawn = torch.rand(3000, device=device)
        found[name] = packed(drawn)
        found["normal " + name] = packed(torch.randn(3000, device=device))
        expect(torch, drawn, torch.float32, device)
    return found


def training(torch, ask, device):
    """The gradients of a small network, and some steps in which its loss falls.

    By hand: the first step of a torch.optim class imports the compiler, which takes longer than
    everything else together.
    """
    rows, width, hidden = questions.LAYERS
    proof.use_tf32(torch, False)
    inputs = torch.tensor(ask.numbers("inputs", rows * width)).reshape(rows, width).to(device)
    plane = torch.tensor(ask.numbers("plane", width)).reshape(width, 1).to(device)
    target = inputs.matmul(plane)
    weights = [
        torch.tensor(ask.numbers(part, a * b)).reshape(a, b).to(device).requires_grad_()
        for part, a, b in (("first", width, hidden), ("second", hidden, 1))
    ]
    losses, gradients = [], []
    for _ in range(questions.STEPS):
        for weight in weights:
            weight.grad = None
        hidden_units = torch.tanh(inputs.matmul(weights[0]))
        guess = torch.nn.functional.linear(hidden_units, weights[1].t())
        loss = ((guess - target) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        gradients = gradients or [packed(weight.grad) for weight in weights]
        with torch.no_grad():
            for weight in weights:
                weight -= questions.RATE * weight.grad
    proof.synchronize(torch, device)
    for weight in weights:
        expect(torch, weight, torch.float32, device)
    return {
        "first gradient": gradients[0],
        "second gradient": gradients[1],
        "losses": questions.pack(losses),
        "first": packed(weights[0]),
        "second": packed(weights[1]),
    }
