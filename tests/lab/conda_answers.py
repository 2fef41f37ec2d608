"""What the commands of the `conda` for tests share: which environment, what is asked, what a record says."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from tests.lab.conda_world import CondaError, base_folder, prefix_named


def facts_of(record: Any) -> dict[str, object]:
    return {"name": named(record), "version": str(record.version), "channel": record.channel}


def build_of(record: Any) -> dict[str, object]:
    return {"build_string": str(record.build), "build_number": record.build_number}


def prefix_of(options: argparse.Namespace) -> str:
    if options.prefix:
        return os.path.abspath(options.prefix)  # noqa: PTH100 - as conda does
    return (
        prefix_named(options.name)
        if options.name
        else os.environ.get("CONDA_PREFIX", str(base_folder()))
    )


def confirm(options: argparse.Namespace) -> None:
    """conda asks on a terminal; `--json` implies yes, and so does `--yes`."""
    if not (options.yes or options.json or options.dry_run):
        raise CondaError("CondaSystemExit", "Exiting.")


def key_of(record: Any) -> tuple[str, str, str]:
    return named(record), str(record.version), str(record.build)


def named(record: Any) -> str:
    return str(record.name.normalized)


def is_named(record: Any, name: str) -> bool:
    return named(record) == name


def print_document(document: object) -> None:
    print(json.dumps(document, indent=2))
