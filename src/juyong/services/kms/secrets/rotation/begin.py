"""Begin a rotation: the row that everything after it finds."""

from juyong.api.context import Context
from juyong.services.kms.errors import RejectedOperation
from juyong.services.kms.secrets.config import CustomConfig, EcsConfig, config_of
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.tables import SecretRow
from juyong.store.queue import put

ROTATE = "kms.rotate-secret"
"""The job that carries rotations out; its items have the ids of secrets."""
PREPARE = "prepare"


class NotRotatable(RejectedOperation):
    """Nothing here can change what the secret is about."""

    text = "juyong does not rotate this secret: {reason}"


def refuse_unrotatable(row: SecretRow) -> None:
    """Refuse a secret that nothing rotates.

    Raises:
        NotRotatable: a plain generic secret, or a server's, whose host cannot be reached.
    """
    match config_of(row.secret_type, row.config):
        case None:
            raise NotRotatable(reason="a generic secret needs a function that rotates it")
        case EcsConfig():
            raise NotRotatable(reason="no agent reaches the server")


def begin(ctx: Context, row: SecretRow, version_id: str, *, automatic: bool) -> RotationRow:
    """Store that a secret is to be rotated; a worker does it.

    Raises:
        NotRotatable: see refuse_unrotatable.
    """
    refuse_unrotatable(row)
    rotation = RotationRow(
        secret_id=row.secret_id,
        account_id=row.account_id,
        version_id=version_id,
        step=first_step(row),
        automatic=automatic,
        request_id=ctx.request_id,
        started_at=ctx.now,
    )
    ctx.tx.insert(rotation)
    put(ctx.tx, ROTATE, row.secret_id, now=ctx.now)
    return rotation


def first_step(row: SecretRow) -> str:
    """Return where a rotation of this secret starts."""
    is_custom = isinstance(config_of(row.secret_type, row.config), CustomConfig)
    return "create" if is_custom else PREPARE
