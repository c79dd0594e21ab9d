"""Rows that lapse by themselves: old users and keys in the recycle bin, and policies of keys.

The network policy of an AccessKey goes after the key: a key in the recycle bin may come back, and
its policy with it.
"""

from typing import Any

from juyong.base.clock import Instant
from juyong.base.ids import new_request_id
from juyong.services.identity.credentials.key_network import KEY_POLICY, WHOLE_ACCOUNT
from juyong.services.identity.credentials.tables import (
    AccessKeyPolicyRow,
    AccessKeyRow,
    RecycledAccessKeyRow,
)
from juyong.services.identity.users.recycling import purge_recycle_bin
from juyong.store.inventory import Cause, write
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _orphaned_policies() -> "sa.Select[Any]":
    policy, key = table_of(AccessKeyPolicyRow), table_of(AccessKeyRow)
    recycled = table_of(RecycledAccessKeyRow)
    return (
        sa.select(policy.c.account_id, policy.c.access_key_id)
        .where(
            policy.c.access_key_id != WHOLE_ACCOUNT,
            ~sa.exists().where(key.c.access_key_id == policy.c.access_key_id),
            ~sa.exists().where(recycled.c.access_key_id == policy.c.access_key_id),
        )
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many.

    Cost: a scan of the recycle bin, and one look-up for each key policy.
    """
    purged = purge_recycle_bin(tx, now, most)
    orphans = tx.query(_orphaned_policies, most=most - purged)
    for key in orphans:
        row = tx.get(AccessKeyPolicyRow, *key)
        if row is not None:
            write(tx, (KEY_POLICY.noted("deleted", row),), Cause(new_request_id(), now))
            tx.delete(row)
    return purged + len(orphans)
