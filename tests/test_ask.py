"""The wizard's questions: logic in process, screens on a pseudo-terminal."""

from __future__ import annotations

import subprocess
from typing import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusetup import names
from gpusetup.cli.wish_values import check_name
from gpusetup.errors import UsageError
from gpusetup.messages import say, sentences, use_language
from gpusetup.request import Request
from gpusetup.session import forget
from gpusetup.terminal import ask, prompts, show
from gpusetup.terminal.ask import Answer, Options, Pick
from gpusetup.versions import Version
from tests.terminal import CTRL_C, DOWN, ENTER, SPACE, Terminal, gpusetup, python

OPTIONS = Options(
    name="torch",
    taken=frozenset({"old"}),
    torch=(Pick("2.14.1", "2.14.1", "CUDA 12.6"), Pick("2.11.0", "2.11.0", "CUDA 12.8")),
    pythons=(Pick("3.12", "3.12"), Pick("3.11", "3.11")),
    folder="/envs",
    packages=(Pick("torchvision", "torchvision"), Pick("jupyter", "jupyter")),
)

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


def test_enter_accepts_the_recommendation(typing: Typing) -> None:
    typing(ENTER)
    assert ask.recommendation([], "PyTorch 2.14.1") is Answer.ACCEPT


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(DOWN, Answer.CHANGE), (DOWN * 2, Answer.DETAILS), (DOWN * 3, Answer.QUIT)],
)
def test_the_other_answers_stand_below(typing: Typing, keys: str, answer: Answer) -> None:
    typing(keys + ENTER)
    assert ask.decide() is answer


def test_q_on_the_first_screen_quits(typing: Typing) -> None:
    typing("q")
    assert ask.decide() is Answer.QUIT


def test_ctrl_c_is_a_keyboard_interrupt(typing: Typing) -> None:
    typing(CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        ask.decide()


def test_enter_through_all_questions_keeps_the_defaults(typing: Typing) -> None:
    typing(ENTER * 5)
    assert ask.wishes(Request(), OPTIONS) == Request(name="torch")


def test_every_question_changes_its_wish(typing: Typing) -> None:
    typing("\x15研究" + ENTER)  # Ctrl-U empties the line
    typing(DOWN * 2 + ENTER)
    typing(DOWN + ENTER)
    typing("\x15/data/envs" + ENTER)
    typing(DOWN + SPACE + ENTER)
    assert ask.wishes(Request(), OPTIONS) == Request(
        name="研究",
        torch="==2.11.0",
        python=Version.parse("3.12"),
        prefix="/data/envs/研究",
        packages=("jupyter",),
    )


def test_another_torch_can_be_typed_and_nonsense_is_asked_again(typing: Typing) -> None:
    only_torch = Options(torch=OPTIONS.torch)
    typing(ENTER + DOWN * 3 + ENTER)
    typing("newest" + ENTER + "\x15>=2.4,<2.6" + ENTER)
    assert ask.wishes(Request(), only_torch).torch == ">=2.4,<2.6"


def test_a_taken_name_is_asked_again(typing: Typing) -> None:
    typing("\x15old" + ENTER + "er" + ENTER)
    assert ask.wishes(Request(), Options(taken=frozenset({"old"}))).name == "older"


def test_wishes_from_the_command_line_are_the_defaults(typing: Typing) -> None:
    wished = Request(
        name="mine", torch="==2.11.0", python=Version.parse("3.11"), packages=("jupyter", "rich")
    )
    typing(ENTER * 5)
    kept = ask.wishes(wished, OPTIONS)
    assert (kept.name, kept.torch, kept.python) == ("mine", "==2.11.0", Version.parse("3.11"))
    assert set(kept.packages) == {"jupyter", "rich"}


def test_the_consequence_of_an_answer_is_said(
    typing: Typing, capsys: pytest.CaptureFixture[str]
) -> None:
    options = Options(
        pythons=OPTIONS.pythons, consequence=lambda request: f"so Python {request.python}"
    )
    typing(ENTER + DOWN * 2 + ENTER)
    ask.wishes(Request(), options)
    assert "so Python 3.11" in capsys.readouterr().out


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


WIZARD = """
import sys
from gpusetup.terminal import ask
from gpusetup.terminal.ask import Line, Options, Pick
from gpusetup.cli.ending import expected, interrupted
from gpusetup.errors import UsageError
from gpusetup.messages import use_language
from gpusetup.request import Request
from gpusetup.session import session
from gpusetup.terminal.show import Mark

use_language(sys.argv[1])
session().plain = "--plain" in sys.argv
options = Options(
    torch=(Pick("2.14.1", "2.14.1", "CUDA 12.6"),
           Pick("2.11.0", "2.11.0", "CUDA 12.8, the last one that comes with torchaudio")),
    pythons=(Pick("3.12", "3.12"),), packages=(Pick("jupyter", "jupyter"),))
try:
    lines = [Line(Mark.OK, "GPU", "NVIDIA GeForce RTX 4060 Laptop, 8 GiB")]
    answer = ask.recommendation(lines, "PyTorch 2.14.1, the newest that driver 550 runs")
    print(answer)
    if answer is ask.Answer.CHANGE:
        print("PACKAGES", ask.wishes(Request(), options).packages)
    print("RUN", ask.confirm("Run?"))
except UsageError as error:
    sys.exit(expected(error, False))
except KeyboardInterrupt:
    sys.exit(interrupted(False))
"""


def _wizard(*words: str) -> list[str]:
    return python("-c", WIZARD, *words)


@pytest.mark.parametrize("columns", [80, 40])
def test_the_whole_walk_fits_the_screen(columns: int) -> None:
    with Terminal(_wizard("en"), columns=columns) as terminal:
        terminal.wait("> Yes, set it up")
        terminal.type(DOWN)
        terminal.wait("> Something else")
        terminal.type(ENTER)
        terminal.wait("environment be called?")
        terminal.type(ENTER)
        terminal.wait("> The newest that fits")
        assert "comes with torchaudio" in terminal.flat()
        terminal.type(ENTER)
        terminal.wait("Which Python?")
        terminal.type(ENTER)
        terminal.wait("What else shall go in?")
        terminal.type(SPACE + ENTER)
        terminal.wait("PACKAGES ('jupyter',)")
        terminal.type("n")
        terminal.wait("RUN False")
        assert terminal.finish() == 0


def test_the_chinese_walk_has_no_english_sentence() -> None:
    with Terminal(_wizard("zh"), columns=80) as terminal:
        text = terminal.wait("好，开始安装")
        assert "推荐方案" in text
        assert "退出" in text
        assert "Yes" not in text
        assert "arrow" not in text
        terminal.type(DOWN + ENTER)
        terminal.wait("给虚拟环境起个什么名字")
        terminal.type("\x15my env" + ENTER)
        terminal.wait("空格")
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
        assert "已停止" in terminal.text()


@pytest.mark.parametrize("words", [("en",), ("en", "--plain")])
def test_ctrl_c_ends_with_130(words: tuple[str, ...]) -> None:
    with Terminal(_wizard(*words)) as terminal:
        terminal.wait("Quit")
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
        assert "Stopped." in terminal.text()


@pytest.mark.parametrize("keys", ["q", DOWN * 3 + ENTER, DOWN * 2 + ENTER + "q"])
def test_quitting_init_is_answered_kindly(keys: str, home: object) -> None:
    with Terminal(gpusetup("init"), columns=40) as terminal:
        terminal.wait("> Yes, set it up", 60)
        assert "(Use arrow keys)" not in terminal.text()
        terminal.type(keys)
        assert terminal.finish() == 130
        assert "Nothing was changed. Run `gpusetup init`" in terminal.flat()


@pytest.mark.parametrize(("words", "env"), [(("en", "--plain"), {}), (("en",), {"TERM": "dumb"})])
def test_plain_terminals_get_numbers(words: tuple[str, ...], env: dict[str, str]) -> None:
    with Terminal(_wizard(*words), env=env) as terminal:
        terminal.wait("Number [1]")
        terminal.type("9" + ENTER)
        terminal.wait("from 1 to 4")
        terminal.type("2" + ENTER)
        terminal.wait("be called? [torch]")
        terminal.type(ENTER + ENTER + ENTER + "1" + ENTER)
        terminal.wait("PACKAGES ('jupyter',)")
        terminal.type(ENTER)
        terminal.wait("RUN True")
        assert terminal.finish() == 0
        assert b"\x1b" not in terminal.raw


def test_a_pipe_instead_of_a_terminal_ends_with_2() -> None:
    done = subprocess.run(
        _wizard("en"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: There is no terminal to ask on.")
