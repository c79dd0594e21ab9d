"""Prefix lists, their blocks and the things that name them, listed by the operations of VPC.

Source: VPC API reference, ListPrefixLists, GetVpcPrefixListEntries, GetVpcPrefixListAssociations
(documented); the names of the types of associated resources (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Items
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Of, Shape
from juyong.api.tags import TagParameter
from juyong.api.wrapping import Listing
from juyong.services.network.asking import HERE, NO_GROUPS
from juyong.services.network.lists.prefix_lists import (
    NAMES,
    PREFIX_LIST,
    acls_with,
    groups_with,
)
from juyong.services.network.rules.tables import PrefixListRow, PrefixRow
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.describing_vpcs import shown_tags
from juyong.services.vpc.naming import OfName, tagged
from juyong.services.vpc.paging import BY_TOKEN
from juyong.services.vpc.prefix_lists.lists import BY_LIST, OF_VPC
from juyong.services.vpc.product import PRODUCT as VPC

_CREATED = "Created"
MaxResults = Annotated[int, Between(1, 100), Doc("1 to 100.")]


class ListsPage(TokenPage, frozen=True, kw_only=True):
    """A page of lists."""

    max_results: int
    total_count: int


class CountedPage(TokenPage, frozen=True, kw_only=True):
    """A page that tells how many items it has."""

    count: int
    total_count: int


class ListedList(Shape, frozen=True, kw_only=True):
    """A prefix list."""

    prefix_list_id: Annotated[str, Of("list_id")]
    prefix_list_name: Annotated[str, Of("list_name")]
    prefix_list_description: Annotated[str, Of("description")]
    ip_version: Annotated[str, Of("ip_version", NAMES.__getitem__)]
    max_entries: int
    cidr_blocks: list[str]
    prefix_list_status: str = _CREATED
    prefix_list_type: str = "Custom"
    status: str = _CREATED
    share_type: str = ""
    owner_id: Annotated[str, Of("account_id")]
    region_id: Annotated[str, Of("region")]
    creation_time: CreateDate
    tags: list[TagParameter]


class ListedBlock(Shape, frozen=True, kw_only=True):
    """A block of a prefix list."""

    prefix_list_id: Annotated[str, Of("list_id")]
    region_id: str
    cidr: str
    description: str


class Association(Shape, frozen=True, kw_only=True):
    """A thing whose rules or entries name a prefix list."""

    prefix_list_id: str
    resource_id: str
    resource_type: str
    owner_id: str
    region_id: str
    status: str = _CREATED


@operation(
    VPC,
    "ListPrefixLists",
    on=OF_VPC.all,
    gateway=HERE,
    unsupported=NO_GROUPS,
    answers="PrefixLists",
    reads_only=True,
    scans=True,
)
def list_prefix_lists(
    ctx: Context,
    *,
    prefix_list_ids: Annotated[list[str], Items(1, 20), Doc("Only these.")] | None = None,
    prefix_list_name: OfName | None = None,
    tags: TagFilter | None = None,
    max_results: MaxResults = 20,
    next_token: NextToken = "",
) -> Listing[ListedList, ListsPage]:
    """List the prefix lists of a region with their blocks, by id."""
    rows = [
        row
        for row in ctx.tx.find(PrefixListRow, account_id=ctx.account_id, region=ctx.region)
        if (not prefix_list_ids or row.list_id in prefix_list_ids)
        and prefix_list_name in (None, row.list_name)
    ]
    found = tagged(ctx, PREFIX_LIST, rows, tags)
    page = BY_TOKEN.part(
        "prefix-lists",
        found,
        key=lambda row: (row.list_id,),
        token=next_token,
        limit=max_results,
    )

    def shown(row: PrefixListRow) -> ListedList:
        blocks = ctx.tx.find(PrefixRow, order=("cidr",), list_id=row.list_id)
        return ListedList.of(
            row,
            cidr_blocks=[each.cidr for each in blocks],
            tags=shown_tags(PREFIX_LIST.tags_of(ctx.tx, row)),
        )

    token = page.page.next_token
    counts = ListsPage(max_results=max_results, total_count=len(found), next_token=token)
    return Listing([shown(row) for row in page.items], counts)


@operation(
    VPC,
    "GetVpcPrefixListEntries",
    on=BY_LIST,
    gateway=HERE,
    answers="PrefixListEntry",
    reads_only=True,
    scans=True,
)
def get_vpc_prefix_list_entries(
    ctx: Context, row: PrefixListRow, *, max_results: MaxResults = 20, next_token: NextToken = ""
) -> Listing[ListedBlock, CountedPage]:
    """List the blocks of a prefix list, in the order of their texts."""
    found = ctx.tx.find(PrefixRow, list_id=row.list_id)
    page = BY_TOKEN.part(
        f"blocks of {row.list_id}",
        found,
        key=lambda each: (each.cidr,),
        token=next_token,
        limit=max_results,
    )
    counts = CountedPage(
        count=len(page.items), total_count=len(found), next_token=page.page.next_token
    )
    return Listing([ListedBlock.of(each, region_id=row.region) for each in page.items], counts)


@operation(
    VPC,
    "GetVpcPrefixListAssociations",
    on=BY_LIST,
    gateway=HERE,
    answers="PrefixListAssociation",
    reads_only=True,
    scans=True,
)
def get_vpc_prefix_list_associations(
    ctx: Context, row: PrefixListRow, *, max_results: MaxResults = 20, next_token: NextToken = ""
) -> Listing[Association, CountedPage]:
    """List the network ACLs and the security groups that name a prefix list."""
    named = [(each, "networkacl") for each in acls_with(ctx.tx, row.list_id)]
    named += [(each, "securitygroup") for each in groups_with(ctx.tx, row.list_id)]
    page = BY_TOKEN.part(
        f"uses of {row.list_id}",
        named,
        key=lambda each: (each[0],),
        token=next_token,
        limit=max_results,
    )
    counts = CountedPage(
        count=len(page.items), total_count=len(named), next_token=page.page.next_token
    )
    shown = [
        Association(
            prefix_list_id=row.list_id,
            resource_id=label,
            resource_type=kind,
            owner_id=row.account_id,
            region_id=row.region,
        )
        for label, kind in page.items
    ]
    return Listing(shown, counts)
