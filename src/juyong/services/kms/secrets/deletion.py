"""DeleteSecret and RestoreSecret, and what is left of a secret: nothing."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Between
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.services.kms.errors import InvalidParameter, NoResource
from juyong.services.kms.intervals import DAY
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.find import (
    InDeleteWindow,
    find_secret,
    one_secret,
    secret_policy,
)
from juyong.services.kms.secrets.names import RESOURCE, SecretName
from juyong.services.kms.secrets.rotation.begin import ROTATE
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.shapes import Named, state_of
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.secrets.tagged import tagged
from juyong.services.kms.secrets.versions import erase_versions
from juyong.services.kms.tagging import remove_tags, resource_tags
from juyong.store.queue import hasten, withdraw

_DEFAULT_DAYS = 30


class NotInDeleteWindow(ApiError):
    """The secret does not wait to be deleted."""

    code, status = "Rejected.ResourceInUse", 409
    text = "The request was rejected because the secret is not waiting to be deleted."


class DeleteSecretAnswer(Shape, frozen=True, kw_only=True):
    """When the secret is gone."""

    secret_name: str
    planned_delete_time: str


@operation(
    KMS,
    "DeleteSecret",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(InvalidParameter, NoResource, InDeleteWindow),
)
def delete_secret(
    ctx: Context,
    *,
    secret_name: SecretName,
    force_delete_without_recovery: bool = False,
    recovery_window_in_days: Annotated[int, Between(7, 30)] | None = None,
) -> DeleteSecretAnswer:
    """Delete a secret after a window in which it can be restored, or at once.

    Args:
        force_delete_without_recovery: Erase its values now; also ends a window.
        recovery_window_in_days: 7 to 30, 30 without it; not together with force.

    Returns:
        When it is gone.

    Source: KMS API reference, DeleteSecret (documented); force within the window (assumed).
    """
    if force_delete_without_recovery and recovery_window_in_days is not None:
        raise InvalidParameter(name="RecoveryWindowInDays")
    row = find_secret(ctx, secret_name)
    if force_delete_without_recovery:
        erase(ctx, row)
        return DeleteSecretAnswer(secret_name=row.name, planned_delete_time=iso(ctx.now))
    if row.delete_at is not None:
        raise InDeleteWindow
    days = recovery_window_in_days or _DEFAULT_DAYS
    delete_at = Instant(ctx.now + days * DAY)
    row = ctx.tx.update(row, delete_at=delete_at, updated_at=ctx.now)
    ctx.journal.record("updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
    return DeleteSecretAnswer(secret_name=row.name, planned_delete_time=iso(delete_at))


@operation(
    KMS,
    "RestoreSecret",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(NoResource, NotInDeleteWindow),
)
def restore_secret(ctx: Context, *, secret_name: SecretName) -> Named:
    """Take a secret out of its deletion window; rotation goes on where it was.

    Returns:
        Its name.

    Source: KMS API reference, RestoreSecret (documented).
    """
    row = find_secret(ctx, secret_name)
    if row.delete_at is None:
        raise NotInDeleteWindow
    row = ctx.tx.update(row, delete_at=None, updated_at=ctx.now)
    hasten(ctx.tx, ROTATE, row.secret_id, ctx.now)
    ctx.journal.record("updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
    return Named(secret_name=row.name)


def erase(ctx: Context, row: SecretRow) -> None:
    """Erase a secret: its values, the keys that open them, its tags, a rotation under way."""
    erase_versions(ctx, row)
    rotation = ctx.tx.get(RotationRow, row.secret_id)
    if rotation is not None:
        ctx.tx.delete(rotation)
        withdraw(ctx.tx, ROTATE, row.secret_id)
    remove_tags(ctx.tx, tagged(row))
    ctx.tx.delete(row)
    ctx.journal.record("deleted", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
