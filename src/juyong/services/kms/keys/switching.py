"""EnableKey, DisableKey, and deletion: scheduling it, and calling it off."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Between
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.base.clock import Instant
from juyong.services.kms.errors import (
    AliasNotTaken,
    NoKey,
    RejectedOperation,
    StateNotModified,
)
from juyong.services.kms.intervals import DAY
from juyong.services.kms.keys.find import (
    find_managed_key,
    key_policy,
    key_resource,
)
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.states import (
    CANCEL_DELETION,
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    SCHEDULE_DELETION,
    SWITCH,
    refuse,
)
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_WRITES
from juyong.services.kms.tagging import resource_tags

LEAST_WINDOW, MOST_WINDOW = 7, 366


class DeletionProtected(ApiError):
    """The protection must be taken off first (the code is assumed)."""

    code, status = "Rejected.DeletionProtectionEnabled", 409
    text = "The request was rejected because deletion protection is enabled."


@operation(
    KMS,
    "EnableKey",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, StateNotModified),
    rate=KEY_WRITES,
)
def enable_key(ctx: Context, *, key_id: KeyName) -> Empty:
    """Let a key be used again; its rotation goes on.

    Returns:
        Nothing, also where it was enabled already.

    Source: KMS API reference, EnableKey (documented).
    """
    return _switch(ctx, key_id, ENABLED)


@operation(
    KMS,
    "DisableKey",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, StateNotModified, RejectedOperation),
    rate=KEY_WRITES,
)
def disable_key(ctx: Context, *, key_id: KeyName) -> Empty:
    """Keep a key from being used, and from rotating.

    Returns:
        Nothing, also where it was disabled already.

    Source: KMS API reference, DisableKey (documented).
    """
    _refuse_services(find_managed_key(ctx, key_id))
    return _switch(ctx, key_id, DISABLED)


@operation(
    KMS,
    "ScheduleKeyDeletion",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, StateNotModified, DeletionProtected, RejectedOperation),
    rate=KEY_WRITES,
)
def schedule_key_deletion(
    ctx: Context,
    *,
    key_id: KeyName,
    pending_window_in_days: Annotated[int, Between(LEAST_WINDOW, MOST_WINDOW)],
) -> Empty:
    """Let a key wait for its deletion; it cannot be used meanwhile.

    Args:
        pending_window_in_days: 7 to 366. Then its material is destroyed and its id unknown.

    Source: KMS API reference, ScheduleKeyDeletion (documented).
    """
    row = find_managed_key(ctx, key_id)
    _refuse_services(row)
    refuse(row, SCHEDULE_DELETION)
    if row.deletion_protected:
        raise DeletionProtected
    delete_at = Instant(ctx.now + pending_window_in_days * DAY)
    _change(ctx, row, state=PENDING_DELETION, deletion_asked_at=ctx.now, delete_at=delete_at)
    return Empty()


@operation(
    KMS,
    "CancelKeyDeletion",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, StateNotModified),
    rate=KEY_WRITES,
)
def cancel_key_deletion(ctx: Context, *, key_id: KeyName) -> Empty:
    """Call a key's deletion off; the key is enabled then, whatever it was before.

    Source: KMS API reference, CancelKeyDeletion (documented). Assumed: a key whose imported
        material is absent waits for it.
    """
    row = find_managed_key(ctx, key_id)
    refuse(row, CANCEL_DELETION)
    state = ENABLED if _has_material(ctx, row) else PENDING_IMPORT
    _change(ctx, row, state=state, deletion_asked_at=None, delete_at=None)
    return Empty()


def _refuse_services(row: KeyRow) -> None:
    if row.owner_service is not None:
        raise RejectedOperation


def _switch(ctx: Context, key_id: str, state: str) -> Empty:
    row = find_managed_key(ctx, key_id)
    refuse(row, SWITCH)
    if row.state != state:
        _change(ctx, row, state=state)
    return Empty()


def _change(ctx: Context, row: KeyRow, **changes: object) -> None:
    row = ctx.tx.update(row, **changes)
    note_key(ctx.tx, ctx.journal, "updated", row)


def _has_material(ctx: Context, row: KeyRow) -> bool:
    if row.material_expires_at is not None and row.material_expires_at <= ctx.now:
        return False
    versions = ctx.tx.find(KeyVersionRow, order=("number",), limit=1, key_id=row.key_id)
    return bool(versions) and versions[0].material is not None
