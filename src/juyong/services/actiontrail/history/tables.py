"""Jobs that deliver the events of before a trail was switched on, and how far each is."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table

NEW, RUNNING, DONE, FAILED = 0, 1, 2, 3
"""The states of a job as they are published."""


@table(
    "actiontrail_history_job",
    key=("account_id", "job_id"),
    index=(("is_open", "account_id"),),
)
class HistoryJobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One job.

    region: The home of the trail. regions: As `trail_region` of the trail was. client_token: As it
    was sent, empty for none. status: NEW to FAILED; is_open: Whether the job is NEW or RUNNING.
    since_at, until_at: Events of these seconds are delivered, without the last one. request_id: Of
    the call that made the job. at, seq: The time and the number of the event delivered last.
    failed_at: When the newest attempts failed first. ended_at: When the job was done or failed.
    """

    account_id: AccountId
    job_id: int
    trail_name: str
    region: str
    regions: str
    client_token: str
    status: int = NEW
    is_open: bool = True
    since_at: Instant
    until_at: Instant
    request_id: str
    at: Instant = Instant(0)
    seq: int = 0
    created_at: Instant
    updated_at: Instant
    failed_at: Instant | None = None
    ended_at: Instant | None = None
    version: int = 0
