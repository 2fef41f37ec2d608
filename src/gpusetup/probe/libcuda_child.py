"""Load libcuda and ask for its CUDA version. Run as a script by `libcuda.py`."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys

NAME = "nvcuda.dll" if os.name == "nt" else "libcuda.so.1"


def loaded_path() -> str | None:
    """The file that the loader took: a compat package or a stub may stand before the driver's."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:  # noqa: PTH123
            for line in maps:
                if "/libcuda.so" in line:
                    return line[line.index("/") :].strip()
    except OSError:
        pass
    return None


def answer() -> dict[str, object]:
    try:
        library = ctypes.CDLL(NAME)
    except OSError as error:
        return {"absent": str(error)}
    version = ctypes.c_int()
    code = library.cuDriverGetVersion(ctypes.byref(version))
    return {"path": loaded_path(), "code": code, "version": version.value}


if __name__ == "__main__":
    if hasattr(signal, "alarm"):
        signal.alarm(60)  # should the parent be killed, nobody else would end a hang
    sys.stdout.write(json.dumps(answer()) + "\n")
    sys.stdout.flush()
    os._exit(0)
