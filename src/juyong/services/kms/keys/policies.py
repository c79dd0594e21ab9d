"""SetKeyPolicy and GetKeyPolicy."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.errors import AliasNotTaken, InvalidParameter, NoKey
from juyong.services.kms.keys.create import PolicyNotTaken
from juyong.services.kms.keys.find import (
    find_managed_key,
    key_policy,
    key_resource,
)
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.policy import MOST_BYTES, check_policy, default_policy
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS, KEY_WRITES
from juyong.services.kms.tagging import resource_tags

PolicyName = Annotated[str, OneOf(("default",)), Doc("`default`.")]


class PolicyAnswer(Shape, frozen=True, kw_only=True):
    """A policy as JSON."""

    policy: str


@operation(
    KMS,
    "SetKeyPolicy",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, PolicyNotTaken, InvalidParameter),
    rate=KEY_WRITES,
)
def set_key_policy(
    ctx: Context,
    *,
    key_id: KeyName,
    policy_name: PolicyName = "default",  # noqa: ARG001  # a key has one
    policy: Annotated[str, Text(1, MOST_BYTES)],
) -> Empty:
    """Say who may use a key of an instance, beside whom RAM lets.

    Args:
        policy: The document; at most 32768 bytes, every action begins with `kms:`.

    Source: KMS API reference, SetKeyPolicy (documented).
    """
    row = _instance_key(ctx, key_id)
    check_policy(policy)
    row = ctx.tx.update(row, policy=policy)
    note_key(ctx.tx, ctx.journal, "updated", row)
    return Empty()


@operation(
    KMS,
    "GetKeyPolicy",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, PolicyNotTaken),
    rate=KEY_READS,
    reads_only=True,
)
def get_key_policy(
    ctx: Context,
    *,
    key_id: KeyName,
    policy_name: PolicyName = "default",  # noqa: ARG001  # a key has one
) -> PolicyAnswer:
    """Return the policy of a key of an instance.

    Returns:
        The document as it was set, or the default one.

    Source: KMS API reference, GetKeyPolicy (documented).
    """
    row = _instance_key(ctx, key_id)
    return PolicyAnswer(policy=row.policy or default_policy(row.account_id, "key"))


def _instance_key(ctx: Context, key_id: str) -> KeyRow:
    row = find_managed_key(ctx, key_id)
    if row.instance_id is None:
        raise PolicyNotTaken
    return row
