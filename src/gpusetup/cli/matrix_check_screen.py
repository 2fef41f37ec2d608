"""What `gpusetup matrix check` shows, and its JSON document."""

from __future__ import annotations

from gpusetup.basics.versions import Version
from gpusetup.indexes.client import Client
from gpusetup.matrix.rows import Build, Matrix
from gpusetup.matrix_check.values import Checked, Difference
from gpusetup.messages import listed, say
from gpusetup.request import Origin
from gpusetup.terminal import show
from gpusetup.terminal.show import Line, Mark


def show_checked(
    checked: tuple[Checked, ...], client: Client, seconds: float, limit_mib: float
) -> None:
    """One area per index, then every difference, then what it took."""
    show.heading(say("matrix-check.title"))
    show.lines([_line(each) for each in checked])
    differences = [each for part in checked for each in part.differences]
    if differences:
        show.blank()
    for each in differences:
        show.item(Mark.BAD, difference_text(each))
    unread = [each for part in checked for each in part.unread if not part.origin.is_conda]
    if unread:
        show.warning(_unread_text(unread, limit_mib))
    for part in filter(_is_read_channel, checked):
        if part.unread:
            show.warning(_unread_parts_text(part))
    _show_settled([row for part in checked for row in part.settled])
    amount = show.mib(client.received_mib)
    time = show.duration(seconds)
    told = "cost-and-channels" if any(_is_read_channel(each) for each in checked) else "cost"
    show.note(say(f"matrix-check.{told}", requests=client.requests, size=amount, time=time))
    if differences:
        show.hint(say("matrix-check.differs.next"))


def difference_text(difference: Difference) -> str:
    """One difference as a sentence."""
    facts = {
        name: str(value)
        for name, value in vars(difference).items()
        if name not in ("code", "page", "origin")
    }
    is_channel = difference.origin and Origin(difference.origin).is_conda
    code = f"{'channel' if is_channel else 'diff'}.{difference.code}"
    text = " ".join(say(f"matrix-check.{code}", channel=difference.origin, **facts).split())
    if difference.page:
        return say("matrix-check.on-page", text=text, page=difference.page)
    return text


def reason_words(checked: Checked) -> str:
    """Why an index was not compared."""
    if checked.url is None:
        return say("matrix-check.no-index")
    if checked.reason == "no rows":
        return say("matrix-check.no-rows")
    if checked.reason == "no torch":
        return say("matrix-check.no-torch", url=checked.url)
    return f"{checked.reason} ({checked.url})"


def document(
    matrix: Matrix, checked: tuple[Checked, ...], client: Client, seconds: float
) -> dict[str, object]:
    """`gpusetup.matrix/1` of a check."""
    from gpusetup.cli.matrix_documents import head

    return {
        **head(matrix, "check"),
        "complete": all(each.is_checked and not each.unread for each in checked),
        "origins": [_origin_document(each) for each in checked],
        "differences": [
            _difference_document(each) for part in checked for each in part.differences
        ],
        "settled": [_settled_document(row) for part in checked for row in part.settled],
        "requests": client.requests,
        "received_mib": round(client.received_mib, 2),
        "seconds": round(seconds, 1),
    }


def _line(checked: Checked) -> Line:
    label = say(f"matrix-check.origin.{checked.origin.value}")
    if not checked.is_checked:
        text = say("matrix-check.not-checked", reason=reason_words(checked))
        return Line(Mark.WARN, label, text)
    facts = {"releases": checked.releases, "listed": checked.listed}
    told = "from-channel" if checked.origin.is_conda else "from"
    detail = say(f"matrix-check.{told}", url=checked.url, read=checked.read)
    if checked.differences:
        text = say("matrix-check.differs", count=len(checked.differences), **facts)
        return Line(Mark.BAD, label, text, detail)
    mark = Mark.WARN if checked.unread else Mark.OK
    return Line(mark, label, say("matrix-check.same", **facts), detail)


def _is_read_channel(checked: Checked) -> bool:
    return checked.is_checked and checked.origin.is_conda


def _show_settled(rows: list[Build]) -> None:
    """The rows that were in doubt and are no longer: one line for each release of a channel."""
    if not rows:
        return
    show.blank()
    show.paragraph(say("matrix-check.settled", count=len(rows)))
    builds: dict[tuple[Origin, Version], list[str]] = {}
    for row in sorted(rows, key=lambda row: (row.origin, row.torch, row.build), reverse=True):
        builds.setdefault((row.origin, row.torch), []).append(f"{row.build} {row.platform}")
    for (origin, torch), named in builds.items():
        facts = {"torch": str(torch), "channel": origin.value, "builds": listed(named)}
        show.item(Mark.OK, say("matrix-check.settled.release", **facts))


def _settled_document(row: Build) -> dict[str, object]:
    return {
        "torch": str(row.torch),
        "build": row.build,
        "platform": row.platform,
        "origin": row.origin.value,
    }


def _unread_text(unread: list[tuple[str, str]], limit_mib: float) -> str:
    spent = [each for each in unread if each[1] == "budget spent"]
    if spent:
        return say("matrix-check.budget", limit=show.mib(limit_mib), count=len(spent))
    name, reason = unread[0]
    return say("matrix-check.unread", count=len(unread), name=name, reason=reason)


def _unread_parts_text(channel: Checked) -> str:
    parts = listed(f"{name} ({reason})" for name, reason in channel.unread)
    return say("matrix-check.unread-parts", channel=channel.origin.value, parts=parts)


def _origin_document(checked: Checked) -> dict[str, object]:
    return {
        "origin": checked.origin.value,
        "url": checked.url,
        "checked": checked.is_checked,
        "reason": None if checked.is_checked else reason_words(checked),
        "releases": checked.releases,
        "builds": checked.listed,
        "wheels_read": 0 if checked.origin.is_conda else checked.read,
        "packages_read": checked.read if checked.origin.is_conda else 0,
        "unread": [{"name": name, "reason": reason} for name, reason in checked.unread],
    }


def _difference_document(difference: Difference) -> dict[str, object]:
    facts = {name: str(value) or None for name, value in vars(difference).items()}
    return {**facts, "text": difference_text(difference)}
