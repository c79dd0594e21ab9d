"""RotateSecret and UpdateSecretRotationPolicy."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.kms.errors import (
    InvalidParameter,
    LimitExceeded,
    MissingParameter,
    NoResource,
    RejectedOperation,
)
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.find import (
    InDeleteWindow,
    arn_of,
    find_live_secret,
    one_secret,
    secret_policy,
)
from juyong.services.kms.secrets.names import RESOURCE, SecretName, VersionId
from juyong.services.kms.secrets.rotation.begin import ROTATE, begin, refuse_unrotatable
from juyong.services.kms.secrets.rotation.intervals import (
    DISABLED,
    ENABLED,
    Interval,
    next_rotation,
    rotation_seconds,
)
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.shapes import Named, state_of
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.tagging import resource_tags
from juyong.store.queue import hasten

MOST_AN_HOUR = 50
_HOUR = 3600


class BeingRotated(ApiError):
    """The secret is being rotated to another version."""

    code, status = "Rejected.ResourceInUse", 409
    text = "The request was rejected because the secret is being rotated."


class RotateSecretAnswer(Shape, frozen=True, kw_only=True):
    """The version that is, or will be, current."""

    secret_name: str
    version_id: str
    arn: str


@operation(
    KMS,
    "RotateSecret",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(NoResource, InDeleteWindow, RejectedOperation, BeingRotated, LimitExceeded),
)
def rotate_secret(
    ctx: Context, *, secret_name: SecretName, version_id: VersionId
) -> RotateSecretAnswer:
    """Rotate a managed secret; the worker does it in the next few seconds.

    Args:
        version_id: Of the version to make; the same one again changes nothing, but that a rotation
            that failed is tried again at once.

    Returns:
        The version to come.

    Source: KMS API reference, RotateSecret (documented); that it answers before the rotation is
        done, and the code beyond the limit (assumed).
    """
    row = find_live_secret(ctx, secret_name)
    refuse_unrotatable(row)
    answer = RotateSecretAnswer(secret_name=row.name, version_id=version_id, arn=arn_of(row))
    running = ctx.tx.get(RotationRow, row.secret_id)
    if running is not None:
        if running.version_id != version_id:
            raise BeingRotated
        hasten(ctx.tx, ROTATE, row.secret_id, ctx.now)
        ctx.platform.ring()
        return answer
    if ctx.tx.get(SecretVersionRow, row.secret_id, version_id) is not None:
        return answer
    row = _counted(ctx, row)
    begin(ctx, row, version_id, automatic=False)
    ctx.platform.ring()
    ctx.journal.record("updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
    return answer


@operation(
    KMS,
    "UpdateSecretRotationPolicy",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(InvalidParameter, MissingParameter, NoResource, InDeleteWindow, RejectedOperation),
)
def update_secret_rotation_policy(
    ctx: Context,
    *,
    secret_name: SecretName,
    enable_automatic_rotation: bool,
    rotation_interval: Interval | None = None,
) -> Named:
    """Say whether and how often a managed secret is rotated by itself.

    Args:
        enable_automatic_rotation: Whether.
        rotation_interval: 6 to 8760 hours, as `7d`, `168h` or `604800s`; counted from the last
            rotation, and due at once when that is longer ago.

    Returns:
        The secret's name.

    Source: KMS API reference, UpdateSecretRotationPolicy (documented).
    """
    row = find_live_secret(ctx, secret_name)
    refuse_unrotatable(row)
    if enable_automatic_rotation:
        seconds = rotation_seconds(rotation_interval)
        since = row.last_rotation_at or row.created_at
        row = ctx.tx.update(
            row,
            automatic_rotation=ENABLED,
            rotation_seconds=seconds,
            next_rotation_at=next_rotation(since, seconds, ctx.now),
            updated_at=ctx.now,
        )
    else:
        row = ctx.tx.update(
            row,
            automatic_rotation=DISABLED,
            rotation_seconds=None,
            next_rotation_at=None,
            updated_at=ctx.now,
        )
    ctx.journal.record("updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
    return Named(secret_name=row.name)


def _counted(ctx: Context, row: SecretRow) -> SecretRow:
    hour = ctx.now // _HOUR
    count = row.rotated_count if row.rotated_hour == hour else 0
    if count >= ctx.quota("kms.rotations-an-hour", MOST_AN_HOUR):
        raise LimitExceeded
    return ctx.tx.update(row, rotated_hour=hour, rotated_count=count + 1)
