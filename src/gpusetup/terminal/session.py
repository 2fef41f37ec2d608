"""The flags that every command takes: --lang, --json, --plain, --verbose."""

from __future__ import annotations

from gpusetup.basics.values import dataclass


@dataclass
class Session:
    """How this call talks. Filled by the shared options, read by `show` and `envelope`."""

    json: bool = False
    plain: bool = False
    verbose: bool = False
    ends_blank: bool = False  # the last line that was shown is an empty one


_session = Session()


def session() -> Session:
    """The flags of this call."""
    return _session


def forget() -> None:
    """Back to the defaults: one process may run several command lines (tests do)."""
    _session.json = _session.plain = _session.verbose = _session.ends_blank = False
