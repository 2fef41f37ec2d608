"""How each distribution installs a driver for a card: the right branch, the right module. Pure.

From the pages of Ubuntu (server documentation), NVIDIA (driver installation guide) and Debian;
those for Fedora, Arch and openSUSE are from RPM Fusion and the distributions' wikis, and were
not run by us.
"""

from __future__ import annotations

from dataclasses import dataclass

from gpusetup.doctor import looks
from gpusetup.doctor.check import Case
from gpusetup.matrix.rows import Generation

Lines = tuple[tuple[str, ...], ...]

_UBUNTU = ("ubuntu", "linuxmint", "pop", "zorin", "elementary", "neon")
_DEBIAN = ("debian", "kali", "mx", "deepin", "raspbian")
_ENTERPRISE = ("rhel", "centos", "rocky", "almalinux", "ol", "amzn", "anolis", "openeuler")
_ARCH = ("arch", "manjaro", "endeavouros", "garuda")
_SUSE = ("opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles")


@dataclass(frozen=True)
class Wanted:
    """`branch` None: the distribution's own choice is right. `flavour`: "open", "proprietary"."""

    branch: int | None
    flavour: str | None


def wanted(case: Case) -> Wanted:
    """What the cards of this machine need; the oldest one limits the branch."""
    rows = [row for card in looks.cards(case) if (row := looks.generation_of(case, card))]
    last = [row.last_branch for row in rows if row.last_branch is not None]
    return Wanted(min(last, default=None), _flavour(rows))


def _flavour(rows: list[Generation]) -> str | None:
    if any(row.open_module == "no" for row in rows):
        return "proprietary"
    return "open" if rows else None


def lines(case: Case) -> Lines:
    """The commands, with sudo where root is needed; empty for a distribution we do not know."""
    name, need = (case.machine.distribution or "").lower(), wanted(case)
    if name in _UBUNTU:
        return _ubuntu(need)
    if name in _DEBIAN:
        return _debian(need)
    if name == "fedora":
        return _fedora(need)
    if name in _ENTERPRISE:
        return _enterprise(need)
    if name in _ARCH:
        return _arch(need)
    return _suse(need) if name in _SUSE else ()


def _ubuntu(need: Wanted) -> Lines:
    """Signed packages: Secure Boot lets them in. Servers without a screen have their own names."""
    if need.branch is not None:
        return (_sudo("apt", "update"), _sudo("apt", "install", f"nvidia-driver-{need.branch}"))
    return (_sudo("apt", "update"), _sudo("ubuntu-drivers", "install"))


def _debian(need: Wanted) -> Lines:
    """The package is in Debian's `non-free`. Its branch is too old for Blackwell."""
    if need.branch is not None and need.branch < 500:
        package = f"nvidia-tesla-{need.branch}-driver"
        return (_sudo("apt", "update"), _sudo("apt", "install", "linux-headers-amd64", package))
    module = "nvidia-open-kernel-dkms" if need.flavour == "open" else "nvidia-kernel-dkms"
    words = ("linux-headers-amd64", module, "nvidia-driver")
    return (_sudo("apt", "update"), _sudo("apt", "install", *words))


def _fedora(need: Wanted) -> Lines:
    suffix = {390: "-390xx", 470: "-470xx", 580: "-580xx"}.get(need.branch or 0, "")
    packages = (f"akmod-nvidia{suffix}", f"xorg-x11-drv-nvidia{suffix}-cuda")
    return (_sudo("dnf", "install", *packages), _sudo("akmods", "--force"))


def _enterprise(need: Wanted) -> Lines:
    """From NVIDIA's own repository, which its guide tells how to add."""
    if need.branch is not None:
        stream = f"nvidia-driver:{need.branch}-dkms"
        return (_sudo("dnf", "module", "install", stream),)
    return (_sudo("dnf", "install", "nvidia-open"),)


def _arch(need: Wanted) -> Lines:
    if need.branch is not None:
        return ()  # only in the AUR, with a helper that we cannot know
    return (_sudo("pacman", "-S", "nvidia-open", "nvidia-utils"),)


def _suse(need: Wanted) -> Lines:
    kind = "nvidia-driver-G06-kmp-default"
    package = "nvidia-open-driver-G06-signed-kmp-default" if need.branch is None else kind
    return (_sudo("zypper", "install", package, "nvidia-compute-utils-G06"),)


def _sudo(*words: str) -> tuple[str, ...]:
    return ("sudo", *words)
