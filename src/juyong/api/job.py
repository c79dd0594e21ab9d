"""Declare scheduled work: `@job` in a service's module `jobs.py`, found by scanning.

    @job("kms.keys", every=60)
    def work(bench: Bench) -> None: ...

    @job("kms.rotate-secret", lease_seconds=120, attempts=None)
    def rotate(bench: Bench, claim: Claim) -> None: ...

The first kind runs by the clock, in every server, and looks for due work by itself. The second
runs once for each item that was put into the queue under its name (juyong.store.queue), in one of
all servers, until it succeeds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

from juyong.api.bench import MOST_ROWS, Bench
from juyong.store.queue import Claim

FIRST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """Work by the clock; harmless to repeat, and to do in several servers at once.

    every: Seconds from the end of a run to the next one. rows: Budget of one transaction.
    """

    name: str
    run: Callable[[Bench], None]
    every: float
    rows: int = MOST_ROWS

    def __call__(self, bench: Bench) -> None:
        """Run it once."""
        self.run(bench)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerItem:
    """Work on items of the queue.

    The function returns when the item is done; it finished the item in its last transaction, or
    leaves that to the worker. It raises the error that made the attempt fail. Effects outside the
    store may be repeated.

    lease_seconds: Longer than the job goes without extending its lease; how long the item of a
        killed worker waits for another.
    attempts: The item is dead after this many; None means never.
    at_once: Items of this name that one server works on at the same time.
    rows: Budget of one transaction.
    """

    name: str
    run: Callable[[Bench, Claim], None]
    lease_seconds: float
    attempts: int | None
    at_once: int = 2
    rows: int = MOST_ROWS
    first_pause: float = FIRST_PAUSE_SECONDS
    longest_pause: float = LONGEST_PAUSE_SECONDS

    def __call__(self, bench: Bench, claim: Claim) -> None:
        """Work on one item."""
        self.run(bench, claim)


Job = Periodic | PerItem


@overload
def job(
    name: str, *, every: float, rows: int = ...
) -> Callable[[Callable[[Bench], None]], Periodic]: ...


@overload
def job(
    name: str,
    *,
    lease_seconds: float,
    attempts: int | None,
    at_once: int = ...,
    rows: int = ...,
    first_pause: float = ...,
    longest_pause: float = ...,
) -> Callable[[Callable[[Bench, Claim], None]], PerItem]: ...


def job(name: str, *, every: float | None = None, **terms: object) -> Callable[..., Job]:
    """Declare a job.

    Args:
        name: `<product>.<what-it-does>`; of a job for items also the kind of its items.
        every: Seconds between two runs, for work by the clock.
        **terms: The other fields of Periodic or PerItem.
    """

    def declare(run: Callable[..., None]) -> Job:
        if every is not None:
            return Periodic(name=name, run=run, every=every, **terms)  # type: ignore[arg-type]
        return PerItem(name=name, run=run, **terms)  # type: ignore[arg-type]

    return declare
