"""The condition of cards that work: taken, locked, hot, worn."""

from __future__ import annotations

from gpusetup.doctor import looks
from gpusetup.doctor.check import Area, Case, Check, Finding, Severity
from gpusetup.doctor.looks import finding
from gpusetup.environments.facts import GpuHealth
from gpusetup.machine import Gpu

_MOSTLY_TAKEN = 0.85
_LITTLE_LEFT_MIB = 1024
# Xid numbers: https://docs.nvidia.com/deploy/xid-errors/
_MEMORY_XIDS = "48|63|64|92|94|95"


def look_busy(case: Case) -> Finding | None:
    """A card for one process only, which it has; or for none at all."""
    for health in case.surroundings.health:
        gpu, mode = _gpu(case, health), health.compute_mode
        facts = {"gpu": _name(gpu, health), "index": str(health.index)}
        evidence = f"GPU {health.index}: compute mode {mode}"
        if mode == "prohibited":
            return finding("gpu.busy", evidence, variant="prohibited", facts=facts)
        if mode in ("exclusive-process", "exclusive-thread") and health.processes:
            process = health.processes[0]
            facts["pid"], facts["user"] = str(process.pid), process.user or "?"
            return finding(
                "gpu.busy", evidence, f"pid {process.pid}", variant="exclusive", facts=facts
            )
    return None


def look_memory(case: Case) -> Finding | None:
    """Others hold nearly all of a card's memory."""
    taken = [gpu for gpu in case.machine.gpus or () if _is_taken(gpu)]
    if not taken or case.reported:  # a busy card in a report is nobody's fault
        return None
    free = [gpu for gpu in case.machine.gpus or () if gpu not in taken]
    gpu = taken[0]
    owners = _owners(case, gpu)
    facts = {
        "gpu": gpu.name or "GPU", "index": str(gpu.index), "used": gpu.memory_used_mib or 0,
        "total": gpu.memory_mib or 0, "owners": ", ".join(owners) or "-",
        "free": ", ".join(str(each.index) for each in free),
    }  # fmt: skip
    words = f"GPU {gpu.index}: {gpu.memory_used_mib} / {gpu.memory_mib} MiB"
    variant = "other-free" if free else None
    severity = Severity.WARNING
    return finding(
        "gpu.memory-taken", words, *owners[:3], severity=severity, variant=variant, facts=facts
    )


def _is_taken(gpu: Gpu) -> bool:
    if not gpu.memory_mib or gpu.memory_used_mib is None or gpu.unified_memory:
        return False
    left = gpu.memory_mib - gpu.memory_used_mib
    return gpu.memory_used_mib >= _MOSTLY_TAKEN * gpu.memory_mib or left < _LITTLE_LEFT_MIB // 2


def _owners(case: Case, gpu: Gpu) -> tuple[str, ...]:
    """Whose processes they are, as far as they can be seen: "pid 4711 (anna, python)"."""
    health = next((each for each in case.surroundings.health if each.index == gpu.index), None)
    processes = health.processes if health else ()
    found = []
    for each in processes:
        words = ", ".join(filter(None, (each.user, each.name)))
        found.append(f"pid {each.pid}" + (f" ({words})" if words else ""))
    return tuple(found)


def look_ecc(case: Case) -> Finding | None:
    """Memory errors that cannot be corrected: results are wrong or programs end."""
    for health in case.surroundings.health:
        gpu = _name(_gpu(case, health), health)
        facts = {"gpu": gpu, "index": str(health.index), "count": str(health.ecc_uncorrected or 0)}
        words = f"GPU {health.index}: ECC {health.ecc_uncorrected}"
        if health.remap_failed:
            return finding("gpu.ecc", words, variant="worn", facts=facts)
        if health.ecc_uncorrected:
            return finding("gpu.ecc", words, variant="errors", facts=facts)
        if health.pages_pending:
            severity = Severity.WARNING
            return finding("gpu.ecc", words, variant="pending", severity=severity, facts=facts)
    return _logged_ecc(case)


def _logged_ecc(case: Case) -> Finding | None:
    """The kernel's log of this boot, where NVML tells no numbers."""
    if any(each.ecc_uncorrected is not None for each in case.surroundings.health):
        return None
    lines = looks.logged(case, rf"Xid[^,]*: (?:{_MEMORY_XIDS}),")
    if not lines:
        return None
    facts = {"gpu": "GPU", "index": "?", "count": "?"}
    return finding("gpu.ecc", lines[-1], variant="logged", severity=Severity.WARNING, facts=facts)


def look_throttled(case: Case) -> Finding | None:
    """Slowed down by heat or by the power supply, not by a limit that somebody set."""
    for health in case.surroundings.health:
        hard = [each for each in health.throttle_reasons if each != "sw-thermal"]
        if not health.throttle_reasons:
            continue
        power = "hw-power-brake" in hard
        degrees = health.temperature_c
        words = f"GPU {health.index}: {', '.join(health.throttle_reasons)}"
        heat = None if degrees is None else f"{degrees} °C"
        return finding(
            "gpu.throttled", words, heat,
            severity=Severity.WARNING, variant="power" if power else "heat",
            gpu=_name(_gpu(case, health), health), index=str(health.index),
            degrees="?" if degrees is None else degrees,
        )  # fmt: skip
    return None


def _gpu(case: Case, health: GpuHealth) -> Gpu | None:
    return next((each for each in case.machine.gpus or () if each.index == health.index), None)


def _name(gpu: Gpu | None, health: GpuHealth) -> str:
    return gpu.name if gpu and gpu.name else f"GPU {health.index}"


CHECKS: tuple[Check, ...] = (
    looks.check("gpu.busy", Area.HEALTH, look_busy, variant="unknown"),
    looks.check("gpu.ecc", Area.HEALTH, look_ecc, variant="errors"),
    looks.check("gpu.memory-taken", Area.HEALTH, look_memory),
    looks.check("gpu.throttled", Area.HEALTH, look_throttled),
)
