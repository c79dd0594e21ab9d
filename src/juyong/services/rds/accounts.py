"""Accounts: created, listed, changed and deleted in the instance's own database."""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Pattern, Raises
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, TextIfSet, Within
from juyong.api.wrapping import Listing
from juyong.services.rds.contents import ACCOUNTS, NORMAL
from juyong.services.rds.errors import AccountOwnsObjects, AccountTaken, NoSuchAccount
from juyong.services.rds.fields import (
    Description,
    KnownAccount,
    ManagedAccount,
    PageNumber,
    Password,
)
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.resources import BY_ID, on_server
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


AccountNameReserved = fact(
    "InvalidAccountName.Forbid",
    400,
    "Specified account name is a keyword in RDS.",
    why="The name is a keyword of the product or of the engine.",
)
AccountNameMalformed = fact(
    "InvalidAccountName.Format",
    400,
    "Specified account name is not valid.",
    why="The engine does not have such names.",
)
AccountTypeNotServed = fact(
    "InvalidAccountType.Format",
    400,
    "Specified account type is not valid: accounts of type Normal are served.",
    why="A privileged account could take the administrator's place.",
)


def _flag(value: bool | None) -> str | msgspec.UnsetType:
    return msgspec.UNSET if value is None else ("t" if value else "f")


NewAccount = Annotated[
    str,
    Pattern(r"[A-Za-z][A-Za-z0-9_]{0,61}[A-Za-z0-9]"),
    Raises((AccountTaken, AccountNameMalformed, AccountNameReserved)),
    Doc("2 to 63 characters (MySQL 32); upper-case letters on MySQL only."),
]
AccountType = Annotated[str, Doc("`Normal`; none with an administrator's powers is made.")]
Flag = Annotated[str | msgspec.UnsetType, Of(through=_flag)]


class DatabasePrivilege(Shape, frozen=True, kw_only=True):
    """The privilege of an account in one database."""

    db_name: str
    account_privilege: Annotated[str, Of("privilege")]
    account_privilege_detail: Annotated[str, Of("detail")]


class Account(Shape, frozen=True, kw_only=True):
    """One account; what the engine does not know is left out."""

    db_instance_id: str
    account_name: Annotated[str, Of("name")]
    account_status: str = "Available"
    account_type: Annotated[str, Of("protected", lambda protected: SUPER if protected else NORMAL)]
    account_description: str
    database_privileges: Annotated[list[DatabasePrivilege], Within("DatabasePrivilege")]
    priv_exceeded: str = "0"
    create_db: Flag = msgspec.UNSET
    create_role: Flag = msgspec.UNSET
    replication: Flag = msgspec.UNSET
    bypass_rls: Flag = msgspec.field(name="BypassRLS", default=msgspec.UNSET)
    valid_until: TextIfSet = msgspec.UNSET


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
    raises=(AccountTypeNotServed,),
)
def create_account(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: NewAccount,
    account_password: Password,  # noqa: ARG001  # given to the database when prepared
    account_description: Description | None = None,
    account_type: AccountType = NORMAL,  # noqa: ARG001  # checked when prepared
) -> None:
    """Create an account in the instance's database; it may log in and nothing else."""
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
)
def reset_account_password(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: ManagedAccount,
    account_password: Password,  # noqa: ARG001  # given to the database when prepared
) -> None:
    """Give an account another password; sessions that are open go on.

    Assumed: the code for a protected account.
    """
    ACCOUNTS.note(ctx, "updated", instance, account_name)


@operation(
    RDS,
    "DeleteAccount",
    on=BY_ID,
    prepare=on_server(lambda driver, target, a: driver.drop_account(target, a["account_name"])),
    raises=(AccountOwnsObjects,),
)
def delete_account(ctx: Context, instance: InstanceRow, *, account_name: ManagedAccount) -> None:
    """Delete an account from the instance's database.

    Assumed: Account.DelError for this.
    """
    ACCOUNTS.note(ctx, "deleted", instance, account_name)
    ACCOUNTS.describe(ctx, instance, account_name, None)


def _exists(driver: Driver, target: Target, arguments: Arguments) -> None:
    if all(a.name != arguments["account_name"] for a in driver.accounts(target)):
        raise NoSuchAccount


@operation(
    RDS, "ModifyAccountDescription", on=BY_ID, prepare=on_server(_exists), raises=(NoSuchAccount,)
)
def modify_account_description(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: KnownAccount,
    account_description: Description,
) -> None:
    """Describe the purpose of an account."""
    ACCOUNTS.describe(ctx, instance, account_name, account_description)
    ACCOUNTS.note(ctx, "updated", instance, account_name)


def _is_free(driver: Driver, target: Target, arguments: Arguments) -> None:
    check_name(target, arguments["account_name"])
    if any(a.name == arguments["account_name"] for a in driver.accounts(target)):
        raise AccountTaken


@operation(RDS, "CheckAccountNameAvailable", on=BY_ID, prepare=on_server(_is_free), reads_only=True)
def check_account_name_available(
    _ctx: Context,
    _instance: InstanceRow,
    *,
    account_name: NewAccount,  # looked up when prepared
) -> None:
    """Tell whether an account could be created under a name."""


Live = tuple[list[LiveAccount], list[LivePrivilege]]


def _live(driver: Driver, target: Target, _arguments: Arguments) -> Live:
    return list(driver.accounts(target)), list(driver.held(target))


@operation(
    RDS,
    "DescribeAccounts",
    on=BY_ID,
    prepare=on_server(_live),
    answers="Accounts.DBInstanceAccount",
    reads_only=True,
)
def describe_accounts(
    ctx: Context,
    instance: InstanceRow,
    *,
    account_name: Annotated[KnownAccount, Doc("Only this one.")] | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(30, 200), Doc("30 to 200.")] = 30,
    prepared: Live,
) -> Listing[Account, AccountPage]:
    """List the accounts of the instance's database as they are now.

    Returns:
        A page of accounts by name; those with an administrator's powers have the type `Super`.
    """
    live, held = prepared
    chosen = [a for a in live if account_name in (None, a.name)]
    notes = ACCOUNTS.descriptions(ctx, instance)
    shown = [
        Account.of(
            found,
            db_instance_id=instance.instance_id,
            account_description=notes.get(found.name, ""),
            database_privileges=[
                DatabasePrivilege.of(each) for each in held if each.account_name == found.name
            ],
        )
        for found in page_of(chosen, page_number, page_size)
    ]
    return Listing(shown, AccountPage(page_number=page_number, total_record_count=len(chosen)))
