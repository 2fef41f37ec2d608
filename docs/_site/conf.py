"""Sphinx's settings for both languages. `python tools/build_site.py` makes the pages and calls it.

The language is given on the command line (`-D language=zh_CN`): each language is a site of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from chinese_search import ChinesePairs

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "gpusetup"
author = "gpusetup"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
templates_path = ["templates"]
locale_dirs = ["_locale"]  # beside the pages: the words of the theme that Sphinx does not know
highlight_language = "text"
pygments_style, pygments_dark_style = "friendly", "monokai"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_title = "gpusetup"
html_show_sourcelink = html_copy_source = html_show_copyright = False
html_use_index = False
html_show_search_summary = False  # it fetches the pages, which a browser forbids on the disk
smartquotes = False  # `--option` keeps its two strokes
html_permalinks_icon = "#"

myst_heading_anchors = 4
# A link that leads out of this language's site: tools/site_pages.py writes it.
myst_url_schemes = {"http": None, "https": None, "mailto": None, "beside": "{{path}}"}

html_theme_options: dict[str, Any] = {
    "light_css_variables": {"color-brand-primary": "#3f7a00", "color-brand-content": "#33691e"},
    "dark_css_variables": {"color-brand-primary": "#9ccc65", "color-brand-content": "#aed581"},
}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/languages.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}


def with_twin(
    app: Sphinx, name: str, _template: str, context: dict[str, Any], _tree: object
) -> None:
    """The page of the same name in the other language, for the links at the top."""
    chinese = app.config.language == "zh_CN"
    up = "../" * (name.count("/") + 1)
    only_here = name in str(app.config.only_here).split(",")
    context["other_language"] = "English" if chinese else "中文"
    context["other_code"] = "en" if chinese else "zh-CN"
    target = "index" if only_here else name
    context["other_page"] = f"{up}{'en' if chinese else 'zh'}/{target}.html"


def setup(app: Sphinx) -> None:
    app.add_search_language(ChinesePairs)
    app.add_config_value("only_here", "", "html")
    app.connect("html-page-context", with_twin)
