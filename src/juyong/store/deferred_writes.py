"""Writes that wait for the end of a transaction, where rows of a kind are written together."""

from collections import defaultdict
from typing import Any

from juyong.store.connection import Connection
from juyong.store.errors import MustWrite, Stale
from juyong.store.memo import Memo
from juyong.store.row_mapping import sealed_values
from juyong.store.seal import Sealer
from juyong.store.statements import Statements
from juyong.store.table import TableSpec, spec_of

_Number = tuple[type[Any], tuple[object, ...], str]
"""A number of a row: table, key and column."""


class DeferredWrites:
    """The rows of a transaction that wait for its end."""

    __slots__ = (
        "_added",
        "_connection",
        "_later",
        "_memo",
        "_put",
        "_sealer",
        "_statements",
        "_sums",
        "feeds",
        "reads_only",
        "written",
    )

    def __init__(
        self, connection: Connection, statements: Statements, sealer: Sealer, *, reads_only: bool
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._sealer = sealer
        self._memo = Memo()
        self._later: list[Any] = []
        self._put: list[tuple[Any, bool]] = []
        self._added: list[tuple[_Number, int]] = []
        self._sums: dict[_Number, int] = {}
        """The sums of `_added`, by number."""
        self.reads_only = reads_only
        self.feeds: frozenset[str] = frozenset()
        """The types that the commit adds to the change feed; known once `flush` was called."""
        self.written = 0
        """How many rows were inserted, changed or deleted so far, and how many wait for the end."""

    def insert_later(self, row: Any) -> None:
        """Add a row at commit, together with others of its kind; nothing here may read it."""
        if self.reads_only and not spec_of(type(row)).from_reads:
            raise MustWrite
        self._later.append(row)
        self.written += 1

    def put_later(self, row: Any) -> None:
        """Add a row at commit, or change the row that has its key; nothing here may read it."""
        self._to_put(row, stays=True)

    def drop_later(self, row: Any) -> None:
        """Delete the row with this key at commit, if there is one."""
        self._to_put(row, stays=False)

    def add_later(self, row_type: type[Any], *key: object, column: str, more: int) -> None:
        """Add to a number of the row with this key at commit; `added` tells how much waits.

        PERF: units of work that share a commit share one write.
        INVARIANT: no code writes the number in another way, or deletes the row meanwhile.

        Raises:
            Stale: at commit, there is no such row.
        """
        if self.reads_only:
            raise MustWrite
        place = (row_type, key, column)
        self._added.append((place, more))
        self._sums[place] = self._sums.get(place, 0) + more
        self.written += 1

    def added(self, row_type: type[Any], *key: object, column: str) -> int:
        """Return how much `add_later` adds to a number that was read in this transaction."""
        return self._sums.get((row_type, key, column), 0)

    def _to_put(self, row: Any, *, stays: bool) -> None:
        if self.reads_only:
            raise MustWrite
        self._put.append((row, stays))
        self.written += 1

    def flush(self) -> None:
        """Write the rows that wait for the end; the executor calls this before commit."""
        added, self._later = _by_type(self._later), []
        fed = [rows for row_type, rows in added.items() if spec_of(row_type).in_commit_order]
        if fed:
            self.feeds = frozenset(row.resource_type for rows in fed for row in rows)
            self._connection.await_turn()
        for row_type, rows in added.items():
            spec = spec_of(row_type)
            self._write_all(spec, self._statements.writes(spec).insert, rows)
        if self._put:
            self._flush_put()
        if self._sums:
            self._flush_sums()

    def _flush_sums(self) -> None:
        sums, self._sums, self._added = self._sums, {}, []
        for (row_type, key, column), more in sums.items():
            spec = spec_of(row_type)
            self._memo.forget(spec.name)
            sql = self._statements.add(spec, column)
            if more and self._connection.execute(sql, (more, *key)).rowcount != 1:
                raise Stale(spec.name)

    def _flush_put(self) -> None:
        """Delete and put rows; of several of one key, the last one stands."""
        put, self._put = self._put, []
        last: defaultdict[type[Any], dict[tuple[Any, ...], Any]] = defaultdict(dict)
        dropped: defaultdict[type[Any], list[tuple[Any, ...]]] = defaultdict(list)
        for row, stays in put:
            row_type = type(row)
            key = self._statements.writes(spec_of(row_type)).pick_key(row)
            last[row_type][key] = row if stays else None
            if not stays:
                dropped[row_type].append(key)
        for row_type, keys in dropped.items():
            spec = spec_of(row_type)
            self._memo.forget(spec.name)
            self._connection.execute_many(self._statements.writes(spec).drop, keys)
        for row_type, kept in last.items():
            if rows := [row for row in kept.values() if row is not None]:
                spec = spec_of(row_type)
                self._write_all(spec, self._statements.writes(spec).put, rows)

    def _write_all(self, spec: TableSpec, sql: str, rows: list[Any]) -> None:
        writes = self._statements.writes(spec)
        self._memo.forget(spec.name)
        params = list(map(writes.pick_inserted, rows))
        if spec.sealed:
            pairs = zip(params, rows, strict=True)
            names, sealer = writes.inserted, self._sealer
            params = [sealed_values(spec, names, each, row, sealer) for each, row in pairs]
        self._connection.execute_many(sql, params)

    def taken(self) -> list[Any]:
        """Return what insert_later collected, which then is not written here."""
        rows, self._later = self._later, []
        return rows


def _by_type(rows: list[Any]) -> dict[type[Any], list[Any]]:
    found: defaultdict[type[Any], list[Any]] = defaultdict(list)
    for row in rows:
        found[type(row)].append(row)
    return found
