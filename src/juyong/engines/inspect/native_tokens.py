"""The words and rules of the tokenisers, as the native core takes them: written once, here read."""

from collections.abc import Mapping

import msgspec

from juyong.engines.inspect.patterns import Pattern
from juyong.engines.inspect.tokens import html_words, sql_rules, sql_words
from juyong.engines.inspect.tokens.html import (
    _DECLARED,
    _HANDLER,
    _HARMLESS_DATA,
    _RUNS,
    _STYLE,
    _URL,
    WORK_BASE,
    WORK_FACTOR,
)
from juyong.engines.inspect.tokens.sql import MOST_TOKENS


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of both tokenisers; words: The letter of each, as a byte."""

    words: Mapping[bytes, int]
    sets: Mapping[str, list[bytes]]
    rules: Mapping[str, bytes]
    numbers: Mapping[str, int]


def tables() -> Tables:
    """Return the tables of sql.py and html.py."""
    sets: dict[str, frozenset[bytes]] = {
        "alone": html_words.ALONE,
        "callable": _letters(sql_words.CALLABLE),
        "heads": _letters(sql_rules.HEADS),
        "known": sql_words.KNOWN,
        "marked": html_words.MARKED,
        "strong": sql_words.STRONG,
        "strong_beginnings": frozenset(sql_words.STRONG_BEGINNINGS),
        "system": frozenset(sql_words.SYSTEM),
        "urls": html_words.URLS,
        "with_attributes": html_words.WITH_ATTRIBUTES,
    }
    rules: dict[str, Pattern] = {
        "bare": sql_rules.BARE,
        "declared": _DECLARED,
        "handler": _HANDLER,
        "harmless": _HARMLESS_DATA,
        "quoted": sql_rules.QUOTED,
        "runs": _RUNS,
        "signs": sql_rules.SIGNS,
        "style": _STYLE,
        "url": _URL,
    }
    return Tables(
        words={word: ord(letter) for word, letter in sql_words.WORDS.items()},
        sets={name: sorted(words) for name, words in sets.items()},
        rules={name: rule.common for name, rule in rules.items()},
        numbers={
            "most_tokens": MOST_TOKENS,
            "work_base": WORK_BASE,
            "work_factor": WORK_FACTOR,
        },
    )


def _letters(letters: frozenset[str]) -> frozenset[bytes]:
    return frozenset(letter.encode() for letter in letters)
