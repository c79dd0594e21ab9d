"""Make, change, list and delete consumer groups.

Source: SLS API reference (documented); that both SDKs take ConsumerGroupAlreadyExist for success
(observed).
"""

import re
from typing import Annotated, Any

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc
from juyong.api.operation import Route, operation
from juyong.api.shape import Of
from juyong.services.sls.consumers.group import (
    EVERY_GROUP,
    ONE_GROUP,
    NoGroup,
    the_group,
    where,
)
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.logstores.removing import remove_group
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.tables import ConsumerGroupRow, LogstoreRow

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}")
GroupExists = fact(
    "ConsumerGroupAlreadyExist",
    400,
    "consumer group already exist",
    why="The logstore has a consumer group of that name.",
)
TooManyGroups = fact(
    "ConsumerGroupQuotaExceed",
    400,
    "consumer group quota exceed",
    why="The logstore holds its quota `sls.consumer-groups` (code assumed).",
)
GroupName = Annotated[str, Doc("The consumer group.")]
Timeout = Annotated[int, Between(1, 86400), Doc("Seconds of silence that end a consumer.")]
Ordered = Annotated[bool, Doc("Whether shards are read after those that they took over from.")]


@operation(
    SLS,
    "CreateConsumerGroup",
    on=EVERY_GROUP,
    raises=(BadArgument, GroupExists, TooManyGroups),
    route=Route(method="POST", path="/project/{project}/logstores/{logstore}/consumergroups"),
)
def create_consumer_group(
    ctx: Context,
    row: LogstoreRow,
    *,
    consumer_group: GroupName,
    timeout: Timeout,
    order: Ordered = False,
) -> None:
    """Make a consumer group."""
    if _NAME.fullmatch(consumer_group) is None:
        raise BadArgument(why="consumerGroup is invalid.")
    names: dict[str, Any] = where(row, consumer_group)
    if ctx.tx.find(ConsumerGroupRow, **names):
        raise GroupExists
    held = ctx.tx.count(
        ConsumerGroupRow, project_name=row.project_name, logstore_name=row.logstore_name
    )
    if held >= ctx.quota("sls.consumer-groups"):
        raise TooManyGroups
    ctx.tx.insert(ConsumerGroupRow(timeout_seconds=timeout, ordered=order, **names))


@operation(
    SLS,
    "UpdateConsumerGroup",
    on=ONE_GROUP,
    raises=(NoGroup,),
    route=Route(
        method="PUT", path="/project/{project}/logstores/{logstore}/consumergroups/{consumerGroup}"
    ),
)
def update_consumer_group(
    ctx: Context,
    row: LogstoreRow,
    *,
    consumer_group: GroupName,
    timeout: Timeout | None = None,
    order: Ordered | None = None,
) -> None:
    """Change a consumer group; members that are absent stay."""
    group = the_group(ctx, row, consumer_group)
    ctx.tx.update(
        group,
        timeout_seconds=group.timeout_seconds if timeout is None else timeout,
        ordered=group.ordered if order is None else order,
    )


@operation(
    SLS,
    "DeleteConsumerGroup",
    on=ONE_GROUP,
    raises=(NoGroup,),
    route=Route(
        method="DELETE",
        path="/project/{project}/logstores/{logstore}/consumergroups/{consumerGroup}",
    ),
)
def delete_consumer_group(ctx: Context, row: LogstoreRow, *, consumer_group: GroupName) -> None:
    """Delete a consumer group with its checkpoints."""
    remove_group(ctx, the_group(ctx, row, consumer_group))


class ConsumerGroup(CamelShape, frozen=True, kw_only=True):
    """One consumer group."""

    name: Annotated[str, Of("group_name")]
    timeout: Annotated[int, Of("timeout_seconds")]
    order: Annotated[bool, Of("ordered")]


@operation(
    SLS,
    "ListConsumerGroup",
    on=EVERY_GROUP,
    route=Route(method="GET", path="/project/{project}/logstores/{logstore}/consumergroups"),
    reads_only=True,
)
def list_consumer_group(ctx: Context, row: LogstoreRow) -> list[ConsumerGroup]:
    """List the consumer groups of a logstore, by name."""
    found = ctx.tx.find(
        ConsumerGroupRow,
        order=("group_name",),
        project_name=row.project_name,
        logstore_name=row.logstore_name,
    )
    return [ConsumerGroup.of(each) for each in found]
