"""DescribeKey, and the description itself."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Clearable, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.services.kms.errors import AliasNotTaken, KeyPendingDeletion, NoAlias, NoKey
from juyong.services.kms.keys.find import (
    find_key,
    find_managed_key,
    key_policy,
    key_resource,
)
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.shapes import KeyAnswer, described
from juyong.services.kms.keys.states import LABEL, refuse
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS, KEY_WRITES
from juyong.services.kms.tagging import resource_tags


@operation(
    KMS,
    "DescribeKey",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(NoKey, NoAlias),
    rate=KEY_READS,
    reads_only=True,
)
def describe_key(ctx: Context, *, key_id: KeyName) -> KeyAnswer:
    """Return one key, in whatever state.

    Args:
        key_id: Its id, an alias of it, or the ARN of either.

    Returns:
        The key with its deletion protection.

    Source: KMS API reference, DescribeKey (documented).
    """
    return KeyAnswer(key_metadata=described(find_key(ctx, key_id)))


@operation(
    KMS,
    "UpdateKeyDescription",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, KeyPendingDeletion),
    rate=KEY_WRITES,
)
def update_key_description(
    ctx: Context, *, key_id: KeyName, description: Annotated[str, Text(0, 8192), Clearable()]
) -> Empty:
    """Change what a key says it is for.

    Args:
        description: The new text; empty clears it.

    Source: KMS API reference, UpdateKeyDescription (documented).
    """
    row = find_managed_key(ctx, key_id)
    refuse(row, LABEL)
    row = ctx.tx.update(row, description=description)
    note_key(ctx.tx, ctx.journal, "updated", row)
    return Empty()
