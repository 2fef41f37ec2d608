"""Plans that repair a file of the user, or set a damaged one aside. Pure."""

from __future__ import annotations

import re
from typing import Callable, Mapping

from gpusetup.doctor.check import Case, Finding
from gpusetup.doctor.checks.installers import dead_settings
from gpusetup.doctor.checks.shell import overwriting
from gpusetup.doctor.remedies import settings_text, shell_text, texts
from gpusetup.environments.configuration import PARSERS
from gpusetup.environments.facts import ConfigFile, ShellLine
from gpusetup.steps import Command, Plan, Step, Undo, UndoKind, WriteFile

_KEPT, _OFF = "behind what others have set", "switched off"


Instead = Callable[[ShellLine, Case], "tuple[str, ...] | None"]
"""What takes the place of a line: nothing, or lines; None: that cannot be said."""


def plan_of(steps: tuple[Step, ...], case: Case) -> Plan:
    """A plan of the same kind as `init`'s, for the environment that is looked at."""
    environment = case.environment
    prefix = environment.prefix if environment and environment.prefix else ""
    return Plan(steps, prefix, environment.python or "" if environment else "")


def _written(path: str, content: str, code: str, case: Case, before: str | None = None) -> Plan:
    """A write of one file. Of a user's own, which may hold passwords, only the change is shown."""
    secret = before is not None
    step = WriteFile("write-config", path, content, code, secret=secret, before=before)
    return plan_of((step,), case)


def _text_of(case: Case, path: str) -> ConfigFile | None:
    files = case.surroundings.config_files
    return next((each for each in files if each.path == path and each.text is not None), None)


def repair_config(case: Case, finding: Finding) -> Plan | None:
    """The lines that stop the tool, as comments."""
    file = _text_of(case, str(finding.facts.get("path")))
    if file is None or file.text is None:
        return None
    made = texts.readable(file.text, PARSERS[file.tool], _OFF)
    if made is None or made == file.text:
        return None
    return _written(file.path, made, "step.repair-config", case, file.text)


def repair_dead(case: Case, finding: Finding) -> Plan | None:
    """Without the places that are gone."""
    file = _text_of(case, str(finding.facts.get("path")))
    if file is None or file.text is None:
        return None
    values = {value for _key, value in dead_settings(case, file)}
    made = settings_text.without_values(file.text, values, file.tool, _OFF)
    if made is None:
        return None
    return _written(file.path, made, "step.repair-mirror", case, file.text)


def repair_alias(case: Case, finding: Finding) -> Plan | None:
    """conda's own alias again."""
    file = _text_of(case, str(finding.facts.get("path")))
    if file is None or file.text is None:
        return None
    made = settings_text.without_key(file.text, "channel_alias", "conda", _OFF)
    return _written(file.path, made, "step.repair-config", case, file.text) if made else None


def repair_library_path(case: Case, _finding: Finding) -> Plan | None:
    """Overwriting lines keep what others have set; those that lead nowhere or to harm go."""
    lines = overwriting(case)
    return _shell_plan(case, lines, _instead) if lines else None


def repair_shadowed(case: Case, _finding: Finding) -> Plan | None:
    """Lines that put a folder with the wrong libraries on the path go."""
    lines = case.surroundings.shell_lines
    wrong = tuple(
        each for each in lines if each.variable == "LD_LIBRARY_PATH" and _shadows(each, case)
    )
    return _shell_plan(case, wrong, lambda _line, _case: ()) if wrong else None


def _instead(line: ShellLine, case: Case) -> tuple[str, ...] | None:
    if line.points_to_nothing or _shadows(line, case):
        return ()
    made = shell_text.appended(line.text)
    return (made,) if made else None


def _shadows(line: ShellLine, case: Case) -> bool:
    """Whether a library that torch should not get comes from a folder of the line."""
    first = case.environment.loaded_first if case.environment else ()
    return any(each.path.rpartition("/")[0] in line.text for each in first)


def repair_variable(variable: str) -> Callable[[Case, Finding], Plan | None]:
    """A plan that switches the lines off which set a variable."""

    def plan(case: Case, _finding: Finding) -> Plan | None:
        lines = tuple(each for each in case.surroundings.shell_lines if each.variable == variable)
        return _shell_plan(case, lines, lambda _line, _case: ()) if lines else None

    return plan


def _shell_plan(case: Case, lines: tuple[ShellLine, ...], instead: Instead) -> Plan | None:
    """One write per file. None where a file was not read whole, or a line is no statement alone."""
    steps: list[Step] = []
    files: dict[str, str] = dict(case.surroundings.shell_texts)
    for path in dict.fromkeys(each.path for each in lines):
        before = files.get(path)
        own = tuple(each for each in lines if each.path == path)
        text = None if before is None else _shell_text(before, own, case, instead)
        if text is None:
            return None
        steps.append(
            WriteFile("write-config", path, text, "step.repair-shell", secret=True, before=before)
        )
    return plan_of(tuple(steps), case)


def _shell_text(
    text: str, lines: tuple[ShellLine, ...], case: Case, instead: Instead
) -> str | None:
    """The last line first: the numbers of those above stay as they are."""
    for line in sorted(lines, key=lambda each: each.number, reverse=True):
        made = instead(line, case)
        if made is None or not shell_text.stands_alone(text, line.number):
            return None
        why = _KEPT if made else _OFF
        if not made and shell_text.needs_a_body(text, line.number):
            made = (":",)
        indent = re.match(r"\s*", texts.lines_of(text)[line.number - 1])
        made = tuple(f"{indent[0] if indent else ''}{each}" for each in made)
        text = texts.commented(text, [line.number], why, made)
    return text


def set_cache_aside(case: Case, _finding: Finding) -> Plan | None:
    """Damaged files leave the cache: the installer fetches them again. Nothing is deleted."""
    steps = []
    for each in case.surroundings.damaged_caches:
        undo = Undo(UndoKind.COMMAND, argv=("mv", "--", each.aside, each.path))
        steps.append(
            Command("set-aside", ("mv", "--", each.path, each.aside), "step.set-aside", undo=undo)
        )
    return plan_of(tuple(steps), case) if steps else None


def keep_user_site_out(case: Case, _finding: Finding) -> Plan | None:
    """One line that Python reads at its start, in this environment only.

    PYTHONNOUSERSITE would have to be set wherever the environment is used.
    """
    environment = case.environment
    if environment is None or not environment.site_packages or environment.writable is False:
        return None
    path = f"{environment.site_packages}/gpusetup_no_user_site.pth"
    return _written(path, NO_USER_SITE, "step.no-user-site", case)


# Python runs such a line in a function: a comprehension in it would not see its names.
NO_USER_SITE = (
    "import site, sys; _user = site.getusersitepackages(); "
    "_user in sys.path and sys.path.remove(_user); site.ENABLE_USER_SITE = False\n"
)

PLANS: Mapping[str, Callable[[Case, Finding], Plan | None]] = {
    "conda.config-broken": repair_config,
    "pip.config-broken": repair_config,
    "uv.config-broken": repair_config,
    "conda.dead-channel": repair_dead,
    "pip.dead-index": repair_dead,
    "uv.dead-index": repair_dead,
    "conda.channel-alias": repair_alias,
    "shell.library-path-overwritten": repair_library_path,
    "environment.library-shadowed": repair_shadowed,
    "gpu.not-visible": repair_variable("CUDA_VISIBLE_DEVICES"),
    "cache.damaged": set_cache_aside,
    "environment.user-site-shadows": keep_user_site_out,
}
