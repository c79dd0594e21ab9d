"""The way of units of work to a database of any kind."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from juyong.store.hearing import Hearing
from juyong.store.transaction import Transaction

T = TypeVar("T")


class Executor(Protocol):
    """Runs units of work, each in one transaction.

    A unit that raises is rolled back alone. `run`, `read` and `redo` are for the event loop, which
    they never hold up; `call` is for everybody else.
    """

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work that may write, and return its result once it is committed durably."""
        ...

    async def read(self, work: Callable[[Transaction], T], *, scans: bool = False) -> T:
        """Run work that reads, and return its result once the rows it leaves are durable.

        It may leave a nonce, and rows of tables that are declared so, at its end. It waits for no
        writer.

        Args:
            work: What to do.
            scans: It may read many rows, and so runs on a thread.

        Raises:
            MustWrite: it tried to write; nothing was done.
            MustScan: it turned out to read many rows, and `scans` was not said; nothing was done.
            NonceTaken: another request had its nonce; nothing was left.
        """
        ...

    async def redo(self, work: Callable[[Transaction], T]) -> T:
        """Run work again, now with leave to write, whose `read` raised MustWrite.

        Raises:
            NonceTaken: another request had its nonce; nothing was done.
        """
        ...

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Run work on the calling thread and wait."""
        ...

    def look(self, work: Callable[[Transaction], T]) -> T:
        """Run work that only reads on the calling thread, in one view; it waits for no writer.

        Rows that reads left are seen once they stand in their tables.

        Raises:
            MustWrite: it tried to write.
        """
        ...

    def settle(self) -> None:
        """Return once everything that reads left so far stands in its tables.

        Raises:
            Unavailable: another process kept the lock.
        """
        ...

    def settled(self, row_type: type[Any]) -> int | None:
        """Return the newest serial number of a table behind which alone rows can still appear.

        All rows up to it that will ever be committed are committed, and `look` sees them from now
        on. Rows that reads left before are among them.

        Returns:
            The number; 0 for an empty table, None where it cannot be known now.

        Raises:
            Unavailable: as settle.
        """
        ...

    def wait_for_calm(self, seconds: float) -> None:
        """Wait until few calls commit, so many seconds at most, where a commit would delay them."""
        ...

    def listen(self) -> Hearing | None:
        """Listen for commits that change resources; None where another one does already.

        At most one listens, of all processes on the database.

        Raises:
            Unavailable: it cannot be known.
        """
        ...

    def ring_for(self, kinds: tuple[str, ...]) -> None:
        """Have commits of this process ring for resources of these types alone.

        kinds: Types, or how they begin; until they are told, a change of each type rings.
        """
        ...

    def ring(self) -> None:
        """Wake the listener after a change that no transaction of an executor made."""
        ...

    def close(self) -> None:
        """Finish accepted work and close the database."""
        ...


def settle(future: "asyncio.Future[T] | Future[T]", outcome: "T | BaseException") -> None:
    """Complete a future unless its waiter is gone."""
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
