"""The types of secrets: rules for name, configuration and first value.

Source: KMS API reference, CreateSecret (documented). Assumed: that the AccessKeys of a RAM secret
must be all keys of the user with the right secrets, and that a database must be registered.
"""

from juyong.api.context import Context
from juyong.base.secret import Secret
from juyong.services.identity.facade import NoUser, keys_of, owner_of_user, user_named
from juyong.services.kms.errors import InvalidParameter, NoResource
from juyong.services.kms.secrets.config import ECS, GENERIC, Config, EcsConfig, RamConfig, RdsConfig
from juyong.services.kms.secrets.rotation.database import REGISTERED
from juyong.services.kms.secrets.rotation.role import require_role
from juyong.services.kms.secrets.values import check_login, read_access_keys, read_accounts

AUTO = "$Auto"
_RESERVED = "acs/"
_OF_USER = "acs/ram/user/"
_OF_SERVER = "acs/ecs/"


def checked_name(secret_type: str, config: Config | None, name: str) -> str:
    """Return the name a new secret gets; raises InvalidParameter."""
    if isinstance(config, RamConfig):
        own = _OF_USER + config.user_name
        fits, name = name in (AUTO, own), own
    elif secret_type == ECS:
        fits = name.startswith(_OF_SERVER) and "$" not in name
    else:
        fits = not name.startswith(_RESERVED) and "$" not in name
    if not fits:
        raise InvalidParameter(name="SecretName")
    return name


def start(ctx: Context, secret_type: str, config: Config | None, data: Secret) -> list[Secret]:
    """Return the value a new secret starts with, and the one before it where one is given.

    Raises InvalidParameter (the value is none of the type, or not of the user); NoResource (there
    is no such database or RAM user); NoRole.
    """
    match config:
        case RdsConfig():
            return _accounts(ctx, config, data)
        case RamConfig():
            return _access_keys(ctx, config, data)
        case EcsConfig():
            check_login(config, data)
    if not data and secret_type == GENERIC:
        raise InvalidParameter(name="SecretData")
    return [data]


def _accounts(ctx: Context, config: RdsConfig, data: Secret) -> list[Secret]:
    accounts = read_accounts(config, data)
    target = REGISTERED.find_instance(ctx.tx, ctx.account_id, ctx.region, config.db_instance_id)
    if target is None:
        raise NoResource
    return [account.value() for account in accounts]


def _access_keys(ctx: Context, config: RamConfig, data: Secret) -> list[Secret]:
    given = read_access_keys(data)
    try:
        user = user_named(ctx.tx, ctx.account_id, config.user_name)
    except NoUser:
        raise NoResource from None
    held = {key.access_key_id: key.secret for key in keys_of(ctx, owner_of_user(user))}
    if {str(name) for name in held} != {key.access_key_id for key in given} or not all(
        held[key.access_key_id].same_as(key.access_key_secret)  # type: ignore[index]
        for key in given
    ):
        raise InvalidParameter(name="SecretData")
    require_role(ctx, user.user_name)
    return [key.value(ctx.now) for key in given]
