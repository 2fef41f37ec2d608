"""Machine profiles, `gpusetup.machine/1`: Machine -> document, text -> Machine or all mistakes.

An absent key is unknown; `driver: null`, `conda: null` and `gpus: []` were looked for and are not
there. So a document leaves out `driver`, `gpus`, `pci_gpus` and `conda` where they are unknown.
"""

from __future__ import annotations

from typing import Callable, Mapping, TypeVar

from gpusetup.basics.errors import Problem, UsageError
from gpusetup.basics.tree import Branch, members, optional, parse_tree, required
from gpusetup.basics.values import replace
from gpusetup.machine import (
    Absence,
    Arch,
    Conda,
    Conflict,
    Disk,
    Driver,
    Gpu,
    GpuState,
    Installers,
    Libc,
    Machine,
    Mig,
    MigInstance,
    Os,
    PciGpu,
    Python,
    Reading,
    Status,
    Toolkit,
)
from gpusetup.profiles.anonymous import without_personal_data
from gpusetup.profiles.document import SCHEMA, machine_to_document

__all__ = ["SCHEMA", "machine_from_text", "machine_to_document", "without_personal_data"]

T = TypeVar("T")

CONTAINERS = ("docker", "podman", "apptainer", "kubernetes", "lxc", "other")
_KEYS = (
    "schema", "os", "arch", "os_version", "distribution", "libc", "kernel", "wsl", "container",
    "cloud", "scheduler", "node_role", "python", "other_pythons", "driver", "gpus",
    "compute_nodes", "pci_gpus", "toolkits", "conda", "installers", "memory_mib", "swap_mib",
    "disks", "proxies", "cuda_visible_devices", "readings", "conflicts", "name",
    "surroundings", "environment",  # the doctor's: `case.py`
    "cluster",  # what a survey adds: partitions and kinds of nodes
)  # fmt: skip
_OTHER_OS = {
    "darwin": "macos",
    "mac": "macos",
    "osx": "macos",
    "win32": "windows",
    "ubuntu": "linux",
}
_OTHER_ARCH = {"amd64": "x86_64", "x64": "x86_64", "x86-64": "x86_64"}


def machine_from_text(text: str, name: str) -> Machine:
    """Read a profile in JSON or YAML. `name` is the file's name, for the message.

    Raises:
        UsageError: with every mistake of the text as its fact `problems`, in the text's order.
    """
    problems: list[Problem] = []
    root = parse_tree(text, problems)
    machine = None if root is None else read_machine(root)
    if problems or machine is None:
        problems.sort(key=lambda each: each.line or 0)
        raise UsageError("profile.unreadable", name=name, problems=tuple(problems))
    return machine


def read_machine(root: Branch) -> Machine:
    """The machine of a profile's tree. Mistakes go to the tree's problems."""
    return _machine(root, None)


def _machine(root: Branch, login: Machine | None) -> Machine:
    """One machine. A compute node takes the system of its login node where it names none."""
    fields = root.fields(_KEYS)
    if "schema" in fields:
        _check_schema(fields["schema"])
    machine = Machine(
        os=_os(root, fields, login),
        arch=_arch(root, fields, login),
        os_version=optional(fields, "os_version", Branch.text),
        distribution=optional(fields, "distribution", Branch.text),
        libc=optional(fields, "libc", _libc),
        kernel=optional(fields, "kernel", Branch.text),
        wsl=optional(fields, "wsl", _wsl),
        container=optional(fields, "container", _word(*CONTAINERS)),
        cloud=optional(fields, "cloud", Branch.text),
        scheduler=optional(fields, "scheduler", Branch.text),
        node_role=optional(fields, "node_role", _word("login", "compute")),
    )
    return _with_nodes(_with_extent(_with_software(machine, fields), fields), fields, login)


def _with_software(machine: Machine, fields: Mapping[str, Branch]) -> Machine:
    return replace(
        machine,
        python=optional(fields, "python", _python),
        other_pythons=members(fields, "other_pythons", _python),
        driver=_or_absence(fields, "driver", _driver),
        gpus=_known_members(fields, "gpus", _gpu),
        pci_gpus=_known_members(fields, "pci_gpus", _pci_gpu),
        toolkits=members(fields, "toolkits", _toolkit),
        conda=_or_absence(fields, "conda", _conda),
        installers=optional(fields, "installers", _installers) or Installers(),
    )


def _with_extent(machine: Machine, fields: Mapping[str, Branch]) -> Machine:
    return replace(
        machine,
        memory_mib=optional(fields, "memory_mib", Branch.whole_number),
        swap_mib=optional(fields, "swap_mib", Branch.whole_number),
        disks=members(fields, "disks", _disk),
        proxies=members(fields, "proxies", _proxy),
        cuda_visible_devices=optional(fields, "cuda_visible_devices", Branch.text),
        name=optional(fields, "name", Branch.text),
        readings=members(fields, "readings", _reading),
        conflicts=members(fields, "conflicts", _conflict),
    )


def _with_nodes(machine: Machine, fields: Mapping[str, Branch], login: Machine | None) -> Machine:
    branch = fields.get("compute_nodes")
    if branch is None or branch.is_null:
        return machine
    if login is not None:
        if branch.node.value:
            branch.wrong("profile.nodes-in-nodes")
        return machine
    nodes = tuple(_machine(node, machine) for node in branch.items())
    return replace(machine, compute_nodes=nodes)


def _check_schema(branch: Branch) -> None:
    found = branch.text()
    if found is not None and found != SCHEMA:
        branch.wrong("profile.schema", found=branch.raw, known=SCHEMA)


def _os(root: Branch, fields: Mapping[str, Branch], login: Machine | None) -> Os:
    if login is not None and "os" not in fields:
        return login.os
    found = required(root, fields, "os", Branch.text)
    word = (found or "linux").lower()
    if word.startswith("wsl"):
        fields["os"].wrong("profile.os-is-wsl")
    elif word not in {each.value for each in Os}:
        _unknown_word(fields["os"], tuple(each.value for each in Os), _OTHER_OS.get(word))
    else:
        return Os(word)
    return Os.LINUX


def _arch(root: Branch, fields: Mapping[str, Branch], login: Machine | None) -> Arch:
    if login is not None and "arch" not in fields:
        return login.arch
    found = required(root, fields, "arch", Branch.text)
    word = (found or "x86_64").lower()
    word = _OTHER_ARCH.get(word, word)
    if word in {each.value for each in Arch}:
        return Arch(word)
    _unknown_word(fields["arch"], tuple(each.value for each in Arch), None)
    return Arch.X86_64


def _unknown_word(branch: Branch, known: tuple[str, ...], near: str | None) -> None:
    if near:
        branch.wrong("profile.not-one-of-near", found=branch.raw, near=near)
    else:
        branch.wrong("profile.not-one-of", found=branch.raw, known=", ".join(known))


def _word(*known: str) -> Callable[[Branch], str | None]:
    return lambda branch: branch.one_of(known)


def _or_absence(
    fields: Mapping[str, Branch], key: str, read: Callable[[Branch], T]
) -> T | Absence | None:
    branch = fields.get(key)
    if branch is None:
        return None
    return Absence.NOT_THERE if branch.is_null else read(branch)


def _known_members(
    fields: Mapping[str, Branch], key: str, read: Callable[[Branch], T | None]
) -> tuple[T, ...] | None:
    return members(fields, key, read) if key in fields else None


def _wsl(branch: Branch) -> int | None:
    number = branch.whole_number()
    if number not in (None, 1, 2):
        branch.wrong("profile.not-one-of", found=branch.raw, known="1, 2")
    return number


def _libc(branch: Branch) -> Libc:
    fields = branch.fields(("name", "version"))
    name = required(branch, fields, "name", _word("glibc", "musl"))
    return Libc(name or "", optional(fields, "version", Branch.version))


def _python(branch: Branch) -> Python | None:
    if branch.shape != "mapping":
        version = branch.version()
        return None if version is None else Python(version, "")
    fields = branch.fields(("version", "path"))
    version = required(branch, fields, "version", Branch.version)
    path = optional(fields, "path", Branch.text)
    return None if version is None else Python(version, path or "")


def _driver(branch: Branch) -> Driver:
    fields = branch.fields(("version", "cuda_version", "module"))
    return Driver(
        optional(fields, "version", Branch.version),
        optional(fields, "cuda_version", Branch.version),
        optional(fields, "module", _word("proprietary", "open")),
    )


_GPU_KEYS = (
    "index", "name", "compute_capability", "memory_mib", "memory_used_mib", "uuid", "pci_bus_id",
    "mig", "state", "unified_memory", "virtualization", "capability_source",
)  # fmt: skip


def _gpu(branch: Branch) -> Gpu:
    fields = branch.fields(_GPU_KEYS)
    state = optional(fields, "state", _word(*(each.value for each in GpuState)))
    return Gpu(
        index=optional(fields, "index", Branch.whole_number),
        name=optional(fields, "name", Branch.text),
        compute_capability=optional(fields, "compute_capability", Branch.capability),
        memory_mib=optional(fields, "memory_mib", Branch.whole_number),
        memory_used_mib=optional(fields, "memory_used_mib", Branch.whole_number),
        uuid=optional(fields, "uuid", Branch.text),
        pci_bus_id=optional(fields, "pci_bus_id", Branch.text),
        mig=optional(fields, "mig", _mig),
        state=GpuState(state or "ok"),
        unified_memory=optional(fields, "unified_memory", Branch.flag),
        virtualization=optional(fields, "virtualization", _word("passthrough", "vgpu", "host")),
        capability_source=optional(fields, "capability_source", Branch.text),
    )


def _mig(branch: Branch) -> Mig:
    fields = branch.fields(("enabled", "instances"))
    enabled = required(branch, fields, "enabled", Branch.flag)
    return Mig(enabled is True, members(fields, "instances", _mig_instance))


def _mig_instance(branch: Branch) -> MigInstance:
    fields = branch.fields(("name", "uuid", "memory_mib"))
    return MigInstance(
        required(branch, fields, "name", Branch.text) or "",
        optional(fields, "uuid", Branch.text),
        optional(fields, "memory_mib", Branch.whole_number),
    )


_PCI_KEYS = (
    "device_id", "chip", "architecture", "compute_capability", "name", "bus_id", "bound_driver",
)  # fmt: skip


def _pci_gpu(branch: Branch) -> PciGpu:
    fields = branch.fields(_PCI_KEYS)
    return PciGpu(
        device_id=required(branch, fields, "device_id", _device_id) or "",
        chip=optional(fields, "chip", Branch.text),
        architecture=optional(fields, "architecture", Branch.text),
        compute_capability=optional(fields, "compute_capability", Branch.capability),
        name=optional(fields, "name", Branch.text),
        bus_id=optional(fields, "bus_id", Branch.text),
        bound_driver=optional(fields, "bound_driver", Branch.text),
    )


def _device_id(branch: Branch) -> str | None:
    text = branch.text()
    if text is None:
        return None
    digits = text.lower()[2:] if text.lower().startswith("0x") else text.lower()
    if len(digits) == 4 and all(each in "0123456789abcdef" for each in digits):
        return digits
    branch.wrong("profile.not-a-pci-id", found=branch.raw)
    return None


def _toolkit(branch: Branch) -> Toolkit | None:
    fields = branch.fields(("version", "path"))
    version = required(branch, fields, "version", Branch.version)
    path = optional(fields, "path", Branch.text)
    return None if version is None else Toolkit(version, path or "")


def _conda(branch: Branch) -> Conda:
    fields = branch.fields(("executable", "kind", "version", "root", "solver"))
    return Conda(
        required(branch, fields, "executable", Branch.text) or "",
        optional(fields, "kind", _word("conda", "mamba", "micromamba")) or "conda",
        optional(fields, "version", Branch.text),
        optional(fields, "root", Branch.text),
        optional(fields, "solver", Branch.text),
    )


_INSTALLER_KEYS = (
    "uv", "uv_version", "pip_config_files", "index_url", "extra_index_urls", "find_links",
    "no_index", "cert", "proxy", "trusted_hosts",
)  # fmt: skip


def _installers(branch: Branch) -> Installers:
    fields = branch.fields(_INSTALLER_KEYS)
    return Installers(
        uv=optional(fields, "uv", Branch.text),
        uv_version=optional(fields, "uv_version", Branch.text),
        pip_config_files=members(fields, "pip_config_files", Branch.text),
        index_url=optional(fields, "index_url", Branch.text),
        extra_index_urls=members(fields, "extra_index_urls", Branch.text),
        find_links=members(fields, "find_links", Branch.text),
        no_index=optional(fields, "no_index", Branch.flag) or False,
        cert=optional(fields, "cert", Branch.text),
        proxy=optional(fields, "proxy", Branch.text),
        trusted_hosts=members(fields, "trusted_hosts", Branch.text),
    )


def _disk(branch: Branch) -> Disk:
    fields = branch.fields(("path", "purpose", "free_mib", "filesystem", "quota_mib"))
    purpose = required(branch, fields, "purpose", _word("home", "prefix", "cache", "tmp"))
    return Disk(
        required(branch, fields, "path", Branch.text) or "",
        purpose or "",
        optional(fields, "free_mib", Branch.whole_number),
        optional(fields, "filesystem", Branch.text),
        optional(fields, "quota_mib", Branch.whole_number),
    )


def _proxy(branch: Branch) -> tuple[str, str]:
    return _pair(branch, "scheme", "url")


def _reading(branch: Branch) -> Reading:
    fields = branch.fields(("source", "status", "detail"))
    status = required(branch, fields, "status", _word(*(each.value for each in Status)))
    return Reading(
        required(branch, fields, "source", Branch.text) or "",
        Status(status or "ok"),
        optional(fields, "detail", Branch.text),
    )


def _conflict(branch: Branch) -> Conflict:
    fields = branch.fields(("subject", "first", "second"))
    subject = required(branch, fields, "subject", Branch.text) or ""
    first = required(branch, fields, "first", _witness) or ("", "")
    return Conflict(subject, first, required(branch, fields, "second", _witness) or ("", ""))


def _witness(branch: Branch) -> tuple[str, str]:
    return _pair(branch, "source", "value")


def _pair(branch: Branch, first: str, second: str) -> tuple[str, str]:
    fields = branch.fields((first, second))
    one = required(branch, fields, first, Branch.text)
    return one or "", required(branch, fields, second, Branch.text) or ""
