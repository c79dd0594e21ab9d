"""UpdateRotationPolicy, and what a rotation does to a key.

Source: KMS, "Key rotation" (documented).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.base.clock import Instant
from juyong.engines.crypto.specs import spec_of
from juyong.services.kms.errors import (
    USABLE,
    AliasNotTaken,
    InvalidParameter,
    KeyUnavailable,
    LimitExceeded,
    MissingParameter,
    NoKey,
    RejectedOperation,
    UnsupportedOrigin,
    UnsupportedProtection,
)
from juyong.services.kms.keys.create import EXTERNAL, HSM_INTERNAL, rotation_seconds
from juyong.services.kms.keys.find import (
    find_managed_key,
    key_policy,
    key_resource,
    refuse_unusable,
)
from juyong.services.kms.keys.material import Fresh, Vault, keep, new_version
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_WRITES
from juyong.services.kms.tagging import resource_tags


@operation(
    KMS,
    "UpdateRotationPolicy",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(
        *USABLE,
        AliasNotTaken,
        NoKey,
        MissingParameter,
        InvalidParameter,
        RejectedOperation,
        UnsupportedOrigin,
        LimitExceeded,
        UnsupportedProtection,
        KeyUnavailable,
    ),
    rate=KEY_WRITES,
)
def update_rotation_policy(
    ctx: Context,
    *,
    key_id: KeyName,
    enable_automatic_rotation: bool,
    rotation_interval: Annotated[str, Text(1, 16)] | None = None,
) -> Empty:
    """Let a key get new material by itself, or no longer.

    The next rotation is one interval after the last; when that is past already, it is now.

    Args:
        enable_automatic_rotation: Whether it rotates.
        rotation_interval: 7 to 730 days; needed when it does.

    Source: KMS API reference, UpdateRotationPolicy (documented).
    """
    row = find_managed_key(ctx, key_id)
    refuse_unusable(row)
    if row.origin == EXTERNAL:
        raise UnsupportedOrigin
    unfit = not spec_of(row.spec).rotates or row.storage == HSM_INTERNAL
    if unfit or row.owner_service is not None:
        raise RejectedOperation
    if not enable_automatic_rotation:
        row = ctx.tx.update(row, rotation_seconds=None, next_rotation_at=None)
    else:
        seconds = rotation_seconds(rotation_interval)
        last = row.last_rotation_at or row.created_at
        row = ctx.tx.update(row, rotation_seconds=seconds, next_rotation_at=Instant(last + seconds))
        if last + seconds <= ctx.now:
            version = new_version(ctx, row, next_number(Vault.of(ctx), row))
            row = turned(Vault.of(ctx), row, version)
    note_key(ctx.tx, ctx.journal, "updated", row)
    return Empty()


def is_due(row: KeyRow, now: Instant) -> bool:
    """Say whether a key is to be rotated now; one that cannot be used waits until it can."""
    return (
        row.rotation_seconds is not None
        and row.next_rotation_at is not None
        and row.next_rotation_at <= now
        and row.state == "Enabled"
    )


def rotate(vault: Vault, row: KeyRow, fresh: Fresh) -> KeyRow:
    """Give a key a new primary version; the old ones go on opening what they sealed.

    However many dates were missed, it is one version, and the next date counts from now.
    """
    return turned(vault, row, keep(vault, row, next_number(vault, row), fresh))


def next_number(vault: Vault, row: KeyRow) -> int:
    """Return the number of a key's next version; versions of a key are never removed."""
    return vault.tx.count(KeyVersionRow, key_id=row.key_id) + 1


def turned(vault: Vault, row: KeyRow, version: KeyVersionRow) -> KeyRow:
    """Make a version of a symmetric key its primary one; a next rotation counts from now."""
    seconds = row.rotation_seconds
    return vault.tx.update(
        row,
        primary_version=version.version_id,
        last_rotation_at=vault.now,
        next_rotation_at=None if seconds is None else Instant(vault.now + seconds),
    )
