"""The surroundings of scheduled work: transactions of its own, the time, the platform."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from juyong.api.context import Platform
from juyong.base.clock import Clock
from juyong.store.transaction import Transaction

T = TypeVar("T")
MOST_ROWS = 1000
"""Rows that a job writes in one transaction, unless it declares another budget."""
OverBudget = Callable[[str, int], None]
"""Hears of a transaction that wrote more rows than its job may: the job's name, and how many."""


PassedOver = Callable[[str, str], None]
"""Hears of work that cannot be done now and is tried again: the job's name, and what and why."""


def unheard(_job: str, _told: int | str) -> None:
    """Hear of what a job tells where no figures are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The surroundings of a job, which runs on a thread of its own while no transaction is open.

    A job keeps its place in the store, so that a killed one goes on where it was. The bench of an
    item's job runs every transaction under the lease of the item: once the lease is lost, each is
    refused with LostLease and rolled back.

    call: Runs a unit of work in a transaction and returns its result once committed.
    job: The job that uses the bench. rows: How many rows one transaction may write.
    over_budget: Hears of transactions that wrote more; they are committed all the same.
    passed_over: Hears of single pieces of work that failed while the job went on to others.
    """

    call: Callable[[Callable[[Transaction], Any]], Any]
    clock: Clock
    platform: Platform
    job: str = ""
    rows: int = MOST_ROWS
    over_budget: OverBudget = unheard
    passed_over: PassedOver = unheard

    def pass_over(self, what: str, failure: Exception) -> None:
        """Tell the operator of work that a failure keeps from being done.

        SECURITY: of the failure only its type is told; errors name what callers sent.
        """
        self.passed_over(self.job, f"{what}: {type(failure).__name__}")

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run a unit of work in a transaction and return its result once committed."""
        written = 0

        def counted(tx: Transaction) -> T:
            nonlocal written
            before = tx.written
            result = work(tx)
            written = tx.written - before
            return result

        result: T = self.call(counted)
        if written > self.rows:
            note_over_budget(self, written)
        return result


def note_over_budget(bench: Bench, rows: int) -> None:
    """Tell that a transaction of a bench wrote too many rows; the project's tests fail here."""
    bench.over_budget(bench.job, rows)
