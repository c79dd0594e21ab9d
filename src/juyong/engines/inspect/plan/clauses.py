"""Clauses of operators: which literals a value must hold before an operator can match."""

from collections.abc import Iterable
from functools import cache

from juyong.engines.inspect.operators import make_test
from juyong.engines.inspect.operators.phrases import phrases_of
from juyong.engines.inspect.plan.factors import Clause, choose, pattern_clauses
from juyong.engines.inspect.rules import Operator
from juyong.engines.inspect.tokens.html import UNTAGGED
from juyong.engines.inspect.tokens.sql_rules import SIGNS

_PATTERNS = frozenset({"rx", "rxglobal", "verifycc", "verifycpf", "verifyssn", "verifysvnr"})
_PHRASES = frozenset({"pm", "pmf", "pmfromfile"})
_TEXTS = frozenset({"beginswith", "contains", "containsword", "endswith", "streq", "strmatch"})
_BEYOND_ASCII = frozenset(bytes((at,)) for at in range(128, 256))


def operator_clauses(operator: Operator) -> tuple[Clause, ...]:
    """Return up to three clauses that every match satisfies; none where nothing is known.

    A negated operator matches what holds nothing, so that it has none.
    """
    if operator.negated:
        return ()
    if operator.name in _PATTERNS:
        return pattern_clauses(operator.argument)
    return choose(_clauses(operator))


def _clauses(operator: Operator) -> tuple[Clause, ...]:
    made: tuple[Clause, ...]
    match operator.name:
        case name if name in _PHRASES:
            phrases = operator.phrases or phrases_of(operator.argument)
            made = (frozenset(phrase.lower() for phrase in phrases if phrase),)
        case name if name in _TEXTS:
            made = (frozenset({operator.argument.lower()}),)
        case "detectsqli" | "detectxss":
            made = _detector_clauses(operator.name)
        case "validateurlencoding":
            made = (frozenset({b"%"}),)
        case "validateutf8encoding":
            made = (_BEYOND_ASCII,)
        case "validatebyterange":
            made = (_bytes_wanted(operator),)
        case _:
            made = ()
    return made


@cache
def _detector_clauses(name: str) -> tuple[Clause, ...]:
    if name == "detectsqli":
        return _either([SIGNS], {b"'", b'"', b"/*!"})
    # Zero bytes are passed over there, and may stand within any literal.
    return _either(UNTAGGED, {b"<", b"\0"})


def _bytes_wanted(operator: Operator) -> Clause:
    """Return the bytes that validateByteRange matches; it judges each byte alone."""
    test = make_test(operator.name, operator.argument)
    octets = [bytes((at,)) for at in range(256)]
    return frozenset(octet.lower() for octet in octets if test(octet) is not None)


def _either(patterns: Iterable[bytes], more: Iterable[bytes]) -> tuple[Clause, ...]:
    """Return the clause of a value that one of the patterns matches, or that holds a literal."""
    literals = set(more)
    for pattern in patterns:
        if not (clauses := pattern_clauses(pattern)):
            return ()
        literals |= clauses[0]
    return (frozenset(literals),)
