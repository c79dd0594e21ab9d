"""Forget the history of resources after a time; the present and what is newer stay complete.

Each event that becomes older than the horizon makes the older events of its resource useless: no
question about a later instant needs them. So every live resource keeps one event from before the
horizon, the baseline of what is kept.
"""

from juyong.base.clock import Instant
from juyong.store.inventory import ResourceEventRow
from juyong.store.inventory_reads import extent, set_extent
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def forget_history(tx: Transaction, horizon: Instant, most: int) -> int:
    """Look at up to `most` events that are older than an instant; returns how many there were.

    Cost: one keyed delete an event, each event once.
    """
    known = extent(tx)
    rows = tx.find(ResourceEventRow, order=("seq",), after=("seq", known.kept_after), limit=most)
    seen = 0
    for event in rows:
        if event.at >= horizon:
            break
        seen += 1
        upto = event.seq if event.change == "deleted" or not event.whole else event.seq - 1
        tx.change(_forget, upto=upto, **event.ref._asdict())
    if seen:
        set_extent(tx, known_from=max(known.known_from, horizon), kept_after=rows[seen - 1].seq)
    return seen


def _forget() -> "sa.Delete":
    events = table_of(ResourceEventRow)
    names = ("account_id", "region", "resource_type", "resource_id")
    return sa.delete(events).where(
        *(events.c[name] == sa.bindparam(name) for name in names),
        events.c.seq <= sa.bindparam("upto", type_=sa.BigInteger()),
    )
