"""`gpusetup bench`: how fast torch computes here."""

from __future__ import annotations

import os
from typing import Optional

import typer

from gpusetup.errors import Exit, UsageError
from gpusetup.messages import say
from gpusetup.session import session


def command(
    env: Optional[str] = typer.Option(None, "--env", metavar="NAME", help=say("help.verify.env")),
    python: Optional[str] = typer.Option(
        None, "--python", metavar="PATH", help=say("help.verify.python")
    ),
    quick: bool = typer.Option(False, "--quick", help=say("help.bench.quick")),
    full: bool = typer.Option(False, "--full", help=say("help.bench.full")),
) -> int:
    """Texts: `help.bench` and its parts."""
    from gpusetup.cli.benchmark_screen import device_text, measure_with_progress, show_benchmark
    from gpusetup.matrix_file import packaged_or_configured
    from gpusetup.targets import resolve_python

    if quick and full:
        raise UsageError("verify.two-levels")
    target = resolve_python(env, python)
    matrix = packaged_or_configured(os.environ)
    benchmark = measure_with_progress(target, matrix, "full" if full else "quick")
    if session().json:
        from gpusetup.envelope import emit
        from gpusetup.measurement import benchmark_document

        emit(benchmark_document(benchmark, device_text))
    else:
        show_benchmark(benchmark)
    return Exit.OK if benchmark.ok else Exit.FOUND
