"""The two children that ask the driver. They take longest of all, so they are started first.

That is why this module imports next to nothing: what reads their answers is imported meanwhile.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Callable, Mapping

from gpusetup.basics.values import dataclass, field
from gpusetup.probe.child import Child

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes a while


@dataclass
class Asked:
    """The running children. `error`: this interpreter cannot be started a second time."""

    began: float
    change: threading.Event = field(default_factory=threading.Event)  # some child has ended
    nvml: Child | None = None
    cuda: Child | None = None
    error: OSError | None = None


def ask_driver(environ: Mapping[str, str], timeout_s: float) -> Asked:
    """Start asking NVML and libcuda; `live.Asking` waits for them and ends them."""
    asked = Asked(time.monotonic())
    try:
        asked.nvml = ask_nvml(environ, timeout_s, asked.change.set)
        cuda = [sys.executable, "-I", "-S", os.path.join(_HERE, "libcuda_child.py")]  # noqa: PTH118
        asked.cuda = Child(cuda, environ, asked.change.set)
    except OSError as error:
        asked.error = error
    return asked


def ask_nvml(
    environ: Mapping[str, str],
    timeout_s: float,
    ended: Callable[[], None] = lambda: None,
    *,
    health: bool = False,
) -> Child:
    """Start asking NVML; with `health` for the condition of the cards instead of their kind.

    Raises:
        OSError: this interpreter cannot be started a second time.
    """
    longest = str(int(min(timeout_s, 86400)) + 5)  # should we be killed, it ends by itself
    script = os.path.join(_HERE, "nvml_child.py")  # noqa: PTH118
    more = ["health"] if health else []
    return Child([sys.executable, "-W", "ignore", script, longest, *more], environ, ended)
