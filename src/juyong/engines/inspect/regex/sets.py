"""Sets of bytes: the classes of PCRE in the C locale, and case."""

from collections.abc import Mapping

Bytes = frozenset[int]

ALL: Bytes = frozenset(range(256))
_LOWER = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_UPPER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGIT = frozenset(b"0123456789")
_SPACE = frozenset(b"\t\n\v\f\r ")
_WORD = _LOWER | _UPPER | _DIGIT | frozenset(b"_")
_GRAPH = frozenset(range(0x21, 0x7F))

POSIX: Mapping[bytes, Bytes] = {
    b"alnum": _LOWER | _UPPER | _DIGIT,
    b"alpha": _LOWER | _UPPER,
    b"ascii": frozenset(range(128)),
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset([*range(0x20), 0x7F]),
    b"digit": _DIGIT,
    b"graph": _GRAPH,
    b"lower": _LOWER,
    b"print": _GRAPH | frozenset(b" "),
    b"punct": _GRAPH - _LOWER - _UPPER - _DIGIT,
    b"space": _SPACE,
    b"upper": _UPPER,
    b"word": _WORD,
    b"xdigit": _DIGIT | frozenset(b"abcdefABCDEF"),
}

ESCAPED: Mapping[int, Bytes] = {
    letter: members
    for pair, inside in (
        (b"dD", _DIGIT),
        (b"sS", _SPACE),
        (b"wW", _WORD),
        (b"hH", frozenset(b" \t")),
        # PCRE counts 0x85 as vertical space too; in UTF-8 it is a part of other characters.
        (b"vV", frozenset(b"\n\v\f\r")),
    )
    for letter, members in ((pair[0], inside), (pair[1], ALL - inside))
}
"""Of `\\d`, `\\D` and so on, by their letter."""

_OTHER_CASE = {a: a ^ 0x20 for a in _LOWER | _UPPER}


def folded(members: Bytes) -> Bytes:
    """Return the set with both cases of its ASCII letters."""
    return members | {_OTHER_CASE[a] for a in members if a in _OTHER_CASE}
