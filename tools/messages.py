"""The catalogue's keeper.

python tools/messages.py check      what is missing or wrong (exit 1)
python tools/messages.py update     bring the .po in step with the sentences, keep translations
python tools/messages.py compile    .po -> .mo (an editable install reads the .mo)
python tools/messages.py missing    the sentences without a translation, as code: text
"""

from __future__ import annotations

import ast
import importlib
import re
import string
import sys
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

import catalogue  # noqa: E402
from gpusetup.messages import _SPOKEN, SUBJECTS, locale_folder  # noqa: E402

PO = locale_folder() / "zh_CN" / "LC_MESSAGES" / "gpusetup.po"
_CODE = re.compile(r"[\"']([a-z][\w.-]*)[\"']")
_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def main(word: str) -> int:
    """Run one of the four; the exit code."""
    if word == "update":
        PO.write_text(updated(), encoding="utf-8")
    elif word == "compile":
        catalogue.compile_catalogues(locale_folder())
    elif word == "missing":
        for code, text in missing():
            print(f"{code}: {text}")
    else:
        complaints = [
            *twice(), *untranslated(), *wrong_places(), *stale(), *unused(), *errors_without_next(),
        ]  # fmt: skip
        print("\n".join(complaints) or "in step")
        return 1 if complaints else 0
    return 0


def by_subject() -> Iterator[tuple[str, str, str]]:
    """(subject, code, English) of every sentence."""
    for subject in SUBJECTS:
        for code, text in importlib.import_module(f"gpusetup.messages.{subject}").SENTENCES.items():
            yield subject, code, text


def translations() -> dict[str, str]:
    """English -> Chinese, as it stands in the .po."""
    return catalogue.read_po(PO.read_text(encoding="utf-8"))


def updated() -> str:
    """The .po's text with every sentence in it, and nothing else."""
    known = translations()
    codes: dict[str, list[str]] = {}
    for _subject, code, text in by_subject():
        codes.setdefault(text, []).append(code)
    entries = {text: (", ".join(names), known.get(text, "")) for text, names in codes.items()}
    return catalogue.write_po(entries)


def missing() -> list[tuple[str, str]]:
    """Sentences without a translation."""
    known = translations()
    return [(code, text) for _subject, code, text in by_subject() if not known.get(text)]


def twice() -> list[str]:
    """Codes that two modules claim."""
    homes: dict[str, list[str]] = {}
    for subject, code, _text in by_subject():
        homes.setdefault(code, []).append(subject)
    return [f"{code}: in {' and '.join(names)}" for code, names in homes.items() if len(names) > 1]


def untranslated() -> list[str]:
    """Sentences without Chinese."""
    return [f"{code}: no Chinese for {text!r}" for code, text in missing()]


def stale() -> list[str]:
    """Translations of sentences that are no more."""
    texts = {text for _subject, _code, text in by_subject()}
    return [
        f"no sentence any more: {text!r}" for text in translations() if text and text not in texts
    ]


def wrong_places() -> list[str]:
    """Translations that lost or invented a {fact}."""
    return [
        f"{english!r} -> {chinese!r}: other places"
        for english, chinese in translations().items()
        if english and chinese and places(english) != places(chinese)
    ]


def places(text: str) -> set[tuple[str, str]]:
    """The facts of a sentence with their formats."""
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name}


def unused() -> list[str]:
    """Codes that no source names: wholly, or by the beginning of an f-string."""
    words, beginnings = set(), set()
    for path in (ROOT / "src").rglob("*.py"):
        if path.parent.name == "messages" and path.stem in SUBJECTS:
            continue
        text = path.read_text(encoding="utf-8")
        words.update(_CODE.findall(text))
        beginnings.update(re.findall(r"f[\"']([a-z][\w-]*[.-][\w.-]*)\{", text))
    beginnings.update(f"{subject}." for subject in set(_SPOKEN.values()))
    known = {code for _subject, code, _text in by_subject()}
    return [
        f"{code}: named nowhere" for code in sorted(known) if not _named(code, words, beginnings)
    ]


def _named(code: str, words: set[str], beginnings: set[str]) -> bool:
    base = re.sub(r"\.(next|more|examples)$", "", code)
    return bool({code, base} & words) or any(base.startswith(start) for start in beginnings)


_ENDINGS = {"UsageError", "Refused", "StepFailed", "MatrixErrors"}
"""The exceptions that end a command. Interrupted tells what is left by itself."""


def errors_without_next() -> list[str]:
    """Codes with which a command can end, named as a literal, that do not say what to do."""
    known = {code for _subject, code, _text in by_subject()}
    codes = sorted({code for path in (ROOT / "src").rglob("*.py") for code in _codes_in(path)})
    return [f"{code}: no {code}.next" for code in codes if f"{code}.next" not in known]


def _codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _ENDINGS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def chinese_outside(paths: Iterator[Path]) -> list[str]:
    """Lines with Chinese in files that should hold none."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _CHINESE.search(line)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
