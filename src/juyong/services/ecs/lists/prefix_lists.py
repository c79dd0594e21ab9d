"""Prefix lists: CIDR blocks of one IP version under an id that rules of security groups name.

Source: ECS API reference, CreatePrefixList, ModifyPrefixList, DeletePrefixList,
DescribePrefixLists, DescribePrefixListAttributes, DescribePrefixListAssociations (documented).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items
from juyong.api.listing import MaxItems100, NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.ids import new_instance_id
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.places import PAGING, in_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, TagFilter, Tags
from juyong.services.network.feeds.filling import forget
from juyong.services.network.lists.entries import (
    Association,
    Description,
    Name,
    check_description,
    check_name,
)
from juyong.services.network.lists.prefix_lists import (
    FAMILIES,
    NAMES,
    PREFIX_LIST,
    HasAssociations,
    PrefixListState,
    groups_with,
    is_used,
    prefixes,
)
from juyong.services.network.rules.tables import PrefixListRow, PrefixRow

ListId = Annotated[str, Doc("The prefix list.")]

BadName = fact(
    "InvalidParameter.PrefixListName",
    400,
    "The parameter PrefixListName is not valid.",
    why="The name is too short or too long, or has other characters.",
)
BadFamily = fact(
    "InvalidParameter.AddressFamily",
    400,
    "The parameter AddressFamily should be IPv4 or IPv6.",
    why="The address family is neither `IPv4` nor `IPv6`.",
)
BadMost = fact(
    "InvalidParameter",
    400,
    "The parameter MaxEntries is not valid.",
    why="MaxEntries is not within 1 to the quota `ecs.prefix-list-entries`.",
)


class Removed(Shape, frozen=True, kw_only=True):
    """A block as a call names it."""

    cidr: str


class Entry(Removed, frozen=True, kw_only=True):
    """A block with what it stands for."""

    description: str = ""


class NewList(Shape, frozen=True, kw_only=True):
    """The prefix list just made."""

    prefix_list_id: Annotated[str, Of("list_id")]


class ListedList(PrefixListState, frozen=True, kw_only=True):
    """A prefix list in a list, with how many groups have rules with it."""

    association_count: int
    resource_group_id: str = ""
    tags: TagList


class WholeList(PrefixListState, frozen=True, kw_only=True):
    """A prefix list with its blocks."""

    entries: Annotated[list[Entry], Within("Entry")]


_ONE = in_region(PREFIX_LIST.by(prefix_list_id=ListId))


_ENTRY_ERRORS = prefixes(4).errors


@operation(
    ECS,
    "CreatePrefixList",
    on=PREFIX_LIST.new,
    unsupported=NO_RESOURCE_GROUPS,
    raises=(BadName, BadFamily, BadMost, *_ENTRY_ERRORS),
    gateway=ONCE,
)
def create_prefix_list(
    ctx: Context,
    *,
    region_id: Region,
    prefix_list_name: Name,
    address_family: Annotated[str, Doc("`IPv4` or `IPv6`.")],
    max_entries: Annotated[int, Doc("The most blocks, for good: 1 to 200.")],
    description: Description = "",
    entry: Annotated[list[Entry], Doc("Up to 200 blocks.")] | None = None,
    tag: Tags | None = None,
) -> NewList:
    """Make a prefix list.

    A rule that names the list counts for MaxEntries rules.
    """
    check_region(ctx, region_id)
    check_name(prefix_list_name, BadName)
    check_description(description)
    if address_family not in FAMILIES:
        raise BadFamily
    if not 1 <= max_entries <= ctx.quota("ecs.prefix-list-entries"):
        raise BadMost
    row = PREFIX_LIST.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        list_id=new_instance_id("pl"),
        list_name=prefix_list_name,
        description=description,
        ip_version=FAMILIES[address_family],
        max_entries=max_entries,
    )
    _change(ctx, row, entry, None)
    return NewList.of(row)


@operation(ECS, "ModifyPrefixList", on=_ONE, raises=(BadName, *_ENTRY_ERRORS))
def modify_prefix_list(
    ctx: Context,
    row: PrefixListRow,
    *,
    prefix_list_name: Name | None = None,
    description: Description | None = None,
    add_entry: Annotated[list[Entry], Doc("Blocks to add, or to describe anew.")] | None = None,
    remove_entry: Annotated[list[Removed], Doc("Blocks to remove.")] | None = None,
) -> None:
    """Change a prefix list, which rules that name the list follow at once."""
    check_name(prefix_list_name, BadName)
    check_description(description)
    _change(ctx, row, add_entry, remove_entry)
    PREFIX_LIST.change(ctx, row, list_name=prefix_list_name, description=description)


def _change(
    ctx: Context,
    row: PrefixListRow,
    added: list[Entry] | None,
    removed: list[Removed] | None,
) -> None:
    prefixes(row.ip_version).change(
        ctx.tx,
        row.list_id,
        [(each.cidr, each.description) for each in added or ()],
        [each.cidr for each in removed or ()],
        row.max_entries,
    )


@operation(ECS, "DeletePrefixList", on=_ONE, raises=(HasAssociations,))
def delete_prefix_list(ctx: Context, row: PrefixListRow) -> None:
    """Delete a prefix list that neither rules of groups nor entries of ACLs name."""
    if is_used(ctx.tx, row.list_id):
        raise HasAssociations
    PREFIX_LIST.remove(ctx, row)
    forget(ctx.tx, row.list_id)
    prefixes(row.ip_version).drop(ctx.tx, row.list_id)


@operation(
    ECS,
    "DescribePrefixLists",
    on=PREFIX_LIST.all,
    unsupported=NO_RESOURCE_GROUPS,
    answers="PrefixLists.PrefixList",
    reads_only=True,
    scans=True,
)
def describe_prefix_lists(
    ctx: Context,
    *,
    region_id: Region,
    prefix_list_id: Annotated[list[str], Items(0, 100), Doc("Only these.")] | None = None,
    prefix_list_name: str | None = None,
    address_family: str | None = None,
    tag: TagFilter | None = None,
    max_results: MaxItems100 = 10,
    next_token: NextToken = "",
) -> Listing[ListedList, TokenPage]:
    """List the prefix lists of a region, by id.

    Args:
        prefix_list_name, address_family: Only what has this value.
    """
    check_region(ctx, region_id)
    held, wanted = PREFIX_LIST.tags_by_id(ctx), pairs_of(tag)

    def is_asked(row: PrefixListRow) -> bool:
        return (
            (not prefix_list_id or row.list_id in prefix_list_id)
            and prefix_list_name in (None, row.list_name)
            and address_family in (None, NAMES[row.ip_version])
            and bears(held.get(row.list_id, {}), wanted)
        )

    page = PAGING.stored(
        ctx,
        PrefixListRow,
        "list_id",
        token=next_token,
        limit=max_results,
        keep=is_asked,
        region=ctx.region,
    )
    return page.map(
        lambda row: ListedList.of(
            row,
            association_count=len(groups_with(ctx.tx, row.list_id)),
            tags=tag_list(held.get(row.list_id, {})),
        )
    )


@operation(ECS, "DescribePrefixListAttributes", on=_ONE, reads_only=True, scans=True)
def describe_prefix_list_attributes(ctx: Context, row: PrefixListRow) -> WholeList:
    """Return a prefix list with all its blocks."""
    found = ctx.tx.find(PrefixRow, order=("cidr",), list_id=row.list_id)
    return WholeList.of(row, entries=[Entry.of(each) for each in found])


@operation(
    ECS,
    "DescribePrefixListAssociations",
    on=_ONE,
    answers="PrefixListAssociations.PrefixListAssociation",
    reads_only=True,
    scans=True,
)
def describe_prefix_list_associations(
    ctx: Context,
    row: PrefixListRow,
    *,
    max_results: MaxItems100 = 10,
    next_token: NextToken = "",
) -> Listing[Association, TokenPage]:
    """List the security groups that have rules with a prefix list, by id."""
    return PAGING.texts(
        f"groups with {row.list_id}",
        groups_with(ctx.tx, row.list_id),
        like=None,
        prefix=False,
        token=next_token,
        limit=max_results,
    ).map(lambda group_id: Association(resource_id=group_id, resource_type="securitygroup"))
