"""Dashboards, kept and shown as they are sent.

Source: SLS API reference (documented); the text of a name that is taken (observed in the tests of
the Java SDK).
"""

from typing import Annotated, Any

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, RawBody
from juyong.api.operation import Route, operation
from juyong.services.sls.documents import Documents
from juyong.services.sls.errors import BadArgument, BadBody
from juyong.services.sls.fields import CamelShape, Offset, Page, Size, shown_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.project import in_project
from juyong.services.sls.saved.sent import named_document
from juyong.services.sls.tables import ProjectRow

_NAME = "dashboardName"
NoDashboard = fact(
    "DashboardNotExist",
    404,
    "specified dashboard does not exist",
    why="The project has no such dashboard.",
)
DashboardExists = fact(
    "ParameterInvalid",
    400,
    "specified dashboard already exists",
    why="The project has a dashboard of that name.",
)
TooManyDashboards = fact(
    "ExceedQuota",
    400,
    "dashboard quota exceed",
    why="The project holds its quota `sls.dashboards`.",
)
DASHBOARDS = Documents(
    kind="dashboard",
    missing=NoDashboard,
    taken=DashboardExists,
    quota="sls.dashboards",
    too_many=TooManyDashboards,
)
EVERY = in_project("/dashboard/*")
ONE = in_project("/dashboard/{name}")
Body = Annotated[bytes, RawBody(), Doc("The dashboard.")]
Name = Annotated[str, Doc("The dashboard.")]


@operation(
    SLS,
    "CreateDashboard",
    on=EVERY,
    raises=(BadArgument, BadBody, DashboardExists, TooManyDashboards),
    route=Route(method="POST", path="/project/{project}/dashboards"),
)
def create_dashboard(ctx: Context, project: ProjectRow, *, dashboard: Body = b"") -> None:
    """Keep a new dashboard."""
    name, document = named_document(dashboard, _NAME)
    DASHBOARDS.add(ctx, project.project_name, name, document)


@operation(
    SLS,
    "GetDashboard",
    on=ONE,
    raises=(NoDashboard,),
    route=Route(method="GET", path="/project/{project}/dashboards/{name}"),
    reads_only=True,
)
def get_dashboard(ctx: Context, project: ProjectRow, *, name: Name) -> RawAnswer:
    """Return a dashboard as it was sent."""
    row = DASHBOARDS.the(ctx, project.project_name, name)
    return RawAnswer(body=row.document.encode(), content_type="application/json")


@operation(
    SLS,
    "UpdateDashboard",
    on=ONE,
    raises=(BadArgument, BadBody, NoDashboard),
    route=Route(method="PUT", path="/project/{project}/dashboards/{name}"),
)
def update_dashboard(
    ctx: Context, project: ProjectRow, *, name: Name, dashboard: Body = b""
) -> None:
    """Keep a dashboard in the place of the one before."""
    _, document = named_document(dashboard, _NAME, name)
    DASHBOARDS.change(ctx, project.project_name, name, document)


@operation(
    SLS,
    "DeleteDashboard",
    on=ONE,
    raises=(NoDashboard,),
    route=Route(method="DELETE", path="/project/{project}/dashboards/{name}"),
)
def delete_dashboard(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Delete a dashboard."""
    DASHBOARDS.remove(ctx, project.project_name, name)


class DashboardItem(CamelShape, frozen=True, kw_only=True):
    """A dashboard in a list."""

    dashboard_name: str
    display_name: str
    description: str


class Dashboards(Page, frozen=True, kw_only=True):
    """A page of dashboards; the names come first, as clients read them."""

    dashboards: list[str]
    dashboard_items: list[DashboardItem]


@operation(
    SLS,
    "ListDashboard",
    on=EVERY,
    route=Route(method="GET", path="/project/{project}/dashboards"),
    reads_only=True,
)
def list_dashboard(
    ctx: Context,
    project: ProjectRow,
    *,
    offset: Offset = 0,
    size: Size = 100,
    dashboard_name: Annotated[str, Doc("A part of the name.")] = "",
    display_name: Annotated[str, Doc("A part of the name that is displayed.")] = "",
) -> Dashboards:
    """List the dashboards of a project, by name."""
    rows = DASHBOARDS.all(ctx, project)
    items = [_item(row.name, msgspec.json.decode(row.document)) for row in rows]
    found = [
        item
        for item in items
        if dashboard_name in item.dashboard_name and display_name in item.display_name
    ]
    shown = shown_of(found, offset, size)
    return Dashboards(
        count=len(shown),
        total=len(found),
        dashboards=[item.dashboard_name for item in shown],
        dashboard_items=list(shown),
    )


def _item(name: str, document: dict[str, Any]) -> DashboardItem:
    return DashboardItem(
        dashboard_name=name,
        display_name=str(document.get("displayName", "")),
        description=str(document.get("description", "")),
    )
