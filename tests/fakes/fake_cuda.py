"""Two GPUs for a torch that has none: tensors "on cuda" lie in memory and carry a tag.

Put into an environment beside the real torch and imported at start-up. It shows whether the
scripts use the CUDA calls rightly; speed and arithmetic are those of the CPU. What goes wrong is
chosen by GPUSETUP_FAKE_CUDA: words of `FAULTS`, by commas.
"""

import contextlib
import ctypes
import os
import time
from types import SimpleNamespace

import torch
from torch.overrides import TorchFunctionMode

NAME = "NVIDIA A100-SXM4-80GB"
FAULTS = (
    "wrong-product-1", "no-kernel-1", "wrong-copy", "old-driver", "only-pretends", "stale-graph",
    "wrong-sum", "early-stream", "lost-pages", "small-memory",
)  # fmt: skip
FAULT = os.environ.get("GPUSETUP_FAKE_CUDA", "")
CPU = torch.device("cpu")
_data_of = torch.Tensor.data.__set__
_device_of = torch.Tensor.device.__get__


class Event:
    def __init__(self, enable_timing=False):
        self.at = 0.0

    def record(self, _stream=None):
        self.at = time.perf_counter()

    def elapsed_time(self, later):
        return max(1e-4, (later.at - self.at) * 1000)


def gpu_of(value):
    return value.__dict__.get("_gpu") if isinstance(value, torch.Tensor) else None


class Stream:
    def wait_stream(self, _other):
        pass

    wait_event = wait_stream


class Graph:
    """What was computed while it was recorded, to be computed again into the same tensors."""

    recorded = None  # of the graph that is being recorded

    def __init__(self):
        self.steps = []

    def replay(self):
        for func, words, named, result in [] if "stale-graph" in FAULT else self.steps:
            result.data.copy_(func(*words, **named))


@contextlib.contextmanager
def recording(graph):
    Graph.recorded = graph
    yield
    Graph.recorded = None


class Driver:
    """libcuda's word on addresses: it knows those of tensors that carry a tag."""

    known = set()  # noqa: RUF012

    def cuDriverGetVersion(self, found):  # noqa: N802
        found._obj.value = 12080
        return 0

    def cuPointerGetAttribute(self, kind, _attribute, address):  # noqa: N802
        kind._obj.value = 2
        return int(address.value not in Driver.known or "only-pretends" in FAULT)


def all_reduce(tensors):
    total = sum(each.cpu() for each in tensors[int("wrong-sum" in FAULT) :])
    for each in tensors:
        each.data.copy_(total)


class FakeCuda(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        words = list(args), dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if func == _device_of:
            return gpu_of(args[0]) or func(*args)
        if name == "_parse_to":
            return func(*args, **(kwargs or {}))
        if func == _data_of:  # how a module moves its weights
            args[0]._gpu = gpu_of(args[1])
        given = [*words[0], *words[1].values()]
        given += [each for value in given if isinstance(value, list) for each in value]  # cat
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
        if name == "is_pinned":
            return "lost-pages" not in FAULT
        if name == "data_ptr" and gpu_of(args[0]):
            Driver.known.add(func(*args))
        self.disturb_before(name, gpu)
        result = func(*plain, **named)
        if isinstance(result, tuple):  # sort, max, chunk
            parts = [self.placed(name, each, given, gpu) for each in result]
            return type(result)(parts)
        if Graph.recorded and isinstance(result, torch.Tensor):
            Graph.recorded.steps.append((func, plain, named, result))
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
        if "no-kernel-1" in FAULT and gpu is not None and gpu.index == 1 and name == "fill_":
            raise RuntimeError(
                "CUDA error: no kernel image is available for execution on the device\nCUDA ..."
            )

    def disturb_after(self, name, result, given, gpu):
        if gpu is None or gpu.index != 1:
            return
        if "wrong-product-1" in FAULT and name == "matmul" and result.shape[0] in (256, 128):
            result.data[-1, -1] += 1
        if "early-stream" in FAULT and name == "add" and result.shape == (4096,):
            result.data[0] += 1
        if "wrong-copy" in FAULT and name == "to" and any(map(gpu_of, given)):
            result.data[7] = 0


def too_old(*_words, **_more):
    raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).")


def install():
    torch.version.cuda = "12.8"
    torch.backends.cudnn.version = lambda: 91002
    cuda = torch.cuda
    cuda.is_available = lambda: "old-driver" not in FAULT
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
    cuda.Stream = cuda.current_stream = Stream
    cuda.stream = lambda _stream: contextlib.nullcontext()
    cuda.CUDAGraph, cuda.graph = Graph, recording
    cuda.get_arch_list = lambda: ["sm_75", "sm_80", "sm_90", "compute_90"]
    cuda.nccl = SimpleNamespace(version=lambda: (2, 27, 5), all_reduce=all_reduce)
    cpu_autocast = torch.autocast
    torch.autocast = lambda _kind, dtype: cpu_autocast("cpu", dtype=dtype)
    scaler = torch.amp.GradScaler
    torch.amp.GradScaler = lambda _kind: scaler("cpu", enabled=False)
    library = ctypes.CDLL
    ctypes.CDLL = lambda name, *more, **named: (
        Driver() if name == "libcuda.so.1" else library(name, *more, **named)
    )
    if "old-driver" in FAULT:
        torch.Tensor.cuda = too_old
    FakeCuda().__enter__()


install()
