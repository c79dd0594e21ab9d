"""Rotate an account of a database.

prepare: a new password is drawn, sealed and stored as a pending version. set: it is given to the
account, tried, and the version published. Every password is stored before it is set, and the
version that is current works until the new one does: with two accounts without a gap, with one
account except for the moment between both (documented: a brief outage).

Source: KMS, "Dynamic ApsaraDB RDS secrets" (documented); the account `<name>_clone`, which is made
when a secret of two accounts was given one (documented for Redis and PolarDB, assumed here).
"""

import string
from dataclasses import dataclass
from typing import Protocol

from juyong.api.context import Context
from juyong.base.ids import AccountId, new_password
from juyong.base.secret import Secret
from juyong.services.kms.secrets.config import SINGLE, RdsConfig
from juyong.services.kms.secrets.rotation.outcome import RotationFailed
from juyong.services.kms.secrets.sealing import open_value
from juyong.services.kms.secrets.stages import CURRENT, PREVIOUS
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.secrets.values import Account, account_of
from juyong.services.kms.secrets.versions import value_at
from juyong.services.rds import facade as rds
from juyong.services.rds.facade import Target, TargetFailure
from juyong.store.transaction import Transaction

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!#$%^&*()_+-=")
_LENGTH = 32
_CLONE = "_clone"


class Databases(Protocol):
    """The functions on databases that rotation needs, as the facade of the rds service offers them.

    All but `find_instance` wait for the network and may be repeated; each of those is bounded in
    time and raises TargetFailure only.
    """

    def find_instance(
        self, tx: Transaction, account_id: AccountId, region: str, instance_id: str
    ) -> Target | None:
        """Return where a registered instance is."""

    def has_account(self, target: Target, account_name: str) -> bool:
        """Tell whether the server has an account."""

    def set_password(self, target: Target, account_name: str, password: Secret) -> None:
        """Give an account a password."""

    def create_account(self, target: Target, account_name: str, password: Secret) -> object:
        """Make sure that an account exists and has this password."""

    def clone_privileges(self, target: Target, source: str, copy: str) -> None:
        """Give `copy` all privileges of `source`."""

    def can_log_in(self, target: Target, account_name: str, password: Secret) -> bool:
        """Try an account's password."""


REGISTERED: Databases = rds


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The work at the database.

    account: The account with its new password. source: The account whose privileges it gets; None
        if the account exists.
    """

    target: Target
    account: Account
    source: str | None


def new_account(ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig) -> Account:
    """Return the account that comes next, with a new password; raises RotationFailed."""
    current = _current(ctx, row).account_name
    if config.secret_sub_type == SINGLE:
        name = current
    elif (previous := value_at(ctx, row, PREVIOUS)) is not None:
        name = account_of(previous).account_name
    else:
        name = current + _CLONE
        _refuse_taken(ctx, databases, row, config, name)
    drawn = new_password(_LENGTH, _CLASSES, each=True)
    return Account(account_name=name, account_password=drawn)


def change_of(
    ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig, pending: SecretVersionRow
) -> Change:
    """Read the work at the database."""
    account = account_of(open_value(ctx, row, pending))
    current = _current(ctx, row)
    is_clone = config.secret_sub_type != SINGLE and value_at(ctx, row, PREVIOUS) is None
    return Change(
        target=_target(ctx, databases, row, config),
        account=account,
        source=current.account_name if is_clone else None,
    )


def apply(databases: Databases, change: Change) -> None:
    """Give the account its new password and try it; may be repeated; raises RotationFailed."""
    name, password = change.account.account_name, change.account.account_password
    try:
        if change.source is None:
            databases.set_password(change.target, name, password)
        else:
            databases.create_account(change.target, name, password)
            databases.clone_privileges(change.target, change.source, name)
        works = databases.can_log_in(change.target, name, password)
    except TargetFailure as failure:
        raise _failed(failure) from failure
    if not works:
        raise RotationFailed(reason=f"the account `{name}` does not log in with its new password")


def _target(ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig) -> Target:
    target = databases.find_instance(ctx.tx, row.account_id, row.region, config.db_instance_id)
    if target is None:
        raise RotationFailed(reason=f"there is no instance `{config.db_instance_id}`")
    return target


def _refuse_taken(
    ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig, name: str
) -> None:
    target = _target(ctx, databases, row, config)

    def is_taken() -> bool:
        try:
            return databases.has_account(target, name)
        except TargetFailure as failure:
            raise _failed(failure) from failure

    # SECURITY: an account of that name that juyong did not make must not get juyong's password.
    if ctx.outside(("is the account taken", config.db_instance_id, name), is_taken):
        raise RotationFailed(reason=f"there is an account `{name}` already")


def _current(ctx: Context, row: SecretRow) -> Account:
    value = value_at(ctx, row, CURRENT)
    if value is None:
        raise RotationFailed(reason="the secret has no current version")
    return account_of(value)


def _failed(failure: TargetFailure) -> RotationFailed:
    """Return why the database refused; the text holds no password."""
    return RotationFailed(reason=f"{type(failure).__name__}: {failure}")
