"""Comments of SQL, C, HTML and shells."""

import re

_BLOCK = re.compile(rb"/\*.*?(?:\*/|\Z)", re.DOTALL)


def replace_comments(value: bytes) -> bytes:
    """Make each `/* … */` one space; one that does not end runs to the end of the value."""
    return _BLOCK.sub(b" ", value) if b"/*" in value else value


_ANY = re.compile(rb"(?:/\*|<!--)(?:.*?(?:\*/|-->)(?P<next>.?)|.*\Z)|(?:--|#).*\Z", re.DOTALL)


def remove_comments(value: bytes) -> bytes:
    """Take out `/* … */` and `<!-- … -->`, and all from `--` or `#` to the end of the value.

    Either end closes either start. The byte after an end is kept whatever it is. A comment that
    does not end becomes a space.
    """
    if b"--" not in value and b"#" not in value and b"/*" not in value:
        return value
    return _ANY.sub(_kept, value)


def _kept(found: re.Match[bytes]) -> bytes:
    after: bytes | None = found["next"]
    if after is not None:
        return after
    return b"" if found[0].startswith((b"--", b"#")) else b" "


_MARKS = re.compile(rb"/\*|\*/|<!--|-->|--|#")


def remove_comments_char(value: bytes) -> bytes:
    """Take out `/*`, `*/`, `<!--`, `-->`, `--` and `#`, in one pass from the left."""
    if b"--" not in value and b"#" not in value and b"/*" not in value and b"*/" not in value:
        return value
    return _MARKS.sub(b"", value)
