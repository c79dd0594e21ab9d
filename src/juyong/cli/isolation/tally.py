"""Attempts of a command that failed, reported when the command has ended."""

from collections import Counter

_MOST = 16
"""How many destinations are told by name."""


class Tally:
    """Counts attempts by destination; what it holds is bounded."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, destination: str) -> None:
        """Count an attempt."""
        known = destination in self._counts or len(self._counts) < _MOST
        self._counts[destination if known else "others"] += 1

    def line(self) -> str | None:
        """Return the counts in one line; None if there are none."""
        told = [f"{where} ({count}x)" for where, count in self._counts.items()]
        return f"the command tried what leads nowhere: {', '.join(told)}" if told else None
