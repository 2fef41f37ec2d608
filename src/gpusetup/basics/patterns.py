"""Regular expressions that are compiled when they are first needed, and not with the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pattern = re.compile
else:

    class pattern:  # noqa: N801 - to its users it is the function `re.compile`
        def __init__(self, text: str, flags: int = 0) -> None:
            self._text = text
            self._flags = flags

        def __getattr__(self, name: str) -> object:
            """A method of the compiled pattern, which is at hand from then on."""
            method = getattr(re.compile(self._text, self._flags), name)
            setattr(self, name, method)
            return method
