"""Reading the world: one module per source, each yielding readings."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Mapping

if TYPE_CHECKING:
    from gpusetup.machine import Machine
    from gpusetup.matrix.rows import Matrix
    from gpusetup.probe.assemble import Files
    from gpusetup.probe.live import Live

DEFAULT_TIMEOUT_S = 40.0  # nvidia-smi may rightly take 30 s on a large server


def probe(
    timeout_s: float = DEFAULT_TIMEOUT_S,
    awaiting: Callable[[str], None] | None = None,
    environ: Mapping[str, str] | None = None,
    root: str | None = None,
    prefix: Path | None = None,
) -> Machine:
    """Everything that can be found out about this machine, in at most about `timeout_s` seconds.

    Args:
        timeout_s: after this, what has not answered becomes a reading `timeout`.
        awaiting: called with names ("NVML, nvidia-smi") once it takes longer than a second.
        environ: the environment, instead of this process's.
        root: where /sys, /proc, /dev, /etc are looked for (a test's own tree).
        prefix: where an environment would be made, for the room on its disk.

    Raises:
        Refused: PyTorch is not built for this system at all.
    """
    from gpusetup.probe.asked import ask_driver

    known = os.environ if environ is None else environ
    base = root or known.get("GPUSETUP_ROOT") or "/"
    deadline = time.monotonic() + timeout_s
    asked = ask_driver(known, timeout_s)  # before the imports below: it takes longest of all

    from gpusetup.probe.live import Asking

    with Asking(asked, known, Path(base), deadline) as asking:
        from gpusetup.probe.system import probe_system

        files = _read_files(Path(base), known)
        host = probe_system(known, base, prefix)
        live: Live = asking.answers(awaiting)
    from gpusetup.probe.assemble import assemble

    return assemble(host, files, live, lambda: _load(known))


def _load(environ: Mapping[str, str]) -> Matrix:
    from gpusetup.compat_files import packaged_or_configured

    return packaged_or_configured(environ)


def _read_files(root: Path, environ: Mapping[str, str]) -> Files:
    from gpusetup.probe.assemble import Files
    from gpusetup.probe.kernel import read_kernel
    from gpusetup.probe.libcuda import find_libraries
    from gpusetup.probe.pci import read_pci

    return Files(read_kernel(root), read_pci(root), find_libraries(root, environ))
