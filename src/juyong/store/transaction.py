"""One transaction: typed reads and writes, optimistic versions, savepoints."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from juyong.base.ids import AccountId, random_bytes
from juyong.base.secret import Secret
from juyong.store.epoch import EpochRow
from juyong.store.errors import Duplicate, MustScan, MustWrite, NotUndone, Stale
from juyong.store.memo import UNREAD, Memo
from juyong.store.row_sql import Query
from juyong.store.seal import Sealer
from juyong.store.statements import Statements
from juyong.store.table import TableSpec, spec_of

if TYPE_CHECKING:
    import sqlalchemy as sa

R = TypeVar("R")
_Number = tuple[type[Any], tuple[object, ...], str]
"""A number of a row: table, key and column."""
Parameters = Sequence[Any] | Mapping[str, Any]
"""By position for the statements of whole rows, by name for those that Core wrote."""
_MOST_ROWS_ON_LOOP = 64


class Connection(Protocol):
    """A DBAPI connection as a transaction needs it; see sqlite.py and postgres.py."""

    @property
    def duplicate(self) -> type[Exception]:
        """The driver's unique-violation error."""
        ...

    @property
    def error_ends_transaction(self) -> bool:
        """Whether a failed statement leaves the transaction unusable (PostgreSQL)."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether the transaction goes on: a database may end one when a statement fails."""
        ...

    def execute(self, sql: str, params: Parameters) -> Any:
        """Run one statement and return the driver's cursor."""
        ...

    def execute_many(self, sql: str, params: Sequence[Parameters]) -> object:
        """Run one statement for each of the parameter sets."""
        ...

    def await_turn(self) -> None:
        """Wait until every other transaction that called this has committed."""
        ...


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


class Transaction:
    """Reads and writes of one unit of work; commit and rollback belong to the executor.

    reads_only: Every write raises MustWrite, except for rows that reads may leave at the end.
    on_loop: Work that reads holds up the event loop, and must be short; see `expect`.
    ledger: Where nonces go, when that is not their table.
    """

    __slots__ = (
        "__weakref__",
        "_added",
        "_claims",
        "_connection",
        "_depth",
        "_epochs",
        "_later",
        "_memo",
        "_open",
        "_put",
        "_sealer",
        "_statements",
        "_sums",
        "_undo",
        "feeds",
        "is_torn",
        "ledger",
        "on_loop",
        "reads_only",
        "written",
    )

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
        self._connection = connection
        self._statements = statements
        self._sealer = sealer
        self._later: list[Any] = []
        self._put: list[tuple[Any, bool]] = []
        self._added: list[tuple[_Number, int]] = []
        self._sums: dict[_Number, int] = {}
        """The sums of `_added`, by number."""
        self._epochs: dict[str, int] = {}
        self._memo = Memo()
        self._depth = 0
        self._open: list[_Savepoint] = []
        self._undo: list[tuple[str, Parameters]] = []
        """The statements that take back the writes of open blocks before their savepoint."""
        self._claims: dict[object, None] = {}
        self.reads_only = reads_only
        self.on_loop = on_loop
        self.ledger = ledger
        self.feeds: frozenset[str] = frozenset()
        """The types that the commit adds to the change feed; known once `flush` was called."""
        self.is_torn = False
        """Whether a part of an undone block is left; then the whole must be rolled back."""
        self.written = 0
        """How many rows were inserted, changed or deleted so far, and how many wait for the end."""

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
            found = self._load(spec, rows[0]) if rows else None
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
            query, params = _query(equal, order=order, after=after, limited=limit is not None)
            if limit is not None:
                params.append(limit)
            rows = self._connection.execute(self._statements.find(spec, query), params).fetchall()
            found = tuple([self._load(spec, row) for row in rows])
            self._memo.keep(spec.name, asked, found)
        return list(found)

    def count(self, row_type: type[Any], **equal: object) -> int:
        """Count the rows whose columns equal the values given."""
        query, params = _query(equal, counted=True)
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

    # --- writes ---

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
            params = self._sealed(spec, writes.inserted, params, row)
        self._memo.forget(spec.name)
        self._run_unique(spec, writes.insert, params)
        self.written += 1
        if noted:
            self._undo.append((writes.drop, writes.pick_key(row)))
        if spec.decides == "always":
            self.touch(row.account_id)

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
            params = self._sealed(spec, writes.changed, params, new)
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

    def exists(self, sql: str, params: Parameters) -> bool:
        """Tell whether a SELECT that stands as text finds a row."""
        return self._connection.execute(sql, params).fetchone() is not None

    def claim(self, thing: object) -> bool:
        """Claim something for this transaction; False if it has it already.

        An undone savepoint gives back the claims made in it.
        """
        if thing in self._claims:
            return False
        self._claims[thing] = None
        return True

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what the block did if it raises, and let the error pass.

        PERF: the database hears of the block when the block first changes a row that was there. A
        row that is added is taken back by its key: for a database that goes on after a failed
        statement, this costs nothing unless the block fails.
        """
        return self._block()

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
        last: dict[type[Any], dict[tuple[Any, ...], Any]] = {}
        dropped: dict[type[Any], list[tuple[Any, ...]]] = {}
        for row, stays in put:
            row_type = type(row)
            key = self._statements.writes(spec_of(row_type)).pick_key(row)
            last.setdefault(row_type, {})[key] = row if stays else None
            if not stays:
                dropped.setdefault(row_type, []).append(key)
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
            params = [self._sealed(spec, writes.inserted, each, row) for each, row in pairs]
        self._connection.execute_many(sql, params)

    def taken(self) -> list[Any]:
        """Return what insert_later collected, which then is not written here."""
        rows, self._later = self._later, []
        return rows

    def _to_write(self, *, allowed: bool = False, takes_back: bool = False) -> bool:
        """Prepare for a statement that writes.

        Args:
            allowed: A transaction that reads may do this.
            takes_back: The caller can name the statement that undoes the write.

        Returns:
            Whether the caller must add that statement to `_undo`, since no savepoint undoes it.
        """
        if self.reads_only and not allowed:
            raise MustWrite
        if not self._open or self._open[-1].texts is not None:
            return False
        if takes_back and not self._connection.error_ends_transaction:
            return True
        self._begin_savepoints()
        return False

    def _begin_savepoints(self) -> None:
        """Begin one savepoint for all open blocks that have none.

        Since the first of them began, nothing was written except what `_undo` takes back.
        """
        texts = _SAVEPOINTS[self._depth]
        self._depth += 1
        self._connection.execute(texts.begin, ())
        first = True
        for point in self._open:
            if point.texts is None:
                point.texts, point.ends_it, first = texts, first, False
                point.undo_end = len(self._undo)

    def _end_savepoint(self, point: "_Savepoint", *, undone: bool) -> None:
        self._open.pop()
        if undone:
            self._undo_all(point)
        elif point.ends_it and point.texts is not None:
            self._release(point.texts)
        if not self._open:
            self._undo.clear()

    def _undo_all(self, point: "_Savepoint") -> None:
        """Undo what was written since a block began."""
        for place, more in self._added[point.added :]:
            self._sums[place] -= more
        del self._added[point.added :]
        del self._later[point.later :]
        del self._put[point.put :]
        while len(self._claims) > point.claims:
            self._claims.popitem()
        end = len(self._undo)
        if point.texts is not None:
            end = point.undo_end
            self._connection.execute(point.texts.undo, ())
            # Blocks around this one may share the savepoint, which holds no write any more. It must
            # end: undoing one of those blocks must not bring back what is taken back below.
            self._release(point.texts)
        taken_back = self._undo[point.undo : end]
        del self._undo[point.undo :]
        if taken_back:
            self._take_back(taken_back)
        if taken_back or point.texts is not None:
            self._epochs.clear()
            self._memo.clear()

    def _take_back(self, writes: list[tuple[str, Parameters]]) -> None:
        """Run statements that undo writes, the last first; a failure makes the transaction torn.

        Raises:
            NotUndone: one did not undo its one row.
        """
        self.is_torn = True
        for sql, params in reversed(writes):
            # Outside of the transaction, the statement would change what others committed.
            ends = not self._connection.in_transaction
            if ends or self._connection.execute(sql, params).rowcount != 1:
                raise NotUndone
        self.is_torn = False

    def _release(self, texts: "_SavepointTexts") -> None:
        self._depth -= 1
        self._connection.execute(texts.release, ())
        for point in self._open:
            if point.texts is texts:
                point.texts, point.ends_it = None, False

    def _block(self) -> "_Savepoint":
        return _Savepoint(
            self,
            len(self._later),
            len(self._put),
            len(self._added),
            len(self._claims),
            len(self._undo),
        )

    def _run_unique(self, spec: TableSpec, sql: str, params: Parameters) -> Any:
        """Run a statement that may meet a unique key, after which the transaction stays usable.

        Raises:
            Duplicate: it did.
        """
        connection = self._connection
        try:
            if not connection.error_ends_transaction:
                return connection.execute(sql, params)
            with self._block():
                self._begin_savepoints()
                return connection.execute(sql, params)
        except connection.duplicate as clash:
            raise Duplicate(spec.name) from clash

    def _note_change(self, spec: TableSpec, row: Any) -> None:
        if spec.decides != "never":
            self.touch(row.account_id)

    # --- rows ---

    def _sealed(
        self, spec: TableSpec, names: tuple[str, ...], values: tuple[Any, ...], row: Any
    ) -> tuple[Any, ...]:
        """Seal the values of sealed columns in a row; `names` are its columns."""
        place = {k: getattr(row, k) for k in spec.key}
        return tuple(
            self._sealer.seal(value.reveal().encode(), _place(spec, name, place))
            if name in spec.sealed and value is not None
            else value
            for name, value in zip(names, values, strict=True)
        )

    def _load(self, spec: TableSpec, row: Sequence[Any]) -> Any:
        values: dict[str, Any] = dict(zip(spec.columns, row))  # noqa: B905  # PERF: an option costs as much
        for name in spec.booleans:
            if values[name] is not None:
                values[name] = bool(values[name])
        for name in spec.sealed:
            sealed = values[name]
            if sealed is not None:
                opened = self._sealer.open(bytes(sealed), _place(spec, name, values))
                values[name] = Secret(opened.decode())
        return spec.row_type(**values)


def _by_type(rows: list[Any]) -> dict[type[Any], list[Any]]:
    found: dict[type[Any], list[Any]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    return found


class _Savepoint(msgspec.Struct, eq=False):
    """A block of a transaction, which is undone as a whole.

    PERF: a struct, since each call has two: a generator's context manager costs more than the
    savepoint, and so does a class whose fields Python code sets.

    later, put, added, claims, undo: The lengths of what the transaction held when the block began.
    texts: What begins, undoes and ends the savepoint; None until the block must have one. ends_it:
    no savepoint around it shares them. undo_end: The length of `_undo` when `texts` began.
    """

    transaction: Transaction
    later: int
    put: int
    added: int
    claims: int
    undo: int
    undo_end: int = 0
    texts: "_SavepointTexts | None" = None
    ends_it: bool = False

    def __enter__(self) -> None:
        self.transaction._open.append(self)  # noqa: SLF001  # the two are one

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.transaction._end_savepoint(self, undone=kind is not None)  # noqa: SLF001


class _SavepointTexts(NamedTuple):
    begin: str
    undo: str
    release: str


_DEEPEST = 16
_SAVEPOINTS = tuple(
    _SavepointTexts(
        f"SAVEPOINT s{depth}", f"ROLLBACK TO SAVEPOINT s{depth}", f"RELEASE SAVEPOINT s{depth}"
    )
    for depth in range(1, _DEEPEST + 1)
)


def _place(spec: TableSpec, column: str, values: Mapping[str, Any]) -> bytes:
    key = "\x1f".join(str(values[k]) for k in spec.key)
    return f"{spec.name}\x1f{column}\x1f{key}".encode()


def _query(
    equal: Mapping[str, object],
    *,
    order: tuple[str, ...] = (),
    after: tuple[str, object] | None = None,
    limited: bool = False,
    counted: bool = False,
) -> tuple[Query, list[object]]:
    given = {k: v for k, v in equal.items() if v is not None}
    query = Query(
        equal=tuple(given),
        null=tuple(k for k in equal if k not in given),
        order=order,
        after=after[0] if after else None,
        limited=limited,
        counted=counted,
    )
    return query, [*given.values(), after[1]] if after else list(given.values())
