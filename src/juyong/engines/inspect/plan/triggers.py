"""Bytes without which a transformation leaves a value as it is, up to the case of letters.

Most values hold none of them, so that all pipelines give the value itself. A set may only err
towards too many bytes: with one missing, rules are lost in silence.

Source: the transformations of this package; `tests/property/test_inspect_gates.py` compares.
"""

ALL_BYTES = frozenset(range(256))
_SPACES = frozenset(b" \t\n\v\f\r")
_BEYOND_ASCII = frozenset(range(128, 256))

_TRIGGERS: dict[str, frozenset[int]] = {
    "cmdline": frozenset(b"\"'\\^,; \t\r\n"),
    "compresswhitespace": _SPACES,
    "cssdecode": frozenset(b"\\"),
    "escapeseqdecode": frozenset(b"\\"),
    "htmlentitydecode": frozenset(b"&"),
    "jsdecode": frozenset(b"\\"),
    "lowercase": frozenset(),
    # A dot is in all paths that change but those with `//`.
    "normalisepath": frozenset(b"./"),
    "normalisepathwin": frozenset(b"./\\"),
    "normalizepath": frozenset(b"./"),
    "normalizepathwin": frozenset(b"./\\"),
    "parityzero7bit": _BEYOND_ASCII,
    "removecomments": frozenset(b"*-#"),
    "removecommentschar": frozenset(b"*-#"),
    "removenulls": frozenset(b"\0"),
    "removewhitespace": _SPACES | {0xA0, 0xC2},
    "replacecomments": frozenset(b"*"),
    "replacenulls": frozenset(b"\0"),
    "sqlhexdecode": frozenset(b"xX"),
    "trim": _SPACES,
    "trimleft": _SPACES,
    "trimright": _SPACES,
    "uppercase": frozenset(),
    "urldecode": frozenset(b"%+"),
    "urldecodeuni": frozenset(b"%+"),
    "utf8tounicode": _BEYOND_ASCII | {0},
}
"""By name; a transformation that is not here may change every value, the empty one too."""


def triggers_of(transforms: tuple[str, ...]) -> frozenset[int] | None:
    """Return the bytes that make the pipeline change a value: a changed value holds one of them.

    None where the pipeline may change any value. No transformation without a trigger in the value
    makes one, so that the order of steps does not matter.
    """
    if not _TRIGGERS.keys() >= set(transforms):
        return None
    return frozenset[int]().union(*(_TRIGGERS[name] for name in transforms))
