"""Pictures of the main moments, taken from the program on a real pseudo-terminal.

    python tools/screens.py FOLDER [MOMENT ...]      both languages, 80 and 40 columns
    python tools/screens.py FOLDER sessions          the recorded sessions of the wizard
    python tools/screens.py --docs                   those of the documentation, in docs/screens

Needs the test extra, and Chromium with a Chinese font (Debian: chromium fonts-noto-cjk) for the
PNGs; without it the SVGs are written alone.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tests.lab.terminal import DOWN, ENTER, Terminal, gpusetup, python  # noqa: E402
from tests.sessions import SESSIONS, Session  # noqa: E402

if TYPE_CHECKING:
    from typing import Mapping

    from pyte.screens import Char

    Row = Mapping[int, Char]

FONT, CELL_W, CELL_H, MARGIN = 16, 9.64, 20.0, 14
FOREGROUND, BACKGROUND, BOLD = "#d8d8d8", "#1c1f26", ' font-weight="bold"'
COLOURS = {
    "red": "#e06c6c",
    "green": "#8fc36b",
    "brown": "#e0b860",
    "cyan": "#6bb8d0",
    "magenta": "#c58fd0",
    "blue": "#7fa7e8",
    "brightblack": "#8a8f99",
}

LAPTOP = """\
schema: gpusetup.machine/1
os: linux
arch: x86_64
os_version: "22.04"
distribution: ubuntu
libc: {name: glibc, version: "2.35"}
wsl: 2
python: "3.12.3"
driver: {version: "566.36", cuda_version: "12.7"}
gpus:
  - {index: 0, name: NVIDIA GeForce RTX 4060 Laptop GPU, compute_capability: "8.9",
     memory_mib: 8188}
"""
OLD_SERVER = """\
schema: gpusetup.machine/1
os: linux
arch: x86_64
os_version: "20.04"
distribution: ubuntu
libc: {name: glibc, version: "2.31"}
python: "3.8.10"
driver: {version: "470.223.02", cuda_version: "11.4"}
gpus:
  - {index: 0, name: NVIDIA GeForce GTX 1080 Ti, compute_capability: "6.1", memory_mib: 11178}
"""
SMI = """\
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 550.144.03             Driver Version: 550.144.03     CUDA Version: 12.4     |
|-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|                                         |                        |               MIG M. |
|=========================================+========================+======================|
|   0  NVIDIA GeForce RTX 3090        Off |   00000000:01:00.0 Off |                  N/A |
| 30%   34C    P8             20W /  350W |      10MiB /  24576MiB |      0%      Default |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+
"""
PASTED = """\
>>> import torch
>>> torch.cuda.is_available()
/usr/lib/python3/dist-packages/torch/cuda/__init__.py:141: UserWarning: CUDA initialization: The
NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver.
False
>>> torch.__version__
'2.7.1+cu128'
"""
DOWNLOADS = """
import sys, time
from gpusetup.terminal import show
from gpusetup.messages import use_language
use_language(sys.argv[1])
with show.progress(3100) as downloads:
    downloads.finish("numpy")
    for part in range(200):
        downloads.set("torch", part * 8, 821)
        downloads.set("nvidia-cublas-cu12", part * 5, 393)
        downloads.set("nvidia-cudnn-cu12", part * 3, 664)
        time.sleep(0.1)
"""


FILES = {"laptop.yaml": LAPTOP, "old.yaml": OLD_SERVER, "smi.txt": SMI, "pasted.txt": PASTED}


@dataclass(frozen=True)
class Moment:
    """A command line, the keys that lead to the moment, and whether to wait for the end."""

    words: tuple[str, ...]
    keys: tuple[str, ...] = ()
    ends: bool = True
    script: str | None = None


MOMENTS = {
    "help": Moment(("--help",)),
    "help-plan": Moment(("plan", "--help")),
    "detect": Moment(("detect",)),
    "detect-report": Moment(("detect", "--from", "smi.txt")),
    "plan-laptop": Moment(("plan", "--machine", "laptop.yaml")),
    "plan-explained": Moment(("plan", "--machine", "laptop.yaml", "--explain")),
    "refusal": Moment(("plan", "--machine", "old.yaml", "--torch", "2.15.0")),
    "wrong-usage": Moment(("detcet",)),
    "wrong-name": Moment(("init", "my env")),
    "init-first": Moment(("init",), ends=False),
    "init-questions": Moment(("init",), (DOWN + ENTER, ENTER), ends=False),
    "progress": Moment((), ends=False, script=DOWNLOADS),
    "doctor": Moment(("doctor",)),
    "doctor-report": Moment(("doctor", "--report", "pasted.txt")),
    "doctor-list": Moment(("doctor", "--list")),
    "mirrors": Moment(("mirrors",)),
    "mirrors-refused": Moment(("mirrors", "--tuna", "--dry-run")),
    "who": Moment(("who",)),
    "envs": Moment(("envs",)),
    "undo-list": Moment(("undo", "--list")),
}


IN_DOCS = ("plan-laptop", "refusal", "doctor-report")
"""They depend on no machine, so a test can hold docs/screens equal to what the program shows."""


def for_docs(folder: Path) -> None:
    """The pictures of the documentation, as SVG alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in IN_DOCS:
        for language in ("en", "zh"):
            take(MOMENTS[name], language, 80, folder / f"{name}.{language}.svg")


def main(folder: Path, names: list[str]) -> None:
    """Take all pictures, or those that are named."""
    folder.mkdir(parents=True, exist_ok=True)
    if names == ["sessions"]:
        for name, session in SESSIONS.items():
            for language in ("en", "zh"):
                for columns in (80, 40):
                    play(session, language, columns, folder / f"{name}.{language}.{columns}.svg")
        return
    for name in names or MOMENTS:
        for language in ("en", "zh"):
            for columns in (80, 40):
                target = folder / f"{name}.{language}.{columns}.svg"
                take(MOMENTS[name], language, columns, target)
                to_png(target)
                print(target.with_suffix(".png"))


def take(moment: Moment, language: str, columns: int, target: Path) -> None:
    """Run one moment and save its screen as SVG."""
    argv = (
        python("-c", moment.script, language)
        if moment.script
        else gpusetup(*moment.words, "--lang", language)
    )
    with tempfile.TemporaryDirectory() as work:
        for file, text in FILES.items():
            Path(work, file).write_text(text, encoding="utf-8")
        with Terminal(argv, columns=columns, rows=24, env=_home(work), cwd=work) as terminal:
            if moment.ends:
                terminal.finish(120)
            else:
                terminal.settle()
            for keys in moment.keys:
                terminal.type(keys)
                terminal.settle()
            save(terminal, columns, target)


def play(session: Session, language: str, columns: int, target: Path) -> None:
    """Play a recorded session, and save its screen, also just before the end."""
    with tempfile.TemporaryDirectory() as work:
        Path(work, "machine.yaml").write_text(session.profile, encoding="utf-8")
        argv = gpusetup("init", "--machine", "machine.yaml", *session.words, "--lang", language)
        with Terminal(argv, columns=columns, rows=24, env=_home(work), cwd=work) as terminal:
            for number, (keys, english, chinese) in enumerate(session.steps):
                terminal.type(keys)
                terminal.wait(english if language == "en" else chinese)
                terminal.settle(0.3)
                step = target.with_name(target.name.replace(".svg", f".{number}.svg"))
                save(terminal, columns, step)
                to_png(step)
                print(step.with_suffix(".png"))


def _home(work: str) -> dict[str, str]:
    """A home of its own, so that a picture shows nobody's files. pip's settings stay."""
    home = Path(work, "home")
    home.mkdir()
    settings = {"PIP_CONFIG_FILE": str(Path.home() / ".config/pip/pip.conf")}
    keep = settings if Path(settings["PIP_CONFIG_FILE"]).is_file() else {}
    return {**os.environ, **keep, "HOME": str(home), "GPUSETUP_STATE": str(home / "state")}


def save(terminal: Terminal, columns: int, target: Path) -> None:
    """The screen, and what scrolled above it, as SVG: every sign at the place of its cell."""
    screen = terminal.screen
    rows = [*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))]
    while rows and not any(rows[-1][x].data.strip() for x in range(columns)):
        rows.pop()
    width, height = columns * CELL_W + 2 * MARGIN, len(rows) * CELL_H + 2 * MARGIN
    texts = [text for y, row in enumerate(rows) for text in _runs(row, columns, y)]
    target.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'font-family="DejaVu Sans Mono, Consolas, Menlo, Noto Sans Mono CJK SC, '
        f'Microsoft YaHei, PingFang SC, monospace" font-size="{FONT}">\n'
        f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>\n'
        + "\n".join(texts)
        + "\n</svg>\n",
        encoding="utf-8",
    )


def _runs(row: Row, columns: int, y: int) -> list[str]:
    """The signs of one line, those of one style together."""
    runs: dict[tuple[str, bool], list[tuple[float, str]]] = {}
    for x in range(columns):
        sign = row[x]
        if sign.data.strip():
            place = MARGIN + x * CELL_W
            runs.setdefault((sign.fg, sign.bold), []).append((place, sign.data))
    base = MARGIN + y * CELL_H + FONT
    return [
        f'<text y="{base:.1f}" x="{" ".join(f"{place:.1f}" for place, _ in signs)}" '
        f'fill="{COLOURS.get(colour, FOREGROUND)}"{BOLD * bold}>'
        + html.escape("".join(data for _, data in signs))
        + "</text>"
        for (colour, bold), signs in runs.items()
    ]


def to_png(svg: Path) -> None:
    """Through Chromium: other converters misplace the columns."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return
    box = svg.read_text(encoding="utf-8").split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split()
    width, height = (int(float(side)) + 1 for side in box)
    subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--window-size={width},{height}", f"--screenshot={svg.with_suffix('.png')}",
            svg.resolve().as_uri(),
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["--docs"]:
        for_docs(ROOT / "docs" / "screens")
    else:
        main(Path(sys.argv[1]), sys.argv[2:])
