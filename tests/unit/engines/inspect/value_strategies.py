"""Hypothesis strategies of values, patterns and operators, for tests in both languages."""

import re

from hypothesis import strategies as st

MARKS = [
    b"%",
    b"%41",
    b"%u0041",
    b"%uff1c",
    b"%c0%af",
    b"\\x41",
    b"\\u0041",
    b"\\101",
    b"\\",
    b"&lt;",
    b"&#60;",
    b"&#x3c",
    b"&",
    b";",
    b"#",
    b"/*",
    b"*/",
    b"/*!",
    b"--",
    b"<!--",
    b"-->",
    b"../",
    b"./",
    b"//",
    b"..",
    b"\\..\\",
    b"'",
    b'"',
    b"`",
    b"''",
    b"(",
    b")",
    b" or ",
    b" and ",
    b"1=1",
    b" union ",
    b"select ",
    b" from ",
    b"sleep(",
    b"@@",
    b"||",
    b"$$",
    b"0x41",
    b"<script",
    b"<a ",
    b" href=",
    b" onerror=",
    b"javascript:",
    b">",
    b"=",
    b"+",
    b" ",
    b"\t",
    b"\n",
    b"\0",
    b"\xa0",
    b"\xc2\xa0",
    b"\xc3\xa9",
    b"\xd0\xb0",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
    b"\xff",
    b"SGVsbG8=",
    b"4142",
    b"order by ",
]


def values(most: int = 24) -> st.SearchStrategy[bytes]:
    """Draw values of random bytes and of the marks that decoders and tokenisers know."""
    part = st.one_of(
        st.sampled_from(MARKS), st.binary(max_size=3), st.text("abz19", max_size=3).map(str.encode)
    )
    return st.lists(part, max_size=most).map(b"".join)


def subjects() -> st.SearchStrategy[bytes]:
    """Draw values over the few bytes that `patterns` speaks of."""
    return st.lists(
        st.sampled_from([b"a", b"b", b"A", b"1", b" ", b"\n", b"\xe9"]), max_size=12
    ).map(b"".join)


_TAKING = [b"a", b"b", b".", b"[ab]", b"[^a]", rb"\d", rb"\w", rb"\W", rb"\s", rb"\xe9", b"(?i:a)"]
_QUANTIFIERS = [b"*", b"+", b"?", b"*?", b"+?", b"{1,2}", b"{2}"]


def _is_groupless(text: bytes) -> bool:
    """Tell whether a pattern captures nothing.

    Python 3.11 loses captures in possessive repetitions, or fails with SystemError.
    """
    return re.compile(text).groups == 0


def patterns(*, looks: bool = False) -> st.SearchStrategy[bytes]:
    """Draw patterns that mean the same to PCRE and to Python.

    Only what takes a byte is repeated: engines differ in the captures of empty turns.

    looks: With look-around, atomic groups and possession.
    """

    def joined(inner: st.SearchStrategy[bytes]) -> list[st.SearchStrategy[bytes]]:
        return [
            st.lists(inner, min_size=1, max_size=3).map(b"".join),
            st.lists(inner, min_size=2, max_size=3).map(
                lambda each: b"(?:" + b"|".join(each) + b")"
            ),
            inner.map(lambda each: b"(" + each + b")"),
        ]

    solid = st.recursive(
        st.sampled_from(_TAKING), lambda inner: st.one_of(joined(inner)), max_leaves=4
    )
    repeated = st.tuples(solid, st.sampled_from(_QUANTIFIERS)).map(
        lambda pair: b"(?:" + pair[0] + b")" + pair[1]
    )

    def larger(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        shapes = joined(inner)
        if looks:
            shapes += [
                inner.map(lambda each: b"(?=" + each + b")"),
                inner.map(lambda each: b"(?!" + each + b")"),
                inner.map(lambda each: b"(?>" + each + b")"),
                solid.filter(_is_groupless).map(lambda each: b"(?:" + each + b")*+"),
                st.sampled_from([b"(?<=a)", b"(?<!b)", b"(?<=ab)"]),
            ]
        return st.one_of(shapes)

    places = st.sampled_from([rb"\b", b"^", b"$"])
    return st.recursive(st.one_of(solid, repeated, places), larger, max_leaves=6)
