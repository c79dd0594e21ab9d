"""The end of a rotation: the secret's schedule, and the event.

Source: KMS, "Events of Secrets Manager" (documented): names and content of the two events, which
CloudMonitor delivers; their levels, and that the audit record holds them too, are assumed.
"""

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import iso
from juyong.services.cms.facade import emit
from juyong.services.kms.acting import tell
from juyong.services.kms.secrets.rotation.begin import INVALID, schedule
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.secret import SECRET
from juyong.services.kms.secrets.tables import SecretRow

SUCCESS, FAILURE = "Secret:RotateSecret:Success", "Secret:RotateSecret:Failure"


class RotationFailed(ApiError):
    """A step of a rotation failed; the text says why and holds no secret."""

    code, status, text = "Rejected.RotationFailed", 400, "{reason}"


def succeeded(ctx: Context, row: SecretRow, rotation: RotationRow) -> None:
    """Note that a secret has a new current version; its schedule starts anew."""
    row = ctx.tx.update(
        row,
        updated_at=ctx.now,
        last_rotation_at=ctx.now,
        **schedule(row.rotation_seconds, ctx.now, ctx.now),
    )
    ctx.tx.delete(rotation)
    _tell(ctx, row, SUCCESS, {"successTime": iso(ctx.now)}, None)


def failed(ctx: Context, row: SecretRow, error: ApiError) -> None:
    """Note that a rotation is given up or stuck; automatic rotation is then Invalid."""
    if row.rotation_seconds:
        row = ctx.tx.update(
            row, updated_at=ctx.now, automatic_rotation=INVALID, next_rotation_at=None
        )
    info = {"errorCode": error.code, "errorMessage": error.message}
    extra = {"failureTime": iso(ctx.now), "failureInfo": msgspec.json.encode(info).decode()}
    _tell(ctx, row, FAILURE, extra, error)


def _tell(
    ctx: Context, row: SecretRow, name: str, extra: dict[str, str], error: ApiError | None
) -> None:
    SECRET.note(ctx.tx, ctx.journal, "updated", row)
    config = row.configured
    ctx.journal.extra.update(
        {
            "secretName": row.name,
            "secretType": row.secret_type,
            "secretSubType": config.secret_sub_type if config else "",
            "RotationEntityArn": row.arn,
            "rotationStatus": "Failure" if error else "Success",
            **extra,
        }
    )
    tell(ctx, name, error)
    emit(
        ctx.tx,
        ctx.account_id,
        product="KMS",
        name=name,
        level="CRITICAL" if error else "INFO",
        status=ctx.journal.extra["rotationStatus"],
        content=dict(ctx.journal.extra),
        resource_id=row.arn,
        region=ctx.region,
        now=ctx.now,
    )
