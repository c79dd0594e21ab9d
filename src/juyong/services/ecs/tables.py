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


@table("ecs_key_pair_tag", key=("account_id", "region", "key_pair_name", "tag_key"))
class KeyPairTagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tag of a key pair; conditions of policies read it."""

    account_id: AccountId
    region: str
    key_pair_name: str
    tag_key: str
    tag_value: str
