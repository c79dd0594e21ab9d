"""Accounts: created, listed, changed and deleted in the instance's own database."""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Between
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.rds.contents import ACCOUNTS, NORMAL
from juyong.services.rds.errors import (
    ON_SERVER,
    AccountExists,
    AccountOwnsObjects,
    AccountProtected,
    NoAccount,
    ServerRefused,
)
from juyong.services.rds.fields import Description, KnownAccount, NewAccount, PageNumber, Password
from juyong.services.rds.instances import BY_ID, on_server
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.tables import InstanceRow
from juyong.services.rds.targets import POSTGRESQL, Driver, LiveAccount, LivePrivilege, Target

SUPER = "Super"
_LONGEST = {POSTGRESQL: 63}
_LONGEST_ELSEWHERE = 32
_KEYWORDS = frozenset(
    {
        *("admin", "administrator", "all", "aurora", "guest", "mysql", "null", "postgres"),
        *("public", "rdsadmin", "replicator", "root", "sa", "select", "sys", "user", "xtrabak"),
    }
)


class AccountNameReserved(ApiError):
    """The name is a keyword of the product or of the engine."""

    code, status = "InvalidAccountName.Forbid", 400
    text = "Specified account name is a keyword in RDS."


class AccountNameMalformed(ApiError):
    """The engine does not have such names."""

    code, status = "InvalidAccountName.Format", 400
    text = "Specified account name is not valid."


class AccountTypeNotServed(ApiError):
    """A privileged account could take the administrator's place."""

    code, status = "InvalidAccountType.Format", 400
    text = "Specified account type is not valid: accounts of type Normal are served."


class DatabasePrivilege(Shape, frozen=True, kw_only=True):
    """The privilege of an account in one database."""

    db_name: str
    account_privilege: str
    account_privilege_detail: str


class PrivilegeList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    database_privilege: list[DatabasePrivilege]


class Account(Shape, frozen=True, kw_only=True):
    """One account; what the engine does not know is left out."""

    db_instance_id: str
    account_name: str
    account_status: str
    account_type: str
    account_description: str
    database_privileges: PrivilegeList
    priv_exceeded: str = "0"
    create_db: str | msgspec.UnsetType = msgspec.UNSET
    create_role: str | msgspec.UnsetType = msgspec.UNSET
    replication: str | msgspec.UnsetType = msgspec.UNSET
    bypass_rls: str | msgspec.UnsetType = msgspec.field(name="BypassRLS", default=msgspec.UNSET)
    valid_until: str | msgspec.UnsetType = msgspec.UNSET


class AccountPage(Shape, frozen=True, kw_only=True):
    """A page of accounts."""

    page_number: int
    total_record_count: int


def check_name(target: Target, name: str) -> None:
    """Check a new account's name by the rules of its engine.

    Raises:
        AccountNameMalformed: too long, or with letters the engine does not tell apart.
        AccountNameReserved: a keyword.
    """
    longest = _LONGEST.get(target.engine, _LONGEST_ELSEWHERE)
    if len(name) > longest or (target.engine == POSTGRESQL and name != name.lower()):
        raise AccountNameMalformed
    if name.lower() in _KEYWORDS or name.lower().startswith("pg_"):
        raise AccountNameReserved


def _create(driver: Driver, target: Target, arguments: Arguments) -> None:
    if arguments["account_type"] != NORMAL:
        raise AccountTypeNotServed
    check_name(target, arguments["account_name"])
    driver.create_account(target, arguments["account_name"], arguments["account_password"])


@operation(
    RDS,
    "CreateAccount",
    on=BY_ID,
    prepare=on_server(_create),
    unsupported={"CheckPolicy": "it is a setting of SQL Server"},
    raises=(
        *ON_SERVER,
        ServerRefused,
        AccountExists,
        AccountNameMalformed,
        AccountNameReserved,
        AccountTypeNotServed,
    ),
)
def create_account(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: NewAccount,
    account_password: Password,  # noqa: ARG001  # given to the database when prepared
    account_description: Description | None = None,
    account_type: str = NORMAL,  # noqa: ARG001  # checked when prepared
    prepared: None,  # noqa: ARG001
) -> None:
    """Create an account in the instance's database; it may log in and nothing else.

    Args:
        account_name: 2 to 63 characters (MySQL 32); upper-case letters on MySQL only.
        account_type: `Normal`; accounts with an administrator's powers are not made.
    """
    ACCOUNTS.describe(ctx, instance, account_name, account_description)
    ACCOUNTS.note(ctx, "created", instance, account_name)


@operation(
    RDS,
    "ResetAccountPassword",
    on=BY_ID,
    prepare=on_server(
        lambda driver, target, a: driver.set_password(
            target, a["account_name"], a["account_password"]
        )
    ),
    raises=(*ON_SERVER, ServerRefused, NoAccount, AccountProtected),
)
def reset_account_password(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: KnownAccount,
    account_password: Password,  # noqa: ARG001  # given to the database when prepared
    prepared: None,  # noqa: ARG001
) -> None:
    """Give an account another password; sessions that are open go on.

    Assumed: AccountProtected.
    """
    ACCOUNTS.note(ctx, "updated", instance, account_name)


@operation(
    RDS,
    "DeleteAccount",
    on=BY_ID,
    prepare=on_server(
        lambda driver, target, a: driver.drop_account(target, a["account_name"]),
        in_use=AccountOwnsObjects,
    ),
    raises=(*ON_SERVER, ServerRefused, NoAccount, AccountProtected, AccountOwnsObjects),
)
def delete_account(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: KnownAccount,
    prepared: None,  # noqa: ARG001
) -> None:
    """Delete an account from the instance's database.

    Assumed: Account.DelError for this.
    """
    ACCOUNTS.note(ctx, "deleted", instance, account_name)
    ACCOUNTS.describe(ctx, instance, account_name, None)


def _exists(driver: Driver, target: Target, arguments: Arguments) -> None:
    if all(a.name != arguments["account_name"] for a in driver.accounts(target)):
        raise NoAccount


@operation(
    RDS,
    "ModifyAccountDescription",
    on=BY_ID,
    prepare=on_server(_exists),
    raises=(*ON_SERVER, ServerRefused, NoAccount),
)
def modify_account_description(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: KnownAccount,
    account_description: Description,
    prepared: None,  # noqa: ARG001
) -> None:
    """Describe the purpose of an account.

    Args:
        account_description: 2 to 256 letters, digits, `_` and `-`, a letter first.
    """
    ACCOUNTS.describe(ctx, instance, account_name, account_description)
    ACCOUNTS.note(ctx, "updated", instance, account_name)


def _is_free(driver: Driver, target: Target, arguments: Arguments) -> None:
    check_name(target, arguments["account_name"])
    if any(a.name == arguments["account_name"] for a in driver.accounts(target)):
        raise AccountExists


@operation(
    RDS,
    "CheckAccountNameAvailable",
    on=BY_ID,
    prepare=on_server(_is_free),
    raises=(*ON_SERVER, ServerRefused, AccountExists, AccountNameMalformed, AccountNameReserved),
    reads_only=True,
)
def check_account_name_available(
    _ctx: Context,
    _instance: InstanceRow,
    *,
    account_name: NewAccount,  # looked up when prepared
    prepared: None,
) -> None:
    """Tell whether an account could be created under a name.

    Args:
        account_name: As for CreateAccount.
    """


Live = tuple[list[LiveAccount], list[LivePrivilege]]


def _live(driver: Driver, target: Target, _arguments: Arguments) -> Live:
    return list(driver.accounts(target)), list(driver.held(target))


@operation(
    RDS,
    "DescribeAccounts",
    on=BY_ID,
    prepare=on_server(_live),
    raises=(*ON_SERVER, ServerRefused),
    answers="Accounts.DBInstanceAccount",
    reads_only=True,
)
def describe_accounts(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: KnownAccount | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(30, 200)] = 30,
    prepared: Live,
) -> Listing[Account, AccountPage]:
    """List the accounts of the instance's database as they are now.

    Args:
        account_name: Only this one.
        page_size: 30 to 200.

    Returns:
        A page of accounts by name; those with an administrator's powers have the type `Super`.
    """
    live, held = prepared
    chosen = [a for a in live if account_name in (None, a.name)]
    page = page_of(chosen, page_number, page_size)
    notes = ACCOUNTS.descriptions(ctx, instance)
    return Listing(
        [_account(instance.instance_id, a, notes.get(a.name, ""), held) for a in page],
        AccountPage(page_number=page_number, total_record_count=len(chosen)),
    )


def _account(
    instance_id: str, live: LiveAccount, description: str, held: list[LivePrivilege]
) -> Account:
    return Account(
        db_instance_id=instance_id,
        account_name=live.name,
        account_status="Available",
        account_type=SUPER if live.protected else NORMAL,
        account_description=description,
        database_privileges=PrivilegeList(
            database_privilege=[
                DatabasePrivilege(
                    db_name=p.db_name,
                    account_privilege=p.privilege,
                    account_privilege_detail=p.detail,
                )
                for p in held
                if p.account_name == live.name
            ]
        ),
        create_db=_flag(live.create_db),
        create_role=_flag(live.create_role),
        replication=_flag(live.replication),
        bypass_rls=_flag(live.bypass_rls),
        valid_until=live.valid_until or msgspec.UNSET,
    )


def _flag(value: bool | None) -> str | msgspec.UnsetType:
    return msgspec.UNSET if value is None else ("t" if value else "f")
