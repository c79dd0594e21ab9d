"""The scan of a text for the literals of all gates: which gates may match it.

Clauses stand in three rows of bits, one bit a gate: a gate may match where all its clauses have
been seen. Gates without a clause in a row have their bit set from the start. The scan may err
towards too many gates, never towards too few.
"""

from collections.abc import Sequence

from ahocorasick_rs import BytesAhoCorasick, Implementation

from juyong.engines.inspect.plan.factors import MOST_CLAUSES, Clause
from juyong.engines.inspect.plan.triggers import ALL_BYTES

_PIECE = 16_384
_USUAL = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789 /.-_")
"""Single bytes of this kind are found by the scan; of rarer ones a table knows the gates."""


class Literals:
    """Literals of all gates in one automaton, and what each of them satisfies.

    rare: All single-byte literals that the automaton leaves to the caller's table.
    """

    def __init__(self, clauses: Sequence[tuple[Clause, ...]]) -> None:
        """Compile; clauses: At most three for each gate, by the gate's number."""
        self._width = width = max(len(clauses), 1)
        self._row = (1 << width) - 1
        seen: dict[bytes, int] = {}
        self._start = 0
        for number, of_gate in enumerate(clauses):
            for row in range(MOST_CLAUSES):
                bit = 1 << number + row * width
                if row >= len(of_gate):
                    self._start |= bit
                    continue
                for literal in of_gate[row]:
                    seen[literal] = seen.get(literal, 0) | bit
        self._bytes = {
            literal[0]: bits
            for literal, bits in seen.items()
            if len(literal) == 1 and literal[0] not in _USUAL
        }
        self.rare = frozenset(self._bytes)
        self._dull = bytes(ALL_BYTES - self.rare)
        longer = sorted(literal for literal in seen if literal[0] not in self.rare or literal[1:])
        self._masks = [seen[literal] for literal in longer]
        self._overlap = max(map(len, longer), default=1) - 1
        self._find = None
        if longer:
            kind = Implementation.ContiguousNFA
            self._find = BytesAhoCorasick(longer, implementation=kind).find_matches_as_indexes

    def of_bytes(self, text: bytes) -> int:
        """Return the rows that the rare bytes of a text satisfy, with all that needs no literal."""
        rows = self._start
        for octet in set(text.translate(None, self._dull)):
            rows |= self._bytes[octet]
        return rows

    def candidates(self, folded: bytes, rows: int, wanted: int) -> int:
        """Return the gates, of those wanted, that may match.

        Args:
            folded: The text in lower case.
            rows: What `of_bytes` returned for the text.
            wanted: One bit a gate.
        """
        width = self._width
        masks, find = self._masks, self._find
        if find is None:
            pass
        elif len(folded) <= _PIECE:
            for found in find(folded, overlapping=True):
                rows |= masks[found[0]]
        else:
            for start in range(0, len(folded), _PIECE):
                piece = folded[start : start + _PIECE + self._overlap]
                for number in {found[0] for found in find(piece, overlapping=True)}:
                    rows |= masks[number]
        return rows & rows >> width & rows >> 2 * width & wanted & self._row
