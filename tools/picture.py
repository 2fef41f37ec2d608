"""The drawing of docs/understanding/picture*.md, in both languages from one layout.

python tools/picture.py            write docs/understanding/picture.LANGUAGE.svg
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Iterator

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "understanding"
WIDTH, HEIGHT = 860, 568
FONTS = (
    "DejaVu Sans, Segoe UI, Helvetica, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
)
INK, GREY = "#263238", "#607d8b"
GREEN, BLUE, AMBER, WHITE = "#e8f5e9", "#e3f2fd", "#fff8e1", "#ffffff"

TEXTS = {
    "en": {
        "title": "From your program to the GPU",
        "program": "your program",
        "program.more": "import torch",
        "build": "PyTorch, one build: 2.14.1+cu126",
        "runtime": "CUDA runtime",
        "runtime.more": "12.6, cuDNN …",
        "code": "code for GPUs",
        "code.more": "sm_50 … sm_90",
        "torch": "torch itself",
        "torch.more": "for Python 3.12",
        "driver": "NVIDIA driver 566.36",
        "driver.more": "serves CUDA up to 12.7 (nvidia-smi: “CUDA Version”)",
        "gpu": "GPU: RTX 4060 Laptop",
        "gpu.more": "compute capability 8.9",
        "source": "index or channel",
        "source.more": "or a mirror: its copy",
        "wheel": "a wheel",
        "toolkit": "CUDA toolkit",
        "toolkit.more": "nvcc: only to compile",
        "toolkit.last": "extensions",
        "download": "comes with the download",
        "machine": "is on the machine",
        "rule.1": "1  driver new enough for the build’s CUDA?",
        "rule.2": "2  code for this GPU in the build?",
        "rule.3": "3  still drives this GPU?",
    },
    "zh": {
        "title": "从你的程序到显卡",
        "program": "你的程序",
        "program.more": "import torch",
        "build": "PyTorch 的一个构建：2.14.1+cu126",
        "runtime": "CUDA 运行时",
        "runtime.more": "12.6、cuDNN 等",
        "code": "各种显卡的代码",
        "code.more": "sm_50 … sm_90",
        "torch": "torch 本身",
        "torch.more": "Python 3.12 用",
        "driver": "NVIDIA 驱动 566.36",
        "driver.more": "最高支持 CUDA 12.7（nvidia-smi 的 “CUDA Version”）",
        "gpu": "显卡：RTX 4060 Laptop",
        "gpu.more": "计算能力 8.9",
        "source": "源或频道",
        "source.more": "镜像源是它的副本",
        "wheel": "安装包",
        "toolkit": "CUDA toolkit",
        "toolkit.more": "nvcc：编译扩展时",
        "toolkit.last": "才需要",
        "download": "随下载一起来",
        "machine": "机器上本来就有",
        "rule.1": "1  驱动够不够新，带得动构建里的 CUDA？",
        "rule.2": "2  构建里有没有这块显卡的代码？",
        "rule.3": "3  驱动还支持这块显卡吗？",
    },
}


def main() -> None:
    for language in TEXTS:
        path = FOLDER / f"picture.{language}.svg"
        path.write_text(drawing(language), encoding="utf-8")
        print(path.relative_to(FOLDER.parent.parent))


def drawing(language: str) -> str:
    """The whole picture as SVG."""
    say = TEXTS[language]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'font-family="{FONTS}" font-size="15">',
            f"<title>{html.escape(say['title'])}</title>",
            '<defs><marker id="tip" markerWidth="10" markerHeight="10" refX="8" refY="4" '
            f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{GREY}"/></marker></defs>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#fafafa"/>',
            *_stack(say),
            *_sides(say),
            *_rules(say),
            "</svg>\n",
        ]
    )


def _stack(say: dict[str, str]) -> Iterator[str]:
    """Downwards: program, build, driver, GPU."""
    yield from _box(230, 20, 390, 62, WHITE, say["program"], say["program.more"])
    yield _line(425, 82, 425, 110)
    yield _rect(230, 112, 390, 148, GREEN)
    yield _text(425, 138, say["build"], bold=True)
    for x, name in ((242, "code"), (366, "runtime"), (490, "torch")):
        yield from _box(x, 156, 118, 88, WHITE, say[name], say[f"{name}.more"], size=12.5)
    yield _line(425, 260, 425, 328)
    yield from _box(230, 330, 390, 74, BLUE, say["driver"], say["driver.more"])
    yield _line(425, 404, 425, 472)
    yield from _box(230, 474, 390, 74, AMBER, say["gpu"], say["gpu.more"])


def _sides(say: dict[str, str]) -> Iterator[str]:
    """Where the build comes from, who brings what, and what is not needed."""
    yield from _box(20, 150, 150, 72, WHITE, say["source"], say["source.more"])
    yield _line(170, 186, 228, 186)
    yield _text(199, 176, say["wheel"], size=12.5)
    yield _rect(680, 130, 160, 96, "none", dashed=True)
    for y, name in ((160, "toolkit"), (184, "toolkit.more"), (204, "toolkit.last")):
        small = name != "toolkit"
        yield _text(760, y, say[name], bold=not small, size=12.5 if small else 13.5)
    for top, bottom, name in ((112, 260, "download"), (330, 548, "machine")):
        yield f'<path d="M632,{top} h8 V{bottom} h-8" fill="none" stroke="{GREY}"/>'
        yield _text(650, bottom - 8, say[name], size=13, anchor="start", colour=GREY)


def _rules(say: dict[str, str]) -> Iterator[str]:
    """The three questions, each where it is asked."""
    yield _text(440, 300, say["rule.1"], size=13.5, anchor="start", bold=True)
    yield _text(440, 444, say["rule.3"], size=13.5, anchor="start", bold=True)
    yield f'<path d="M242,222 H205 V510 H228" fill="none" stroke="{GREY}" marker-end="url(#tip)"/>'
    words = _halves(say["rule.2"])
    for at, part in enumerate(words):
        yield _text(195, 340 + 20 * at, part, size=13.5, anchor="end", bold=True)


def _halves(text: str) -> list[str]:
    """A sentence in lines that fit beside the drawing."""
    if text.isascii() or " " in text[3:]:
        words, lines = text.split(" "), [""]
        for word in words:
            if len(lines[-1]) + len(word) > 20:
                lines.append("")
            lines[-1] += ("" if not lines[-1] else " ") + word
        return lines
    return [text[at : at + 11] for at in range(0, len(text), 11)]


def _box(
    x: float, y: float, width: float, height: float, fill: str, title: str, more: str,
    size: float = 15,
) -> Iterator[str]:  # fmt: skip
    yield _rect(x, y, width, height, fill)
    middle, base = x + width / 2, y + height / 2
    yield _text(middle, base - 4, title, bold=True, size=size)
    yield _text(middle, base + 18, more, size=min(13, size - 0.5))


def _rect(
    x: float, y: float, width: float, height: float, fill: str, *, dashed: bool = False
) -> str:
    dashes = ' stroke-dasharray="6 4"' if dashed else ""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" fill="{fill}" '
        f'stroke="{GREY}"{dashes}/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{GREY}" stroke-width="1.5" '
        'marker-end="url(#tip)"/>'
    )


def _text(
    x: float, y: float, words: str, *, size: float = 15, anchor: str = "middle",
    bold: bool = False, colour: str = INK,
) -> str:  # fmt: skip
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{html.escape(words)}</text>"
    )


if __name__ == "__main__":
    main()
