"""Random gates, and values of the kinds that gates are made for, in many encodings."""

from functools import cache
from typing import Any

from hypothesis import strategies as st
from tests.inspect_patterns import matched_patterns

from juyong.engines.inspect.gates import Gate, Value
from juyong.engines.inspect.rules import Operator, Phase, Selector
from juyong.engines.inspect.transforms import TRANSFORMS

COLLECTIONS = ["ARGS", "ARGS_NAMES", "REQUEST_HEADERS", "REQUEST_URI"]
KEYS = [b"", b"q", b"User-Agent", b"ids[]"]
WORDS = [
    b"union select",
    b"<script",
    b"../",
    b"..\\",
    b"/etc/passwd",
    b"cat",
    b"'--",
    b"a",
    b"%",
    b"\0",
    b"\xc3\xa9",
    b"/*x*/",
    b"7",
]

_encoders: list[Any] = [
    lambda text: text,
    lambda text: b"".join(b"%%%02x" % at for at in text),
    lambda text: b"".join(b"&#%d;" % at for at in text),
    lambda text: b"".join(b"\\x%02x" % at for at in text),
    lambda text: b"".join(b"%%u00%02X" % at for at in text),
    lambda text: b"^".join(bytes((at,)) for at in text),
    lambda text: text.upper(),
    lambda text: text.replace(b" ", b"/**/"),
    lambda text: text.replace(b"/", b"//./"),
    lambda text: text.replace(b" ", b"+"),
    lambda text: text.hex().encode(),
    lambda text: b"\0".join((text[:2], text[2:])),
]


def _encoded(words: "st.SearchStrategy[bytes]") -> "st.SearchStrategy[bytes]":
    return st.tuples(words, st.sampled_from(_encoders)).map(lambda drawn: drawn[1](drawn[0]))


def texts(words: "st.SearchStrategy[bytes] | None" = None) -> "st.SearchStrategy[bytes]":
    """Return texts put together from words, each in an encoding of its own, and from noise."""
    words = st.sampled_from(WORDS) if words is None else words
    return st.lists(
        st.one_of(_encoded(words), st.binary(max_size=4), st.sampled_from([b" ", b"  ", b"x"])),
        max_size=5,
    ).map(b"".join)


def values(words: "st.SearchStrategy[bytes] | None" = None) -> "st.SearchStrategy[list[Value]]":
    """Return values of a phase, some of them more than once."""
    one = st.builds(Value, st.sampled_from(COLLECTIONS), st.sampled_from(KEYS), texts(words))
    return st.lists(one, max_size=5).map(lambda drawn: [*drawn, *drawn[:1]])


@cache
def selectors() -> "st.SearchStrategy[tuple[Selector, ...]]":
    """Return lists of selectors with keys, patterns and exclusions; none counts."""
    collection = st.sampled_from(COLLECTIONS)
    one = st.one_of(
        st.builds(Selector, collection=collection),
        st.builds(
            Selector,
            collection=collection,
            key=st.sampled_from([b"q", b"user-agent"]),
            excluded=st.booleans(),
        ),
        st.builds(
            Selector, collection=collection, pattern=st.sampled_from(["(?is)^Q$", "(?is)s\\[", "-"])
        ),
    )
    return st.lists(one, min_size=1, max_size=4).map(tuple)


@st.composite
def operators(draw: "st.DrawFn") -> tuple[Operator, "st.SearchStrategy[bytes]"]:
    """Return an operator, and a strategy of texts that its author had in mind."""
    negated = draw(st.sampled_from([False, False, False, True]))
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    kind = draw(st.sampled_from(["rx", "rx", "pm", "text", "range", "number", "other"]))
    if kind == "rx":
        matched = draw(matched_patterns())
        argument = matched.pattern.encode("latin-1")
        return Operator(name="rx", argument=argument, negated=negated), matched.texts
    if kind == "pm":
        operator = Operator(name="pm", phrases=tuple(words), negated=negated)
    elif kind == "text":
        names = ["beginswith", "endswith", "contains", "streq", "containsword", "within"]
        name = draw(st.sampled_from(names))
        operator = Operator(name=name, argument=words[0], negated=negated)
    elif kind == "range":
        operator = Operator(name="validatebyterange", argument=b"32-126,9", negated=negated)
    elif kind == "number":
        name = draw(st.sampled_from(["gt", "lt", "eq"]))
        operator = Operator(name=name, argument=b"7", negated=negated)
    else:
        name = draw(st.sampled_from(["validateurlencoding", "validateutf8encoding"]))
        operator = Operator(name=name, negated=negated)
    return operator, st.sampled_from(words)


_OPERATORS = st.lists(operators(), min_size=1, max_size=6)
_STEPS = st.lists(st.sampled_from(sorted(TRANSFORMS)), max_size=3).map(tuple)


@st.composite
def gates_and_values(draw: "st.DrawFn") -> tuple[list[Gate], list[Value]]:
    """Return gates, and values that many of them match."""
    drawn = draw(_OPERATORS)
    gates = [
        Gate(
            number=number,
            phase=draw(st.sampled_from([Phase.REQUEST_HEAD, Phase.REQUEST_BODY])),
            selectors=draw(selectors()),
            transforms=draw(_STEPS),
            operator=operator,
            multi_match=draw(st.booleans()),
        )
        for number, (operator, _) in enumerate(drawn)
    ]
    return gates, draw(values(st.one_of([words for _, words in drawn])))
