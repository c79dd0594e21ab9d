"""The search for many phrases at once."""

import re
from collections.abc import Callable

from ahocorasick_rs import BytesAhoCorasick

from juyong.engines.inspect.operators.base import Test
from juyong.engines.inspect.patterns import Captures

_PIECE = 8_192


def pm(argument: bytes, phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value holds one of the phrases, in any case of ASCII letters.

    Captures the phrase that ends first, of several that end together the longest, as it was given.
    Without phrases the argument is read as `phrases_of` says.
    """
    given = {p.lower(): p for p in reversed(phrases or phrases_of(argument)) if p}
    if not given:
        return lambda _value: None
    captures = [(phrase,) for phrase in given.values()]
    first = _first_of(list(given))

    def test(value: bytes) -> Captures | None:
        found = first(value.lower())
        return None if found is None else captures[found]

    return test


def _first_of(phrases: list[bytes]) -> Callable[[bytes], int | None]:
    """Return a function that finds the first phrase; long values are read in pieces."""
    find = BytesAhoCorasick(phrases).find_matches_as_indexes
    step = max(_PIECE - max(map(len, phrases)) + 1, 1)

    def first(value: bytes) -> int | None:
        if len(value) <= _PIECE:
            found = find(value)
            return found[0][0] if found else None
        for start in range(0, len(value), step):
            if found := find(value[start : start + _PIECE]):
                return found[0][0]
        return None

    return first if max(map(len, phrases)) <= _PIECE // 2 else _whole(phrases)


def _whole(phrases: list[bytes]) -> Callable[[bytes], int | None]:
    find = BytesAhoCorasick(phrases).find_matches_as_indexes

    def first(value: bytes) -> int | None:
        found = find(value)
        return found[0][0] if found else None

    return first


_WRITTEN = re.compile(rb'\|([0-9a-fA-F]*)\||\\([:;\\"])')
_UNREAD = re.compile(rb"[|\\]")


def phrases_of(argument: bytes) -> tuple[bytes, ...]:
    r"""Return the words of an argument of pm.

    As in Snort, `|6869|` in a word is bytes in hexadecimal, and `\` takes the meaning from `:`,
    `;`, `\` and `"`. A word with other bars or backslashes is taken as it stands. Double quotes
    around the whole argument go.
    """
    argument = argument.strip(b" \t")
    if len(argument) > 1 and argument.startswith(b'"') and argument.endswith(b'"'):
        argument = argument[1:-1]
    return tuple(map(_word, argument.split()))


def _word(word: bytes) -> bytes:
    if _UNREAD.search(_WRITTEN.sub(b"", word)):
        return word
    return _WRITTEN.sub(_decoded, word)


def _decoded(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        return found[2]
    return bytes.fromhex(found[1].decode()) if len(found[1]) % 2 == 0 else found[0]
