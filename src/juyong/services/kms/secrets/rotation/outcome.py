"""How a rotation ended: the secret's schedule, and the event.

Source: KMS, "Events of Secrets Manager" (documented): names and content of the two events, which
CloudMonitor delivers; that the audit record holds them too (assumed).
"""

import msgspec

from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import Instant, iso
from juyong.services.actiontrail.facade import ServiceAction, record_service_action
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.config import stored_sub_type
from juyong.services.kms.secrets.find import arn_of
from juyong.services.kms.secrets.names import RESOURCE
from juyong.services.kms.secrets.rotation.intervals import ENABLED, INVALID, next_rotation
from juyong.services.kms.secrets.rotation.role import SERVICE
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.shapes import state_of
from juyong.services.kms.secrets.tables import SecretRow

SUCCESS, FAILURE = "Secret:RotateSecret:Success", "Secret:RotateSecret:Failure"


class RotationFailed(ApiError):
    """A step of a rotation did not go through; the text says why and holds no secret."""

    code, status, text = "Rejected.RotationFailed", 400, "{reason}"


def succeeded(ctx: Context, row: SecretRow, rotation: RotationRow) -> SecretRow:
    """Note that a secret has a new current version; its schedule starts anew."""
    row = ctx.tx.update(
        row,
        updated_at=ctx.now,
        last_rotation_at=ctx.now,
        automatic_rotation=ENABLED if row.rotation_seconds else row.automatic_rotation,
        next_rotation_at=_next(ctx, row),
    )
    ctx.tx.delete(rotation)
    _tell(ctx, row, SUCCESS, {"successTime": iso(ctx.now)}, None)
    return row


def failed(ctx: Context, row: SecretRow, error: ApiError) -> SecretRow:
    """Note that a rotation is given up or stuck; automatic rotation is then Invalid."""
    if row.rotation_seconds:
        row = ctx.tx.update(
            row, updated_at=ctx.now, automatic_rotation=INVALID, next_rotation_at=None
        )
    info = {"errorCode": error.code, "errorMessage": error.message}
    extra = {"failureTime": iso(ctx.now), "failureInfo": msgspec.json.encode(info).decode()}
    _tell(ctx, row, FAILURE, extra, error)
    return row


def _next(ctx: Context, row: SecretRow) -> Instant | None:
    return next_rotation(ctx.now, row.rotation_seconds, ctx.now) if row.rotation_seconds else None


def _tell(
    ctx: Context, row: SecretRow, name: str, extra: dict[str, str], error: ApiError | None
) -> None:
    ctx.journal.record("updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
    ctx.journal.extra.update(
        {
            "secretName": row.name,
            "secretType": row.secret_type,
            "secretSubType": stored_sub_type(row.config),
            "RotationEntityArn": arn_of(row),
            "rotationStatus": "Failure" if error else "Success",
            **extra,
        }
    )
    record_service_action(
        ctx.tx,
        ctx.platform,
        ServiceAction(
            service=Service(account_id=row.account_id, name=SERVICE),
            product=KMS,
            name=name,
            region=row.region,
            journal=ctx.journal,
            at=ctx.now,
            error=error,
        ),
    )
