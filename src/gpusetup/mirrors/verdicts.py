"""Whether an offer serves a client, judged by the answers that it would get. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from gpusetup.mirrors.answers import Answer, Form, Trouble
from gpusetup.mirrors.catalogue import Client, Layout, Offer
from gpusetup.mirrors.wheels import WantedWheel

# conda-forge changes every hour, bioconda every day. Others stand still for months.
STALE_AFTER_DAYS = {"conda-forge": 7.0, "bioconda": 14.0}


MEASURABLE_BYTES = 32 << 10
MEASURABLE_S = 0.5


class Cause:
    """Why an offer does not serve. Sentences: `mirrors.cause.NAME`."""

    STATUS = "status"  # with the number
    HTML = "html"  # 200, and a page in place of what was asked for
    NOT_AN_INDEX = "not-an-index"
    NO_WHEEL = "no-wheel"
    NO_NOARCH = "no-noarch"  # the whole channel is useless to conda without it
    NO_PLATFORM = "no-platform"
    STALE = "stale"
    DAMAGED = "damaged"  # other bytes than the file should have
    DEAD = "dead"  # known not to serve any more; not asked
    ABSENT = "absent"  # known not to be carried; not asked


@dataclass(frozen=True)
class Verdict:
    """The proof of one offer for one client. `cause` is None where it serves."""

    mirror: str  # its id
    offer: Offer
    client: Client
    cause: str | None = None  # a `Cause`, or a `Trouble`
    status: int | None = None  # the status that decided
    asked: str = ""  # the address that decided
    final_host: str = ""  # where it ended
    requests: int = 0
    waited_s: float | None = None  # until the first byte of an answer: the shortest
    bytes_per_s: float | None = None  # None: not measured
    sample_url: str = ""  # the largest file that was met, to measure with
    sample_bytes: int = 0  # its size, as far as the server told
    age_days: float | None = None
    wheel: str | None = None  # the file that was found

    @property
    def ok(self) -> bool:
        return self.cause is None


@dataclass(frozen=True)
class Trail:
    """The answers so far, and what they prove or refute."""

    answers: tuple[Answer, ...] = ()
    cause: str | None = None
    wheel: str | None = None

    def then(self, answer: Answer, cause: str | None, wheel: str | None = None) -> Trail:
        """One answer more."""
        return Trail((*self.answers, answer), self.cause or cause, wheel or self.wheel)

    def and_also(self, other: Trail) -> Trail:
        """Two trails that were followed at once; what refutes comes last."""
        first, last = (other, self) if self.cause is not None else (self, other)
        return Trail((*first.answers, *last.answers), last.cause or first.cause)

    @property
    def goes_on(self) -> bool:
        return self.cause is None


def verdict(mirror: str, offer: Offer, client: Client, trail: Trail) -> Verdict:
    """The judgement on a trail; its last answer decided."""
    last = trail.answers[-1]
    came = [each for each in trail.answers if each.is_there]
    ages = [each.age_days for each in came if each.age_days is not None]
    largest = max(came, key=_weight, default=None)
    return Verdict(
        mirror, offer, client, trail.cause,
        status=last.status, asked=last.asked, final_host=host_of(last.url),
        requests=len(trail.answers),
        waited_s=min((each.waited_s for each in came), default=None),
        sample_url=largest.asked if largest else "",
        sample_bytes=_weight(largest) if largest else 0,
        age_days=max(ages, default=None), wheel=trail.wheel,
    )  # fmt: skip


def _weight(answer: Answer) -> int:
    """How large the whole file is, as far as the server told."""
    return answer.total or answer.size


def samplers(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """One verdict for each host at the end, the one with the largest file.

    A host has one line, whatever it serves: fewer and larger samples tell more.
    """
    found: dict[str, Verdict] = {}
    for each in verdicts:
        best = found.get(each.final_host)
        if best is None or each.sample_bytes > best.sample_bytes:
            found[each.final_host] = each
    return tuple(found.values())


def speed_of(sampler: Verdict, sample: Answer) -> float | None:
    """Bytes per second, from one answer of some size.

    The clock starts with the request, because what lies ready in a buffer when it is first looked
    at took its time too; the way to the server, as the proof showed it, is taken off.
    """
    too_few = sample.size < MEASURABLE_BYTES and sample.read_s < MEASURABLE_S
    if not sample.is_there or too_few:
        return None
    way = min(sample.waited_s, sampler.waited_s or sample.waited_s)
    return sample.size / max(sample.waited_s - way + sample.read_s, 1e-4)


def judge_status(answer: Answer) -> str | None:
    """No answer, or one that says no."""
    if answer.trouble is not None:
        return answer.trouble.value
    return None if answer.is_there else Cause.STATUS


def judge_page(answer: Answer, layout: Layout = Layout.PEP503) -> str | None:
    """A page of an index that names files, or a folder of wheels."""
    wrong = judge_status(answer)
    if wrong is not None or answer.files:
        return wrong
    return Cause.HTML if answer.form is Form.HTML else Cause.NOT_AN_INDEX


def judge_wheel(answer: Answer, wanted: WantedWheel | None) -> tuple[str | None, str | None]:
    """Whether a page has the wheel, and its name. Nothing wanted: any will do."""
    if wanted is None:
        return None, None
    found = next((each.name for each in answer.files if wanted.fits(each.name)), None)
    return (None, found) if found else (Cause.NO_WHEEL, None)


def judge_file(answer: Answer) -> str | None:
    """A piece of a wheel."""
    wrong = judge_status(answer)
    if wrong is not None:
        return wrong
    if answer.form is Form.HTML:
        return Cause.HTML
    return None if answer.form is Form.ZIP else Cause.DAMAGED


def judge_package(answer: Answer) -> str | None:
    """A piece of a conda package: .conda is a zip, .tar.bz2 is packed."""
    wrong = judge_status(answer)
    if wrong is not None:
        return wrong
    if answer.form is Form.HTML:
        return Cause.HTML
    return None if answer.form in (Form.ZIP, Form.PACKED) else Cause.DAMAGED


def judge_listing(answer: Answer, channel: str, *, noarch: bool) -> str | None:
    """A channel's list of packages for one platform."""
    if answer.status == 404 and answer.trouble is None:
        return Cause.NO_NOARCH if noarch else Cause.NO_PLATFORM
    wrong = judge_status(answer)
    if wrong is not None:
        return wrong
    if answer.form is Form.HTML:
        return Cause.HTML
    if answer.form not in (Form.JSON, Form.PACKED):
        return Cause.DAMAGED
    limit = STALE_AFTER_DAYS.get(channel)
    is_old = limit is not None and answer.age_days is not None and answer.age_days > limit
    return Cause.STALE if is_old and not noarch else None


def may_ask_next(answer: Answer, *, is_optional: bool) -> bool:
    """Whether a client goes on to the next name of the same list.

    A missing one is passed over. 403 is not, but for the packed ones: conda takes it as a ban.
    """
    if answer.trouble in (Trouble.TIMED_OUT, Trouble.CERTIFICATE, Trouble.REFUSED):
        return False
    return answer.status == 404 or (is_optional and answer.status in (401, 403, 410, 500, 503))


def host_of(url: str) -> str:
    """ "https://mirror.example:8443/simple/" -> "mirror.example:8443"."""
    return url.partition("://")[2].split("/")[0].rpartition("@")[2]
