"""Words of a value: how an index cuts and folds text.

A value is cut at each delimiter; without a delimiter the whole value is one word. Folding is
`str.casefold`, which looks at one character at a time, so that a word folds alike wherever it
stands. With `chinese`, each Chinese character is a word, and a Chinese run in a search is a row of
neighbours: the run is found wherever it stands, also across the words of a dictionary.

Source: SLS user guide, Create indexes, Delimiter, Case Sensitive, Include Chinese (documented);
that a run matches wherever it stands, and the folding beyond ASCII (assumed).
"""

import re
from collections.abc import Sequence
from functools import cached_property

import msgspec

BEFORE_WORD = "\x1f"
BEFORE_LEAF = "\x1e"
EMPTY_LEAF = "\x1d"
_OURS = BEFORE_WORD + BEFORE_LEAF + EMPTY_LEAF
RESERVED = dict.fromkeys(map(ord, _OURS), " ")
"""A table for `str.translate` that takes the three characters out of names."""
_CHINESE = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f])")


class Tokenizer(msgspec.Struct, frozen=True, dict=True):
    """One way to cut text into words.

    delimiters: characters that end a word, in the order of the index. The control characters
    U+001D, U+001E and U+001F end one too, since files of columns use them.
    """

    delimiters: str = ""
    case_sensitive: bool = False
    chinese: bool = False

    @cached_property
    def _table(self) -> dict[int, str]:
        return dict.fromkeys(map(ord, self.delimiters + _OURS), BEFORE_WORD)

    def cut(self, text: str) -> list[str]:
        """Return the words of a text in their order, folded unless case counts."""
        cut = text.translate(self._table)
        if not self.case_sensitive:
            cut = cut.casefold()
        if self.chinese:
            cut = _CHINESE.sub(BEFORE_WORD + r"\1" + BEFORE_WORD, cut)
        return [word for word in cut.split(BEFORE_WORD) if word]

    def fold(self, text: str) -> str:
        """Fold a text as words are folded, without cutting it."""
        return text if self.case_sensitive else text.casefold()


def packed(words: Sequence[str]) -> str:
    """Join words so that a search for neighbours is a search for a substring."""
    return BEFORE_WORD + BEFORE_WORD.join(words) + BEFORE_WORD if words else BEFORE_WORD


def packed_leaf(path: str, value: str, words: Sequence[str]) -> str:
    """Join the words of a leaf behind its path, which is no word itself."""
    return BEFORE_LEAF + path + packed(words if value else (EMPTY_LEAF,))
