"""Consumer groups: how calls name one, and how the shards of a logstore are shared.

Source: SLS user guide, consumer groups (documented); what clients send and read (observed in
aliyun-log-python-sdk and the Go SDK).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.logs.batches import end
from juyong.services.sls.data.cursors import place_of
from juyong.services.sls.logstores.logstore import in_logstore
from juyong.services.sls.logstores.shard import shards_of
from juyong.services.sls.tables import (
    CheckpointRow,
    ConsumerGroupRow,
    ConsumerRow,
    LogstoreRow,
    ShardRow,
)

NoGroup = fact(
    "ConsumerGroupNotExist",
    404,
    "consumer group not exist",
    why="The logstore has no such consumer group.",
)
EVERY_GROUP = in_logstore("/consumergroup/*")
ONE_GROUP = in_logstore("/consumergroup/{consumer_group}")


def where(row: LogstoreRow, group: str) -> dict[str, Any]:
    """Return the columns that name a group."""
    return {
        "project_name": row.project_name,
        "logstore_name": row.logstore_name,
        "group_name": group,
    }


def the_group(ctx: Context, row: LogstoreRow, group: str) -> ConsumerGroupRow:
    """Return a group.

    Raises:
        NoGroup: there is none.
    """
    found = ctx.tx.get(ConsumerGroupRow, row.project_name, row.logstore_name, group)
    if found is None:
        raise NoGroup
    return found


def to_read(
    ctx: Context, row: LogstoreRow, group: ConsumerGroupRow, read: Mapping[int, str]
) -> list[int]:
    """Return the shards of which something is, or will be, left to read, by id.

    A shard that is closed is done once the group has read it to its end. A group that reads in
    order leaves a shard alone until those that it took over from are done.

    Args:
        ctx: The call.
        row: The logstore.
        group: The group.
        read: The checkpoint of each shard that has one.
    """
    shards = shards_of(ctx, row)
    done = {shard.shard_id for shard in shards if _is_done(ctx, row, shard, read)}
    known = {shard.shard_id for shard in shards}
    return [
        shard.shard_id
        for shard in shards
        if shard.shard_id not in done
        and not (group.ordered and (known & set(json.loads(shard.parents))) - done)
    ]


def _is_done(ctx: Context, row: LogstoreRow, shard: ShardRow, read: Mapping[int, str]) -> bool:
    if shard.status == "readwrite":
        return False
    last = end(ctx.tx, row.store_id, shard.shard_id)
    place = place_of(read.get(shard.shard_id, ""))
    return last == 0 or (place is not None and place >= last)


def share_of(consumer: str, consumers: Iterable[str], shards: int) -> int:
    """Return how many shards a consumer gets: as many as any other, or one more."""
    names = sorted(consumers)
    least, more = divmod(shards, len(names))
    return least + (names.index(consumer) < more)


def kept(
    owned: Sequence[int], free: Sequence[int], held: Iterable[int], share: int
) -> tuple[list[int], list[int]]:
    """Share out shards to one consumer.

    Args:
        owned: The shards that it has, by id.
        free: The shards that no consumer has, by id.
        held: The shards that it says it reads.
        share: How many it gets.

    Returns:
        The shards that it reads from now on; and those that it gives up, which are free once it no
        longer says that it reads them.
    """
    listed = set(held)
    ranked = sorted(owned, key=lambda shard: (shard not in listed, shard))
    mine = ranked[:share]
    mine += list(free)[: share - len(mine)]
    return sorted(mine), [shard for shard in ranked[share:] if shard not in listed]


def alive(
    ctx: Context, row: LogstoreRow, group: ConsumerGroupRow, consumer: str
) -> tuple[str, ...]:
    """Note that a consumer was heard, forget those that are silent, and return the others."""
    names = where(row, group.group_name)
    found = []
    known = False
    for each in ctx.tx.find(ConsumerRow, **names):
        if each.consumer == consumer:
            known = True
            ctx.tx.update(each, heard_at=ctx.now)
        elif each.heard_at + group.timeout_seconds < ctx.now:
            ctx.tx.delete(each)
            continue
        found.append(each.consumer)
    if not known:
        ctx.tx.insert(ConsumerRow(consumer=consumer, heard_at=ctx.now, **names))
        found.append(consumer)
    return tuple(found)


def checkpoint_row(ctx: Context, row: LogstoreRow, group: str, shard: int) -> CheckpointRow:
    """Return the row of a shard in a group; it is made where there is none."""
    found = ctx.tx.get(CheckpointRow, row.project_name, row.logstore_name, group, shard)
    if found is None:
        found = CheckpointRow(shard_id=shard, **where(row, group))
        ctx.tx.insert(found)
    return found
