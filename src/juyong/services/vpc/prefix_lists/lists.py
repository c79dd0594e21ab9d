"""Prefix lists, made, changed and deleted by the operations of VPC.

Source: VPC API reference, CreateVpcPrefixList, ModifyVpcPrefixList, DeleteVpcPrefixList
(documented); that refused entries have the codes of ECS is assumed.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.services.network.asking import HERE, NO_GROUPS, Description, Name
from juyong.services.network.feeds.filling import forget
from juyong.services.network.lists.entries import TooManyEntries
from juyong.services.network.lists.prefix_lists import (
    FAMILIES,
    PREFIX_LIST,
    HasAssociations,
    is_used,
    prefixes,
)
from juyong.services.network.rules.tables import PrefixListRow, PrefixRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.vpc.product import PRODUCT as VPC

_DEFAULT_MOST = 50
_MOST = 200
OF_VPC = msgspec.structs.replace(PREFIX_LIST, arn="vpc:prefixlist/")
"""The lists as policies on VPC's operations name them; the inventory knows them as ECS does."""
ListId = Annotated[str, Text(1, 64), Doc("The prefix list.")]
BY_LIST = OF_VPC.by(prefix_list_id=ListId)
MaxEntries = Annotated[int, Between(1, _MOST), Doc("The most blocks: 1 to 200.")]
ENTRY_ERRORS = prefixes(4).errors
MostIsUsed = fact(
    "OperationDenied.PrefixListAssociated",
    400,
    "MaxEntries of a prefix list that is associated with resources cannot be changed.",
    why="Rules or entries that name the list count for its MaxEntries.",
)


class AskedBlock(Shape, frozen=True, kw_only=True):
    """A block of a list, as a call gives it."""

    cidr: Annotated[str, Text(1, 64)]
    description: str = ""


Blocks = Annotated[list[AskedBlock], Doc("Up to 200 blocks.")]


class ChangedList(Shape, frozen=True, kw_only=True):
    """The list just made or changed."""

    prefix_list_id: Annotated[str, Of("list_id")]


def _change(
    ctx: Context, row: PrefixListRow, added: Blocks | None, removed: Blocks | None, most: int
) -> None:
    prefixes(row.ip_version).change(
        ctx.tx,
        row.list_id,
        [(each.cidr, each.description) for each in added or ()],
        [each.cidr for each in removed or ()],
        most,
    )


@operation(
    VPC,
    "CreateVpcPrefixList",
    on=OF_VPC.new,
    gateway=HERE | ONCE | CHECKED,
    unsupported=NO_GROUPS,
    raises=ENTRY_ERRORS,
)
def create_vpc_prefix_list(
    ctx: Context,
    *,
    prefix_list_name: Name = "",
    prefix_list_description: Description = "",
    ip_version: Annotated[str, OneOf(tuple(FAMILIES)), Doc("`IPv4` or `IPv6`.")] = "IPv4",
    max_entries: MaxEntries = _DEFAULT_MOST,
    prefix_list_entries: Blocks | None = None,
    tag: Tags | None = None,
) -> ChangedList:
    """Make a prefix list."""
    row = PREFIX_LIST.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        list_id=new_instance_id("pl"),
        list_name=prefix_list_name,
        description=prefix_list_description,
        ip_version=FAMILIES[ip_version],
        max_entries=max_entries,
    )
    _change(ctx, row, prefix_list_entries, None, max_entries)
    return ChangedList.of(row)


@operation(
    VPC,
    "ModifyVpcPrefixList",
    on=BY_LIST,
    gateway=HERE | ONCE | CHECKED,
    raises=(MostIsUsed, *ENTRY_ERRORS),
)
def modify_vpc_prefix_list(
    ctx: Context,
    row: PrefixListRow,
    *,
    prefix_list_name: Name | None = None,
    prefix_list_description: Description | None = None,
    max_entries: MaxEntries | None = None,
    add_prefix_list_entry: Blocks | None = None,
    remove_prefix_list_entry: Blocks | None = None,
) -> ChangedList:
    """Change a prefix list, which rules and entries that name the list follow at once.

    Args:
        add_prefix_list_entry: Blocks to add, or to describe anew.
        remove_prefix_list_entry: Blocks to remove.
    """
    if max_entries not in (None, row.max_entries) and is_used(ctx.tx, row.list_id):
        raise MostIsUsed
    most = max_entries or row.max_entries
    _change(ctx, row, add_prefix_list_entry, remove_prefix_list_entry, most)
    if ctx.tx.count(PrefixRow, list_id=row.list_id) > most:
        raise TooManyEntries
    changed = PREFIX_LIST.change(
        ctx,
        row,
        list_name=prefix_list_name,
        description=prefix_list_description,
        max_entries=max_entries,
    )
    return ChangedList.of(changed)


@operation(
    VPC,
    "DeleteVpcPrefixList",
    on=BY_LIST,
    gateway=HERE | ONCE | CHECKED,
    raises=(HasAssociations,),
)
def delete_vpc_prefix_list(ctx: Context, row: PrefixListRow) -> None:
    """Delete a prefix list that neither rules of groups nor entries of ACLs name."""
    if is_used(ctx.tx, row.list_id):
        raise HasAssociations
    PREFIX_LIST.remove(ctx, row)
    forget(ctx.tx, row.list_id)
    prefixes(row.ip_version).drop(ctx.tx, row.list_id)
