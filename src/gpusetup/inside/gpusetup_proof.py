"""What the scripts share: events on stdout, errors recognised by their text, devices.

Runs in the target's own Python (3.6 syntax) with any torch from 1.0 on.
"""

from __future__ import print_function

import json
import math
import os
import sys
import time

# Texts of torch, CUDA and the loader, in lower case. The first code that fits is taken, so the
# particular stands before the general.
KNOWN_ERRORS = (
    ("no-kernel-image", ("no kernel image is available",)),
    ("driver-too-old", ("driver on your system is too old", "driver version is insufficient")),
    ("no-driver", ("found no nvidia driver",)),
    ("no-device", ("no cuda-capable device", "no cuda gpus are available")),
    ("driver-mismatch", ("error 803", "unsupported display driver")),
    ("forward-compatibility", ("forward compatibility was attempted",)),
    ("fabric-manager", ("error 802", "system not yet initialized")),
    ("gpu-lost", ("gpu is lost", "fallen off the bus")),
    ("cpu-build", ("not compiled with cuda", "not linked with support for cuda")),
    ("shared-memory", ("shared memory (shm)", "bus error")),
    (
        "out-of-memory",
        ("out of memory", "allocate memory", "memoryerror", "bad_alloc", "bad alloc"),
    ),
    (
        "companion-mismatch",
        ("torchvision::nms", "couldn't load custom c++ ops", "'_opnamespace' 'torchvision'"),
    ),
    (
        "numpy-mismatch",
        (
            "numpy is not available",
            "compiled using numpy 1",
            "_array_api not found",
            "multiarray failed to import",
        ),
    ),
    ("cudnn", ("cudnn_status", "cudnn error", "libcudnn", "cudnn version incompatibility")),
    ("nccl", ("nccl error", "nccl_", "libnccl")),
    ("cublas", ("cublas_status", "libcublas")),
    ("old-system", ("version `glibc", "version 'glibc", "version `glibcxx")),
    (
        "missing-library",
        ("cannot open shared object", "dll load failed", "winerror 126", "library not loaded"),
    ),
    ("mixed-files", ("undefined symbol", "symbol not found", "procedure could not be found")),
    ("missing-module", ("no module named",)),
)


# cuda.h: CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_MEMORYTYPE_DEVICE, CUDA_ERROR_INVALID_VALUE
MEMORY_TYPE, DEVICE_MEMORY, INVALID_VALUE = 2, 2, 1


class Failed(Exception):
    """A check found something wrong. `code` is looked up in gpusetup's messages."""

    def __init__(self, code, detail=None, error=None):
        Exception.__init__(self, code)
        self.code = code
        self.detail = detail
        self.error = error


class Skipped(Exception):
    """A check does not apply here."""

    def __init__(self, code, detail=None):
        Exception.__init__(self, code)
        self.code = code
        self.detail = detail


class Report(object):
    """The events, one JSON object per line, on a stream that nobody else writes to."""

    def __init__(self):
        # what torch or its libraries print must not mix with the events: stdout becomes stderr
        self._stream = os.fdopen(own_channel(), "w")
        os.dup2(2, 1)

    def emit(self, event, **facts):
        line = {"event": event}
        line.update((name, plain(value)) for name, value in facts.items())
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()

    def check(self, name, function, device=None):
        """Run one check and tell how it ended. Returns "passed", "failed" or "skipped".

        A function returns nothing, how far a result is from its reference, a text for the reader,
        or a dictionary: results for the parent to judge.
        """
        self.emit("start", check=name, device=device)
        begun = time.time()
        status, reason, detail, error, evidence = "passed", None, None, None, None
        try:
            found = function()
            evidence = found if isinstance(found, dict) else None
            error = found if isinstance(found, float) else None
            detail = found if isinstance(found, str) else None
        except Skipped as end:
            status, reason, detail = "skipped", end.code, end.detail
        except Failed as end:
            status, reason, detail, error = "failed", end.code, end.detail, end.error
        except (Exception, SystemExit) as end:
            status, detail = "failed", last_line(end)
            reason = recognise_chain(end)
        self.emit(
            "check",
            id=name,
            device=device,
            status=status,
            reason=reason,
            detail=detail,
            error=error,
            seconds=round(time.time() - begun, 4),
            evidence=evidence,
        )
        return status


def own_channel():
    """The pipe that only we and the parent know; without one, a copy of stdout."""
    number = os.environ.pop("GPUSETUP_CHANNEL", "")
    if not number:
        return os.dup(1)
    os.set_inheritable(int(number), False)
    return int(number)


def plain(value):
    """A value that JSON can carry: NaN and infinity have no place in it."""
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return None
    return value


def last_line(error):
    """The last line of a traceback: `RuntimeError: CUDA error: no kernel image ...`."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "{0}: {1}".format(type(error).__name__, lines[0] if lines else "")[:500]


def recognise(text):
    """The code of a known error text, or "exception"."""
    lowered = text.lower()
    for code, fragments in KNOWN_ERRORS:
        if any(fragment in lowered for fragment in fragments):
            return code
    return "exception"


def recognise_chain(error):
    """The code of an error or of what caused it: the cause names the missing library."""
    while error is not None:
        code = recognise(last_line(error))
        if code != "exception":
            return code
        error = error.__cause__ or error.__context__
    return "exception"


def is_installed(name):
    """Whether a module can be found. Imports nothing."""
    import importlib.util

    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def reach_user_site():
    """Isolated mode hides `pip install --user`; reach it where torch is found nowhere else."""
    if is_installed("torch"):
        return
    import site

    folder = site.getusersitepackages()
    if sys.prefix == sys.base_prefix and os.path.isdir(os.path.join(folder, "torch")):
        site.addsitedir(folder)


def import_torch(report):
    """The module; or None, with the failure and the end of the report said."""
    report.emit("start", check="import", device=None)
    try:
        if not is_installed("torch"):
            raise Failed("no-torch")
        import torch
    except Failed as error:
        report.emit("failed", id="import", reason=error.code, detail=error.detail)
    except (Exception, SystemExit) as error:
        detail = last_line(error)
        report.emit("failed", id="import", reason=recognise(detail), detail=detail)
    else:
        return torch
    report.emit("end")
    return None


def has_mps(torch):
    """Whether torch can use an Apple GPU."""
    backend = getattr(torch.backends, "mps", None)
    return backend is not None and backend.is_available()


def best_kind(torch):
    """The kind of device that torch would compute on: "cuda", "mps" or "cpu"."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if has_mps(torch) else "cpu"


def devices(torch, kind):
    """(index, torch.device) of every device of a kind."""
    if kind == "cuda":
        return [(i, torch.device("cuda", i)) for i in range(torch.cuda.device_count())]
    return [(0, torch.device(kind))]


def describe(torch, index, device):
    """What is known of a device: name, compute capability, memory."""
    if device.type != "cuda":
        return {"index": index, "name": cpu_name() if device.type == "cpu" else "Apple GPU"}
    properties = torch.cuda.get_device_properties(index)
    capability = torch.cuda.get_device_capability(index)
    return {
        "index": index,
        "name": properties.name,
        "compute_capability": "{0}.{1}".format(*capability),
        "memory_mib": int(properties.total_memory // 2**20),
    }


def cpu_name():
    """The processor's name as the system tells it."""
    import platform

    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.lower().startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except (IOError, OSError, UnicodeDecodeError):
        pass
    return platform.processor() or platform.machine() or "CPU"


def synchronize(torch, device):
    """Wait until a device has done its work, so that its errors show here."""
    if device.type == "cuda":
        with torch.cuda.device(device.index):  # torch 1.0 takes no device here
            torch.cuda.synchronize()
    elif device.type == "mps" and hasattr(torch, "mps"):
        torch.mps.synchronize()


def use_tf32(torch, wished):
    """Allow or forbid TF32 in products and convolutions.

    From 2.9 on there is `fp32_precision`; who has set that must not touch the older flags.
    """
    cuda = getattr(torch.backends, "cuda", None)  # not in torch 1.0
    for owner, name in ((cuda, "matmul"), (torch.backends.cudnn, "conv")):
        backend = getattr(owner, name, None)
        if hasattr(backend, "fp32_precision"):
            backend.fp32_precision = "tf32" if wished else "ieee"
        elif name == "matmul" and hasattr(backend, "allow_tf32"):
            backend.allow_tf32 = wished
        elif name == "conv" and hasattr(torch.backends.cudnn, "allow_tf32"):
            torch.backends.cudnn.allow_tf32 = wished


def computes_natively(torch, device, dtype_name):
    """Whether the hardware has the type. Emulated types are right and useless."""
    if device.type != "cuda":
        return True
    capability = tuple(torch.cuda.get_device_capability(device.index))
    needed = {"float16": (5, 3), "bfloat16": (8, 0), "tf32": (8, 0), "float8": (8, 9)}
    return capability >= needed.get(dtype_name, (0, 0))


def libcuda():
    """The driver's library, asked past torch."""
    import ctypes

    return ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")


def require_gpu_memory(tensor):
    """That memory is a GPU's by the word of the driver, not only of torch.

    Raises:
        Failed: there is no driver, it does not know the address, or the address is the host's.
    """
    import ctypes

    if tensor.numel() == 0:
        return
    try:
        ask = libcuda().cuPointerGetAttribute
    except (OSError, AttributeError) as error:
        raise Failed("not-on-gpu", last_line(error)) from None
    kind = ctypes.c_uint(0)
    answer = ask(ctypes.byref(kind), MEMORY_TYPE, ctypes.c_uint64(tensor.data_ptr()))
    if answer == INVALID_VALUE or (answer == 0 and kind.value != DEVICE_MEMORY):
        raise Failed("not-on-gpu", "cuPointerGetAttribute: {0}, {1}".format(answer, kind.value))
