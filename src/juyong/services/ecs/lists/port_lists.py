"""Port lists: port ranges under an id that rules of security groups name.

Source: ECS API reference, CreatePortRangeList, ModifyPortRangeList, DeletePortRangeList,
DescribePortRangeLists, DescribePortRangeListEntries, DescribePortRangeListAssociations
(documented).
"""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items
from juyong.api.listing import MaxItems100, NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.resource import Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape, to_builtins
from juyong.api.tags import Tag, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.ids import new_instance_id
from juyong.engines.packet import BadPorts, Ports
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.places import PAGING, in_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, TagFilter, Tags
from juyong.services.network.lists.entries import (
    Association,
    Description,
    Entries,
    Name,
    check_description,
    check_name,
    groups_of,
)
from juyong.services.network.rules.tables import PortListRow, PortsRow, RuleRow
from juyong.store.transaction import Transaction

ListId = Annotated[str, Doc("The port list.")]

NoList = fact(
    "InvalidPortRangeListId.NotFound",
    400,
    "The specified port range list was not found.",
    why="The region has no port list of the id.",
)
TooManyLists = fact(
    "InvalidOperation.MaxCountExceed",
    400,
    "The number of port range list in the current account has exceeded quota.",
    why="The region holds the quota `ecs.port-lists`.",
)
BadName = fact(
    "InvalidParameter.PortRangeListName",
    400,
    "The specified parameter PortRangeListName is not valid.",
    why="The name is too short or too long, or has other characters.",
)
BadMost = fact(
    "InvalidOperation.MaxEntriesCountExceed",
    400,
    "The specified MaxEntries exceeded the upper limit.",
    why="MaxEntries is not within 1 to the quota `ecs.port-list-entries`.",
)
BadRange = fact(
    "InvalidParameter.PortRange",
    400,
    "The specified parameter PortRange is not valid. It should be two integers less than 65535 in "
    "specified format.",
    why="The text is no port range such as `1/200` within 1 to 65535.",
)
RangeTwice = fact(
    "InvalidParameter.PortRangeDuplicated",
    400,
    "The specified PortRange is duplicated.",
    why="A range is given twice, or is both added and removed.",
)
HasAssociations = fact(
    "InvalidPortRangeListId.AssociationExist",
    400,
    "The specified port range list has association resources.",
    why="Rules of security groups name the list.",
)


class Removed(Shape, frozen=True, kw_only=True):
    """A port range as a call names it."""

    port_range: str


class Entry(Removed, frozen=True, kw_only=True):
    """A port range with what it stands for."""

    description: str = ""


class _List(Shape, frozen=True, kw_only=True):
    """A port list without its ranges."""

    port_range_list_id: Annotated[str, Of("list_id")]
    port_range_list_name: Annotated[str, Of("list_name")]
    description: str
    max_entries: int
    creation_time: CreateDate


class NewList(Shape, frozen=True, kw_only=True):
    """The port list just made."""

    port_range_list_id: Annotated[str, Of("list_id")]


class ListedList(_List, frozen=True, kw_only=True):
    """A port list in a list, with how many groups have rules with it."""

    association_count: int
    resource_group_id: str = ""
    tags: list[Tag]


def _state(tx: Transaction, row: PortListRow) -> Mapping[str, object]:
    """Return the state of a list, with its ranges."""
    found = tx.find(PortsRow, order=("port_range",), list_id=row.list_id)
    return {**to_builtins(_List.of(row)), "PortRanges": [each.port_range for each in found]}


PORT_LIST = Resource(
    kind="ACS::ECS::PortRangeList",
    row=PortListRow,
    id="list_id",
    name="list_id",
    arn="ecs:portrangelist/",
    regional=True,
    find=found_here(PortListRow),
    missing=NoList,
    quota=Quota("ecs.port-lists", TooManyLists),
    state=_state,
    tags=RULES,
)
_ONE = in_region(PORT_LIST.by(port_range_list_id=ListId))


def _groups_with(ctx: Context, row: PortListRow) -> list[str]:
    """Return the groups that have rules with a list, by id."""
    return groups_of(ctx.tx.find(RuleRow, port_list_id=row.list_id))


def _canonical(text: str) -> str:
    ports = Ports.parse(text)
    if ports is None:
        raise BadPorts(f"`{text}` is no port range")
    return str(ports)


_ENTRIES = Entries(
    row=PortsRow, text="port_range", canonical=_canonical, bad=BadRange, repeated=RangeTwice
)


@operation(
    ECS,
    "CreatePortRangeList",
    on=PORT_LIST.new,
    unsupported=NO_RESOURCE_GROUPS,
    raises=(BadName, BadMost, *_ENTRIES.errors),
    gateway=ONCE,
)
def create_port_range_list(
    ctx: Context,
    *,
    region_id: Region,
    port_range_list_name: Name,
    max_entries: Annotated[int, Doc("The most ranges, for good: 1 to 2000.")],
    description: Description = "",
    entry: Annotated[list[Entry], Doc("Up to 200 ranges.")] | None = None,
    tag: Tags | None = None,
) -> NewList:
    """Make a port list.

    A rule that names the list counts for MaxEntries rules.
    """
    check_region(ctx, region_id)
    check_name(port_range_list_name, BadName)
    check_description(description)
    if not 1 <= max_entries <= ctx.quota("ecs.port-list-entries"):
        raise BadMost
    row = PORT_LIST.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        list_id=new_instance_id("prl"),
        list_name=port_range_list_name,
        description=description,
        max_entries=max_entries,
    )
    _change(ctx, row, entry, None)
    return NewList.of(row)


@operation(ECS, "ModifyPortRangeList", on=_ONE, raises=(BadName, *_ENTRIES.errors), gateway=ONCE)
def modify_port_range_list(
    ctx: Context,
    row: PortListRow,
    *,
    port_range_list_name: Name | None = None,
    description: Description | None = None,
    add_entry: Annotated[list[Entry], Doc("Ranges to add, or to describe anew.")] | None = None,
    remove_entry: Annotated[list[Removed], Doc("Ranges to remove.")] | None = None,
) -> None:
    """Change a port list, which rules that name the list follow at once."""
    check_name(port_range_list_name, BadName)
    check_description(description)
    _change(ctx, row, add_entry, remove_entry)
    PORT_LIST.change(ctx, row, list_name=port_range_list_name, description=description)


def _change(
    ctx: Context, row: PortListRow, added: list[Entry] | None, removed: list[Removed] | None
) -> None:
    _ENTRIES.change(
        ctx.tx,
        row.list_id,
        [(each.port_range, each.description) for each in added or ()],
        [each.port_range for each in removed or ()],
        row.max_entries,
    )


@operation(ECS, "DeletePortRangeList", on=_ONE, raises=(HasAssociations,))
def delete_port_range_list(ctx: Context, row: PortListRow) -> None:
    """Delete a port list that no rule names."""
    if _groups_with(ctx, row):
        raise HasAssociations
    PORT_LIST.remove(ctx, row)
    _ENTRIES.drop(ctx.tx, row.list_id)


@operation(
    ECS,
    "DescribePortRangeLists",
    on=PORT_LIST.all,
    unsupported=NO_RESOURCE_GROUPS,
    answers="PortRangeLists",
    reads_only=True,
    scans=True,
)
def describe_port_range_lists(
    ctx: Context,
    *,
    region_id: Region,
    port_range_list_id: Annotated[list[str], Items(0, 100), Doc("Only these.")] | None = None,
    port_range_list_name: str | None = None,
    tag: TagFilter | None = None,
    max_results: MaxItems100 = 10,
    next_token: NextToken = "",
) -> Listing[ListedList, TokenPage]:
    """List the port lists of a region, by id.

    Args:
        port_range_list_name: Only what has this value.
    """
    check_region(ctx, region_id)
    held, wanted = PORT_LIST.tags_by_id(ctx), pairs_of(tag)

    def is_asked(row: PortListRow) -> bool:
        return (
            (not port_range_list_id or row.list_id in port_range_list_id)
            and port_range_list_name in (None, row.list_name)
            and bears(held.get(row.list_id, {}), wanted)
        )

    page = PAGING.stored(
        ctx,
        PortListRow,
        "list_id",
        token=next_token,
        limit=max_results,
        keep=is_asked,
        region=ctx.region,
    )
    return page.map(
        lambda row: ListedList.of(
            row,
            association_count=len(_groups_with(ctx, row)),
            tags=tag_list(held.get(row.list_id, {})).tag,
        )
    )


@operation(
    ECS,
    "DescribePortRangeListEntries",
    on=_ONE,
    answers="Entries",
    reads_only=True,
    scans=True,
)
def describe_port_range_list_entries(ctx: Context, row: PortListRow) -> list[Entry]:
    """List the ranges of a port list, in the order of their ports."""
    found = ctx.tx.find(PortsRow, list_id=row.list_id)
    return [Entry.of(each) for each in sorted(found, key=_first_port)]


def _first_port(row: PortsRow) -> tuple[int, ...]:
    return tuple(int(port) for port in row.port_range.split("/"))


@operation(
    ECS,
    "DescribePortRangeListAssociations",
    on=_ONE,
    answers="PortRangeListAssociations",
    reads_only=True,
    scans=True,
)
def describe_port_range_list_associations(
    ctx: Context, row: PortListRow, *, max_results: MaxItems100 = 10, next_token: NextToken = ""
) -> Listing[Association, TokenPage]:
    """List the security groups that have rules with a port list, by id."""
    return PAGING.texts(
        f"groups with {row.list_id}",
        _groups_with(ctx, row),
        like=None,
        prefix=False,
        token=next_token,
        limit=max_results,
    ).map(lambda group_id: Association(resource_id=group_id, resource_type="SecurityGroup"))
