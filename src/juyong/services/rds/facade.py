"""The functions of RDS for secret rotation and the operator's commands.

`find_instance` reads in the caller's transaction. The others take no transaction, since they wait
for the network: each is bounded in time, may be repeated, and raises a TargetFailure only.
"""

from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.services.rds.contents import remove_instance
from juyong.services.rds.errors import (
    AccountTaken,
    NoSuchAccount,
    Protected,
    Refused,
    TargetFailure,
    Unreachable,
)
from juyong.services.rds.resources import add_instance
from juyong.services.rds.tables import InstanceRow
from juyong.services.rds.targets import Target, driver_of, target_of
from juyong.store.transaction import Transaction


def find_instance(
    tx: Transaction, account_id: AccountId, region: str, instance_id: str
) -> Target | None:
    """Return where an instance of a region is; None if it is not registered there."""
    row = tx.get(InstanceRow, account_id, instance_id)
    return target_of(row.target) if row is not None and row.region == region else None


def server_version(target: Target) -> str:
    """Log in as the administrator and return the server's version."""
    return driver_of(target.engine).probe(target)


def has_account(target: Target, account_name: str) -> bool:
    """Tell whether the server has an account."""
    found = driver_of(target.engine).accounts(target)
    return any(account.name == account_name for account in found)


def set_password(target: Target, account_name: str, password: Secret) -> None:
    """Give an account a password; from then on the former one does not open new sessions."""
    driver_of(target.engine).set_password(target, account_name, password)


def create_account(target: Target, account_name: str, password: Secret) -> bool:
    """Make sure that an account exists and has this password; True if it was made."""
    driver = driver_of(target.engine)
    try:
        driver.create_account(target, account_name, password)
    except AccountTaken:
        driver.set_password(target, account_name, password)
        return False
    return True


def clone_privileges(target: Target, source: str, copy: str) -> None:
    """Give `copy` all privileges of `source`, for two users of one application."""
    driver_of(target.engine).clone_privileges(target, source, copy)


def can_log_in(target: Target, account_name: str, password: Secret) -> bool:
    """Try to log in as an account; False when the server answers and refuses it."""
    return driver_of(target.engine).can_log_in(target, account_name, password)
