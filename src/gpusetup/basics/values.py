"""The dataclasses of the values that every command needs: the standard ones, ready at once.

To type checkers they are the standard ones; `quick_values` says why they are not when we run.
Rooms that only slow commands enter may use `dataclasses` itself: the two understand each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace
else:
    from gpusetup.basics.quick_values import dataclass, field, fields, replace

__all__ = ("dataclass", "field", "fields", "replace")
