"""Shards: ranges of the 128 bits of an MD5, which a logstore covers without gaps.

Source: SLS API reference, ListShards, SplitShard, MergeShard (documented): keys of 32 digits in
hex, ids from 0, the last range ends with `ff…ff`.
"""

import json
from collections.abc import Sequence
from itertools import pairwise

from juyong.api.context import Context
from juyong.services.sls.errors import TooManyShards
from juyong.services.sls.logstores.logstore import LOGSTORE
from juyong.services.sls.tables import LogstoreRow, ShardRow

_SPACE = 1 << 128
LAST = _SPACE - 1
"""The end of the last range, which holds the key itself too."""


def written(key: int) -> str:
    """Write a key."""
    return f"{min(key, LAST):032x}"


def shards_of(ctx: Context, row: LogstoreRow) -> list[ShardRow]:
    """Return all shards of a logstore, by id."""
    return ctx.tx.find(
        ShardRow,
        order=("shard_id",),
        project_name=row.project_name,
        logstore_name=row.logstore_name,
    )


def open_shards(ctx: Context, row: LogstoreRow) -> list[ShardRow]:
    """Return the shards of a logstore that take logs, by id."""
    return [shard for shard in shards_of(ctx, row) if shard.status == "readwrite"]


def spread(ctx: Context, row: LogstoreRow, count: int) -> list[ShardRow]:
    """Give a new logstore its shards, of equal ranges.

    Raises:
        TooManyShards: the project would hold more than its quota.
    """
    edges = [_SPACE * n // count for n in range(count + 1)]
    return add_shards(ctx, row, edges, parents=())


def add_shards(
    ctx: Context, row: LogstoreRow, edges: Sequence[int], *, parents: Sequence[int]
) -> list[ShardRow]:
    """Add the shards between edges, in the place of their parents, which are closed already.

    Raises:
        TooManyShards: the project would hold more than its quota.
    """
    held = ctx.tx.count(ShardRow, project_name=row.project_name, status="readwrite")
    if held + len(edges) - 1 > ctx.quota("sls.shards"):
        raise TooManyShards
    made = [
        ShardRow(
            project_name=row.project_name,
            logstore_name=row.logstore_name,
            shard_id=row.next_shard + n,
            begin_key=written(begin),
            end_key=written(end),
            parents=json.dumps(list(parents)),
            created_at=ctx.now,
        )
        for n, (begin, end) in enumerate(pairwise(edges))
    ]
    for shard in made:
        ctx.tx.insert(shard)
    LOGSTORE.change(ctx, row, next_shard=row.next_shard + len(made))
    return made


def close(ctx: Context, shard: ShardRow) -> ShardRow:
    """Let a shard take no more logs."""
    return ctx.tx.update(shard, status="readonly", closed_at=ctx.now)
