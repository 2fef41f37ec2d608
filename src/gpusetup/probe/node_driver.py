"""What a node told of its driver, as the values that `assemble` takes. Pure."""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping, Sequence

from gpusetup.basics.values import dataclass, field
from gpusetup.basics.versions import Version
from gpusetup.machine import PciGpu, Reading, Status
from gpusetup.probe import kernel, libcuda, nvml, pci, smi
from gpusetup.probe.assemble import Files
from gpusetup.probe.live import Live
from gpusetup.probe.node_block import Record, safe
from gpusetup.probe.node_world import ToldWorld

_NOT_ASKED = "not asked: no Python on the node"
_MOST_GPUS = 256


@dataclass(frozen=True)
class Told:
    """All records of one node, by kind and key."""

    records: tuple[Record, ...]
    by_key: Mapping[tuple[str, str], Record] = field(default_factory=dict)

    def get(self, kind: str, key: str) -> str:
        """The text of one record; empty if it was not told."""
        record = self.by_key.get((kind, key))
        return record.text if record else ""

    def of(self, kind: str) -> tuple[Record, ...]:
        return tuple(each for each in self.records if each.kind == kind)

    def exit(self, source: str) -> int | None:
        """How a source ended: its exit code, or None if it was still busy."""
        text = self.get("exit", source)
        return int(text) if text.lstrip("-").isdigit() else None

    def was_asked(self, source: str) -> bool:
        return ("exit", source) in self.by_key


def told_by(records: Sequence[Record]) -> Told:
    return Told(tuple(records), {(each.kind, each.key): each for each in records})


def files_of(told: Told, world: ToldWorld) -> Files:
    """The kernel's files, the bus, the libraries."""
    libraries = tuple(
        libcuda.LibraryFile(each.key, each.lines[0], libcuda.version_in(each.lines[-1]))
        for each in told.of("library")
        if each.lines
    )
    return Files(_kernel(told, world), _pci(told), libraries)


def live_of(told: Told, files: Files) -> Live:
    """The answers of NVML, libcuda and nvidia-smi."""
    return Live(_nvml(told, files), _cuda(told, files), _smi(told))


def nvml_lines(told: Told) -> tuple[str, ...]:
    """NVML's facts, of which nothing is longer or other than it may be.

    Raises:
        ValueError: this is not what our program tells.
    """
    lines = told.by_key.get(("lines", "nvml"))
    facts = [_without_control(json.loads(line)) for line in (lines.lines if lines else ())]
    for fact in facts:
        _check_fact(fact)
    return (*map(json.dumps, facts), *_failure(told, "nvml"))


def _without_control(value: Any) -> Any:
    """JSON can hold what a terminal would obey, as escapes."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, list):
        return [_without_control(each) for each in value]
    if isinstance(value, dict):
        return {safe(key): _without_control(each) for key, each in value.items()}
    return value


def _failure(told: Told, source: str) -> tuple[str, ...]:
    failure = told.get("failed", source)
    return (failure,) if failure else ()


def _kernel(told: Told, world: ToldWorld) -> kernel.KernelFacts:
    flavour = kernel.parse_nvrm_version(world.text("/proc/driver/nvidia/version") or "")
    version = Version.told(world.text("/sys/module/nvidia/version"))
    version = version or (flavour[0] if flavour else None)
    is_loaded = version is not None or world.is_folder("/sys/module/nvidia")
    status = Status.OK if is_loaded else Status.ABSENT
    if not told.was_asked("system"):
        status = Status.TIMEOUT
    reading = Reading(kernel.MODULE, status, None if version is None else str(version))
    devices = sorted(told.of("device"), key=lambda each: kernel.order_of_node(each.key))
    nodes = kernel.judge_nodes({each.key: each.text == "open" for each in devices})
    return kernel.KernelFacts(
        (reading, nodes), version, flavour[1] if flavour else None, _models(world), is_loaded
    )


def _models(world: ToldWorld) -> dict[str | None, str]:
    folder, models = "/proc/driver/nvidia/gpus/", {}
    for path, text in world.texts.items():
        model = kernel.parse_model(text) if path.startswith(folder) else None
        if model:
            models[pci.bus_id(path[len(folder) :].split("/")[0])] = model
    return models


def _pci(told: Told) -> pci.PciFacts:
    bus = told.by_key.get(("pci-bus", "ok"))
    if bus is None:
        return pci.PciFacts(
            Reading(pci.SOURCE, Status.ABSENT, told.get("pci-bus", "absent") or None)
        )
    gpus = tuple(
        PciGpu(
            device_id=each.lines[0],
            bus_id=pci.bus_id(each.key),
            bound_driver=each.lines[1] or None if len(each.lines) > 1 else None,
        )
        for each in told.of("pci")
        if each.lines
    )
    devices = ", ".join(gpu.device_id for gpu in gpus)
    return pci.PciFacts(Reading(pci.SOURCE, Status.OK, devices or None), gpus)


def _nvml(told: Told, files: Files) -> nvml.NvmlFacts:
    if told.was_asked("nvml"):
        return nvml.facts_from(nvml_lines(told), told.exit("nvml"))
    return nvml.NvmlFacts(_not_asked(nvml.SOURCE, "libnvidia-ml.so.1", files))


def _cuda(told: Told, files: Files) -> libcuda.CudaFacts:
    if told.was_asked("libcuda"):
        lines = told.get("lines", "libcuda"), *_failure(told, "libcuda")
        return libcuda.facts_from("\n".join(lines), told.exit("libcuda"))
    return libcuda.CudaFacts(_not_asked(libcuda.SOURCE, "libcuda.so.1", files))


def _not_asked(source: str, library: str, files: Files) -> Reading:
    """Without Python no library can be asked; one that is not there has nothing to say."""
    is_there = any(each.name == library for each in files.libraries)
    return Reading(source, Status.ERROR if is_there else Status.ABSENT, _NOT_ASKED)


@dataclass(frozen=True)
class _ToldCaller(smi.Caller):
    """Answers with what nvidia-smi said on the node."""

    answers: Mapping[tuple[str, ...], tuple[int, str]] = field(default_factory=dict)

    def call(self, *arguments: str) -> tuple[int, str]:
        if arguments not in self.answers:
            raise smi.Stopped
        return self.answers[arguments]


def smi_answers(told: Told) -> dict[tuple[str, ...], tuple[int, str]]:
    """Arguments -> exit code and text."""
    found = {}
    for record in told.of("smi"):
        code, *arguments = record.key.split(" ")
        found[tuple(each for each in arguments if each)] = int(code), record.text
    return found


def _smi(told: Told) -> smi.SmiFacts | None:
    if not told.was_asked("nvidia-smi"):
        return None
    if told.of("no-smi"):
        return smi.SmiFacts(Reading(smi.SOURCE, Status.ABSENT))
    return smi.ask(_ToldCaller("nvidia-smi", {}, 0.0, lambda: False, smi_answers(told)))


def _check_fact(fact: Any) -> None:
    """A node is not trusted with the shapes of what it tells.

    Raises:
        ValueError: a value is none that NVML can give.
    """
    key, value = fact.get("key"), fact.get("value")
    check = _SHAPES.get(key) if isinstance(key, str) else None
    if "gpu" in fact and not _is_number(fact["gpu"], _MOST_GPUS):
        raise ValueError("gpu")
    if "error" in fact and not _is_number(fact["error"], 1 << 31):
        raise ValueError("error")
    if check is not None and value is not None and not check(value):
        raise ValueError(str(key))


def _is_number(value: object, most: int = 1 << 40) -> bool:
    return type(value) is int and 0 <= value < most


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) < 500


def _is_memory(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_number(each) or isinstance(each, bool) for each in value.values()
    )


def _is_slices(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("slices"), list):
        return False
    return all(isinstance(each, dict) and _is_slice(each) for each in value["slices"])


def _is_slice(part: Mapping[str, object]) -> bool:
    texts = all(part.get(key) is None or _is_text(part[key]) for key in ("name", "uuid"))
    memory, listed = part.get("memory"), part.get("processes")
    shapes = (memory is None or _is_memory(memory)) and (listed is None or _is_processes(listed))
    return texts and shapes and (part.get("total") is None or _is_number(part["total"]))


def _is_processes(value: object) -> bool:
    listed = value.get("list") if isinstance(value, dict) else None
    return isinstance(listed, list) and all(
        isinstance(each, dict)
        and _is_number(each.get("pid"))
        and (each.get("used") is None or _is_number(each["used"]))
        and each.get("kind") in ("compute", "graphics")
        and (each.get("name") is None or _is_text(each["name"]))
        for each in listed
    )


_SHAPES: dict[str, Callable[[Any], bool]] = {
    "count": lambda value: _is_number(value, _MOST_GPUS + 1),
    "driver": _is_text,
    "library": _is_text,
    "cuda": lambda value: _is_number(value, 1_000_000),
    "name": _is_text,
    "uuid": _is_text,
    "pci": lambda value: isinstance(value, dict) and _is_text(value.get("bus")),
    "capability": lambda value: (
        isinstance(value, list) and len(value) == 2 and all(_is_number(each, 100) for each in value)
    ),
    "memory": _is_memory,
    "virtualization": _is_number,
    "mig": _is_slices,
    "utilization": lambda value: _is_number(value, 101),
    "mode": _is_number,
    "processes": _is_processes,
}
