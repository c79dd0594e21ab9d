"""Literals that every match of a pattern must hold: a conjunction of any-of clauses.

A text that lacks all literals of one clause cannot match, so that most rules are settled for a
value by one scan for all literals. The clauses may only err towards too many candidates. Literals
are folded to lower case, and are looked for in folded text.

Source: the idea is that of RE2's prefilter; our own words and choice of clauses.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from juyong.engines.inspect.regex.parse import PatternRefused, parse
from juyong.engines.inspect.regex.sets import Bytes
from juyong.engines.inspect.regex.tree import (
    Atomic,
    Back,
    Choice,
    Group,
    Look,
    Node,
    OneOf,
    Place,
    Repeat,
)
from juyong.engines.inspect.regex.tree import Sequence as Parts

Clause = frozenset[bytes]
"""Literals; at least one must be there, and none is empty."""

MOST_CLAUSES = 3
_MOST_TEXTS = 1_024
_MOST_UNION = 4_096
_LONGEST = 24
_SMALL_SET = 16
_USELESS = 0.3
"""A clause that so many characters of ordinary text satisfy is not worth its scan."""

_MOST_COPIES = 8
_MOST_OPTIONAL = 3

_Texts = frozenset[bytes]
_NOTHING: _Texts = frozenset({b""})


class _Facts(msgspec.Struct, frozen=True):
    """The known properties of a part.

    exact: All texts that the part may match, folded; None where they are too many.
    clauses: Hold for every match.
    prefix, suffix: Every match begins, or ends, with one of these texts; the empty text fits every
    match.
    """

    exact: _Texts | None
    clauses: tuple[Clause, ...] = ()
    prefix: _Texts = _NOTHING
    suffix: _Texts = _NOTHING


def _known(texts: _Texts, clauses: tuple[Clause, ...] = ()) -> _Facts:
    return _Facts(texts, clauses, texts, texts)


_UNKNOWN = _Facts(None)


@lru_cache(maxsize=1024)
def pattern_clauses(pattern: bytes) -> tuple[Clause, ...]:
    """Return up to three clauses that hold for all matches of a regular expression.

    Empty where none is known, as for a pattern that is refused. The tree is the one that matches
    values, so that the clauses and the matches cannot read a pattern differently.
    """
    try:
        tree, _ = parse(pattern)
    except PatternRefused:
        return ()
    facts = _facts(tree)
    exact = () if facts.exact is None else (facts.exact,)
    return choose((*exact, *facts.clauses))


def choose(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return the rarest clauses, up to three, without those that another one implies."""
    chosen: list[Clause] = []
    for clause in sorted(_useful(clauses), key=rarity):
        short = _without_longer(clause)
        if not any(_implies(other, short) for other in chosen):
            chosen.append(short)
        if len(chosen) == MOST_CLAUSES:
            break
    return tuple(chosen)


def rarity(clause: Clause) -> tuple[float, int, list[bytes]]:
    """Return how often ordinary text satisfies a clause, as a sequence key: the rarest is first."""
    return sum(map(_likelihood, clause)), len(clause), sorted(clause)[:4]


def _useful(clauses: Iterable[Clause]) -> set[Clause]:
    return {
        clause
        for clause in clauses
        if clause and b"" not in clause and rarity(clause)[0] < _USELESS
    }


def _implies(stronger: Clause, weaker: Clause) -> bool:
    return all(any(part in literal for part in weaker) for literal in stronger)


def _without_longer(clause: Clause) -> Clause:
    """Drop literals that hold another literal of the clause."""
    sizes = sorted({len(literal) for literal in clause})
    return frozenset(
        literal
        for literal in clause
        if not any(
            literal[start : start + size] in clause
            for size in sizes
            if size < len(literal)
            for start in range(len(literal) - size + 1)
        )
    )


def _facts(node: Node) -> _Facts:
    match node:
        case OneOf(bytes=members):
            found = _one_of(members)
        case Parts(items):
            found = _join([_facts(item) for item in items])
        case Choice(branches):
            found = _any([_facts(branch) for branch in branches])
        case Repeat(item, least, most):
            found = _repeat(_facts(item), least, most)
        case Group(item) | Atomic(item):
            found = _facts(item)
        case Look() | Place():
            # A condition takes no text; that it may fail only makes matches fewer.
            found = _known(_NOTHING)
        case Back():
            found = _UNKNOWN
    return found


def _one_of(members: Bytes) -> _Facts:
    """Return what is known of one byte, as it stands in folded text: ASCII in lower case."""
    texts = frozenset(bytes((member,)) for member in bytes(members).lower())
    return _known(texts) if len(texts) <= _SMALL_SET else _Facts(None, (texts,))


def _repeat(of: _Facts, least: int, most: int | None) -> _Facts:
    copies = [of] * min(least, _MOST_COPIES)
    if most == least <= _MOST_COPIES:
        return _join(copies)
    if most is not None and most - least <= _MOST_OPTIONAL and of.exact is not None:
        maybe = _known(of.exact | _NOTHING)
        return _join([*copies, *[maybe] * (most - least)])
    if not copies:
        return _UNKNOWN
    sure = _join(copies)
    exact = () if sure.exact is None else (sure.exact,)
    return _Facts(None, (*exact, *sure.clauses), sure.prefix, sure.suffix)


def _any(options: Sequence[_Facts]) -> _Facts:
    """Join alternatives: all texts of all, or the best clause of each."""
    if exact := _union([option.exact for option in options]):
        return _known(exact)
    best = []
    for option in options:
        whole = () if option.exact is None else (option.exact,)
        useful = _useful((*whole, *option.clauses, option.prefix, option.suffix))
        best.append(min(useful, key=rarity) if useful else None)
    clause = _union(best)
    prefix = _union([option.prefix for option in options]) or _NOTHING
    suffix = _union([option.suffix for option in options]) or _NOTHING
    return _Facts(None, (clause,) if clause else (), prefix, suffix)


def _union(sets: Sequence[_Texts | None]) -> _Texts | None:
    """Join sets of texts; None where a set is not known, or the texts are too many."""
    known = [texts for texts in sets if texts is not None]
    union = frozenset[bytes]().union(*known)
    return union if len(known) == len(sets) and len(union) <= _MOST_UNION else None


def _join(parts: Sequence[_Facts]) -> _Facts:
    """Join parts that follow each other: texts are multiplied while they are few."""
    running, prefix = _NOTHING, None
    clauses: list[Clause] = []
    for part in parts:
        clauses.extend(part.clauses)
        clauses.append(running)
        if part.exact is not None and _fits(running, part.exact):
            running = _product(running, part.exact)
            continue
        start = part.prefix if part.exact is None else part.exact
        joined = _product(running, start) if _fits(running, start) else running
        clauses.append(joined)
        prefix = joined if prefix is None else prefix
        running = part.suffix
    if prefix is None:
        return _known(running, tuple(_best(clauses)))
    return _Facts(None, tuple(_best([*clauses, running])), prefix, running)


def _product(before: _Texts, after: _Texts) -> _Texts:
    return frozenset(first + last for first in before for last in after)


def _fits(running: _Texts, more: _Texts) -> bool:
    longest = max(map(len, running)) + max(map(len, more))
    return len(running) * len(more) <= _MOST_TEXTS and longest <= _LONGEST


def _best(clauses: Iterable[Clause]) -> list[Clause]:
    return sorted(_useful(clauses), key=rarity)[: 2 * MOST_CLAUSES]


def _frequencies() -> list[float]:
    """Return how likely each folded byte is in the values of ordinary requests, roughly."""
    table = [0.0008] * 128 + [0.002] * 128
    for at, share in zip(b"etaoinshrdlcumwfgypbvkjxqz", _LETTERS, strict=True):
        table[at] = share / 100
    for digit in b"0123456789":
        table[digit] = 0.02
    for at, share in _PUNCTUATION.items():
        table[at] = share
    return table


_LETTERS = [9, 7, 6, 6, 6, 5, 5, 4, 5, 3, 3.5, 3, 2.5, 2.5, 2, 2, 2, 2, 2.5, 1.5, 1, 1]
_LETTERS += [0.3, 0.5, 0.3, 0.3]
"""Of each hundred bytes."""
_PUNCTUATION = {
    0x20: 0.1,  # space
    0x2D: 0.02,  # minus
    0x2E: 0.03,  # full stop
    0x2F: 0.03,  # slash
    0x5F: 0.01,  # underscore
    0x2C: 0.01,  # comma
    0x3D: 0.01,  # equals
    0x3B: 0.006,  # semicolon
    0x3A: 0.008,  # colon
    0x28: 0.003,  # parentheses
    0x29: 0.003,
    0x22: 0.003,  # quotes
    0x27: 0.003,
    0x26: 0.004,  # ampersand
    0x25: 0.003,  # percent
    0x2B: 0.003,  # plus
    0x0A: 0.003,
    0x0D: 0.002,
}
_SHARES = _frequencies()


def _likelihood(literal: bytes) -> float:
    share = 1.0
    for at in literal:
        share *= _SHARES[at]
    return share
