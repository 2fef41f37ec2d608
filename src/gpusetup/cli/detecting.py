"""What `detect` does, apart from its options: those bring the framework with them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gpusetup.basics.errors import UsageError
from gpusetup.messages import say

if TYPE_CHECKING:
    from gpusetup.machine import Machine


def this_machine(timeout_s: float) -> Machine:
    """Look at this machine, with a word on the screen while it takes."""
    from gpusetup.probe import probe
    from gpusetup.terminal.show import awaiting

    with awaiting(say("detect.looking")) as wait:
        return probe(timeout_s, lambda names: wait.update(say("detect.awaiting", sources=names)))


def reported(name: str) -> Machine:
    """The machine that a text tells of.

    Raises:
        UsageError: it cannot be read.
    """
    from gpusetup.compat_files import packaged_or_configured
    from gpusetup.reports import decode, read_report
    from gpusetup.reports.capabilities import fill_capabilities

    text = decode(_bytes_of(name))
    if "gpusetup.machine/" in text[:2000]:
        from gpusetup.profiles.reading import machine_from_text

        return machine_from_text(text, name)
    machine = read_report(text).machine
    if not _tells_of_a_machine(machine):
        raise UsageError("detect.no-machine")
    return fill_capabilities(machine, packaged_or_configured(os.environ))


def _tells_of_a_machine(machine: Machine) -> bool:
    """Not where a text merely quotes an error of a program, as a page about it does."""
    known = (machine.driver, machine.gpus, machine.pci_gpus, machine.kernel, machine.python)
    failed = any(each.source in ("nvml", "nvidia-smi") for each in machine.readings)
    return failed or any(each is not None for each in known)


def _bytes_of(name: str) -> bytes:
    """The report's bytes; no report is longer than what is read."""
    longest = 32_000_000
    try:
        if name == "-":
            return sys.stdin.buffer.read(longest)
        with Path(name).open("rb") as stream:
            return stream.read(longest)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("detect.not-readable", path=name, reason=reason) from error


def print_document(machine: Machine) -> None:
    """The one JSON document."""
    from gpusetup.envelope import emit
    from gpusetup.profiles.document import machine_to_document

    emit(machine_to_document(machine))


def record_as(machine: Machine, name: str) -> None:
    """Write a profile that can be passed on, and say so."""
    from gpusetup.profiles.anonymous import without_personal_data
    from gpusetup.terminal import show

    write_profile(without_personal_data(machine, own_names()), name)
    show.note(say("detect.recorded", path=show.path(Path(name))))


def write_profile(machine: Machine, name: str) -> None:
    """JSON for a name in .json, else YAML.

    Raises:
        UsageError: it cannot be written.
    """
    from gpusetup.profiles.document import machine_to_document

    document, path = machine_to_document(machine), Path(name)
    if path.suffix == ".json":
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    else:
        import yaml

        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    write_named(path, text)


def write_named(path: Path, text: str) -> None:
    """Write the file that the user named; says so where an old one had to be kept.

    Raises:
        UsageError: it cannot be written.
    """
    from gpusetup.road.exported import put
    from gpusetup.terminal import show

    try:
        run = put(path, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("detect.not-writable", path=str(path), reason=reason) from error
    if run is not None:
        show.note(say("export.old-kept", path=show.path(path)))


def own_names() -> tuple[str, ...]:
    """The user's and the host's names, which must not leave this machine."""
    import getpass
    import platform
    from contextlib import suppress

    names = [platform.node(), platform.node().split(".")[0]]
    names += [os.environ.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")]
    with suppress(KeyError, OSError, ImportError):  # a user id without a name
        names.append(getpass.getuser())
    return tuple(name for name in dict.fromkeys(names) if name and name != "localhost")
