"""CreateSecret."""

import hashlib
from typing import Annotated

import msgspec

from juyong.api.access import Also, acs
from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported
from juyong.api.fields import OneOf, Text
from juyong.api.operation import operation
from juyong.base.ids import new_uuid
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import Family, spec_of
from juyong.services.kms.errors import (
    InvalidParameter,
    NoAlias,
    NoKey,
    NoResource,
    UnsupportedOperation,
)
from juyong.services.kms.instances import DkmsInstanceId, find_instance
from juyong.services.kms.intervals import seconds_between
from juyong.services.kms.keys.key import KeyName, find_usable_key
from juyong.services.kms.keys.policy import PolicyText, checked_policy
from juyong.services.kms.keys.service_key import ServiceKey
from juyong.services.kms.product import KMS, Description
from juyong.services.kms.secrets.config import (
    DOUBLE,
    ECS,
    GENERIC,
    MANAGED,
    NOT_SERVED,
    Config,
    CustomConfig,
    RdsConfig,
    read_config,
    stored_config,
    stored_pairs,
)
from juyong.services.kms.secrets.deletion import erase
from juyong.services.kms.secrets.rotation.begin import ROTATION, Interval, schedule
from juyong.services.kms.secrets.rotation.role import NoRole
from juyong.services.kms.secrets.secret import (
    NAME_CHARS,
    SECRET,
    InDeleteWindow,
    SecretBase,
    SecretExists,
    sealing_need,
)
from juyong.services.kms.secrets.stages import CURRENT, PREVIOUS, Board
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.secrets.types import checked_name, start
from juyong.services.kms.secrets.versions import (
    TEXT,
    DataType,
    NewVersionId,
    SecretData,
    check_size,
    keep_board,
    keep_version,
)
from juyong.services.kms.shown import OwnInstance
from juyong.services.kms.tagging import TagsText, parse_tags

_ID_CHARS = 32
SERVICE_KEY = ServiceKey(
    alias="alias/acs/secretsmanager",
    service="SecretsManager",
    purpose="Seals the secrets that name no key of their own.",
)


class CreateSecretAnswer(SecretBase, frozen=True, kw_only=True):
    """The secret as made."""

    version_id: str
    arn: str
    dkms_instance_id: OwnInstance = msgspec.UNSET


def _also(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name kms:GenerateDataKey on the key given, and the permissions for the later rotation.

    That is fc:InvokeFunction on the function named, or rds:ResetAccountPassword and, where a second
    account may have to be made, rds:CreateAccount on the instance.
    """
    needs: list[Also] = []
    if arguments["encryption_key_id"]:
        needs.append(sealing_need(ctx, arguments["encryption_key_id"]))
    match _config(arguments):
        case CustomConfig(rotation_function=function):
            needs.append(Also(action="fc:InvokeFunction", resource=function))
        case RdsConfig(secret_sub_type=sub_type, db_instance_id=instance_id):
            # SECURITY: without it, a secret would be a way to any account's password.
            arn = f"acs:rds:{ctx.region}:{ctx.account_id}:dbinstance/{instance_id}"
            needs.append(Also(action="rds:ResetAccountPassword", resource=arn))
            if sub_type == DOUBLE:
                needs.append(Also(action="rds:CreateAccount", resource=arn))
    return tuple(needs)


def _config(arguments: Arguments) -> Config | None:
    """Read the configuration; one that is refused later asks for nothing."""
    if arguments["secret_type"] in NOT_SERVED:
        return None
    try:
        return read_config(arguments["secret_type"], arguments["extended_config"])
    except InvalidParameter:
        return None


@operation(
    KMS,
    "CreateSecret",
    on=SECRET.new,
    resource=acs("kms", "secret", regional=True),
    also=_also,
    raises=(UnsupportedOperation, NotSupported, NoAlias, NoResource, NoRole, InDeleteWindow),
)
def create_secret(
    ctx: Context,
    *,
    secret_name: Annotated[str, Text(1, 192, chars=NAME_CHARS + "$")],
    version_id: NewVersionId,
    secret_data: SecretData,
    secret_data_type: DataType = TEXT,
    secret_type: Annotated[str, OneOf((GENERIC, *MANAGED, *NOT_SERVED))] = GENERIC,
    encryption_key_id: KeyName | None = None,
    extended_config: Annotated[str, Text(1, 1024)] | None = None,
    enable_automatic_rotation: bool = False,
    rotation_interval: Interval | None = None,
    description: Description = "",
    tags: TagsText | None = None,
    dkms_instance_id: DkmsInstanceId | None = None,
    policy: PolicyText | None = None,
) -> CreateSecretAnswer:
    """Make a secret with its first version, which is current.

    Args:
        secret_name: Not under `acs/`, except for servers under `acs/ecs/`. For the AccessKeys of a
            RAM user `$Auto`, which is `acs/ram/user/<user>`.
        secret_type: `Redis` and `PolarDB` are not served.
        encryption_key_id: An Enabled symmetric key of the same region and instance; without it the
            account's service key seals the secret.
        extended_config: JSON: what a managed secret manages. For a generic one
            `{"SecretSubType":"Custom","RotationFunction":"acs:fc:…"}` names the function that
            rotates it.
        enable_automatic_rotation: Rotate every rotation_interval; not servers' secrets, and generic
            ones only by a function.
        dkms_instance_id: The instance it belongs to; it then needs a key of that instance.
        policy: Its own policy, of a secret of an instance only; else it gets the default one.

    Assumed: the quota, and that the caller must be allowed what rotation will do at the database.
    """
    if secret_type in NOT_SERVED:
        raise NotSupported(name=f"SecretType {secret_type}", reason=NOT_SERVED[secret_type])
    config = read_config(secret_type, extended_config)
    check_size(secret_data)
    if secret_data_type != TEXT and secret_type in MANAGED:
        raise InvalidParameter(name="SecretDataType")
    seconds = None
    if enable_automatic_rotation:
        if secret_type == ECS or config is None:
            raise UnsupportedOperation
        seconds = seconds_between(rotation_interval, *ROTATION)
    wanted = parse_tags(tags)
    checked_policy(policy, dkms_instance_id)
    name = checked_name(secret_type, config, secret_name)
    _refuse_taken(ctx, name)
    values = start(ctx, secret_type, config, secret_data)
    key_id, instance_id = _sealer(ctx, encryption_key_id, dkms_instance_id)
    row = SECRET.create(
        ctx,
        wanted,
        secret_id=new_uuid(),
        name=name,
        secret_type=secret_type,
        description=description,
        config=stored_config(config),
        custom_data=stored_pairs(config.custom_data) if config else "",
        key_id=key_id,
        own_key=encryption_key_id is not None,
        instance_id=instance_id,
        policy=policy,
        **schedule(seconds, ctx.now, ctx.now),
    )
    _keep(ctx, row, version_id, secret_data_type, *values)
    return CreateSecretAnswer.of(row, version_id=version_id)


def _refuse_taken(ctx: Context, name: str) -> None:
    held = ctx.tx.find_one(SecretRow, account_id=ctx.account_id, region=ctx.region, name=name)
    if held is not None:
        if held.delete_at is None:
            raise SecretExists
        if held.delete_at > ctx.now:
            raise InDeleteWindow
        erase(ctx, held)


def _sealer(ctx: Context, key_name: str | None, instance_id: str | None) -> tuple[str, str | None]:
    """Return the ids of the key that seals a new secret, and of the instance of both."""
    instance = find_instance(ctx, instance_id) if instance_id else None
    wanted = instance.instance_id if instance else None
    if key_name is None:
        if wanted is not None:
            raise InvalidParameter(name="EncryptionKeyId")
        return SERVICE_KEY.key_id(ctx), None
    key = find_usable_key(ctx, key_name)
    if key.account_id != ctx.account_id or key.region != ctx.region:
        raise NoKey
    if spec_of(key.spec).family is not Family.SYMMETRIC or key.instance_id != wanted:
        raise UnsupportedOperation
    return key.key_id, wanted


def _keep(
    ctx: Context, row: SecretRow, version_id: str, data_type: str, current: Secret, *older: Secret
) -> None:
    board = Board((version_id,), {CURRENT: version_id})
    for value in older:
        # The same when the call runs again, since it names the work outside.
        former = hashlib.sha256(f"before {version_id}".encode()).hexdigest()[:_ID_CHARS]
        keep_version(ctx, row, former, data_type, value)
        board = Board((former, version_id), {CURRENT: version_id, PREVIOUS: former})
    keep_version(ctx, row, version_id, data_type, current)
    keep_board(ctx, row, Board((), {}), board)
