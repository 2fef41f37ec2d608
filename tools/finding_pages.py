"""The pages docs/reference/findings*.md: an entry per finding, made of what the doctor says.

python tools/finding_pages.py      write both pages anew
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from gpusetup.doctor.check import Area, Check  # noqa: E402
from gpusetup.doctor.checks import ALL_CHECKS  # noqa: E402
from gpusetup.doctor.remedies.by_hand import ROWS  # noqa: E402
from gpusetup.messages import language, say, sentences, use_language  # noqa: E402
from twins import with_twin  # noqa: E402

PAGES = {"en": "findings.md", "zh": "findings.zh-CN.md"}


def pages() -> Iterator[tuple[str, str]]:
    """(file name, text) of each language."""
    before = language()
    for name, file in PAGES.items():
        use_language(name)
        yield file, with_twin(file, "\n".join(_page()) + "\n")
    use_language(before)


def _page() -> Iterator[str]:
    yield f"# {say('doctor.page.title')}"
    yield ""
    yield say("doctor.page.intro")
    for area in Area:
        yield ""
        yield f"## {say(f'doctor.area.{area.value}')}"
        for check in ALL_CHECKS:
            if check.area is area:
                yield from _entry(check)


def _entry(check: Check) -> Iterator[str]:
    yield ""
    yield f"### `{check.id}`"
    yield ""
    yield f"**{say(f'doctor.{check.id}')}**"
    yield ""
    for line in _spoken_all(f"doctor.{check.id}.text"):
        yield f"- {line}"
    yield ""
    yield f"*{say('doctor.page.how')}* {_spoken(f'doctor.{check.id}.how')}"
    yield ""
    fixes = list(_fixes(check.id))
    yield f"*{say('doctor.page.fix')}* {fixes[0] if fixes else say('doctor.page.no-fix')}"
    if fixes[1:]:
        yield ""
        yield from (f"- {line}" for line in fixes[1:])
    commands = _commands(check.id)
    if commands:
        yield from ("", "```", *commands, "```")


def _fixes(name: str) -> Iterator[str]:
    found: dict[str, None] = {}
    for start in (f"doctor.{name}.fix", f"doctor.remedy.{name}", f"doctor.fix.{name}"):
        found.update(dict.fromkeys(_spoken_all(start)))
    yield from found


def _spoken_all(code: str) -> list[str]:
    """A sentence and its variants, each once."""
    codes = [each for each in sentences() if each == code or each.startswith(f"{code}.")]
    others = [other for other in _codes_that_go_on(code) if other != code]
    mine = [each for each in codes if not any(each.startswith(f"{one}.") for one in others)]
    return list(dict.fromkeys(_spoken(each) for each in mine if not each.endswith(".next")))


def _codes_that_go_on(code: str) -> list[str]:
    """Ids that begin like this one: `driver.too-old` and `driver.too-old-for-gpu` do not mix."""
    names = [check.id for check in ALL_CHECKS]
    starts = [f"doctor.remedy.{name}" for name in names] + [f"doctor.fix.{name}" for name in names]
    return [each for each in starts if each.startswith(f"{code}.")]


def _spoken(code: str) -> str:
    """The sentence with its facts as words in italics."""
    places = set(re.findall(r"\{(\w+)", sentences()[code].replace("{{", "")))
    return say(code, **{name: f"*{name}*" for name in places})


def _commands(name: str) -> list[str]:
    rows = [row for key, row in ROWS.items() if key.partition("/")[0] == name]
    return list(dict.fromkeys(line for row in rows for line in row.commands))


if __name__ == "__main__":
    for file, text in pages():
        (ROOT / "docs" / "reference" / file).write_text(text, encoding="utf-8")
