"""Scheduled SQL, and its runs."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("sls_scheduled", key=("project_name", "job_name"))
class ScheduledRow(msgspec.Struct, frozen=True, kw_only=True):
    """One scheduled SQL.

    document: JSON, as it was sent. schedule_id: Of this job and of no later one of the same name.
    tick_at: The tick of the next window. done_at: The last tick whose window is done with.
    """

    project_name: str
    job_name: str
    account_id: AccountId
    region: str
    schedule_id: str
    document: str
    enabled: bool = True
    tick_at: Instant
    done_at: Instant = Instant(0)
    created_at: Instant
    modified_at: Instant
    version: int = 0


@table("sls_scheduled_run", key=("project_name", "job_name", "tick_at"))
class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One window of a scheduled SQL.

    tick_at: When the window was due. state: `RUNNING`, also while the next attempt waits,
    `SUCCEEDED` or `FAILED`. attempts: Those that failed. error_code, error_text: Of the last that
    failed. rows_read, rows_written: Of the one that succeeded. begun_at: When the first attempt
    began, or the first since somebody asked for the window again.
    """

    project_name: str
    job_name: str
    tick_at: Instant
    instance_id: str
    state: str
    attempts: int = 0
    error_code: str = ""
    error_text: str = ""
    rows_read: int = 0
    rows_written: int = 0
    begun_at: Instant
    changed_at: Instant
    version: int = 0
