"""Regular expressions of rules, on bytes, in linear time.

The engine is RE2 over single bytes (Latin-1): no back-tracking, bounded memory. A pattern means
what PCRE means by it under ModSecurity 2.9: a dot matches line feeds, `$` matches at the end only,
`\\s` includes the vertical tab.

Source: pcresyntax(3); the manual of ModSecurity 2.9, operator rx (documented).
"""

import re

import re2
from re2 import _re2

Captures = tuple[bytes, ...]
"""The whole match and the groups, at most ten; a group that took no part is empty."""

_MOST_GROUPS = 10
_LONGEST = 65_536
_ANYWHERE = _re2.RE2.Anchor.UNANCHORED
_NOT_FOUND = (-1, -1)


class PatternRefused(ValueError):
    """A pattern that cannot be carried out; the text says why."""


class Pattern:
    """A compiled pattern; may be shared by threads."""

    __slots__ = ("_match", "groups", "text")

    def __init__(self, text: bytes) -> None:
        """Compile.

        Raises:
            PatternRefused: The pattern is malformed, or needs what RE2 has not.
        """
        if len(text) > _LONGEST:
            raise PatternRefused(f"a pattern of {len(text)} bytes; at most {_LONGEST} are read")
        compiled = _re2.RE2(_as_re2(text), _options())
        if not compiled.ok():
            raise PatternRefused(compiled.error().decode("latin-1"))
        self.text = text
        self.groups = int(compiled.NumberOfCapturingGroups())
        self._match = compiled.Match

    def search(self, value: bytes) -> Captures | None:
        """Return the leftmost match of the value, None where there is none."""
        spans = self._match(_ANYWHERE, value, 0, len(value))
        if spans[0] == _NOT_FOUND:
            return None
        return tuple(
            [value[start:end] if start >= 0 else b"" for start, end in spans[:_MOST_GROUPS]]
        )

    def search_all(self, value: bytes, most: int) -> Captures | None:
        """Return, for each group, what it holds in the last match in which it takes part.

        most: How many matches are looked at, from the left.
        """
        at, found = 0, [b""] * min(self.groups + 1, _MOST_GROUPS)
        for count in range(most):
            spans = self._match(_ANYWHERE, value, at, len(value))[:_MOST_GROUPS]
            start, end = spans[0]
            if start < 0:
                return tuple(found) if count else None
            for group, (first, last) in enumerate(spans):
                if first >= 0:
                    found[group] = value[first:last]
            at = end if end > start else end + 1
            if at > len(value):
                break
        return tuple(found)

    def span(self, value: bytes, start: int = 0) -> tuple[int, int] | None:
        """Return where the leftmost match at or after `start` begins and ends."""
        found: tuple[int, int] = self._match(_ANYWHERE, value, start, len(value))[0]
        return None if found == _NOT_FOUND else found


def compile_pattern(text: bytes) -> Pattern:
    """Return the pattern that a text of PCRE means.

    Raises:
        PatternRefused: See `Pattern`.
    """
    return Pattern(text)


def _options() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.dot_nl = True
    options.log_errors = False
    return options


_ESCAPE_OR_CLASS = re.compile(rb"\\.|\[:\^?[a-z]+:\]|\[\^?\]?|\]", re.DOTALL)
_SPACE = rb"\t-\r "
_INSIDE = {rb"\s": _SPACE, rb"\S": rb"\x00-\x08\x0e-\x1f!-\xff"}
_OUTSIDE = {rb"\s": b"[" + _SPACE + b"]", rb"\S": b"[^" + _SPACE + b"]", rb"\Z": rb"\n?\z"}


def _as_re2(text: bytes) -> bytes:
    """Write white space classes as PCRE has them."""
    inside = False

    def written(found: re.Match[bytes]) -> bytes:
        nonlocal inside
        token = found[0]
        if token[:1] == b"[" and token[:2] != b"[:":
            token, inside = (b"\\" * inside) + token, True
        elif token == b"]":
            inside = False
        return (_INSIDE if inside else _OUTSIDE).get(token, token)

    return _ESCAPE_OR_CLASS.sub(written, text)
