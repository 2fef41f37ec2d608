"""A `conda` for tests: takes conda's documented words and gives them a meaning by rattler.

It really solves, downloads, links and removes; it writes `environments.txt` and answers in conda's
JSON. What it does not know it refuses, so that an argv with a word that conda lacks fails here.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import stat
import sys
from pathlib import Path

from tests.lab import condarc

VERSION = "26.7.1"


def write_shim(folder: Path, kind: str = "conda") -> Path:
    """An executable that calls this module."""
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parents[2]
    program = folder / kind
    program.write_text(
        f'#!/bin/sh\nexport PYTHONPATH="{root}"\nexec "{sys.executable}" -m tests.lab.conda_shim "$@"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def main(argv: list[str]) -> int:
    """Run one command line of conda."""
    options = _parser().parse_args(argv)
    if options.version:
        print(f"conda {VERSION}")
        return 0
    return int(options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("conda", allow_abbrev=False)
    parser.add_argument("--version", "-V", action="store_true")
    commands = parser.add_subparsers()
    for name, run in (("create", _create), ("install", _install), ("remove", _remove)):
        command = commands.add_parser(name, allow_abbrev=False)
        command.set_defaults(run=run)
        command.add_argument("--prefix", "-p", required=True)
        command.add_argument("--yes", "-y", action="store_true")
        command.add_argument("--json", action="store_true")
        command.add_argument("--dry-run", "-d", action="store_true")
        if name == "remove":
            command.add_argument("--all", action="store_true", required=True)
            continue
        command.add_argument("--channel", "-c", action="append", default=[])
        command.add_argument("--override-channels", "-O", action="store_true")
        command.add_argument("specs", nargs="*")
    listing = commands.add_parser("list", allow_abbrev=False)
    listing.set_defaults(run=_list)
    listing.add_argument("--prefix", "-p", required=True)
    listing.add_argument("--json", action="store_true")
    config = commands.add_parser("config", allow_abbrev=False)
    config.set_defaults(run=_config)
    shown = config.add_mutually_exclusive_group(required=True)
    shown.add_argument("--show-sources", action="store_true")
    shown.add_argument("--show", nargs="+")
    config.add_argument("--json", action="store_true", required=True)
    info = commands.add_parser("info", allow_abbrev=False)
    info.set_defaults(run=_info)
    info.add_argument("--json", action="store_true")
    return parser


def _create(options: argparse.Namespace) -> int:
    if not options.dry_run and Path(options.prefix, "conda-meta").exists():
        return _fail(options, "CondaValueError", f"prefix already exists: {options.prefix}")
    return _install(options)


def _install(options: argparse.Namespace) -> int:
    from gpusetup.engines.specs import Wanted
    from gpusetup.errors import GpusetupError
    from gpusetup.road import with_rattler

    if not options.yes and not options.dry_run:
        return _fail(options, "CondaSystemExit", "Exiting.")
    channels = condarc.addresses(options.channel, only_these=options.override_channels)
    try:
        records = with_rattler.solve(Wanted(tuple(channels), tuple(options.specs)))
        if not options.dry_run:
            with_rattler.install(Path(options.prefix), records, lambda *_facts: None)
            _register(options.prefix)
    except GpusetupError as error:
        name = "PackagesNotFoundError" if "missing" in error.code else "LibMambaUnsatisfiableError"
        return _fail(options, name, str(error.facts.get("output")))
    if options.json:
        _print(_transaction(records, options))
    return 0


def _transaction(records: list, options: argparse.Namespace) -> dict[str, object]:  # type: ignore[type-arg]
    linked, fetched = [], []
    for each in records:
        common = {
            "name": each.name.normalized,
            "version": str(each.version),
            "channel": each.channel,
        }
        linked.append(
            {**common, "build_string": str(each.build), "build_number": each.build_number}
        )
        fetched.append({**common, "build": str(each.build), "url": each.url, "size": each.size})
    actions = {"PREFIX": options.prefix, "LINK": linked, "FETCH": fetched}
    return {
        "success": True,
        "dry_run": options.dry_run,
        "actions": actions,
        "prefix": options.prefix,
    }


def _remove(options: argparse.Namespace) -> int:
    shutil.rmtree(options.prefix)
    listed = _environments_file()
    if listed.exists():
        kept = [line for line in listed.read_text().splitlines() if line != options.prefix]
        listed.write_text("".join(f"{line}\n" for line in kept))
    return 0


def _list(options: argparse.Namespace) -> int:
    metas = sorted(Path(options.prefix, "conda-meta").glob("*.json"))
    packages = [json.loads(meta.read_text()) for meta in metas]
    _print([{key: each[key] for key in ("name", "version", "channel")} for each in packages])
    return 0


def _info(_options: argparse.Namespace) -> int:
    listed = _environments_file()
    envs = listed.read_text().split() if listed.exists() else []
    _print({"conda_version": VERSION, "envs": envs})
    return 0


def _config(options: argparse.Namespace) -> int:
    shown = condarc.effective()
    _print({key: shown[key] for key in options.show} if options.show else condarc.sources())
    return 0


def _register(prefix: str) -> None:
    listed = _environments_file()
    listed.parent.mkdir(exist_ok=True)
    with listed.open("a") as stream:
        stream.write(f"{prefix}\n")


def _environments_file() -> Path:
    return Path.home() / ".conda" / "environments.txt"


def _fail(options: argparse.Namespace, name: str, text: str) -> int:
    if options.json:
        _print({"error": f"{name}: {text}", "exception_name": name, "message": text})
    else:
        print(f"\n{name}: {text}", file=sys.stderr)
    return 1


def _print(document: object) -> None:
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
