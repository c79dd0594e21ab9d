"""List, split and merge shards.

Source: SLS API reference, ListShards, SplitShard, MergeShard (documented); the errors
`ParameterInvalid`, `invalid shard id` and `invalid mid hash` (documented).
"""

import re
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Text
from juyong.api.operation import Route, operation
from juyong.api.shape import Of
from juyong.services.sls.errors import BadArgument, TooManyShards
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.logstores.logstore import ONE_LOGSTORE
from juyong.services.sls.logstores.shard import add_shards, close, open_shards, shards_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.tables import LogstoreRow, ShardRow

_KEY = re.compile(r"[0-9a-fA-F]{32}")
ShardId = Annotated[int, Between(0, 2**31 - 1), Doc("The shard.")]
_LAST = "f" * 32


class Shard(CamelShape, frozen=True, kw_only=True):
    """One shard; createTime: unix seconds."""

    shard_id: int = msgspec.field(name="shardID")
    status: str
    inclusive_begin_key: Annotated[str, Of("begin_key")]
    exclusive_end_key: Annotated[str, Of("end_key")]
    create_time: Annotated[int, Of("created_at")]


@operation(
    SLS,
    "ListShards",
    on=ONE_LOGSTORE,
    route=Route(method="GET", path="/project/{project}/logstores/{logstore}/shards"),
    reads_only=True,
)
def list_shards(ctx: Context, row: LogstoreRow) -> list[Shard]:
    """List the shards of a logstore by id, those that are closed too."""
    return [Shard.of(shard) for shard in shards_of(ctx, row)]


def _open(ctx: Context, row: LogstoreRow, shard: int) -> ShardRow:
    for each in open_shards(ctx, row):
        if each.shard_id == shard:
            return each
    raise BadArgument(why="invalid shard id")


@operation(
    SLS,
    "SplitShard",
    on=ONE_LOGSTORE,
    raises=(BadArgument, TooManyShards),
    route=Route(
        method="POST",
        path="/project/{project}/logstores/{logstore}/shards/{shard}",
        marks="action=split",
    ),
)
def split_shard(
    ctx: Context,
    row: LogstoreRow,
    *,
    shard: ShardId,
    key: Annotated[str, Text(0, 64), Doc("Where to split, 32 digits in hex.")] = "",
    shard_count: Annotated[int, Between(2, 256), Doc("How many instead, 2 to 256.")] = 2,
) -> list[Shard]:
    """Split a shard at a key, or into equal parts.

    Returns:
        The shard, which is closed, and those that take over from it.
    """
    parent = _open(ctx, row, shard)
    begin, end = int(parent.begin_key, 16), int(parent.end_key, 16) + (parent.end_key == _LAST)
    edges = [begin + (end - begin) * n // shard_count for n in range(shard_count + 1)]
    if key:
        if not _KEY.fullmatch(key) or not begin < int(key, 16) < end:
            raise BadArgument(why="invalid mid hash")
        edges = [begin, int(key, 16), end]
    if len(set(edges)) < len(edges):
        raise BadArgument(why="invalid mid hash")
    closed = close(ctx, parent)
    made = add_shards(ctx, row, edges, parents=(parent.shard_id,))
    return [Shard.of(each) for each in (closed, *made)]


@operation(
    SLS,
    "MergeShard",
    on=ONE_LOGSTORE,
    raises=(BadArgument,),
    route=Route(
        method="POST",
        path="/project/{project}/logstores/{logstore}/shards/{shard}",
        marks="action=merge",
    ),
)
def merge_shard(ctx: Context, row: LogstoreRow, *, shard: ShardId) -> list[Shard]:
    """Merge a shard with the one whose range follows.

    Returns:
        The shard that takes over, and both that are closed.
    """
    left = _open(ctx, row, shard)
    right = next((each for each in open_shards(ctx, row) if each.begin_key == left.end_key), None)
    if right is None or left.end_key == _LAST:
        raise BadArgument(why="the last shard has none to be merged with")
    closed = [close(ctx, left), close(ctx, right)]
    end = int(right.end_key, 16) + (right.end_key == _LAST)
    parents = (left.shard_id, right.shard_id)
    made = add_shards(ctx, row, [int(left.begin_key, 16), end], parents=parents)
    return [Shard.of(each) for each in (*made, *closed)]
