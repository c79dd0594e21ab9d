"""The instances of monitor groups: added, listed, replaced and taken out."""

from typing import Annotated, Any

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Doc, Items, Text
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.services.cms.answers import DoneByNumber, PageNumber, PageSize, reads
from juyong.services.cms.errors import TooMany
from juyong.services.cms.groups.group import ONE, instances_of
from juyong.services.cms.groups.groups import GroupPage
from juyong.services.cms.metrics.catalogue import categories
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.tables import GroupInstanceRow, MonitorGroupRow
from juyong.services.cms.texts import alike, split

_MOST_GONE = 20
Category = Annotated[str, Text(1, 64), Doc("A product that measures instances: `oss`, `sls` …")]


class Instance(Shape, frozen=True, kw_only=True):
    """An instance as a call gives it: a bucket, a project or a trail by its name."""

    instance_id: Annotated[str, Text(1, 256)]
    instance_name: Annotated[str, Text(1, 128)]
    category: Category
    region_id: Annotated[str, Text(1, 64)]


Instances = Annotated[list[Instance], Items(1, 1000), Doc("1 to 1000 instances.")]


def _put(ctx: Context, group: MonitorGroupRow, instances: list[Instance]) -> None:
    """Store instances; an instance that the group has is stored anew.

    Raises:
        BadParameter: no metric is measured by instances of a category.
        TooMany: the group would have more than the quota.
    """
    known = categories()
    held = {(row.category, row.instance_id): row for row in _rows(ctx, group)}
    for each in instances:
        if each.category not in known:
            text = f"The parameter Category must be one of {', '.join(known)}."
            raise BadParameter("ParameterInvalid", text)
        key = each.category, each.instance_id
        columns: dict[str, Any] = {"instance_name": each.instance_name, "region": each.region_id}
        if key in held:
            held[key] = ctx.tx.update(held[key], **columns)
            continue
        row = GroupInstanceRow(
            account_id=ctx.account_id,
            group_id=group.group_id,
            category=each.category,
            instance_id=each.instance_id,
            created_at=ctx.now,
            **columns,
        )
        ctx.tx.insert(row)
        held[key] = row
    if len(held) > ctx.quota("cms.group-instances"):
        raise TooMany


def _rows(ctx: Context, group: MonitorGroupRow) -> list[GroupInstanceRow]:
    return instances_of(ctx.tx, ctx.account_id, group.group_id)


@operation(CMS, "CreateMonitorGroupInstances", on=ONE, raises=(TooMany,))
def create_monitor_group_instances(
    ctx: Context, group: MonitorGroupRow, *, instances: Instances
) -> DoneByNumber:
    """Add instances to a group; the rules of the group judge them from now on.

    Only products that measure instances are taken, since no rule could judge others. Whether the
    instance exists is not asked; without data its state is INSUFFICIENT_DATA. Assumed.
    """
    _put(ctx, group, instances)
    return DoneByNumber()


@operation(CMS, "ModifyMonitorGroupInstances", on=ONE, raises=(TooMany,))
def modify_monitor_group_instances(
    ctx: Context, group: MonitorGroupRow, *, instances: Instances
) -> DoneByNumber:
    """Replace the instances of a group. Assumed: that all are replaced."""
    kept = {(each.category, each.instance_id) for each in instances}
    for row in _rows(ctx, group):
        if (row.category, row.instance_id) not in kept:
            ctx.tx.delete(row)
    _put(ctx, group, instances)
    return DoneByNumber()


@operation(CMS, "DeleteMonitorGroupInstances", on=ONE)
def delete_monitor_group_instances(
    ctx: Context,
    group: MonitorGroupRow,
    *,
    category: Category,
    instance_id_list: Annotated[str, Text(1, 8192), Doc("1 to 20 ids, separated by commas.")],
) -> DoneByNumber:
    """Take instances out of a group; ids that the group does not have are passed over."""
    ids = split(instance_id_list)
    if not 0 < len(ids) <= _MOST_GONE:
        raise BadParameter("ParameterInvalid", "The parameter InstanceIdList is invalid.")
    for row in instances_of(ctx.tx, ctx.account_id, group.group_id, category):
        if row.instance_id in ids:
            ctx.tx.delete(row)
    return DoneByNumber()


class Listed(Shape, frozen=True, kw_only=True):
    """An instance of a group."""

    instance_id: str
    instance_name: str
    category: str
    region_id: Annotated[str, Of("region")]


@operation(CMS, "DescribeMonitorGroupInstances", on=ONE, **reads(answers="Resources.Resource"))
def describe_monitor_group_instances(
    ctx: Context,
    group: MonitorGroupRow,
    *,
    category: Category | None = None,
    instance_ids: Annotated[str, Text(1, 8192), Doc("Ids, separated by commas.")] | None = None,
    keyword: Annotated[str, Text(1, 128), Doc("A part of the name.")] = "",
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Listed, GroupPage]:
    """List the instances of a group, by category and id."""
    ids = set(split(instance_ids)) if instance_ids else None
    found = [
        row
        for row in _rows(ctx, group)
        if (ids is None or row.instance_id in ids)
        and alike(row, category=category)
        and keyword in row.instance_name
    ]
    shown = [Listed.of(row) for row in page_of(found, page_number, page_size)]
    page = GroupPage(page_number=page_number, page_size=page_size, total=len(found))
    return Listing(shown, page)
