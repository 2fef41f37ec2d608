"""The wishes as options: declared once, read once, the same for `init`, `plan` and `export`."""

from __future__ import annotations

import inspect
import os
import re
from functools import wraps
from pathlib import Path
from typing import Any, Callable, Optional, get_type_hints

import typer

from gpusetup.cli.requirement_wishes import with_file
from gpusetup.errors import UsageError
from gpusetup.messages import say
from gpusetup.packages import is_plain_word
from gpusetup.request import Engine, GpuPolicy, Origin, Request
from gpusetup.terminal.ask import check_name
from gpusetup.versions import Version

_ORIGINS = "|".join(["auto", *(each.value for each in Origin)])
_BUILD = re.compile(r"cu\d{2,3}")


def wish_options(
    name: Optional[str] = typer.Argument(None, help=say("help.wish.name")),
    torch: Optional[str] = typer.Option(None, help=say("help.wish.torch"), metavar="SPEC"),
    cuda: Optional[str] = typer.Option(None, help=say("help.wish.cuda"), metavar="12.6|cu126|cpu"),
    cpu: bool = typer.Option(False, "--cpu", help=say("help.wish.cpu")),
    python: Optional[str] = typer.Option(None, help=say("help.wish.python"), metavar="3.12"),
    engine: Engine = typer.Option(Engine.AUTO, help=say("help.wish.engine")),
    origin: Optional[str] = typer.Option(None, help=say("help.wish.origin"), metavar=_ORIGINS),
    wheelhouse: Optional[str] = typer.Option(None, help=say("help.wish.wheelhouse"), metavar="DIR"),
    prefix: Optional[Path] = typer.Option(None, help=say("help.wish.prefix"), metavar="DIR"),
    into: Optional[str] = typer.Option(None, help=say("help.wish.into"), metavar="NAME"),
    replace: bool = typer.Option(False, "--replace", help=say("help.wish.replace")),
    with_: Optional[str] = typer.Option(
        None, "--with", help=say("help.wish.with"), metavar="NAME,NAME"
    ),
    requirements: Optional[Path] = typer.Option(
        None, metavar="FILE", help=say("help.wish.requirements")
    ),
    gpu_policy: GpuPolicy = typer.Option(GpuPolicy.ALL, help=say("help.wish.gpu-policy")),
) -> Request:
    """The request of one command line.

    Raises:
        UsageError: a wish that cannot be read, or two that contradict each other.
    """
    if name is not None:
        check_name(name)
    if into is not None and (replace or prefix is not None):
        raise UsageError("wish.contradiction", first="--into", second="--replace / --prefix")
    build, runtime = _cuda(cuda, cpu)
    wished = Request(
        name=name,
        torch=torch_specifier(torch),
        build=build,
        cuda=runtime,
        python=_python(python),
        engine=engine,
        origin=origin_named(origin),
        wheelhouse=wheelhouse,
        prefix=whole_path(prefix) if prefix else None,
        into=into,
        replace=replace,
        packages=_packages(with_ or ""),
        gpu_policy=gpu_policy,
    )
    return with_file(wished, requirements, torch) if requirements else wished


def _packages(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, re.split(r"[,\s]+", text)))
    for name in names:
        if not is_plain_word(name):
            raise UsageError("wish.package", text=name)
    return names


def whole_path(path: Path) -> str:
    """The absolute path. `..` is resolved as the system would: behind links it is elsewhere."""
    try:
        whole = path.expanduser().absolute()
        str(whole).encode()
    except (RuntimeError, UnicodeEncodeError) as error:  # a ~user that is not there; bytes
        raise UsageError("wish.prefix", path=ascii(str(path))) from error
    return os.path.realpath(whole) if ".." in whole.parts else str(whole)


def with_wishes(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command all wish options; it gets them as one `request`."""
    wishes = inspect.signature(wish_options)
    own = inspect.signature(command)

    @wraps(command)
    def wrapper(**given: Any) -> int:
        wished = {name: given.pop(name) for name in wishes.parameters}
        return command(request=wish_options(**wished), **given)

    parameters = [*wishes.parameters.values()]
    parameters += [each for each in own.parameters.values() if each.name != "request"]
    wrapper.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    hints = {**get_type_hints(wish_options), **get_type_hints(command)}
    wrapper.__annotations__ = {each.name: hints[each.name] for each in parameters}
    del wrapper.__wrapped__  # typer would look through it
    return wrapper


def torch_specifier(text: str | None) -> str | None:
    """ "2.7.1" -> "==2.7.1", "2.7" -> "==2.7.*", a specifier set as it is, "latest" -> None."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if text is None or text.strip().lower() in ("", "latest", "auto"):
        return None
    bare = re.sub(r"^torch\s*(?=[=<>!~\d])", "", text.strip())
    if re.fullmatch(r"\d+\.\d+", bare):
        bare = f"=={bare}.*"
    elif re.fullmatch(r"\d[\w.+]*", bare):
        bare = f"=={bare}"
    try:
        SpecifierSet(bare)
    except InvalidSpecifier:
        raise UsageError("wish.torch", text=text) from None
    return bare


def _cuda(text: str | None, cpu: bool) -> tuple[str | None, Version | None]:
    """The build ("cpu", "cu126") or the CUDA runtime (12.6, 12) that was asked for."""
    wish = (text or "").strip().lower()
    if cpu and wish not in ("", "auto", "cpu", "none"):
        raise UsageError("wish.contradiction", first="--cpu", second=f"--cuda {text}")
    if cpu or wish in ("cpu", "none"):
        return "cpu", None
    if wish in ("", "auto"):
        return None, None
    if _BUILD.fullmatch(wish):
        return wish, None
    try:
        return None, Version.parse(re.sub(r"\.x$", "", wish))
    except ValueError:
        raise UsageError("wish.cuda", text=text) from None


def _python(text: str | None) -> Version | None:
    if text is None or text.strip().lower() == "auto":
        return None
    try:
        version = Version.parse(text.strip())
    except ValueError:
        version = None
    if version is None or version.major != 3 or len(version.numbers) < 2:
        raise UsageError("wish.python", text=text)
    return version.minor()


def origin_named(text: str | None) -> Origin | None:
    """The origin of that name; None for none or "auto"."""
    if text in (None, "auto"):
        return None
    try:
        return Origin(text)
    except ValueError:
        known = ", ".join(["auto", *(each.value for each in Origin)])
        raise UsageError("wish.origin", text=text, known=known) from None
