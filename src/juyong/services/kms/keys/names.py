"""What a KeyId parameter can name: a key or an alias, by itself or as an ARN.

Source: KMS API reference (documented): id, `alias/…`, key ARN, alias ARN.
"""

from typing import Annotated, NamedTuple

from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name

KeyName = Annotated[str, Text(1, 256, chars=r"A-Za-z0-9_/\-:."), Doc("Its id or ARN.")]
"""A KeyId parameter that may also be an alias."""
ALIAS = "alias/"


class KeyReference(NamedTuple):
    """Which key is meant: `key_id`, or `alias` (with its prefix), in whose account and where."""

    account_id: AccountId
    region: str
    key_id: str | None = None
    alias: str | None = None


def key_arn(account_id: AccountId, region: str, key_id: str) -> str:
    """Name a key."""
    return f"acs:kms:{region}:{account_id}:key/{key_id}"


def alias_arn(account_id: AccountId, region: str, alias_name: str) -> str:
    """Name an alias, whose name begins with `alias/`."""
    return f"acs:kms:{region}:{account_id}:{alias_name}"


def refer(ctx: Context, name: str) -> KeyReference:
    """Read a KeyId parameter; what is no ARN means the caller's account and the region called."""
    account_id, region, relative = ctx.account_id, ctx.region, name
    if name.startswith("acs:"):
        try:
            parsed = parse_resource_name(name)
        except BadResourceName:
            return KeyReference(account_id=account_id, region=region, key_id=name)
        account_id, region = AccountId(parsed.account_id), parsed.region
        relative = parsed.relative.removeprefix("key/")
    if relative.startswith(ALIAS):
        return KeyReference(account_id=account_id, region=region, alias=relative)
    return KeyReference(account_id=account_id, region=region, key_id=relative)
