"""Databases of an instance."""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, OneOf, Pattern
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, TextIfSet, Within
from juyong.services.rds.contents import DATABASES
from juyong.services.rds.errors import DatabaseBusy, DatabaseTaken, NoSuchDatabase
from juyong.services.rds.fields import Description, KnownDatabase, PageNumber
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.resources import BY_ID, on_server
from juyong.services.rds.tables import InstanceRow
from juyong.services.rds.targets import Driver, LiveDatabase, LivePrivilege, Target

RUNNING = "Running"
_KEYWORDS = frozenset(
    {
        *("information_schema", "mysql", "performance_schema", "sys", "test"),
        *("postgres", "template0", "template1", "rdsadmin"),
    }
)
NewDatabase = Annotated[
    str,
    Pattern(r"[a-z][a-z0-9_\-]{0,62}[a-z0-9]"),
    Doc("2 to 64 lower-case letters, digits, `_` and `-`."),
]
CharacterSet = Annotated[
    str,
    Pattern(r"[A-Za-z0-9_]{2,32}(?:,[A-Za-z0-9_.@\-]{1,64}){0,2}"),
    Doc("On MySQL such as `utf8mb4`; on PostgreSQL such as `UTF8` or `UTF8,C,en_US.utf8`."),
]
Status = Annotated[
    str, OneOf(("Creating", RUNNING, "Deleting")), Doc("`Running`, as all databases are.")
]
_NOT_WITH_THE_DATABASE = "accounts get privileges by GrantAccountPrivilege"


DatabaseNameReserved = fact(
    "InvalidDBName.Forbid",
    400,
    "Specified DB name is a keyword in RDS.",
    why="The name is the engine's own.",
)


def _limit(connections: int | None) -> str | msgspec.UnsetType:
    return msgspec.UNSET if connections is None else str(connections)


class AccountPrivilegeInfo(Shape, frozen=True, kw_only=True):
    """The privilege of one account in a database."""

    account: Annotated[str, Of("account_name")]
    account_privilege: Annotated[str, Of("privilege")]
    account_privilege_detail: Annotated[str, Of("detail")]


class Database(Shape, frozen=True, kw_only=True):
    """One database; what the engine does not know is left out."""

    db_instance_id: str
    db_name: Annotated[str, Of("name")]
    db_status: str = RUNNING
    db_description: str
    engine: str
    character_set_name: Annotated[str, Of("character_set")]
    collate: str
    accounts: Annotated[list[AccountPrivilegeInfo], Within("AccountPrivilegeInfo")]
    page_number: int
    page_size: int
    total_count: int
    ctype: TextIfSet = msgspec.UNSET
    conn_limit: Annotated[str | msgspec.UnsetType, Of("connection_limit", _limit)] = msgspec.UNSET
    tablespace: TextIfSet = msgspec.UNSET


def _create(driver: Driver, target: Target, arguments: Arguments) -> None:
    if arguments["db_name"] in _KEYWORDS:
        raise DatabaseNameReserved
    driver.create_database(target, arguments["db_name"], arguments["character_set_name"])


@operation(
    RDS,
    "CreateDatabase",
    on=BY_ID,
    prepare=on_server(_create),
    unsupported={
        "AccountName": _NOT_WITH_THE_DATABASE,
        "AccountPrivilege": _NOT_WITH_THE_DATABASE,
        "CollationName": "the collation is the character set's own, or part of CharacterSetName",
    },
    raises=(DatabaseTaken, DatabaseNameReserved),
)
def create_database(
    ctx: Context,
    instance: InstanceRow,
    *,
    db_name: NewDatabase,
    character_set_name: CharacterSet,  # noqa: ARG001  # given to the database when prepared
    db_description: Description | None = None,
) -> None:
    """Create a database."""
    DATABASES.describe(ctx, instance, db_name, db_description)
    DATABASES.note(ctx, "created", instance, db_name)


@operation(
    RDS,
    "DeleteDatabase",
    on=BY_ID,
    prepare=on_server(lambda driver, target, a: driver.drop_database(target, a["db_name"])),
    raises=(NoSuchDatabase, DatabaseBusy),
)
def delete_database(ctx: Context, instance: InstanceRow, *, db_name: KnownDatabase) -> None:
    """Delete a database with everything in it.

    Assumed: DatabaseBusy.
    """
    DATABASES.note(ctx, "deleted", instance, db_name)
    DATABASES.describe(ctx, instance, db_name, None)


Live = tuple[list[LiveDatabase], list[LivePrivilege]]


def _live(driver: Driver, target: Target, _arguments: Arguments) -> Live:
    return list(driver.databases(target)), list(driver.held(target))


@operation(
    RDS,
    "DescribeDatabases",
    on=BY_ID,
    prepare=on_server(_live, refusable=False),
    answers="Databases.Database",
    reads_only=True,
)
def describe_databases(
    ctx: Context,
    instance: InstanceRow,
    *,
    db_name: Annotated[KnownDatabase, Doc("Only this one.")] | None = None,
    db_status: Status = RUNNING,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(30, 100), Doc("30 to 100.")] = 30,
    prepared: Live,
) -> list[Database]:
    """List the databases of an instance as they are now, the engine's own ones left out.

    Returns:
        A page of databases by name, each with the accounts that have privileges in it.
    """
    live, held = prepared
    chosen = [d for d in live if db_name in (None, d.name) and db_status == RUNNING]
    notes = DATABASES.descriptions(ctx, instance)
    return [
        Database.of(
            found,
            db_instance_id=instance.instance_id,
            db_description=notes.get(found.name, ""),
            engine=instance.engine,
            accounts=[AccountPrivilegeInfo.of(each) for each in held if each.db_name == found.name],
            page_number=page_number,
            page_size=page_size,
            total_count=len(chosen),
        )
        for found in page_of(chosen, page_number, page_size)
    ]
