"""What Windows alone knows: whether its console shows colours, and the language of its menus.

Written from Microsoft's documentation; never run on Windows.
"""

from __future__ import annotations

import sys
from functools import cache

_ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004
_STDOUT, _STDERR = -11, -12


@cache
def ansi_works() -> bool:
    """Whether escape codes are shown as colours, after asking for it once."""
    if sys.platform != "win32":
        return True
    import ctypes

    kernel = ctypes.windll.kernel32
    answers = []
    for number in (_STDOUT, _STDERR):
        handle, mode = kernel.GetStdHandle(number), ctypes.c_ulong()
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            continue  # redirected
        wished = mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING
        answers.append(bool(kernel.SetConsoleMode(handle, wished)))
    return bool(answers) and all(answers)


def display_language() -> str | None:
    """ "zh" or "en": the language Windows shows its own menus in; None elsewhere."""
    if sys.platform != "win32":
        return None
    import ctypes

    chinese = 0x04  # the primary language, in the low ten bits
    number = int(ctypes.windll.kernel32.GetUserDefaultUILanguage())
    return "zh" if number & 0x3FF == chinese else "en"
