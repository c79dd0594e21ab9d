"""SetDeletionProtection, of keys and of instances."""

from typing import Annotated

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.services.kms.account.instance_details import note_instance
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyPendingDeletion,
    MissingParameter,
    NoInstance,
    NoKey,
)
from juyong.services.kms.instances import (
    InstanceId,
    change_instance,
    find_instance,
    instance_arn,
)
from juyong.services.kms.keys.find import (
    find_managed_key,
    key_name_of,
    key_policy,
)
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.states import LABEL, refuse
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_WRITES
from juyong.services.kms.tagging import INSTANCE, resource_tags, tagged_of


def _protected(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    instance_id = _instance_id(arguments)
    if instance_id is not None:
        return (instance_arn(ctx.account_id, ctx.region, instance_id),)
    return (key_name_of(ctx, _key_name(arguments) or "*"),)


def _policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    if _instance_id(arguments) is not None:
        return None
    return key_policy(ctx, {"key_id": _key_name(arguments)})


def _key_name(arguments: Arguments) -> str | None:
    return arguments.get("protected_resource_arn") or arguments.get("key_id")


def _instance_id(arguments: Arguments) -> str | None:
    """Return the instance a call is about, or None where it is about a key."""
    arn = arguments.get("protected_resource_arn")
    named = tagged_of(arn) if arn else None
    if named is not None and named.resource_type == INSTANCE:
        return named.resource_id
    instance_id: str | None = None if _key_name(arguments) else arguments.get("kms_instance_id")
    return instance_id


@operation(
    KMS,
    "SetDeletionProtection",
    resource=_protected,
    resource_conditions=resource_tags,
    resource_policy=_policy,
    raises=(
        *(MissingParameter, InvalidParameter),
        *(AliasNotTaken, NoKey, KeyPendingDeletion, NoInstance),
    ),
    rate=KEY_WRITES,
)
def set_deletion_protection(
    ctx: Context,
    *,
    protected_resource_arn: Annotated[str, Text(1, 256)] | None = None,
    key_id: KeyName | None = None,
    kms_instance_id: InstanceId | None = None,
    enable_deletion_protection: bool,
    deletion_protection_description: Annotated[str, Text(0, 8192)] = "",
) -> Empty:
    """Protect a key from being scheduled for deletion, or an instance from being released.

    Args:
        protected_resource_arn: The ARN of either.
        key_id: The key's id, instead of the ARN.
        kms_instance_id: The instance's id, instead of the ARN.
        enable_deletion_protection: Whether it is protected.
        deletion_protection_description: Why; kept only while it is.

    Source: KMS API reference, SetDeletionProtection (documented; KeyId and KmsInstanceId as the
        Terraform provider sends them). That only one may be given, and the refusal while deletion
        is pending, are assumed.
    """
    if sum(given is not None for given in (protected_resource_arn, key_id, kms_instance_id)) > 1:
        raise InvalidParameter(name="KmsInstanceId" if kms_instance_id else "KeyId")
    note = deletion_protection_description if enable_deletion_protection else ""
    changes = {"deletion_protected": enable_deletion_protection, "protection_note": note}
    named = {
        "protected_resource_arn": protected_resource_arn,
        "kms_instance_id": kms_instance_id,
    }
    instance_id = _instance_id({**named, "key_id": key_id})
    if instance_id is not None:
        _protect_instance(ctx, instance_id, changes)
        return Empty()
    name = protected_resource_arn or key_id
    if name is None:
        raise MissingParameter(name="ProtectedResourceArn")
    row = find_managed_key(ctx, name)
    refuse(row, LABEL)
    row = ctx.tx.update(row, **changes)
    note_key(ctx.tx, ctx.journal, "updated", row)
    return Empty()


def _protect_instance(ctx: Context, instance_id: str, changes: dict[str, object]) -> None:
    change_instance(ctx, find_instance(ctx, instance_id), **changes)
    note_instance(ctx, find_instance(ctx, instance_id))
