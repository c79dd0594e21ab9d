"""Blocks of a transaction, each of which is undone as a whole: savepoints, and the log of undos."""

from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import msgspec

from juyong.store.connection import Connection, Parameters
from juyong.store.deferred_writes import DeferredWrites
from juyong.store.errors import Duplicate, MustWrite, NotUndone
from juyong.store.seal import Sealer
from juyong.store.statements import Statements
from juyong.store.table import TableSpec


class Savepoints(DeferredWrites):
    """The blocks of a transaction that are open, the innermost last."""

    __slots__ = ("_claims", "_depth", "_open", "_undo", "is_torn")

    def __init__(
        self, connection: Connection, statements: Statements, sealer: Sealer, *, reads_only: bool
    ) -> None:
        super().__init__(connection, statements, sealer, reads_only=reads_only)
        self._depth = 0
        self._open: list[_Savepoint] = []
        self._undo: list[tuple[str, Parameters]] = []
        """The statements that take back the writes of open blocks before their savepoint."""
        self._claims: dict[object, None] = {}
        self.is_torn = False
        """Whether a part of an undone block is left; then the whole must be rolled back."""

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
            self._forget_reads()

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

    def _forget_reads(self) -> None:
        """Forget what was read, since rows are again what they were before a block."""
        self._memo.clear()


class _Savepoint(msgspec.Struct, eq=False):
    """A block of a transaction, which is undone as a whole.

    PERF: a struct, since each call has two: a generator's context manager costs more than the
    savepoint, and so does a class whose fields Python code sets.

    later, put, added, claims, undo: The lengths of what the transaction held when the block began.
    texts: What begins, undoes and ends the savepoint; None until the block must have one. ends_it:
    no savepoint around it shares them. undo_end: The length of `_undo` when `texts` began.
    """

    transaction: Savepoints
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
