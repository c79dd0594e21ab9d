"""GetSecretValue and BatchGetSecretValue."""

from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.kms.errors import NoResource
from juyong.services.kms.product import KMS, NO_RECIPIENT
from juyong.services.kms.secrets.config import GENERIC
from juyong.services.kms.secrets.sealing import SECRETS_KEY, open_value
from juyong.services.kms.secrets.secret import (
    SECRET,
    VALUED,
    SecretBase,
    Stage,
    Stages,
    VersionId,
    find_live_secret,
    opens_with_own_key,
    own_key_needs,
)
from juyong.services.kms.secrets.stages import CURRENT
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.secrets.versions import stages_at, version_named
from juyong.services.kms.shown import LastRotation
from juyong.services.kms.tagging import need

_MOST = 20
_ACTION = "kms:GetSecretValue"
FetchConfig = Annotated[bool, Doc("Also answer the extended configuration.")]


class SecretValue(SecretBase, frozen=True, kw_only=True):
    """One version of a secret with its value."""

    version_id: str
    version_stages: Stages
    secret_data: Secret
    secret_data_type: str
    create_time: str
    last_rotation_date: LastRotation = msgspec.UNSET


class WantedSecret(Shape, frozen=True, kw_only=True):
    """One secret of a batch."""

    secret_name: str
    version_id: str | None = None
    version_stage: str | None = None
    fetch_extended_config: bool = False


class FailedSecret(Shape, frozen=True, kw_only=True):
    """One secret of a batch that is not answered, and why."""

    secret_name: str
    code: str
    message: str
    http_status: Annotated[int, Of("status")]


class BatchAnswer(Shape, frozen=True, kw_only=True):
    """The secrets that could be read, and the errors of the others."""

    secret_values: list[SecretValue]
    errors: list[FailedSecret]


@operation(
    KMS,
    "GetSecretValue",
    on=VALUED,
    also=opens_with_own_key,
    unsupported=NO_RECIPIENT,
    raises=SECRETS_KEY,
    reads_only=True,
)
def get_secret_value(
    ctx: Context,
    secret: SecretRow,
    *,
    version_stage: Stage | None = None,
    version_id: VersionId | None = None,
    fetch_extended_config: FetchConfig = False,
) -> SecretValue:
    """Return a version of a secret with its value, and how the secret is rotated.

    Assumed: that a stage and a version must agree, and the answer within a deletion window.
    """
    return read_value(
        ctx, secret, version_stage, version_id, fetch_extended_config=fetch_extended_config
    )


def _each(ctx: Context, arguments: Arguments) -> dict[str, tuple[Also, ...]]:
    """Name kms:GetSecretValue on each secret, and kms:Decrypt on its key where it has its own."""
    return {
        str(at): (
            need(ctx, _ACTION, SECRET, wanted.secret_name),
            *own_key_needs(ctx, "kms:Decrypt", wanted.secret_name),
        )
        for at, wanted in enumerate(arguments["secrets_list"])
    }


@operation(KMS, "BatchGetSecretValue", effect="Read", action=_ACTION, parts=_each, reads_only=True)
def batch_get_secret_value(
    ctx: Context, *, secrets_list: Annotated[list[WantedSecret], Items(1, _MOST)]
) -> BatchAnswer:
    """Return values of several secrets, and for each that cannot be read the error.

    Args:
        secrets_list: JSON, 1 to 20 of SecretName, VersionId, VersionStage and FetchExtendedConfig.

    Source: official SDK (observed). Assumed: each secret needs what GetSecretValue needs, so that
        no policy about that is got round; a call of which every secret is denied is denied.
    """
    values, errors = [], []
    for at, wanted in enumerate(secrets_list):
        try:
            denied = ctx.denied.get(str(at))
            if denied is not None:
                raise denied
            row = find_live_secret(ctx, wanted.secret_name)
            values.append(
                read_value(
                    ctx,
                    row,
                    wanted.version_stage,
                    wanted.version_id,
                    fetch_extended_config=wanted.fetch_extended_config,
                )
            )
        except ApiError as error:
            spelled = KMS.dialect.spelled(error)
            errors.append(FailedSecret.of(spelled, secret_name=wanted.secret_name))
    return BatchAnswer(secret_values=values, errors=errors)


def read_value(
    ctx: Context,
    row: SecretRow,
    stage: str | None,
    version_id: str | None,
    *,
    fetch_extended_config: bool,
) -> SecretValue:
    """Return a secret's version with its value; raises NoResource, or as SECRETS_KEY."""
    version = _version(ctx, row, stage, version_id)
    stages = stages_at(ctx, row).items()
    sits_on = sorted(name for name, at in stages if at == version.version_id)
    config = row.extended_config if fetch_extended_config else None
    return SecretValue.of(
        row,
        version_id=version.version_id,
        version_stages=sits_on,
        secret_data=open_value(ctx, row, version),
        secret_data_type=version.data_type,
        create_time=iso(version.created_at),
        extended_config=config or msgspec.UNSET,
    )


def _version(
    ctx: Context, row: SecretRow, stage: str | None, version_id: str | None
) -> SecretVersionRow:
    if row.secret_type != GENERIC:
        # The versions of managed secrets are the service's to choose (documented).
        version_id = None
    if version_id is None or stage is not None:
        at = stages_at(ctx, row).get(stage or CURRENT)
        if at is None or version_id not in (None, at):
            raise NoResource
        version_id = at
    version = version_named(ctx, row, version_id)
    if version is None:
        raise NoResource
    return version
