"""Resources of an account: those that the service has by itself, and those that callers make.

Source: SLS, resource data (documented); members and paths (observed in aliyun-log-python-sdk and
Terraform's provider). Assumed: `sls.alert.…` and `sls.common.…` are there without being made, and
are not deleted; resources and records are the same in all regions.
"""

import re
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Text
from juyong.api.operation import Route, operation
from juyong.api.resource import Collection, Target
from juyong.api.shape import Of
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.fields import CamelShape, Offset, Page, Size, shown_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.records.errors import NoResource, ResourceExists
from juyong.services.sls.tables import LogResourceRow, RecordRow

_BUILT_IN = re.compile(r"sls\.(?:alert|common)\.[a-z_]{1,64}")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{1,127}")
ResourceName = Annotated[str, Doc("The resource.")]
Description = Annotated[str, Text(0, 512), Doc("0 to 512 characters.")]
Json = Annotated[str, Text(0, 65536), Doc("JSON as text, kept as it is sent.")]


def find_resource(ctx: Context, name: str) -> LogResourceRow | None:
    """Return a resource of the caller's account; one of the service's own needs no row."""
    row = ctx.tx.get(LogResourceRow, ctx.account_id, name)
    if row is None and _BUILT_IN.fullmatch(name):
        return LogResourceRow(
            account_id=ctx.account_id,
            resource_name=name,
            kind="system",
            created_at=ctx.now,
            modified_at=ctx.now,
        )
    return row


def the_resource(ctx: Context, name: str) -> LogResourceRow:
    """Return a resource, which is what the call is about.

    Raises:
        NoResource: there is none.
    """
    row = find_resource(ctx, name)
    if row is None:
        raise NoResource(name=name)
    return row


def arn_of(ctx: Context, rest: str) -> tuple[str, ...]:
    """Name a resource, or a record of one."""
    return (f"acs:log:{ctx.region}:{ctx.account_id}:resource/{rest}",)


def on_resource(rest: str = "") -> Target[LogResourceRow]:
    """Return the target of an operation on a resource, or on what is in one."""

    def arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        named = rest.format(record=arguments.get("record") or "*")
        return arn_of(ctx, f"{arguments.get('resource') or '*'}{named}")

    return Target(
        parameters={"resource": ResourceName},
        arn=arn,
        find=lambda ctx, arguments: the_resource(ctx, arguments["resource"]),
        errors=(NoResource,),
    )


ONE = on_resource()
ALL = Collection(arn=lambda ctx, _arguments: arn_of(ctx, "*"))


@operation(
    SLS,
    "CreateResource",
    on=ALL,
    raises=(BadArgument, ResourceExists),
    route=Route(method="POST", path="/resources"),
)
def create_resource(
    ctx: Context,
    *,
    name: ResourceName,
    type: Annotated[str, Text(1, 64), Doc("Such as `userdefine`.")],
    description: Description = "",
    schema: Json = "",
    acl: Json = "",
    ext_info: Json = "",
) -> None:
    """Make a resource."""
    if _NAME.fullmatch(name) is None:
        raise BadArgument(why="name is invalid.")
    if find_resource(ctx, name) is not None:
        raise ResourceExists(name=name)
    ctx.tx.insert(
        LogResourceRow(
            account_id=ctx.account_id,
            resource_name=name,
            kind=type,
            schema=schema,
            description=description,
            acl=acl,
            ext_info=ext_info,
            created_at=ctx.now,
            modified_at=ctx.now,
        )
    )


def _object(text: str) -> str:
    return text or "{}"


class Shown(CamelShape, frozen=True, kw_only=True):
    """One resource; schema and acl: JSON as text."""

    name: Annotated[str, Of("resource_name")]
    type: Annotated[str, Of("kind")]
    schema: Annotated[str, Of("schema", _object)]
    acl: Annotated[str, Of("acl", _object)]
    description: str
    ext_info: str
    create_time: Annotated[int, Of("created_at")]
    last_modify_time: Annotated[int, Of("modified_at")]


@operation(
    SLS,
    "GetResource",
    on=ONE,
    route=Route(method="GET", path="/resources/{resource}"),
    reads_only=True,
)
def get_resource(_ctx: Context, row: LogResourceRow) -> Shown:
    """Show a resource."""
    return Shown.of(row)


class Resources(Page, frozen=True, kw_only=True):
    """A page of resources."""

    items: list[Shown]


@operation(
    SLS,
    "ListResources",
    on=ALL,
    route=Route(method="GET", path="/resources"),
    reads_only=True,
    scans=True,
)
def list_resources(
    ctx: Context,
    *,
    offset: Offset = 0,
    size: Size = 100,
    type: Annotated[str, Doc("Only resources of the type.")] = "",
    names: Annotated[str, Doc("Only these, separated by commas.")] = "",
) -> Resources:
    """List the resources that callers made, by name."""
    wanted = names.split(",") if names else []
    found = [
        row
        for row in ctx.tx.find(LogResourceRow, order=("resource_name",), account_id=ctx.account_id)
        if type in ("", row.kind) and (not wanted or row.resource_name in wanted)
    ]
    shown = [Shown.of(row) for row in shown_of(found, offset, size)]
    return Resources(count=len(shown), total=len(found), items=shown)


@operation(SLS, "UpdateResource", on=ONE, route=Route(method="PUT", path="/resources/{resource}"))
def update_resource(
    ctx: Context,
    row: LogResourceRow,
    *,
    description: Description | None = None,
    schema: Json | None = None,
    acl: Json | None = None,
    ext_info: Json | None = None,
) -> None:
    """Change a resource; members that are absent stay, as does a resource of the service's own."""
    given = {"description": description, "schema": schema, "acl": acl, "ext_info": ext_info}
    changes = {name: value for name, value in given.items() if value is not None}
    if ctx.tx.get(LogResourceRow, ctx.account_id, row.resource_name) is not None:
        ctx.tx.update(row, modified_at=ctx.now, **changes)


@operation(
    SLS, "DeleteResource", on=ONE, route=Route(method="DELETE", path="/resources/{resource}")
)
def delete_resource(ctx: Context, row: LogResourceRow) -> None:
    """Delete a resource with its records; one of the service's own loses its records alone."""
    for record in ctx.tx.find(
        RecordRow, account_id=ctx.account_id, resource_name=row.resource_name
    ):
        ctx.tx.delete(record)
    if ctx.tx.get(LogResourceRow, ctx.account_id, row.resource_name) is not None:
        ctx.tx.delete(row)
