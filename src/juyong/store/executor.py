"""How units of work reach a database, whichever it is."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from juyong.store.transaction import Transaction

T = TypeVar("T")


class Executor(Protocol):
    """Runs units of work, each in one transaction.

    A unit that raises is rolled back alone. `run` is for the event loop, `call` for everybody else.
    """

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work and return its result once it is committed durably."""
        ...

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Run work on the calling thread's behalf and wait."""
        ...

    def close(self) -> None:
        """Finish what was accepted and let go of the database."""
        ...


def settle(future: "asyncio.Future[T] | Future[T]", outcome: "T | BaseException") -> None:
    """Complete a future unless its waiter is gone."""
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
