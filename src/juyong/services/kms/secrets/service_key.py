"""The service key, which seals secrets without a key of their owner; one in each region.

Source: KMS, "Service keys" (documented): alias `alias/acs/<product>`, made by the service; that it
is made when the first secret needs it (assumed).
"""

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.base.ids import new_uuid
from juyong.services.kms.keys.aliases import ALIAS as ALIASES
from juyong.services.kms.keys.key import KEY, OWN
from juyong.services.kms.keys.managing import add_key
from juyong.services.kms.keys.material import SOFTWARE
from juyong.services.kms.keys.tables import AliasRow, KeyRow, State

ALIAS = "alias/acs/secretsmanager"
SERVICE = "SecretsManager"


_UNCOUNTED = replace(KEY, quota=None)
"""A service key counts against no quota of its account when it is made."""
_NAME = replace(ALIASES, quota=None)


def service_key(ctx: Context) -> str:
    """Return the id of the account's service key in the region called; raises LimitExceeded."""
    alias = ctx.tx.get(AliasRow, ctx.account_id, ctx.region, ALIAS)
    if alias is not None and _is_services(ctx, alias.key_id):
        return alias.key_id
    row = _make(ctx)
    if alias is not None:
        _NAME.change(ctx, alias, key_id=row.key_id)
    else:
        _NAME.create(ctx, alias_name=ALIAS, key_id=row.key_id)
    return row.key_id


def _is_services(ctx: Context, key_id: str) -> bool:
    """Say whether a key is the service's; a database may hold an alias that was moved."""
    row = ctx.tx.get(KeyRow, key_id)
    return row is not None and row.owner_service == SERVICE


def _make(ctx: Context) -> KeyRow:
    row = KeyRow(
        key_id=new_uuid(),
        account_id=ctx.account_id,
        region=ctx.region,
        spec="Aliyun_AES_256",
        usage="ENCRYPT/DECRYPT",
        origin=OWN,
        protection=SOFTWARE,
        state=State.ENABLED,
        description="Seals the secrets that name no key of their own.",
        creator=SERVICE,
        owner_service=SERVICE,
        created_at=ctx.now,
        last_rotation_at=ctx.now,
    )
    return add_key(ctx, row, {}, _UNCOUNTED)
