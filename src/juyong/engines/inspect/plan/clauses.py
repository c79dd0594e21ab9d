"""Clauses of operators: which literals a value must hold before an operator can match."""

from juyong.engines.inspect.operators import make_test
from juyong.engines.inspect.operators.phrases import phrases_of
from juyong.engines.inspect.plan.factors import Clause, choose, pattern_clauses
from juyong.engines.inspect.rules import Operator

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
    name, argument = operator.name, operator.argument
    if name in _PHRASES:
        phrases = operator.phrases or phrases_of(argument)
        return (frozenset(phrase.lower() for phrase in phrases if phrase),)
    if name in _TEXTS:
        return (frozenset({argument.lower()}),)
    if name == "validatebyterange":
        # The operator judges each byte alone, so that it tells itself which bytes it wants.
        test = make_test(name, argument)
        wanted = [bytes((at,)) for at in range(256) if test(bytes((at,))) is not None]
        return (frozenset(byte.lower() for byte in wanted),)
    if name == "validateurlencoding":
        return (frozenset({b"%"}),)
    if name == "validateutf8encoding":
        return (_BEYOND_ASCII,)
    return ()
