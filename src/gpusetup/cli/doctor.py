"""`gpusetup doctor`: what is wrong, why, and what to do; here, or from a pasted report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional, Sequence

import typer

from gpusetup.basics.errors import Exit, UsageError
from gpusetup.messages import say
from gpusetup.terminal.own_name import speak_for_others
from gpusetup.terminal.session import session

if TYPE_CHECKING:
    from gpusetup.choosing.sources import Sources
    from gpusetup.cli.doctor_fix import Fix
    from gpusetup.doctor.check import Case, Check, Diagnosis
    from gpusetup.doctor.symptoms import Symptom
    from gpusetup.matrix.rows import Matrix


def command(
    checks: Optional[list[str]] = typer.Argument(
        None, metavar="CHECK", help=say("help.doctor.checks")
    ),
    env: Optional[str] = typer.Option(
        None, "--env", metavar="NAME|PATH", help=say("help.doctor.env")
    ),
    python: Optional[str] = typer.Option(
        None, "--python", metavar="PATH", help=say("help.doctor.python")
    ),
    report: Optional[str] = typer.Option(
        None, "--report", metavar="FILE", help=say("help.doctor.report")
    ),
    machine: Optional[str] = typer.Option(
        None, "--machine", metavar="FILE", help=say("help.doctor.machine")
    ),
    fix: bool = typer.Option(False, "--fix", help=say("help.doctor.fix")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("help.doctor.yes")),
    bundle: Optional[str] = typer.Option(
        None, "--bundle", metavar="FILE", help=say("help.doctor.bundle")
    ),
    host: Optional[list[str]] = typer.Option(
        None, "--host", metavar="HOST", help=say("help.hosts.one")
    ),
    list_checks: bool = typer.Option(False, "--list", help=say("help.doctor.list")),
) -> int:
    """Gather, judge, show."""
    chosen = _chosen(tuple(checks or ()))
    if bundle is not None and bundle.startswith("-"):  # an option that stands where a name belongs
        raise UsageError("doctor.bundle-name", name=bundle)
    if list_checks:
        return _list(chosen)
    if host:
        others = {"--fix": fix, "--env": env, "--python": python}
        return _host(host, {**others, "--report": report, "--machine": machine}, chosen, bundle)
    for option, value in (("--fix", fix), ("--env", env), ("--python", python)):
        if value and (report is not None or machine is not None):
            raise UsageError("doctor.only-here", option=option)
    if report is not None or machine is not None:
        speak_for_others()  # their gpusetup lies elsewhere than ours
        case, title = _told(report, machine)
        return _end(case, _diagnosed(case, chosen), title, bundle)
    if fix and os.environ.get("GPUSETUP_ROOT"):  # it would read one machine and change another
        raise UsageError("doctor.fix-elsewhere", root=os.environ["GPUSETUP_ROOT"])
    return _here(env, python, chosen, fix, yes, bundle)


def _host(
    names: list[str], others: dict[str, object], checks: tuple[Check, ...], bundle: str | None
) -> int:
    """One host, asked by ssh, judged as its profile would be."""
    from gpusetup.cli.hosts import named_hosts
    from gpusetup.cli.hosts_commands import case_of
    from gpusetup.cli.option_groups import refuse_given
    from gpusetup.probe import DEFAULT_TIMEOUT_S

    refuse_given("hosts.not-with", others)
    hosts = named_hosts(names, None)
    if len(hosts) > 1:
        raise UsageError("hosts.one-only")
    case = case_of(hosts[0], DEFAULT_TIMEOUT_S)
    return _end(case, _diagnosed(case, checks), "doctor.title.host", bundle, name=hosts[0].name)


def _chosen(names: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks of these names; all of them without any. A prefix ("driver.") means its group."""
    from gpusetup.doctor.checks import ALL_CHECKS

    known = [check.id for check in ALL_CHECKS]
    for name in names:
        if not _matching(name, known):
            raise _no_such_check(name, known)
    if not names:
        return ALL_CHECKS
    wanted = {each for name in names for each in _matching(name, known)}
    return tuple(check for check in ALL_CHECKS if check.id in wanted)


def _matching(name: str, known: Sequence[str]) -> list[str]:
    return [each for each in known if each == name or each.startswith(f"{name.rstrip('.')}.")]


def _no_such_check(name: str, known: list[str]) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    if near:
        return UsageError("doctor.no-such-check.near", name=name, near=near[0])
    return UsageError("doctor.no-such-check", name=name)


def _told(report: str | None, machine: str | None) -> tuple[Case, str]:
    """The case of a text, of a profile, or of both: the profile counts for the machine."""
    from dataclasses import replace

    matrix, symptoms = _knowledge()
    case = _case_of_profile(machine, matrix) if machine is not None else None
    if report is None:
        assert case is not None  # noqa: S101 - one of the two is there
        return case, "doctor.title.machine"
    from gpusetup.cli.doctor_reading import text_of
    from gpusetup.doctor.report import case_of_text

    told = case_of_text(text_of(report), matrix, symptoms)
    if case is not None:
        told = replace(told, machine=case.machine)
    return told, "doctor.title.report"


def _knowledge() -> tuple[Matrix, tuple[Symptom, ...]]:
    from gpusetup.compat_files import packaged_or_configured
    from gpusetup.compat_files.symptoms import load_symptoms

    return packaged_or_configured(os.environ), load_symptoms()


def _case_of_profile(name: str, matrix: Matrix) -> Case:
    from gpusetup.cli.doctor_reading import text_of
    from gpusetup.doctor.check import Case
    from gpusetup.profiles.case import case_from_text
    from gpusetup.reports.capabilities import fill_capabilities

    machine, surroundings, environment = case_from_text(text_of(name), name)
    return Case(fill_capabilities(machine, matrix), matrix, environment, surroundings)


def _diagnosed(
    case: Case,
    checks: tuple[Check, ...],
    ask: Callable[[Case], Sources] | None = None,
    *,
    here: bool = False,
) -> Diagnosis:
    """The diagnosis with its remedies: plans of ours first, then advice.

    Args:
        ask: finds out which origins answer, before something is installed from them.
        here: it is this machine, so a plan may look into the environment.
    """
    from gpusetup.doctor.advice import advised
    from gpusetup.doctor.diagnose import diagnose
    from gpusetup.doctor.remedies import with_remedies

    if not here:
        return advised(with_remedies(diagnose(case, checks), case), case)
    from gpusetup.cli.doctor_plans import with_torch_remedies
    from gpusetup.cli.doctor_writable import with_possible_plans
    from gpusetup.road.placing import wheel_index

    planned = with_torch_remedies(diagnose(case, checks), case, ask)
    remedied = with_remedies(planned, case, wheel_index(os.environ))
    return advised(with_possible_plans(remedied, case), case)


def _here(
    env: str | None,
    python: str | None,
    checks: tuple[Check, ...],
    fix: bool,
    yes: bool,
    bundle: str | None,
) -> int:
    """This machine, and an environment on it."""
    from gpusetup.cli import doctor_live

    if fix:
        from gpusetup.cli.doctor_fix import check_can_ask

        check_can_ask(yes)
    matrix, symptoms = _knowledge()
    interpreter = doctor_live.target(env, python)
    scope = doctor_live.scope(interpreter, is_named=bool(env or python))

    def look() -> tuple[Case, Diagnosis]:
        case = doctor_live.look(interpreter, matrix, symptoms)
        ask = doctor_live.sources if fix else None
        return case, _diagnosed(case, checks, ask, here=True)

    case, diagnosis = look()
    if not fix:
        code = _end(case, diagnosis, "doctor.title.here", bundle, scope=scope)
        _offer_fix(case, diagnosis)
        return code
    from gpusetup.cli.doctor_fix import fix as repair

    done = repair(case, diagnosis, look, yes)
    title = "doctor.title.here"
    code = _end(done.case, done.diagnosis, title, bundle, done.fixes, scope=scope)
    if done.declined:
        return Exit.INTERRUPTED
    if not session().json:
        from gpusetup.cli.doctor_screen import say_what_is_left

        say_what_is_left(done.diagnosis)
    return code


def _end(
    case: Case,
    diagnosis: Diagnosis,
    title: str,
    bundle: str | None,
    fixes: tuple[Fix, ...] | None = None,
    name: str | None = None,
    scope: str | None = None,
) -> int:
    """Show it, write it where it is asked for, and say how it ended."""
    from gpusetup.doctor.check import Verdict

    if bundle is not None:
        from gpusetup.cli.detecting import own_names
        from gpusetup.cli.doctor_bundle import write_bundle

        write_bundle(Path(bundle), case, diagnosis, own_names())
        _note(say("doctor.bundle.written", path=bundle))
    if session().json:
        from gpusetup.cli.doctor_document import diagnosis_document, looked_into
        from gpusetup.envelope import emit

        emit(diagnosis_document(diagnosis, fixes, looked_into(case)))
    else:
        from gpusetup.cli.doctor_screen import show_diagnosis

        show_diagnosis(case, diagnosis, say(title, host=name), scope)
    return Exit.FOUND if diagnosis.verdict is Verdict.BROKEN else Exit.OK


def _offer_fix(case: Case, diagnosis: Diagnosis) -> None:
    from gpusetup.cli.doctor_screen import offer_fix

    if not session().json:
        offer_fix(case, diagnosis)


def _note(text: str) -> None:
    from gpusetup.terminal import show

    show.note(text)


def _list(checks: tuple[Check, ...]) -> int:
    if session().json:
        from gpusetup.cli.doctor_document import checks_document
        from gpusetup.envelope import emit

        emit(checks_document(checks))
    else:
        from gpusetup.cli.doctor_screen import show_checks

        show_checks(checks)
    return Exit.OK
