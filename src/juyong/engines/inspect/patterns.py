"""Regular expressions of rules, on bytes, in linear time.

A pattern means what PCRE means by it under ModSecurity 2.9, on single bytes: a dot matches line
feeds, `$` matches at the end only, `\\s` includes the vertical tab, and only ASCII letters have
another case. RE2 carries it out: no back-tracking, bounded memory.

Look-around, references to groups, atomic groups and possession are beyond RE2 and every other
linear engine. Such a pattern (5 of the 265 of CRS 3.3, none of CRS 4) is widened to one that RE2
has; where this one matches, a matcher with a bound on its steps decides, and where the bound is
reached the value counts as a match. So such a pattern may match too much, never too little.

Source: pcresyntax(3); the manual of ModSecurity 2.9, operator rx (documented).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import re2
from re2 import _re2

from juyong.engines.inspect.regex.match import Matcher, OutOfSteps
from juyong.engines.inspect.regex.parse import PatternRefused, parse
from juyong.engines.inspect.regex.write import regular, written

__all__ = [
    "Captures",
    "Pattern",
    "PatternRefused",
    "Write",
    "Written",
    "compile_pattern",
    "written_out",
]

Captures = tuple[bytes, ...]
"""The whole match and the groups, at most ten; a group that took no part is empty."""

_MOST_GROUPS = 10
_ANYWHERE = _re2.RE2.Anchor.UNANCHORED
_NOT_FOUND = (-1, -1)
_Spans = list[tuple[int, int]]


class Pattern:
    r"""A compiled pattern; may be shared by threads.

    text: As given.
    common: The same in the syntax that RE2 and Rust's regex (with `(?s-u)`) have in common; of a
        wider language where `exact` is False.
    exact: Whether RE2 alone decides.
    """

    __slots__ = ("_match", "common", "exact", "groups", "text")

    def __init__(self, text: bytes) -> None:
        """Compile.

        Raises:
            PatternRefused: The pattern is malformed, or needs what neither engine has.
        """
        tree, self.groups = parse(text)
        self.text = text
        self.common = written(tree).encode("ascii")
        self.exact = regular(tree)
        compiled = _re2.RE2(self.common, _options())
        if not compiled.ok():
            raise PatternRefused(compiled.error().decode("latin-1"))
        self._match = compiled.Match
        if not self.exact:
            self._match = _Narrowed(compiled.Match, Matcher(tree, self.groups)).match

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


class _Narrowed:
    """RE2 on the wider language, then the matcher."""

    def __init__(self, wide: "_re2.RE2.Match", matcher: Matcher) -> None:
        self._wide = wide
        self._matcher = matcher

    def match(self, anchor: object, value: bytes, start: int, end: int) -> _Spans:
        """Return spans as RE2 does."""
        first: _Spans = self._wide(anchor, value, start, end)
        if first[0] == _NOT_FOUND:
            return first

        def starts(at: int) -> int:
            place: int = self._wide(anchor, value, max(at, start), end)[0][0]
            return place

        try:
            found = self._matcher.search(value, starts)
        except OutOfSteps:
            return first
        return [_NOT_FOUND] if found is None else found


class Written(NamedTuple):
    """A pattern as linear engines take the pattern; see `Pattern`."""

    common: bytes
    exact: bool


Write = Callable[[bytes], Written]
"""See `written_out`, which a kept plan saves."""


def written_out(text: bytes) -> Written:
    """Return a pattern written out.

    Raises:
        PatternRefused: See `Pattern`.
    """
    pattern = compile_pattern(text)
    return Written(pattern.common, pattern.exact)


@lru_cache(maxsize=2_048)
def compile_pattern(text: bytes) -> Pattern:
    """Return the pattern that a text of PCRE means; engines and core ask for the same ones.

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
