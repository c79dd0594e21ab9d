"""Registered instances: how operations find one and reach its database."""

from collections.abc import Callable
from typing import Annotated, Any

from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import fact
from juyong.api.operation import Prepare
from juyong.api.resource import Resource
from juyong.api.shape import Of, Shape
from juyong.api.tags import TagRules
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId, new_request_id
from juyong.services.rds.errors import DriverMissing, NoInstance, Refused, Unreachable
from juyong.services.rds.fields import InstanceId
from juyong.services.rds.tables import InstanceRow
from juyong.services.rds.targets import Driver, Target, driver_of, sealed_text, target_of
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction

PRIMARY = "Primary"


class Described(Shape, frozen=True, kw_only=True):
    """The members of an instance that every answer has."""

    db_instance_id: Annotated[str, Of("instance_id")]
    db_instance_description: Annotated[str, Of("description")]
    db_instance_type: str = PRIMARY
    engine: str
    engine_version: str
    region_id: Annotated[str, Of("region")]
    connection_string: Annotated[str, Of("target", lambda sealed: target_of(sealed).host)]


class Instance(Described, frozen=True, kw_only=True):
    """One instance, in a list and in the inventory."""

    create_time: Annotated[str, Of("created_at", iso)]


def _found(ctx: Context, instance_id: str) -> InstanceRow | None:
    return ctx.tx.get(InstanceRow, ctx.account_id, instance_id)


def _arn(ctx: Context, instance_id: str) -> str:
    """Name an instance of the caller's account.

    SECURITY: the region is the one that the instance is registered in, never the one that a caller
    chose to call.
    """
    row = _found(ctx, instance_id)
    region = row.region if row else ctx.region
    return f"acs:rds:{region}:{ctx.account_id}:dbinstance/{instance_id}"


BadTag = fact(
    "InvalidTag.Format",
    400,
    "Specified tag is not valid.",
    why="A key or value is too long, reserved or holds a link, or keys repeat.",
)
TooManyTags = fact(
    "QuotaExceed.Tags",
    400,
    "The quota of tags exceeds.",
    why="An instance would hold more than 20 tags.",
)
TAG_RULES = TagRules(
    bad_key=BadTag,
    bad_value=BadTag,
    repeated=BadTag,
    clash=BadTag,
    too_many=TooManyTags,
    conditions=("acs:ResourceTag/", "rds:ResourceTag/"),
)
DB_INSTANCE = Resource(
    kind="ACS::RDS::DBInstance",
    row=InstanceRow,
    id="instance_id",
    name="instance_id",
    arn="rds:dbinstance/",
    regional=True,
    find=_found,
    missing=NoInstance,
    resolve=_arn,
    state=Instance,
    tags=TAG_RULES,
)
RESOURCES = (DB_INSTANCE,)
"""The types with rows; accounts and databases are in their own servers (see contents.py)."""
BY_ID = DB_INSTANCE.by(db_instance_id=InstanceId)


def target_named(ctx: Context, arguments: Arguments) -> Target:
    """Return the database of the instance that a call names."""
    return target_of(DB_INSTANCE.the(ctx, arguments["db_instance_id"]).target)


def on_server(
    work: Callable[[Driver, Target, Arguments], Any], *, refusable: bool = True
) -> Prepare:
    """Prepare an operation by work on the database of its `db_instance_id`.

    The work is done while no transaction is open, after the call was authorised; every failure of
    the database is the call's answer.

    Args:
        work: Done with the driver, the database and the call's arguments.
        refusable: Whether a database refuses the work to some administrators.
    """

    def act(_platform: Platform, arguments: Arguments, target: Target) -> Any:
        return work(driver_of(target.engine), target, arguments)

    raises = (Unreachable, DriverMissing, *[Refused] * refusable)
    return Prepare(gather=target_named, work=act, raises=raises)


def add_instance(
    tx: Transaction,
    account_id: AccountId,
    instance_id: str,
    *,
    region: str,
    target: Target,
    engine_version: str,
    description: str,
    now: Instant,
) -> InstanceRow:
    """Register a database server.

    Raises:
        Duplicate: the account has an instance of that id.
    """
    row = InstanceRow(
        account_id=account_id,
        instance_id=instance_id,
        region=region,
        engine=target.engine,
        engine_version=engine_version,
        description=description,
        target=sealed_text(target),
        created_at=now,
    )
    tx.insert(row)
    write(tx, [DB_INSTANCE.noted("created", row)], Cause(new_request_id(), now))
    return row
