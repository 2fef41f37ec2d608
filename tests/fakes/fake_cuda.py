"""Two GPUs for a torch that has none: tensors "on cuda" lie in memory and carry a tag.

Put into an environment beside the real torch and imported at start-up. It shows whether the
scripts use the CUDA calls rightly; speed and arithmetic are those of the CPU. What goes wrong is
chosen by GPUSETUP_FAKE_CUDA: a word of `FAULTS`.
"""

import contextlib
import os
import time
from types import SimpleNamespace

import torch
from torch.overrides import TorchFunctionMode

NAME = "NVIDIA A100-SXM4-80GB"
FAULTS = ("wrong-product-1", "no-kernel-1", "wrong-copy", "old-driver", "small-memory")
FAULT = os.environ.get("GPUSETUP_FAKE_CUDA", "")
CPU = torch.device("cpu")
_device_of = torch.Tensor.device.__get__


class Event:
    def __init__(self, enable_timing=False):
        self.at = 0.0

    def record(self):
        self.at = time.perf_counter()

    def elapsed_time(self, later):
        return max(1e-4, (later.at - self.at) * 1000)


def gpu_of(value):
    return value.__dict__.get("_gpu") if isinstance(value, torch.Tensor) else None


class FakeCuda(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        words = list(args), dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if func == _device_of:
            return gpu_of(args[0]) or func(*args)
        given = [*words[0], *words[1].values()]
        wished = [each for each in given if isinstance(each, torch.device)]
        gpu = next((each for each in wished if each.type == "cuda"), None)
        if not wished and name != "cpu":
            gpu = next(filter(None, map(gpu_of, given)), None)
        plain = [CPU if each in wished else each for each in words[0]] if wished else words[0]
        named = {key: CPU if isinstance(value, torch.device) else value
                 for key, value in words[1].items()}  # fmt: skip
        if name == "pin_memory":
            return args[0]
        if FAULT == "small-memory" and name == "randn" and given[:1] == [2]:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        self.disturb_before(name, gpu)
        result = func(*plain, **named)
        return self.placed(name, result, given, gpu)

    def placed(self, name, result, given, gpu):
        if not isinstance(result, torch.Tensor):
            return result
        if gpu_of(result) != gpu:
            if any(result is each for each in given):
                result = result.clone()  # a move makes a new tensor
            result._gpu = gpu
        self.disturb_after(name, result, given, gpu)
        return result

    def disturb_before(self, name, gpu):
        if FAULT == "no-kernel-1" and gpu is not None and gpu.index == 1 and name == "fill_":
            raise RuntimeError(
                "CUDA error: no kernel image is available for execution on the device\nCUDA ..."
            )

    def disturb_after(self, name, result, given, gpu):
        if gpu is None or gpu.index != 1:
            return
        if FAULT == "wrong-product-1" and name == "matmul" and result.shape[0] == 256:
            result.data[-1, -1] += 1
        if FAULT == "wrong-copy" and name == "to" and any(map(gpu_of, given)):
            result.data[7] = 0


def too_old(*_words, **_more):
    raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).")


def install():
    torch.version.cuda = "12.8"
    torch.backends.cudnn.version = lambda: 91002
    cuda = torch.cuda
    cuda.is_available = lambda: FAULT != "old-driver"
    cuda.device_count = lambda: 2
    cuda.get_device_capability = lambda _device=None: (8, 0)
    cuda.get_device_properties = lambda _device: SimpleNamespace(name=NAME, total_memory=2**30)
    cuda.mem_get_info = lambda _device=None: (2**27, 2**30)
    cuda.max_memory_allocated = lambda _device=None: 300 * 2**20
    cuda.reset_peak_memory_stats = lambda _device=None: None
    cuda.synchronize = lambda _device=None: None
    cuda.empty_cache = lambda: None
    cuda.device = lambda _index: contextlib.nullcontext()
    cuda.Event = Event
    if FAULT == "old-driver":
        torch.Tensor.cuda = too_old
    FakeCuda().__enter__()


install()
