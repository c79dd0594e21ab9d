"""Exports, and how far each of them has read the shards of its logstore."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("sls_export", key=("project_name", "export_name"))
class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One export.

    schedule_id: Of this export and of no later one of the same name. document: JSON, as it was
    sent. status: `RUNNING`, `STOPPED`, `SUCCEEDED` at the end of its time, or `FAILED` while the
    last attempt failed and the next is to come. error: Why, empty for none.
    """

    project_name: str
    export_name: str
    account_id: AccountId
    region: str
    logstore_name: str
    schedule_id: str
    document: str
    status: str = "RUNNING"
    error: str = ""
    created_at: Instant
    modified_at: Instant
    version: int = 0


@table("sls_export_shard", key=("schedule_id", "store_id", "shard_id"))
class ExportShardRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far an export has read a shard; next_sequence: Of the batch that is exported next."""

    schedule_id: str
    store_id: str
    shard_id: int
    next_sequence: int
    version: int = 0
