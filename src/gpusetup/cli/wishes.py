"""The wishes as options: declared once, the same for `init`, `plan` and `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import typer

from gpusetup.cli.option_groups import with_group
from gpusetup.cli.wish_values import read_wishes
from gpusetup.messages import say
from gpusetup.request import Engine, GpuPolicy, Origin, Request

_ORIGINS = "|".join(["auto", *(each.value for each in Origin)])


def wish_options(
    name: Optional[str] = typer.Argument(None, help=say("help.wish.name")),
    torch: Optional[str] = typer.Option(None, help=say("help.wish.torch"), metavar="SPEC"),
    cuda: Optional[str] = typer.Option(None, help=say("help.wish.cuda"), metavar="12.6|cu126|cpu"),
    cpu: bool = typer.Option(False, "--cpu", help=say("help.wish.cpu")),
    python: Optional[str] = typer.Option(None, help=say("help.wish.python"), metavar="3.12"),
    engine: Optional[Engine] = typer.Option(
        None, help=say("help.wish.engine"), show_default="auto"
    ),
    origin: Optional[str] = typer.Option(None, help=say("help.wish.origin"), metavar=_ORIGINS),
    wheelhouse: Optional[str] = typer.Option(None, help=say("help.wish.wheelhouse"), metavar="DIR"),
    prefix: Optional[Path] = typer.Option(None, help=say("help.wish.prefix"), metavar="DIR"),
    into: Optional[str] = typer.Option(None, help=say("help.wish.into"), metavar="NAME"),
    replace: bool = typer.Option(False, "--replace", help=say("help.wish.replace")),
    mirror: Optional[str] = typer.Option(
        None, help=say("help.wish.mirror"), metavar="NAME|auto|none", show_default="auto"
    ),
    with_: Optional[str] = typer.Option(
        None, "--with", help=say("help.wish.with"), metavar="NAME,NAME"
    ),
    requirements: Optional[Path] = typer.Option(
        None, metavar="FILE", help=say("help.wish.requirements")
    ),
    gpu_policy: Optional[GpuPolicy] = typer.Option(
        None, help=say("help.wish.gpu-policy"), show_default="all"
    ),
    for_kind: Optional[str] = typer.Option(
        None, "--for-kind", help=say("help.wish.for-kind"), metavar="KIND,KIND"
    ),
    answers: Optional[Path] = typer.Option(None, metavar="FILE", help=say("help.wish.answers")),
) -> Request:
    """The request of one command line and its answers file: `wish_values.read_wishes`."""
    given = _given(
        name=name,
        torch=torch,
        cuda=cuda,
        cpu=cpu,
        python=python,
        engine=engine,
        origin=origin,
        wheelhouse=wheelhouse,
        prefix=prefix,
        into=into,
        replace=replace,
        mirror=mirror,
        with_=with_,
        requirements=requirements,
        gpu_policy=gpu_policy,
        for_kind=for_kind,
    )
    if answers is None:
        return read_wishes(**given)
    from gpusetup.cli.answers import load
    from gpusetup.cli.answers_file import merged

    return read_wishes(**merged(load(answers), given))


def _given(**values: Any) -> dict[str, Any]:
    """What was said on the command line; the rest has the defaults of `read_wishes`."""
    return {name: value for name, value in values.items() if value is not None}


with_wishes = with_group(wish_options, "request")
"""Give a command all wish options; it gets them as one `request`."""
