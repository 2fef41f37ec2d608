"""Whether what was proven belongs together, and is what was meant: torch, its files, the GPUs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Iterable, Iterator, Sequence

from gpusetup.basics.versions import Capability, Version, parse_architecture, show_capability
from gpusetup.machine import Driver, GpuState, Machine
from gpusetup.matrix.rows import Build
from gpusetup.verdict import Check, CheckStatus, Note, ProvenDevice, Verdict, Versions

_ARCHITECTURE = re.compile(r"(?:sm|compute)_\d{2,3}[a-z]?$")


@dataclass(frozen=True)
class Wanted:
    """What a verification should find.

    Attributes:
        build: the build that was chosen, where one was.
        rows: what the matrix knows of the release, for comparison.
        capabilities: of the GPUs that torch should see, None where that is not known.
        hidden: CUDA_VISIBLE_DEVICES, where it is set.
        sliced: a GPU is cut into MIG slices.
        driver: the driver's version that the machine told.
        cuda_driver: the CUDA driver API version that it told.
    """

    build: Build | None = None
    rows: tuple[Build, ...] = ()
    capabilities: tuple[Capability | None, ...] | None = None
    hidden: str | None = None
    sliced: bool = False
    driver: Version | None = None
    cuda_driver: Version | None = None


def wanted_of(machine: Machine, build: Build | None = None, rows: Iterable[Build] = ()) -> Wanted:
    """What the machine lets us expect. GPUs that do not answer make their number uncertain."""
    gpus = machine.gpus
    sliced = any(gpu.mig is not None and gpu.mig.enabled for gpu in gpus or ())
    sure = gpus is not None and all(gpu.state is GpuState.OK for gpu in gpus) and not sliced
    driver = machine.driver
    return Wanted(
        build=build,
        rows=tuple(rows),
        capabilities=tuple(gpu.compute_capability for gpu in gpus or ()) if sure else None,
        hidden=machine.cuda_visible_devices,
        sliced=sliced,
        driver=driver.version if isinstance(driver, Driver) else None,
        cuda_driver=driver.cuda_version if isinstance(driver, Driver) else None,
    )


def countable(wanted: Wanted) -> int:
    """How many GPUs torch must see; 0 where that cannot be said beforehand."""
    if wanted.capabilities is None or wanted.hidden is not None:
        return 0
    return len(wanted.capabilities)


def judge_belonging(verdict: Verdict, wanted: Wanted) -> Verdict:
    """The verdict with one more check, `belonging`, and with notes."""
    if verdict.torch is None:
        return verdict
    found = next(_contradictions(verdict, wanted), None)
    check = Check("belonging", CheckStatus.PASSED)
    if found:
        check = Check("belonging", CheckStatus.FAILED, *found)
    checks = list(verdict.checks)
    place = 1 + next((i for i, each in enumerate(checks) if each.id == "versions"), len(checks))
    checks.insert(place, check)
    devices = tuple(_with_code(device, verdict.versions) for device in verdict.devices)
    versions = replace(verdict.versions, driver=str(wanted.driver) if wanted.driver else None)
    notes = tuple(_notes(verdict, wanted))
    return replace(verdict, checks=tuple(checks), devices=devices, notes=notes, versions=versions)


def serving_code(compiled: Sequence[str], card: Capability) -> str | None:
    """Which code of a build serves a GPU, where the build says what it holds.

    >>> serving_code(("sm_80", "sm_86", "compute_90"), (8, 9))
    'sm_86'
    >>> serving_code(("sm_80", "compute_80"), (9, 0))
    'compute_80'
    """
    known = [(parse_architecture(name), name) for name in compiled if _ARCHITECTURE.match(name)]
    ready = [pair for pair in known if pair[1].startswith("sm") and pair[0][0] == card[0]]
    ready = [pair for pair in ready if pair[0] <= card]
    translated = [pair for pair in known if pair[1].startswith("compute") and pair[0] <= card]
    return max(ready or translated, default=(card, None))[1]


def _with_code(device: ProvenDevice, versions: Versions) -> ProvenDevice:
    """The device, with the code that served it as the detail of the check `architecture`."""
    card = device.compute_capability
    code = serving_code(versions.architectures, card) if card else None
    checks = tuple(
        replace(check, detail=check.detail or code) if check.id == "architecture" else check
        for check in device.checks
    )
    return replace(device, checks=checks)


def _contradictions(verdict: Verdict, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """(reason, detail) of what cannot be."""
    files = verdict.versions.files_say
    if files and verdict.torch and _release(files) != _release(verdict.torch):
        yield "two-versions", f"{verdict.torch}, {files}"
    if wanted.build is not None and not _is(verdict, wanted.build):
        yield "other-torch", f"{wanted.build.torch}+{wanted.build.build}"
    if verdict.expected == "cuda" and wanted.capabilities:
        yield from _wrong_gpus(verdict, wanted.capabilities)


def _wrong_gpus(
    verdict: Verdict, capabilities: tuple[Capability | None, ...]
) -> Iterator[tuple[str, str]]:
    if len(verdict.devices) > len(capabilities):
        yield "more-devices", f"{len(verdict.devices)} > {len(capabilities)}"
    seen = Counter(device.compute_capability for device in verdict.devices)
    strange = seen - Counter(capabilities)
    if strange and None not in capabilities and None not in seen:
        yield "other-devices", ", ".join(show_capability(each) for each in strange if each)


def _is(verdict: Verdict, build: Build) -> bool:
    """Whether the torch that was found is a build: its release and its CUDA."""
    runtime = Version.told(verdict.cuda_runtime)
    same_cuda = (runtime is None) == (build.cuda_runtime is None)
    if runtime and build.cuda_runtime:
        same_cuda = runtime.numbers[:2] == build.cuda_runtime.numbers[:2]
    return same_cuda and _release(str(verdict.torch)) == build.torch.numbers[:3]


def _release(text: str) -> tuple[int, ...]:
    """2.5.1.post303+cu124 -> (2, 5, 1): what follows is the packager's."""
    numbers = re.findall(r"\d+", text.partition("+")[0])[:3]
    return tuple(map(int, numbers))


def _notes(verdict: Verdict, wanted: Wanted) -> Iterator[Note]:
    for name, asked, found in verdict.versions.differing:
        yield Note("library-differs", {"name": name, "wanted": asked, "found": found})
    if verdict.expected != "cuda":
        return
    yield from _cudnn_note(verdict, wanted)
    yield from _driver_note(verdict, wanted)
    total = len(wanted.capabilities or ())
    if wanted.hidden is not None and len(verdict.devices) < total:
        facts = {"value": wanted.hidden, "seen": len(verdict.devices), "count": total}
        yield Note("hidden-gpus", facts)
    if wanted.sliced:
        yield Note("mig", {"count": len(verdict.devices)})


def _cudnn_note(verdict: Verdict, wanted: Wanted) -> Iterator[Note]:
    """A cuDNN of another minor version than the release came with: LD_LIBRARY_PATH, most often."""
    rows = [row.cudnn for row in wanted.rows if row.cudnn and _is(verdict, row)]
    built = [each for each in rows if len(_release(each)) > 1]  # conda-forge leaves the minor open
    found = verdict.cudnn
    if found and built and _release(found)[:2] not in [_release(each)[:2] for each in built]:
        yield Note("cudnn-differs", {"found": found, "wanted": built[0]})


def _driver_note(verdict: Verdict, wanted: Wanted) -> Iterator[Note]:
    """Within a major version an older driver serves a newer runtime, but not its PTX."""
    driver = Version.told(verdict.versions.cuda_driver) or wanted.cuda_driver
    runtime = Version.told(verdict.cuda_runtime)
    if driver and runtime and driver.numbers[:2] < runtime.numbers[:2]:
        yield Note("driver-behind", {"driver": str(driver), "runtime": str(runtime)})
