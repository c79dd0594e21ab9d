"""Write events into the logstore of a trail.

Source: ActionTrail, delivery to Log Service (documented): a log an event, whose member `event` is
the event; the topic `actiontrail_audit_event` (observed in the official queries). Assumed: the
source of a log is `actiontrail_internal`.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.base.clock import Instant
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived
from juyong.services.actiontrail.delivery.reading import Batch
from juyong.services.actiontrail.delivery.targets import PROJECT
from juyong.services.actiontrail.trails.roles import assumed_role
from juyong.services.actiontrail.trails.settings import logs_of
from juyong.services.identity.facade import RoleRow
from juyong.services.sls.facade import KeptLogs, keep_as_role, kept_logs, sealing_key

_TOPIC = "actiontrail_audit_event"
_SOURCE = "actiontrail_internal"
Events = Sequence[tuple[Instant, str]]
"""Events, each with its time and its text."""


class Place(NamedTuple):
    """A logstore, and the role that writes into it."""

    role: RoleRow
    kept: KeptLogs


def logs_made_durable(
    bench: Bench, service: Service, events: Events, place: Callable[[Context], Place]
) -> Arrived:
    """Make logs of events durable, sealed as the logstore asks; no logstore has them yet.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
        ApiError: the logstore needs a key of the KMS, which refuses; or the logs are too large.
        StoreError: the disk does not take them.
    """
    by = do_as(bench, service, lambda ctx: sealing_key(ctx, *place(ctx)))
    logs = [
        Log(time=at, topic=_TOPIC, source=_SOURCE, contents=(("event", text),))
        for at, text in events
    ]
    return kept_logs(bench.platform, logs, by)


def place_of(ctx: Context, batch: Batch) -> Place:
    """Return where the logs of a batch go.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    row = batch.row
    role = assumed_role(ctx.tx, row.account_id, row.role, ctx.now)
    return Place(role, logs_of(row.trail_name, row.target.removeprefix(PROJECT)))


def write(ctx: Context, batch: Batch, logs: Arrived) -> None:
    """Give the logs of a batch to the logstore, which is made again if it is gone.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
        ApiError: the project is gone, or the role may not write into it.
    """
    keep_as_role(ctx, *place_of(ctx, batch), logs)
