"""The states that resources took, written with the event that tells why."""

from juyong.api.context import Journal
from juyong.api.shape import to_record
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RequestId
from juyong.store.inventory import Cause, ResourceEventRow, write
from juyong.store.transaction import Transaction


def write_snapshots(
    tx: Transaction,
    journal: Journal,
    *,
    account_id: AccountId,
    region: str,
    request_id: RequestId,
    at: Instant,
) -> None:
    """Write the changes and snapshots of a journal; nothing else writes those of a call.

    Args:
        tx: Changes the resources, and commits both.
        journal: Holds them.
        account_id: The owner of what names no other.
        region: Where it happened.
        request_id: Of the event that tells why.
        at: When.
    """
    write(tx, journal.noted.values(), Cause(request_id, at))
    for snapshot in journal.snapshots:
        tx.insert_later(
            ResourceEventRow(
                account_id=snapshot.owner or account_id,
                region=region,
                resource_type=snapshot.resource_type,
                resource_id=snapshot.resource_id,
                name=snapshot.name,
                change=snapshot.change,
                snapshot=to_record(snapshot.state).decode(),
                request_id=request_id,
                at=at,
                whole=False,
            )
        )
