"""`gpusetup.help/1` and `gpusetup.version/1`: help and version with `--json`."""

from __future__ import annotations

from gpusetup.cli.help_facts import ArgumentHelp, Help, OptionHelp


def help_document(known: Help) -> dict[str, object]:
    """A help page for programs: names and choices as they are typed, texts in the language."""
    return {
        "schema": "gpusetup.help/1",
        "command": known.path,
        "text": "\n\n".join(known.texts),
        "commands": [{"name": name, "text": text} for name, text in known.commands],
        "arguments": [_argument(one) for one in known.arguments],
        "options": [_option(one) for one in known.options],
        "examples": list(known.examples),
    }


def version_document(version: str) -> dict[str, object]:
    """The version."""
    return {"schema": "gpusetup.version/1", "gpusetup": version}


def _argument(one: ArgumentHelp) -> dict[str, object]:
    return {
        "name": one.kind,
        "required": one.required,
        "repeated": one.repeated,
        "text": one.text,
    }


def _option(one: OptionHelp) -> dict[str, object]:
    return {
        "names": list(one.names),
        "value": one.kind,
        "choices": list(one.choices),
        "default": one.default or None,
        "required": one.required,
        "repeated": one.repeated,
        "group": one.group,
        "text": one.text,
    }
