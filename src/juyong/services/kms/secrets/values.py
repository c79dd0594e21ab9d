"""The values of managed secrets, as CreateSecret takes them and as versions hold them.

What reads a value that a caller sends raises InvalidParameter: no such JSON, or one name twice.
Source: KMS API reference, CreateSecret, SecretData, and GetSecretValue (documented).
"""

from typing import Any, TypeVar

import msgspec

from juyong.api.shape import Shape, to_wire
from juyong.base.clock import Instant, iso
from juyong.base.secret import Secret
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.secrets.config import SINGLE, SSH_KEY, EcsConfig, RdsConfig

T = TypeVar("T")
_MOST = 2
_LONGEST_NAME = 256


class _Value(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Account(_Value, frozen=True, kw_only=True):
    """A database account; its JSON is the value of a version."""

    account_name: str
    account_password: Secret

    def value(self) -> Secret:
        """Return the value of a version."""
        return Secret(to_wire(self).decode())


class AccessKey(_Value, frozen=True, kw_only=True):
    """An AccessKey as CreateSecret takes it."""

    access_key_id: str
    access_key_secret: Secret

    def value(self, at: Instant) -> Secret:
        """Return the value of a version for a key that came in, or was made, at an instant."""
        return Secret(to_wire(_ShownKey.of(self, generate_timestamp=iso(at))).decode())


class _ShownKey(AccessKey, frozen=True, kw_only=True):
    generate_timestamp: str


class _Accounts(_Value, frozen=True, kw_only=True):
    accounts: list[Account]


class _AccessKeys(_Value, frozen=True, kw_only=True):
    access_keys: list[AccessKey]


class _Login(_Value, frozen=True, kw_only=True):
    user_name: str
    password: Secret


class _KeyLogin(_Value, frozen=True, kw_only=True):
    user_name: str
    public_key: str
    private_key: Secret


def read_accounts(config: RdsConfig, data: Secret) -> list[Account]:
    """Read the accounts a database secret starts with, the current first."""
    accounts = _read(data, _Accounts).accounts
    _check_names([a.account_name for a in accounts], [a.account_password for a in accounts])
    if len(accounts) > 1 and config.secret_sub_type == SINGLE:
        raise InvalidParameter(name="SecretData")
    return accounts


def read_access_keys(data: Secret) -> list[AccessKey]:
    """Read the AccessKeys a RAM secret starts with, the current first."""
    keys = _read(data, _AccessKeys).access_keys
    _check_names([k.access_key_id for k in keys], [k.access_key_secret for k in keys])
    return keys


def check_login(config: EcsConfig, data: Secret) -> None:
    """Check the value of a server's secret."""
    if config.secret_sub_type == SSH_KEY:
        keys = _read(data, _KeyLogin)
        _check_names([keys.user_name], [keys.private_key, Secret(keys.public_key)])
    else:
        login = _read(data, _Login)
        _check_names([login.user_name], [login.password])


def account_of(value: Secret) -> Account:
    """Read the value of a version of a database secret."""
    return msgspec.json.decode(value.reveal(), type=Account, dec_hook=_conceal)


def access_key_of(value: Secret) -> AccessKey:
    """Read the value of a version of a RAM secret."""
    return msgspec.json.decode(value.reveal(), type=_ShownKey, dec_hook=_conceal)


def _read(data: Secret, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data.reveal(), type=kind, dec_hook=_conceal)
    except (ValueError, RecursionError):
        # SECURITY: the cause is left out, since it could quote the request.
        raise InvalidParameter(name="SecretData") from None


def _check_names(names: list[str], secrets: list[Secret]) -> None:
    known = len(set(names)) == len(names) and 0 < len(names) <= _MOST
    sound = all(0 < len(name) <= _LONGEST_NAME and name.isprintable() for name in names)
    if not known or not sound or not all(secrets):
        raise InvalidParameter(name="SecretData")


def _conceal(kind: type[Any], value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(kind.__name__)
