"""GetSecretValue and BatchGetSecretValue."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Items
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.kms.errors import NoResource
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.config import GENERIC
from juyong.services.kms.secrets.find import (
    InDeleteWindow,
    find_live_secret,
    key_needs,
    one_secret,
    opens_with_own_key,
    policy_of,
    row_of,
    secret_name_of,
    secret_policy,
)
from juyong.services.kms.secrets.names import SecretReference, Stage, VersionId, refer
from juyong.services.kms.secrets.sealing import SEALING, open_value
from juyong.services.kms.secrets.shapes import (
    SecretValue,
    StageList,
    config_field,
    rotation_fields,
)
from juyong.services.kms.secrets.stages import CURRENT
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.secrets.versions import stages_at, version_named
from juyong.services.kms.tagging import resource_tags

MOST_SECRETS = 20
_ACTION = "kms:GetSecretValue"
READING = (NoResource, InDeleteWindow, *SEALING)


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
    http_status: int


class BatchAnswer(Shape, frozen=True, kw_only=True):
    """What could be read, and what could not."""

    secret_values: list[SecretValue]
    errors: list[FailedSecret]


@operation(
    KMS,
    "GetSecretValue",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    also=opens_with_own_key,
    unsupported={"Recipient": "attestation of enclaves is not offered"},
    raises=READING,
    reads_only=True,
)
def get_secret_value(
    ctx: Context,
    *,
    secret_name: SecretReference,
    version_stage: Stage | None = None,
    version_id: VersionId | None = None,
    fetch_extended_config: bool = False,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> SecretValue:
    """Return a value of a secret.

    Args:
        fetch_extended_config: Also answer the extended configuration.
        dry_run: Only check.

    Returns:
        The version with its value, and how it is rotated.

    Source: KMS API reference, GetSecretValue (documented); that a stage and a version must agree,
        and the answer within a deletion window (assumed).
    """
    wanted = WantedSecret(
        secret_name=secret_name,
        version_id=version_id,
        version_stage=version_stage,
        fetch_extended_config=fetch_extended_config,
    )
    return _read(ctx, wanted)


def _each(ctx: Context, arguments: Arguments) -> dict[str, tuple[Also, ...]]:
    """Name kms:GetSecretValue on each secret, and kms:Decrypt on its key where it has its own."""
    return {
        str(at): (
            Also(
                action=_ACTION,
                resource=secret_name_of(ctx, wanted.secret_name),
                conditions=resource_tags(ctx, secret_name_of(ctx, wanted.secret_name)),
                policy=policy_of(row_of(ctx, refer(ctx, wanted.secret_name))),
            ),
            *key_needs(ctx, "kms:Decrypt", wanted.secret_name),
        )
        for at, wanted in enumerate(arguments["secrets_list"])
    }


@operation(KMS, "BatchGetSecretValue", effect="Read", action=_ACTION, parts=_each, reads_only=True)
def batch_get_secret_value(
    ctx: Context, *, secrets_list: Annotated[list[WantedSecret], Items(1, MOST_SECRETS)]
) -> BatchAnswer:
    """Return values of several secrets; those that cannot be read do not spoil the others.

    Args:
        secrets_list: JSON, 1 to 20 of SecretName, VersionId, VersionStage and FetchExtendedConfig.

    Returns:
        The values, and for each of the others the error GetSecretValue answers.

    Source: official SDK (observed). Assumed: each secret needs what GetSecretValue needs, so that
        no policy about that is got round; a call of which every secret is denied is denied.
    """
    values, errors = [], []
    for at, wanted in enumerate(secrets_list):
        try:
            denied = ctx.denied.get(str(at))
            if denied is not None:
                raise denied
            values.append(_read(ctx, wanted))
        except ApiError as error:
            spelled = KMS.dialect.spelled(error)
            errors.append(
                FailedSecret(
                    secret_name=wanted.secret_name,
                    code=spelled.code,
                    message=spelled.message,
                    http_status=spelled.status,
                )
            )
    return BatchAnswer(secret_values=values, errors=errors)


def _version(
    ctx: Context, row: SecretRow, wanted: WantedSecret, stages: Mapping[str, str]
) -> SecretVersionRow:
    # The versions of managed secrets are the service's to choose (documented).
    version_id = wanted.version_id if row.secret_type == GENERIC else None
    stage = wanted.version_stage
    if version_id is None or stage is not None:
        at = stages.get(stage or CURRENT)
        if at is None or version_id not in (None, at):
            raise NoResource
        version_id = at
    version = version_named(ctx, row, version_id)
    if version is None:
        raise NoResource
    return version


def _read(ctx: Context, wanted: WantedSecret) -> SecretValue:
    row = find_live_secret(ctx, wanted.secret_name)
    stages = stages_at(ctx, row)
    version = _version(ctx, row, wanted, stages)
    sits_on = sorted(stage for stage, at in stages.items() if at == version.version_id)
    return SecretValue(
        secret_name=row.name,
        secret_type=row.secret_type,
        version_id=version.version_id,
        version_stages=StageList(version_stage=sits_on),
        secret_data=open_value(ctx, row, version),
        secret_data_type=version.data_type,
        create_time=iso(version.created_at),
        extended_config=config_field(row) if wanted.fetch_extended_config else msgspec.UNSET,
        **rotation_fields(row),
    )
