"""Which torch Python finds first: the user's folder, a file beside the script, a second copy."""

from __future__ import annotations

import re
from typing import Iterator

from gpusetup.doctor.check import Area, Case, Check, Fact, Finding, Severity
from gpusetup.doctor.facts import lines_of, torch_of
from gpusetup.environments.facts import Distribution, Environment, Kind, Shadow

_NAME = re.compile(r"[\w.-]+")
_TORCH = ("torch", "torchvision", "torchaudio", "numpy")


def judge_user_site(case: Case) -> Iterator[Finding]:
    """A torch in ~/.local stands before the one of the environment."""
    lines = lines_of(case, "environment.user-site-shadows")
    environment = case.environment
    shadow = _shadow(environment, "user-site") if environment else None
    if shadow is None and not lines and environment is not None:
        shadow = _from_user_site(environment)
    if shadow is not None:
        facts = {"module": shadow.name, "path": shadow.path, "name": _name(environment)}
        yield Finding("environment.user-site-shadows", facts=facts, evidence=(shadow.path,))
    elif lines:
        facts = {"module": "torch", "path": lines[0], "name": "-"}
        yield Finding("environment.user-site-shadows", facts=facts, evidence=lines[:3])


def _from_user_site(environment: Environment) -> Shadow | None:
    """Torch lies in the user's folder, and the environment is one of its own."""
    torch = environment.torch
    place = getattr(torch, "location", None)
    if not place or not environment.user_site or environment.kind is Kind.SYSTEM:
        return None
    inside = str(place).startswith(environment.user_site)
    return Shadow("torch", str(place), "user-site") if inside else None


def judge_shadowed(case: Case) -> Iterator[Finding]:
    """A file or folder named torch is imported instead of the package."""
    environment = case.environment
    shadow = None
    for by in ("current-folder", "pythonpath", "pth-file"):
        shadow = shadow or (_shadow(environment, by) if environment else None)
    lines = lines_of(case, "environment.torch-shadowed")
    if shadow is not None:
        facts = {"module": shadow.name, "path": shadow.path}
        yield Finding(
            "environment.torch-shadowed", facts=facts, evidence=(shadow.path,), variant=shadow.by
        )
    elif lines:
        facts = {"module": "torch", "path": "torch.py"}
        yield Finding("environment.torch-shadowed", facts=facts, evidence=lines[:2])


def judge_two_torches(case: Case) -> Iterator[Finding]:
    """Torch is there more than once: which one is meant is luck."""
    environment = case.environment
    if environment is None:
        return
    copies = [each for each in environment.duplicates if each.name in ("torch", "pytorch")]
    pair = copies or _by_two_installers(case, environment)
    if len({each.version.partition("+")[0] for each in pair}) < 2 and not copies:
        return
    words = tuple(f"{each.name} {each.version} {each.location or each.installer}" for each in pair)
    facts = {"first": pair[0].version, "second": pair[-1].version}
    yield Finding("environment.two-torches", Severity.WARNING, facts, words[:3])


def _by_two_installers(case: Case, environment: Environment) -> list[Distribution]:
    """conda's pytorch with a version of its own beside pip's torch."""
    if case.reported:  # collect_env lists one torch under both names
        return []
    conda = environment.distribution("pytorch")
    pip = next(
        (
            each
            for each in environment.distributions or ()
            if each.name == "torch" and each.installer in ("pip", "uv")
        ),
        None,
    )
    return [pip, conda] if pip and conda and torch_of(case) else []


def judge_missing(case: Case) -> Iterator[Finding]:
    """Torch, or what comes with it, needs a package that is not installed."""
    for each in (case.environment.distributions if case.environment else None) or ():
        if each.missing:
            run = case.environment.run if case.environment else None
            broken = run is not None and run.imported is False
            severity = Severity.ERROR if broken else Severity.WARNING
            names = tuple(_NAME.match(line)[0] for line in each.missing)  # type: ignore[index]
            facts = {"package": each.name, "missing": names}
            words = tuple(f"{each.name} {each.version}: {line}" for line in each.missing[:4])
            yield Finding("packages.missing", severity, facts, words)
            return


def _shadow(environment: Environment | None, by: str) -> Shadow | None:
    shadows = environment.shadows if environment else ()
    return next((each for each in shadows if each.by == by and each.name in _TORCH), None)


def _name(environment: Environment | None) -> str:
    return (environment.name or environment.prefix or "-") if environment else "-"


_AREA = Area.ENVIRONMENT
CHECKS = (
    Check("environment.torch-shadowed", _AREA, judge_shadowed, reads=(Fact.ENVIRONMENT,)),
    Check("environment.user-site-shadows", _AREA, judge_user_site, reads=(Fact.ENVIRONMENT,)),
    Check("environment.two-torches", _AREA, judge_two_torches, reads=(Fact.PACKAGES,)),
    Check("packages.missing", Area.PACKAGES, judge_missing, reads=(Fact.ENVIRONMENT,)),
)
