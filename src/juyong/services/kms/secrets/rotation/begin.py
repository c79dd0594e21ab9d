"""Requests for rotations, by schedule or at once, and the row that later steps read."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant
from juyong.services.kms.errors import (
    InvalidParameter,
    LimitExceeded,
    MissingParameter,
    RejectedOperation,
)
from juyong.services.kms.intervals import seconds_between
from juyong.services.kms.product import KMS
from juyong.services.kms.secrets.config import CustomConfig, EcsConfig
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.secret import (
    LIVE_SECRET,
    SECRET,
    SecretNamed,
    VersionId,
    change_secret,
)
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.store.queue import hasten, put

ROTATE = "kms.rotate-secret"
"""The job that carries rotations out; its items have the ids of secrets."""
PREPARE = "prepare"
ENABLED, DISABLED, INVALID = "Enabled", "Disabled", "Invalid"
_HOUR = 3600
ROTATION = (6 * _HOUR, 8760 * _HOUR)
Interval = Annotated[
    str,
    Text(1, 16),
    Raises((InvalidParameter, MissingParameter)),
    Doc(
        "6 to 8760 hours, as `7d`, `168h` or `604800s`; counted from the last rotation, and due at"
        " once when that is longer ago."
    ),
]


BeingRotated = fact(
    "Rejected.ResourceInUse",
    409,
    "The request was rejected because the secret is being rotated.",
    why="The secret is being rotated to another version.",
)


class NotRotatable(RejectedOperation):
    """The platform cannot change the credential of this secret."""

    text = "juyong does not rotate this secret: {reason}"


def refuse_unrotatable(row: SecretRow) -> None:
    """Refuse a secret that cannot be rotated; raises NotRotatable."""
    match row.configured:
        case None:
            raise NotRotatable(reason="a generic secret needs a function that rotates it")
        case EcsConfig():
            raise NotRotatable(reason="no agent reaches the server")


def begin(ctx: Context, row: SecretRow, version_id: str, *, automatic: bool) -> None:
    """Store that a secret is to be rotated; a worker does it; raises NotRotatable."""
    refuse_unrotatable(row)
    ctx.tx.insert(
        RotationRow(
            secret_id=row.secret_id,
            account_id=row.account_id,
            version_id=version_id,
            step=first_step(row),
            automatic=automatic,
            request_id=ctx.request_id,
            started_at=ctx.now,
        )
    )
    put(ctx.tx, ROTATE, row.secret_id, now=ctx.now)


def first_step(row: SecretRow) -> str:
    """Return where a rotation of this secret starts."""
    return "create" if isinstance(row.configured, CustomConfig) else PREPARE


def schedule(seconds: int | None, since: Instant, now: Instant) -> dict[str, object]:
    """Return the columns of a secret that is rotated every so many seconds, or by calls only.

    The next rotation is due at once when that time since the last one has passed already.
    """
    return {
        "automatic_rotation": ENABLED if seconds else DISABLED,
        "rotation_seconds": seconds,
        "next_rotation_at": Instant(max(since + seconds, now)) if seconds else None,
    }


# --- operations ---


class RotateSecretAnswer(Shape, frozen=True, kw_only=True):
    """The id of the version that is, or will be, current."""

    secret_name: SecretNamed
    version_id: str
    arn: str


@operation(
    KMS, "RotateSecret", on=LIVE_SECRET, raises=(RejectedOperation, BeingRotated, LimitExceeded)
)
def rotate_secret(ctx: Context, secret: SecretRow, *, version_id: VersionId) -> RotateSecretAnswer:
    """Rotate a managed secret; the worker does it in the next few seconds.

    Args:
        version_id: Of the version to make; the same id again changes nothing, except that a failed
            rotation is tried again at once.

    Assumed: that it answers before the rotation is done, and the code beyond the limit.
    """
    refuse_unrotatable(secret)
    answer = RotateSecretAnswer.of(secret, version_id=version_id)
    running = ctx.tx.get(RotationRow, secret.secret_id)
    if running is not None:
        if running.version_id != version_id:
            raise BeingRotated
        hasten(ctx.tx, ROTATE, secret.secret_id, ctx.now)
        ctx.platform.wake_worker()
        return answer
    if ctx.tx.get(SecretVersionRow, secret.secret_id, version_id) is not None:
        return answer
    hour = ctx.now // _HOUR
    count = secret.rotated_count if secret.rotated_hour == hour else 0
    if count >= ctx.quota("kms.rotations-an-hour"):
        raise LimitExceeded
    secret = ctx.tx.update(secret, rotated_hour=hour, rotated_count=count + 1)
    begin(ctx, secret, version_id, automatic=False)
    ctx.platform.wake_worker()
    SECRET.note(ctx.tx, ctx.journal, "updated", secret)
    return answer


@operation(
    KMS,
    "UpdateSecretRotationPolicy",
    on=LIVE_SECRET,
    raises=(RejectedOperation,),
    answers="SecretName",
)
def update_secret_rotation_policy(
    ctx: Context,
    secret: SecretRow,
    *,
    enable_automatic_rotation: Annotated[
        bool, Doc("Rotate every rotation_interval, or by RotateSecret only.")
    ],
    rotation_interval: Interval | None = None,
) -> str:
    """Set whether and how often a managed secret is rotated by itself."""
    refuse_unrotatable(secret)
    seconds = seconds_between(rotation_interval, *ROTATION) if enable_automatic_rotation else None
    since = secret.last_rotation_at or secret.created_at
    return change_secret(ctx, secret, **schedule(seconds, since, ctx.now)).name
