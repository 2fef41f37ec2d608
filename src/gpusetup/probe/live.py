"""The sources that may hang, asked at the same time: NVML, libcuda, and nvidia-smi if needed."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Callable, Mapping

from gpusetup.basics.values import dataclass
from gpusetup.machine import Reading, Status
from gpusetup.probe import libcuda, nvml, smi
from gpusetup.probe.asked import Asked

HEAD_START_S = 2.0  # NVML's, before nvidia-smi is asked too: it asks the same driver, slower
QUIET_S = 1.0  # how long nothing is said about waiting
PATIENCE_S = 1.0  # for NVML, once nvidia-smi has told everything


@dataclass(frozen=True)
class Live:
    """The answers. `smi` is None where nvidia-smi was not needed."""

    nvml: nvml.NvmlFacts
    cuda: libcuda.CudaFacts
    smi: smi.SmiFacts | None = None


class Asking:
    """Waits for what was asked, and asks nvidia-smi if needed; ends on exit whatever still runs."""

    def __init__(
        self, asked: Asked, environ: Mapping[str, str], root: Path, deadline: float
    ) -> None:
        self._environ = environ
        self._root = root
        self._deadline = deadline
        self._began = asked.began
        self._change = asked.change
        self._enough = threading.Event()  # nvidia-smi may stop
        self._smi: threading.Thread | None = None
        self._smi_facts: smi.SmiFacts | None = None
        self._nvml = asked.nvml
        self._nvml_error = asked.error
        self._cuda = asked.cuda

    def __enter__(self) -> Asking:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._enough.set()
        for child in (self._nvml, self._cuda):
            if child is not None:
                child.stop()
        if self._smi is not None:
            self._smi.join(1.0)

    def answers(self, awaiting: Callable[[str], None] | None) -> Live:
        """Wait until enough is known or the time is over."""
        said = ""
        while not self._is_enough() and time.monotonic() < self._deadline:
            waiting = ", ".join(self._waiting_for())
            if awaiting and waiting != said and time.monotonic() - self._began > QUIET_S:
                awaiting(waiting)
                said = waiting
            self._change.wait(0.1)
            self._change.clear()
        return Live(self._nvml_facts(), libcuda.read(self._cuda), self._needed_smi())

    def _nvml_facts(self) -> nvml.NvmlFacts:
        if self._nvml is None:
            return nvml.not_started(self._nvml_error or OSError("not started"))
        return nvml.read(self._nvml)

    def _is_enough(self) -> bool:
        """Whether no source that still runs could add anything. Starts nvidia-smi when needed."""
        is_late = time.monotonic() - self._began > HEAD_START_S
        nvml_ended = self._nvml is None or self._nvml.exit is not None
        # libcuda tells nothing that would be worth a long wait
        cuda_ended = self._cuda is None or self._cuda.exit is not None or is_late
        if nvml_ended and self._nvml_facts().complete:
            return cuda_ended
        if self._smi is None:
            if nvml_ended or is_late:
                self._start_smi()
            return False
        return cuda_ended and not self._smi.is_alive() and (nvml_ended or self._smi_suffices())

    def _smi_suffices(self) -> bool:
        """nvidia-smi has told everything, and NVML had time to do so too."""
        facts = self._smi_facts
        if facts is None or facts.reading.status not in (Status.OK, Status.PARTIAL):
            return False
        return time.monotonic() - self._began > HEAD_START_S + PATIENCE_S

    def _start_smi(self) -> None:
        self._smi = threading.Thread(target=self._ask_smi, daemon=True)
        self._smi.start()

    def _ask_smi(self) -> None:
        executable = smi.find(self._environ, self._root)
        if executable is None:
            self._smi_facts = smi.SmiFacts(Reading(smi.SOURCE, Status.ABSENT))
        else:
            is_stopped = self._enough.is_set
            caller = smi.Caller(executable, self._environ, self._deadline, is_stopped)
            try:
                self._smi_facts = smi.ask(caller)
            except Exception as error:  # noqa: BLE001 - whatever this source does, it only records
                self._smi_facts = smi.SmiFacts(Reading(smi.SOURCE, Status.ERROR, repr(error)))
        self._change.set()

    def _needed_smi(self) -> smi.SmiFacts | None:
        """What nvidia-smi said, or that its time is over; None if NVML made it needless."""
        if self._nvml_facts().complete or self._smi is None:
            return None
        return self._smi_facts or smi.SmiFacts(Reading(smi.SOURCE, Status.TIMEOUT, "--query-gpu"))

    def _waiting_for(self) -> list[str]:
        names = []
        if self._nvml is not None and self._nvml.exit is None:
            names.append("NVML")
        if self._smi is not None and self._smi.is_alive():
            names.append("nvidia-smi")
        if not names and self._cuda is not None and self._cuda.exit is None:
            names.append("libcuda")
        return names
