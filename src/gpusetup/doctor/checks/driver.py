"""From the bus to libcuda: the kernel module, its device files, the library in front of it."""

from __future__ import annotations

import re
from typing import Callable, Iterator

from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Finding, Severity
from gpusetup.doctor.looks import finding
from gpusetup.machine import Driver, PciGpu
from gpusetup.matrix.rows import Generation

_KEY = r"Key was rejected|[Ll]oading of unsigned module|Required key not available"
_NO_GSP = r"not supported by open nvidia\.ko|does not include the required GPU System Processor"
_NEEDS_OPEN = r"NVIDIA open kernel modules|proprietary.* not supported"
_OTHER_BRANCH = (
    r"not supported by the NVIDIA .* driver release|supported through the NVIDIA .*Legacy"
)


def _on_bare_linux(case: Case) -> bool:
    """In a container and in WSL there is no module of ours to look at."""
    machine = case.machine
    return machine.os.value == "linux" and not machine.container and not machine.wsl


def _is_down(case: Case) -> bool:
    """A card is there and no module of NVIDIA runs."""
    module = case.surroundings.module
    loaded = bool(module and module.is_loaded)
    return bool(looks.cards(case)) and not looks.is_served(case) and not loaded


def _is_on_disk(case: Case) -> bool:
    """The module for the kernel that runs."""
    module = case.surroundings.module
    if module is None or module.on_disk is False:
        return False
    return bool(module.on_disk or module.installed)


def _is_installed(case: Case) -> bool:
    """Whether any part of a driver is on the disk."""
    module = case.surroundings.module
    files = any(each.kind == "driver" for each in case.surroundings.cuda_libraries or ())
    parts = module and (module.other_kernels or module.dkms or module.packages)
    return bool(parts or files or _is_on_disk(case))


def look_nouveau(case: Case) -> Finding | None:
    """Another driver has the card: nouveau, or the newer nova."""
    held = [each for each in looks.cards(case) if each.bound_driver not in (None, "nvidia")]
    if not held or looks.is_served(case):
        return None
    card, name = held[0], looks.card_name(case, held[0])
    evidence = f"{card.bus_id or name}: {card.bound_driver}"
    return finding("driver.nouveau-bound", evidence, driver=card.bound_driver, gpu=name)


def look_secure_boot(case: Case) -> Finding | None:
    """The module is there, and the firmware lets no unsigned one in."""
    lines = looks.logged(case, _KEY)
    if not _is_down(case) or not _is_on_disk(case) or look_nouveau(case):
        return None
    if lines:
        return finding("driver.secure-boot", lines[-1])
    if case.surroundings.secure_boot:
        return finding("driver.secure-boot", "SecureBoot: 1", variant="likely")
    return None


def look_module_missing(case: Case) -> Finding | None:
    """A driver is installed, but nobody built its module for the kernel that runs."""
    module = case.surroundings.module
    if module is None or module.on_disk is not False:
        return None
    if not _is_down(case) or not _is_installed(case) or look_nouveau(case):
        return None
    kernel = case.machine.kernel or "?"
    failed = any(each.endswith("failed") for each in module.dkms)
    variant = "no-headers" if module.has_headers is False else "failed" if failed else None
    others = ", ".join(module.other_kernels or ()) or "-"
    evidence = (*module.dkms[:2], f"/lib/modules/{kernel}: -")
    return finding(
        "driver.module-missing", *evidence, variant=variant, kernel=kernel, others=others
    )


def look_not_installed(case: Case) -> Finding | None:
    """A card, and nothing of a driver."""
    cards = looks.cards(case)
    if not cards or not looks.no_driver(case) or not _on_bare_linux(case) or _is_installed(case):
        return None
    name = looks.card_name(case, cards[0])
    evidence = f"{cards[0].bus_id}: {name}" if cards[0].bus_id else name
    return finding("driver.not-installed", evidence, gpu=name)


def look_not_loaded(case: Case) -> Finding | None:
    """The module is on the disk and not in the kernel."""
    if not _on_bare_linux(case):
        return None
    if _is_down(case) and _is_on_disk(case):
        module = case.surroundings.module
        version = f" {module.installed}" if module and module.installed else ""
        return finding("driver.not-loaded", f"nvidia.ko{version}", "/sys/module/nvidia: -")
    if looks.nvml_code(case) == 9 and not looks.no_driver(case):
        return finding("driver.not-loaded", _nvml_words(case))
    return None


def _nvml_words(case: Case) -> str:
    reading = case.machine.reading("nvml")
    return f"NVML: {reading.detail}" if reading and reading.detail else "NVML"


def look_mismatch(case: Case) -> Finding | None:
    """The library was updated, the module that runs is still the old one."""
    id_ = "driver.library-mismatch"
    pair = next((each for each in case.machine.conflicts if each.subject == "driver-version"), None)
    if looks.is_served(case) and looks.nvml_code(case) is None:
        return None
    if pair is not None:
        words = [f"{source}: {value}" for source, value in (pair.first, pair.second)]
        return finding(id_, *words, first=pair.first[1], second=pair.second[1])
    if looks.nvml_code(case) == 18:
        return finding(id_, _nvml_words(case), variant="numbers-unknown")
    return None


def _flavour(case: Case) -> str | None:
    driver, module = case.machine.driver, case.surroundings.module
    loaded = driver.module if isinstance(driver, Driver) else None
    return loaded or (module.flavour if module else None)


def _wrong_flavour(
    id_: str, flavour: str, serves: str, log: str
) -> Callable[[Case], Finding | None]:
    """A look for cards that a flavour of the module does not drive."""

    def look(case: Case) -> Finding | None:
        if _flavour(case) != flavour:
            return None
        for card, row in _unserved(case):
            if row.open_module == serves:
                name, lines = looks.card_name(case, card), looks.logged(case, log)
                words = (*lines[-1:], f"{card.bus_id}: {name}")
                return finding(id_, *words, gpu=name, generation=row.name)
        return None

    return look


def look_too_old_for_gpu(case: Case) -> Finding | None:
    """A branch from before the card's time."""
    number = looks.branch(case.driver)
    for card, row in _unserved(case):
        if number and row.first_branch and number < row.first_branch:
            return _branch_finding("driver.too-old-for-gpu", case, card, row.first_branch)
    return None


def look_too_new_for_gpu(case: Case) -> Finding | None:
    """A branch that no longer drives the card."""
    number = looks.branch(case.driver)
    for card, row in _unserved(case):
        if number and row.last_branch and number > row.last_branch:
            return _branch_finding("driver.too-new-for-gpu", case, card, row.last_branch)
    return None


def _branch_finding(id_: str, case: Case, card: PciGpu, branch: int) -> Finding:
    version = str(case.driver.version) if case.driver else "?"
    lines = looks.logged(case, _OTHER_BRANCH)
    name = looks.card_name(case, card)
    return finding(
        id_, *lines[-1:], f"driver {version}", f"{card.bus_id}: {name}",
        gpu=name, driver=version, branch=branch,
    )  # fmt: skip


def _unserved(case: Case) -> Iterator[tuple[PciGpu, Generation]]:
    """Cards that the driver does not show, with their generation. Another driver's are not ours."""
    served = {gpu.pci_bus_id for gpu in case.machine.gpus or () if gpu.state.value == "ok"}
    count = len(case.machine.gpus or ())
    for card in looks.cards(case):
        row = looks.generation_of(case, card)
        hidden = card.bus_id not in served if None not in served else count < len(looks.cards(case))
        is_ours = card.bound_driver in (None, "nvidia")
        if row is not None and is_ours and hidden and not row.jetson:
            yield card, row


def look_permission(case: Case) -> Finding | None:
    """The device files are there, and not for this user."""
    closed, reading = case.surroundings.closed_nodes, case.machine.reading("device-nodes")
    words = reading.detail if reading and "permission denied" in (reading.detail or "") else None
    if not closed and not words and looks.nvml_code(case) != 4:
        return None
    # a shared server may keep some cards for others
    if looks.works(case) or (looks.is_served(case) and "/dev/nvidia-uvm" not in closed):
        return None
    group = case.surroundings.node_group
    evidence = closed[:2] or (words or _nvml_words(case),)
    variant = "group" if group and group != "root" else None
    return finding("driver.no-permission", *evidence, variant=variant, group=group or "-")


def look_uvm(case: Case) -> Finding | None:
    """The cards have their files, CUDA's own is missing: nothing has loaded nvidia-uvm yet."""
    nodes = case.surroundings.device_nodes or ()
    has_cards = any(re.fullmatch(r"/dev/nvidia\d+", each) for each in nodes)
    if not has_cards or "/dev/nvidia-uvm" in nodes or case.machine.wsl or looks.works(case):
        return None
    # a program of root's makes the file for the first one that uses CUDA, where it is installed
    run = case.environment.run if case.environment else None
    severity = Severity.WARNING if run is None or run.cuda_available is None else Severity.ERROR
    return finding("driver.uvm-missing", ", ".join(nodes), severity=severity)


def look_stub(case: Case) -> Finding | None:
    """A linker's stub stands before the driver's library."""
    first = next(iter(case.surroundings.cuda_libraries or ()), None)
    if first is None or first.kind != "stub" or looks.works(case):
        return None
    return finding("driver.stub-library", first.path, path=first.path)


def look_compat(case: Case) -> Finding | None:
    """A forward-compatibility libcuda: right on data-centre cards, an error on others.

    It is only wrong where CUDA says so, or where the driver is newer than the library.
    """
    words = looks.run_failed(case, "forward-compatibility")
    first = next(iter(case.surroundings.cuda_libraries or ()), None)
    path = first.path if first else "-"
    if words:
        return finding("driver.forward-compatibility", words, path, path=path)
    if first is None or first.kind != "compat" or first.version is None or case.driver is None:
        return None
    if looks.works(case):
        return None
    version = case.driver.version
    if version is None or version.major <= first.version.major:
        return None
    evidence = (path, f"driver {version}")
    return finding("driver.forward-compatibility", *evidence, variant="older", path=path)


def look_driver_803(case: Case) -> Finding | None:
    words = looks.run_failed(case, "driver-mismatch")
    return finding("driver.cuda-mismatch", words) if words else None


def look_unknown_error(case: Case) -> Finding | None:
    """CUDA's 999: nvidia_uvm is stuck, as after a suspend."""
    run = case.environment.run if case.environment else None
    words = run.error if run and run.error else ""
    if not re.search(r"CUDA unknown error|999\)?: unknown error", words):
        return None
    return finding("driver.unknown-error", words)


def look_fabric_manager(case: Case) -> Finding | None:
    """Machines with NVSwitch compute only while its manager runs, in the driver's own version."""
    found, version = case.surroundings.fabric_manager, case.surroundings.fabric_manager_version
    driver = case.driver.version if case.driver else None
    id_ = "fabric-manager.not-running"
    if found in ("stopped", "absent"):
        return finding(id_, f"nv-fabricmanager: {found}", variant=found, driver=driver or "?")
    if found == "running" and version and driver and version != driver:
        pair = (f"nv-fabricmanager {version}", f"driver {driver}")
        return finding(id_, *pair, variant="version", driver=driver, version=version)
    words = looks.run_failed(case, "fabric-manager") or _fabric_words(case)
    return finding(id_, words, variant="stopped", driver=driver or "?") if words else None


def _fabric_words(case: Case) -> str | None:
    """A card whose part of the fabric is not set up, while torch does not work."""
    states = [(each.index, each.fabric_state) for each in case.surroundings.health]
    bad = next((each for each in states if each[1] in ("not-started", "in-progress")), None)
    return None if bad is None or looks.works(case) else f"GPU {bad[0]}: fabric {bad[1]}"


def look_nvml_failed(case: Case) -> Finding | None:
    """NVML does not start, for a reason that no other check knows."""
    reading = looks.failed_reading(case, "nvml")
    known = (4, 9, 12, 15, 17, 18)
    if reading is None or looks.nvml_code(case) in known or looks.is_served(case):
        return None
    if looks.nvml_code(case) == 999 and case.machine.container:
        return None
    variant = "timeout" if reading.status.value == "timeout" else None
    detail = reading.detail or "-"
    return finding("driver.nvml-failed", f"NVML: {detail}", variant=variant, detail=detail)


_MODULE_REASONS = (
    "driver.nouveau-bound", "driver.secure-boot", "driver.module-missing",
    "driver.open-module-unsupported", "driver.closed-module-unsupported",
    "driver.too-old-for-gpu", "driver.too-new-for-gpu", "driver.build-failed",
    "driver.packages-mixed", "driver.repository-key",
)  # fmt: skip
_SILENT = (*_MODULE_REASONS, "driver.not-installed", "driver.not-loaded")
_DRIVER = Area.DRIVER

CHECKS: tuple[Check, ...] = (
    looks.check("driver.nouveau-bound", _DRIVER, look_nouveau),
    looks.check("driver.secure-boot", _DRIVER, look_secure_boot),
    looks.check("driver.repository-key", _DRIVER, looks.never),
    looks.check(
        "driver.packages-mixed", _DRIVER, looks.never, explained_by=("driver.repository-key",)
    ),
    looks.check("driver.build-failed", _DRIVER, looks.never),
    looks.check(
        "driver.module-missing", _DRIVER, look_module_missing,
        explained_by=("driver.build-failed", "driver.packages-mixed"),
    ),
    looks.check(
        "driver.open-module-unsupported",
        _DRIVER,
        _wrong_flavour("driver.open-module-unsupported", "open", "no", _NO_GSP),
    ),
    looks.check(
        "driver.closed-module-unsupported",
        _DRIVER,
        _wrong_flavour("driver.closed-module-unsupported", "proprietary", "required", _NEEDS_OPEN),
    ),
    looks.check("driver.too-old-for-gpu", _DRIVER, look_too_old_for_gpu),
    looks.check("driver.too-new-for-gpu", _DRIVER, look_too_new_for_gpu),
    looks.check(
        "driver.not-installed", _DRIVER, look_not_installed, explained_by=_MODULE_REASONS
    ),
    looks.check("driver.not-loaded", _DRIVER, look_not_loaded, explained_by=_MODULE_REASONS),
    looks.check(
        "driver.library-mismatch", _DRIVER, look_mismatch, variant="numbers-unknown",
    ),
    looks.check("driver.no-permission", _DRIVER, look_permission, explained_by=_SILENT),
    looks.check("driver.uvm-missing", _DRIVER, look_uvm, explained_by=_SILENT),
    looks.check("driver.stub-library", _DRIVER, look_stub),
    looks.check("driver.forward-compatibility", _DRIVER, look_compat),
    looks.check("driver.cuda-mismatch", _DRIVER, look_driver_803),
    looks.check("fabric-manager.not-running", _DRIVER, look_fabric_manager),
    looks.check("driver.unknown-error", _DRIVER, look_unknown_error),
    looks.check(
        "driver.nvml-failed", _DRIVER, look_nvml_failed, explained_by=(*_SILENT, "gpu.lost")
    ),
)  # fmt: skip
