"""Search in Chinese without a dictionary: every two neighbouring signs are a word.

Page and query are cut in the same way, so whatever a person types is found where it stands, also
words that no dictionary has (镜像源). Latin words stay whole.
"""

from __future__ import annotations

import re

from sphinx.search.zh import SearchChinese

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_PIECES = re.compile(f"[{_CHINESE}]+|[a-zA-Z0-9_]+")


class ChinesePairs(SearchChinese):
    """Sphinx's Chinese search with pairs of signs instead of jieba's words."""

    language_name = "English"  # of the stemmer: Sphinx 9.0 asks for a ChineseStemmer that it lacks
    js_splitter_code = """
var splitQuery = (query) =>
  (query.match(/[\\u3400-\\u4dbf\\u4e00-\\u9fff]+|[a-zA-Z0-9_]+/g) || []).flatMap((piece) =>
    /^[a-zA-Z0-9_]/.test(piece) || piece.length < 2
      ? [piece]
      : Array.from({ length: piece.length - 1 }, (_, at) => piece.slice(at, at + 2)));
"""

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self.latin_terms: set[str] = set()  # a list until Sphinx 7

    def split(self, input: str) -> list[str]:
        words = [word for piece in _PIECES.findall(input) for word in pieces(piece)]
        self.latin_terms.update(word for word in words if word.isascii())
        return words

    def word_filter(self, stemmed_word: str) -> bool:
        return len(stemmed_word) > 1 or not stemmed_word.isascii()


def pieces(piece: str) -> list[str]:
    """A Latin word as it is; of Chinese every sign and every pair."""
    if piece.isascii():
        return [piece]
    return [*piece, *(piece[at : at + 2] for at in range(len(piece) - 1))]
