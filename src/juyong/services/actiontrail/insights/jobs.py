"""Count the calls of accounts that have insights switched on, and write what is unusual.

Events are counted in the order of their numbers, once they are leaves of the ledger, since none can
appear before one of these. Counts, insights and the position are committed together: whatever is
killed when, each event is counted once, and no insight is written twice.
"""

from collections.abc import Mapping
from functools import partial

import msgspec

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.audit.ledger.stored import log_of
from juyong.audit.macs import event_key
from juyong.base.ids import AccountId
from juyong.engines.insight import NEWCOMERS, OTHERS, Kind, Series, Watch
from juyong.services.actiontrail.insights.counted import Next, next_events
from juyong.services.actiontrail.insights.recording import Place, write
from juyong.services.actiontrail.insights.tables import (
    InsightPositionRow,
    InsightSeriesRow,
    InsightSwitchRow,
)
from juyong.store.errors import Duplicate, Stale
from juyong.store.transaction import Transaction

_SLOT = 1
_PAGE = 150
"""Events of one transaction; each changes at most six series."""
_STEPS = 200
"""Transactions of one run; a home with more to do goes on at the next."""
_Since = Mapping[AccountId, Mapping[Kind, int]]
_pairs = msgspec.json.Decoder(tuple[tuple[int, int], ...])


@job("actiontrail.insight", every=30)
def find_insights(bench: Bench) -> None:
    """Count what is new, page by page."""
    for _ in range(_STEPS):
        try:
            more = bench.transact(partial(_step, bench))
        except (Stale, Duplicate):
            # Another server counted the same events, or a call switched an insight off.
            return
        if not more:
            return


def _step(bench: Bench, tx: Transaction) -> bool:
    """Count one page; tells whether there may be more."""
    head, since = log_of(tx), _switched_on(tx)
    if head is None or not since:
        return False
    position = tx.get(InsightPositionRow, _SLOT)
    after = position.seq if position else 0
    oldest = min(at for kinds in since.values() for at in kinds.values())
    page = next_events(tx, after=after, up_to=head.last_seq, since=oldest, most=_PAGE)
    is_full = len(page) == _PAGE
    end = page[-1].seq if is_full else head.last_seq
    if end == after:
        return False
    for account_id in sorted({each.account_id for each in page}):
        own = [each for each in page if each.account_id == account_id]
        _count(bench, tx, account_id, since[account_id], own)
    if position is None:
        tx.insert(InsightPositionRow(slot=_SLOT, seq=end))
    elif page or end - after >= _PAGE:
        tx.update(position, seq=end)
    return is_full


def _switched_on(tx: Transaction) -> _Since:
    found: dict[AccountId, dict[Kind, int]] = {}
    for row in tx.find(InsightSwitchRow):
        found.setdefault(row.account_id, {})[Kind(row.insight_type)] = row.since_at
    return found


def _count(
    bench: Bench,
    tx: Transaction,
    account_id: AccountId,
    since: Mapping[Kind, int],
    events: list[Next],
) -> None:
    rows: dict[tuple[Kind, str], InsightSeriesRow] = {}

    def held(kind: Kind, name: str) -> Series | None:
        row = tx.get(InsightSeriesRow, account_id, kind.value, name)
        if row is None:
            return None
        rows[kind, name] = row
        return Series(
            counts=_pairs.decode(row.counts), first_hour=row.first_hour, rang_hour=row.rang_hour
        )

    watch = Watch(since, held, {kind: _objects(tx, account_id, kind) for kind in since})
    platform = bench.platform
    for each in events:
        place = Place(account_id, each.region, platform.region)
        for insight in watch.take(each.seen):
            write(tx, place, insight, key=event_key(platform))
    for (kind, name), series in watch.changed.items():
        _store(tx, account_id, (kind, name), series, rows.get((kind, name)))


def _objects(tx: Transaction, account_id: AccountId, kind: Kind) -> int:
    """Return how many objects of a kind are counted by name."""
    special = (OTHERS, NEWCOMERS)
    return tx.count(InsightSeriesRow, account_id=account_id, insight_type=kind.value) - sum(
        tx.get(InsightSeriesRow, account_id, kind.value, name) is not None for name in special
    )


def _store(
    tx: Transaction,
    account_id: AccountId,
    what: tuple[Kind, str],
    series: Series,
    row: InsightSeriesRow | None,
) -> None:
    counts = msgspec.json.encode(series.counts).decode()
    if row is not None:
        tx.update(
            row,
            counts=counts,
            first_hour=series.first_hour,
            newest_hour=series.newest,
            rang_hour=series.rang_hour,
        )
        return
    kind, name = what
    tx.insert(
        InsightSeriesRow(
            account_id=account_id,
            insight_type=kind.value,
            object=name,
            counts=counts,
            first_hour=series.first_hour,
            newest_hour=series.newest,
            rang_hour=series.rang_hour,
        )
    )
