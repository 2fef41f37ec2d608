"""Where a text comes from: the system, a container, a cloud, a cluster; and variables set in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gpusetup.machine import Arch, Os

_CONTAINER = (
    (
        "apptainer",
        r"\b(?:singularity|apptainer) (?:exec|run|shell|version)\b|Singularity>|Apptainer>"
        r"|/\.singularity\.d/|\b[Vv]ersion of (?:Singularity|Apptainer)\b",
    ),
    ("podman", r"\bpodman (?:run|exec|start)\b"),
    ("kubernetes", r"\bkubectl |\bkubelet\b|\bpod/[a-z0-9-]{3,60}\b"),
    (
        "docker",
        r"\bdocker[ -](?:run|exec|compose|start|container)\b|/\.dockerenv|root@[0-9a-f]{12}:"
        r"|nvcr\.io/|\bDockerfile\b|\(container\)|\bin(?:side)? (?:a|the|my"
        r"|our) (?:docker )?container\b"
        r"|docker: Error|\bdocker build\b|容器(?:内|里|中)",
    ),
)
_GPUS_GIVEN = re.compile(
    r"--gpus[ =]|--runtime[ =]nvidia|nvidia\.com/gpu|\bexec --nv\b|--nv\b|nvidia-docker run"
    r"|capabilities: ?\[ ?gpu|--device[ =]/dev/nvidia|NVIDIA_VISIBLE_DEVICES[ =:]{1,3}all",
)
_DOCKER_RUN = re.compile(
    r"\b(?:docker|podman) run\b|\b(?:singularity|apptainer) (?:exec|run|shell)\b"
)
_CLOUD = (
    (
        "colab",
        r"/content/(?!drive/MyDrive/\S{0,40}docker)|google\.colab|\b[Gg]oogle [Cc]olab"
        r"|\b[Cc]olab(?:oratory)?\b",
    ),
    ("kaggle", r"/kaggle/(?:working|input)|\b[Kk]aggle [Nn]otebook"),
    ("autodl", r"autodl-(?:tmp|container|pub|fs)|\b[Aa]uto[Dd][Ll]\b"),
    ("aistudio", r"/home/aistudio|\bAI ?Studio\b"),
)
_SLURM = re.compile(
    r"(?m)^[^\n]{0,60}\b(?:srun|sbatch|salloc)\b|\bSLURM_\w{3,30}|\bslurm-\d{2,12}\.out"
    r"|slurmstepd|#SBATCH"
)
_LSF = re.compile(r"(?m)#BSUB|^[^\n]{0,40}\bbsub\b|\bLSB_\w{3,30}")
_PBS = re.compile(r"(?m)^[^\n]{0,40}\bqsub\b|\bPBS_\w{3,30}|#PBS")
_GPUS_ASKED = re.compile(
    r"--gres[ =]\S{0,20}gpu|--gpus(?:-per-\w{4,6})?[ =]\S|\b(?:srun|salloc"
    r"|sbatch)\b[^\n]{0,80} -G ?\d"
    r"|gres/gpu|[:,]ngpus=\d|select=\S{0,40}gpu|-gpu \S{0,20}num="
)
_LOGIN = re.compile(
    r"@(?:\w{0,20}[-.]?)?login[-\w.]{0,20}|\blogin node\b|登录节点|登陆节点|head node", re.I
)
_WSL = re.compile(
    r"\bWSL ?2?\b|microsoft-standard|/usr/lib/wsl|/mnt/[a-z]/(?:Users|Windows|Program)"
    r"|\bwsl(?:\.exe)? --",
)
_MAC = re.compile(
    r"\bmac ?OS\b|\bDarwin[- ]|/opt/homebrew/|\.dylib\b|/Users/[\w.]{1,40}/|\bMac ?[Bb]ook"
    r"|\bosx-(?:arm64|64)\b"
    r"|\bApple M\d|macosx_\d|\biMac\b|\bMac Studio\b"
)
_WINDOWS = re.compile(
    r"\b[A-Za-z]:\\\w|\bwin_amd64\b|\bwin-64\b|^PS [A-Z]:|\bWindows (?:10|11|Server)\b"
    r"|\[WinError \d",
    re.M,
)
_AARCH64 = re.compile(
    r"\baarch64\b|\blinux[_-]aarch64\b|\b[Jj]etson\b|\bJetPack\b|\bL4T\b|-tegra\b|\bGH200\b"
    r"|\bGB10\b|\bDGX Spark\b"
)
_JETSON = re.compile(r"\b[Jj]etson\b|\bJetPack\b|\bL4T\b|-tegra\b|\b(?:AGX|NX) (?:Orin|Xavier)\b")
_VARIABLE = re.compile(
    r"(?<![\w$])(?:os\.environ\[['\"])?(?P<name>CUDA_VISIBLE_DEVICES|LD_LIBRARY_PATH"
    r"|PYTHONPATH|NVIDIA_VISIBLE_DEVICES"
    r"|CUDA_HOME|TORCH_CUDA_ARCH_LIST)(?:['\"]\])?"
    r"[ ]{0,20}(?:=|:)[ ]{0,4}(?P<value>\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|[^\s;&\n'\"]{0,300})"
)
_ECHOED = re.compile(
    r"echo \"?\$\{?(?P<name>CUDA_VISIBLE_DEVICES"
    r"|LD_LIBRARY_PATH)\}?\"?[ ]{0,4}\n(?P<value>[^\n]{0,300})"
)
_WANTS = re.compile(
    r"\bcuda\.is_available|--device[ =]['\"]?cuda|\.to\(['\"]cuda|\.cuda\(\)"
    r"|device ?= ?['\"]cuda|\bnvidia-smi\b"
)


@dataclass(frozen=True)
class Circumstances:
    """What the way of writing betrays. None: nothing."""

    os: Os | None = None
    arch: Arch | None = None
    wsl: bool = False
    container: str | None = None
    started_with_gpus: bool | None = None  # None: the start of the container is not shown
    cloud: str | None = None
    scheduler: str | None = None
    asked_for_gpus: bool = False
    on_login_node: bool = False
    wants_cuda: bool = False
    jetson: bool = False
    variables: tuple[tuple[str, str], ...] = ()


_HEAD, _TAIL = 200_000, 100_000  # where such things stand, in a text of any length


def circumstances_in(text: str, *, composed: bool = False) -> Circumstances:
    """All of them. A text that mentions one thing only in passing may mislead: hints, no facts.

    Args:
        composed: its lines bore the prefix of docker compose.
    """
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + text[-_TAIL:]
    wsl = bool(_WSL.search(text))
    return Circumstances(
        os=_os(text, wsl),
        arch=Arch.AARCH64 if _AARCH64.search(text) else None,
        wsl=wsl,
        container=_named(text, _CONTAINER) or ("docker" if composed else None),
        started_with_gpus=_started_with_gpus(text),
        cloud=_named(text, _CLOUD),
        scheduler=_scheduler(text),
        asked_for_gpus=bool(_GPUS_ASKED.search(text)),
        on_login_node=bool(_LOGIN.search(text)),
        wants_cuda=bool(_WANTS.search(text)),
        jetson=bool(_JETSON.search(text)),
        variables=_variables(text),
    )


def _scheduler(text: str) -> str | None:
    marks = (("slurm", _SLURM), ("lsf", _LSF), ("pbs", _PBS))
    return next((name for name, pattern in marks if pattern.search(text)), None)


def _os(text: str, wsl: bool) -> Os | None:
    if wsl:
        return Os.LINUX
    if _WINDOWS.search(text):
        return Os.WINDOWS
    return Os.MACOS if _MAC.search(text) else None


def _named(text: str, table: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for name, pattern in table if re.search(pattern, text)), None)


def _started_with_gpus(text: str) -> bool | None:
    if _GPUS_GIVEN.search(text):
        return True
    return False if _DOCKER_RUN.search(text) else None


def _variables(text: str) -> tuple[tuple[str, str], ...]:
    """Variables as they are set or printed; of one that is set twice, the last."""
    found: dict[str, str] = {}
    for match in (*_VARIABLE.finditer(text), *_ECHOED.finditer(text)):
        value = match["value"].strip().strip("'\"")
        if "$(" not in value and not value.startswith("<"):
            found[match["name"]] = value
    return tuple(found.items())
