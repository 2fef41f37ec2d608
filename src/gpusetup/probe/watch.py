"""Watches the GPUs through NVML while something else runs. Never waits for it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType

from gpusetup.benchmark.telemetry import Telemetry, read_telemetry
from gpusetup.probe.child import Child
from gpusetup.probe.world import World

_LONGEST_S = 3600


class Watch:
    """`with Watch(world) as watch:` looks until the end; `watch.telemetry` is what was seen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._child: Child | None = None

    def __enter__(self) -> Watch:
        script = Path(__file__).with_name("watch_child.py")
        argv = [sys.executable, "-W", "ignore", str(script), str(_LONGEST_S)]
        try:
            self._child = Child(argv, self._world.environ)
        except OSError:  # then nothing is seen
            self._child = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child is not None:
            self._child.stop()

    @property
    def telemetry(self) -> Telemetry:
        """All that was seen so far."""
        lines = tuple(self._child.lines) if self._child else ()
        return read_telemetry(lines, on_battery(self._world))


def on_battery(world: World) -> bool | None:
    """Whether a charger is there and gives nothing. None: no charger is known."""
    folder = "/sys/class/power_supply"
    online = [
        (world.text(f"{folder}/{name}/online") or "").strip()
        for name in world.names(folder)
        if (world.text(f"{folder}/{name}/type") or "").strip() == "Mains"
    ]
    return all(each == "0" for each in online) if online else None
