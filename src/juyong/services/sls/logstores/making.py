"""Make a logstore with its shards: for a call, or for a service that writes logs."""

from typing import Any

from juyong.api.context import Context
from juyong.base.ids import new_uuid
from juyong.logs.stores import make_store
from juyong.services.sls.errors import LogstoreExists, TooManyLogstores
from juyong.services.sls.logstores.logstore import LOGSTORE
from juyong.services.sls.logstores.shard import spread
from juyong.services.sls.tables import LogstoreRow, ProjectRow
from juyong.store.errors import Duplicate


def make_logstore(
    ctx: Context, project: ProjectRow, name: str, *, count: int, columns: dict[str, Any]
) -> LogstoreRow:
    """Make a logstore.

    Args:
        ctx: The call or the job.
        project: Where.
        name: One that a logstore can have.
        count: How many shards it has.
        columns: The other columns of its row.

    Raises:
        LogstoreExists: the name is taken.
        TooManyLogstores, TooManyShards: the project is full.
    """
    if ctx.tx.get(LogstoreRow, project.project_name, name) is not None:
        raise LogstoreExists(name=name)
    if ctx.tx.count(LogstoreRow, project_name=project.project_name) >= ctx.quota("sls.logstores"):
        raise TooManyLogstores
    row = LogstoreRow(
        project_name=project.project_name,
        logstore_name=name,
        store_id=new_uuid(),
        account_id=project.account_id,
        region=project.region,
        shard_count=count,
        next_shard=0,
        created_at=ctx.now,
        modified_at=ctx.now,
        **columns,
    )
    try:
        row = LOGSTORE.add(ctx, row)
    except Duplicate:
        raise LogstoreExists(name=name) from None
    spread(ctx, row, count)
    make_store(ctx.tx, row.store_id, row.account_id, ttl_days=row.ttl_days)
    return row
