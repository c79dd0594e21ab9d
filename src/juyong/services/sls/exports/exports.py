"""Make, show, change, start, stop and delete exports.

Source: SLS API reference, CreateOSSExport and its neighbours (documented). Assumed: the names of
what must be allowed, the texts of refusals, and that an export whose logstore or beginning is
changed begins anew.
"""

from typing import Annotated, Any

from juyong.api.access import Also
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, NotSupported, fact
from juyong.api.fields import Doc, RawBody
from juyong.api.operation import Route, operation
from juyong.base.ids import new_uuid
from juyong.services.sls.acting import passing
from juyong.services.sls.documents import encoded
from juyong.services.sls.errors import BadArgument, BadBody, JobExists, NoJob, NoLogstore
from juyong.services.sls.exports.keeping import (
    GOES_ON,
    carry_on,
    document_of,
    forget_places,
    plan_of,
    remove_export,
)
from juyong.services.sls.exports.sent import Plan, read_plan
from juyong.services.sls.exports.tables import ExportRow
from juyong.services.sls.fields import Offset, Size
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.project_jobs import answer, page, refuse_taken, shown_job, the_job
from juyong.services.sls.projects.project import find_project, in_project
from juyong.services.sls.saved.sent import named_document
from juyong.services.sls.tables import LogstoreRow, ProjectRow

_NAME = "name"
EVERY = in_project("/job/*")
ONE = in_project("/job/{oss_export_name}")
Body = Annotated[bytes, RawBody(), Doc("The export.")]
Name = Annotated[str, Doc("The export.")]


TooManyExports = fact(
    "ExceedQuota",
    400,
    "export quota exceed",
    why="The project holds its quota `sls.exports`.",
)


def _read(
    ctx: Context, project: ProjectRow, body: bytes, name: str = ""
) -> tuple[str, dict[str, Any], Plan]:
    """Return the name, the document and the plan of a body.

    Raises:
        BadBody, BadArgument, NotSupported: it is none. NoLogstore: there is nothing to export.
    """
    found, document = named_document(body, _NAME, name)
    plan = read_plan(document, project.account_id, project.region)
    if ctx.tx.get(LogstoreRow, project.project_name, plan.logstore) is None:
        raise NoLogstore(name=plan.logstore)
    return found, document, plan


def _passed_roles(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the roles that a call gives to the service; what cannot be read is refused later."""
    project = find_project(ctx, arguments["project"])
    if project is None:
        return ()
    try:
        name = arguments.get("oss_export_name") or ""
        _, document = named_document(arguments["export"], _NAME, name)
        plan = read_plan(document, project.account_id, project.region)
    except ApiError:
        return ()
    return passing(plan.reader, plan.writer)


@operation(
    SLS,
    "CreateOSSExport",
    on=EVERY,
    also=_passed_roles,
    raises=(JobExists, BadArgument, BadBody, NoLogstore, NotSupported, TooManyExports),
    route=Route(method="POST", path="/project/{project}/ossexports"),
)
def create_oss_export(ctx: Context, project: ProjectRow, *, export: Body = b"") -> None:
    """Make an export, which begins at once.

    Objects are lines of JSON, one a log. Each shard has objects of its own, in its order; an object
    is written when its logs have waited for the interval, or reach the size.
    """
    name, document, plan = _read(ctx, project, export)
    refuse_taken(ctx, project, name)
    if ctx.tx.count(ExportRow, project_name=project.project_name) >= ctx.quota("sls.exports"):
        raise TooManyExports
    row = ExportRow(
        project_name=project.project_name,
        export_name=name,
        account_id=project.account_id,
        region=project.region,
        logstore_name=plan.logstore,
        schedule_id=new_uuid(),
        document=encoded(document),
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    ctx.tx.insert(row)
    _carry_on(ctx, row)


def _carry_on(ctx: Context, row: ExportRow) -> None:
    carry_on(ctx.tx, row, ctx.now)
    ctx.platform.wake_worker()


@operation(
    SLS,
    "UpdateOSSExport",
    on=ONE,
    also=_passed_roles,
    raises=(BadArgument, BadBody, NoJob, NoLogstore, NotSupported),
    route=Route(method="PUT", path="/project/{project}/ossexports/{ossExportName}"),
)
def update_oss_export(
    ctx: Context, project: ProjectRow, *, oss_export_name: Name, export: Body = b""
) -> None:
    """Put another export in the place of one, which goes on where that one was.

    It begins anew where its logstore or its beginning is another one. A stopped export stays so.
    """
    row = the_job(ctx, ExportRow, project, oss_export_name)
    _, document, plan = _read(ctx, project, export, oss_export_name)
    before = plan_of(row)
    if (plan.logstore, plan.from_s) != (before.logstore, before.from_s):
        forget_places(ctx.tx, row)
    row = ctx.tx.update(
        row,
        logstore_name=plan.logstore,
        document=encoded(document),
        status=row.status if row.status == "STOPPED" else "RUNNING",
        error="",
        modified_at=ctx.now,
    )
    _carry_on(ctx, row)


@operation(
    SLS,
    "GetOSSExport",
    on=ONE,
    raises=(NoJob,),
    route=Route(method="GET", path="/project/{project}/ossexports/{ossExportName}"),
    reads_only=True,
)
def get_oss_export(ctx: Context, project: ProjectRow, *, oss_export_name: Name) -> RawAnswer:
    """Show an export as it was sent, with its state; `error`: why the last attempt failed."""
    return answer(_shown(the_job(ctx, ExportRow, project, oss_export_name)))


def _shown(row: ExportRow) -> dict[str, Any]:
    return shown_job(row, document_of(row), status=row.status, error=row.error)


@operation(
    SLS,
    "ListOSSExports",
    on=EVERY,
    route=Route(method="GET", path="/project/{project}/ossexports"),
    reads_only=True,
)
def list_oss_exports(
    ctx: Context,
    project: ProjectRow,
    *,
    offset: Offset = 0,
    size: Size = 10,
    logstore: Annotated[str, Doc("Only exports of the logstore.")] = "",
) -> RawAnswer:
    """List the exports of a project, by name."""
    rows = ctx.tx.find(ExportRow, order=("export_name",), project_name=project.project_name)
    found = [row for row in rows if logstore in ("", row.logstore_name)]
    return page(found, offset, size, _shown)


@operation(
    SLS,
    "DeleteOSSExport",
    on=ONE,
    raises=(NoJob,),
    route=Route(method="DELETE", path="/project/{project}/ossexports/{ossExportName}"),
)
def delete_oss_export(ctx: Context, project: ProjectRow, *, oss_export_name: Name) -> None:
    """Delete an export; what was exported stays in the bucket."""
    remove_export(ctx.tx, the_job(ctx, ExportRow, project, oss_export_name))


@operation(
    SLS,
    "StartOSSExport",
    on=ONE,
    raises=(BadArgument, NoJob),
    route=Route(
        method="PUT", path="/project/{project}/ossexports/{ossExportName}", marks="action=START"
    ),
)
def start_oss_export(ctx: Context, project: ProjectRow, *, oss_export_name: Name) -> None:
    """Have a stopped export go on where it was."""
    row = the_job(ctx, ExportRow, project, oss_export_name)
    if row.status in GOES_ON:
        raise BadArgument(why="the export is already running.")
    _carry_on(ctx, ctx.tx.update(row, status="RUNNING", error="", modified_at=ctx.now))


@operation(
    SLS,
    "StopOSSExport",
    on=ONE,
    raises=(BadArgument, NoJob),
    route=Route(
        method="PUT", path="/project/{project}/ossexports/{ossExportName}", marks="action=STOP"
    ),
)
def stop_oss_export(ctx: Context, project: ProjectRow, *, oss_export_name: Name) -> None:
    """Stop an export; what waits is exported once it is started again."""
    row = the_job(ctx, ExportRow, project, oss_export_name)
    if row.status not in GOES_ON:
        raise BadArgument(why="the export is not running.")
    _carry_on(ctx, ctx.tx.update(row, status="STOPPED", modified_at=ctx.now))
