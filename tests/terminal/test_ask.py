"""Questions: their logic in process, their screens on a pseudo-terminal."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusetup.basics import names
from gpusetup.basics.errors import UsageError
from gpusetup.cli.wish_values import check_name
from gpusetup.messages import say, sentences, use_language
from gpusetup.terminal import ask, prompts, show
from gpusetup.terminal.prompts import Back, Pick, Quit
from gpusetup.terminal.session import forget
from tests.lab.terminal import CTRL_C, DOWN, ENTER, SPACE, Terminal, gpusetup, python

PICKS = (Pick("2.14.1", "2.14.1", "CUDA 12.6"), Pick("2.11.0", "2.11.0", "CUDA 12.8"))
MACHINE = str(Path(__file__).parent.parent / "machines" / "laptop-4060-wsl2.yaml")
LEFT, ESCAPE = "\x1b[D", "\x1b"

Typing = Callable[[str], None]


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")
    forget()


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typing]:
    """Keys for the questions of this process."""
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    monkeypatch.setattr(show, "is_terminal", lambda _stream: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe.send_text


@pytest.mark.parametrize(("keys", "value"), [("", "2.14.1"), (DOWN, "2.11.0")])
def test_arrows_choose_and_enter_takes(typing: Typing, keys: str, value: str) -> None:
    typing(keys + ENTER)
    assert prompts.select("Which PyTorch?", PICKS) == value


def test_the_default_is_under_the_pointer(typing: Typing) -> None:
    typing(ENTER)
    assert prompts.select("Which PyTorch?", PICKS, "2.11.0") == "2.11.0"


@pytest.mark.parametrize("keys", [ESCAPE, LEFT, DOWN * 2 + ENTER])
def test_a_step_back_is_a_key_and_the_last_answer(typing: Typing, keys: str) -> None:
    typing(keys)
    with pytest.raises(Back):
        prompts.select("Which PyTorch?", PICKS, back=True)


def test_escape_goes_back_from_text_and_from_several(typing: Typing) -> None:
    typing(ESCAPE)
    with pytest.raises(Back):
        prompts.text("Name?", "torch", back=True)
    typing(ESCAPE)
    with pytest.raises(Back):
        prompts.several("Packages?", PICKS, back=True)


def test_q_quits_where_it_is_no_letter(typing: Typing) -> None:
    typing("q")
    with pytest.raises(Quit):
        prompts.select("Which PyTorch?", PICKS)
    typing("q" + ENTER)
    assert prompts.text("Name?") == "q"


def test_ctrl_c_is_a_keyboard_interrupt(typing: Typing) -> None:
    typing(CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        prompts.select("Which PyTorch?", PICKS)


def test_several_are_marked_with_the_space_bar(typing: Typing) -> None:
    typing(DOWN + SPACE + ENTER)
    assert prompts.several("Packages?", PICKS, ("2.14.1",)) == ("2.14.1", "2.11.0")


def test_text_that_is_objected_to_is_asked_again(typing: Typing) -> None:
    typing("\x15old" + ENTER + "er" + ENTER)
    taken = prompts.text("Name?", "torch", lambda typed: "taken" if typed == "old" else None)
    assert taken == "older"


@pytest.mark.parametrize(("keys", "yes"), [(ENTER, True), ("y", True), ("n", False), ("q", False)])
def test_yes_is_the_default_of_a_confirmation(typing: Typing, keys: str, yes: bool) -> None:
    typing(keys)
    assert ask.confirm("Run this plan?") is yes


def test_without_a_terminal_nothing_is_asked() -> None:
    with pytest.raises(UsageError) as caught:
        prompts.text("Name?")
    assert caught.value.code == "no-terminal"


@pytest.mark.parametrize(
    "name", ["torch", "torch-2.7_b", "研究", "Été", "a" * 64, "consol", "हिन्दी"]
)
def test_ordinary_names_are_taken(name: str) -> None:
    assert names.objection(name) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name.empty"),
        ("my env", "name.space"),
        ("a\u3000b", "name.space"),
        ("../env", "name.path"),
        ("a\\b", "name.path"),
        ("C:env", "name.path"),
        ("..", "name.path"),
        ("-rf", "name.start"),
        (".hidden", "name.start"),
        ("a\x07", "name.control"),
        ("a\u200b", "name.control"),
        ("con", "name.device"),
        ("Com1.env", "name.device"),
        ("a.", "name.dot"),
        ("a$b", "name.sign"),
        ("a;b", "name.sign"),
        ("a'b", "name.sign"),
        ("~a", "name.sign"),
        ("a" * 65, "name.long"),
    ],
)
def test_names_that_tools_stumble_over_are_refused_with_a_reason(name: str, code: str) -> None:
    assert names.objection(name) == code
    assert f"{code}.next" in sentences()
    with pytest.raises(UsageError) as caught:
        check_name(name)
    assert say(code, **caught.value.facts)


@given(st.text(max_size=80))
def test_an_accepted_name_is_one_word_for_every_shell(name: str) -> None:
    if names.objection(name) is None:
        assert name == name.strip()
        assert not set(name) & set("/\\ \t\n'\"$`;&|<>*?!~#()[]{}=%^:,@+")
        assert name[0] not in "-."


WALK = """
import sys
from gpusetup.cli.ending import expected, interrupted
from gpusetup.basics.errors import UsageError
from gpusetup.messages import say, use_language
from gpusetup.terminal.session import session
from gpusetup.terminal import ask, prompts
from gpusetup.terminal.prompts import Back, Pick

use_language(sys.argv[1])
session().plain = "--plain" in sys.argv
picks = [Pick("2.14.1", "2.14.1", "CUDA 12.6"),
         Pick("2.11.0", "2.11.0", "CUDA 12.8, the last one that comes with torchaudio")]
why = say("wizard.why.torch")
try:
    while True:
        try:
            print("TORCH", prompts.select(say("wizard.ask.torch"), picks, note=why, back=True))
            print("NAME", prompts.text(say("ask.name"), "torch", note=why, back=True))
            break
        except Back:
            print("BACK")
    print("WITH", prompts.several(say("ask.packages"), [Pick("jupyter", "jupyter")], back=True))
    print("RUN", ask.confirm(say("run.start")))
except UsageError as error:
    sys.exit(expected(error, False))
except KeyboardInterrupt:
    sys.exit(interrupted(False))
"""


def _walk(*words: str) -> list[str]:
    return python("-c", WALK, *words)


@pytest.mark.parametrize("columns", [80, 40])
def test_a_walk_with_a_step_back_fits_the_screen(columns: int) -> None:
    with Terminal(_walk("en"), columns=columns) as terminal:
        terminal.wait("> 2.14.1")
        assert "comes with torchaudio" in terminal.flat()
        assert "unless your project needs another" in terminal.flat()
        terminal.type(ENTER)
        terminal.wait("environment be called?")
        terminal.type(ESCAPE)
        terminal.wait("BACK")
        terminal.type(ENTER)
        terminal.wait("> torch")
        terminal.type(ENTER)
        terminal.wait("NAME torch")
        terminal.type(SPACE + ENTER)
        terminal.wait("WITH ('jupyter',)")
        terminal.type("n")
        terminal.wait("RUN False")
        assert terminal.finish() == 0


def test_a_chinese_walk_has_no_english_sentence() -> None:
    with Terminal(_walk("zh"), columns=40) as terminal:
        text = terminal.wait("返回上一步")
        assert "要哪个版本的 PyTorch" in text
        assert "arrow" not in text
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
        assert "已停止" in terminal.text()


@pytest.mark.parametrize(("words", "env"), [(("en", "--plain"), {}), (("en",), {"TERM": "dumb"})])
def test_plain_terminals_get_numbers(words: tuple[str, ...], env: dict[str, str]) -> None:
    with Terminal(_walk(*words), env=env) as terminal:
        terminal.wait("Number (Enter takes [1], < goes back, q quits)")
        terminal.type("9" + ENTER)
        terminal.wait("from 1 to 3")
        terminal.type("3" + ENTER)
        terminal.wait("BACK")
        terminal.type("2" + ENTER)
        terminal.wait("[torch]")
        terminal.type("<" + ENTER + ENTER + ENTER + "1" + ENTER)
        terminal.wait("jupyter',)")
        terminal.type(ENTER)
        terminal.wait("RUN True")
        assert terminal.finish() == 0
        assert b"\x1b" not in terminal.raw


@pytest.mark.parametrize("keys", ["q", CTRL_C, DOWN * 3 + ENTER, DOWN * 2 + ENTER + "q"])
def test_quitting_init_is_answered_kindly(keys: str, home: object) -> None:
    with Terminal(gpusetup("init", "--machine", MACHINE), columns=40) as terminal:
        terminal.wait("> Yes, show the plan", 60)
        assert "(Use arrow keys)" not in terminal.text()
        terminal.type(keys)
        assert terminal.finish() == 130
        assert "Nothing was changed. Run `gpusetup init`" in terminal.flat()


def test_where_signs_are_missing_several_are_asked_by_numbers() -> None:
    with Terminal(_walk("en"), env={"PYTHONIOENCODING": "ascii"}) as terminal:
        terminal.wait("> 2.14.1")
        terminal.type(ENTER)
        terminal.wait("> torch")
        terminal.type(ENTER)
        terminal.wait("1) jupyter")
        terminal.type("1" + ENTER)
        terminal.wait("WITH ('jupyter',)")
        terminal.type("y")
        assert terminal.finish() == 0
        assert terminal.raw.isascii()


def test_a_pipe_instead_of_a_terminal_ends_with_2() -> None:
    done = subprocess.run(
        _walk("en"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: There is no terminal to ask on.")
