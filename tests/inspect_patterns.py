"""Regular expressions together with texts that they match, for laws about patterns."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

LETTERS = "abcXYZ019 _-/<>'\"(%"
_ESCAPED = frozenset("()[]{}.*+?^$|\\/-")
_CLASSES = {
    "[abc]": "abc",
    "[a-cX-Z]": "abcXYZ",
    "[^a-c]": "XYZ019 _/<'\n\x80",
    "[[:digit:]_]": "019_",
    "[^\\s]": "abX0_-<\x0b\x80",
    "[\\s\\x0b]": " \t\n",
    r"\d": "019",
    r"\w": "abXY01_",
    r"\W": " -/<'\n",
    r"\s": " \t\n",
    ".": "aX0 '<\n\xff",
    "[\\x21-\\x7e]": "!aX~(",
    "[^\\x21-\\x7e]": " \n\x80\xff",
}


@dataclass(frozen=True)
class Matched:
    """A pattern of RE2, and a strategy of texts that it matches as a whole."""

    pattern: str
    texts: "st.SearchStrategy[bytes]"


def _escape(text: str) -> str:
    return "".join(f"\\{at}" if at in _ESCAPED else at for at in text)


def _literal(text: str) -> Matched:
    return Matched(_escape(text), st.just(text.encode("latin-1")))


def _class(name: str) -> Matched:
    return Matched(name, st.sampled_from([at.encode("latin-1") for at in _CLASSES[name]]))


def _sequence(parts: list[Matched]) -> Matched:
    joined = st.tuples(*(part.texts for part in parts)).map(b"".join)
    return Matched("".join(f"(?:{part.pattern})" for part in parts), joined)


def _choice(options: list[Matched]) -> Matched:
    inner = "|".join(option.pattern for option in options)
    return Matched(f"(?:{inner})", st.one_of([option.texts for option in options]))


def _repeat(drawn: tuple[Matched, tuple[str, int, int], str]) -> Matched:
    of, (mark, least, most), lazy = drawn
    texts = st.lists(of.texts, min_size=least, max_size=most).map(b"".join)
    return Matched(f"(?:{of.pattern}){mark}{lazy}", texts)


def _caseless(of: Matched) -> Matched:
    texts = st.tuples(of.texts, st.booleans()).map(
        lambda drawn: drawn[0].swapcase() if drawn[1] else drawn[0]
    )
    return Matched(f"(?i:{of.pattern})", texts)


def _group(of: Matched) -> Matched:
    return Matched(f"({of.pattern})", of.texts)


_MARKS = [
    ("*", 0, 3),
    ("+", 1, 3),
    ("?", 0, 1),
    ("{2}", 2, 2),
    ("{0,2}", 0, 2),
    ("{1,}", 1, 4),
    ("{3,4}", 3, 4),
    ("{9}", 9, 9),
]


def _grown(smaller: "st.SearchStrategy[Matched]") -> "st.SearchStrategy[Matched]":
    return st.one_of(
        st.lists(smaller, min_size=1, max_size=4).map(_sequence),
        st.lists(smaller, min_size=2, max_size=4).map(_choice),
        st.tuples(smaller, st.sampled_from(_MARKS), st.sampled_from(["", "?"])).map(_repeat),
        smaller.map(_caseless),
        smaller.map(_group),
    )


@cache
def matched_patterns() -> "st.SearchStrategy[Matched]":
    """Return patterns of every construct that rules use, small enough to be read.

    PERF: Hypothesis looks through a strategy that is new in each example longer than it draws.
    """
    leaves: Any = st.one_of(
        st.text(LETTERS, min_size=1, max_size=4).map(_literal),
        st.sampled_from(sorted(_CLASSES)).map(_class),
        st.sampled_from(["^", "$", r"\b", r"\A", r"\z"]).map(
            lambda mark: Matched(f"(?:{mark}|)", st.just(b""))
        ),
    )
    return st.recursive(leaves, _grown, max_leaves=10)
