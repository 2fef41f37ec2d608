"""What the lines of a text mean together: one is only a symptom, two betray the cause.

"Found no NVIDIA driver" in a container that was started without GPUs, in a job that asked for
none, in a notebook on a processor: each has its own cause. The outcome are further sightings, in
the words of the text, so that the checks need not know where they come from.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterator, Mapping

from gpusetup.basics.versions import Version
from gpusetup.doctor.check import Case
from gpusetup.doctor.facts import Seen, available, others_gpu, sees_gpu, torch_of
from gpusetup.doctor.symptoms import Sighting
from gpusetup.machine import Os

_NO_DRIVER = ("torch-no-driver", "no-libcuda", "nvml-absent", "smi-not-there")
_NO_GPU = ("gpu-not-visible", "gpu-none-found", "nvml-warning")
_NEARLY_ALL = 0.5  # of a card's memory in other hands
_LITTLE_FREE = 0.1


def inferred(case: Case, text: str) -> tuple[Sighting, ...]:
    """The sightings that follow from the others and from where the text was written."""
    rules = (
        _cloud,
        _wsl,
        _scheduler,
        _container,
        _hidden_by_variable,
        _memory,
        _shared_memory,
        _user_site,
        _no_devices_by_nobody,
    )
    return tuple(found for rule in rules for found in rule(case, text))


def weighed(case: Case) -> Case:
    """The same case; what the facts contradict becomes a hint: CUDA works without nvidia-smi."""
    case = _as_built_in_isolation(_without_echoes(_without_sisters(case)))
    if available(case) is not True:
        return case
    weak = ("smi-not-there", "nvml-absent", "nvml-warning")
    sightings = (replace(each, hint=each.hint or each.symptom in weak) for each in case.sightings)
    return replace(case, sightings=tuple(sightings))


def _without_sisters(case: Case) -> Case:
    """A range that only a newer sister of its last generation is out of is no complaint."""
    left = tuple(
        each for each in case.sightings if each.symptom != "arch-range" or _is_outside(each.facts)
    )
    return case if len(left) == len(case.sightings) else replace(case, sightings=left)


def _without_echoes(case: Case) -> Case:
    """xFormers' harmless word about Triton may bring the traceback of its attempt along."""
    if not Seen(case).has("harmless-triton"):
        return case
    left = tuple(
        each
        for each in case.sightings
        if each.symptom != "triton-missing" or "No module named" not in each.line
    )
    return replace(case, sightings=left)


def _is_outside(facts: Mapping[str, str]) -> bool:
    mine, least, most = (Version.parse(facts[name]) for name in ("dotted", "minimum", "maximum"))
    return mine < least or mine.major > most.major


def _as_built_in_isolation(case: Case) -> Case:
    """A build that sees no torch says nothing about the environment it builds for."""
    if not Seen(case).has("build-isolated", "build-isolated-uv"):
        return case
    left = tuple(each for each in case.sightings if each.symptom != "torch-module-missing")
    return replace(case, sightings=left)


def _sighting(finding: str, line: str, **facts: str) -> Sighting:
    return Sighting("inferred", finding, line, facts)


def _sees_nothing(case: Case) -> tuple[str, ...]:
    """The lines that say that there is no driver or no GPU here."""
    lines = (each.line for each in case.sightings if each.symptom in (*_NO_DRIVER, *_NO_GPU))
    found = tuple(dict.fromkeys(lines))
    if found:
        return found
    torch = torch_of(case)
    blind = available(case) is False and not case.machine.gpus
    if blind and case.told.wants_cuda and not (torch and torch.is_cpu):  # which never sees one
        return ("CUDA available: False",)
    return ("CUDA available: True / False",) if case.told.contradicts_itself else ()


def _line_with(text: str, pattern: str) -> str | None:
    found = re.search(rf"(?m)^[^\n]{{0,200}}?(?:{pattern})[^\n]{{0,200}}", text)
    return " ".join(found[0].split())[:300] if found else None


def _cloud(case: Case, text: str) -> Iterator[Sighting]:
    """A notebook of Colab or Kaggle on a processor."""
    if case.machine.cloud not in ("colab", "kaggle", "aistudio") or case.machine.gpus:
        return
    for line in _sees_nothing(case)[:1]:
        cloud = str(case.machine.cloud)
        yield _sighting("cloud.no-gpu", line, cloud=cloud, variant=cloud)


def _wsl(case: Case, text: str) -> Iterator[Sighting]:
    """Without a driver in WSL nothing is missing in Linux: Windows does not hand it over."""
    if not case.machine.wsl or case.machine.gpus or case.machine.container:
        return
    seen = Seen(case)
    if not seen.has(*_NO_DRIVER, "smi-no-answer", *_NO_GPU):
        return
    if seen.has("wsl-libcuda", "wsl-blocked"):
        return
    library = seen.one("no-libcuda")
    if library and not seen.has("torch-no-driver", "nvml-absent", "smi-not-there", "smi-no-answer"):
        yield _sighting("wsl.libcuda-path", library.line)
        return
    line = next(iter(_sees_nothing(case)), "WSL 2")
    yield _sighting("wsl.driver-missing", line)


def _scheduler(case: Case, text: str) -> Iterator[Sighting]:
    """A job that asked for no GPU, or a login node."""
    machine = case.machine
    is_login = machine.node_role == "login"
    empty = Seen(case).one("gpu-none-found")
    if machine.scheduler and case.told.asked_for_gpus and not machine.gpus and empty:
        yield _sighting("scheduler.gpu-missing", empty.line, variant="told")
    if not (machine.scheduler or is_login) or (case.told.asked_for_gpus and not is_login):
        return
    if machine.gpus and not case.told.contradicts_itself:
        return
    reasons = _sees_nothing(case)
    if not reasons:
        return
    command = _line_with(text, r"\b(?:srun|sbatch|salloc|qsub|bsub)\b|#SBATCH")
    for line in (command, *reasons)[:2]:
        if line:
            name, place = machine.scheduler or "slurm", "login" if is_login else "job"
            # `qsub` alone may be another scheduler's
            sure = name in ("slurm", "lsf") or re.search(r"#PBS|\bPBS_", text)
            variant = f"{place}-{name}" if sure else place
            yield _sighting("scheduler.no-gpu", line, scheduler=name, variant=variant)


def _container(case: Case, text: str) -> Iterator[Sighting]:
    """A container that nobody gave GPUs."""
    machine = case.machine
    if not machine.container or machine.cloud or case.told.started_with_gpus:
        return
    if Seen(case).has("docker-no-toolkit", "container-lost", "image-needs-newer-driver"):
        return
    if available(case) or case.machine.cuda_visible_devices is not None:
        return
    reasons = _sees_nothing(case)
    if machine.gpus and not Seen(case).has(*_NO_DRIVER, "gpu-not-visible", "nvml-warning"):
        return  # with such a line the GPUs are those that the host shows
    if not reasons or Seen(case).has("library-mismatch", "smi-no-answer"):
        return
    start = _line_with(
        text, r"\b(?:docker|podman) run\b|\b(?:singularity|apptainer) (?:exec|run|shell)\b"
    )
    for line in (start, *reasons)[:2]:
        if line:
            kind = machine.container
            yield _sighting("container.no-gpu", line, kind=kind, variant=kind)


def _hidden_by_variable(case: Case, text: str) -> Iterator[Sighting]:
    """CUDA_VISIBLE_DEVICES stands in the text, and CUDA sees no GPU."""
    value = case.machine.cuda_visible_devices
    seen = Seen(case)
    run = case.environment.run if case.environment else None
    blind = seen.has("gpu-not-visible", "gpu-ordinal") or available(case) is False
    blind = blind or (run is not None and run.device_count == 0)
    if value is None or not blind or available(case) or seen.has(*_NO_DRIVER, "smi-no-answer"):
        return
    if not _hides(value, case, ordinal=seen.has("gpu-ordinal")):
        return
    line = _line_with(text, "CUDA_VISIBLE_DEVICES") or f"CUDA_VISIBLE_DEVICES={value}"
    count = len(case.machine.gpus or ())
    facts = {"value": value or '""', "count": str(count), "variant": _way_to_hide(value, count)}
    yield _sighting("gpu.not-visible", line, **facts)
    for sighting in (seen.one("gpu-not-visible"), seen.one("gpu-ordinal")):
        if sighting:
            yield _sighting("gpu.not-visible", sighting.line, **facts)


def _way_to_hide(value: str, count: int) -> str:
    first = value.split(",")[0].strip()
    if first.isdigit():
        return "beyond" if count and int(first) >= count else ""
    return "empty" if first in ("", "-1", "none", "None") else "unreadable"


def _hides(value: str, case: Case, *, ordinal: bool) -> bool:
    """Whether this value leaves less than the program asks for."""
    words = [each.strip() for each in value.split(",")]
    if value.strip() in ("", "-1", "none", "None") or not words[0]:
        return True
    if not all(word.isdigit() for word in words):
        return True  # CUDA stops at a word that it does not know, "all" among them
    gpus = case.machine.gpus
    if gpus:
        beyond = int(words[0]) >= len(gpus)
        return beyond or (ordinal and len(words) < len(gpus))
    return ordinal or int(words[0]) > 0


def _memory(case: Case, text: str) -> Iterator[Sighting]:
    """Out of memory, and most of the card is neither ours nor free."""
    sighting = Seen(case).one("memory-numbers")
    if sighting is None:
        return
    if case.told.memory is not None:
        total, own, free = case.told.memory
        others = total - own - free
        if others >= _NEARLY_ALL * total and free <= _LITTLE_FREE * total:
            facts = {"total": f"{total:.0f}", "used": f"{others:.0f}", "variant": "told"}
            yield _sighting("gpu.memory-taken", sighting.line, **facts)
        return
    full = [gpu for gpu in case.machine.gpus or () if gpu.memory_mib and gpu.memory_used_mib]
    taken = [gpu for gpu in full if (gpu.memory_used_mib or 0) > 0.8 * (gpu.memory_mib or 1)]
    if taken:
        gpu = taken[0]
        used, total_mib = gpu.memory_used_mib, gpu.memory_mib
        facts = {"total": str(total_mib), "used": str(used), "variant": "told"}
        yield _sighting("gpu.memory-taken", sighting.line, **facts)
        yield _sighting("gpu.memory-taken", f"{used}MiB / {total_mib}MiB", **facts)


def _shared_memory(case: Case, text: str) -> Iterator[Sighting]:
    """NCCL gave up in a container: it is the small /dev/shm that containers get."""
    sighting = Seen(case).one("nccl-system-error")
    small = re.search(r"--shm-size[ =]\d{2,}|--ipc[ =]host", text)
    if sighting and case.machine.container and not small:
        yield _sighting("container.shm-small", sighting.line)


_USER_SITE = re.compile(r"[/\\]\.local[/\\]lib[/\\]python|AppData[/\\]Roaming[/\\]Python")
_OTHER_PLACE = (
    r"/(?:envs|miniconda3|anaconda3|miniforge3|mambaforge)/[\w./-]{1,80}/bin/(?:python|pip)"
    r"|/opt/conda/|/venv/|/\.venv/|dist-packages[/\\]torch[/\\]|[/\\]envs[/\\][\w.-]{1,40}[/\\]"
    r"|\b(?:conda|source|micromamba) activate\b|/bin/activate\b"
    r"|^\((?!base\))[\w.-]{1,40}\) [\w.-]{1,40}@"
)
_OWN_TORCH = (
    r"[/\\]\.local[/\\]lib[/\\]python3\.\d{1,2}[/\\]site-packages[/\\]torch"
    r"|Location: [^\n]{0,80}[/\\]\.local[/\\]lib[/\\]python3"
)


def _user_site(case: Case, text: str) -> Iterator[Sighting]:
    """Torch comes from the user's own folder, although an environment or an image is in use."""
    places = case.told.torch_places
    own = [place for place in places if _USER_SITE.search(place)]
    shown = _line_with(text, _OWN_TORCH)
    asked = _line_with(text, r"torch\.__file__|pip show|^Name: torch$|Location:")
    if not own and not (shown and asked):
        return
    others = [place for place in places if not _USER_SITE.search(place)]
    active = _line_with(text, _OTHER_PLACE)
    if active is None and case.machine.container and case.machine.cloud is None:
        active = _line_with(text, r"\b(?:docker|singularity|apptainer|podman)\b|root@[0-9a-f]{12}")
    if others or active:
        yield _sighting("environment.user-site-shadows", shown or own[0])
        yield _sighting("environment.user-site-shadows", active or others[0])


def _no_devices_by_nobody(case: Case, text: str) -> Iterator[Sighting]:
    """CUDA on a Mac, or on a machine whose only GPU is another maker's."""
    seen = Seen(case)
    wanted = seen.has("torch-not-compiled", "torch-no-cuda-load", *_NO_DRIVER, *_NO_GPU)
    wanted = wanted or (available(case) is False and case.told.wants_cuda)
    installing = seen.has("conda-not-found", "pip-no-wheel", "conda-unsatisfiable")
    cuda_package = re.search(r"pytorch-cuda|cudatoolkit|\+cu\d\d|nvidia-|/cu1\d\d\b", text)
    if case.machine.os is Os.MACOS and (wanted or (installing and cuda_package)):
        reason = next((each.line for each in case.sightings), "macOS")
        yield _sighting("machine.macos", reason)
        return
    if sees_gpu(case) or case.machine.cloud or not others_gpu(case):
        return
    torch = case.environment.torch if case.environment else None
    if getattr(torch, "hip", None):
        return
    failed = available(case) is False or wanted
    if not failed:
        return
    for finding in ("machine.amd-gpu", "machine.intel-gpu"):
        hints = case.hints(finding)
        if hints:
            yield _sighting(finding, hints[0].line)
            return
