"""Error texts of torch, CUDA and the loader -> codes that have sentences."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gpusetup.evidence
import gpusetup.inside
from gpusetup.inside.gpusetup_proof import KNOWN_ERRORS, last_line, recognise
from gpusetup.messages import sentences

SCRIPTS = Path(gpusetup.inside.__file__).parent
JUDGES = Path(gpusetup.evidence.__file__).parent


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CUDA error: no kernel image is available for execution on the device", "no-kernel-image"),
        ("The NVIDIA driver on your system is too old (found version 11040).", "driver-too-old"),
        ("CUDA driver version is insufficient for CUDA runtime version", "driver-too-old"),
        ("Found no NVIDIA driver on your system. Please check ...", "no-driver"),
        ("No CUDA GPUs are available", "no-device"),
        ("Error 803: system has unsupported display driver / cuda driver", "driver-mismatch"),
        ("Error 802: system not yet initialized", "fabric-manager"),
        ("Error 804: forward compatibility was attempted on non", "forward-compatibility"),
        ("AssertionError: Torch not compiled with CUDA enabled", "cpu-build"),
        ("CUDA out of memory. Tried to allocate 2.00 GiB", "out-of-memory"),
        ("operator torchvision::nms does not exist", "companion-mismatch"),
        ("libcudart.so.12: cannot open shared object file: No such file", "missing-library"),
        ("/lib/libc.so.6: version `GLIBC_2.28' not found", "old-system"),
        ("libtorch_cuda.so: undefined symbol: ncclCommRegister", "mixed-files"),
        ("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED", "cudnn"),
        ("No module named 'typing_extensions'", "missing-module"),
        ("Numpy is not available", "numpy-mismatch"),
        ("numpy.core.multiarray failed to import", "numpy-mismatch"),
        ("DefaultCPUAllocator: can't allocate memory: you tried to", "out-of-memory"),
        ("bus error. It is possible that dataloader's workers are out of shared", "shared-memory"),
        ("NCCL Error 2: unhandled system error", "nccl"),
        ("something that nobody has seen before", "exception"),
    ],
)
def test_a_known_text_has_its_code(text: str, code: str) -> None:
    assert recognise(text) == code


def test_only_the_first_line_of_a_long_message_is_kept() -> None:
    error = RuntimeError("CUDA error: oh\nCUDA kernel errors might be reported later\n")
    assert last_line(error) == "RuntimeError: CUDA error: oh"


def test_every_reason_that_a_script_can_give_has_a_sentence() -> None:
    codes = {code for code, _ in KNOWN_ERRORS} | {"exception"}
    for script in [*SCRIPTS.glob("*.py"), *JUDGES.glob("*.py")]:
        for node in ast.walk(ast.parse(script.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                (".Failed", ".Skipped", "Wrong")
            ):
                codes |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    assert codes > {"cpu-build", "wrong-result", "blocked"}
    benchmark = {"no-room", "no-time"}  # said as bench.no-room, and as a figure that is left out
    assert not {code for code in codes - benchmark if f"verify.reason-{code}" not in sentences()}
