"""What accounts may do in databases."""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.rds.accounts import ACCOUNT
from juyong.services.rds.errors import (
    ON_SERVER,
    AccountProtected,
    BadPrivilege,
    NoAccount,
    NoDatabase,
    ServerRefused,
)
from juyong.services.rds.fields import InstanceId, KnownAccount
from juyong.services.rds.instances import (
    instance_named,
    on_server,
    one_instance,
    tags_of_resource,
)
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.targets import Driver, Target

Several = Annotated[
    str,
    Text(1, 2048, chars=r"A-Za-z0-9_.$,\-"),
    Doc("Databases, separated by commas."),
]


class PrivilegesDoNotMatch(ApiError):
    """Not one privilege a database."""

    code, status = "InvalidDBNameOrAccountPrivilege", 400
    text = "Account permissions and database names must correspond."


class PrivilegesOfAccount(Shape, frozen=True, kw_only=True):
    """What is recorded of an account whose privileges change."""

    db_instance_id: str
    account_name: str
    db_names: list[str]
    account_privileges: list[str]


def _grant(driver: Driver, target: Target, arguments: Arguments) -> None:
    databases = arguments["db_name"].split(",")
    wanted = arguments["account_privilege"].split(",")
    if len(databases) != len(wanted):
        raise PrivilegesDoNotMatch
    if not set(wanted) <= set(driver.privileges):
        raise BadPrivilege
    known = {database.name for database in driver.databases(target)}
    if not set(databases) <= known:
        raise NoDatabase
    for database, privilege in zip(databases, wanted, strict=True):
        driver.grant(target, arguments["account_name"], database, privilege)


def _revoke(driver: Driver, target: Target, arguments: Arguments) -> None:
    databases = arguments["db_name"].split(",")
    if not set(databases) <= {database.name for database in driver.databases(target)}:
        raise NoDatabase
    for database in databases:
        driver.revoke(target, arguments["account_name"], database)


def _note(ctx: Context, instance_id: str, name: str, databases: str, privileges: str) -> None:
    state = PrivilegesOfAccount(
        db_instance_id=instance_id,
        account_name=name,
        db_names=databases.split(","),
        account_privileges=privileges.split(",") if privileges else [],
    )
    ctx.journal.record("updated", ACCOUNT, f"{instance_id}/{name}", name, state)


@operation(
    RDS,
    "GrantAccountPrivilege",
    resource=one_instance,
    resource_conditions=tags_of_resource,
    prepare=on_server(_grant),
    raises=(
        *ON_SERVER,
        ServerRefused,
        NoAccount,
        AccountProtected,
        NoDatabase,
        BadPrivilege,
        PrivilegesDoNotMatch,
    ),
)
def grant_account_privilege(
    ctx: Context,
    *,
    db_instance_id: InstanceId,
    account_name: KnownAccount,
    db_name: Several,
    account_privilege: Several,
    prepared: None,  # noqa: ARG001
) -> Empty:
    """Set what an account may do in databases, one after the other.

    Args:
        account_privilege: As many privileges: on MySQL `ReadWrite`, `ReadOnly`, `DDLOnly` or
            `DMLOnly`; on PostgreSQL `DBOwner`, which one account of a database has.

    Source: RDS API reference, GrantAccountPrivilege (documented); which statements a privilege of
        MySQL allows (assumed).
    """
    instance_named(ctx, db_instance_id)
    _note(ctx, db_instance_id, account_name, db_name, account_privilege)
    return Empty()


@operation(
    RDS,
    "RevokeAccountPrivilege",
    resource=one_instance,
    resource_conditions=tags_of_resource,
    prepare=on_server(_revoke),
    raises=(*ON_SERVER, ServerRefused, NoAccount, AccountProtected, NoDatabase),
)
def revoke_account_privilege(
    ctx: Context,
    *,
    db_instance_id: InstanceId,
    account_name: KnownAccount,
    db_name: Several,
    prepared: None,  # noqa: ARG001
) -> Empty:
    """Take away all that an account may do in databases.

    Returns:
        Nothing, also when it could do nothing before.

    Source: RDS API reference, RevokeAccountPrivilege (documented).
    """
    instance_named(ctx, db_instance_id)
    _note(ctx, db_instance_id, account_name, db_name, "")
    return Empty()
