"""The line below a generated page's title that leads to the page in the other language."""

from __future__ import annotations

import re


def with_twin(name: str, text: str) -> str:
    """`matrix.md` gets a link to `matrix.zh-CN.md`, and the other way round."""
    chinese = name.endswith(".zh-CN.md")
    twin = name.replace(".zh-CN.md", ".md") if chinese else name.replace(".md", ".zh-CN.md")
    link = f"[{'English' if chinese else '中文'}]({twin})"
    return re.sub(r"^(# .*\n)", rf"\g<1>\n{link}\n", text, count=1, flags=re.MULTILINE)
