"""The privileges of accounts in databases."""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.services.rds.contents import ACCOUNTS
from juyong.services.rds.errors import NoSuchDatabase
from juyong.services.rds.fields import ManagedAccount
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.resources import BY_ID, on_server
from juyong.services.rds.tables import InstanceRow
from juyong.services.rds.targets import Driver, Target

Several = Annotated[
    str, Text(1, 2048, chars=r"A-Za-z0-9_.$,\-"), Doc("Databases, separated by commas.")
]


BadPrivilege = fact(
    "InvalidAccountPrivilege.Malformed",
    400,
    "Specified account privilege is not valid.",
    why="The engine has no such privilege of a database.",
)
PrivilegesDoNotMatch = fact(
    "InvalidDBNameOrAccountPrivilege",
    400,
    "Account permissions and database names must correspond.",
    why="Not one privilege a database.",
)


def _refuse_unknown(driver: Driver, target: Target, databases: list[str]) -> None:
    if not set(databases) <= {database.name for database in driver.databases(target)}:
        raise NoSuchDatabase


def _grant(driver: Driver, target: Target, arguments: Arguments) -> None:
    databases = arguments["db_name"].split(",")
    wanted = arguments["account_privilege"].split(",")
    if len(databases) != len(wanted):
        raise PrivilegesDoNotMatch
    if not set(wanted) <= set(driver.privileges):
        raise BadPrivilege
    _refuse_unknown(driver, target, databases)
    for database, privilege in zip(databases, wanted, strict=True):
        driver.grant(target, arguments["account_name"], database, privilege)


def _revoke(driver: Driver, target: Target, arguments: Arguments) -> None:
    databases = arguments["db_name"].split(",")
    _refuse_unknown(driver, target, databases)
    for database in databases:
        driver.revoke(target, arguments["account_name"], database)


@operation(
    RDS,
    "GrantAccountPrivilege",
    on=BY_ID,
    prepare=on_server(_grant),
    raises=(NoSuchDatabase, BadPrivilege, PrivilegesDoNotMatch),
)
def grant_account_privilege(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: ManagedAccount,
    db_name: Several,  # noqa: ARG001  # given to the database when prepared
    account_privilege: Several,  # noqa: ARG001  # as above
) -> None:
    """Set the privileges of an account in databases, one after the other.

    Args:
        account_privilege: As many privileges: on MySQL `ReadWrite`, `ReadOnly`, `DDLOnly` or
            `DMLOnly`; on PostgreSQL `DBOwner`, which one account of a database has.

    Assumed: which statements a privilege of MySQL allows.
    """
    ACCOUNTS.note(ctx, "updated", instance, account_name)


@operation(
    RDS, "RevokeAccountPrivilege", on=BY_ID, prepare=on_server(_revoke), raises=(NoSuchDatabase,)
)
def revoke_account_privilege(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: ManagedAccount,
    db_name: Several,  # noqa: ARG001  # given to the database when prepared
) -> None:
    """Take away all privileges of an account in databases.

    Returns:
        Nothing, also when it could do nothing before.
    """
    ACCOUNTS.note(ctx, "updated", instance, account_name)
