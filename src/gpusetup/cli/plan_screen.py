"""A decision and its plan on the screen: sentences first, the commands beside them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping, Sequence

from gpusetup.basics.origins import WHEEL_INDEX
from gpusetup.basics.redact import safe_diff, secrets_of, without_credentials
from gpusetup.choosing.choice import Choice, Decision, Nearest, Reason, Refusal
from gpusetup.engines.solved import channel_name
from gpusetup.engines.uv import Place
from gpusetup.matrix.rows import Build
from gpusetup.messages import listed, say
from gpusetup.request import Origin
from gpusetup.shells import Shell, command_line
from gpusetup.steps import Command, Step
from gpusetup.terminal import show
from gpusetup.terminal.amounts import duration, mib
from gpusetup.terminal.show import Line, Mark

if TYPE_CHECKING:  # it brings http and ssl, which a plan does not need
    from gpusetup.road.room import Cost

_SHOWN_REJECTED = 4


def build_words(build: Build) -> str:
    """ "for CUDA 12.6", "without GPU support"."""
    if build.cuda_runtime is not None:
        return say("plan.build-cuda", runtime=build.cuda_runtime)
    return say("plan.build-mps" if build.platform == "macos-arm64" else "plan.build-cpu")


def choice_words(choice: Choice) -> str:
    """One line: torch, its build, companions, Python."""
    facts: dict[str, object] = {
        "torch": choice.build.torch, "build": build_words(choice.build), "python": choice.python,
    }  # fmt: skip
    if not choice.companions:
        return say("plan.chosen", **facts)
    names = listed(f"{each.name} {each.version}" for each in choice.companions)
    return say("plan.chosen-with", companions=names, **facts)


def origin_words(build: Build, wheel_index: str) -> str:
    """Where it comes from, in words."""
    url = build.location or f"{wheel_index}/{build.build}"
    is_copy = build.origin is Origin.WHEEL_INDEX and wheel_index != WHEEL_INDEX
    code = "plan.from.copy" if is_copy else f"plan.from.{build.origin.value}"
    return say(code, url=without_credentials(url))


def cost_words(cost: Cost | None) -> str:
    """How much to download, how long, how much disk; what of it is here already."""
    words = _cost_words(cost)
    if cost is None or not cost.cached_mib:
        return words
    return say("plan.cost-cached", cost=words, cached=mib(cost.cached_mib))


def _cost_words(cost: Cost | None) -> str:
    if cost is None or cost.download_mib is None:
        return say("plan.cost-unknown")
    facts: Mapping[str, object] = {
        "download": mib(cost.download_mib),
        "disk": mib(cost.disk_mib) if cost.disk_mib else "?",
        "free": mib(cost.free_mib) if cost.free_mib is not None else "?",
    }
    if not cost.download_mib:
        return say("plan.cost-local", **facts)
    if cost.minutes is None:
        return say("plan.cost", **facts)
    return say("plan.cost-minutes", time=duration(cost.minutes * 60), **facts)


_TELLING = (
    "python", "pytorch", "pytorch-cpu", "torchvision", "torchaudio", "cuda-version", "pytorch-cuda",
    "cudatoolkit", "cuda-nvcc", "mkl",
)  # fmt: skip


def _solved_words(cost: Cost | None) -> str | None:
    """The builds that tell: what a careful person looks for in conda's plan."""
    from_channels = [each for each in (cost.packages if cost else ()) if each.build]
    told = [
        f"{each.name} {each.version} {each.build} ({channel_name(each.channel)})"
        for name in _TELLING
        for each in from_channels
        if each.name == name
    ]
    return say("plan.solved", count=len(from_channels), builds=listed(told)) if told else None


def show_choice(choice: Choice, place: Place, cost: Cost | None) -> None:
    """What, where, from, how big, why."""
    show.heading(say("plan.title"))
    lines = [
        Line(Mark.OK, say("plan.torch"), choice_words(choice)),
        Line(Mark.OK, say("plan.from"), origin_words(choice.build, place.wheel_index)),
        Line(Mark.OK, say("plan.where"), place.prefix),
        Line(Mark.OK, say("plan.size"), cost_words(cost)),
    ]
    solved = _solved_words(cost)
    lines += [Line(Mark.OK, say("plan.packages"), solved)] if solved else []
    lines += [Line(Mark.NOTE, say("plan.why"), text) for text in spoken(choice.why)]
    show.lines(lines)


def spoken(reasons: Sequence[Reason]) -> list[str]:
    """Reasons as sentences."""
    return [say(each.code, **each.facts) for each in reasons]


def show_warnings(warnings: Sequence[Reason]) -> None:
    """What to know before saying yes."""
    for text in spoken(warnings):
        show.warning(text)


def show_steps(steps: Sequence[Step], shell: Shell = Shell.BASH, done: Sequence[Step] = ()) -> None:
    """Each step as a sentence, with its command below. `done`: they are ticked, and no more."""
    show.heading(say("plan.steps"))
    for number, step in enumerate(steps, 1):
        text = f"{number}. {say(step.text)}"
        if any(step is each for each in done):
            show.item(Mark.OK, say("wizard.step-done", text=text))
            continue
        show.paragraph(text)
        if isinstance(step, Command):
            show.command(command_line([without_credentials(word) for word in step.argv], shell))
        else:
            show.command(step.path)
            if step.before is not None:
                show.code(safe_diff("\n".join(step.changed_lines), secrets_of(os.environ)))


def show_rejected(decision: Decision, whole: bool) -> None:
    """The builds that were not taken, newest first, with the rule."""
    if not decision.rejected:
        return
    show.heading(say("plan.rejected"))
    shown = decision.rejected if whole else decision.rejected[:_SHOWN_REJECTED]
    show.lines(
        [
            Line(
                Mark.BAD,
                f"{each.build.torch} {each.build.build} ({each.build.origin.value})",
                say(each.reason.code, **each.reason.facts),
            )
            for each in shown
        ]
    )
    if len(shown) < len(decision.rejected):
        show.hint(say("plan.more-rejected", count=len(decision.rejected) - len(shown)))


def show_would_change(decision: Decision) -> None:
    """What would allow something newer."""
    if not decision.would_change:
        return
    show.heading(say("plan.would-change"))
    show.lines(
        [
            Line(
                Mark.NOTE,
                f"{each.then.torch} {each.then.build}",
                say(each.condition.code, **each.condition.facts),
            )
            for each in decision.would_change
        ]
    )


def show_refusal(refusal: Refusal, explain: bool = False) -> None:
    """Why nothing fits, and the ways out, best first."""
    show.line(Mark.BAD, say("plan.torch"), say(refusal.code, **refusal.facts))
    # another driver stands below, under what would change it: its command would be refused
    works = [each for each in refusal.nearest if "driver" not in each.changed]
    if works:
        show.heading(say("plan.nearest"))
    for nearest in works:
        _show_nearest(nearest)
    show_would_change(refusal)
    show_rejected(refusal, explain)


def _show_nearest(nearest: Nearest) -> None:
    facts: dict[str, object] = {
        "torch": nearest.torch, "build": nearest.build, "python": nearest.python,
    }  # fmt: skip
    show.line(
        Mark.OK, f"{nearest.torch} {nearest.build}",
        say("plan.nearest-line", origin=nearest.origin.value, **facts),
    )  # fmt: skip
    show.command(
        (
            "gpusetup", "init", "--torch", str(nearest.torch), "--cuda", nearest.build,
            "--python", str(nearest.python), "--origin", nearest.origin.value,
        )
    )  # fmt: skip
