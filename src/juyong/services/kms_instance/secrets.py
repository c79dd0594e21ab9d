"""GetSecretValue."""

from typing import Any

import msgspec

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.services.kms.facade import (
    READING,
    NoInstance,
    NoResource,
    SecretReference,
    Stage,
    VersionId,
    find_secret,
    instance_called,
    one_secret,
    opens_with_own_key,
    resource_tags,
    secret_policy,
)
from juyong.services.kms.facade import get_secret_value as read
from juyong.services.kms_instance.product import PRODUCT as INSTANCE
from juyong.services.kms_instance.shapes import SecretValue


@operation(
    INSTANCE,
    "GetSecretValue",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    also=opens_with_own_key,
    raises=(*READING, NoInstance),
    reads_only=True,
)
def get_secret_value(
    ctx: Context,
    *,
    secret_name: SecretReference,
    version_stage: Stage | None = None,
    version_id: VersionId | None = None,
    fetch_extended_config: bool = False,
) -> SecretValue:
    """Return a value of a secret of the instance.

    Args:
        secret_name: The secret.
        fetch_extended_config: Also answer the extended configuration.

    Returns:
        The version with its value.

    Source: KMS instance API, GetSecretValue (documented: the access point needs the secret's key
        too).
    """
    instance_id = instance_called(ctx)
    if find_secret(ctx, secret_name).instance_id != instance_id:
        raise NoResource
    found = read(
        ctx,
        secret_name=secret_name,
        version_stage=version_stage,
        version_id=version_id,
        fetch_extended_config=fetch_extended_config,
    )
    return SecretValue(
        secret_name=found.secret_name,
        secret_type=found.secret_type,
        secret_data=found.secret_data,
        secret_data_type=found.secret_data_type,
        version_stages=found.version_stages.version_stage,
        version_id=found.version_id,
        create_time=found.create_time,
        last_rotation_date=_text(found.last_rotation_date),
        next_rotation_date=_text(found.next_rotation_date),
        extended_config=_text(found.extended_config),
        automatic_rotation=_text(found.automatic_rotation),
        rotation_interval=_text(found.rotation_interval),
    )


def _text(value: Any) -> str:
    return "" if value is msgspec.UNSET else str(value)
