"""The pages of the wizard: what was found, the recommendation, a refusal, ways to a GPU."""

from __future__ import annotations

from typing import Iterator

from gpusetup.choosing.choice import Choice, Decision, Refusal
from gpusetup.cli import plan_screen
from gpusetup.cli.clustered import is_unknown_cluster, tell_survey
from gpusetup.cli.deciding import Known
from gpusetup.cli.detect_screen import hints, machine_lines
from gpusetup.conversation import flow, places
from gpusetup.conversation.flow import Page, Talk
from gpusetup.conversation.places import Kind, Service
from gpusetup.conversation.situation import Situation, needs_a_place, situation_of
from gpusetup.conversation.ways_out import Means, Way
from gpusetup.machine import Driver, Gpu, Machine
from gpusetup.messages import listed, say
from gpusetup.request import GpuPolicy, Origin, Request
from gpusetup.terminal import show
from gpusetup.terminal.amounts import mib
from gpusetup.terminal.prompts import Pick, select
from gpusetup.terminal.show import Line, Mark

_FIRST = (
    "gpu",
    "nodes",
    "driver",
    "system",
    "disk",
)  # the rest is under "details", unless it is in the way


def show_machine(machine: Machine, *, is_here: bool) -> None:
    """What was found, in the few lines that matter; what it means where there is no GPU."""
    first = {say(f"detect.label.{area}") for area in _FIRST}
    lines = [each for each in machine_lines(machine) if each.label in first or _matters(each)]
    show.heading(say("ask.found" if is_here else "wizard.other-machine"))
    show.lines(lines)
    situation = situation_of(machine)
    if situation is not None:
        show.heading(say("nogpu.title"))
        show.paragraph(say(f"nogpu.{situation.value}"))
        show.paragraph(say(_what_to_do(situation, machine, is_here)))
    elif is_here:
        tell_survey(machine)
    for text in dict.fromkeys(hints(machine) if _needs_hints(situation) else ()):
        show.hint(text)


def _what_to_do(situation: Situation, machine: Machine, is_here: bool) -> str:
    """The code of the sentence; the nodes of a Slurm cluster can be asked from here."""
    asks = is_here and is_unknown_cluster(machine)
    return "nogpu.login.ask-nodes" if asks else f"nogpu.{situation.value}.do"


def _matters(line: Line) -> bool:
    return line.mark in (Mark.WARN, Mark.BAD)


def _needs_hints(situation: Situation | None) -> bool:
    """The page on a missing GPU says what to do; a driver in trouble has hints of its own."""
    return situation in (None, Situation.BROKEN)


def show_decision(talk: Talk, known: Known) -> None:
    """The recommendation with its reason, or why there is none."""
    if isinstance(talk.decision, Refusal):
        show.heading(say("wizard.refused"))
        show.paragraph(say(talk.decision.code, **talk.decision.facts))
        for each in talk.decision.would_change[:1]:
            show.item(Mark.NOTE, say(each.condition.code, **each.condition.facts))
        return
    show.heading(say("ask.recommended" if talk.request == talk.first else "wizard.now"))
    show.paragraph(say("ask.sentence", what=plan_screen.choice_words(talk.decision)))
    for text in (*_reasons(talk.decision, talk.request, known.machine), *_missed(talk.decision)):
        show.item(Mark.NOTE, text)


def _reasons(choice: Choice, request: Request, machine: Machine) -> Iterator[str]:
    first = choice.why[0] if choice.why else None
    if first is not None and first.code != "choose.newest-that-runs":
        yield say(first.code, **first.facts)
    elif first is not None:
        yield _newest_here(choice, request, machine)
    if choice.build.download_mib and choice.build.origin is not Origin.WHEELHOUSE:
        yield say("wizard.download", size=mib(choice.build.download_mib))


def _missed(choice: Choice) -> Iterator[str]:
    """Origins whose silence cost a newer build: the newest is only the newest of the others."""
    for each in choice.warnings:
        if each.code == "plan.origin-silent":
            yield say("wizard.silent", **each.facts)


def _newest_here(choice: Choice, request: Request, machine: Machine) -> str:
    """The reason that a beginner understands: which card, which driver."""
    gpus = _meant(request, machine)
    if _on_processor(choice):
        return say("wizard.newest-cpu")
    if choice.build.is_cpu or not gpus:
        return _newest_without_driver(machine) or say("wizard.newest")
    driver = machine.driver if isinstance(machine.driver, Driver) else None
    facts = {"gpus": listed(dict.fromkeys(map(_name, gpus)))}
    if driver is None or driver.version is None:
        return say("wizard.newest-gpu", **facts)
    return say("wizard.newest-driver", driver=driver.version, **facts)


def _newest_without_driver(machine: Machine) -> str | None:
    """A card that nothing drives yet: what is chosen for it runs only then."""
    cards = [card for card in machine.pci_gpus or () if card.bound_driver != "vfio-pci"]
    names = dict.fromkeys(card.name or card.chip or say("detect.gpu.unnamed") for card in cards)
    return say("wizard.newest-card", gpus=listed(map(_short, names))) if names else None


def _meant(request: Request, machine: Machine) -> list[Gpu]:
    """The GPUs that it shall run on."""
    machines = (machine, *machine.compute_nodes)
    gpus = [gpu for each in machines for gpu in each.gpus or ()]
    if request.gpu_policy is GpuPolicy.ALL or not gpus:
        return gpus
    newest = max(gpu.compute_capability or (0, 0) for gpu in gpus)
    return [gpu for gpu in gpus if gpu.compute_capability == newest]


def _on_processor(choice: Choice) -> bool:
    """Macs' builds are named cpu too, and use Apple's GPU."""
    return choice.build.is_cpu and choice.build.platform != "macos-arm64"


def _name(gpu: Gpu) -> str:
    return _short(gpu.name or say("detect.gpu.unnamed"))


def _short(name: str) -> str:
    return name.removeprefix("NVIDIA ").removeprefix("GeForce ")


def show_details(decision: Decision, machine: Machine) -> None:
    """Everything that was found, and all reasons."""
    show.heading(say("wizard.everything"))
    show.lines(machine_lines(machine))
    if isinstance(decision, Choice):
        show.heading(say("plan.why"))
        for text in plan_screen.spoken(decision.why):
            show.item(Mark.NOTE, text)
        plan_screen.show_warnings(decision.warnings)
    plan_screen.show_would_change(decision)
    plan_screen.show_rejected(decision, whole=False)


def ask_what_to_do(talk: Talk, known: Known) -> str:
    """What is done with a recommendation or a refusal."""
    if talk.page is Page.REFUSAL:
        return select(say("wizard.go-on-refused"), list(_ways(talk, known.machine)), stays=False)
    question = "wizard.go-on-elsewhere" if known.simulated else "ask.go-on"
    return select(say(question), list(_answers(talk, known)), stays=False)


def _answers(talk: Talk, known: Known) -> Iterator[Pick]:
    yield Pick(flow.ACCEPT, say(_acceptance(talk, known)))
    yield Pick(flow.CHANGE, say("ask.change"))
    yield from _more(known.machine)
    if talk.request != talk.first:
        yield Pick(flow.BACK, say("wizard.back-to-first"))
    yield Pick(flow.QUIT, say("ask.quit"))


def _acceptance(talk: Talk, known: Known) -> str:
    """The code of the first answer: what will happen, and that it is without a GPU."""
    on_processor = isinstance(talk.decision, Choice) and _on_processor(talk.decision)
    surprises = on_processor and not talk.request.wants_cpu
    if known.simulated:  # nothing is installed here
        return "wizard.accept-elsewhere-cpu" if surprises else "wizard.accept-elsewhere"
    return "wizard.accept-cpu" if surprises else "ask.accept"


def _ways(talk: Talk, machine: Machine) -> Iterator[Pick]:
    for number, way in enumerate(talk.ways):
        yield Pick(f"{flow.WAY}{number}", _way(way), plan_screen.choice_words(way.outcome))
    yield (
        Pick(flow.AGAIN, say("wizard.again"))
        if not talk.ways
        else Pick(flow.CHANGE, say("ask.change"))
    )
    yield from _more(machine)
    if talk.request != talk.first:
        yield Pick(flow.BACK, say("wizard.back-to-first"))
    yield Pick(flow.QUIT, say("wizard.leave"))


def _way(way: Way) -> str:
    if way.means is Means.DROP:
        return say("way.drop", wish=way.wish)
    return say(f"way.{way.means.value}")


def _more(machine: Machine) -> Iterator[Pick]:
    yield Pick(flow.DETAILS, say("ask.details"))
    if needs_a_place(situation_of(machine)):
        yield Pick(flow.GPUS, say("wizard.places"))


def show_ways_to_a_gpu() -> None:
    """Where to get to a GPU, and how to carry what is found there to here."""
    for kind in Kind:
        show.heading(say(f"places.{kind.value}"))
        show.lines([_service(each) for each in places.of_kind(kind)])
    show.heading(say("places.carry"))
    show.paragraph(say("places.carry.there"))
    show.command(("gpusetup", "detect", "--record", "machine.yaml"))
    show.paragraph(say("places.carry.here"))
    show.command(("gpusetup", "init", "--machine", "machine.yaml"))


def _service(each: Service) -> Line:
    name = say(each.name) if each.name.startswith("places.") else each.name
    return Line(Mark.NOTE, name, each.address, say(f"places.note.{each.note}"))
