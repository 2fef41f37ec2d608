"""Arithmetic on one device. What comes out is sent to the parent, which knows the right answer."""

from __future__ import print_function

import gpusetup_proof as proof
import gpusetup_questions as questions

NAMES = {"tf32": "float32", "float8": "float8_e4m3fn"}  # where a check is not called as its type


def flat(tensor):
    """Every number of a tensor, exactly."""
    return tensor.detach().cpu().double().reshape(-1).tolist()


def packed(tensor):
    """A tensor as evidence."""
    wide = str(tensor.dtype) in ("torch.float64", "torch.int64")
    return questions.pack(flat(tensor), "d" if wide else "f")


def expect(torch, tensor, dtype, device):
    """That a result has the type and lies where it should, by the driver's word as well."""
    if tensor.dtype != dtype:
        raise proof.Failed("wrong-type", str(tensor.dtype))
    if tensor.device.type != device.type or device.index not in (None, tensor.device.index):
        raise proof.Failed("wrong-device", str(tensor.device))
    if device.type == "cuda":
        proof.require_gpu_memory(tensor)


def allocation(torch, ask, device):
    """Memory can be had, written, added up and given back."""
    value = questions.filling(ask)
    tensor = torch.empty(questions.FILLED, device=device).fill_(value)
    expect(torch, tensor, torch.float32, device)
    total = tensor.sum()
    proof.synchronize(torch, device)
    return {
        "total": questions.pack([total.item()]),
        "some": packed(tensor[:: questions.FILLED // 64]),
    }


def architecture(torch, ask, device):
    """A kernel of torch's own: it exists only for the GPUs that the build was made for."""
    values = torch.tensor(ask.integers("values", 1000), dtype=torch.float32).to(device)
    result = values * 3 + 1
    proof.synchronize(torch, device)
    expect(torch, result, torch.float32, device)
    return {"result": packed(result)}


# --- products


def product(torch, ask, device):
    """A matrix product, written into a fresh result and into a given one; and one of odd shape."""
    name = ask.check.partition("-")[2]
    dtype = getattr(torch, NAMES.get(name, name), None)
    if dtype is None or not proof.computes_natively(torch, device, name):
        raise proof.Skipped("not-supported", name)
    try:
        return products(torch, ask, device, dtype, name)
    except RuntimeError as error:
        raise_if_broken(error, device, name != "float32")
        raise proof.Skipped("not-supported", proof.last_line(error)) from None
    except TypeError as error:  # MPS has no float64
        if device.type != "mps" or name != "float64":
            raise
        raise proof.Skipped("not-supported", proof.last_line(error)) from None


def raise_if_broken(error, device, may_lack):
    """On the CPU and on Apple GPUs some types and functions came late and piece by piece."""
    text = str(error)
    words = ("not implemented", "not supported", "not currently", "support", "compiled with")
    lacking = isinstance(error, NotImplementedError) or any(each in text for each in words)
    if device.type == "cuda" or not may_lack or not lacking:
        raise error


def products(torch, ask, device, dtype, name):
    proof.use_tf32(torch, name == "tf32")
    try:
        left, right, reference = factors(torch, ask, questions.PRODUCTS[ask.check], dtype, name)
        left, right = left.to(device), right.to(device)
        # an element that the kernel does not write stays NaN
        shape = (left.shape[0], right.shape[1])
        written = torch.full(shape, float("nan"), dtype=dtype, device=device)
        turned = left.flip(0)  # other numbers: a result that was kept is not their product
        result = torch.matmul(left, right)
        again = torch.matmul(turned, right)
        torch.mm(turned, right, out=written)
        odd_left, odd_right, odd_reference = factors(torch, ask, questions.ODD, dtype, name, "odd ")
        odd_left, odd_right = odd_left.to(device), odd_right.to(device)
        odd = odd_left @ odd_right
        pair = torch.stack([odd_left, odd_left.flip(0)])
        batch = torch.bmm(pair, torch.stack([odd_right, odd_right]))
        proof.synchronize(torch, device)
    finally:
        proof.use_tf32(torch, False)
    for each in (result, again, written, odd, batch):
        expect(torch, each, dtype, device)
    return {
        "result": packed(result),
        "again": packed(again),
        "written": packed(written),
        "reference": packed(reference),
        "odd": packed(odd),
        "batch": packed(batch),
        "odd reference": packed(odd_reference),
    }


def factors(torch, ask, shape, dtype, name, prefix=""):
    """Two random matrices and their product in double precision."""
    rows, inner, columns = shape
    bits = questions.BITS[name]
    made = [
        torch.tensor(ask.numbers(prefix + part, a * b, bits), dtype=torch.float64).reshape(a, b)
        for part, a, b in (("left", rows, inner), ("right", inner, columns))
    ]
    left, right = made[0].to(dtype), made[1].to(dtype)
    return left, right, torch.matmul(made[0], made[1])


def large_product(torch, ask, device):
    """A product of millions of numbers, as training has them. Freivalds' check judges it."""
    rows, inner, columns = questions.PRODUCTS["matmul-large"]
    proof.use_tf32(torch, False)
    left = torch.tensor(ask.numbers("left", rows * inner)).reshape(rows, inner).to(device)
    right = torch.tensor(ask.numbers("right", inner * columns)).reshape(inner, columns).to(device)
    result = torch.matmul(left, right)
    proof.synchronize(torch, device)
    expect(torch, result, torch.float32, device)
    return {"result": packed(result)}


def float8(torch, ask, device):
    """A product of eight-bit numbers where the hardware has it, else there and back."""
    dtype = getattr(torch, "float8_e4m3fn", None)
    if dtype is None or device.type == "mps":
        raise proof.Skipped("not-supported", "float8")
    rows, inner, columns = questions.PRODUCTS[ask.check]
    left, right, reference = factors(torch, ask, (rows, inner, columns), dtype, "float8")
    left, right = left.to(device), right.to(device)
    back = left.float()
    expect(torch, back, torch.float32, device)
    found = {"back": packed(back)}
    if device.type == "cuda" and proof.computes_natively(torch, device, "float8"):
        one = torch.tensor(1.0, device=device)
        turned = right.t().contiguous().t()  # the second factor must lie column by column
        try:
            result = scaled_product(torch, left, turned, one)
        except (AttributeError, RuntimeError) as error:
            if not any(
                each in str(error) for each in ("only supported", "not compiled", "_scaled")
            ):
                raise
            return found  # an early release, or Windows
        expect(torch, result, torch.bfloat16, device)
        found.update(result=packed(result), reference=packed(reference))
    return found


def scaled_product(torch, left, right, one):
    """`torch._scaled_mm`: the scales were optional and the result a pair before 2.5."""
    result = torch._scaled_mm(left, right, scale_a=one, scale_b=one, out_dtype=torch.bfloat16)
    return result[0] if isinstance(result, tuple) else result


# --- convolution, transform, equations


def convolution(torch, ask, device):
    """A convolution, on NVIDIA GPUs through cuDNN."""
    if device.type == "cuda" and torch.backends.cudnn.version() is None:
        raise proof.Failed("no-cudnn")
    proof.use_tf32(torch, False)
    images, channels, side, kernels, width = questions.CONVOLUTION
    values = torch.tensor(ask.numbers("values", images * channels * side * side))
    weights = torch.tensor(ask.numbers("weights", kernels * channels * width * width))
    values = values.reshape(images, channels, side, side).to(device)
    weights = weights.reshape(kernels, channels, width, width).to(device)
    result = torch.nn.functional.conv2d(values, weights)
    again = torch.nn.functional.conv2d(values.flip(0), weights)
    proof.synchronize(torch, device)
    expect(torch, result, torch.float32, device)
    expect(torch, again, torch.float32, device)
    return {"result": packed(result), "again": packed(again)}


def transform(torch, ask, device):
    """A Fourier transform there and back."""
    values = torch.tensor(ask.numbers("values", questions.TRANSFORM)).to(device)
    try:
        real, imaginary, back = transforms(torch, values)
    except RuntimeError as error:
        raise_if_broken(error, device, True)
        raise proof.Skipped("not-supported", proof.last_line(error)) from None
    proof.synchronize(torch, device)
    for each in (real, imaginary, back):
        expect(torch, each, torch.float32, device)
    return {"real": packed(real), "imaginary": packed(imaginary), "back": packed(back)}


def transforms(torch, values):
    """`torch.fft` was a function before it became a module."""
    if callable(torch.fft):
        there = torch.rfft(values, 1, onesided=False)
        back = torch.irfft(there, 1, onesided=False, signal_sizes=values.shape)
        return there[:, 0], there[:, 1], back
    there = torch.fft.fft(values)
    return there.real.contiguous(), there.imag.contiguous(), torch.fft.ifft(there).real.contiguous()
