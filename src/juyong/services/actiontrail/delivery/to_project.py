"""Write events into the logstore of a trail.

Source: ActionTrail, delivery to Log Service (documented): a log an event, whose member `event` is
the event; the topic `actiontrail_audit_event` (observed in the official queries). Assumed: the
source of a log is `actiontrail_internal`.
"""

from juyong.api.context import Context, Platform
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived
from juyong.services.actiontrail.delivery.reading import Batch
from juyong.services.actiontrail.delivery.targets import PROJECT
from juyong.services.actiontrail.trails.roles import assumed_role
from juyong.services.actiontrail.trails.settings import logs_of
from juyong.services.sls.facade import Taking, keep_as_role, kept_logs, sealing_key

_TOPIC = "actiontrail_audit_event"
_SOURCE = "actiontrail_internal"


def sealing_of(ctx: Context, batch: Batch) -> Taking:
    """Return what seals the logs of a batch.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
        KeyRefused: the logstore needs a key of the KMS, which refuses.
    """
    row = batch.row
    role = assumed_role(ctx.tx, row.account_id, row.role, ctx.now)
    return sealing_key(ctx, role, logs_of(row.trail_name, row.target.removeprefix(PROJECT)))


def made_durable(platform: Platform, batch: Batch, by: Taking) -> Arrived:
    """Make the logs of a batch durable; no logstore has them yet.

    Raises:
        ApiError, StoreError: the disk does not take them.
    """
    logs = [
        Log(
            time=each.at,
            topic=_TOPIC,
            source=_SOURCE,
            contents=(("event", each.body.decode()),),
        )
        for each in batch.wanted
    ]
    return kept_logs(platform, logs, by)


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
