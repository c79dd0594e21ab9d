"""What lapses in IMS by itself.

Users and AccessKeys that were in the recycle bin long enough; and what hung on users and AccessKeys
that RAM deleted for good, since RAM does not know of it.
"""

from juyong.base.clock import Instant
from juyong.services.ims.key_network import WHOLE_ACCOUNT
from juyong.services.ims.recycling import purge_recycle_bin
from juyong.services.ims.tables import (
    AccessKeyPolicyRow,
    RecycledAccessKeyRow,
    VerificationRow,
)
from juyong.services.ram.facade import AccessKeyRow, UserRow
from juyong.store.chunks import change_most, delete_some
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _orphaned_verifications() -> "sa.Delete":
    verification, user = table_of(VerificationRow), table_of(UserRow)
    return delete_some(
        VerificationRow, ~sa.exists().where(user.c.user_id == verification.c.user_id)
    )


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

    Cost: a scan of the recycle bin, and one look-up for each verification and key policy.
    """
    purged = purge_recycle_bin(tx, now, most)
    return purged + change_most(tx, (_orphaned_verifications, _orphaned_policies), most - purged)
