"""What lapses in IMS by itself.

Users and AccessKeys that were in the recycle bin long enough; and what hung on users and AccessKeys
that RAM deleted for good, since RAM does not know of it.
"""

import sqlalchemy as sa

from juyong.base.clock import Instant
from juyong.services.ims.key_network import WHOLE_ACCOUNT
from juyong.services.ims.recycling import purge_recycle_bin
from juyong.services.ims.tables import (
    AccessKeyPolicyRow,
    RecycledAccessKeyRow,
    VerificationRow,
)
from juyong.services.ram.facade import AccessKeyRow, UserRow
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

_verification, _user = spec_of(VerificationRow).table, spec_of(UserRow).table
_policy, _key = spec_of(AccessKeyPolicyRow).table, spec_of(AccessKeyRow).table
_recycled = spec_of(RecycledAccessKeyRow).table
_ORPHANS = (
    sa.delete(_verification).where(~sa.exists().where(_user.c.user_id == _verification.c.user_id)),
    # A key in the recycle bin may come back, and its policy with it.
    sa.delete(_policy).where(
        _policy.c.access_key_id != WHOLE_ACCOUNT,
        ~sa.exists().where(_key.c.access_key_id == _policy.c.access_key_id),
        ~sa.exists().where(_recycled.c.access_key_id == _policy.c.access_key_id),
    ),
)


def sweep(tx: Transaction, now: Instant) -> int:
    """Purge lapsed rows; returns how many.

    Cost: a scan of the recycle bin, and one look-up for each verification and key policy.
    """
    return purge_recycle_bin(tx, now) + sum(tx.change(orphans) for orphans in _ORPHANS)
