"""Logstores: how calls name one, and what the inventory keeps."""

from collections.abc import Mapping
from typing import Annotated, Any

from juyong.api.context import Arguments, Context
from juyong.api.resource import Links, Resource, Target
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.sls.errors import NoLogstore, NoProject
from juyong.services.sls.fields import LogstoreName, ProjectName
from juyong.services.sls.projects.project import (
    PROJECT,
    TAGS,
    arn_in,
    named_in,
    project_conditions,
    project_policy,
    the_project,
)
from juyong.services.sls.tables import LogstoreRow
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction


class LogstoreState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a logstore."""

    project_name: str
    logstore_name: str
    region: str
    ttl_days: int
    hot_days: int
    cold_days: int
    auto_split: bool
    max_shards: int
    web_tracking: bool
    append_meta: bool
    mode: str
    telemetry: str
    metering: str
    encryption: str
    create_date: CreateDate
    modify_time: Annotated[int, Of("modified_at")]


def _parts(label: str) -> tuple[str, str]:
    """Return project and logstore of `project#logstore` or `project/logstore/logstore`."""
    if "#" in label:
        project, _, logstore = label.partition("#")
    else:
        project, _, logstore = label.partition("/logstore/")
    return project, logstore


def _find(ctx: Context, label: str) -> LogstoreRow:
    project, logstore = _parts(label)
    the_project(ctx, project)
    row = ctx.tx.get(LogstoreRow, project, logstore)
    if row is None:
        raise NoLogstore(name=logstore)
    return row


def _arn(ctx: Context, label: str) -> str:
    project, logstore = _parts(label)
    return arn_in(ctx, project, f"/logstore/{logstore or '*'}")


def _project_of(_tx: Transaction, row: LogstoreRow) -> tuple[Ref, ...]:
    return (PROJECT.ref_of(row.account_id, row.region, row.project_name),)


LOGSTORE: Resource[LogstoreRow] = Resource(
    kind="ACS::SLS::LogStore",
    row=LogstoreRow,
    id="place",
    name="place",
    label="path",
    arn="log:project/",
    regional=True,
    find=_find,
    missing=(NoLogstore, NoProject),
    state=LogstoreState,
    tags=TAGS,
    links=(Links("project", _project_of),),
    resolve=_arn,
)


def the_logstore(ctx: Context, project: str, logstore: str) -> LogstoreRow:
    """Return a logstore, which is what the call is about.

    Raises:
        NoProject, NoLogstore: as named.
    """
    return LOGSTORE.the(ctx, f"{project}#{logstore}")


def logstore_conditions(ctx: Context, arn: str) -> Mapping[str, tuple[str, ...]]:
    """Return acs:ResourceTag/<key> of the project, and of the logstore in the place of those."""
    project, _, rest = arn.split(":", 4)[-1].removeprefix("project/").partition("/logstore/")
    row = ctx.tx.get(LogstoreRow, project, rest.partition("/")[0])
    held = LOGSTORE.tags_of(ctx.tx, row) if row else {}
    own = {f"{start}{key}": (value,) for key, value in held.items() for start in TAGS.conditions}
    return {**project_conditions(ctx, arn), **own}


_NAMED: dict[str, Any] = {"project": ProjectName, "logstore": LogstoreName}


def _row(ctx: Context, arguments: Arguments) -> LogstoreRow:
    return the_logstore(ctx, arguments["project"], arguments["logstore"])


def in_logstore(rest: str = "") -> Target[LogstoreRow]:
    """Return the target of an operation on a logstore, or on something that belongs to one."""
    return Target(
        parameters=_NAMED,
        arn=named_in(f"/logstore/{{logstore}}{rest}"),
        find=_row,
        errors=(NoLogstore, NoProject),
        conditions=logstore_conditions,
        policy=project_policy,
    )


ONE_LOGSTORE = in_logstore()
