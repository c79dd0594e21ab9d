"""Show the runs of scheduled SQL, and have a window that failed run again.

Source: paths, parameters and members (observed in the official Go and Python SDKs); that a state is
only changed to RUNNING (observed there). Assumed: only a run that failed runs again.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Between, Doc, OneOf
from juyong.api.operation import Route, operation
from juyong.services.sls.errors import BadArgument, NoJob
from juyong.services.sls.fields import CamelShape, Offset, Page, Size, shown_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.project_jobs import the_job
from juyong.services.sls.scheduled.keeping import (
    FAILED,
    RUN,
    RUNNING,
    SUCCEEDED,
    again_key,
    document_of,
)
from juyong.services.sls.scheduled.plan import read_plan
from juyong.services.sls.scheduled.scheduled import ONE, Name
from juyong.services.sls.scheduled.tables import RunRow, ScheduledRow
from juyong.services.sls.tables import ProjectRow
from juyong.store.queue import put

_LAST_SECOND = 2**32
Second = Annotated[int, Between(0, _LAST_SECOND)]
State = Annotated[str, OneOf(("", RUNNING, SUCCEEDED, FAILED))]
Id = Annotated[str, Doc("The run.")]


class NoRun(ApiError):
    """No run of the job has that id (code assumed)."""

    code, status, text = "JobInstanceNotExist", 404, "Job instance {name} does not exist"


class Run(CamelShape, frozen=True, kw_only=True):
    """One window of a scheduled SQL, and how its run went; times are milliseconds since 1970."""

    instance_id: str
    job_name: str
    display_name: str
    description: str
    job_schedule_id: str
    create_time_in_millis: int
    schedule_time_in_millis: int
    update_time_in_millis: int
    state: str
    error_code: str
    error_message: str
    summary: str


class Runs(Page, frozen=True, kw_only=True):
    """Runs, the newest window first."""

    results: list[Run]


def _shown(row: ScheduledRow, run: RunRow) -> Run:
    plan = read_plan(document_of(row))
    begin, end = plan.window(run.tick_at)
    return Run(
        instance_id=run.instance_id,
        job_name=row.job_name,
        display_name=plan.display_name,
        description=plan.description,
        job_schedule_id=row.schedule_id,
        create_time_in_millis=run.begun_at * 1000,
        schedule_time_in_millis=run.tick_at * 1000,
        update_time_in_millis=run.changed_at * 1000,
        state=run.state,
        error_code=run.error_code,
        error_message=run.error_text,
        summary=(
            f"window [{begin}, {end}), {run.rows_read} rows read, {run.rows_written} written, "
            f"{run.attempts} attempts failed"
        ),
    )


def _runs(ctx: Context, row: ScheduledRow) -> list[RunRow]:
    found = ctx.tx.find(
        RunRow, order=("tick_at",), project_name=row.project_name, job_name=row.job_name
    )
    return found[::-1]


def _the_run(ctx: Context, row: ScheduledRow, instance: str) -> RunRow:
    for run in _runs(ctx, row):
        if run.instance_id == instance:
            return run
    raise NoRun(name=instance)


@operation(
    SLS,
    "ListJobInstances",
    on=ONE,
    raises=(NoJob,),
    route=Route(method="GET", path="/project/{project}/jobs/{name}/jobinstances"),
    reads_only=True,
    scans=True,
)
def list_job_instances(
    ctx: Context,
    project: ProjectRow,
    *,
    name: Name,
    start: Annotated[Second, Doc("Windows whose tick is at this Unix second or behind it.")] = 0,
    end: Annotated[Second, Doc("Windows whose tick is before this Unix second.")] = _LAST_SECOND,
    state: Annotated[State, Doc("`RUNNING`, `SUCCEEDED` or `FAILED`; empty for all.")] = "",
    offset: Offset = 0,
    size: Size = 100,
) -> Runs:
    """List the runs of a scheduled SQL, the newest window first; the last 1,000 are known."""
    row = the_job(ctx, ScheduledRow, project, name)
    found = [
        run for run in _runs(ctx, row) if start <= run.tick_at < end and state in ("", run.state)
    ]
    page = [_shown(row, run) for run in shown_of(found, offset, size)]
    return Runs(count=len(page), total=len(found), results=page)


@operation(
    SLS,
    "GetJobInstance",
    on=ONE,
    raises=(NoJob, NoRun),
    route=Route(method="GET", path="/project/{project}/jobs/{name}/jobinstances/{instanceId}"),
    reads_only=True,
    scans=True,
)
def get_job_instance(ctx: Context, project: ProjectRow, *, name: Name, instance_id: Id) -> Run:
    """Show one run of a scheduled SQL."""
    row = the_job(ctx, ScheduledRow, project, name)
    return _shown(row, _the_run(ctx, row, instance_id))


@operation(
    SLS,
    "ModifyJobInstanceState",
    on=ONE,
    raises=(BadArgument, NoJob, NoRun),
    route=Route(method="PUT", path="/project/{project}/jobs/{name}/jobinstances/{instanceId}"),
)
def modify_job_instance_state(
    ctx: Context,
    project: ProjectRow,
    *,
    name: Name,
    instance_id: Id,
    state: Annotated[str, Doc("`RUNNING`.")],
) -> None:
    """Have a window that failed run again, at once."""
    run = _the_run(ctx, the_job(ctx, ScheduledRow, project, name), instance_id)
    if state != RUNNING:
        raise BadArgument(why=f"a run can be set to {RUNNING} alone.")
    if run.state != FAILED:
        raise BadArgument(why="only a run that failed runs again.")
    ctx.tx.update(run, state=RUNNING, attempts=0, begun_at=ctx.now, changed_at=ctx.now)
    put(ctx.tx, RUN, again_key(run), now=ctx.now)
    ctx.platform.wake_worker()
