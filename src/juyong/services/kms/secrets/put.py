"""PutSecretValue."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Items
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.secret import Secret
from juyong.services.kms.errors import (
    InvalidParameter,
    LimitExceeded,
    NoResource,
    RejectedOperation,
)
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.config import GENERIC
from juyong.services.kms.secrets.create import TEXT, DataType, SecretExists, check_size
from juyong.services.kms.secrets.find import (
    InDeleteWindow,
    find_live_secret,
    one_secret,
    seals_with_own_key,
    secret_policy,
)
from juyong.services.kms.secrets.names import RESOURCE, SecretName, VersionId, is_stage
from juyong.services.kms.secrets.sealing import SEALING, open_value
from juyong.services.kms.secrets.shapes import StageList, state_of
from juyong.services.kms.secrets.stages import CURRENT, PREVIOUS, put
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.secrets.versions import board_of, keep_board, keep_version, limits
from juyong.services.kms.tagging import resource_tags

MOST_STAGES = 8


class PutSecretValueAnswer(Shape, frozen=True, kw_only=True):
    """The version and all its stages."""

    secret_name: str
    version_id: str
    version_stages: StageList


@operation(
    KMS,
    "PutSecretValue",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    also=seals_with_own_key,
    raises=(
        InvalidParameter,
        NoResource,
        InDeleteWindow,
        RejectedOperation,
        SecretExists,
        LimitExceeded,
        *SEALING,
    ),
)
def put_secret_value(
    ctx: Context,
    *,
    secret_name: SecretName,
    version_id: VersionId,
    secret_data: Secret,
    secret_data_type: DataType = TEXT,
    version_stages: Annotated[list[str], Items(1, MOST_STAGES)] | None = None,
) -> PutSecretValueAnswer:
    """Store another version of a generic secret; the same one again is no error.

    Args:
        version_id: Of the new version; written once.
        secret_data: The value, up to 30720 bytes.
        secret_data_type: `text` or `binary`.
        version_stages: JSON; without it `ACSCurrent`. A new current version makes the former one
            `ACSPrevious`; other stages move from wherever they are. Of a version that is there
            already, only stages that are given are moved to it.

    Returns:
        The version and all its stages.

    Source: KMS API reference, PutSecretValue (documented); what a repetition does to stages
        (observed: the Terraform provider relies on it).
    """
    check_size(secret_data)
    stages = _stages(version_stages)
    row = find_live_secret(ctx, secret_name)
    if row.secret_type != GENERIC:
        raise RejectedOperation
    board = board_of(ctx, row)
    held = ctx.tx.get(SecretVersionRow, row.secret_id, version_id)
    if held is None:
        after = put(board, version_id, stages or (CURRENT,), limits(ctx))
        keep_version(ctx, row, version_id, secret_data_type, secret_data)
    else:
        _refuse_other(ctx, row, held, secret_data_type, secret_data)
        after = put(board, version_id, stages, limits(ctx))
    if held is None or after != board:
        keep_board(ctx, row, board, after)
        row = ctx.tx.update(row, updated_at=ctx.now)
        ctx.journal.record(
            "updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id
        )
    return PutSecretValueAnswer(
        secret_name=row.name,
        version_id=version_id,
        version_stages=StageList(version_stage=after.stages_of(version_id)),
    )


def _stages(given: list[str] | None) -> tuple[str, ...]:
    stages = tuple(dict.fromkeys(given or ()))
    if PREVIOUS in stages or not all(is_stage(stage) for stage in stages):
        raise InvalidParameter(name="VersionStages")
    return stages


def _refuse_other(
    ctx: Context, row: SecretRow, held: SecretVersionRow, data_type: str, value: Secret
) -> None:
    same = held.data_type == data_type and open_value(ctx, row, held).same_as(value)
    if held.pending or not same:
        raise SecretExists
