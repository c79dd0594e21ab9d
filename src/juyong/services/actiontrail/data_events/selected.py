"""The selectors of a trail: put, switched with the trail, and removed."""

from juyong.base.ids import AccountId
from juyong.services.actiontrail.data_events.tables import DataSelectorRow, DataTargetRow
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.store.transaction import Transaction


def align_selectors(tx: Transaction, row: TrailRow, *, is_on: bool, deleted: bool) -> None:
    """Let selectors select while their trail is on, and go with the trail."""
    if deleted:
        remove_selectors(tx, row.account_id, row.name)
        return
    held = tx.get(DataSelectorRow, row.account_id, row.name)
    if held is not None and held.active != is_on:
        tx.update(held, active=is_on)


def put_selectors(tx: Transaction, new: DataSelectorRow) -> None:
    """Give a trail selectors, in the place of those that it has."""
    held = tx.get(DataSelectorRow, new.account_id, new.trail_name)
    if held is None:
        tx.insert(new)
        return
    names = ("selectors", "all_regions", "regions", "active", "updated_at")
    tx.update(held, **{name: getattr(new, name) for name in names})


def remove_selectors(tx: Transaction, account_id: AccountId, trail_name: str) -> None:
    """Remove the selectors of a trail; events that wait are delivered all the same."""
    held = tx.get(DataSelectorRow, account_id, trail_name)
    if held is not None:
        tx.delete(held)
    for row in tx.find(DataTargetRow, account_id=account_id, trail_name=trail_name):
        tx.delete(row)
