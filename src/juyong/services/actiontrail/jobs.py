"""Sum up events as uses, which outlive the events, and let events expire."""

from functools import partial

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.audit.ledger.expiring import expire
from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.audit.ledger.stored import log_of
from juyong.audit.use_folding import fold, folded_up_to
from juyong.services.actiontrail.delivery.giving_up import (
    Undelivered,
    given_up_before,
    pass_expired,
)
from juyong.services.actiontrail.delivery.reading import delivered_up_to
from juyong.store.chunks import CHUNK_ROWS
from juyong.store.errors import Duplicate, Stale
from juyong.store.transaction import Transaction

_STEPS = 200
"""Transactions of one run; a home with more to do goes on at the next."""


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


@job("actiontrail.expire", every=60)
def expire_events(bench: Bench) -> None:
    """Delete events that were kept as long as the setting says, once they are summed up as uses
    and delivered, or a target fails for longer than the setting allows.

    Raises:
        LogDamaged: an event is not what was signed; it and all behind it stay.
    """
    if not bench.platform.kept.audit_events_days:
        return
    lost: set[str] = set()
    for _ in range(_STEPS):
        try:
            more, found = bench.transact(partial(_expire, bench))
        except (Stale, Duplicate):
            # Another server wrote to the log, or a delivery went on; the next run goes on.
            break
        lost.update(found)
        if not more:
            break
    for each in sorted(lost):
        bench.pass_over(each, Undelivered())


def _step(tx: Transaction) -> bool:
    head = log_of(tx)
    return head is not None and fold(tx, head.last_seq)


def _expire(bench: Bench, tx: Transaction) -> tuple[bool, list[str]]:
    """Delete some events; tells whether there are more, and which targets lost some."""
    platform, now = bench.platform, bench.clock()
    expired = expire(
        tx,
        LogSigner(platform.keys[PURPOSE]),
        days=platform.kept.audit_events_days,
        up_to=min(folded_up_to(tx), delivered_up_to(tx, given_up_before(platform, now))),
        now=now,
        most=CHUNK_ROWS,
    )
    if expired is None:
        return False, []
    return expired.more, pass_expired(tx, platform, expired, now)
