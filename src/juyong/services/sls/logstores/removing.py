"""Remove what is in a project, and what belongs to a logstore."""

from typing import Any

from juyong.api.context import Context
from juyong.logs.stores import drop_store, store_of
from juyong.services.sls.alerts.keeping import remove_alerts
from juyong.services.sls.exports.keeping import remove_exports
from juyong.services.sls.logstores.logstore import LOGSTORE
from juyong.services.sls.scheduled.keeping import remove_scheduled
from juyong.services.sls.tables import (
    CheckpointRow,
    ConsumerGroupRow,
    ConsumerRow,
    DocumentRow,
    LogstoreRow,
    ProjectRow,
    ShardRow,
)


def remove_contents(ctx: Context, project: ProjectRow) -> None:
    """Delete all that is in a project."""
    name = project.project_name
    for row in ctx.tx.find(LogstoreRow, project_name=name):
        remove_logstore(ctx, row)
    for document in ctx.tx.find(DocumentRow, project_name=name):
        ctx.tx.delete(document)
    remove_alerts(ctx, name)
    remove_scheduled(ctx.tx, name)
    remove_exports(ctx, name)


def remove_logstore(ctx: Context, row: LogstoreRow) -> None:
    """Delete a logstore with its shards, its index, its consumer groups and its logs."""
    where: dict[str, Any] = {
        "project_name": row.project_name,
        "logstore_name": row.logstore_name,
    }
    for shard in ctx.tx.find(ShardRow, **where):
        ctx.tx.delete(shard)
    for group in ctx.tx.find(ConsumerGroupRow, **where):
        remove_group(ctx, group)
    store = store_of(ctx.tx, row.store_id)
    if store is not None:
        drop_store(ctx.tx, store, ctx.now)
    LOGSTORE.remove(ctx, row)


def remove_group(ctx: Context, group: ConsumerGroupRow) -> None:
    """Delete a consumer group with its consumers and checkpoints."""
    where: dict[str, Any] = {
        "project_name": group.project_name,
        "logstore_name": group.logstore_name,
        "group_name": group.group_name,
    }
    for consumer in ctx.tx.find(ConsumerRow, **where):
        ctx.tx.delete(consumer)
    for checkpoint in ctx.tx.find(CheckpointRow, **where):
        ctx.tx.delete(checkpoint)
    ctx.tx.delete(group)
