"""What lapses in IMS by itself.

Users and AccessKeys that were in the recycle bin long enough; and the network policies of
AccessKeys that RAM deleted for good, since RAM does not know of them.
"""

from juyong.base.clock import Instant
from juyong.services.identity.credentials.key_network import WHOLE_ACCOUNT
from juyong.services.identity.credentials.tables import (
    AccessKeyPolicyRow,
    AccessKeyRow,
    RecycledAccessKeyRow,
)
from juyong.services.identity.users.recycling import purge_recycle_bin
from juyong.store.chunks import delete_some
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _orphaned_policies() -> "sa.Delete":
    # A key in the recycle bin may come back, and its policy with it.
    policy, key = table_of(AccessKeyPolicyRow), table_of(AccessKeyRow)
    recycled = table_of(RecycledAccessKeyRow)
    return delete_some(
        AccessKeyPolicyRow,
        policy.c.access_key_id != WHOLE_ACCOUNT,
        ~sa.exists().where(key.c.access_key_id == policy.c.access_key_id),
        ~sa.exists().where(recycled.c.access_key_id == policy.c.access_key_id),
    )


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many.

    Cost: a scan of the recycle bin, and one look-up for each key policy.
    """
    purged = purge_recycle_bin(tx, now, most)
    return purged + tx.change(_orphaned_policies, most=most - purged)
