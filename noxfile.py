"""Sessions: `nox` runs the checks and tests; `nox -s properties` the long property tests."""

from __future__ import annotations

import nox

nox.options.sessions = ["check", "tests"]


@nox.session
def check(session: nox.Session) -> None:
    """Style, types and the import rules."""
    session.install("-e", ".[test,check]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(python=["3.9", "3.11", "3.13"])
def tests(session: nox.Session) -> None:
    """All tests, on the oldest, a common and a new Python."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def properties(session: nox.Session) -> None:
    """Property tests with thousands of examples."""
    session.install("-e", ".[test]")
    session.run("pytest", "-k", "propert or law", env={"GPUSETUP_EXAMPLES": "2000"})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Ten thousand spoiled reports, profiles, matrix files, settings, answers and journals each."""
    session.install("-e", ".[test]")
    wanted = "fuzz or spoiled_journal"
    session.run("pytest", "-n", "auto", "-k", wanted, env={"GPUSETUP_FUZZ": "10000"})


@nox.session
def hardening(session: nox.Session) -> None:
    """Killed and interrupted at twenty random moments of each engine's run."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "auto", "tests/hardening", env={"GPUSETUP_MOMENTS": "20"})


@nox.session
def speed(session: nox.Session) -> None:
    """Start-up and matrix loading, as ratios side by side; the matrix against a conda solver."""
    session.install("-e", ".", "py-rattler", "nvitop", "gpustat")
    session.run("python", "benchmarks/startup.py")
    session.run("python", "benchmarks/first_question.py")
    session.run("python", "benchmarks/beside_others.py")
    session.run("python", "benchmarks/matrix_load.py")
    session.run("python", "benchmarks/conda_engine.py")


@nox.session
def installation(session: nox.Session) -> None:
    """The install part of `init` beside the same by hand, beside pip, and from a thin line."""
    session.install("-e", ".[test]")
    session.run("python", "benchmarks/install.py", *session.posargs)


@nox.session
def verification(session: nox.Session) -> None:
    """A quick verification beside a bare import: `nox -s verification -- PYTHON`."""
    session.install("-e", ".")
    session.run("python", "benchmarks/verify.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages of docs/reference, and build the site: build/site/index.html."""
    session.install("-e", ".[docs]")
    session.run("python", "tools/make_docs.py")
    session.run("python", "tools/picture.py")
    session.run("python", "tools/build_site.py", *session.posargs)


@nox.session
def fresh(session: nox.Session) -> None:
    """The README's first line on a simulated fresh Debian (needs root and mmdebstrap)."""
    session.run("bash", "tools/fresh_machine.sh", external=True)
