"""Make, show, change, switch and delete alerts.

Source: SLS API reference (documented); that the log SDKs and Terraform's provider say `/jobs` for
`/alerts` (observed); the text of a
name that is taken, and that a rule which is enabled can not be enabled (observed in the tests of
the Java SDK). Assumed: who makes an alert must be allowed to read what the alert asks.
"""

from typing import Annotated, Any

from juyong.api.access import Also
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, NotSupported, fact
from juyong.api.fields import Doc, RawBody
from juyong.api.operation import Route, operation
from juyong.base.ids import new_uuid
from juyong.services.sls.alerts.history import ensure_store
from juyong.services.sls.alerts.keeping import (
    document_of,
    first_tick,
    forget_alarms,
    plan,
    remove_alert,
    sealed,
)
from juyong.services.sls.alerts.rule import Rule, read_rule
from juyong.services.sls.alerts.tables import AlertRow
from juyong.services.sls.alerts.templates import filled
from juyong.services.sls.documents import encoded
from juyong.services.sls.errors import (
    BadArgument,
    BadBody,
    JobExists,
    NoJob,
    NoProject,
    TooManyLogstores,
    TooManyShards,
)
from juyong.services.sls.fields import Offset, Size
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.project_jobs import answer, page, refuse_taken, shown_job, the_job
from juyong.services.sls.projects.project import arn_in, find_project, in_project, project_policy
from juyong.services.sls.refusals import ONLY_ALERTS
from juyong.services.sls.saved.sent import named_document
from juyong.services.sls.tables import ProjectRow

_NAME = "name"
_ON, _OFF = ("ENABLED", "Enabled"), ("DISABLED", "Disabled")
EVERY = in_project("/alert/*")
ONE = in_project("/alert/{name}")
Body = Annotated[bytes, RawBody(), Doc("The alert.")]
Name = Annotated[str, Doc("The alert.")]


TooManyAlerts = fact(
    "ExceedQuota",
    400,
    "alert quota exceed",
    why="The project holds its quota `sls.alerts`.",
)


def _read(
    ctx: Context, project: ProjectRow, body: bytes, name: str = ""
) -> tuple[str, dict[str, Any], Rule]:
    """Return the name, the document and the rule of a body.

    Raises:
        BadBody, BadArgument, NotSupported: it is none. NoProject: it asks a project that the
            account has not.
    """
    found, document = named_document(body, _NAME, name)
    document = filled(document, project.project_name)
    rule = read_rule(document, project.project_name)
    for query in rule.queries:
        asked = find_project(ctx, query.project)
        if asked is None or asked.account_id != project.account_id:
            raise NoProject(name=query.project)
        if query.region not in ("", asked.region):
            raise BadArgument(why="a query names another region than that of its project.")
    encoded(document)
    return found, document, rule


def reading_needs(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the logstores that an alert asks; what cannot be read is refused later."""
    own: str = arguments["project"]
    try:
        _, document = named_document(arguments["alert"], _NAME, arguments.get("name") or "")
        queries = read_rule(filled(document, own), own).queries
    except ApiError:
        return ()
    return tuple(
        Also(
            action="log:GetLogStoreLogs",
            resource=arn_in(ctx, query.project, f"/logstore/{query.store}"),
            policy=_policy_of(ctx, query.project),
        )
        for query in queries
    )


def _policy_of(ctx: Context, project: str) -> Any:
    return project_policy(ctx, {"project": project}) if find_project(ctx, project) else None


def _is_on(document: dict[str, Any], *, otherwise: bool) -> bool:
    given = (document.get("status"), document.get("state"))
    if any(each in _OFF for each in given):
        return False
    return any(each in _ON for each in given) or otherwise


@operation(
    SLS,
    "CreateAlert",
    on=EVERY,
    also=reading_needs,
    raises=(
        *(JobExists, BadArgument, BadBody, NotSupported),
        *(TooManyAlerts, TooManyLogstores, TooManyShards),
    ),
    route=Route(method="POST", path="/project/{project}/alerts"),
)
def create_alert(ctx: Context, project: ProjectRow, *, alert: Body = b"") -> None:
    """Make an alert, which is judged by its schedule from now on.

    The project gets the logstore `internal-alert-history` with its first alert.
    """
    name, document, rule = _read(ctx, project, alert)
    refuse_taken(ctx, project, name)
    if ctx.tx.count(AlertRow, project_name=project.project_name) >= ctx.quota("sls.alerts"):
        raise TooManyAlerts
    ensure_store(ctx, project)
    row = AlertRow(
        project_name=project.project_name,
        alert_name=name,
        account_id=project.account_id,
        region=project.region,
        schedule_id=new_uuid(),
        document=sealed(document),
        enabled=_is_on(document, otherwise=True),
        tick_at=first_tick(rule, ctx.now),
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    ctx.tx.insert(row)
    _plan(ctx, row, rule)


def _plan(ctx: Context, row: AlertRow, rule: Rule) -> None:
    plan(ctx.tx, row, rule, ctx.now)
    ctx.platform.wake_worker()


@operation(
    SLS,
    "UpdateAlert",
    on=ONE,
    also=reading_needs,
    raises=(BadArgument, BadBody, NoJob, NotSupported),
    route=Route(method="PUT", path="/project/{project}/alerts/{name}"),
)
def update_alert(ctx: Context, project: ProjectRow, *, name: Name, alert: Body = b"") -> None:
    """Put another alert in the place of one; alarms that ring are forgotten, and nothing is told.

    The alert stays enabled or disabled where the body says nothing of that.
    """
    row = the_job(ctx, AlertRow, project, name)
    _, document, rule = _read(ctx, project, alert, name)
    forget_alarms(ctx.tx, row)
    row = ctx.tx.update(
        row,
        document=sealed(document),
        enabled=_is_on(document, otherwise=row.enabled),
        tick_at=first_tick(rule, ctx.now),
        modified_at=ctx.now,
    )
    _plan(ctx, row, rule)


@operation(
    SLS,
    "GetAlert",
    on=ONE,
    raises=(NoJob,),
    route=Route(method="GET", path="/project/{project}/alerts/{name}"),
    reads_only=True,
)
def get_alert(ctx: Context, project: ProjectRow, *, name: Name) -> RawAnswer:
    """Show an alert as it was sent."""
    return answer(_shown(the_job(ctx, AlertRow, project, name)))


def _shown(row: AlertRow) -> dict[str, Any]:
    """Return an alert with what the service adds; clients read either `status` or `state`."""
    switch = _ON if row.enabled else _OFF
    document = {"type": "Alert", **document_of(row)}
    return shown_job(row, document, status=switch[0], state=switch[1])


@operation(
    SLS,
    "DeleteAlert",
    on=ONE,
    raises=(NoJob,),
    route=Route(method="DELETE", path="/project/{project}/alerts/{name}"),
)
def delete_alert(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Delete an alert; its history stays."""
    remove_alert(ctx.tx, the_job(ctx, AlertRow, project, name))


@operation(
    SLS,
    "ListAlerts",
    on=EVERY,
    raises=(NotSupported,),
    route=Route(method="GET", path="/project/{project}/alerts"),
    reads_only=True,
    scans=True,
)
def list_alerts(
    ctx: Context,
    project: ProjectRow,
    *,
    offset: Offset = 0,
    size: Size = 100,
    logstore: Annotated[str, Doc("Only alerts that ask the logstore.")] = "",
    job_type: Annotated[str, Doc("`Alert`; other jobs are not served.")] = "Alert",
    job_name: Annotated[str, Doc("A part of the name.")] = "",
) -> RawAnswer:
    """List the alerts of a project, by name."""
    if job_type != "Alert":
        raise NotSupported(name="jobType", reason=ONLY_ALERTS)
    rows = ctx.tx.find(AlertRow, order=("alert_name",), project_name=project.project_name)
    found = [
        row for row in rows if job_name in row.alert_name and (not logstore or _asks(row, logstore))
    ]
    return page(found, offset, size, _shown)


def _asks(row: AlertRow, logstore: str) -> bool:
    rule = read_rule(document_of(row), row.project_name)
    return any((row.project_name, logstore) == (q.project, q.store) for q in rule.queries)


@operation(
    SLS,
    "EnableAlert",
    on=ONE,
    raises=(BadArgument, NoJob),
    route=Route(method="PUT", path="/project/{project}/alerts/{name}", marks="action=enable"),
)
def enable_alert(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Have an alert judged again, from its next tick on."""
    _switch(ctx, the_job(ctx, AlertRow, project, name), to=True)


@operation(
    SLS,
    "DisableAlert",
    on=ONE,
    raises=(BadArgument, NoJob),
    route=Route(method="PUT", path="/project/{project}/alerts/{name}", marks="action=disable"),
)
def disable_alert(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Have an alert judged no more; alarms that ring are forgotten, and nothing is told."""
    _switch(ctx, the_job(ctx, AlertRow, project, name), to=False)


def _switch(ctx: Context, row: AlertRow, *, to: bool) -> None:
    if row.enabled == to:
        raise BadArgument(why=f"the alert is already {'enabled' if to else 'disabled'}.")
    rule = read_rule(document_of(row), row.project_name)
    forget_alarms(ctx.tx, row)
    row = ctx.tx.update(row, enabled=to, tick_at=first_tick(rule, ctx.now), modified_at=ctx.now)
    _plan(ctx, row, rule)
