"""Heartbeats, which share out shards, and checkpoints, which say how far they are read.

Source: SLS API reference, ConsumerGroupHeartBeat, ConsumerGroupUpdateCheckPoint, GetCheckPoint
(documented). An unknown consumer joins, whatever its body lists (assumed: the documented refusal,
NotExistConsumerWithBody, is ignored by all clients). RAM actions as observed in denials.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Clearable, Doc, Text
from juyong.api.operation import Route, operation
from juyong.api.shape import Of
from juyong.services.sls.consumers.group import (
    ONE_GROUP,
    NoGroup,
    alive,
    checkpoint_row,
    kept,
    share_of,
    the_group,
    to_read,
    where,
)
from juyong.services.sls.consumers.groups import GroupName
from juyong.services.sls.data.cursors import place_of
from juyong.services.sls.errors import NoShard
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.logstores.shard import shards_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.tables import CheckpointRow, ConsumerRow, LogstoreRow

_MICRO = 1_000_000
NoConsumer = fact(
    "ConsumerNotExist",
    404,
    "consumer not exist",
    why="The group has no such consumer, and the checkpoint is not forced.",
)
NotHolder = fact(
    "ConsumerNotMatch",
    400,
    "consumer not match",
    why="Another consumer reads the shard, and the checkpoint is not forced.",
)
BadCheckpoint = fact(
    "InvalidShardCheckPoint",
    400,
    "invalid shard checkpoint",
    why="The checkpoint is no cursor.",
)
Consumer = Annotated[str, Text(1, 256), Doc("The consumer.")]


@operation(
    SLS,
    "ConsumerGroupHeartBeat",
    on=ONE_GROUP,
    raises=(NoGroup,),
    audit="data",
    route=Route(
        method="POST",
        path="/project/{project}/logstores/{logstore}/consumergroups/{consumerGroup}",
        marks="type=heartbeat",
    ),
)
def consumer_group_heart_beat(
    ctx: Context,
    row: LogstoreRow,
    *,
    consumer_group: GroupName,
    consumer: Consumer,
    body: Annotated[list[int] | None, Doc("The shards that the consumer reads.")] = None,
) -> list[int]:
    """Note that a consumer lives, and tell which shards it reads from now on.

    A shard changes hands once its reader no longer lists the shard, or is silent for too long.
    """
    group, held = the_group(ctx, row, consumer_group), body or []
    consumers = alive(ctx, row, group, consumer)
    rows = {
        each.shard_id: each for each in ctx.tx.find(CheckpointRow, **where(row, group.group_name))
    }
    shards = to_read(ctx, row, group, {n: each.checkpoint for n, each in rows.items()})
    holders = {n: each.holder if each.holder in consumers else "" for n, each in rows.items()}
    owned = [n for n in shards if holders.get(n) == consumer]
    free = [n for n in shards if not holders.get(n)]
    share = share_of(consumer, consumers, len(shards))
    mine, given_up = kept(owned, free, held, share)
    for shard in mine:
        _give(ctx, row, group.group_name, shard, consumer)
    for shard in given_up:
        _give(ctx, row, group.group_name, shard, "")
    return mine


def _give(ctx: Context, row: LogstoreRow, group: str, shard: int, holder: str) -> None:
    found = checkpoint_row(ctx, row, group, shard)
    if found.holder != holder:
        ctx.tx.update(found, holder=holder)


@operation(
    SLS,
    "ConsumerGroupUpdateCheckPoint",
    on=ONE_GROUP,
    raises=(BadCheckpoint, NoConsumer, NoGroup, NoShard, NotHolder),
    audit="data",
    route=Route(
        method="POST",
        path="/project/{project}/logstores/{logstore}/consumergroups/{consumerGroup}",
        marks="type=checkpoint",
    ),
)
def consumer_group_update_check_point(
    ctx: Context,
    row: LogstoreRow,
    *,
    consumer_group: GroupName,
    shard: Annotated[int, Between(0, 2**31 - 1), Doc("The shard.")],
    checkpoint: Annotated[str, Clearable(), Doc("The cursor of what is read next.")],
    consumer: Annotated[str, Text(0, 256), Doc("The consumer.")] = "",
    force_success: Annotated[bool, Doc("Whether another may say so than the reader.")] = True,
) -> None:
    """Say how far a shard is read."""
    group = the_group(ctx, row, consumer_group)
    if place_of(checkpoint) is None:
        raise BadCheckpoint
    if shard not in {each.shard_id for each in shards_of(ctx, row)}:
        raise NoShard(shard=str(shard))
    found = checkpoint_row(ctx, row, group.group_name, shard)
    if not force_success:
        names = where(row, group.group_name)
        if not ctx.tx.find(ConsumerRow, consumer=consumer, **names):
            raise NoConsumer
        if found.holder != consumer:
            raise NotHolder
    ctx.tx.update(found, checkpoint=checkpoint, consumer=consumer, updated_us=int(ctx.now) * _MICRO)


class Checkpoint(CamelShape, frozen=True, kw_only=True):
    """How far a shard is read; updateTime: microseconds."""

    shard: Annotated[int, Of("shard_id")]
    checkpoint: str
    update_time: Annotated[int, Of("updated_us")]
    consumer: str


@operation(
    SLS,
    "GetCheckPoint",
    on=ONE_GROUP,
    action="log:GetConsumerGroupCheckPoint",
    raises=(NoGroup, NoShard),
    route=Route(
        method="GET", path="/project/{project}/logstores/{logstore}/consumergroups/{consumerGroup}"
    ),
    reads_only=True,
)
def get_check_point(
    ctx: Context,
    row: LogstoreRow,
    *,
    consumer_group: GroupName,
    shard: Annotated[int, Between(0, 2**31 - 1), Doc("Only this shard.")] | None = None,
) -> list[Checkpoint]:
    """Tell how far shards are read; a shard that is asked for is told in any case."""
    group = the_group(ctx, row, consumer_group)
    names = where(row, group.group_name)
    found = ctx.tx.find(CheckpointRow, order=("shard_id",), **names)
    if shard is None:
        return [Checkpoint.of(each) for each in found if each.checkpoint]
    if shard not in {each.shard_id for each in shards_of(ctx, row)}:
        raise NoShard(shard=str(shard))
    held = next((each for each in found if each.shard_id == shard), None)
    return [Checkpoint.of(held or CheckpointRow(shard_id=shard, **names))]
