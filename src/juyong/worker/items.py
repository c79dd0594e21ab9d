"""Work on one item of the queue: claim it, run its job under the lease, settle how it ended."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from juyong.api.bench import Bench
from juyong.api.job import PerItem
from juyong.base.chance import backoff
from juyong.base.clock import Clock
from juyong.store.errors import LostLease, Stale
from juyong.store.queue import Claim, claim, fail, held, settle
from juyong.store.transaction import Transaction
from juyong.worker.figures import Figures

T = TypeVar("T")
Call = Callable[[Callable[[Transaction], Any]], Any]


class NeverReturned(Exception):
    """At every attempt that the job allows, the worker that had the item ended."""


def take(job: PerItem, bench: Bench) -> Claim | None:
    """Claim the item of a job that has been due longest."""
    return bench.transact(
        lambda tx: claim(tx, job.name, now=bench.clock(), lease_seconds=job.lease_seconds)
    )


def carry_out(job: PerItem, bench: Bench, taken: Claim, figures: Figures) -> None:
    """Run a job on an item and settle how that ended.

    Raises:
        Exception: what the job raised, once the item is put off or given up for that. A lost lease
            and a row that another call changed are no failures: the item is tried again.
    """
    fenced = replace(bench, call=_fenced(bench.call, bench.clock, taken), rows=job.rows)
    try:
        _refuse_exhausted(job, taken)
        job.run(fenced, taken)
        if bench.transact(lambda tx: settle(tx, taken, bench.clock())):
            figures.count("retries", job.name)
    except LostLease:
        return
    except Stale as conflict:
        _put_back(job, fenced, taken, conflict, figures)
    except Exception as failure:
        _put_back(job, fenced, taken, failure, figures)
        raise


def _refuse_exhausted(job: PerItem, taken: Claim) -> None:
    if job.attempts is not None and taken.attempts > job.attempts:
        raise NeverReturned(f"{taken.kind} {taken.key}")


def _put_back(
    job: PerItem, fenced: Bench, taken: Claim, failure: Exception, figures: Figures
) -> None:
    """Put an item off, or give it up after its last attempt."""
    last = job.attempts is not None and taken.attempts >= job.attempts
    pause = None if last else backoff(taken.attempts, job.first_pause, job.longest_pause)
    # SECURITY: the text of an error may hold a secret; its type does not.
    error = type(failure).__name__

    def note(tx: Transaction) -> None:
        fail(tx, taken, now=fenced.clock(), error=error, seconds=pause)

    with suppress(LostLease):
        fenced.transact(note)
        figures.count("dead_letters" if last else "retries", job.name)


def _fenced(call: Call, clock: Clock, taken: Claim) -> Call:
    """Make every transaction prove the lease before anything else."""

    def fenced(work: Callable[[Transaction], T]) -> T:
        def checked(tx: Transaction) -> T:
            held(tx, taken, clock())
            return work(tx)

        result: T = call(checked)
        return result

    return fenced
