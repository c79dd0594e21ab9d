"""Jobs at `/jobs`, as the log SDKs and Terraform's provider ask for them: alerts and scheduled SQL.

The body of a new job tells its kind; of a job that exists, only the store knows the kind.

Source: paths of the official Go and Python SDKs (observed); RAM actions `log:GetJob` and so on, on
`job/<name>` (documented). Assumed: the action on the kind of the job must be allowed, too, so that
this is no way round; switching is `log:EnableJob` and `log:DisableJob`.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec

from juyong.api.access import Also, AlsoRule
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported
from juyong.api.fields import Doc, RawBody
from juyong.api.operation import Route, operation
from juyong.services.sls.alerts import alerts
from juyong.services.sls.alerts.tables import AlertRow
from juyong.services.sls.errors import (
    BadArgument,
    BadBody,
    JobExists,
    NoJob,
    NoLogstore,
    NotYours,
    TooManyLogstores,
    TooManyShards,
)
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.project import arn_in, find_project, project_policy
from juyong.services.sls.scheduled import scheduled
from juyong.services.sls.scheduled.plan import TYPE
from juyong.services.sls.scheduled.scheduled import EVERY, ONE, Name
from juyong.services.sls.tables import ProjectRow

Body = Annotated[bytes, RawBody(), Doc("The alert or the scheduled SQL; `type` tells which.")]
_READING = (BadArgument, BadBody, NoLogstore, NotSupported, NotYours)


def _is_alert(ctx: Context, project: str, name: str) -> bool:
    return ctx.tx.get(AlertRow, project, name) is not None


def _is_scheduled(body: bytes) -> bool:
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("type") == TYPE


def _of_its_kind(verb: str) -> AlsoRule:
    """Return the rule that asks for the action on the kind that a job has, and what that needs."""

    def rule(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
        project, name, body = arguments["project"], arguments.get("name"), arguments.get("job")
        is_alert = _is_alert(ctx, project, name) if name else not _is_scheduled(body or b"")
        kind, part = ("Alert", "alert") if is_alert else (TYPE, "job")
        policy = project_policy(ctx, arguments) if find_project(ctx, project) else None
        resource = arn_in(ctx, project, f"/{part}/{name or '*'}")
        own = Also(action=f"log:{verb}{kind}", resource=resource, policy=policy)
        if body is None:
            return (own,)
        given: Arguments = {**arguments, "alert": body, "scheduled": body}
        needs = alerts.reading_needs if is_alert else scheduled.passing_needs
        return (own, *needs(ctx, given))

    return rule


@operation(
    SLS,
    "CreateJob",
    on=EVERY,
    also=_of_its_kind("Create"),
    raises=(
        *(*_READING, JobExists, alerts.TooManyAlerts),
        *(scheduled.TooManyScheduled, TooManyLogstores, TooManyShards),
    ),
    route=Route(method="POST", path="/project/{project}/jobs"),
)
def create_job(ctx: Context, project: ProjectRow, *, job: Body = b"") -> None:
    """Make an alert or a scheduled SQL."""
    if _is_scheduled(job):
        scheduled.create_scheduled_sql(ctx, project, scheduled=job)
    else:
        alerts.create_alert(ctx, project, alert=job)


@operation(
    SLS,
    "UpdateJob",
    on=ONE,
    also=_of_its_kind("Update"),
    raises=(*_READING, NoJob),
    route=Route(method="PUT", path="/project/{project}/jobs/{name}"),
)
def update_job(ctx: Context, project: ProjectRow, *, name: Name, job: Body = b"") -> None:
    """Put another job of the same kind in the place of one."""
    if _is_alert(ctx, project.project_name, name):
        alerts.update_alert(ctx, project, name=name, alert=job)
    else:
        scheduled.update_scheduled_sql(ctx, project, name=name, scheduled=job)


@operation(
    SLS,
    "GetJob",
    on=ONE,
    also=_of_its_kind("Get"),
    raises=(NoJob,),
    route=Route(method="GET", path="/project/{project}/jobs/{name}"),
    reads_only=True,
)
def get_job(ctx: Context, project: ProjectRow, *, name: Name) -> RawAnswer:
    """Show an alert or a scheduled SQL as it was sent."""
    is_alert = _is_alert(ctx, project.project_name, name)
    show: Callable[..., RawAnswer] = alerts.get_alert if is_alert else scheduled.get_scheduled_sql
    return show(ctx, project, name=name)


@operation(
    SLS,
    "DeleteJob",
    on=ONE,
    also=_of_its_kind("Delete"),
    raises=(NoJob,),
    route=Route(method="DELETE", path="/project/{project}/jobs/{name}"),
)
def delete_job(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Delete an alert or a scheduled SQL."""
    is_alert = _is_alert(ctx, project.project_name, name)
    delete = alerts.delete_alert if is_alert else scheduled.delete_scheduled_sql
    delete(ctx, project, name=name)


@operation(
    SLS,
    "EnableJob",
    on=ONE,
    also=_of_its_kind("Enable"),
    raises=(BadArgument, NoJob),
    route=Route(method="PUT", path="/project/{project}/jobs/{name}", marks="action=enable"),
)
def enable_job(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Have an alert judged again, or the windows of a scheduled SQL run again."""
    is_alert = _is_alert(ctx, project.project_name, name)
    enable = alerts.enable_alert if is_alert else scheduled.enable_scheduled_sql
    enable(ctx, project, name=name)


@operation(
    SLS,
    "DisableJob",
    on=ONE,
    also=_of_its_kind("Disable"),
    raises=(BadArgument, NoJob),
    route=Route(method="PUT", path="/project/{project}/jobs/{name}", marks="action=disable"),
)
def disable_job(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Have an alert judged no more, or no windows of a scheduled SQL run."""
    is_alert = _is_alert(ctx, project.project_name, name)
    disable = alerts.disable_alert if is_alert else scheduled.disable_scheduled_sql
    disable(ctx, project, name=name)
