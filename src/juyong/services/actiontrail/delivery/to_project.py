"""Write events into the logstore of a trail.

Source: ActionTrail, delivery to Log Service (documented): a log an event, whose member `event` is
the event; the topic `actiontrail_audit_event` (observed in the official queries). Assumed: the
source of a log is `actiontrail_internal`.
"""

from juyong.api.context import Context, Platform
from juyong.base.clock import Instant
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived
from juyong.services.actiontrail.delivery.reading import Batch
from juyong.services.actiontrail.delivery.targets import PROJECT
from juyong.services.actiontrail.trails.roles import assumed_role
from juyong.services.actiontrail.trails.settings import logs_of
from juyong.services.sls.facade import keep_as_role, kept_logs

_TOPIC = "actiontrail_audit_event"
_SOURCE = "actiontrail_internal"


def made_durable(platform: Platform, batch: Batch) -> Arrived:
    """Make the logs of a batch durable; no logstore has them yet.

    Raises:
        ApiError, StoreError: the disk does not take them.
    """
    return logs_made_durable(platform, [(each.at, each.body.decode()) for each in batch.wanted])


def logs_made_durable(platform: Platform, events: list[tuple[Instant, str]]) -> Arrived:
    """Make logs of events, each its time and its text, durable; no logstore has them yet.

    Raises:
        ApiError, StoreError: the disk does not take them.
    """
    logs = [
        Log(time=at, topic=_TOPIC, source=_SOURCE, contents=(("event", text),))
        for at, text in events
    ]
    return kept_logs(platform, logs)


def write(ctx: Context, batch: Batch, logs: Arrived) -> None:
    """Give the logs of a batch to the logstore, which is made again if it is gone.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
        ApiError: the project is gone, or the role may not write into it.
    """
    row = batch.row
    role = assumed_role(ctx.tx, row.account_id, row.role, ctx.now)
    kept = logs_of(row.trail_name, row.target.removeprefix(PROJECT))
    keep_as_role(ctx, role, kept, logs)
