"""What the `conda` for tests does to an environment: solve, install, copy, remove."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import Any

from tests.lab import condarc
from tests.lab.conda_answers import (
    build_of,
    confirm,
    facts_of,
    is_named,
    key_of,
    named,
    prefix_of,
    print_document,
)
from tests.lab.conda_world import (
    CondaError,
    asked_for,
    environments_file,
    name_of,
    pins_of,
    prefix_named,
    records_of,
    registered,
    remember,
)


def create(options: argparse.Namespace) -> int:
    prefix = prefix_of(options)
    if not options.dry_run and Path(prefix, "conda-meta").exists():
        raise CondaError("CondaValueError", f"prefix already exists: {prefix}")
    if options.clone:
        return _clone(options, prefix)
    return _transact(options, prefix, [])


def install(options: argparse.Namespace) -> int:
    prefix = prefix_of(options)
    if not Path(prefix, "conda-meta").is_dir():
        raise CondaError("EnvironmentLocationNotFound", f"Not a conda environment: {prefix}")
    return _transact(options, prefix, records_of(prefix))


def _transact(options: argparse.Namespace, prefix: str, there: list[Any]) -> int:
    from gpusetup.basics.errors import GpusetupError
    from gpusetup.road import with_rattler

    records = _solved(options, prefix, there)
    new = [each for each in records if key_of(each) not in set(map(key_of, there))]
    names = {each.name.normalized for each in records}
    gone = [
        each for each in there
        if each.name.normalized not in names or key_of(each) not in set(map(key_of, records))
    ]  # fmt: skip
    if there and not new and not gone:
        text = "All requested packages already installed."
        print_document({"message": text, "success": True}) if options.json else print(f"# {text}")
        return 0
    confirm(options)
    if not options.dry_run:
        pools = os.environ.get("CONDA_PKGS_DIRS")
        if pools:
            os.environ["RATTLER_CACHE_DIR"] = pools.split(os.pathsep)[0]
        try:
            with_rattler.install(Path(prefix), records, lambda *_facts: None)
        except GpusetupError as error:
            raise CondaError("CondaVerificationError", str(error.facts.get("output"))) from error
        remember(prefix, options.specs)
    if options.json:
        print_document(_transaction(options, prefix, new, gone))
    return 0


def _solved(options: argparse.Namespace, prefix: str, there: list[Any]) -> list[Any]:
    """As it is there if that goes ("initial frozen solve"), else with all that was asked for."""
    asked = {name_of(each) for each in options.specs}
    kept = [spec for spec in asked_for(prefix) if name_of(spec) not in asked]
    python = [
        f"python={'.'.join(str(r.version).split('.')[:2])}" for r in there if is_named(r, "python")
    ]
    python = [] if "python" in asked else python
    pins = [] if options.no_pin else pins_of(prefix)
    frozen = [f"{named(r)}=={r.version}" for r in there if named(r) not in asked]
    wanted = [*options.specs, *kept, *python]
    attempts = [[*wanted, *frozen], wanted] if frozen else [wanted]
    for number, specs in enumerate(attempts, 1):
        try:
            return _solve(options, specs, there, pins)
        except CondaError:
            if number == len(attempts):
                raise
    raise AssertionError


def _solve(
    options: argparse.Namespace, specs: list[str], there: list[Any], pins: list[str]
) -> list[Any]:
    import asyncio

    import rattler

    overrides = rattler.VirtualPackageOverrides.from_env()
    channels = condarc.addresses(options.channel, only_these=options.override_channels)
    try:
        return asyncio.run(
            rattler.solve(
                [rattler.Channel(each) for each in channels],
                [rattler.MatchSpec(each) for each in dict.fromkeys(specs)],
                gateway=rattler.Gateway(), locked_packages=there or None,
                constraints=[rattler.MatchSpec(each) for each in pins] or None,
                virtual_packages=[each.into_generic() for each in rattler.VirtualPackage.detect(overrides)],
            )
        )  # fmt: skip
    except Exception as error:
        text = str(error)
        missing = "No candidates were found for" in text
        name = "PackagesNotFoundError" if missing else "LibMambaUnsatisfiableError"
        raise CondaError(name, text) from error


def _transaction(
    options: argparse.Namespace, prefix: str, new: list[Any], gone: list[Any]
) -> dict[str, object]:
    linked = [{**facts_of(each), **build_of(each)} for each in new]
    fetched = [
        {**facts_of(each), "build": str(each.build), "url": each.url, "size": each.size}
        for each in new
    ]
    actions: dict[str, object] = {"PREFIX": prefix, "LINK": linked, "FETCH": fetched}
    if gone:
        actions["UNLINK"] = [{**facts_of(each), **build_of(each)} for each in gone]
    return {"success": True, "dry_run": options.dry_run, "actions": actions, "prefix": prefix}


def _clone(options: argparse.Namespace, prefix: str) -> int:
    """From the records of the other: the same packages, from the cache or anew."""
    from gpusetup.road import with_rattler

    source = prefix_named(options.clone)
    if not Path(source, "conda-meta").is_dir():
        raise CondaError("EnvironmentLocationNotFound", f"Not a conda environment: {source}")
    records = records_of(source)
    if not options.dry_run:
        with_rattler.install(Path(prefix), records, lambda *_facts: None)
        remember(prefix, asked_for(source))
    if options.json:
        print_document(_transaction(options, prefix, records, []))
    return 0


def remove(options: argparse.Namespace) -> int:
    from gpusetup.road import with_rattler

    if options.all:
        return remove_all(options)
    prefix = prefix_of(options)
    there = records_of(prefix)
    missing = set(options.specs) - {named(each) for each in there}
    if missing or not options.specs:
        raise CondaError("PackagesNotFoundError", "".join(f"\n  - {each}" for each in missing))
    gone = set(options.specs)
    while not options.force:  # what needs a package goes with it
        more = {
            named(r)
            for r in there
            if named(r) not in gone and gone & {d.split()[0] for d in r.depends}
        }
        if not more:
            break
        gone |= more
    confirm(options)
    kept = [each for each in there if named(each) not in gone]
    if not options.dry_run:
        with_rattler.install(Path(prefix), kept, lambda *_facts: None)
        remember(prefix, options.specs, "remove")
    if options.json:
        print_document(_transaction(options, prefix, [], [r for r in there if named(r) in gone]))
    return 0


def remove_all(options: argparse.Namespace) -> int:
    prefix = prefix_of(options)
    if not Path(prefix, "conda-meta").is_dir():
        raise CondaError("EnvironmentLocationNotFound", f"Not a conda environment: {prefix}")
    confirm(options)
    if not options.dry_run:
        shutil.rmtree(prefix)
        kept = [line for line in registered() if line != prefix]
        environments_file().write_text("".join(f"{line}\n" for line in kept))
    if options.json:
        print_document({"success": True, "dry_run": options.dry_run, "prefix": prefix})
    return 0
