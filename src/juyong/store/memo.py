"""A memo of one transaction's reads, so that the rules of a call and its operation share them.

INVARIANT: a write to a table forgets everything read from that table, and a savepoint that is
undone forgets everything. Isolation hides the commits of others from the transaction anyway, and
the memo ends with the transaction; so it never shows anything that the database would not show.
"""

from typing import Any, Final

UNREAD: Final = object()
"""Stands for "not read"; None stands for a row that was read and is absent."""
_MOST = 256
_MOST_ROWS = 32
"""Longer lists are not kept: jobs read them, and then go on to other rows."""


class Memo:
    """Results of reads, by table and by query."""

    __slots__ = ("_held", "_tables")

    def __init__(self) -> None:
        self._tables: dict[str, dict[object, Any]] = {}
        self._held = 0

    def get(self, table: str, asked: object) -> Any:
        """Return what a read gave, or UNREAD."""
        known = self._tables.get(table)
        return UNREAD if known is None else known.get(asked, UNREAD)

    def keep(self, table: str, asked: object, found: Any) -> None:
        """Keep what a read gave: a row, None, or a tuple of rows."""
        if isinstance(found, tuple) and len(found) > _MOST_ROWS:
            return
        if self._held >= _MOST:
            self.clear()
        self._tables.setdefault(table, {})[asked] = found
        self._held += 1

    def forget(self, table: str) -> None:
        """Forget the reads of a table that is about to be written."""
        known = self._tables.pop(table, None)
        if known is not None:
            self._held -= len(known)

    def clear(self) -> None:
        """Forget everything."""
        self._tables.clear()
        self._held = 0
