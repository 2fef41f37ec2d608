"""Every code of the chooser has a sentence, and every sentence a code."""

from __future__ import annotations

import re
from pathlib import Path

import gpusetup
from gpusetup.messages import sentences

PACKAGE = Path(gpusetup.__file__).parent
SENTENCES = {code for code in sentences() if code.startswith("choose.")}
ENDINGS = ("", "-on-host")  # put behind a code where a container cannot change its driver


def codes_in_source() -> set[str]:
    files = (PACKAGE / "choosing").glob("*.py")
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    found = set(re.findall(r'"(choose\.[a-z0-9-]+)"', text))
    found |= {
        start + end
        for start in re.findall(r'"(choose\.[a-z0-9-]+)\{outside\}"', text)
        for end in ENDINGS
    }
    return found | {"choose.only-on-wish", "choose.not-sure-enough"}


def test_every_code_has_a_sentence() -> None:
    assert codes_in_source() - SENTENCES == set()


def test_every_sentence_has_a_code() -> None:
    assert SENTENCES - codes_in_source() == set()
