"""One transaction: typed reads and writes, optimistic versions, the epochs of accounts."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec.structs import replace

from juyong.base.ids import AccountId, random_bytes
from juyong.store.connection import Connection, Parameters
from juyong.store.epoch import EpochRow
from juyong.store.errors import MustScan, Stale
from juyong.store.memo import UNREAD
from juyong.store.row_mapping import loaded, sealed_values
from juyong.store.row_sql import query_of
from juyong.store.savepoints import Savepoints
from juyong.store.seal import Sealer
from juyong.store.statements import Statements
from juyong.store.table import TableSpec, spec_of

if TYPE_CHECKING:
    import sqlalchemy as sa

R = TypeVar("R")
_MOST_ROWS_ON_LOOP = 64


class Ledger(Protocol):
    """Where a transaction keeps the nonces that its calls use."""

    def use(self, tx: "Transaction", row: Any) -> bool:
        """Keep a nonce row; False if its nonce was used before."""
        ...

    def knows(self, tx: "Transaction", row: Any) -> bool:
        """Tell whether the nonce of a row is kept in another place than its table."""
        ...

    def forget(self, before: int) -> None:
        """Drop, some time later, nonces in other places that expired before an instant."""
        ...


class Transaction(Savepoints):
    """Reads and writes of one unit of work; commit and rollback belong to the executor.

    reads_only: Every write raises MustWrite, except for rows that reads may leave at the end.
    on_loop: Work that reads holds up the event loop, and must be short; see `expect`.
    ledger: Where nonces go, when that is not their table.
    """

    __slots__ = ("__weakref__", "_epochs", "ledger", "on_loop")

    def __init__(
        self,
        connection: Connection,
        statements: Statements,
        sealer: Sealer,
        *,
        reads_only: bool = False,
        on_loop: bool = False,
        ledger: Ledger | None = None,
    ) -> None:
        super().__init__(connection, statements, sealer, reads_only=reads_only)
        self._epochs: dict[str, int] = {}
        self.on_loop = on_loop
        self.ledger = ledger

    # --- reads ---

    def expect(self, rows: int) -> None:
        """Tell how many rows the work is about to read.

        Raises:
            MustScan: more than the event loop has time for.
        """
        if self.on_loop and rows > _MOST_ROWS_ON_LOOP:
            raise MustScan

    def get(self, row_type: type[R], *key: object) -> R | None:
        """Return the row with this primary key; read once while its table is not written."""
        spec = spec_of(row_type)
        found: R | None = self._memo.get(spec.name, key)
        if found is UNREAD:
            sql = self._statements.get(spec)
            rows = self._connection.execute(sql, (*key, 1)).fetchall()
            found = loaded(spec, rows[0], self._sealer) if rows else None
            self._memo.keep(spec.name, key, found)
        return found

    def find_one(self, row_type: type[R], **equal: Any) -> R | None:
        """Return one row whose columns equal the values given, or None."""
        found = self.find(row_type, limit=1, **equal)
        return found[0] if found else None

    def find(
        self,
        row_type: type[R],
        *,
        order: tuple[str, ...] = (),
        after: tuple[str, object] | None = None,
        limit: int | None = None,
        **equal: Any,
    ) -> list[R]:
        """Return the rows whose columns equal the values given; read once, as `get`.

        Args:
            row_type: The table.
            order: Columns to sort by, ascending.
            after: (column, value): only rows beyond value, for keyset paging.
            limit: At most so many rows.
            **equal: Column values; None means SQL NULL.

        Cost: one indexed read where the columns are a prefix of a key or index.
        """
        spec = spec_of(row_type)
        asked = (order, after, limit, *equal.items())
        found: tuple[R, ...] = self._memo.get(spec.name, asked)
        if found is UNREAD:
            query, params = query_of(equal, order=order, after=after, limited=limit is not None)
            if limit is not None:
                params.append(limit)
            rows = self._connection.execute(self._statements.find(spec, query), params).fetchall()
            found = tuple([loaded(spec, row, self._sealer) for row in rows])
            self._memo.keep(spec.name, asked, found)
        return list(found)

    def count(self, row_type: type[Any], **equal: object) -> int:
        """Count the rows whose columns equal the values given."""
        query, params = query_of(equal, counted=True)
        sql = self._statements.find(spec_of(row_type), query)
        return int(self._connection.execute(sql, params).fetchone()[0])

    def query(
        self, statement: "sa.Select[Any] | Callable[[], sa.Select[Any]]", **params: object
    ) -> list[tuple[Any, ...]]:
        """Run a Core SELECT, or the one that a function makes (see store.late).

        Statement or function must stand at module level, since the SQL is kept by its identity.
        """
        sql = self._statements.of(statement)
        return list(self._connection.execute(sql.text, {**sql.params, **params}).fetchall())

    def exists(self, sql: str, params: Parameters) -> bool:
        """Tell whether a SELECT that stands as text finds a row."""
        return self._connection.execute(sql, params).fetchone() is not None

    # --- writes ---

    def change(
        self,
        statement: "sa.UpdateBase | Callable[[], sa.UpdateBase]",
        **params: object,
    ) -> int:
        """Run a Core INSERT, UPDATE or DELETE of many rows, as `query`; returns how many."""
        sql = self._statements.of(statement)
        self._to_write()
        # Which tables it writes only Core knows.
        self._memo.clear()
        changed = int(self._connection.execute(sql.text, {**sql.params, **params}).rowcount)
        self.written += changed
        return changed

    def insert(self, row: Any) -> None:
        """Add a row.

        Raises:
            Duplicate: a unique key is taken. The transaction stays usable.
        """
        spec = spec_of(type(row))
        noted = self._to_write(allowed=spec.from_reads, takes_back=spec.serial is None)
        writes = self._statements.writes(spec)
        params = writes.pick_inserted(row)
        if spec.sealed:
            params = sealed_values(spec, writes.inserted, params, row, self._sealer)
        self._memo.forget(spec.name)
        self._run_unique(spec, writes.insert, params)
        self.written += 1
        if noted:
            self._undo.append((writes.drop, writes.pick_key(row)))
        if spec.decides == "always":
            self.touch(row.account_id)

    def update(self, row: R, **changes: object) -> R:
        """Store changes to a row that was read in this or an earlier transaction.

        Returns:
            The row as stored, its version one higher.

        Raises:
            Stale: another call changed or deleted the row since.
            Duplicate: a unique key is taken.
        """
        spec = spec_of(type(row))
        self._to_write()
        if spec.versioned:
            changes["version"] = getattr(row, "version") + 1  # noqa: B009
        new = replace(row, **changes)  # type: ignore[type-var]
        writes = self._statements.writes(spec)
        params = writes.pick_changed(new)
        if spec.sealed:
            params = sealed_values(spec, writes.changed, params, new, self._sealer)
        params += writes.pick_compared(row)
        self._memo.forget(spec.name)
        if self._run_unique(spec, writes.update, params).rowcount != 1:
            raise Stale(spec.name)
        self.written += 1
        self._note_change(spec, row)
        return new

    def delete(self, row: Any) -> None:
        """Remove a row.

        Raises:
            Stale: another call changed or deleted the row since it was read.
        """
        spec = spec_of(type(row))
        self._to_write()
        writes = self._statements.writes(spec)
        self._memo.forget(spec.name)
        if self._connection.execute(writes.delete, writes.pick_compared(row)).rowcount != 1:
            raise Stale(spec.name)
        self.written += 1
        self._note_change(spec, row)

    # --- epochs ---

    def epoch(self, account_id: AccountId) -> int:
        """Return the account's epoch: equal epochs mean equal credentials and policies.

        Read once a transaction, whose isolation keeps it from changing under it.
        """
        found = self._epochs.get(account_id)
        if found is None:
            row = self.get(EpochRow, account_id)
            found = self._epochs[account_id] = row.epoch if row else 0
        return found

    def touch(self, account_id: AccountId) -> None:
        """Make every process forget the credentials and policies it cached for the account.

        SECURITY: an epoch is random and so never comes back: an entry that was cached under an
        epoch that a rollback undid is never taken for current.
        """
        seen = self.get(EpochRow, account_id)
        epoch = int.from_bytes(random_bytes(7))
        if seen is None:
            self.insert(EpochRow(account_id=account_id, epoch=epoch))
        else:
            self.update(seen, epoch=epoch)
        self._epochs[account_id] = epoch

    def _note_change(self, spec: TableSpec, row: Any) -> None:
        if spec.decides != "never":
            self.touch(row.account_id)

    def _forget_reads(self) -> None:
        super()._forget_reads()
        self._epochs.clear()
