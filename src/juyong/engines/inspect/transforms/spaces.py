"""Case, white space, zero bytes and the quoting of command lines."""

import re


def lowercase(value: bytes) -> bytes:
    """Make ASCII capitals small."""
    folded = value.lower()
    return value if folded == value else folded


def uppercase(value: bytes) -> bytes:
    """Make small ASCII letters capitals."""
    folded = value.upper()
    return value if folded == value else folded


_SPACES = b" \t\n\v\f\r"
_TO_SPACE = bytes(0x20 if c in _SPACES else c for c in range(256))
_SPACE_RUNS = re.compile(rb"  +")


def compress_whitespace(value: bytes) -> bytes:
    """Make each run of ASCII white space one space."""
    spaced = value.translate(_TO_SPACE)
    if b"  " in spaced:
        return _SPACE_RUNS.sub(b" ", spaced)
    return value if spaced == value else spaced


def remove_whitespace(value: bytes) -> bytes:
    """Take out ASCII white space and the bytes 0xa0 and 0xc2 of a no-break space."""
    return value.translate(None, b" \t\n\v\f\r\xa0\xc2")


def remove_nulls(value: bytes) -> bytes:
    """Take out zero bytes."""
    return value.replace(b"\0", b"")


def replace_nulls(value: bytes) -> bytes:
    """Make zero bytes spaces."""
    return value.replace(b"\0", b" ")


def trim(value: bytes) -> bytes:
    """Take ASCII white space from both ends."""
    return value.strip(_SPACES)


def trim_left(value: bytes) -> bytes:
    """Take ASCII white space from the start."""
    return value.lstrip(_SPACES)


def trim_right(value: bytes) -> bytes:
    """Take ASCII white space from the end."""
    return value.rstrip(_SPACES)


_COMMAND = bytes(0x20 if c in b" ,;\t\r\n" else c for c in range(256)).lower()
_QUOTING = b"\"'\\^"


def cmd_line(value: bytes) -> bytes:
    r"""Undo what shells pass over: lower case, and without `"`, `'`, `\` and `^`.

    A run of spaces, commas, semicolons, tabs and line ends becomes one space, and goes before `/`
    and `(`.
    """
    bare = value.translate(_COMMAND, _QUOTING)
    if b" " in bare:
        if b"  " in bare:
            bare = _SPACE_RUNS.sub(b" ", bare)
        bare = bare.replace(b" /", b"/").replace(b" (", b"(")
    return value if bare == value else bare
