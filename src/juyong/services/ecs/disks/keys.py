"""The keys of encrypted disks: drawn when a disk is made, opened when it is attached or started.

Each disk has a data key of its own, which the KMS seals under the customer's key, or under the
service's if the call names none. So a disk whose key is disabled, or whose key's policy denies ECS,
neither attaches nor lets its instance start. The content of a disk is not sealed yet.

Source: ECS, "Encrypt disks" (documented: the codes, and the service key); the caller's permission
on a key of the customer's (documented for OSS, assumed here).
"""

from collections.abc import Iterable
from typing import Annotated

from juyong.api.access import Also
from juyong.api.context import Context
from juyong.api.denial import AccessDenied
from juyong.api.errors import fact
from juyong.api.fields import Doc, Pattern, Wire
from juyong.services.ecs.disks.tables import DiskRow
from juyong.services.kms.facade import (
    REFUSALS,
    InvalidParameter,
    KeyUse,
    NoAlias,
    NoKey,
    ServiceKey,
    data_key,
    open_data_key,
    sealing_needs,
)

SERVICE = "ecs.aliyuncs.com"
SERVICE_KEY = ServiceKey(
    alias="alias/acs/ecs", service="Ecs", purpose="Seals the disks that name no key of their own."
)
KeyId = Annotated[
    str,
    Wire("KMSKeyId"),
    Pattern(r"[A-Za-z0-9-]{1,64}"),
    Doc("The key of an encrypted disk, by its id; that of the service if absent."),
]
KeyMissing = fact(
    "InvalidParameter.KMSKeyId.NotFound",
    404,
    "The specified KMSKeyId does not exist.",
    why="The KMS has no such key.",
)
KeyUnusable = fact(
    "InvalidParameter.KMSKeyId.KMSUnauthorized",
    403,
    "ECS service have no right to access your KMS.",
    why="The key cannot be used now, is gone, or its policy denies ECS.",
)
NotEncrypted = fact(
    "InvalidParameter.EncryptedIllegal",
    400,
    "The value of parameter Encrypted is illegal; it must be true where KMSKeyId is given.",
    why="A key is named for a disk that is not to be encrypted.",
)
OPENING = (KeyUnusable,)
DRAWING = (KeyMissing, KeyUnusable, NotEncrypted)


def _use(ctx: Context) -> KeyUse:
    return KeyUse(
        service=SERVICE, context={"acs:ecs:arn": f"acs:ecs:{ctx.region}:{ctx.account_id}:disk/*"}
    )


def needs_of(ctx: Context, key_ids: Iterable[str | None]) -> tuple[Also, ...]:
    """Return the permissions of a caller whose disks are sealed under keys of the customer's."""
    named = dict.fromkeys(each for each in key_ids if each)
    return tuple(need for each in named for need in sealing_needs(ctx, each, _use(ctx)))


def draw_key(ctx: Context, key_id: str | None) -> bytes:
    """Return a new data key, sealed by a key of the KMS: the service's for None.

    Raises:
        KeyMissing, KeyUnusable: as named.
    """
    try:
        made = data_key(ctx, key_id or SERVICE_KEY.key_id(ctx), _use(ctx))
    except (NoKey, NoAlias) as absent:
        raise KeyMissing from absent
    except (*REFUSALS, AccessDenied) as refusal:
        raise KeyUnusable from refusal
    return made.blob


def open_keys(ctx: Context, disks: Iterable[DiskRow]) -> None:
    """Have the KMS open the keys of the disks that are encrypted.

    Raises:
        KeyUnusable: a key does not open, or is gone.
    """
    for row in disks:
        if row.data_key:
            try:
                open_data_key(ctx, row.data_key, _use(ctx))
            except (*REFUSALS, InvalidParameter, AccessDenied) as refusal:
                raise KeyUnusable from refusal
