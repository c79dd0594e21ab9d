"""What scheduled work is given: transactions of its own, the time, the platform."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from juyong.api.context import Platform
from juyong.base.clock import Clock
from juyong.store.transaction import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The surroundings of a job, which runs on a thread of its own while no transaction is open.

    A job keeps its place in the store, so that a killed one goes on where it was; several servers
    may run the same job at once, and the store decides which of them does a piece of work.

    call: Runs a unit of work in a transaction and returns its result once committed.
    """

    call: Callable[[Callable[[Transaction], Any]], Any]
    clock: Clock
    platform: Platform

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run a unit of work in a transaction and return its result once committed."""
        result: T = self.call(work)
        return result
