"""Records of resources: JSON as text, kept and shown as it is sent.

Source: as resources.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Items, Text
from juyong.api.operation import Route, operation
from juyong.api.shape import Of
from juyong.base.ids import new_uuid
from juyong.base.secret import Secret
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.fields import CamelShape, Offset, Page, Size, shown_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.records.errors import NoRecord, RecordExists
from juyong.services.sls.records.resource import on_resource
from juyong.services.sls.tables import LogResourceRow, RecordRow

_LONGEST = 256 * 1024
EVERY = on_resource("/record/*")
ONE = on_resource("/record/{record}")
RecordId = Annotated[str, Text(1, 128), Doc("The record.")]
Tag = Annotated[str, Text(0, 256), Doc("What lists may ask for.")]
Value = Annotated[Secret, Doc("The record, a JSON object as text.")]


def _checked(value: Secret) -> Secret:
    """Return a value that a record can have.

    Raises:
        BadArgument: it is no JSON object, or has more than 256 KiB.
    """
    text = value.reveal()
    try:
        known = isinstance(msgspec.json.decode(text), dict)
    except (ValueError, RecursionError):
        known = False
    if not known or len(text) > _LONGEST:
        raise BadArgument(why="value is not a JSON object of at most 256 KiB.")
    return value


def _find(ctx: Context, row: LogResourceRow, record: str) -> RecordRow | None:
    return ctx.tx.get(RecordRow, ctx.account_id, row.resource_name, record)


def _the(ctx: Context, row: LogResourceRow, record: str) -> RecordRow:
    found = _find(ctx, row, record)
    if found is None:
        raise NoRecord(record=record)
    return found


def _add(ctx: Context, row: LogResourceRow, record: str, tag: str, value: Secret) -> None:
    ctx.tx.insert(
        RecordRow(
            account_id=ctx.account_id,
            resource_name=row.resource_name,
            record_id=record,
            tag=tag,
            value=_checked(value),
            created_at=ctx.now,
            modified_at=ctx.now,
        )
    )


class Made(CamelShape, frozen=True, kw_only=True):
    """The id of a new record."""

    id: str


@operation(
    SLS,
    "CreateResourceRecord",
    on=EVERY,
    raises=(BadArgument, RecordExists),
    route=Route(method="POST", path="/resources/{resource}/records"),
)
def create_resource_record(
    ctx: Context,
    row: LogResourceRow,
    *,
    value: Value,
    id: Annotated[str, Text(0, 128), Doc("Drawn if it is absent.")] = "",
    tag: Tag = "",
) -> Made:
    """Keep a new record."""
    record = id or new_uuid()
    if _find(ctx, row, record) is not None:
        raise RecordExists(record=record)
    _add(ctx, row, record, tag, value)
    return Made(id=record)


class Record(CamelShape, frozen=True, kw_only=True):
    """One record."""

    id: Annotated[str, Of("record_id")]
    tag: str
    value: Secret
    create_time: Annotated[int, Of("created_at")]
    last_modify_time: Annotated[int, Of("modified_at")]


@operation(
    SLS,
    "GetResourceRecord",
    on=ONE,
    raises=(NoRecord,),
    route=Route(method="GET", path="/resources/{resource}/records/{record}"),
    reads_only=True,
)
def get_resource_record(ctx: Context, row: LogResourceRow, *, record: RecordId) -> Record:
    """Return a record."""
    return Record.of(_the(ctx, row, record))


class Records(Page, frozen=True, kw_only=True):
    """A page of records."""

    items: list[Record]


@operation(
    SLS,
    "ListResourceRecord",
    on=EVERY,
    route=Route(method="GET", path="/resources/{resource}/records"),
    reads_only=True,
    scans=True,
)
def list_resource_record(
    ctx: Context,
    row: LogResourceRow,
    *,
    offset: Offset = 0,
    size: Size = 100,
    tag: Annotated[str, Doc("Only records with the tag.")] = "",
    ids: Annotated[str, Doc("Only these, separated by commas.")] = "",
) -> Records:
    """List the records of a resource, by id."""
    wanted = ids.split(",") if ids else []
    rows = ctx.tx.find(
        RecordRow,
        order=("record_id",),
        account_id=ctx.account_id,
        resource_name=row.resource_name,
    )
    found = [
        each for each in rows if tag in ("", each.tag) and (not wanted or each.record_id in wanted)
    ]
    shown = [Record.of(each) for each in shown_of(found, offset, size)]
    return Records(count=len(shown), total=len(found), items=shown)


@operation(
    SLS,
    "UpdateResourceRecord",
    on=ONE,
    raises=(BadArgument, NoRecord),
    route=Route(method="PUT", path="/resources/{resource}/records/{record}"),
)
def update_resource_record(
    ctx: Context, row: LogResourceRow, *, record: RecordId, value: Value, tag: Tag | None = None
) -> None:
    """Keep a record in the place of the one before."""
    held = _the(ctx, row, record)
    tag = held.tag if tag is None else tag
    ctx.tx.update(held, value=_checked(value), tag=tag, modified_at=ctx.now)


class SentRecord(CamelShape, frozen=True, kw_only=True):
    """One record, as a call gives it."""

    value: Secret
    id: Annotated[str, Text(0, 128)] = ""
    tag: Annotated[str, Text(0, 256)] = ""


@operation(
    SLS,
    "UpsertResourceRecord",
    on=EVERY,
    raises=(BadArgument,),
    route=Route(method="PUT", path="/resources/{resource}/records"),
)
def upsert_resource_record(
    ctx: Context,
    row: LogResourceRow,
    *,
    records: Annotated[list[SentRecord], Items(1, 200), Doc("1 to 200 records.")],
) -> None:
    """Keep records, each new or in the place of the one of its id; all of them, or none."""
    for each in records:
        held = _find(ctx, row, each.id) if each.id else None
        if held is None:
            _add(ctx, row, each.id or new_uuid(), each.tag, each.value)
        else:
            ctx.tx.update(held, value=_checked(each.value), tag=each.tag, modified_at=ctx.now)


@operation(
    SLS,
    "DeleteResourceRecord",
    on=EVERY,
    route=Route(method="DELETE", path="/resources/{resource}/records"),
)
def delete_resource_record(
    ctx: Context,
    row: LogResourceRow,
    *,
    ids: Annotated[str, Doc("The records, separated by commas.")],
) -> None:
    """Delete records; ids that no record has are passed over."""
    for record in dict.fromkeys(ids.split(",")):
        held = _find(ctx, row, record)
        if held is not None:
            ctx.tx.delete(held)
