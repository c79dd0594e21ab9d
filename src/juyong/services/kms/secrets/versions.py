"""The versions and stages of a secret: as rows, and the operations on them."""

import re
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Items, OneOf, Raises
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Shape
from juyong.api.wrapping import Listing
from juyong.base.secret import Secret
from juyong.services.kms.errors import InvalidParameter, LimitExceeded, RejectedOperation
from juyong.services.kms.product import KMS
from juyong.services.kms.secrets import stages as rules
from juyong.services.kms.secrets.config import GENERIC
from juyong.services.kms.secrets.sealing import SECRETS_KEY, open_value, seal
from juyong.services.kms.secrets.secret import (
    ANY_SECRET,
    LIVE_SECRET,
    NAME_CHARS,
    SecretExists,
    Stage,
    Stages,
    VersionId,
    change_secret,
    seals_with_own_key,
)
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow, StageRow

MOST_STAGES = 8
TEXT, BINARY = "text", "binary"
MOST_BYTES = 30_720
_STAGE = re.compile(f"[{NAME_CHARS}]{{1,64}}")
DataType = Annotated[
    str, OneOf((TEXT, BINARY)), Doc("`binary` is kept as it is sent; managed secrets are text.")
]
NewVersionId = Annotated[VersionId, Doc("Of the new version; written once.")]
SecretData = Annotated[
    Secret,
    Raises((InvalidParameter, *SECRETS_KEY)),
    Doc("The value, up to 30720 bytes; of managed secrets JSON."),
]


class StagedVersion(Shape, frozen=True, kw_only=True):
    """A version and all its stages."""

    version_id: str
    version_stages: Stages


class PutSecretValueAnswer(StagedVersion, frozen=True, kw_only=True):
    """A version, with the name of the secret."""

    secret_name: str


class ListedVersion(StagedVersion, frozen=True, kw_only=True):
    """A version without its value."""

    create_time: CreateDate


class VersionsPage(NumberedPage, frozen=True, kw_only=True):
    """A page of versions, with the name of the secret."""

    secret_name: str


def check_size(value: Secret) -> None:
    """Refuse a value of more than 30720 bytes; raises InvalidParameter."""
    if len(value.reveal().encode()) > MOST_BYTES:
        raise InvalidParameter(name="SecretData")


@operation(
    KMS,
    "PutSecretValue",
    on=LIVE_SECRET,
    also=seals_with_own_key,
    raises=(RejectedOperation, SecretExists, LimitExceeded),
)
def put_secret_value(
    ctx: Context,
    secret: SecretRow,
    *,
    version_id: NewVersionId,
    secret_data: SecretData,
    secret_data_type: DataType = TEXT,
    version_stages: Annotated[list[str], Items(1, MOST_STAGES)] | None = None,
) -> PutSecretValueAnswer:
    """Store another version of a generic secret; the same one again is no error.

    Args:
        version_stages: JSON; without it `ACSCurrent`. A new current version makes the former one
            `ACSPrevious`; other stages move from wherever they are. Of a version that is there
            already, only stages that are given are moved to it.

    Source: KMS API reference, PutSecretValue (documented); the effect of a repetition on stages
    (observed: the Terraform provider relies on it).
    """
    check_size(secret_data)
    stages = tuple(dict.fromkeys(version_stages or ()))
    if rules.PREVIOUS in stages or not all(_STAGE.fullmatch(stage) for stage in stages):
        raise InvalidParameter(name="VersionStages")
    refuse_managed(secret)
    board = board_of(ctx, secret)
    held = ctx.tx.get(SecretVersionRow, secret.secret_id, version_id)
    if held is None:
        after = rules.put(board, version_id, stages or (rules.CURRENT,), limits(ctx))
        keep_version(ctx, secret, version_id, secret_data_type, secret_data)
    else:
        known = open_value(ctx, secret, held) if held.data_type == secret_data_type else None
        if held.pending or known is None or not known.same_as(secret_data):
            raise SecretExists
        after = rules.put(board, version_id, stages, limits(ctx))
    if held is None or after != board:
        keep_board(ctx, secret, board, after)
        change_secret(ctx, secret)
    return PutSecretValueAnswer(
        secret_name=secret.name,
        version_id=version_id,
        version_stages=after.stages_of(version_id),
    )


def refuse_managed(row: SecretRow) -> None:
    """Refuse a secret whose versions the service makes; raises RejectedOperation."""
    if row.secret_type != GENERIC:
        raise RejectedOperation


@operation(
    KMS,
    "UpdateSecretVersionStage",
    on=LIVE_SECRET,
    raises=(RejectedOperation, rules.MismatchedStage, LimitExceeded),
    answers="SecretName",
)
def update_secret_version_stage(
    ctx: Context,
    secret: SecretRow,
    *,
    version_stage: Stage,
    move_to_version: VersionId | None = None,
    remove_from_version: VersionId | None = None,
) -> str:
    """Move a stage of a generic secret to another version, or take a custom one off.

    Args:
        version_stage: `ACSCurrent`, `ACSPrevious` or a custom stage. Moving `ACSCurrent` makes the
            former current version `ACSPrevious`.
        move_to_version: Where it goes; the stages of the system are always somewhere.
        remove_from_version: Where it sits; needed when it sits elsewhere.
    """
    refuse_managed(secret)
    board, to, off = board_of(ctx, secret), move_to_version, remove_from_version
    after = rules.move(board, version_stage, to=to, off=off, limits=limits(ctx))
    if after != board:
        keep_board(ctx, secret, board, after)
        change_secret(ctx, secret)
    return secret.name


@operation(
    KMS,
    "ListSecretVersionIds",
    on=ANY_SECRET,
    answers="VersionIds.VersionId",
    reads_only=True,
    scans=True,
)
def list_secret_version_ids(
    ctx: Context,
    secret: SecretRow,
    *,
    include_deprecated: Annotated[bool, Doc("Also versions without any stage.")] = False,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[ListedVersion, VersionsPage]:
    """List the versions of a secret with their stages, newest first (assumed)."""
    board = board_of(ctx, secret)
    found = [
        ListedVersion.of(version, version_stages=stages)
        for version in reversed(versions_of(ctx, secret))
        if (stages := board.stages_of(version.version_id)) or include_deprecated
    ]
    shown = numbered(found, page_number, page_size)
    return Listing(shown.items, VersionsPage.of(shown.page, secret_name=secret.name))


# --- rows ---


def limits(ctx: Context) -> rules.Limits:
    """Return the quotas `kms.secret-versions` (10) and `kms.secret-stages` (8)."""
    return rules.Limits(
        versions=ctx.quota("kms.secret-versions"), stages=ctx.quota("kms.secret-stages")
    )


def versions_of(ctx: Context, row: SecretRow) -> list[SecretVersionRow]:
    """Return the published versions of a secret, oldest first."""
    found = ctx.tx.find(SecretVersionRow, order=("number",), secret_id=row.secret_id)
    return [version for version in found if not version.pending]


def version_named(ctx: Context, row: SecretRow, version_id: str) -> SecretVersionRow | None:
    """Return a published version of a secret by its id, or None."""
    version = ctx.tx.get(SecretVersionRow, row.secret_id, version_id)
    return version if version is not None and not version.pending else None


def value_at(ctx: Context, row: SecretRow, stage: str) -> Secret | None:
    """Return the value of the version that a stage sits on, or None; raises as open_value."""
    at = stages_at(ctx, row).get(stage)
    version = version_named(ctx, row, at) if at is not None else None
    return None if version is None else open_value(ctx, row, version)


def board_of(ctx: Context, row: SecretRow) -> rules.Board:
    """Return the versions and the stages of a secret."""
    return rules.Board(
        versions=tuple(version.version_id for version in versions_of(ctx, row)),
        stages=stages_at(ctx, row),
    )


def stages_at(ctx: Context, row: SecretRow) -> dict[str, str]:
    """Return the version that each stage sits on, by stage."""
    stages = ctx.tx.find(StageRow, order=("stage",), secret_id=row.secret_id)
    return {stage.stage: stage.version_id for stage in stages}


def keep_board(ctx: Context, row: SecretRow, before: rules.Board, after: rules.Board) -> None:
    """Store the changes from one board to another; keep_version adds versions."""
    for stage in ctx.tx.find(StageRow, secret_id=row.secret_id):
        version_id = after.stages.get(stage.stage)
        if version_id is None:
            ctx.tx.delete(stage)
        elif version_id != stage.version_id:
            ctx.tx.update(stage, version_id=version_id)
    for name, version_id in after.stages.items():
        if name not in before.stages:
            ctx.tx.insert(StageRow(secret_id=row.secret_id, stage=name, version_id=version_id))
    for version_id in set(before.versions) - set(after.versions):
        version = ctx.tx.get(SecretVersionRow, row.secret_id, version_id)
        if version is not None:
            ctx.tx.delete(version)


def keep_version(
    ctx: Context,
    row: SecretRow,
    version_id: str,
    data_type: str,
    value: Secret,
    *,
    pending: bool = False,
) -> None:
    """Seal a value and store it as a new version; raises as SECRETS_KEY, and Duplicate."""
    key_version_id, data_key, sealed = seal(ctx, row, version_id, data_type, value)
    known = ctx.tx.find(SecretVersionRow, secret_id=row.secret_id)
    ctx.tx.insert(
        SecretVersionRow(
            secret_id=row.secret_id,
            version_id=version_id,
            account_id=row.account_id,
            number=max((version.number for version in known), default=0) + 1,
            data_type=data_type,
            pending=pending,
            key_version_id=key_version_id,
            data_key=data_key,
            value=sealed,
            created_at=ctx.now,
        )
    )
