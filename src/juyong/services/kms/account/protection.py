"""SetDeletionProtection, of keys and of instances."""

import re
from typing import Annotated

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyPendingDeletion,
    MissingParameter,
    NoInstance,
    NoKey,
)
from juyong.services.kms.instances import INSTANCE, InstanceId, store_instance
from juyong.services.kms.keys.key import (
    KEY,
    LABEL,
    KeyName,
    change_key,
    refuse,
)
from juyong.services.kms.product import KEY_WRITES, KMS
from juyong.services.kms.tagging import by_itself, need

_ACTION = "kms:SetDeletionProtection"
_OF_INSTANCE = re.compile(r"acs:kms:[^:]*:[^:]*:keystore/(.+)")


def _protected(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    instance_id = _instance_id(arguments)
    if instance_id is not None:
        return (need(ctx, _ACTION, INSTANCE, instance_id),)
    return (need(ctx, _ACTION, KEY, _key_name(arguments) or "*"),)


def _key_name(arguments: Arguments) -> str | None:
    return arguments.get("protected_resource_arn") or arguments.get("key_id")


def _instance_id(arguments: Arguments) -> str | None:
    """Return the instance a call is about, or None where it is about a key."""
    arn = arguments.get("protected_resource_arn")
    named = _OF_INSTANCE.fullmatch(arn) if arn else None
    if named is not None:
        return named[1]
    instance_id: str | None = None if _key_name(arguments) else arguments.get("kms_instance_id")
    return instance_id


@operation(
    KMS,
    "SetDeletionProtection",
    resource=by_itself,
    also=_protected,
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
) -> None:
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
    named = {
        "protected_resource_arn": protected_resource_arn,
        "key_id": key_id,
        "kms_instance_id": kms_instance_id,
    }
    if sum(given is not None for given in named.values()) > 1:
        raise InvalidParameter(name="KmsInstanceId" if kms_instance_id else "KeyId")
    note = deletion_protection_description if enable_deletion_protection else ""
    changes = {"deletion_protected": enable_deletion_protection, "protection_note": note}
    if (instance_id := _instance_id(named)) is not None:
        changed = store_instance(ctx, INSTANCE.the(ctx, instance_id), **changes)
        INSTANCE.note(ctx.tx, ctx.journal, "updated", changed)
    elif (name := _key_name(named)) is not None:
        row = KEY.the(ctx, name)
        refuse(row, LABEL)
        change_key(ctx, row, **changes)
    else:
        raise MissingParameter(name="ProtectedResourceArn")
