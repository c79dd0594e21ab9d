"""Hypothesis strategies of values, patterns and operators, for tests in both languages."""

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


def patterns(*, looks: bool = False) -> st.SearchStrategy[bytes]:
    """Draw patterns that mean the same to PCRE and to Python.

    looks: With look-around, and atomic groups.
    """
    atoms = st.sampled_from(
        [
            b"a",
            b"b",
            b".",
            b"[ab]",
            b"[^a]",
            rb"\d",
            rb"\w",
            rb"\W",
            rb"\s",
            rb"\xe9",
            b"(?i:a)",
            rb"\b",
            b"^",
        ]
    )

    def larger(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        quantified = st.tuples(
            inner, st.sampled_from([b"*", b"+", b"?", b"*?", b"+?", b"{1,2}", b"{2}"])
        )
        shapes = [
            st.lists(inner, min_size=1, max_size=3).map(b"".join),
            st.lists(inner, min_size=2, max_size=3).map(
                lambda each: b"(?:" + b"|".join(each) + b")"
            ),
            inner.map(lambda each: b"(" + each + b")"),
            quantified.map(lambda pair: b"(?:" + pair[0] + b")" + pair[1]),
        ]
        if looks:
            shapes += [
                inner.map(lambda each: b"(?=" + each + b")"),
                inner.map(lambda each: b"(?!" + each + b")"),
                inner.map(lambda each: b"(?>" + each + b")"),
                st.sampled_from([b"(?<=a)", b"(?<!b)", b"(?<=ab)", b"a*+", b"(?:a|b)?+"]),
            ]
        return st.one_of(shapes)

    return st.recursive(atoms, larger, max_leaves=6)
