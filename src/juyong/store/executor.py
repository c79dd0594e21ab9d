"""The way of units of work to a database of any kind."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

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

    def settle(self) -> None:
        """Return once everything that reads left so far stands in its tables.

        Raises:
            Unavailable: another process kept the lock.
        """
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
