"""Sum up settled events as uses, which outlive the events."""

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.audit.ledger.stored import log_of
from juyong.audit.use_folding import fold
from juyong.store.errors import Duplicate, Stale
from juyong.store.transaction import Transaction

_STEPS = 200
"""Transactions of one run; a home with more to sum up goes on a minute later."""


@job("actiontrail.use", every=60)
def sum_up(bench: Bench) -> None:
    """Fold the events that are leaves of the ledger: none can still appear before one of them."""
    for _ in range(_STEPS):
        try:
            more = bench.transact(_step)
        except (Stale, Duplicate):
            # Another server folded the same events.
            return
        if not more:
            return


def _step(tx: Transaction) -> bool:
    head = log_of(tx)
    return head is not None and fold(tx, head.last_seq)
