"""Note the resources of a home that is older than its inventory; forget states of long ago.

The migration that makes the inventory, or that gives the inventory a type of resource whose rows
may exist already, puts the item. Until the job is done, states of the past are unknown.
"""

from functools import partial
from typing import Any

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.api.registry import resources
from juyong.api.resource import Resource
from juyong.base.clock import DAY_SECONDS, Instant
from juyong.base.ids import RequestId
from juyong.store.chunks import CHUNK_ROWS
from juyong.store.inventory import Cause, write
from juyong.store.inventory_reads import extent, resource_at, set_extent
from juyong.store.inventory_retention import forget_history
from juyong.store.queue import Claim, extend, finish
from juyong.store.scan import page_after
from juyong.store.transaction import Transaction

BASELINE = "inventory.baseline"
_ROWS = 100
_FORGETTING = 200
"""Transactions of one run; what is left waits for the next."""
_LEASE_SECONDS = 120
Key = tuple[Any, ...]


@job(BASELINE, lease_seconds=_LEASE_SECONDS, attempts=None, at_once=1)
def note_baseline(bench: Bench, claim: Claim) -> None:
    """Write a `baseline` of each resource that the inventory does not know.

    Another run begins anew after a killed one, and passes over resources that are known.
    """
    for _, each in sorted(resources().items()):
        after: Key = ()
        while True:
            keys = bench.transact(partial(_note_some, bench, claim, each, after))
            if len(keys) < _ROWS:
                break
            after = keys[-1]
    bench.transact(partial(_end, bench, claim))


@job("inventory.history", every=60)
def forget_states(bench: Bench) -> None:
    """Forget the states of resources that are older than the setting says."""
    days = bench.platform.kept.inventory_history_days
    if not days:
        return
    horizon = Instant(bench.clock() - days * DAY_SECONDS)
    for _ in range(_FORGETTING):
        if bench.transact(lambda tx: forget_history(tx, horizon, CHUNK_ROWS)) < CHUNK_ROWS:
            return


def _note_some(
    bench: Bench, claim: Claim, resource: Resource[Any], after: Key, tx: Transaction
) -> list[Key]:
    now = bench.clock()
    extend(tx, claim, now=now, seconds=_LEASE_SECONDS)
    keys = page_after(tx, resource.row, after, _ROWS)
    rows = [row for key in keys if (row := tx.get(resource.row, *key)) is not None]
    unknown = [row for row in rows if resource_at(tx, resource.ref(row)) is None]
    noted = [resource.noted("baseline", row) for row in unknown]
    write(tx, noted, Cause(RequestId(claim.item_id), now))
    return keys


def _end(bench: Bench, claim: Claim, tx: Transaction) -> None:
    now = bench.clock()
    set_extent(tx, known_from=now, kept_after=extent(tx).kept_after)
    finish(tx, claim, now)
