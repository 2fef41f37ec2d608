"""Load libcuda and ask for its CUDA version. Run as a script by `libcuda.py`.

One line of words with tabs between them: to import `json` would take as long as all the rest.
"""

from __future__ import annotations

import ctypes
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


def answer() -> tuple[object, ...]:
    """("absent", the loader's words) or ("answer", code, version, path)."""
    try:
        library = ctypes.CDLL(NAME)
    except OSError as error:
        return "absent", error
    version = ctypes.c_int()
    code = library.cuDriverGetVersion(ctypes.byref(version))
    return "answer", code, version.value, loaded_path() or ""


if __name__ == "__main__":
    if hasattr(signal, "alarm"):
        signal.alarm(60)  # should the parent be killed, nobody else would end a hang
    sys.stdout.write("\t".join(map(str, answer())) + "\n")
    sys.stdout.flush()
    os._exit(0)
