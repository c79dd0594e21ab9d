"""A plan kept from one start to the next: the rules as read, and what operators come to.

Reading rules, finding literals and writing patterns out takes seconds of a large set, so the caller
may keep the bytes of a plan, under a key made of all that the rules were read from. Bytes that are
damaged, or were written by another version, give no plan, and the caller reads the rules anew. The
bytes are no more trusted than the files of rules: who can write either decides what is inspected.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from hmac import compare_digest

import msgspec

from juyong.engines.inspect.core import CORE_VERSION
from juyong.engines.inspect.gates import Draw, Gate, GivenOperator, Outline
from juyong.engines.inspect.patterns import Written, written_out
from juyong.engines.inspect.plan.clauses import operator_clauses
from juyong.engines.inspect.plan.factors import Clause
from juyong.engines.inspect.rules import Operator, RuleSet

VERSION = 4
"""Rises with every change of rules, clauses or their forms."""
_DIGEST = 32


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """clauses: By the digest of an operator. patterns: Written out, by their text.

    outlines: By the digest of an operator as the core of one version takes it.
    """

    version: int
    rules: RuleSet
    clauses: dict[bytes, tuple[tuple[bytes, ...], ...]]
    patterns: dict[bytes, tuple[bytes, bool]]
    outlines: dict[bytes, Outline]


class Plan:
    """Rules, the clauses of the operators of their gates, and what the core needs of operators.

    grown: Whether anything was computed that the kept bytes lack.
    """

    def __init__(
        self,
        rules: RuleSet,
        clauses: dict[bytes, tuple[Clause, ...]],
        patterns: dict[bytes, Written] | None = None,
        outlines: dict[bytes, Outline] | None = None,
    ) -> None:
        """Keep all; see `_Packed` for the keys."""
        self.rules = rules
        self.grown = False
        self._clauses = clauses
        self._patterns = {} if patterns is None else patterns
        self._outlines = {} if outlines is None else outlines

    def clauses_of(self, gates: Iterable[Gate]) -> list[tuple[Clause, ...]]:
        """Return the clauses of each gate; those of an operator that is not known are computed."""
        found = []
        for gate in gates:
            digest = _digest(gate.operator)
            known = self._clauses.get(digest)
            if known is None:
                known = self._clauses[digest] = operator_clauses(gate.operator)
                self.grown = True
            found.append(known)
        return found

    def written(self, text: bytes) -> Written:
        """Return a pattern written out; one that is not known is computed.

        Raises:
            PatternRefused: See `Pattern`.
        """
        known = self._patterns.get(text)
        if known is None:
            known = self._patterns[text] = written_out(text)
            self.grown = True
        return known

    def outline(self, given: GivenOperator, draw: Draw) -> Outline:
        """Return the outline of an operator; draw: Returns one that is not known."""
        digest = _digest((CORE_VERSION, given))
        known = self._outlines.get(digest)
        if known is None:
            known = self._outlines[digest] = draw(given)
            self.grown = True
        return known

    def pack(self) -> bytes:
        """Return the bytes of the plan, for `unpack`."""
        clauses = {
            digest: tuple(tuple(sorted(clause)) for clause in of_operator)
            for digest, of_operator in self._clauses.items()
        }
        packed = _Packed(VERSION, self.rules, clauses, dict(self._patterns), self._outlines)
        content = msgspec.msgpack.encode(packed)
        return hashlib.sha256(content).digest() + content


def unpack(kept: bytes) -> Plan | None:
    """Return a packed plan; None for bytes that are damaged or of another version."""
    digest, packed = kept[:_DIGEST], kept[_DIGEST:]
    if not compare_digest(hashlib.sha256(packed).digest(), digest):
        return None
    try:
        read = msgspec.msgpack.decode(packed, type=_Packed)
    except msgspec.MsgspecError:
        return None
    if read.version != VERSION:
        return None
    clauses = {
        digest: tuple(frozenset(clause) for clause in of_gate)
        for digest, of_gate in read.clauses.items()
    }
    patterns = {text: Written(*each) for text, each in read.patterns.items()}
    return Plan(read.rules, clauses, patterns, read.outlines)


def key_of(files: Mapping[str, bytes], entries: Sequence[str]) -> str:
    """Return a key for the plan of rules that are read from files, SHA-256 in hexadecimal."""
    told = hashlib.sha256(msgspec.msgpack.encode((VERSION, list(entries))))
    for name in sorted(files):
        told.update(msgspec.msgpack.encode((name, hashlib.sha256(files[name]).digest())))
    return told.hexdigest()


def _digest(operator: Operator | tuple[str, GivenOperator]) -> bytes:
    return hashlib.sha256(msgspec.msgpack.encode(operator)).digest()[:16]
