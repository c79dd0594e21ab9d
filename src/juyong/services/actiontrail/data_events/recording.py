"""Which trails get a call as a data event: asked by the gateway at each call on data.

PERF: selectors are kept under the epoch of their account, which each call reads anyway; so a call
of an account that selects nothing reads nothing more.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.actiontrail.data_events.selectors import (
    DataCall,
    Selector,
    read_selectors,
    selects,
)
from juyong.services.actiontrail.data_events.tables import DataEventRow, DataSelectorRow
from juyong.store.epoch_cache import EpochCache
from juyong.store.transaction import Transaction

SERVICES = ("Oss", "Sls")
"""The codes of the products whose calls on data can be selected."""
_MEMORY = "actiontrail.selectors"
_LIMIT = 10_000


class Selection(NamedTuple):
    """The selectors of a trail that is on; regions: None for all."""

    trail: str
    regions: frozenset[str] | None
    selectors: tuple[Selector, ...]


def data_events_of(
    tx: Transaction,
    memory: dict[str, Any],
    accounts: Iterable[AccountId],
    call: DataCall,
    written: Callable[[AccountId], tuple[Instant, str]],
) -> list[DataEventRow]:
    """Return the rows of a call, one for each trail that gets the call as an event.

    Args:
        tx: That of the call; the rows are not added to it.
        memory: What the platform keeps while it is open.
        accounts: Those that get the event: of the caller, and of what the call was about.
        call: The call.
        written: Writes the event as an account gets it: its time, and its text.
    """
    rows = []
    for account_id in accounts:
        trails = _trails_wanting(tx, memory, account_id, call)
        at, body = written(account_id) if trails else (Instant(0), "")
        rows += [
            DataEventRow(
                account_id=account_id, trail_name=trail, region=call.region, at=at, body=body
            )
            for trail in trails
        ]
    return rows


def _trails_wanting(
    tx: Transaction, memory: dict[str, Any], account_id: AccountId, call: DataCall
) -> list[str]:
    cache: EpochCache[tuple[Selection, ...]] | None = memory.get(_MEMORY)
    if cache is None:
        cache = memory.setdefault(_MEMORY, EpochCache(_LIMIT))
    held = cache.get(tx, account_id)
    if held is None:
        held = cache.put(tx, account_id, account_id, _read(tx, account_id))
    return [
        each.trail
        for each in held
        if (each.regions is None or call.region in each.regions) and selects(each.selectors, call)
    ]


def _read(tx: Transaction, account_id: AccountId) -> tuple[Selection, ...]:
    rows = tx.find(DataSelectorRow, account_id=account_id)
    return tuple(
        Selection(
            trail=row.trail_name,
            regions=None if row.all_regions else frozenset(row.regions.split(",")),
            selectors=tuple(read_selectors(row.selectors)),
        )
        for row in rows
        if row.active
    )
