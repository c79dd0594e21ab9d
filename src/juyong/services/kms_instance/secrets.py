"""GetSecretValue, and GenerateRandom.

Source: KMS instance API, each operation (documented).
"""

from typing import Annotated, Any

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc
from juyong.api.operation import operation
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.services.kms.facade import (
    RANDOM,
    SECRET,
    SECRETS_KEY,
    SYMMETRIC,
    FetchConfig,
    InDeleteWindow,
    NoInstance,
    NoResource,
    SecretReference,
    SecretRow,
    Stage,
    VersionId,
    find_live_secret,
    find_secret,
    instance_called,
    opens_with_own_key,
    read_value,
    tobase64,
)
from juyong.services.kms_instance.product import INSTANCE
from juyong.services.kms_instance.shapes import Random, SecretValue


def _instance_secret(ctx: Context, name: str) -> SecretRow:
    """Return a secret of the instance called."""
    instance_id = instance_called(ctx)
    if find_secret(ctx, name).instance_id != instance_id:
        raise NoResource
    return find_live_secret(ctx, name)


ONE = SECRET.found(_instance_secret, (NoResource, InDeleteWindow, NoInstance)).by(
    secret_name=SecretReference
)


@operation(
    INSTANCE, "GetSecretValue", on=ONE, also=opens_with_own_key, raises=SECRETS_KEY, reads_only=True
)
def get_secret_value(
    ctx: Context,
    secret: SecretRow,
    *,
    version_stage: Stage | None = None,
    version_id: VersionId | None = None,
    fetch_extended_config: FetchConfig = False,
) -> SecretValue:
    """Return a version of a secret of the instance with its value.

    Source: KMS instance API, GetSecretValue (documented: the access point needs the secret's key
        too).
    """
    found = read_value(
        ctx, secret, version_stage, version_id, fetch_extended_config=fetch_extended_config
    )
    return SecretValue(
        secret_name=found.secret_name,
        secret_type=found.secret_type,
        secret_data=found.secret_data,
        secret_data_type=found.secret_data_type,
        version_stages=list(found.version_stages),
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


@operation(
    INSTANCE,
    "GenerateRandom",
    effect="Read",
    resource=acs("kms", RANDOM, regional=True),
    rate=SYMMETRIC,
    raises=(NoInstance,),
    reads_only=True,
)
def generate_random(
    ctx: Context, *, length: Annotated[int, Between(1, 1024), Doc("How many, 1 to 1024.")]
) -> Random:
    """Draw random bytes, of the operating system's generator.

    Source: KMS instance API, GenerateRandom (documented); that it takes the permission to use keys
        (assumed).
    """
    instance_called(ctx)
    return Random(random=Secret(tobase64(random_bytes(length))))
