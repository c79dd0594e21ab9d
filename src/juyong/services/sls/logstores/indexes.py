"""The index of a logstore: which keys of its logs are searched.

Source: SLS API reference, CreateIndex, UpdateIndex, DeleteIndex, GetIndex (documented);
IndexConfigNotExist (status assumed).
"""

from typing import Annotated, Any

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc, RawBody
from juyong.api.operation import Route, operation
from juyong.engines.logsearch import IndexInvalid, parse_index
from juyong.logs.stores import set_index, store_of
from juyong.logs.tables import StoreRow
from juyong.services.sls.logstores.logstore import LOGSTORE, in_logstore
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.tables import LogstoreRow

_ON = in_logstore()
NoIndex = fact(
    "IndexConfigNotExist",
    404,
    "index config doesn't exist",
    why="The logstore has no index.",
)
IndexExists = fact(
    "IndexAlreadyExist",
    400,
    "log store index is already created",
    why="The logstore has an index, which can be updated.",
)
NotCreated = fact(
    "ParameterInvalid",
    400,
    "log store index is not created.",
    why="The logstore has no index to be changed or deleted.",
)


class BadIndex(ApiError):
    """An index that no logstore can have."""

    code, status, text = "IndexInfoInvalid", 400, "{why}"


Index = Annotated[bytes, RawBody(), Doc("The index, JSON with `line` or `keys`.")]


def _checked(body: bytes) -> str:
    """Return an index as it is kept: as it was sent, with the token of each text.

    Raises:
        BadIndex: no logstore can have it.
    """
    try:
        parse_index(body)
    except IndexInvalid as bad:
        raise BadIndex(why=str(bad)) from None
    document: dict[str, Any] = msgspec.json.decode(body)
    parts = [document.get("line"), *(document.get("keys") or {}).values()]
    for part in parts:
        if part is not None and part.get("type", "text") in ("text", "json"):
            # Clients read it unguarded (observed).
            part.setdefault("token", [])
    return msgspec.json.encode(document).decode()


def _held(ctx: Context, row: LogstoreRow) -> StoreRow:
    """Return the raw logs of a logstore, which have its index."""
    store = store_of(ctx.tx, row.store_id)
    assert store is not None  # noqa: S101  # made and dropped with the logstore
    return store


def _set(ctx: Context, row: LogstoreRow, store: StoreRow, text: str | None) -> None:
    """Give a logstore an index, or none."""
    set_index(ctx.tx, store, text, ctx.now)
    LOGSTORE.note(ctx.tx, ctx.journal, "updated", row)


def has_index(ctx: Context, row: LogstoreRow) -> bool:
    """Tell whether a logstore has an index."""
    return _held(ctx, row).index is not None


def give_index(ctx: Context, row: LogstoreRow, index: bytes) -> None:
    """Give a logstore an index.

    Raises:
        BadIndex: no logstore can have the index. IndexExists: the logstore has one.
    """
    text, store = _checked(index), _held(ctx, row)
    if store.index is not None:
        raise IndexExists
    _set(ctx, row, store, text)


@operation(
    SLS,
    "CreateIndex",
    on=_ON,
    raises=(BadIndex, IndexExists),
    route=Route(method="POST", path="/project/{project}/logstores/{logstore}/index"),
)
def create_index(ctx: Context, row: LogstoreRow, *, index: Index = b"") -> None:
    """Give a logstore an index, for the logs that come from now on."""
    give_index(ctx, row, index)


@operation(
    SLS,
    "UpdateIndex",
    on=_ON,
    raises=(BadIndex, NotCreated),
    route=Route(method="PUT", path="/project/{project}/logstores/{logstore}/index"),
)
def update_index(ctx: Context, row: LogstoreRow, *, index: Index = b"") -> None:
    """Change the index of a logstore, for the logs that come from now on."""
    text, store = _checked(index), _held(ctx, row)
    if store.index is None:
        raise NotCreated
    _set(ctx, row, store, text)


@operation(
    SLS,
    "GetIndex",
    on=_ON,
    raises=(NoIndex,),
    route=Route(method="GET", path="/project/{project}/logstores/{logstore}/index"),
    reads_only=True,
)
def get_index(ctx: Context, row: LogstoreRow) -> RawAnswer:
    """Return the index of a logstore, with when it was changed."""
    store = _held(ctx, row)
    if store.index is None:
        raise NoIndex
    shown = {
        "index_mode": "v2",
        "storage": "pg",
        "ttl": row.ttl_days,
        "max_text_len": 2048,
        **msgspec.json.decode(store.index),
        "lastModifyTime": store.index_changed_at,
    }
    return RawAnswer(body=msgspec.json.encode(shown), content_type="application/json")


@operation(
    SLS,
    "DeleteIndex",
    on=_ON,
    raises=(NotCreated,),
    route=Route(method="DELETE", path="/project/{project}/logstores/{logstore}/index"),
)
def delete_index(ctx: Context, row: LogstoreRow) -> None:
    """Take the index off a logstore, whose logs stay."""
    store = _held(ctx, row)
    if store.index is None:
        raise NotCreated
    _set(ctx, row, store, None)
