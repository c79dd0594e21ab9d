"""Make, show, list and delete delivery-history jobs.

Source: ActionTrail API reference (documented): the parameters, the states, that an account has one
running job, and that the trail must deliver to Log Service; the errors of a job that is not there
(observed in Terraform's provider) and of a second job (assumed). That StartTime is 90 days before
the job (observed in the example of the SDKs), and EndTime is absent before the job ends (assumed).
"""

from typing import Annotated, Any

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Text
from juyong.api.listing import NumberedPage, PageNumber, numbered
from juyong.api.operation import Rate, operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant, iso
from juyong.content.regions import regions_with
from juyong.services.actiontrail.conditions import HISTORY_SECONDS
from juyong.services.actiontrail.delivery.targets import PROJECT
from juyong.services.actiontrail.history.tables import HistoryJobRow
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.errors import BadQuery
from juyong.services.actiontrail.trails.settings import ALL, project_of
from juyong.services.actiontrail.trails.tables import DeliveryRow, TrailRow
from juyong.services.actiontrail.trails.trail import ANY_NAMED_TRAIL

_DEFAULT = 20
_EVERYTHING = acs("actiontrail", "*")
_WRITES, _READS = Rate(per_second=5), Rate(per_second=10)
NoJob = fact(
    "DeliveryHistoryJobNotFound",
    404,
    "The delivery history job does not exist.",
    why="The account has no job of the id.",
)
JobRuns = fact(
    "DeliveryHistoryJobRunning",
    400,
    "A delivery history job of the account is running.",
    why="An account has one job at a time that has not ended.",
)
JobId = Annotated[int, Between(1, 2**62), Doc("As CreateDeliveryHistoryJob returned.")]


def _time_or_absent(at: Instant | None) -> str | msgspec.UnsetType:
    return msgspec.UNSET if at is None else iso(at)


class JobMade(Shape, frozen=True, kw_only=True):
    """The id of a job."""

    job_id: int


class HistoryJob(Shape, frozen=True, kw_only=True):
    """A job of a list; times are UTC. start_time: Events from then on are delivered."""

    job_id: int
    trail_name: str
    home_region: Annotated[str, Of("region")]
    job_status: Annotated[int, Of("status")]
    start_time: Annotated[str, Of("since_at", iso)]
    end_time: Annotated[str | msgspec.UnsetType, Of("ended_at", _time_or_absent)]
    created_time: Annotated[str, Of("created_at", iso)]
    updated_time: Annotated[str, Of("updated_at", iso)]


class RegionStatus(Shape, frozen=True, kw_only=True):
    """The state of a job in one region, which is that of the job: all regions go together."""

    region: str
    status: int


class HistoryJobDetail(HistoryJob, frozen=True, kw_only=True):
    """A job with its state in each region of the trail."""

    status: list[RegionStatus]


@operation(
    ACTIONTRAIL,
    "CreateDeliveryHistoryJob",
    on=ANY_NAMED_TRAIL,
    raises=(JobRuns, BadQuery),
    rate=_WRITES,
)
def create_delivery_history_job(
    ctx: Context,
    row: TrailRow,
    *,
    client_token: Annotated[
        str, Text(0, 64, chars=r"\x20-\x7e"), Doc("A second call with it returns the same job.")
    ] = "",
) -> JobMade:
    """Deliver the events of the last 90 days that are kept to the logstore of a trail, once.

    Events from the second on in which the trail's present delivery began are left out, since the
    trail delivers them itself. What the trail delivered before it was switched off comes again, and
    has the eventId that it had.
    """
    own = {"account_id": row.account_id, "trail_name": row.name, "client_token": client_token}
    again = ctx.tx.find_one(HistoryJobRow, **own) if client_token else None
    if again is not None:
        return JobMade(job_id=again.job_id)
    held = ctx.tx.find(HistoryJobRow, order=("job_id",), account_id=row.account_id)
    if not row.project:
        raise BadQuery(name="TrailName")
    if any(each.is_open for each in held):
        raise JobRuns
    made = HistoryJobRow(
        account_id=row.account_id,
        # Ids rise, also where two jobs are made in a second.
        job_id=max(int(ctx.now), held[-1].job_id + 1 if held else 0),
        trail_name=row.name,
        region=row.region,
        regions=row.trail_region,
        client_token=client_token,
        since_at=Instant(ctx.now - HISTORY_SECONDS),
        until_at=_begun(ctx, row) or ctx.now,
        request_id=ctx.request_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.tx.insert(made)
    ctx.platform.wake_worker()
    return JobMade(job_id=made.job_id)


def _begun(ctx: Context, row: TrailRow) -> Instant | None:
    """Return from when on the trail itself delivers to its logstore; None if it does not."""
    target = f"{PROJECT}{project_of(row)}"
    held = ctx.tx.get(DeliveryRow, row.account_id, row.name, target)
    return held.since_at if held is not None and held.until_at is None else None


def _the_job(ctx: Context, job_id: int) -> HistoryJobRow:
    """Return a job of the account.

    Raises:
        NoJob: there is none.
    """
    row = ctx.tx.get(HistoryJobRow, ctx.account_id, job_id)
    if row is None:
        raise NoJob
    return row


@operation(
    ACTIONTRAIL,
    "GetDeliveryHistoryJob",
    raises=(NoJob,),
    reads_only=True,
    resource=_EVERYTHING,
    rate=_READS,
)
def get_delivery_history_job(ctx: Context, *, job_id: JobId) -> HistoryJobDetail:
    """Show a job, and its state in each region of the trail."""
    row = _the_job(ctx, job_id)
    every = [each.region_id for each in regions_with(ctx.platform.region)]
    regions = every if row.regions == ALL else row.regions.split(",")
    status = [RegionStatus(region=each, status=row.status) for each in regions]
    return HistoryJobDetail.of(row, status=status)


@operation(
    ACTIONTRAIL,
    "ListDeliveryHistoryJobs",
    answers="DeliveryHistoryJobs",
    reads_only=True,
    resource=_EVERYTHING,
    rate=_READS,
)
def list_delivery_history_jobs(
    ctx: Context,
    *,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(0, 100), Doc("1 to 100; 0 stands for the default.")] = (
        _DEFAULT
    ),
) -> Listing[HistoryJob, NumberedPage]:
    """List the account's jobs, the newest first."""
    rows: list[Any] = ctx.tx.find(HistoryJobRow, order=("job_id",), account_id=ctx.account_id)
    return numbered(rows[::-1], page_number, page_size or _DEFAULT).map(HistoryJob.of)


@operation(
    ACTIONTRAIL, "DeleteDeliveryHistoryJob", raises=(NoJob,), resource=_EVERYTHING, rate=_WRITES
)
def delete_delivery_history_job(ctx: Context, *, job_id: JobId) -> None:
    """Delete a job; one that runs stops, and what it delivered stays."""
    ctx.tx.delete(_the_job(ctx, job_id))
