"""Registered instances: how operations find one and reach its database."""

from collections.abc import Callable
from typing import Any, TypeVar

from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ApiError
from juyong.api.operation import Prepare
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.rds.errors import DatabaseBusy, NoInstance, as_answers
from juyong.services.rds.tables import (
    AccountNoteRow,
    DatabaseNoteRow,
    InstanceRow,
    InstanceTagRow,
)
from juyong.services.rds.targets import Driver, Target, driver_of, sealed_text, target_of
from juyong.store.transaction import Transaction

RESOURCE = "ACS::RDS::DBInstance"
_CONTENTS = (AccountNoteRow, DatabaseNoteRow, InstanceTagRow)

T = TypeVar("T")


def instance_named(ctx: Context, instance_id: str) -> InstanceRow:
    """Return an instance of the caller's account, whatever its region.

    Raises:
        NoInstance: there is none.
    """
    row = ctx.tx.get(InstanceRow, ctx.account_id, instance_id)
    if row is None:
        raise NoInstance
    ctx.journal.refer(RESOURCE, instance_id)
    return row


def instance_arn(ctx: Context, instance_id: str) -> str:
    """Name an instance in the region it is registered in.

    SECURITY: the region is the stored one, never the one a caller chose to call.
    """
    row = ctx.tx.get(InstanceRow, ctx.account_id, instance_id)
    region = row.region if row else ctx.region
    return f"acs:rds:{region}:{ctx.account_id}:dbinstance/{instance_id}"


def one_instance(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name `acs:rds:<region>:<account>:dbinstance/<id>`, by the region it is registered in."""
    return (instance_arn(ctx, arguments["db_instance_id"]),)


def instances_of_region(ctx: Context, _arguments: Arguments) -> tuple[str, ...]:
    """Name `acs:rds:<region>:<account>:dbinstance/*` of the region called."""
    return (f"acs:rds:{ctx.region}:{ctx.account_id}:dbinstance/*",)


def tags_of_resource(ctx: Context, resource: str) -> dict[str, tuple[str, ...]]:
    """Return rds:ResourceTag/<key> and acs:ResourceTag/<key> of an instance."""
    instance_id = resource.rpartition("dbinstance/")[2]
    rows = ctx.tx.find(InstanceTagRow, account_id=ctx.account_id, instance_id=instance_id)
    return {
        f"{prefix}:ResourceTag/{row.tag_key}": (row.tag_value,)
        for row in rows
        for prefix in ("acs", "rds")
    }


def on_server(
    work: Callable[[Driver, Target, Arguments], Any], *, in_use: type[ApiError] = DatabaseBusy
) -> Prepare:
    """Prepare an operation by work on the database of its `db_instance_id`.

    The work is done while no transaction is open, after the call was authorised; every failure of
    the database becomes the call's answer (see errors.as_answers).
    """

    def gather(ctx: Context, arguments: Arguments) -> Target:
        return target_of(instance_named(ctx, arguments["db_instance_id"]).target)

    def act(_platform: Platform, arguments: Arguments, target: Target) -> Any:
        with as_answers(in_use):
            return work(driver_of(target.engine), target, arguments)

    return Prepare(gather=gather, work=act)


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
) -> None:
    """Register a database server.

    Raises:
        Duplicate: the account has an instance of that id.
    """
    tx.insert(
        InstanceRow(
            account_id=account_id,
            instance_id=instance_id,
            region=region,
            engine=target.engine,
            engine_version=engine_version,
            description=description,
            target=sealed_text(target),
            created_at=now,
        )
    )


def remove_instance(tx: Transaction, account_id: AccountId, instance_id: str) -> bool:
    """Forget a registration; the database stays as it is. False if there is none."""
    row = tx.get(InstanceRow, account_id, instance_id)
    if row is None:
        return False
    for kind in _CONTENTS:
        for note in tx.find(kind, account_id=account_id, instance_id=instance_id):
            tx.delete(note)
    tx.delete(row)
    return True
