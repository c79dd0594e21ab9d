"""What lapses of itself: wrapping pairs of import tokens."""

import sqlalchemy as sa

from juyong.base.clock import Instant
from juyong.services.kms.keys.import_pairs import REMEMBERED_SECONDS
from juyong.services.kms.keys.tables import ImportPairRow
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

_pair = spec_of(ImportPairRow).table
_WIPE = (
    sa.update(_pair)
    .values(private_key=None)
    .where(
        _pair.c.expires_at <= sa.bindparam("now", type_=sa.BigInteger()),
        _pair.c.private_key.is_not(None),
    )
)
_FORGET = sa.delete(_pair).where(
    _pair.c.expires_at <= sa.bindparam("forgotten", type_=sa.BigInteger())
)


def sweep(tx: Transaction, now: Instant) -> int:
    """Wipe the private halves of expired pairs, and forget pairs that expired long ago."""
    return tx.change(_WIPE, now=now) + tx.change(_FORGET, forgotten=now - REMEMBERED_SECONDS)
