"""DeleteSecret and RestoreSecret, and the erasure of a secret."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.intervals import DAY
from juyong.services.kms.product import KMS
from juyong.services.kms.secrets.rotation.begin import ROTATE
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.secret import (
    ONE_SECRET,
    SECRET,
    InDeleteWindow,
    SecretNamed,
    change_secret,
)
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow, StageRow
from juyong.store.queue import hasten, withdraw

_DEFAULT_DAYS = 30
NotInDeleteWindow = fact(
    "Rejected.ResourceInUse",
    409,
    "The request was rejected because the secret is not waiting to be deleted.",
    why="The secret does not wait to be deleted.",
)


class DeleteSecretAnswer(Shape, frozen=True, kw_only=True):
    """When the secret is gone."""

    secret_name: SecretNamed
    planned_delete_time: str


@operation(KMS, "DeleteSecret", on=ONE_SECRET, raises=(InvalidParameter, InDeleteWindow))
def delete_secret(
    ctx: Context,
    secret: SecretRow,
    *,
    force_delete_without_recovery: bool = False,
    recovery_window_in_days: Annotated[int, Between(7, 30)] | None = None,
) -> DeleteSecretAnswer:
    """Delete a secret after a window in which it can be restored, or at once.

    Args:
        force_delete_without_recovery: Erase its values now; also ends a window (assumed).
        recovery_window_in_days: 7 to 30, 30 without it; not together with force.
    """
    if force_delete_without_recovery and recovery_window_in_days is not None:
        raise InvalidParameter(name="RecoveryWindowInDays")
    if force_delete_without_recovery:
        erase(ctx, secret)
        return DeleteSecretAnswer.of(secret, planned_delete_time=iso(ctx.now))
    if secret.delete_at is not None:
        raise InDeleteWindow
    days = recovery_window_in_days or _DEFAULT_DAYS
    delete_at = Instant(ctx.now + days * DAY)
    change_secret(ctx, secret, delete_at=delete_at)
    return DeleteSecretAnswer.of(secret, planned_delete_time=iso(delete_at))


@operation(KMS, "RestoreSecret", on=ONE_SECRET, raises=(NotInDeleteWindow,), answers="SecretName")
def restore_secret(ctx: Context, secret: SecretRow) -> str:
    """Take a secret out of its deletion window; rotation goes on where it was."""
    if secret.delete_at is None:
        raise NotInDeleteWindow
    change_secret(ctx, secret, delete_at=None)
    hasten(ctx.tx, ROTATE, secret.secret_id, ctx.now)
    return secret.name


def erase(ctx: Context, row: SecretRow) -> None:
    """Erase a secret: its values, the keys that open them, its tags, a rotation under way."""
    for found in (
        *ctx.tx.find(StageRow, secret_id=row.secret_id),
        *ctx.tx.find(SecretVersionRow, secret_id=row.secret_id),
    ):
        ctx.tx.delete(found)
    rotation = ctx.tx.get(RotationRow, row.secret_id)
    if rotation is not None:
        ctx.tx.delete(rotation)
        withdraw(ctx.tx, ROTATE, row.secret_id)
    SECRET.remove(ctx, row)
