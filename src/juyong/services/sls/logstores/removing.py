"""Remove what is in a project, and what belongs to a logstore."""

from typing import Any

from juyong.api.context import Context
from juyong.logs.stores import drop_store, store_of
from juyong.services.sls.logstores.logstore import LOGSTORE
from juyong.services.sls.tables import LogstoreRow, ProjectRow, ShardRow


def remove_contents(ctx: Context, project: ProjectRow) -> None:
    """Delete all that is in a project."""
    name = project.project_name
    for row in ctx.tx.find(LogstoreRow, project_name=name):
        remove_logstore(ctx, row)


def remove_logstore(ctx: Context, row: LogstoreRow) -> None:
    """Delete a logstore with its shards; a job deletes its logs bit by bit."""
    where: dict[str, Any] = {
        "project_name": row.project_name,
        "logstore_name": row.logstore_name,
    }
    for shard in ctx.tx.find(ShardRow, **where):
        ctx.tx.delete(shard)
    store = store_of(ctx.tx, row.store_id)
    if store is not None:
        drop_store(ctx.tx, store, ctx.now)
    LOGSTORE.remove(ctx, row)
