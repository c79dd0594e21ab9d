"""The table of STS: used assertions. Sessions live in their tokens and need no table."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("sts_assertion", key=("account_id", "digest"), index=(("remember_until",),))
class AssertionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One SAML assertion that was used, by a digest of its issuer and id."""

    account_id: AccountId
    digest: str
    remember_until: Instant
