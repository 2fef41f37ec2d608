"""Why a mirror does not serve, and what is to be said about the one that was chosen.

A cause follows upon the thing that was asked for: "the package index, asked as pip, CAUSE".
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "mirrors.cause.timed-out": "did not answer in time",
    "mirrors.cause.refused": "refuses connections",
    "mirrors.cause.no-name": "has a name that cannot be found",
    "mirrors.cause.unreachable": "cannot be reached",
    "mirrors.cause.certificate": "shows a certificate that is not trusted",
    "mirrors.cause.loop": "redirects in a circle",
    "mirrors.cause.plain-http": "redirects to plain http",
    "mirrors.cause.not-encrypted": "is plain http, so it was not asked",
    "mirrors.cause.cut": "breaks off in the middle",
    "mirrors.cause.no-sense": "answers with something that is not HTTP",
    "mirrors.cause.status": "answers with status {status}",
    "mirrors.cause.html": "answers with a web page in place of data",
    "mirrors.cause.not-an-index": "is not an index",
    "mirrors.cause.no-wheel": "does not have the torch for this machine",
    "mirrors.cause.no-noarch": "lacks noarch, without which conda stops",
    "mirrors.cause.no-platform": "has nothing for this platform",
    "mirrors.cause.stale": "is an old copy that is no longer kept up to date",
    "mirrors.cause.damaged": "sends damaged files",
    "mirrors.cause.dead": "is no longer served",
    "mirrors.cause.absent": "is not there",
    "mirrors.note.elsewhere": "{mirror} does not have {what}; taken from {other}.",
    "mirrors.note.official": (
        "{mirror} does not have {what}, and no mirror that does works from here; taken from the "
        "official source."
    ),
    "mirrors.note.left-out": "Not set: {what}, because {mirror} {cause}.",
    "mirrors.note.redirected": "For {what}, {mirror} passes requests on to {host}.",
    "mirrors.note.default-stays": (
        "For {what}, no mirror is clearly faster here than the official source."
    ),
    "mirrors.note.nothing-serves": (
        "For {what}, neither a mirror nor the official source works from here."
    ),
}
