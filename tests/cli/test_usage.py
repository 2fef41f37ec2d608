"""Wrong usage is one error, and a hint that leads on."""

from __future__ import annotations

import importlib
import json

import jsonschema
import pytest

from gpusetup.cli import app, guesses
from tests.calling import WRONG, call

ERROR_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "exit", "code", "text", "facts", "log", "next"],
    "properties": {
        "schema": {"const": "gpusetup.error/1"},
        "exit": {"type": "integer"},
        "code": {"type": "string", "minLength": 1},
        "text": {"type": "string", "minLength": 1},
        "facts": {"type": "object"},
        "log": {"type": ["string", "null"]},
        "next": {"type": ["string", "null"]},
    },
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_one_error_and_one_hint(words: list[str]) -> None:
    done = call(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "hint"]


@pytest.mark.parametrize("words", WRONG)
@pytest.mark.parametrize("first", [True, False])
def test_with_json_wrong_usage_is_one_document(words: list[str], first: bool) -> None:
    if words[-1] == "--lang" and not first:
        pytest.skip("`--lang --json` takes --json for the language")
    done = call(*(["--json", *words] if first else [*words, "--json"]))
    document = json.loads(done.stdout)
    jsonschema.validate(document, ERROR_SCHEMA)
    assert (done.returncode, document["exit"], done.stderr) == (2, 2, "")


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_said_in_chinese(words: list[str]) -> None:
    if "--lang" in words:
        words = ["detect", "--bogus"]
    done = call(*words, "--lang", "zh")
    first, second = done.stderr.splitlines()
    assert first.startswith("错误：")
    assert second.startswith("提示：")


def test_a_typing_mistake_gets_the_nearest_word() -> None:
    assert "Did you mean `gpusetup detect`?" in call("detcet").stderr
    assert "Did you mean `--json`?" in call("detect", "--jsno").stderr
    assert "Did you mean `--requirements`?" in call("init", "--require", "x").stderr


@pytest.mark.parametrize(
    ("word", "meant"),
    [("install", "init"), ("help", "--help"), ("uninstall", "envs remove"), ("list", "envs")],
)
def test_a_word_of_another_program_leads_to_ours(word: str, meant: str) -> None:
    assert f"Did you mean `gpusetup {meant}`?" in call(word).stderr


def test_the_names_of_other_programs_lead_to_commands_that_are_there() -> None:
    for meant in set(guesses._OTHER_NAMES.values()):
        name, *rest = meant.split()
        assert name in (*app.COMMANDS, *app.HIDDEN, "--help", "--version")
        if rest and not rest[0].startswith("-"):
            parts = importlib.import_module({**app.COMMANDS, **app.HIDDEN}[name]).COMMANDS
            assert rest[0] in parts


def test_an_option_of_another_command_is_named_with_it() -> None:
    hint = call("plan", "--yes").stderr.splitlines()[1]
    assert hint == "hint: `gpusetup init` has it."


def test_what_is_missing_is_named_in_the_language() -> None:
    assert "后面缺少 `名称|路径`" in call("envs", "clone", "--lang", "zh").stderr
