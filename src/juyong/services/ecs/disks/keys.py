"""The keys of encrypted disks: drawn when a disk is made, opened when it is attached or started.

Each disk has a data key of its own, which the KMS seals under the customer's key, or under the
service's if the call names none. So a disk whose key is disabled, or whose key's policy denies ECS,
neither attaches nor lets its instance start.

The data key is the secret half of a pair. The content of the disk is a blob whose key is sealed to
the public half, so that a disk can be sealed whatever became of the key of the KMS meanwhile.

Source: ECS, "Encrypt disks" (documented: the codes, and the service key); the caller's permission
on a key of the customer's (documented for OSS, assumed here).
"""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from juyong.api.access import Also
from juyong.api.context import Context
from juyong.api.denial import AccessDenied
from juyong.api.errors import fact
from juyong.api.fields import Doc, Pattern, Wire
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob
from juyong.engines.crypto.boxes import SECRET_BYTES, open_with, public_half, seal_to
from juyong.engines.crypto.keys import Undecipherable
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.kms.facade import (
    REFUSALS,
    InvalidParameter,
    KeyUse,
    NoAlias,
    NoKey,
    ServiceKey,
    data_key,
    keys_of_data_key,
    needs_of_data_key,
    open_data_key,
    sealing_needs,
)
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

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


def sealing_keys(tx: Transaction, row: DiskRow | SnapshotRow) -> tuple[Ref, ...]:
    """Return the key of the KMS that opens a disk or a snapshot; that of the service, too."""
    return keys_of_data_key(tx, row.data_key)


def _use(of: Context | DiskRow | SnapshotRow) -> KeyUse:
    """Return the use of a key for the disks of an account in a region."""
    arn = f"acs:ecs:{of.region}:{of.account_id}:disk/*"
    return KeyUse(service=SERVICE, context={"acs:ecs:arn": arn})


def needs_of(ctx: Context, key_ids: Iterable[str | None]) -> tuple[Also, ...]:
    """Return the permissions of a caller whose disks are sealed under keys of the customer's."""
    named = dict.fromkeys(each for each in key_ids if each)
    return tuple(need for each in named for need in sealing_needs(ctx, each, _use(ctx)))


def needs_to_open(ctx: Context, snapshots: Iterable[SnapshotRow]) -> tuple[Also, ...]:
    """Return the permissions of a caller on the keys of encrypted snapshots of other accounts."""
    others = [row for row in snapshots if row.data_key and row.account_id != ctx.account_id]
    return tuple(need for row in others for need in needs_of_data_key(ctx, row.data_key, _use(row)))


class DrawnKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new data key, as a disk keeps it: sealed by the KMS, and its public half."""

    data_key: bytes
    seal_key: bytes


def draw_key(ctx: Context, key_id: str | None) -> DrawnKey:
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
    return DrawnKey(data_key=made.blob, seal_key=public_half(made.plaintext))


def begin_use(ctx: Context, disks: Iterable[DiskRow]) -> list[DiskRow]:
    """Have the KMS open the keys of encrypted disks, which are kept while the disks are used.

    Raises:
        KeyUnusable: a key does not open, or is gone.
    """
    return [ctx.tx.update(row, unsealed=True, **opened(ctx, row)) for row in disks]


def end_use(ctx: Context, disks: Iterable[DiskRow]) -> list[DiskRow]:
    """Forget the keys of disks; from now on the KMS has to open them again."""
    return [ctx.tx.update(row, opened_key=None) for row in disks]


def opened(ctx: Context, row: DiskRow) -> dict[str, Any]:
    """Have the KMS open the key of a disk; returns what changes in its row.

    Raises:
        KeyUnusable: the key does not open, or is gone.
    """
    if not row.data_key:
        return {}
    try:
        secret = open_data_key(ctx, row.data_key, _use(row))
        changes: dict[str, Any] = {"seal_key": public_half(secret), "opened_key": None}
        if row.blob_key:
            key = open_with(secret, row.blob_key, row.blob_id.encode())
            changes["opened_key"] = Secret(key.decode())
    except (*REFUSALS, InvalidParameter, AccessDenied, Undecipherable) as refusal:
        raise KeyUnusable from refusal
    return changes


def resealed(ctx: Context, row: SnapshotRow, seal_key: bytes) -> bytes:
    """Have the KMS open the key of an encrypted snapshot; returns it, sealed to another data key.

    seal_key: The public half of that data key.

    Raises:
        KeyUnusable: the key does not open, or is gone.
    """
    try:
        secret = open_data_key(ctx, row.data_key, _use(row))
        key = open_with(secret, row.blob_key or b"", row.blob_id.encode())
    except (*REFUSALS, InvalidParameter, AccessDenied, Undecipherable) as refusal:
        raise KeyUnusable from refusal
    return seal_to(seal_key, key, row.blob_id.encode(), drawn=random_bytes(SECRET_BYTES))


def sealed_key(row: DiskRow | SnapshotRow, blob: Blob) -> bytes | None:
    """Return the key of a blob, sealed to the public half of an encrypted disk or snapshot."""
    if row.seal_key is None:
        return None
    drawn = random_bytes(SECRET_BYTES)
    key = blob.key.reveal().encode()
    return seal_to(row.seal_key, key, blob.blob_id.encode(), drawn=drawn)
