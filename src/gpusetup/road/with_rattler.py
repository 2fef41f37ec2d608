"""What rattler does: solve on channels, make an environment. In this process: keep it a child.

rattler's threads can bring the interpreter down when it ends, after all work is done. So this
runs in a process of its own (`gpusetup engine rattler`), which leaves without tidying up.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Sequence

from gpusetup.basics.errors import Refused, StepFailed
from gpusetup.engines.held import history_entry, kept_names
from gpusetup.engines.solved import Solved
from gpusetup.engines.specs import Wanted
from gpusetup.engines.trouble import explain
from gpusetup.road import rattler_access
from gpusetup.road.cache_locks import wait_for_cache

if TYPE_CHECKING:
    from rattler import GenericVirtualPackage, InstallerReporter, PrefixRecord, RepoDataRecord
    from rattler.networking import Client

Tell = Callable[[str, int, int], None]
"""Gets a package's name, the bytes that are there and the bytes in all."""

_TELL_EVERY_S = 0.1


def solve(
    wanted: Wanted,
    platform: str | None = None,
    virtual: Sequence[GenericVirtualPackage] | None = None,
    there: Sequence[PrefixRecord] = (),
) -> list[RepoDataRecord]:
    """The packages that answer the specs. Strict priority: a name comes from one channel only.

    Args:
        wanted: channels, best first, and specs.
        platform: another one than this ("win-64"), with the `virtual` packages that it has.
        virtual: what the machine is taken for; else what it is, and CONDA_OVERRIDE_*.
        there: what an environment holds, which stays as it is wherever that is possible.

    Raises:
        Refused: no answer, or a channel that cannot be read.
    """
    return asyncio.run(_solve(wanted, platform, virtual, there))


async def _solve(
    wanted: Wanted,
    platform: str | None,
    virtual: Sequence[GenericVirtualPackage] | None,
    there: Sequence[PrefixRecord],
) -> list[RepoDataRecord]:
    import rattler
    from rattler import exceptions

    detected = rattler.VirtualPackage.detect(rattler.VirtualPackageOverrides.from_env())
    known = [each.into_generic() for each in detected] if virtual is None else list(virtual)
    try:
        return await rattler.solve(
            [rattler.Channel(each) for each in rattler_access.sources(wanted.channels)],
            [rattler.MatchSpec(each) for each in wanted.specs],
            gateway=rattler_access.gateway(wanted.channels),
            platforms=[platform, "noarch"] if platform else None,  # type: ignore[list-item]
            virtual_packages=known,
            locked_packages=list(there) or None,
        )
    except (
        exceptions.SolverError, exceptions.GatewayError, exceptions.FetchRepoDataError,
        exceptions.InvalidMatchSpecError, exceptions.InvalidChannelError, OSError,
    ) as error:  # fmt: skip
        reason = explain(str(error))
        code = reason.code
        if code in ("conda.unsolvable", "conda.conflict") and _is_blind(wanted, known):
            code = "conda.no-cuda"
        raise Refused(code, **reason.facts) from error


def _is_blind(wanted: Wanted, known: Sequence[GenericVirtualPackage]) -> bool:
    """Whether conda-forge's CUDA build is asked for and no driver is seen.

    rattler names one of the reasons why a build cannot be had, up to 0.25 any one of them.
    """
    asks = any(re.match(r"pytorch=[^=]+=cuda\d", spec) for spec in wanted.specs)
    return asks and not any(each.name.normalized == "__cuda" for each in known)


def records_of(prefix: Path) -> list[PrefixRecord]:
    """What an environment holds.

    Raises:
        Refused: a record cannot be read.
    """
    from rattler import PrefixRecord

    found = []
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        try:
            found.append(PrefixRecord.from_path(path))
        except Exception as error:
            raise Refused("plan.into-unreadable", prefix=str(prefix), output=str(error)) from error
    return found


def wanted_beside(wanted: Wanted, prefix: Path) -> Wanted:
    """The same, with the names of all that an environment holds and must not lose."""
    from gpusetup.road.holding import read_environment

    held = read_environment(prefix)
    asked = {re.split(r"[=<>!~ ]", spec)[0] for spec in wanted.specs}
    python = [f"python={each.version}" for each in held.packages if each.name == "python"]
    kept = [name for name in kept_names(held) if name not in asked and name != "python"]
    return Wanted(wanted.channels, (*wanted.specs, *(_minor(each) for each in python), *kept))


def _minor(spec: str) -> str:
    """A Python may get newer patches, never another minor: `python=3.11.9` -> `python=3.11`."""
    return ".".join(spec.split(".")[:2])


def as_solved(record: RepoDataRecord) -> Solved:
    """A record as our value."""
    return Solved(
        record.name.normalized, str(record.version), str(record.build), record.channel or "",
        record.url, record.size,
    )  # fmt: skip


def install(
    prefix: Path, records: Sequence[RepoDataRecord], tell: Tell, channels: tuple[str, ...] = ()
) -> None:
    """Download and link the packages. What is there already and not among them is removed.

    Args:
        prefix: the environment.
        records: all that it shall hold, as `solve` gave them.
        tell: hears of downloads.
        channels: those that were asked; their mirrors and logins count.

    Raises:
        StepFailed: with the cause.
    """
    client = rattler_access.client(channels)  # it may say where the cache is
    wait_for_cache(os.environ)
    asyncio.run(_install(prefix, records, tell, client))


def remember(prefix: Path, specs: Sequence[str], verb: str = "update") -> None:
    """Write down what was asked for, where and as conda does: it keeps to that later.

    verb: "update" or "remove".
    """
    when = time.strftime("%Y-%m-%d %H:%M:%S")
    text = history_entry(when, sys.argv[1:], verb, specs)
    with (prefix / "conda-meta" / "history").open("a", encoding="utf-8") as stream:
        stream.write(text)


async def _install(
    prefix: Path, records: Sequence[RepoDataRecord], tell: Tell, client: Client
) -> None:
    import rattler
    from rattler import exceptions

    reporter = _reporter(records, tell)
    try:
        await rattler.install(
            list(records), prefix, show_progress=False, reporter=reporter,
            client=client,
        )  # fmt: skip
    except (
        exceptions.InstallerError, exceptions.LinkError, exceptions.TransactionError,
        exceptions.IoError, exceptions.ExtractError, exceptions.CacheDirError, OSError,
    ) as error:  # fmt: skip
        reason = explain(str(error))
        raise StepFailed(reason.code, **reason.facts) from error


def _reporter(records: Sequence[RepoDataRecord], tell: Tell) -> InstallerReporter:
    """Passes downloads on. rattler calls it from its own threads, several at a time."""
    from rattler import InstallerReporter

    sizes = {each.name.normalized: each.size or 0 for each in records}
    names: list[str] = []
    told: dict[int, float] = {}

    class Reporter(InstallerReporter):
        def on_populate_cache_start(self, operation: int, package_name: str) -> int:
            names.append(package_name)
            return len(names) - 1

        def on_download_start(self, cache_entry: int) -> int:
            return cache_entry

        def on_download_progress(self, download_idx: int, progress: int, total: int | None) -> None:
            now = time.monotonic()
            if now - told.get(download_idx, 0.0) < _TELL_EVERY_S and progress != total:
                return
            told[download_idx] = now
            tell(names[download_idx], progress, total or sizes.get(names[download_idx], 0))

    return Reporter()  # type: ignore[abstract] # its other methods are empty, not abstract
