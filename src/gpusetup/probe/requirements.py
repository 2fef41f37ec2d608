"""What an installed package needs and nobody has installed: `Requires-Dist` against the names."""

from __future__ import annotations

import re
from typing import Callable, Iterable


def missing(
    demands: Iterable[str], python: str, is_there: Callable[[str], bool]
) -> tuple[str, ...]:
    """The demands that hold for that Python on this machine and are not met.

    >>> missing(["sympy>=1.13.3", "optree; extra == 'optree'"], "3.11.7", lambda name: False)
    ('sympy>=1.13.3',)
    """
    from packaging.requirements import InvalidRequirement, Requirement

    world = {
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "extra": "",
    }
    found = []
    for each in demands:
        try:
            wanted = Requirement(each)
        except InvalidRequirement:  # of old metadata: it says nothing that can be judged
            continue
        if is_there(wanted.name) or (wanted.marker and not wanted.marker.evaluate(world)):
            continue
        wanted.marker = None
        found.append(str(wanted))
    return tuple(found)


def was_made_with(project: str, name: str) -> bool:
    """Whether the project file that `init` leaves in an environment names a package.

    >>> was_made_with('dependencies = ["torch==2.13.0+cpu", "numpy", "pip"]', "numpy")
    True
    """
    return re.search(rf'^dependencies = \[.*"{re.escape(name)}[">=<~!]', project, re.M) is not None
