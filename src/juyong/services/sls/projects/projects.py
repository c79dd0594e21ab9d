"""Make, show, change, list and delete projects.

Source: SLS API reference (documented); that a project's times are texts, and which members are
read without asking for them (observed in aliyun-log-python-sdk).
"""

import re
from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.errors import NotSupported
from juyong.api.fields import Clearable, Doc, Text
from juyong.api.operation import Route, operation
from juyong.api.shape import Of
from juyong.base.ids import AccountId
from juyong.services.sls.errors import ProjectExists
from juyong.services.sls.fields import CamelShape, Offset, Page, Size, shown_of
from juyong.services.sls.logstores.removing import remove_contents
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.errors import BadProjectName, BadRedundancy, NoGroup
from juyong.services.sls.projects.project import ALL_PROJECTS, ONE_PROJECT, PROJECT
from juyong.services.sls.tables import ProjectRow
from juyong.store.errors import Duplicate

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
Description = Annotated[str, Text(0, 64), Clearable(), Doc("0 to 64 characters.")]
RecycleBin = Annotated[bool, Doc("Refused: a deleted project is gone.")]


def resource_group_of(account_id: AccountId) -> str:
    """Return the id of an account's default resource group, in which all projects are."""
    return f"rg-acfm{account_id}"


def check_group(account_id: AccountId, group_id: str) -> None:
    """Refuse a group that nothing of an account can be in.

    Raises:
        NoGroup: it is not the account's default one.
    """
    if group_id not in ("", resource_group_of(account_id)):
        raise NoGroup


def _endpoint(row: ProjectRow) -> str:
    return f"{row.region}.log.aliyuncs.com"


def _internal(row: ProjectRow) -> str:
    return f"{row.region}-intranet.log.aliyuncs.com"


def _group(row: ProjectRow) -> str:
    return resource_group_of(row.account_id)


class Quotas(CamelShape, frozen=True, kw_only=True):
    """The quotas of a project."""

    logstore: int
    shard: int


class Project(CamelShape, frozen=True, kw_only=True):
    """One project; owner is always empty."""

    project_name: str
    description: str
    status: str = "Normal"
    owner: str = ""
    region: str
    create_time: Annotated[str, Of("created_at", str)]
    last_modify_time: Annotated[str, Of("modified_at", str)]
    resource_group_id: Annotated[str, Of("", _group)]
    data_redundancy_type: Annotated[str, Of("redundancy")]
    internet_endpoint: Annotated[str, Of("", _endpoint)]
    internal_endpoint: Annotated[str, Of("", _internal)]
    recycle_bin_enabled: bool = False
    quota: Quotas | msgspec.UnsetType = msgspec.UNSET


def _project(ctx: Context, row: ProjectRow, *, quota: bool) -> Project:
    """Show a project."""
    held = Quotas(logstore=ctx.quota("sls.logstores"), shard=ctx.quota("sls.shards"))
    return Project(
        project_name=row.project_name,
        description=row.description,
        region=row.region,
        create_time=str(row.created_at),
        last_modify_time=str(row.modified_at),
        resource_group_id=_group(row),
        data_redundancy_type=row.redundancy,
        internet_endpoint=_endpoint(row),
        internal_endpoint=_internal(row),
        quota=held if quota else msgspec.UNSET,
    )


def _no_bin(recycle_bin: bool | None) -> None:
    if recycle_bin:
        raise NotSupported(name="recycleBinEnabled", reason="a deleted project is gone")


@operation(
    SLS,
    "CreateProject",
    on=PROJECT.new,
    raises=(BadProjectName, BadRedundancy, NoGroup, NotSupported, ProjectExists),
    route=Route(method="POST", path="/"),
)
def create_project(
    ctx: Context,
    *,
    project_name: Annotated[str, Doc("Unique over all accounts.")],
    description: Description = "",
    resource_group_id: Annotated[str, Doc("The account's default one.")] = "",
    data_redundancy_type: Annotated[str, Doc("LRS or ZRS.")] = "LRS",
    recycle_bin_enabled: RecycleBin = False,
) -> None:
    """Make a project in the region called; at its own host, or at that of the service."""
    if _NAME.fullmatch(project_name) is None:
        raise BadProjectName
    if data_redundancy_type not in ("LRS", "ZRS"):
        raise BadRedundancy
    check_group(ctx.account_id, resource_group_id)
    _no_bin(recycle_bin_enabled)
    columns: dict[str, Any] = {"description": description, "redundancy": data_redundancy_type}
    try:
        PROJECT.create(ctx, project_name=project_name, modified_at=ctx.now, **columns)
    except Duplicate:
        raise ProjectExists(name=project_name) from None


@operation(
    SLS,
    "GetProject",
    on=ONE_PROJECT,
    route=Route(method="GET", path="/project/{project}"),
    reads_only=True,
)
def get_project(
    ctx: Context,
    row: ProjectRow,
    *,
    fetch_quota: Annotated[bool, Doc("Whether to show the quotas.")] = False,
) -> Project:
    """Show a project."""
    return _project(ctx, row, quota=fetch_quota)


class Projects(Page, frozen=True, kw_only=True):
    """A page of projects."""

    projects: list[Project]


@operation(
    SLS,
    "ListProject",
    on=ALL_PROJECTS,
    route=Route(method="GET", path="/"),
    reads_only=True,
    scans=True,
)
def list_project(
    ctx: Context,
    *,
    offset: Offset = 0,
    size: Size = 100,
    project_name: Annotated[str, Doc("A part of the name.")] = "",
    description: Annotated[str, Doc("A part of the description.")] = "",
    resource_group_id: Annotated[str, Doc("Only what is in it.")] = "",
    fetch_quota: Annotated[bool, Doc("Whether to show the quotas.")] = False,
) -> Projects:
    """List the account's projects of the region called, by name."""
    rows = ctx.tx.find(
        ProjectRow, order=("project_name",), account_id=ctx.account_id, region=ctx.region
    )
    found = [
        row
        for row in rows
        if project_name in row.project_name
        and description in row.description
        and resource_group_id in ("", _group(row))
    ]
    shown = shown_of(found, offset, size)
    return Projects(
        count=len(shown),
        total=len(found),
        projects=[_project(ctx, row, quota=fetch_quota) for row in shown],
    )


@operation(
    SLS,
    "UpdateProject",
    on=ONE_PROJECT,
    raises=(NotSupported,),
    route=Route(method="PUT", path="/project/{project}"),
)
def update_project(
    ctx: Context,
    row: ProjectRow,
    *,
    description: Description | None = None,
    recycle_bin_enabled: RecycleBin | None = None,
) -> None:
    """Change the description of a project."""
    _no_bin(recycle_bin_enabled)
    PROJECT.change(ctx, row, description=description, modified_at=ctx.now)


@operation(
    SLS, "DeleteProject", on=ONE_PROJECT, route=Route(method="DELETE", path="/project/{project}")
)
def delete_project(
    ctx: Context,
    row: ProjectRow,
    *,
    force_delete: Annotated[bool, Doc("Accepted: all is gone in any case.")] = False,  # noqa: ARG001
) -> None:
    """Delete a project with its logstores and all else that is in it."""
    remove_contents(ctx, row)
    PROJECT.remove(ctx, row)
