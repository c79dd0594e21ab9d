"""The words and rules of the tokenisers, as the native core takes them: written once, here read."""

from collections.abc import Mapping

from juyong.engines.inspect.tokens import html_words, sql_rules, sql_words
from juyong.engines.inspect.tokens.html import (
    DECLARED,
    HANDLER,
    HARMLESS_DATA,
    RUNS,
    STYLE,
    URL,
    WORK_BASE,
    WORK_FACTOR,
)
from juyong.engines.inspect.tokens.sql import MOST_TOKENS

WORDS: Mapping[bytes, int] = {word: ord(letter) for word, letter in sql_words.WORDS.items()}
"""The letter of each word, as a byte."""
RULES: Mapping[str, bytes] = {
    "bare": sql_rules.BARE,
    "declared": DECLARED,
    "handler": HANDLER,
    "harmless": HARMLESS_DATA,
    "quoted": sql_rules.QUOTED,
    "runs": RUNS,
    "signs": sql_rules.SIGNS,
    "style": STYLE,
    "url": URL,
}
"""Patterns by name; the core takes them written out."""
NUMBERS: Mapping[str, int] = {
    "most_tokens": MOST_TOKENS,
    "work_base": WORK_BASE,
    "work_factor": WORK_FACTOR,
}


def sets() -> dict[str, list[bytes]]:
    """Return the sets of words of sql_words.py and html_words.py by name, sorted."""
    found: dict[str, frozenset[bytes]] = {
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
    return {name: sorted(words) for name, words in found.items()}


def _letters(letters: frozenset[str]) -> frozenset[bytes]:
    return frozenset(letter.encode() for letter in letters)
