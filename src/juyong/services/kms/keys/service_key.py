"""Service keys: what a cloud service seals under for a customer who names no key of their own.

Source: KMS, "Service keys" (documented): alias `alias/acs/<product>`, made by the service, one in
each account and region; that it is made when the first content needs it (assumed).
"""

import msgspec
from msgspec.structs import replace

from juyong.api.context import Context
from juyong.base.ids import AccountId, new_uuid
from juyong.services.kms.keys.aliases import ALIAS as ALIASES
from juyong.services.kms.keys.key import KEY, OWN
from juyong.services.kms.keys.managing import add_key
from juyong.services.kms.keys.material import SOFTWARE
from juyong.services.kms.keys.tables import AliasRow, KeyRow, State

_UNCOUNTED = replace(KEY, quota=None)
"""A service key counts against no quota of its account when it is made."""
_NAME = replace(ALIASES, quota=None)


class ServiceKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of one service.

    alias: Begins with `alias/acs/`. service: The creator that the key shows. purpose: Its
    description.
    """

    alias: str
    service: str
    purpose: str

    def key_id(self, ctx: Context, account_id: AccountId | None = None) -> str:
        """Return the id of an account's key in the region called, made where there is none.

        Args:
            ctx: The call.
            account_id: Of the customer, the caller's by default.

        Raises LimitExceeded.
        """
        owner = account_id or ctx.account_id
        alias = ctx.tx.get(AliasRow, owner, ctx.region, self.alias)
        if alias is not None and self._is_own(ctx, alias.key_id):
            return alias.key_id
        row = self._make(ctx, owner)
        if alias is not None:
            _NAME.change(ctx, alias, key_id=row.key_id)
        else:
            _NAME.create(ctx, account_id=owner, alias_name=self.alias, key_id=row.key_id)
        return row.key_id

    def _is_own(self, ctx: Context, key_id: str) -> bool:
        """Say whether a key is the service's; a database may hold an alias that was moved."""
        row = ctx.tx.get(KeyRow, key_id)
        return row is not None and row.owner_service == self.service

    def _make(self, ctx: Context, owner: AccountId) -> KeyRow:
        row = KeyRow(
            key_id=new_uuid(),
            account_id=owner,
            region=ctx.region,
            spec="Aliyun_AES_256",
            usage="ENCRYPT/DECRYPT",
            origin=OWN,
            protection=SOFTWARE,
            state=State.ENABLED,
            description=self.purpose,
            creator=self.service,
            owner_service=self.service,
            created_at=ctx.now,
            last_rotation_at=ctx.now,
        )
        return add_key(ctx, row, {}, _UNCOUNTED)
