"""Key pairs: public keys only."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("ecs_key_pair", key=("account_id", "region", "key_pair_name"))
class KeyPairRow(msgspec.Struct, frozen=True, kw_only=True):
    """One public key under a name; the private one is shown once and kept nowhere."""

    account_id: AccountId
    region: str
    key_pair_name: str
    key_pair_id: str
    public_key: str
    fingerprint: str
    created_at: Instant
