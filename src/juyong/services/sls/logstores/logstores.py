"""Make, show, change, list and delete logstores.

Source: SLS API reference (documented); members that clients read without asking for them
(observed in aliyun-log-python-sdk).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import NotSupported
from juyong.api.fields import Doc, Grouped, OneOf
from juyong.api.operation import Route, operation
from juyong.api.shape import Of
from juyong.logs.stores import set_ttl, store_of
from juyong.services.sls.errors import (
    BadArgument,
    BadLogstore,
    LogstoreExists,
    TooManyLogstores,
    TooManyShards,
)
from juyong.services.sls.fields import CamelShape, Offset, Page, Size, shown_of
from juyong.services.sls.logstores import encryption
from juyong.services.sls.logstores.encrypt_conf import EncryptConf
from juyong.services.sls.logstores.logstore import LOGSTORE, ONE_LOGSTORE
from juyong.services.sls.logstores.making import make_logstore
from juyong.services.sls.logstores.removing import remove_logstore
from juyong.services.sls.logstores.settings import (
    Settings,
    checked_count,
    checked_name,
    columns_of,
)
from juyong.services.sls.logstores.shard import open_shards
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.errors import NoGroup
from juyong.services.sls.projects.project import in_project
from juyong.services.sls.projects.projects import check_group
from juyong.services.sls.tables import LogstoreRow, ProjectRow

IN_STORES = in_project("/logstore/*")
Given = Annotated[Settings, Grouped()]
Modes = Annotated[
    str, OneOf(("ChargeByFunction", "ChargeByDataIngest")), Doc("What the use is counted by.")
]


class Logstore(CamelShape, frozen=True, kw_only=True):
    """One logstore."""

    logstore_name: str
    ttl: Annotated[int, Of("ttl_days")]
    hot_ttl: int | msgspec.UnsetType = msgspec.field(name="hot_ttl", default=msgspec.UNSET)
    infrequent_access_ttl: int | msgspec.UnsetType = msgspec.field(
        name="infrequentAccessTTL", default=msgspec.UNSET
    )
    shard_count: int
    enable_tracking: Annotated[bool, Of("web_tracking")] = msgspec.field(name="enable_tracking")
    auto_split: bool
    max_split_shard: Annotated[int, Of("max_shards")]
    append_meta: bool
    telemetry_type: Annotated[str, Of("telemetry")]
    mode: str
    product_type: Annotated[str, Of("writer")]
    encrypt_conf: EncryptConf | msgspec.UnsetType = msgspec.field(
        name="encrypt_conf", default=msgspec.UNSET
    )
    create_time: Annotated[int, Of("created_at")]
    last_modify_time: Annotated[int, Of("modified_at")]


@operation(
    SLS,
    "CreateLogStore",
    on=IN_STORES,
    also=encryption.passed_role,
    raises=(
        *(BadLogstore, LogstoreExists, NoGroup, NotSupported),
        *(TooManyLogstores, TooManyShards),
    ),
    route=Route(method="POST", path="/project/{project}/logstores"),
)
def create_log_store(
    ctx: Context,
    project: ProjectRow,
    *,
    logstore_name: Annotated[str, Doc("Unique in the project.")],
    given: Given,
    resource_group_id: Annotated[str, Doc("The account's default one.")] = "",
    enable_modify: Annotated[bool, Doc("Refused: no log is changed.")] = False,
) -> None:
    """Make a logstore with its shards."""
    name, count = checked_name(logstore_name), checked_count(given.shard_count)
    columns = columns_of(given, None)
    check_group(project.account_id, resource_group_id)
    if enable_modify:
        raise NotSupported(name="enableModify", reason="no log is changed or deleted by itself")
    if given.encrypt_conf is not None:
        wanted = given.encrypt_conf
        columns["encryption"] = encryption.checked(ctx, wanted, "", project.account_id)
    row = make_logstore(ctx, project, name, count=count, columns=columns)
    encryption.prove(ctx, row)


@operation(
    SLS,
    "GetLogStore",
    on=ONE_LOGSTORE,
    route=Route(method="GET", path="/project/{project}/logstores/{logstore}"),
    reads_only=True,
)
def get_log_store(ctx: Context, row: LogstoreRow) -> Logstore:
    """Show a logstore; shardCount: how many take logs now."""
    conf: EncryptConf | msgspec.UnsetType = msgspec.UNSET
    if row.encryption:
        conf = msgspec.json.decode(row.encryption, type=EncryptConf)
    return Logstore.of(
        row,
        shard_count=len(open_shards(ctx, row)),
        hot_ttl=row.hot_days or msgspec.UNSET,
        infrequent_access_ttl=row.cold_days or msgspec.UNSET,
        encrypt_conf=conf,
    )


class Logstores(Page, frozen=True, kw_only=True):
    """A page of logstores."""

    logstores: list[str]


@operation(
    SLS,
    "ListLogStores",
    on=IN_STORES,
    route=Route(method="GET", path="/project/{project}/logstores"),
    reads_only=True,
)
def list_log_stores(
    ctx: Context,
    project: ProjectRow,
    *,
    offset: Offset = 0,
    size: Size = 100,
    logstore_name: Annotated[str, Doc("A part of the name.")] = "",
    telemetry_type: Annotated[str, Doc("Only logstores of the type.")] = "",
    mode: Annotated[str, Doc("Only logstores of the mode.")] = "",
) -> Logstores:
    """List the names of the logstores of a project."""
    rows = ctx.tx.find(LogstoreRow, order=("logstore_name",), project_name=project.project_name)
    found = [
        row.logstore_name
        for row in rows
        if logstore_name in row.logstore_name
        and telemetry_type in ("", row.telemetry or "None")
        and mode in ("", row.mode)
    ]
    shown = shown_of(found, offset, size)
    return Logstores(count=len(shown), total=len(found), logstores=list(shown))


@operation(
    SLS,
    "UpdateLogStore",
    on=ONE_LOGSTORE,
    also=encryption.passed_role,
    raises=(BadArgument, BadLogstore, NotSupported),
    route=Route(method="PUT", path="/project/{project}/logstores/{logstore}"),
)
def update_log_store(
    ctx: Context,
    row: LogstoreRow,
    *,
    given: Given,
    logstore_name: Annotated[str, Doc("The name that the path has.")] = "",
) -> None:
    """Change a logstore; members that are absent stay. Shards are split and merged instead."""
    if logstore_name not in ("", row.logstore_name):
        raise BadArgument(why="logstoreName is another one than that of the path.")
    count = given.shard_count
    if count not in (None, row.shard_count, len(open_shards(ctx, row))):
        raise BadArgument(why="shardCount can not be changed; split or merge shards.")
    columns = columns_of(given, row)
    if given.encrypt_conf is not None:
        wanted = given.encrypt_conf
        columns["encryption"] = encryption.checked(ctx, wanted, row.encryption, row.account_id)
    row = LOGSTORE.change(ctx, row, modified_at=ctx.now, **columns)
    if given.encrypt_conf is not None:
        encryption.prove(ctx, row)
    store = store_of(ctx.tx, row.store_id)
    if store is not None and store.ttl_days != row.ttl_days:
        set_ttl(ctx.tx, store, row.ttl_days)


@operation(
    SLS,
    "DeleteLogStore",
    on=ONE_LOGSTORE,
    route=Route(method="DELETE", path="/project/{project}/logstores/{logstore}"),
)
def delete_log_store(ctx: Context, row: LogstoreRow) -> None:
    """Delete a logstore with its shards and its logs."""
    remove_logstore(ctx, row)


class Metering(CamelShape, frozen=True, kw_only=True):
    """The measure of a logstore's use."""

    metering_mode: Annotated[str, Of("metering")]


@operation(
    SLS,
    "GetLogStoreMeteringMode",
    on=ONE_LOGSTORE,
    route=Route(method="GET", path="/project/{project}/logstores/{logstore}/meteringmode"),
    reads_only=True,
)
def get_metering_mode(_ctx: Context, row: LogstoreRow) -> Metering:
    """Tell what the use of a logstore is counted by."""
    return Metering.of(row)


@operation(
    SLS,
    "UpdateLogStoreMeteringMode",
    on=ONE_LOGSTORE,
    route=Route(method="PUT", path="/project/{project}/logstores/{logstore}/meteringmode"),
)
def update_metering_mode(ctx: Context, row: LogstoreRow, *, metering_mode: Modes) -> None:
    """Say what the use of a logstore is counted by; nothing is charged for either."""
    LOGSTORE.change(ctx, row, metering=metering_mode, modified_at=ctx.now)
