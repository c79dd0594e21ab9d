"""The versions and stages of a secret as rows."""

from juyong.api.context import Context
from juyong.base.secret import Secret
from juyong.services.kms.secrets.sealing import seal
from juyong.services.kms.secrets.stages import Board, Limits
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow, StageRow

MOST_VERSIONS = 10
MOST_STAGES = 8


def limits(ctx: Context) -> Limits:
    """Return the quotas `kms.secret-versions` (10) and `kms.secret-stages` (8)."""
    return Limits(
        versions=ctx.quota("kms.secret-versions", MOST_VERSIONS),
        stages=ctx.quota("kms.secret-stages", MOST_STAGES),
    )


def versions_of(ctx: Context, row: SecretRow) -> list[SecretVersionRow]:
    """Return the published versions of a secret, oldest first."""
    found = ctx.tx.find(SecretVersionRow, order=("number",), secret_id=row.secret_id)
    return [version for version in found if not version.pending]


def version_named(ctx: Context, row: SecretRow, version_id: str) -> SecretVersionRow | None:
    """Return a published version of a secret by its id, or None."""
    version = ctx.tx.get(SecretVersionRow, row.secret_id, version_id)
    return version if version is not None and not version.pending else None


def board_of(ctx: Context, row: SecretRow) -> Board:
    """Return which versions there are and where the stages sit."""
    return Board(
        versions=tuple(version.version_id for version in versions_of(ctx, row)),
        stages=stages_at(ctx, row),
    )


def stages_at(ctx: Context, row: SecretRow) -> dict[str, str]:
    """Return the version that each stage sits on, by stage."""
    stages = ctx.tx.find(StageRow, order=("stage",), secret_id=row.secret_id)
    return {stage.stage: stage.version_id for stage in stages}


def keep_board(ctx: Context, row: SecretRow, before: Board, after: Board) -> None:
    """Store what changed from one board to another; versions are added by keep_version."""
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
        _erase_version(ctx, row, version_id)


def keep_version(
    ctx: Context,
    row: SecretRow,
    version_id: str,
    data_type: str,
    value: Secret,
    *,
    pending: bool = False,
) -> SecretVersionRow:
    """Seal a value and store it as a new version.

    Raises:
        NoKey, KeyDisabled, KeyPendingDeletion, KeyPendingImport, KeyUnavailable: as sealing.seal.
        Duplicate: the secret has such a version.
    """
    sealed = seal(ctx, row, version_id, data_type, value)
    known = ctx.tx.find(SecretVersionRow, secret_id=row.secret_id)
    version = SecretVersionRow(
        secret_id=row.secret_id,
        version_id=version_id,
        account_id=row.account_id,
        number=max((v.number for v in known), default=0) + 1,
        data_type=data_type,
        pending=pending,
        key_version_id=sealed.key_version_id,
        data_key=sealed.data_key,
        value=sealed.value,
        created_at=ctx.now,
    )
    ctx.tx.insert(version)
    return version


def erase_versions(ctx: Context, row: SecretRow) -> None:
    """Erase all values of a secret for good, with the data keys that open them."""
    for found in (
        *ctx.tx.find(StageRow, secret_id=row.secret_id),
        *ctx.tx.find(SecretVersionRow, secret_id=row.secret_id),
    ):
        ctx.tx.delete(found)


def _erase_version(ctx: Context, row: SecretRow, version_id: str) -> None:
    version = ctx.tx.get(SecretVersionRow, row.secret_id, version_id)
    if version is not None:
        ctx.tx.delete(version)
