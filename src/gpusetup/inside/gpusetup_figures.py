"""What the benchmark measures: one function for each figure.

Random data everywhere: zeros toggle fewer bits, need less power and run up to 13 % faster.
"""

from __future__ import print_function

import gpusetup_models as models
import gpusetup_proof as proof
import gpusetup_timing as timing

MIB = timing.MIB
SIZES = (1024, 2048, 4096, 8192, 16384)  # of products, one by one with --full
SMALL_SETS = 64  # of small products, which a cache would hold otherwise


def product_test(name, size=None):
    """Square products of one type; without a size the largest that the time allows."""
    return lambda torch, device, seconds: product(torch, device, seconds, name, size)


def product(torch, device, seconds, name, size):
    if name == "float8":
        return product_float8(torch, device, seconds, size)
    dtype = getattr(torch, "float32" if name == "tf32" else name, None)
    if dtype is None or not proof.computes_natively(torch, device, name):
        raise proof.Skipped("not-supported", name)
    proof.use_tf32(torch, name == "tf32")
    try:
        size = fitting_size(torch, device, dtype, seconds, size)
        width = torch.empty(1, dtype=dtype).element_size()
        pairs = [
            [torch.randn(size, size, device=device).to(dtype) for _ in range(2)]
            for _ in range(sets_of_products(torch, device, width, size))
        ]
        output = torch.empty(size, size, dtype=dtype, device=device)
        run = timing.in_turn([bind_product(torch, pair, output) for pair in pairs])
        times = timing.samples(torch, device, run, seconds)
    finally:
        proof.use_tf32(torch, False)
    return shaped(timing.rate(times, 2.0 * size**3 / 1e12, "TFLOP/s"), [size, size, size])


def fitting_size(torch, device, dtype, seconds, size):
    """A wished size, if there is room for it; else the largest that is quick enough."""
    if size is None:
        return choose_size(torch, device, dtype, seconds)
    width = torch.empty(1, dtype=dtype).element_size()
    if (5 * width + 4) * size**2 > timing.free_bytes(torch, device) * 0.8:
        raise proof.Skipped("no-room", str(size))
    return size


def sets_of_products(torch, device, width, size):
    if device.type == "cpu":
        return 2  # a product of this size is no matter of its memory there
    pair = 2 * width * size**2
    room = int(timing.free_bytes(torch, device) * 0.4 // pair)
    most = SMALL_SETS if size <= 2048 else timing.MOST_SETS
    return timing.sets_of(pair, max(2, min(most, room)))


def bind_product(torch, pair, output):
    return lambda: torch.mm(pair[0], pair[1], out=output)


def product_float8(torch, device, seconds, size):
    """Float8 with scales, as it is used: e4m3, the second factor transposed, bfloat16 out."""
    dtype = getattr(torch, "float8_e4m3fn", None)
    native = device.type == "cuda" and capability_of(torch, device) >= (8, 9)
    if dtype is None or not native or not hasattr(torch, "_scaled_mm"):
        raise proof.Skipped("not-supported", "float8")
    size = size or choose_size(torch, device, torch.bfloat16, seconds)
    pairs = []
    for _ in range(timing.sets_of(2 * size**2)):
        left, right = [torch.randn(size, size, device=device).to(dtype) for _ in range(2)]
        pairs.append((left, right.t()))
    runs = [bind_float8(torch, torch.ones((), device=device), *pair) for pair in pairs]
    try:
        runs[0]()
    except TypeError as error:  # torch 2.1 to 2.4 took other words
        raise proof.Skipped("not-supported", "float8") from error
    times = timing.samples(torch, device, timing.in_turn(runs), seconds)
    return shaped(timing.rate(times, 2.0 * size**3 / 1e12, "TFLOP/s"), [size, size, size])


def bind_float8(torch, one, left, right):
    return lambda: torch._scaled_mm(
        left, right, scale_a=one, scale_b=one, out_dtype=torch.bfloat16, use_fast_accum=True
    )


def capability_of(torch, device):
    return tuple(torch.cuda.get_device_capability(device.index))


def choose_size(torch, device, dtype, seconds):
    """The largest side whose product takes less than a tenth of the time and fits into memory.

    Grows from small to large: a type that the hardware lacks may be a thousand times slower.
    """
    largest = 4096 if device.type == "cpu" else 8192
    room = timing.free_bytes(torch, device) * 0.4
    # inputs are made as float32 and then turned into the type
    width = 5 * torch.empty(1, dtype=dtype).element_size() + 4
    size = 256
    while size < largest and width * (2 * size) ** 2 <= room:
        side = torch.randn(size, size, device=device).to(dtype)
        pair = [side, side]
        output = torch.empty(size, size, dtype=dtype, device=device)
        one = timing.best_of(torch, device, bind_product(torch, pair, output), 2)
        if 8 * one > seconds / 10:
            break
        size *= 2
    return size


def copy_device(torch, device, seconds):
    """A copy within one memory; what is read and what is written both count."""
    size = numbers_for(torch, device, 6)
    source, target = torch.rand(size, device=device), torch.empty(size, device=device)
    times = timing.samples(torch, device, lambda: target.copy_(source), seconds)
    return shaped(timing.rate(times, 2.0 * size * 4 / 1e9, "GB/s"), [size * 4])


def triad_device(torch, device, seconds):
    """c = a + 3 b: two are read and one is written."""
    size = numbers_for(torch, device, 9)
    first, second = torch.rand(size, device=device), torch.rand(size, device=device)
    target = torch.empty(size, device=device)
    run = bind_triad(torch, first, second, target)
    times = timing.samples(torch, device, run, seconds)
    return shaped(timing.rate(times, 3.0 * size * 4 / 1e9, "GB/s"), [size * 4])


def bind_triad(torch, first, second, target):
    """torch 1.0 takes the factor as the second of three words."""
    try:
        torch.add(first[:1], second[:1], alpha=3.0, out=target[:1])
    except TypeError:
        return lambda: torch.add(first, 3.0, second, out=target)
    return lambda: torch.add(first, second, alpha=3.0, out=target)


def numbers_for(torch, device, share):
    """Float32 numbers in a buffer that is larger than every cache and leaves room."""
    size = 128 * MIB if device.type == "cpu" else 1024 * MIB
    return int(min(size, timing.free_bytes(torch, device) / share)) // 4


def transfer_test(towards, pinned):
    """Between host and GPU, from memory that is pinned or not."""
    return lambda torch, device, seconds: transfer(torch, device, seconds, towards, pinned)


def transfer(torch, device, seconds, towards, pinned):
    size = int(min(256 * MIB, timing.free_bytes(torch, device) / 4)) // 4
    here = host_memory(torch, size, pinned)
    there = torch.rand(size, device=device)
    source, target = (here, there) if towards else (there, here)
    times = timing.samples(
        torch, device, lambda: target.copy_(source, non_blocking=pinned), seconds
    )
    return shaped(timing.rate(times, size * 4 / 1e9, "GB/s"), [size * 4])


HOST_MEMORY = {}  # making and pinning it takes longer than copying it


def host_memory(torch, size, pinned):
    if (size, pinned) not in HOST_MEMORY:
        HOST_MEMORY.clear()
        numbers = torch.rand(size)
        HOST_MEMORY[size, pinned] = numbers.pin_memory() if pinned else numbers
    return HOST_MEMORY[size, pinned]


def peer_test(index):
    """From this GPU to another one."""
    return lambda torch, device, seconds: peer(torch, device, seconds, index)


def peer(torch, device, seconds, index):
    other = torch.device("cuda", index)
    room = min(timing.free_bytes(torch, device), timing.free_bytes(torch, other))
    size = int(min(256 * MIB, room / 4)) // 4
    source, target = torch.rand(size, device=device), torch.empty(size, device=other)
    times = timing.samples(torch, device, lambda: target.copy_(source), seconds)
    found = shaped(timing.rate(times, size * 4 / 1e9, "GB/s"), [size * 4])
    found["peer"] = index
    return found


def launch(torch, device, seconds):
    """The smallest piece of work: how long the host needs to hand it over."""
    number = torch.rand(1, device=device)
    times = timing.launches(torch, device, lambda: number.mul_(0.5), min(seconds, 0.5))
    return shaped(timing.duration(times), [1])


def convolution(torch, device, seconds, batch=64):
    """3 x 3, 128 channels to 128, pictures of 56 x 56, in the half precision of the hardware."""
    dtype, name = working_type(torch, device)
    channels, side = 128, 56
    layer = torch.nn.Conv2d(channels, channels, 3, padding=1, bias=False).to(device).to(dtype)
    pictures = [
        torch.randn(batch, channels, side, side, device=device).to(dtype)
        for _ in range(timing.sets_of(batch * channels * side**2 * 2))
    ]
    layer, pictures = channels_last(torch, layer, pictures)
    with torch.no_grad(), best_kernel(torch):
        run = timing.in_turn([bind_call(layer, each) for each in pictures])
        times = timing.samples(torch, device, run, seconds)
    amount = 2.0 * batch * side**2 * channels**2 * 9 / 1e12
    found = shaped(timing.rate(times, amount, "TFLOP/s"), [batch, channels, side, side])
    found["type"] = name
    return found


def bind_call(function, *words):
    return lambda: function(*words)


def channels_last(torch, layer, pictures):
    """The layout that tensor cores want; not before torch 1.5."""
    layout = getattr(torch, "channels_last", None)
    if layout is None or pictures[0].device.type != "cuda":
        return layer, pictures
    return layer.to(memory_format=layout), [each.to(memory_format=layout) for each in pictures]


class best_kernel(object):  # noqa: N801 - used like a function
    """Let cuDNN try which of its kernels is the quickest."""

    def __init__(self, torch):
        self.cudnn = torch.backends.cudnn

    def __enter__(self):
        self.before, self.cudnn.benchmark = self.cudnn.benchmark, True

    def __exit__(self, *_error):
        self.cudnn.benchmark = self.before


def attention(torch, device, seconds, batch=8):
    """16 heads of 64 over texts of 1024 words."""
    dtype, name = working_type(torch, device)
    heads, length, width = 16, 1024, 64
    shape = (batch, heads, length, width)
    triples = [
        [torch.randn(*shape, device=device).to(dtype) for _ in range(3)]
        for _ in range(timing.sets_of(batch * heads * length * width * 2 * 3))
    ]
    with torch.no_grad():
        run = timing.in_turn([bind_call(models.attend, torch, *each) for each in triples])
        times = timing.samples(torch, device, run, seconds)
    amount = 4.0 * batch * heads * length**2 * width / 1e12
    found = shaped(timing.rate(times, amount, "TFLOP/s"), list(shape))
    found["type"] = name
    return found


def working_type(torch, device):
    """The half precision that the hardware computes in, else float32."""
    for name in ("bfloat16", "float16"):
        if device.type == "cuda" and proof.computes_natively(torch, device, name):
            return getattr(torch, name), name
    return torch.float32, "float32"


def training_images(torch, device, seconds):
    """Pictures of 224 x 224 through a small residual network, forward, backward and weights."""
    batch, side = batch_for(torch, device, 64, 4), 224
    training = models.Training(torch, device, models.picture_model(torch))
    small = torch.randn(2, 3, 32, 32, device=device), classes(torch, device, (2,), 100)
    afford(torch, device, lambda: training.step(*small), batch * side**2 / (2 * 32**2), seconds)
    batches = [
        (torch.randn(batch, 3, side, side, device=device), classes(torch, device, (batch,), 100))
        for _ in range(2)
    ]
    run = timing.in_turn([bind_call(training.step, *each) for each in batches])
    times = timing.samples(torch, device, run, seconds, needed=False)
    return shaped(timing.rate(times, batch, "images/s"), [batch, 3, side, side])


def training_tokens(torch, device, seconds):
    """Texts of 256 words through a small transformer."""
    batch = batch_for(torch, device, 32, 1)
    shape = (batch, models.LENGTH)
    training = models.Training(torch, device, models.text_model(torch))
    small = [classes(torch, device, (1, 16), models.WORDS) for _ in range(2)]
    afford(torch, device, lambda: training.step(*small), batch * models.LENGTH / 16, seconds)
    batches = [
        (classes(torch, device, shape, models.WORDS), classes(torch, device, shape, models.WORDS))
        for _ in range(2)
    ]
    run = timing.in_turn([bind_call(training.step, *each) for each in batches])
    times = timing.samples(torch, device, run, seconds, needed=False)
    return shaped(timing.rate(times, batch * models.LENGTH, "tokens/s"), list(shape))


def afford(torch, device, small_step, factor, seconds):
    """Try a small step: where others use the processor too, a whole one may take very long."""
    if device.type != "cpu":
        return
    timing.once(torch, device, small_step, 1)
    if timing.once(torch, device, small_step, 1) * factor > timing.TOO_SLOW * 4 * seconds:
        raise proof.Skipped("no-time")


def batch_for(torch, device, usual, on_host):
    """A quarter of the usual batch where a GPU has little memory left."""
    if device.type == "cpu":
        return on_host
    return usual if timing.free_bytes(torch, device) > 6144 * MIB else max(1, usual // 4)


def classes(torch, device, shape, count):
    """Random numbers of classes. Made by the host: old torch makes none elsewhere."""
    return torch.randint(count, shape, dtype=torch.int64).to(device)


def shaped(found, shape):
    found["shape"] = shape
    return found
