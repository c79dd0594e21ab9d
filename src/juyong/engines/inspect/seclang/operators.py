"""The operator of a rule: `"!@within a b"` to an `Operator`, with the words of files read."""

import re
from collections.abc import Callable

from juyong.engines.inspect.operators import OPERATORS, REFUSED, OperatorRefused
from juyong.engines.inspect.operators.phrases import phrases_of
from juyong.engines.inspect.rules import Operator
from juyong.engines.inspect.seclang import macros
from juyong.engines.inspect.seclang.errors import BadPart
from juyong.engines.inspect.seclang.known import OF_ENGINE, PATTERNS, WORD_LISTS

ReadWords = Callable[[str], tuple[bytes, ...]]
"""Returns the words of a file that a rule names; raises `BadPart` where it may not be read."""

_FORM = re.compile(r"(!?)\s*(?:@([A-Za-z0-9]+)(?:\s+(.*))?)?", re.DOTALL)
_OF_FILES = frozenset({"pmfromfile", "ipmatchfromfile"})


def operator(text: str, read: ReadWords) -> Operator:
    """Return the operator that a text says; without `@name`, the text is a regular expression.

    Raises:
        BadPart: the operator is unknown or refused, or its argument has no form.

    Source: ModSecurity 2.9 reference manual, operators (documented).
    """
    negated, name, argument = _parts(text)
    if reason := REFUSED.get(name):
        if name != "rbl":
            raise BadPart(f"operator @{name} is not carried out: {reason}")
    elif name not in OPERATORS and name not in OF_ENGINE:
        raise BadPart(f"unknown operator @{name}")
    made = Operator(
        name=name,
        argument=argument.encode(),
        phrases=_phrases(name, argument, read),
        negated=negated,
    )
    _check(made)
    return made


def _parts(text: str) -> tuple[bool, str, str]:
    """Return whether the operator is negated, its name folded, and its argument."""
    form = _FORM.match(text)
    if form is None or form[2] is None:
        negated = text.startswith("!")
        return negated, "rx", text.removeprefix("!")
    if form.end() != len(text):
        raise BadPart(f"an operator has no form: `{text[:60]}`")
    name = form[2].lower()
    return bool(form[1]), WORD_LISTS.get(name, name), form[3] or ""


def _phrases(name: str, argument: str, read: ReadWords) -> tuple[bytes, ...]:
    if name in _OF_FILES:
        names = argument.split()
        if not names:
            raise BadPart(f"operator @{name} names no file")
        return tuple(dict.fromkeys(word for file in names for word in read(file)))
    if name == "pm":
        return tuple(dict.fromkeys(phrases_of(argument.encode())))
    if name == "ipmatch":
        return tuple(word.strip().encode() for word in argument.split(","))
    return ()


def _check(made: Operator) -> None:
    """Refuse what would fail only when a request comes."""
    if made.has_macros:
        _check_macros(made)
        return
    if made.name not in OPERATORS:
        return
    try:
        OPERATORS[made.name](made.argument, made.phrases)
    except OperatorRefused as bad:
        raise BadPart(f"operator @{made.name}: {bad}") from None


def _check_macros(made: Operator) -> None:
    """Refuse macros that would let a client choose a pattern or the words of a list."""
    used = [part for part in macros.parse(made.argument) if isinstance(part, macros.Macro)]
    foreign = any(part.collection != "TX" or (part.key or b"").isdigit() for part in used)
    if made.phrases or (made.name in PATTERNS and foreign):
        raise BadPart(f"macros in @{made.name}: a client would choose what is looked for")
