"""Build the documentation as a site that is read in a browser, from the disk or from a server.

    python tools/build_site.py [FOLDER]      default: build/site; needs the docs extra

Every warning of Sphinx is an error. `FOLDER/index.html` leads to the language of the reader.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from site_pages import LANGUAGES, Site, make_site

ROOT = Path(__file__).resolve().parent.parent
DOCS, SETTINGS = ROOT / "docs", ROOT / "docs" / "_site"
PICTURES = (".svg", ".png")

FIRST_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>gpusetup</title>
<script>
  const known = (navigator.languages || [navigator.language]).find((one) => /^(zh|en)/i.test(one));
  location.replace((/^zh/i.test(known || "") ? "zh" : "en") + "/index.html");
</script>
<p><a href="en/index.html">English</a> · <a href="zh/index.html">中文</a></p>
"""

SPOKEN_BY_THE_THEME = {
    "Toggle site navigation sidebar": "显示或隐藏导航",
    "Toggle table of contents sidebar": "显示或隐藏本页目录",
    "Toggle Light / Dark / Auto color theme": "切换浅色、深色或自动配色",
    "Toggle navigation of": "展开或收起",
    "<title>Contents</title>": "<title>目录</title>",
    "<title>Menu</title>": "<title>菜单</title>",
    "<title>Expand</title>": "<title>展开</title>",
    "<title>Light mode</title>": "<title>浅色</title>",
    "<title>Dark mode</title>": "<title>深色</title>",
    "<title>Auto light/dark, in light mode</title>": "<title>自动，当前为浅色</title>",
    "<title>Auto light/dark, in dark mode</title>": "<title>自动，当前为深色</title>",
    "Link to this heading": "链接到这一节",
}
"""What the theme writes in English whatever the language: read aloud, or shown when pointed at."""


def main(arguments: list[str]) -> int:
    target = Path(arguments[0]) if arguments else ROOT / "build" / "site"
    code = build(target)
    print(target / "index.html" if code == 0 else "not built")
    return code


def build(target: Path, docs: Path = DOCS) -> int:
    """Build both languages from the pages below `docs`; 1 after any warning."""
    sources = read_sources(docs)
    shutil.rmtree(target, ignore_errors=True)
    running = []
    with tempfile.TemporaryDirectory() as work:
        for folder, language in LANGUAGES.items():
            site = make_site(sources, folder)
            write_sources(site, docs, Path(work, folder))
            copy_files(site, target / "files")
            running.append(start_sphinx(Path(work, folder), target / folder, language, site))
        codes = [each.wait() for each in running]
    finish(target)
    return 1 if any(codes) else 0


def read_sources(docs: Path) -> dict[str, str]:
    """The text of every page by its path below docs/."""
    pages = [each for each in docs.rglob("*.md") if SETTINGS not in each.parents]
    return {each.relative_to(docs).as_posix(): each.read_text("utf-8") for each in pages}


def write_sources(site: Site, docs: Path, folder: Path) -> None:
    for name, text in site.pages.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for picture in docs.rglob("*"):
        if picture.suffix in PICTURES and SETTINGS not in picture.parents:
            copy = folder / picture.relative_to(docs)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, copy)
    shutil.copytree(SETTINGS / "locale", folder / "_locale")


def copy_files(site: Site, folder: Path) -> None:
    """Files of the repository that pages link to, as texts that every browser shows."""
    for name in site.files:
        copy = folder / f"{name}.txt"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)


def start_sphinx(source: Path, target: Path, language: str, site: Site) -> subprocess.Popen[bytes]:
    """Sphinx in a process of its own: both languages are built at once."""
    options = {"language": language, "only_here": ",".join(site.only_here)}
    argv = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going"]
    argv += ["-c", str(SETTINGS), "-d", str(source.with_suffix(".doctrees"))]
    for name, value in options.items():
        argv += ["-D", f"{name}={value}"]
    return subprocess.Popen([*argv, str(source), str(target)])


def finish(target: Path) -> None:
    (target / "index.html").write_text(FIRST_PAGE, encoding="utf-8")
    for page in (target / "zh").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for english, chinese in SPOKEN_BY_THE_THEME.items():
            text = text.replace(english, chinese)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
