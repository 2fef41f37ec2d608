"""Which page follows which answer. `after` is the whole conversation; everything else shows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Union

from gpusetup.choosing.choice import Choice, Decision, Refusal
from gpusetup.conversation.subjects import Judge, Subject, with_value
from gpusetup.conversation.ways_out import Way, ways_out
from gpusetup.request import Request


class Page(Enum):
    """What is asked. A recommendation is one where there is something to recommend."""

    RECOMMENDATION = "recommendation"
    REFUSAL = "refusal"
    SUBJECTS = "subjects"
    QUESTION = "question"


class End(Enum):
    """How the conversation ends."""

    ACCEPTED = "accepted"
    LEFT = "left"
    REFUSED = "refused"  # the user leaves where nothing could be recommended


# What can be answered beside the subjects and the ways out. No name or version that somebody
# types looks like these.
ACCEPT, CHANGE, DETAILS, GPUS, AGAIN, QUIT, TAKE, BACK = (
    "<accept>", "<change>", "<details>", "<gpus>", "<again>", "<quit>", "<take>", "<back>",
)  # fmt: skip
WAY = "<way>"


@dataclass(frozen=True)
class Talk:
    """Where the conversation stands.

    `first` is what was wished before anything was asked; a step back to the recommendation leads
    there. `shows` is what is shown once before the page is asked again.
    """

    first: Request
    request: Request
    decision: Decision
    page: Page
    subject: Subject = Subject.TORCH  # of the question; on other pages the last one
    ways: tuple[Way, ...] = ()
    shows: str | None = None
    is_new: bool = field(default=True)  # the recommendation was not shown yet


def begin(request: Request, judge: Judge) -> Talk:
    """The first page: the recommendation, or why there is none."""
    start = Talk(request, request, judge(request), Page.RECOMMENDATION)
    return _page_of(start, start.decision, judge)


def resume(talk: Talk) -> Talk:
    """The questions once more, after the plan was seen."""
    return replace(talk, page=Page.SUBJECTS, is_new=True)


def judged_anew(talk: Talk, judge: Judge) -> Talk:
    """The same page after the world was asked again; a refusal where that leads to one."""
    decision = judge(talk.request)
    if talk.page is Page.SUBJECTS and not isinstance(decision, Refusal):
        return replace(talk, decision=decision, is_new=True)
    return _page_of(talk, decision, judge)


def after(talk: Talk, word: str, judge: Judge) -> Union[Talk, End]:
    """The page that follows an answer, or the end."""
    if word == QUIT:
        return End.LEFT if isinstance(talk.decision, Choice) else End.REFUSED
    if word in (DETAILS, GPUS):
        return replace(talk, shows=word, is_new=False)
    talk = replace(talk, shows=None)
    if talk.page is Page.QUESTION:
        return _answered(talk, word, judge)
    if talk.page is Page.SUBJECTS:
        return _chosen(talk, word, judge)
    return _decided(talk, word, judge)


def _decided(talk: Talk, word: str, judge: Judge) -> Union[Talk, End]:
    """An answer to a recommendation or a refusal."""
    if word == ACCEPT:
        return End.ACCEPTED
    if word == CHANGE:
        return replace(talk, page=Page.SUBJECTS, is_new=False)
    if word == AGAIN:
        return _judged(talk, talk.request, judge)
    if word == BACK:
        return _judged(talk, talk.first, judge)
    return _judged(talk, talk.ways[int(word.removeprefix(WAY))].request, judge)


def _chosen(talk: Talk, word: str, judge: Judge) -> Union[Talk, End]:
    """An answer on the page of all questions."""
    if word == TAKE:
        return End.ACCEPTED
    if word == BACK:
        return _judged(talk, talk.first, judge)
    return replace(talk, page=Page.QUESTION, subject=Subject(word), is_new=False)


def _answered(talk: Talk, word: str, judge: Judge) -> Talk:
    """An answer to one question; a step back changes nothing."""
    page = replace(talk, page=Page.SUBJECTS, is_new=False)
    if word == BACK:
        return page
    request = with_value(talk.request, talk.subject, word)
    if request == talk.request:
        return page
    decision = judge(request)
    if isinstance(decision, Refusal):
        return _page_of(replace(talk, request=request), decision, judge)
    return replace(page, request=request, decision=decision, is_new=True)


def _judged(talk: Talk, request: Request, judge: Judge) -> Talk:
    """The page that a request leads to."""
    return _page_of(replace(talk, request=request), judge(request), judge)


def _page_of(talk: Talk, decision: Decision, judge: Judge) -> Talk:
    """The recommendation, or the refusal with its ways out."""
    talk = replace(talk, decision=decision, shows=None, is_new=True)
    if not isinstance(decision, Refusal):
        return replace(talk, page=Page.RECOMMENDATION, ways=())
    return replace(talk, page=Page.REFUSAL, ways=ways_out(decision, talk.request, judge))
