"""What one transaction has read, so that the rules of a call and its operation read it once.

INVARIANT: a write to a table forgets everything read from that table, and a savepoint that is
undone forgets everything. What others commit meanwhile is kept from a transaction by its isolation
anyway, and the memo ends with the transaction; so it can never show anything that the database
would not.
"""

from typing import Any, Final

UNREAD: Final = object()
"""Stands for what was not read, since a row that is absent was."""
_MOST = 256
_MOST_ROWS = 32
"""Longer lists are not kept: they are read by jobs, which go on to other rows."""


class Memo:
    """Results of reads, by table and by what was asked."""

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
        """Forget what was read from a table that is about to be written."""
        known = self._tables.pop(table, None)
        if known is not None:
            self._held -= len(known)

    def clear(self) -> None:
        """Forget everything."""
        self._tables.clear()
        self._held = 0
