"""What reads a conda channel, in a process of its own: rattler may crash one that ends.

It gets a job on stdin and writes one line of JSON for each part of the channel as soon as it is
read, so that what a time limit cuts off is not all lost.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Iterable, Sequence

from gpusetup.indexes.conda_records import is_library

if TYPE_CHECKING:
    from rattler import Gateway, RepoDataRecord

_KEPT = ("python", "pytorch", "cuda-version", "cudatoolkit", "__glibc", "arm-variant")


def main() -> None:
    """Read the channel of the job: `channel`, `subdirs`, `names`, `cache`, `fresh`."""
    job = json.loads(sys.stdin.read())
    asyncio.run(_read_all(job))
    sys.stdout.flush()
    os._exit(0)


async def _read_all(job: dict[str, Any]) -> None:
    import rattler

    action: Any = "no-cache" if job["fresh"] else "cache-or-fetch"
    gateway = rattler.Gateway(
        cache_dir=job["cache"], default_config=rattler.SourceConfig(cache_action=action)
    )
    await asyncio.gather(
        *(_read(gateway, job["channel"], subdir, job["names"]) for subdir in job["subdirs"])
    )


async def _read(gateway: Gateway, channel: str, subdir: str, names: list[str]) -> None:
    from rattler import exceptions

    try:
        records = await _query(gateway, channel, subdir, names)
        needs = {each for record in records for each in _libraries(record)}
        libraries = await _query(gateway, channel, subdir, sorted({_name(each) for each in needs}))
    except (
        exceptions.GatewayError, exceptions.FetchRepoDataError, exceptions.InvalidChannelError,
        exceptions.IoError, exceptions.CacheDirError, OSError, ValueError,
    ) as error:  # fmt: skip
        _tell({"subdir": subdir, "error": str(error)})
        return
    floors = {each: _floor(each, libraries) for each in needs}
    _tell({"subdir": subdir, "records": [_document(each, floors) for each in records]})


async def _query(
    gateway: Gateway, channel: str, subdir: str, names: Sequence[str]
) -> list[RepoDataRecord]:
    import rattler

    if not names:
        return []
    found = await gateway.query(
        [rattler.Channel(channel)],
        [subdir],  # type: ignore[list-item] # its type lists the names that exist
        list(names),
        recursive=False,
    )
    return [record for listed in found for record in listed]


def _libraries(record: RepoDataRecord) -> list[str]:
    """What torch depends on that may need a newer glibc than it; only Linux has one."""
    if record.name.normalized != "pytorch" or not record.subdir.startswith("linux"):
        return []
    return [each for each in record.depends if is_library(_name(each))]


def _floor(spec: str, libraries: Iterable[RepoDataRecord]) -> list[int] | None:
    """The oldest glibc on which some package that answers the spec can be installed."""
    import rattler

    wanted = rattler.MatchSpec(spec)
    name = _name(spec)
    fitting = [
        _glibc(each) for each in libraries if each.name.normalized == name and wanted.matches(each)
    ]
    return min(fitting, default=[]) or None


def _glibc(record: RepoDataRecord) -> list[int]:
    from gpusetup.indexes.conda_records import lower_bound

    bounds = (lower_bound(each) for each in record.depends if _name(each) == "__glibc")
    return next((list(each.numbers) for each in bounds if each), [])


def _document(record: RepoDataRecord, floors: dict[str, list[int] | None]) -> dict[str, object]:
    floor = max((floors[each] or [] for each in _libraries(record)), default=[])
    return {
        "name": record.name.normalized, "version": str(record.version), "build": str(record.build),
        "number": record.build_number, "subdir": record.subdir,
        "depends": [each for each in record.depends if each.startswith(_KEPT)],
        "floor": ".".join(map(str, floor)) or None,
    }  # fmt: skip


def _name(spec: str) -> str:
    """ "libcublas >=12.9.1.4,<13.0a0" -> "libcublas"."""
    return spec.split(" ")[0].split("=")[0].split("<")[0].split(">")[0]


def _tell(document: dict[str, object]) -> None:
    sys.stdout.write(f"{json.dumps(document)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
