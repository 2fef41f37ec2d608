"""What was wished, as a request: read from plain values, without any framework."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gpusetup.basics import names
from gpusetup.basics.errors import UsageError
from gpusetup.basics.patterns import pattern
from gpusetup.basics.versions import Version
from gpusetup.packages import is_plain_word
from gpusetup.request import Engine, GpuPolicy, Origin, Request

_BUILD = pattern(r"cu\d{2,3}")


def read_wishes(
    name: str | None = None,
    torch: str | None = None,
    cuda: str | None = None,
    cpu: bool = False,
    python: str | None = None,
    engine: Engine = Engine.AUTO,
    origin: str | None = None,
    wheelhouse: str | None = None,
    prefix: Path | None = None,
    into: str | None = None,
    replace: bool = False,
    mirror: str = "auto",
    with_: str | None = None,
    requirements: Path | None = None,
    gpu_policy: GpuPolicy = GpuPolicy.ALL,
    for_kind: str | None = None,
) -> Request:
    """The request of one command line.

    Raises:
        UsageError: a wish that cannot be read, or two that contradict each other.
    """
    if name is not None:
        check_name(name)
    if into is not None and (replace or prefix is not None):
        raise UsageError("wish.contradiction", first="--into", second="--replace / --prefix")
    build, runtime = cuda_named(cuda, cpu)
    wished = Request(
        name=name,
        torch=torch_specifier(torch),
        build=build,
        cuda=runtime,
        python=python_named(python),
        engine=engine,
        origin=origin_named(origin),
        wheelhouse=wheelhouse,
        prefix=whole_path(prefix) if prefix else None,
        into=into,
        replace=replace,
        mirror=mirror.strip().lower() or "auto",
        packages=_packages(with_ or ""),
        gpu_policy=gpu_policy,
        for_kind=tuple(filter(None, re.split(r"[,\s]+", for_kind or ""))),
    )
    if requirements is None:
        return wished
    from gpusetup.cli.requirement_wishes import with_file

    return with_file(wished, requirements, torch)


def _packages(text: str) -> tuple[str, ...]:
    found = tuple(filter(None, re.split(r"[,\s]+", text)))
    for each in found:
        if not is_plain_word(each):
            raise UsageError("wish.package", text=each)
    return found


def check_name(name: str) -> None:
    """For names given on the command line.

    Raises:
        UsageError: what is wrong with the name.
    """
    code = names.objection(name)
    if code:
        raise UsageError(code, **names.facts(name))


def whole_path(path: Path) -> str:
    """The absolute path. `..` is resolved as the system would: behind links it is elsewhere."""
    try:
        whole = path.expanduser().absolute()
        str(whole).encode()
    except (RuntimeError, UnicodeEncodeError) as error:  # a ~user that is not there; bytes
        raise UsageError("wish.prefix", path=ascii(str(path))) from error
    return os.path.realpath(whole) if ".." in whole.parts else str(whole)


def torch_specifier(text: str | None) -> str | None:
    """ "2.7.1" -> "==2.7.1", "2.7" -> "==2.7.*", a specifier set as it is, "latest" -> None."""
    if text is None or text.strip().lower() in ("", "latest", "auto"):
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

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


def cuda_named(text: str | None, cpu: bool = False) -> tuple[str | None, Version | None]:
    """The build ("cpu", "cu126") or the CUDA runtime (12.6, 12) that was asked for.

    Raises:
        UsageError: it is neither, or `--cpu` contradicts it.
    """
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


def python_named(text: str | None) -> Version | None:
    """The minor version that was asked for; None for none or "auto".

    Raises:
        UsageError: it is none of Python 3.
    """
    if text is None or text.strip().lower() == "auto":
        return None
    version = Version.told(text)
    if version is not None and version.major == 2:
        raise UsageError("wish.python-two", text=text)
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
