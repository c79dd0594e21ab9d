"""SetDeletionProtection, of keys and of instances."""

import re
from typing import Annotated, Any

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyPendingDeletion,
    MissingParameter,
    NoKey,
)
from juyong.services.kms.instances import INSTANCE, InstanceId
from juyong.services.kms.keys.key import KEY, LABEL, KeyName, change_key, refuse
from juyong.services.kms.product import KEY_WRITES, KMS
from juyong.services.kms.tagging import by_itself, need

_OF_INSTANCE = re.compile(r"acs:kms:[^:]*:[^:]*:keystore/(.+)")


def _subject(arguments: Arguments) -> tuple[Resource[Any], str] | None:
    """Return the type and the name of what a call is about, or None where it names nothing."""
    arn = arguments.get("protected_resource_arn")
    of_instance = _OF_INSTANCE.fullmatch(arn) if arn else None
    if of_instance is not None:
        return INSTANCE, of_instance[1]
    if key := arn or arguments.get("key_id"):
        return KEY, key
    instance_id = arguments.get("kms_instance_id")
    return (INSTANCE, instance_id) if instance_id else None


def _protected(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    resource, name = _subject(arguments) or (KEY, "*")
    return (need(ctx, "kms:SetDeletionProtection", resource, name),)


@operation(
    KMS,
    "SetDeletionProtection",
    resource=by_itself,
    also=_protected,
    raises=(MissingParameter, InvalidParameter, AliasNotTaken, NoKey, KeyPendingDeletion),
    rate=KEY_WRITES,
)
def set_deletion_protection(
    ctx: Context,
    *,
    protected_resource_arn: Annotated[str, Text(1, 256), Doc("The ARN of either.")] | None = None,
    key_id: KeyName | None = None,
    kms_instance_id: InstanceId | None = None,
    enable_deletion_protection: Annotated[bool, Doc("Whether it is protected.")],
    deletion_protection_description: Annotated[
        str, Text(0, 8192), Doc("Why; kept only while it is protected.")
    ] = "",
) -> None:
    """Protect a key from being scheduled for deletion, or an instance from being released.

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
    subject = _subject(named)
    if subject is None:
        raise MissingParameter(name="ProtectedResourceArn")
    resource, name = subject
    row = resource.the(ctx, name)
    note = deletion_protection_description if enable_deletion_protection else ""
    changes = {"deletion_protected": enable_deletion_protection, "protection_note": note}
    if resource is INSTANCE:
        INSTANCE.change(ctx, row, **changes)
    else:
        refuse(row, LABEL)
        change_key(ctx, row, **changes)
