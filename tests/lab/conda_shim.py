"""A `conda` for tests: takes conda's documented words and gives them a meaning by rattler.

It really solves, downloads, links and removes, keeps `.condarc` and `environments.txt`, and answers
in conda's JSON. What it does not know it refuses, so that an argv with a word that conda lacks fails
here. Like conda it asks before it acts, obeys `conda-meta/pinned`, remembers what was asked for, and
keeps what an environment holds for as long as there is an answer with it.
"""

from __future__ import annotations

import argparse
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.lab import condarc
from tests.lab.conda_answers import build_of, facts_of, named, prefix_of, print_document
from tests.lab.conda_changes import create, install, remove, remove_all
from tests.lab.conda_world import (
    CondaError,
    base_folder,
    configured_channels,
    envs_dirs,
    known_environments,
    pkgs_dirs,
    rc_file,
    records_of,
    settings_of,
)

VERSION = "26.7.1"


def write_shim(folder: Path, kind: str = "conda") -> Path:
    """An executable that calls this module. Its base environment is the folder above.

    Like conda it is a script: among the processes it is a Python that runs `.../bin/conda`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = str(Path(__file__).parents[2])
    program = folder / kind
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\nsys.path[0] = {root!r}\n"
        f"os.environ.update(PYTHONPATH={root!r}, CONDA_SHIM_ROOT={str(folder.parent)!r})\n"
        "from tests.lab import conda_shim\nconda_shim.leave(conda_shim.main(sys.argv[1:]))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def main(argv: list[str]) -> int:
    """Run one command line of conda."""
    options = _parser().parse_args(argv)
    if options.version:
        print(f"conda {VERSION}")
        return 0
    try:
        return int(options.run(options))
    except CondaError as error:
        return _fail(options, error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("conda", allow_abbrev=False)
    parser.add_argument("--version", "-V", action="store_true")
    commands = parser.add_subparsers(required=False)
    for name, run in (("create", create), ("install", install), ("remove", remove)):
        _changing(commands.add_parser(name, allow_abbrev=False), name, run)
    listing = _of_environment(commands.add_parser("list", allow_abbrev=False), _list)
    listing.add_argument("--json", action="store_true")
    listing.add_argument("regex", nargs="?")
    info = commands.add_parser("info", allow_abbrev=False)
    info.set_defaults(run=_info)
    for flag in ("--json", "--envs", "--base"):
        info.add_argument(flag, action="store_true")
    env = commands.add_parser("env", allow_abbrev=False).add_subparsers(required=True)
    envs = env.add_parser("list", allow_abbrev=False)
    envs.set_defaults(run=_env_list)
    envs.add_argument("--json", action="store_true")
    gone = _of_environment(env.add_parser("remove", allow_abbrev=False), remove_all)
    for flags in (("--yes", "-y"), ("--json",), ("--dry-run", "-d")):
        gone.add_argument(*flags, action="store_true")
    running = _of_environment(commands.add_parser("run", allow_abbrev=False), _run)
    running.add_argument("--no-capture-output", "--live-stream", action="store_true")
    running.add_argument("--cwd")
    running.add_argument("command", nargs=argparse.REMAINDER)
    _configuring(commands.add_parser("config", allow_abbrev=False))
    return parser


def _of_environment(command: argparse.ArgumentParser, run: Any) -> argparse.ArgumentParser:
    command.set_defaults(run=run)
    which = command.add_mutually_exclusive_group()
    which.add_argument("--prefix", "-p")
    which.add_argument("--name", "-n")
    return command


def _changing(command: argparse.ArgumentParser, name: str, run: Any) -> None:
    _of_environment(command, run)
    for flags in (
        ("--yes", "-y"),
        ("--json",),
        ("--dry-run", "-d"),
        ("--quiet", "-q"),
        ("--offline",),
    ):
        command.add_argument(*flags, action="store_true")
    command.add_argument("--no-pin", action="store_true")
    if name == "remove":
        command.add_argument("--all", action="store_true")
        command.add_argument("--force", "--force-remove", action="store_true")
    else:
        command.add_argument("--channel", "-c", action="append", default=[])
        command.add_argument("--override-channels", "-O", action="store_true")
        command.add_argument("--clone")
    command.add_argument("specs", nargs="*")


def _configuring(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_config)
    command.add_argument("--json", action="store_true")
    where = command.add_mutually_exclusive_group()
    where.add_argument("--system", action="store_true")
    where.add_argument("--file")
    command.add_argument("--show", nargs="*")
    command.add_argument("--show-sources", action="store_true")
    command.add_argument("--get", nargs="*")
    for flag in ("--add", "--prepend", "--append", "--set", "--remove"):
        command.add_argument(flag, nargs=2, action="append", default=[], metavar=("KEY", "VALUE"))
    command.add_argument("--remove-key", action="append", default=[])


def _list(options: argparse.Namespace) -> int:
    prefix = prefix_of(options)
    if not Path(prefix, "conda-meta").is_dir():
        raise CondaError("EnvironmentLocationNotFound", f"Not a conda environment: {prefix}")
    rows = [each for each in records_of(prefix) if re.search(options.regex or "", named(each))]
    if options.json:
        print_document([
            {
                **facts_of(each), **build_of(each), "dist_name": f"{named(each)}-{each.version}-{each.build}",
                "platform": each.subdir, "base_url": (each.url or "").rsplit("/", 2)[0],
            }
            for each in rows
        ])  # fmt: skip
    else:
        print(f"# packages in environment at {prefix}:\n#")
        for each in rows:
            print(f"{named(each):25} {each.version!s:15} {each.build!s:20} {each.channel}")
    return 0


def _run(options: argparse.Namespace) -> int:
    prefix = prefix_of(options)
    if not Path(prefix, "conda-meta").is_dir():
        raise CondaError("EnvironmentLocationNotFound", f"Not a conda environment: {prefix}")
    environ = {
        **os.environ, "CONDA_PREFIX": prefix, "CONDA_DEFAULT_ENV": Path(prefix).name,
        "PATH": f"{prefix}/bin:{os.environ.get('PATH', '')}",
    }  # fmt: skip
    environ.pop("PYTHONPATH", None)
    return subprocess.run(options.command, env=environ, cwd=options.cwd, check=False).returncode


def _info(options: argparse.Namespace) -> int:
    root = str(base_folder())
    if options.base:
        print_document({"root_prefix": root}) if options.json else print(root)
    elif options.json:
        print_document({
            "conda_version": VERSION, "root_prefix": root, "envs": known_environments(), "platform": "linux-64",
            "active_prefix": os.environ.get("CONDA_PREFIX"), "envs_dirs": envs_dirs(),
            "pkgs_dirs": pkgs_dirs(), "channels": configured_channels(), "rc_path": str(rc_file()),
            "root_writable": os.access(root, os.W_OK),
        })  # fmt: skip
    else:
        _print_envs()
    return 0


def _env_list(options: argparse.Namespace) -> int:
    print_document({"envs": known_environments()}) if options.json else _print_envs()
    return 0


def _print_envs() -> None:
    print("# conda environments:\n#")
    for each in known_environments():
        print(f"{Path(each).name:20} {each}")


def _config(options: argparse.Namespace) -> int:
    path = rc_file(options)
    settings = settings_of(path)
    if options.show is not None:
        known = {
            "channels": configured_channels(),
            "envs_dirs": envs_dirs(),
            "pkgs_dirs": pkgs_dirs(),
        }
        shown = {**known, **settings_of(), **condarc.effective()}
        _answer(options, {k: v for k, v in shown.items() if not options.show or k in options.show})
        return 0
    if options.show_sources:
        _answer(options, condarc.sources())
        return 0
    if options.get is not None:
        found = {k: v for k, v in settings.items() if not options.get or k in options.get}
        print_document({"rc_path": str(path), "get": found, "success": True, "warnings": []})
        return 0
    _change(settings, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    import yaml

    path.write_text(yaml.safe_dump(settings))
    if options.json:
        print_document({"rc_path": str(path), "success": True, "warnings": []})
    return 0


def _change(settings: dict[str, Any], options: argparse.Namespace) -> None:
    for key, value in [*options.add, *options.prepend]:
        settings[key] = [value, *(each for each in settings.get(key, []) if each != value)]
    for key, value in options.append:
        settings[key] = [*(each for each in settings.get(key, []) if each != value), value]
    for key, value in options.set:
        settings[key] = {"true": True, "false": False}.get(value.lower(), value)
    for key, value in options.remove:
        if value not in settings.get(key, []):
            raise CondaError("CondaKeyError", f"'{key}': value {value!r} not present in config")
        settings[key] = [each for each in settings[key] if each != value]
    for key in options.remove_key:
        if settings.pop(key, None) is None:
            raise CondaError("CondaKeyError", f"'{key}': undefined in config")


def _answer(options: argparse.Namespace, document: dict[str, Any]) -> None:
    import yaml

    print_document(document) if options.json else print(yaml.safe_dump(document), end="")


def _fail(options: argparse.Namespace, error: CondaError) -> int:
    if getattr(options, "json", False):
        print_document({
            "caused_by": "None", "error": f"{error.name}: {error}", "exception_name": error.name,
            "exception_type": f"<class 'conda.exceptions.{error.name}'>", "message": str(error),
        })  # fmt: skip
    else:
        print(f"\n{error.name}: {error}", file=sys.stderr)
    return 1


def leave(code: int) -> None:
    """End at once: rattler's threads can crash an interpreter that tidies up."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
