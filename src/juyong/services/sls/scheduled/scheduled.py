"""Make, show, change, switch and delete scheduled SQL.

Source: SLS API reference (documented); that the log SDKs and Terraform's provider say `/jobs` for
`/scheduledsqls` (observed).
Assumed: a job that is enabled again goes on with the window at which it stopped.
"""

from typing import Annotated, Any

from juyong.api import registry
from juyong.api.access import Also
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, NotSupported, fact
from juyong.api.fields import Doc, RawBody
from juyong.api.hosts import name_of
from juyong.api.operation import Route, operation
from juyong.base.ids import new_uuid
from juyong.services.sls.acting import SERVICE, assumed_role, is_role_of, passing
from juyong.services.sls.documents import encoded
from juyong.services.sls.errors import (
    BadArgument,
    BadBody,
    JobExists,
    NoJob,
    NoLogstore,
    NoProject,
    NotYours,
)
from juyong.services.sls.fields import Offset, Size
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.project_jobs import answer, page, refuse_taken, shown_job, the_job
from juyong.services.sls.projects.project import in_project
from juyong.services.sls.saved.sent import named_document
from juyong.services.sls.scheduled.keeping import document_of, next_tick, plan_run, remove
from juyong.services.sls.scheduled.plan import TYPE, Plan, read_plan
from juyong.services.sls.scheduled.tables import ScheduledRow
from juyong.services.sls.tables import LogstoreRow, ProjectRow
from juyong.services.sts.facade import RoleTrustsNot

_NAME = "name"
EVERY = in_project("/job/*")
ONE = in_project("/job/{name}")
Body = Annotated[bytes, RawBody(), Doc("The scheduled SQL.")]
Name = Annotated[str, Doc("The scheduled SQL.")]
TooManyScheduled = fact(
    "ExceedQuota",
    400,
    "scheduled sql quota exceed",
    why="The project holds its quota `sls.scheduled-sqls`.",
)
_READING = (BadArgument, BadBody, NoLogstore, NotSupported, NotYours)


def passing_needs(_ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the roles that a call gives to the service; what cannot be read is refused later."""
    try:
        _, document = named_document(arguments["scheduled"], _NAME, arguments.get("name") or "")
        plan = read_plan(document)
    except ApiError:
        return ()
    return passing(plan.role, plan.dest_role)


def _read(
    ctx: Context, project: ProjectRow, body: bytes, name: str = ""
) -> tuple[str, dict[str, Any], Plan]:
    """Return the name, the document and the plan of a body.

    Raises:
        BadBody, BadArgument, NotSupported: it is none. NoProject, NoLogstore, NotYours: it reads
            or writes where it cannot.
    """
    found, document = named_document(body, _NAME, name)
    plan = read_plan(document)
    encoded(document)
    for role in (plan.role, plan.dest_role):
        _check_role(ctx, project, role)
    if ctx.tx.get(LogstoreRow, project.project_name, plan.source) is None:
        raise NoLogstore(name=plan.source)
    _check_destination(ctx, project, plan)
    return found, document, plan


def _check_role(ctx: Context, project: ProjectRow, role: str) -> None:
    if not is_role_of(project.account_id, role):
        raise BadArgument(why="roleArn and destRoleArn are roles of the account.")
    try:
        assumed_role(ctx, project.account_id, role)
    except RoleTrustsNot:
        raise BadArgument(why=f"a role does not exist, or does not trust {SERVICE}.") from None


def _check_destination(ctx: Context, project: ProjectRow, plan: Plan) -> None:
    to = project
    if plan.project != project.project_name:
        found = ctx.tx.get(type(project), plan.project)
        if found is None or found.account_id != project.account_id:
            raise NoProject(name=plan.project)
        to = found
    if plan.endpoint:
        host = name_of(plan.endpoint.partition("://")[2] or plan.endpoint)
        products, slots = registry.current().at_host(host, ctx.platform.region)
        if products and (SLS not in products or slots.get("region") not in (None, to.region)):
            raise BadArgument(why="destEndpoint is that of another region than destProject's.")
    row = ctx.tx.get(LogstoreRow, to.project_name, plan.store)
    if row is None:
        raise NoLogstore(name=plan.store)
    if row.writer:
        raise NotYours(name=row.logstore_name, writer=row.writer)


@operation(
    SLS,
    "CreateScheduledSQL",
    on=EVERY,
    also=passing_needs,
    raises=(*_READING, JobExists, TooManyScheduled),
    route=Route(method="POST", path="/project/{project}/scheduledsqls"),
)
def create_scheduled_sql(ctx: Context, project: ProjectRow, *, scheduled: Body = b"") -> None:
    """Make a scheduled SQL, whose windows run from `fromTime` on, each once.

    The service reads and writes as the roles that are named; the caller must be allowed to pass
    them.
    """
    name, document, plan = _read(ctx, project, scheduled)
    refuse_taken(ctx, project, name)
    held = ctx.tx.count(ScheduledRow, project_name=project.project_name)
    if held >= ctx.quota("sls.scheduled-sqls"):
        raise TooManyScheduled
    row = ScheduledRow(
        project_name=project.project_name,
        job_name=name,
        account_id=project.account_id,
        region=project.region,
        schedule_id=new_uuid(),
        document=encoded(document),
        tick_at=next_tick(plan, 0, ctx.now),
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    ctx.tx.insert(row)
    _plan(ctx, row, plan)


def _plan(ctx: Context, row: ScheduledRow, plan: Plan) -> None:
    plan_run(ctx.tx, row, plan, ctx.now)
    ctx.platform.wake_worker()


@operation(
    SLS,
    "UpdateScheduledSQL",
    on=ONE,
    also=passing_needs,
    raises=(*_READING, NoJob),
    route=Route(method="PUT", path="/project/{project}/scheduledsqls/{name}"),
)
def update_scheduled_sql(
    ctx: Context, project: ProjectRow, *, name: Name, scheduled: Body = b""
) -> None:
    """Put another scheduled SQL in the place of one; windows that were done with do not run again.

    The job stays enabled or disabled.
    """
    row = the_job(ctx, ScheduledRow, project, name)
    _, document, plan = _read(ctx, project, scheduled, name)
    row = ctx.tx.update(
        row,
        document=encoded(document),
        tick_at=next_tick(plan, row.done_at, ctx.now),
        modified_at=ctx.now,
    )
    _plan(ctx, row, plan)


def shown(row: ScheduledRow) -> dict[str, Any]:
    """Return a scheduled SQL with what the service adds."""
    state = "Enabled" if row.enabled else "Disabled"
    return shown_job(row, document_of(row), type=TYPE, status=state)


@operation(
    SLS,
    "GetScheduledSQL",
    on=ONE,
    raises=(NoJob,),
    route=Route(method="GET", path="/project/{project}/scheduledsqls/{name}"),
    reads_only=True,
)
def get_scheduled_sql(ctx: Context, project: ProjectRow, *, name: Name) -> RawAnswer:
    """Show a scheduled SQL as it was sent."""
    return answer(shown(the_job(ctx, ScheduledRow, project, name)))


@operation(
    SLS,
    "DeleteScheduledSQL",
    on=ONE,
    raises=(NoJob,),
    route=Route(method="DELETE", path="/project/{project}/scheduledsqls/{name}"),
)
def delete_scheduled_sql(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Delete a scheduled SQL and what is known of its runs; what they wrote stays."""
    remove(ctx.tx, the_job(ctx, ScheduledRow, project, name))


@operation(
    SLS,
    "ListScheduledSQLs",
    on=EVERY,
    route=Route(method="GET", path="/project/{project}/scheduledsqls"),
    reads_only=True,
    scans=True,
)
def list_scheduled_sqls(
    ctx: Context,
    project: ProjectRow,
    *,
    offset: Offset = 0,
    size: Size = 100,
    logstore: Annotated[str, Doc("Only those that read the logstore.")] = "",
    job_name: Annotated[str, Doc("A part of the name.")] = "",
    display_name: Annotated[str, Doc("A part of the name that is shown.")] = "",
) -> RawAnswer:
    """List the scheduled SQL of a project, by name."""
    rows = ctx.tx.find(ScheduledRow, order=("job_name",), project_name=project.project_name)
    found = [
        row
        for row in rows
        if job_name in row.job_name and _is_of(read_plan(document_of(row)), logstore, display_name)
    ]
    return page(found, offset, size, shown)


def _is_of(plan: Plan, logstore: str, display_name: str) -> bool:
    return logstore in ("", plan.source) and display_name in plan.display_name


@operation(
    SLS,
    "EnableScheduledSQL",
    on=ONE,
    raises=(BadArgument, NoJob),
    route=Route(
        method="PUT", path="/project/{project}/scheduledsqls/{name}", marks="action=enable"
    ),
)
def enable_scheduled_sql(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Have the windows of a scheduled SQL run again, from the one at which it stopped."""
    _switch(ctx, the_job(ctx, ScheduledRow, project, name), to=True)


@operation(
    SLS,
    "DisableScheduledSQL",
    on=ONE,
    raises=(BadArgument, NoJob),
    route=Route(
        method="PUT", path="/project/{project}/scheduledsqls/{name}", marks="action=disable"
    ),
)
def disable_scheduled_sql(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Have no more windows of a scheduled SQL run; a run under way commits nothing."""
    _switch(ctx, the_job(ctx, ScheduledRow, project, name), to=False)


def _switch(ctx: Context, row: ScheduledRow, *, to: bool) -> None:
    if row.enabled == to:
        raise BadArgument(why=f"the scheduled SQL is already {'enabled' if to else 'disabled'}.")
    row = ctx.tx.update(row, enabled=to, modified_at=ctx.now)
    _plan(ctx, row, read_plan(document_of(row)))
