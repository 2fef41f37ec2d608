"""The sentences and their Chinese: complete, in step, and nothing said outside of them."""

from __future__ import annotations

import ast
import gettext
import importlib
import io
import re
import string
import sys
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusetup.cli import app
from gpusetup.messages import language, locale_folder, say, sentences, use_language
from gpusetup.messages.filling import filled

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import catalogue  # noqa: E402
import messages as keeper  # noqa: E402

CHINESE = re.compile("[\u3400-\u9fff]")


def test_no_code_stands_twice() -> None:
    assert keeper.twice() == []


def test_every_sentence_has_its_chinese() -> None:
    assert keeper.untranslated() == []


def test_no_translation_outlived_its_sentence() -> None:
    assert keeper.stale() == []


def test_every_fact_stands_in_both_languages() -> None:
    assert keeper.wrong_places() == []


def test_every_sentence_is_used() -> None:
    assert keeper.unused() == []


def test_the_compiled_catalogue_is_in_step() -> None:
    with keeper.PO.with_suffix(".mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    differ = [
        english
        for english, chinese in keeper.translations().items()
        if english and compiled.gettext(english) != (chinese or english)
    ]
    assert differ == [], "run: python tools/messages.py compile"


def test_chinese_translations_are_chinese() -> None:
    """What holds English words must hold Chinese ones; names and commands alone may stay."""
    prose = re.compile(r"\b(the|is|are|not|and|this|of)\b")
    translated = keeper.translations()
    for code, english in sentences().items():
        bare = re.sub(r"`[^`]*`|\{[^}]*\}", "", english)
        if prose.search(bare) and not code.endswith(".examples"):
            assert CHINESE.search(translated[english]), code


NAMES = {
    *("torch", "PyTorch", "Python", "conda", "conda-forge", "CUDA", "apt", "Transformer", "glibc"),
    *("float8", "float16", "bfloat16", "float32", "float64", "torchvision", "torchaudio", "Slurm"),
    "DataLoader",
}


def test_only_names_and_commands_are_the_same_in_chinese() -> None:
    translated = keeper.translations()
    for code, english in sentences().items():
        if translated[english] == english and not code.endswith(".examples"):
            bare = re.sub(r"`[^`]*`|\{[^}]*\}|--[\w-]+", "", english)
            assert {word for word in bare.split() if re.search("[a-z]{3}", word)} <= NAMES, code
    assert translated[sentences()["help.examples"]] == "示例"


def test_chinese_uses_its_own_punctuation() -> None:
    for chinese in keeper.translations().values():
        bare = re.sub(r"`[^`]*`|\{[^}]*\}", "x", chinese)
        assert not re.search("[\u4e00-\u9fff][,;:?!]", bare), chinese


def test_chinese_has_a_space_beside_latin_letters() -> None:
    for chinese in keeper.translations().values():
        for bare in re.split(r"`[^`]*`|\{[^}]*\}", chinese):
            assert not re.search("[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", bare), (
                chinese
            )


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("PyPI", "连不上 PyPI：超时。"),
        ("本地文件夹", "连不上本地文件夹：超时。"),
        ("`/x`", "连不上 `/x`：超时。"),
    ],
)
def test_a_fact_is_set_into_chinese_as_chinese_is_written(fact: str, text: str) -> None:
    for sentence in ("连不上 {origin}：{cause}。", "连不上{origin}：{cause}。"):
        if not (fact.startswith("`") and "上{" in sentence):
            assert filled(sentence, {"origin": fact, "cause": "超时"}, spaced=True) == text


@given(st.text(max_size=30), st.text(max_size=10))
def test_spaces_are_all_that_filling_changes(around: str, fact: str) -> None:
    sentence = around.replace("{", "{{").replace("}", "}}") + "{fact}。"
    for spaced in (True, False):
        text = filled(sentence, {"fact": fact}, spaced=spaced)
        assert text.replace(" ", "") == f"{around}{fact}。".replace(" ", "")


RIVALS = {
    "PyTorch 官方源": r"PyTorch (官方下载源|下载源|(?<!官方)源)|官方 PyTorch 源",
    "镜像源": r"镜像(站|服务器|网站)",
    "显卡": r"显示卡|图形卡|[一这那]张卡|张显卡",
    "主目录": r"主文件夹|家目录",
    "虚拟环境": r"虚拟机环境",
    "你": r"您",
    "兼容性数据": r"兼容矩阵|兼容性矩阵",
    "CUDA Toolkit": r"CUDA 工具包|CUDA 工具箱",
    "驱动": r"驱动程序|驱动系列",
    "worker 进程": r"工作进程|工作者进程",
    "CPU": r"用处理器计算|在处理器上",
}
"""The one Chinese name of a thing, and names that it must not have beside it."""


@pytest.mark.parametrize("name", RIVALS)
def test_a_thing_has_one_chinese_name(name: str) -> None:
    for chinese in keeper.translations().values():
        assert not re.search(RIVALS[name], chinese), chinese


def test_every_error_says_what_to_do_next() -> None:
    assert keeper.errors_without_next() == []


def test_both_languages_end_alike() -> None:
    """A full stop in both or in none. A translation of an older sentence is often found here."""
    for english, chinese in keeper.translations().items():
        if english:
            assert english.endswith(".") == chinese.endswith(("。", ".")), english


def test_sentences_keep_the_rules_of_style() -> None:
    for code, english in sentences().items():
        bare = re.sub(r"`[^`]*`", "", english)
        assert "!" not in bare.replace("(!)", ""), code
        assert not re.search(r"\b(simply|just|easy|please note)\b", bare, re.IGNORECASE), code
        assert english.count("`") % 2 == 0, code


def test_no_chinese_stands_in_the_sources() -> None:
    """But for the readers of reports, which know what other programs say in Chinese."""
    files = (path for path in (ROOT / "src").rglob("*.py") if path.parent.name != "reports")
    assert [
        f"{path.name}: {line.strip()}"
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if CHINESE.search(line)
    ] == []


def test_every_code_that_is_spoken_exists() -> None:
    """`say("...")` with a literal code, anywhere in the program."""
    for path in (ROOT / "src" / "gpusetup").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    assert first.value in sentences(), f"{path.name}: {first.value}"


def test_every_sentence_can_be_spoken_in_both_languages() -> None:
    class Anything(str):
        def __format__(self, _spec: str) -> str:
            return "…"

    before = language()
    for name in ("en", "zh"):
        use_language(name)
        for code, english in sentences().items():
            places = {field for _, field, _, _ in string.Formatter().parse(english) if field}
            assert say(code, **{place: Anything() for place in places})
    use_language(before)


def test_the_language_can_be_switched() -> None:
    use_language("zh")
    assert CHINESE.search(say("interrupted"))
    use_language("en")
    assert say("interrupted").startswith("Stopped")


def test_the_catalogue_lies_where_the_program_looks() -> None:
    assert keeper.PO.is_relative_to(locale_folder())


ENTRIES = st.dictionaries(
    st.text(min_size=1, max_size=20).map(
        lambda text: text.replace("\0", "").replace("\r", "") or "a"
    ),
    st.text(min_size=1, max_size=20).map(
        lambda text: text.replace("\0", "").replace("\r", "") or "b"
    ),
    max_size=5,
)


@given(ENTRIES)
def test_a_catalogue_is_read_as_it_was_written(entries: dict[str, str]) -> None:
    text = catalogue.write_po({key: ("code", value) for key, value in entries.items()})
    found = catalogue.read_po(text)
    assert {key: value for key, value in found.items() if key} == entries


@given(ENTRIES)
def test_a_compiled_catalogue_is_read_by_gettext(entries: dict[str, str]) -> None:
    header = {"": "Content-Type: text/plain; charset=UTF-8\n"}
    compiled = gettext.GNUTranslations(io.BytesIO(catalogue.to_mo({**header, **entries})))
    assert {key: compiled.gettext(key) for key in entries} == entries


@pytest.mark.parametrize(
    "text",
    [
        '#, fuzzy\nmsgid "a"\nmsgstr "b"\n',
        'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\n',
        'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n',
        'msgid "a"\nmsgstr "b"\nnonsense\n',
    ],
)
def test_what_a_catalogue_must_not_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        catalogue.read_po(text)


COMMAND = re.compile(r"`gpusetup ([^`]+)`")


def _named_commands() -> Iterator[tuple[str, str]]:
    translated = keeper.translations()
    for code, english in sentences().items():
        for text in (english, translated[english]):
            lines = text.split("\n") if code.endswith(".examples") else []
            examples = [line[9:] for line in lines if line.startswith("gpusetup ")]
            for found in (*COMMAND.findall(text), *examples):
                yield code, re.split(r" [|>] ", found)[0]


def _mistake(words: list[str], pages: Mapping[str, Any]) -> str | None:
    """What is wrong with a command that a sentence names."""
    path = ""
    known = {name for option in pages[""]["options"] for name in option["names"]}
    for word in words:
        deeper = f"{path} {word}".strip()
        if deeper in pages:
            path = deeper
            known |= {name for option in pages[path]["options"] for name in option["names"]}
        elif word == "{command}":  # one of several: what none of them has is wrong
            known |= {
                name for page in pages.values() for one in page["options"] for name in one["names"]
            }
        elif word.startswith("-") and word != "-" and word.partition("=")[0] not in known:
            return f"{path} has no {word}"
        elif not path and not word.startswith(("-", "{")) and words[0] != "--lang":
            return f"no command {word}"
    return None


def test_every_command_that_a_sentence_names_can_be_typed() -> None:
    """In both languages: the next thing to do must exist."""
    from gpusetup.cli.completing.making import made

    use_language("en")
    pages = {**made(), "engine": {"options": []}}
    for name, place in {**app.COMMANDS, **app.HIDDEN}.items():
        for part in getattr(importlib.import_module(place), "COMMANDS", {}):
            pages.setdefault(f"{name} {part}", pages.get(name, {"options": []}))
    wrong = [
        f"{code}: `gpusetup {text}`: {mistake}"
        for code, text in _named_commands()
        if not text.startswith("engine ")
        for mistake in [_mistake(text.split(), pages)]
        if mistake
    ]
    assert wrong == []
