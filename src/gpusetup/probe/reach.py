"""Which origins answer: each is asked for torch itself, by the client that will install it (uv).

All are asked at once, under one deadline. What does not answer is not planned.
"""

from __future__ import annotations

import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable
from urllib.parse import urlsplit

from gpusetup.basics.errors import Refused
from gpusetup.basics.origins import PYTHON_DOWNLOADS, wheel_index_folder
from gpusetup.basics.redact import without_credentials
from gpusetup.basics.values import replace
from gpusetup.choosing.sources import Reach, Sources
from gpusetup.effects.runner import Ended, run
from gpusetup.engines import uv
from gpusetup.machine import Installers, Machine
from gpusetup.probe.http import size_of
from gpusetup.probe.wheelhouse import list_wheelhouses
from gpusetup.request import Origin, Request

DEADLINE_S = 10.0
SLOW_CACHE_DEADLINE_S = 60.0

# what uv writes -> what it means in two words
# the index has answered; which Python gets which torch is weighed later
_FOR_ANOTHER_PYTHON = re.compile(r"no\s+wheels\s+with\s+a\s+matching", re.IGNORECASE)
NOT_TRUSTED = "certificate not trusted"
DEAD_PROXY = "proxy does not answer"
_REFUSED = "connection refused"
NO_TORCH, WEB_PAGE = "no torch there", "web page in place of an index"
_PAGE_S = 3.0
CACHE_UNWRITABLE = "cache not writable"
CACHE_UNLOCKABLE = "cache without locks"
CACHE_UNLINKABLE = "cache without links"
_NOT_THERE = r"(?:No locks available|Function not implemented|Operation not supported)"

_CAUSES = (
    (r"Failed to initialize cache at `([^`]+)`", CACHE_UNWRITABLE + r" \1"),
    (rf"failed to lock `([^`]+)/\.lock`: {_NOT_THERE}", CACHE_UNLOCKABLE + r" \1"),
    (
        r"distribution cache(?s:.*?)failed to symlink file from (\S+?)"
        r"/(?:wheels|archive|sdists)-v\d+/",
        CACHE_UNLINKABLE + r" \1",
    ),
    # before what uv says of the wheel that it was writing
    (r"No space left", "no space left"),
    (r"Disk quota exceeded", "quota used up"),
    (r"dns error|failed to lookup|Name or service not known", "name not found"),
    (r"timed? ?out", "timed out"),
    (r"status (?:client|server) error \((\d{3})", r"\1"),
    (r"\b(40[137]) (?:Unauthorized|Forbidden|Proxy)", r"\1"),
    (r"InvalidCertificate|UnknownIssuer|certificate", NOT_TRUSTED),
    (r"Hash mismatch", "hash mismatch"),
    (r"Invalid zip|unexpected header|Failed to extract|invalid package format", "not a wheel"),
    (r"end of file before|error decoding response body|reading a body", "connection broken off"),
    (r"proxy|tunnel error", "proxy"),
    (r"Connection refused", _REFUSED),
    (r"unreachable", "network unreachable"),
    (r"not found in the package registry|there are no versions", NO_TORCH),
    (r"Missing `?Content-Type|too many redirects", "no index there"),
    (r"network connectivity is disabled|--offline", "offline"),
)

_TROUBLES = (
    (CACHE_UNWRITABLE, "run.cache-unwritable"),
    (CACHE_UNLOCKABLE, "run.cache-without-locks"),
    (CACHE_UNLINKABLE, "run.cache-without-links"),
)


def probe_sources(
    machine: Machine,
    request: Request,
    wheel_index: str,
    deadline_s: float = DEADLINE_S,
    *,
    flat: bool = False,
) -> Sources:
    """Ask the package index, the wheel index, the wheelhouses and the source of interpreters.

    Where torch shall come from a channel nobody is asked: the dry solve does that.
    `flat`: the wheel index has folders of wheels and no pages for packages.
    """
    if request.origin is not None and request.origin.is_conda:
        return Sources()
    installers = machine.installers
    # a wheelhouse that was named is meant alone
    places = (request.wheelhouse,) if request.wheelhouse else installers.find_links
    with ThreadPoolExecutor(max_workers=4) as pool:
        pypi = pool.submit(_ask, Origin.PYPI, installers, None, deadline_s)
        folder = wheel_index_folder(wheel_index, "cpu")
        index = pool.submit(
            _ask, Origin.WHEEL_INDEX, _without_indexes(installers), folder, deadline_s, flat=flat
        )
        wheels = pool.submit(list_wheelhouses, places, installers, deadline_s / 2)
        pythons = pool.submit(_pythons_reached, installers, deadline_s / 2)
        return Sources(
            reaches=_with_proxy_blamed((pypi.result(), index.result()), machine),
            wheels=wheels.result()[0],
            python_downloads=pythons.result(),
        )


def _with_proxy_blamed(reaches: tuple[Reach, ...], machine: Machine) -> tuple[Reach, ...]:
    """uv says "connection refused" of an index where it is the proxy on the way that refuses."""
    refused = (_REFUSED, "proxy")
    if not any(each.detail in refused for each in reaches):
        return reaches
    from gpusetup.probe.surroundings import dead_proxy

    if dead_proxy(machine.proxies, machine.installers.proxy) is None:
        return reaches
    return tuple(
        replace(each, detail=DEAD_PROXY) if each.detail in refused else each for each in reaches
    )


def _without_indexes(installers: Installers) -> Installers:
    return replace(installers, index_url=None, extra_index_urls=(), find_links=(), no_index=False)


def _ask(
    origin: Origin,
    installers: Installers,
    index: str | None,
    timeout_s: float,
    *,
    flat: bool = False,
) -> Reach:
    """Let uv look torch up at one index.

    A company's proxy shows a certificate of its own, which pip finds in the system's store.
    """
    found = _look_up(origin, installers, index, timeout_s, flat)
    if found.detail != NOT_TRUSTED or installers.cert:
        return found
    told = replace(installers, system_certs=True)
    again = _look_up(origin, told, index, timeout_s, flat)
    return replace(again, system_certs=True) if again.reached else found


def _look_up(
    origin: Origin, installers: Installers, index: str | None, timeout_s: float, flat: bool
) -> Reach:
    url = without_credentials(index or installers.index_url or "")
    if installers.uv is None:
        return Reach(origin, None, url or None, "uv is missing")
    if installers.no_index:
        return Reach(origin, False, url or None, "no-index")
    with tempfile.TemporaryDirectory(prefix="gpusetup-") as folder:
        settings = Path(folder) / "uv.toml"
        settings.write_text(uv.config_text(installers, index, flat=flat), encoding="utf-8")
        ended = run(
            (
                installers.uv, "pip", "compile", "--config-file", str(settings), "--no-deps",
                "--no-header", "--no-annotate", "--no-python-downloads", "--color", "never",
                "--python", sys.executable, "-",  # ours, which uv surely knows
            ),
            env={
                **uv.network_environment(installers),
                "UV_HTTP_TIMEOUT": str(int(timeout_s)), "UV_HTTP_RETRIES": "0",
            },
            timeout_s=timeout_s, cwd=folder, stdin="torch\n",
        )  # fmt: skip
    reached = ended.ok or bool(_FOR_ANOTHER_PYTHON.search(ended.output))
    cause = None if reached else cause_of(ended)
    if cause == NO_TORCH and not flat and _is_web_page(index or installers.index_url, installers):
        cause = WEB_PAGE
    return Reach(origin, reached, url or None, cause)


def _is_web_page(index: str | None, installers: Installers) -> bool:
    """Whether the page of torch is HTML that names no file: a network that wants a login."""
    from gpusetup.index_pages import parse_html
    from gpusetup.probe.http import fetch_text

    if index is None or urlsplit(index).scheme not in ("http", "https"):
        return False
    url = f"{index.rstrip('/')}/torch/"
    try:
        text = fetch_text(url, installers, _PAGE_S)
    except OSError:
        return False
    return "<html" in text[:1000].lower() and not parse_html(text, url)


def cause_of(ended: Ended) -> str:
    """Why uv got no answer, in the fewest words: "403", "name not found"."""
    if ended.returncode is None:
        return "timed out"
    return known_cause(ended.output) or without_credentials(ended.last_lines(1).strip())


def known_cause(output: str) -> str | None:
    """The cause in what uv or rattler wrote, if it is one that we have words for."""
    text = " ".join(output.split())  # on a narrow terminal uv breaks its lines anywhere
    for pattern, cause in _CAUSES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return found.expand(cause)
    return None


def trouble_with_cache(cause: str | None) -> Refused | None:
    """Where uv cannot work with its cache, no origin can be reached: not the network's fault."""
    for start, code in _TROUBLES:
        if cause and cause.startswith(start):
            return Refused(code, folder=cause[len(start) :].strip())
    return None


def _pythons_reached(installers: Installers, timeout_s: float) -> bool:
    return _answers(PYTHON_DOWNLOADS, installers, timeout_s)


def _answers(url: str, installers: Installers, timeout_s: float) -> bool:
    from gpusetup.probe.http import fetch_text

    try:
        fetch_text(url, installers, timeout_s)
    except OSError:
        return False
    return True


def sizes_of(urls: list[str], installers: Installers, timeout_s: float) -> dict[str, int | None]:
    """The sizes of files that an index did not tell, asked for in parallel."""
    remote = [url for url in urls if urlsplit(url).scheme in ("http", "https")]
    ask: Callable[[str], int | None] = lambda url: size_of(url, installers, timeout_s)  # noqa: E731
    with ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip(remote, pool.map(ask, remote)))
