"""UpdateSecretVersionStage."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.services.kms.errors import LimitExceeded, NoResource, RejectedOperation
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.config import GENERIC
from juyong.services.kms.secrets.find import (
    InDeleteWindow,
    find_live_secret,
    one_secret,
    secret_policy,
)
from juyong.services.kms.secrets.names import RESOURCE, SecretName, Stage, VersionId
from juyong.services.kms.secrets.shapes import Named, state_of
from juyong.services.kms.secrets.stages import MismatchedStage, move
from juyong.services.kms.secrets.versions import board_of, keep_board, limits
from juyong.services.kms.tagging import resource_tags


@operation(
    KMS,
    "UpdateSecretVersionStage",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(NoResource, InDeleteWindow, RejectedOperation, MismatchedStage, LimitExceeded),
)
def update_secret_version_stage(
    ctx: Context,
    *,
    secret_name: SecretName,
    version_stage: Stage,
    move_to_version: VersionId | None = None,
    remove_from_version: VersionId | None = None,
) -> Named:
    """Move a stage of a generic secret to another version, or take a custom one off.

    Args:
        version_stage: `ACSCurrent`, `ACSPrevious` or a custom stage. Moving `ACSCurrent` makes the
            former current version `ACSPrevious`.
        move_to_version: Where it goes; the stages of the system are always somewhere.
        remove_from_version: Where it sits; needed when it sits elsewhere.

    Returns:
        The secret's name.

    Source: KMS API reference, UpdateSecretVersionStage (documented).
    """
    row = find_live_secret(ctx, secret_name)
    if row.secret_type != GENERIC:
        raise RejectedOperation
    board = board_of(ctx, row)
    after = move(
        board, version_stage, to=move_to_version, off=remove_from_version, limits=limits(ctx)
    )
    if after != board:
        keep_board(ctx, row, board, after)
        row = ctx.tx.update(row, updated_at=ctx.now)
        ctx.journal.record(
            "updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id
        )
    return Named(secret_name=row.name)
