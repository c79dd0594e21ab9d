"""List security groups, their rules, and the groups whose rules name them.

Source: ECS API reference, DescribeSecurityGroups, DescribeSecurityGroupAttribute,
DescribeSecurityGroupReferences (documented). A group that does not exist makes no error in a list
(observed in the Terraform provider). Fewer than ten rules a page are asked for as ten (documented
as the least).
"""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import BadParameter, fact
from juyong.api.fields import Between, Doc, Items, OneOf
from juyong.api.listing import Next, NextToken, by_token, numbered
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.services.ecs.groups.group import ONE, SECURITY_GROUP
from juyong.services.ecs.groups.shown import Permission, permission
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import TagFilter
from juyong.services.network.membership import NoGroup, find_group, room
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.tables import GroupRow, InterfaceRow, MemberRow
from juyong.store.late import sa, table_of

_PAGE = 10
_MOST_IDS = 100
_LEAST_RULES = 10
BadToken = partial(
    BadParameter, "InValidParameter.NextToken", "The specified parameter NextToken is not valid."
)
_GROUPS, _RULES = by_token(BadToken), by_token(BadToken)
TwoPagings = fact(
    "NotSupported.PageNumberAndPageSize",
    400,
    "The parameters PageNumber and PageSize are not supported with NextToken or MaxResults.",
    why="Pages are asked for by number and by token at once.",
)
BadIds = fact(
    "InvalidSecurityGroupIds.Malformed",
    400,
    'The specified parameter "SecurityGroupIds" is not valid.',
    why="The ids are no JSON array of up to 100 texts.",
)
Ids = Annotated[str, Doc("A JSON array of up to 100 ids.")]


class ListedGroup(Shape, frozen=True, kw_only=True):
    """A security group in a list; a capacity is one of addresses, or of enterprise members."""

    security_group_id: Annotated[str, Of("group_id")]
    security_group_name: Annotated[str, Of("group_name")]
    description: str
    vpc_id: str
    security_group_type: Annotated[str, Of("kind")]
    creation_time: CreateDate
    ecs_count: int
    available_instance_amount: int
    rule_count: int
    group_to_group_rule_count: int
    resource_group_id: str = ""
    service_managed: bool = False
    service_id: int | msgspec.UnsetType = msgspec.field(name="ServiceID", default=msgspec.UNSET)
    tags: TagList


class GroupsPage(Shape, frozen=True, kw_only=True):
    """A page by number, with how many groups there are, or one by token."""

    region_id: str
    next_token: Next = msgspec.UNSET
    page_number: int | msgspec.UnsetType = msgspec.UNSET
    page_size: int | msgspec.UnsetType = msgspec.UNSET
    total_count: int | msgspec.UnsetType = msgspec.UNSET


class Attribute(Shape, frozen=True, kw_only=True):
    """A security group with a page of its rules."""

    security_group_id: Annotated[str, Of("group_id")]
    security_group_name: Annotated[str, Of("group_name")]
    description: str
    vpc_id: str
    region_id: Annotated[str, Of("region")]
    inner_access_policy: Annotated[
        str, Of("inner_access", lambda accepts: "Accept" if accepts else "Drop")
    ]
    permissions: Annotated[list[Permission], Within("Permission")]
    snapshot_policy_ids: Annotated[list[str], Within("SnapshotPolicyId")]
    next_token: str


class ReferencingGroup(Shape, frozen=True, kw_only=True):
    """A group that has a rule with another group as its peer."""

    ali_uid: str
    security_group_id: str


class Reference(Shape, frozen=True, kw_only=True):
    """A group, and the groups whose rules name it."""

    security_group_id: str
    referencing_security_groups: Annotated[
        list[ReferencingGroup], Within("ReferencingSecurityGroup")
    ]


@operation(
    ECS,
    "DescribeSecurityGroups",
    on=SECURITY_GROUP.all,
    unsupported={
        **NO_RESOURCE_GROUPS,
        "FuzzyQuery": "a name is asked for as a whole",
    },
    raises=(TwoPagings, BadIds),
    gateway=CHECKED,
    answers="SecurityGroups.SecurityGroup",
    reads_only=True,
    scans=True,
)
def describe_security_groups(
    ctx: Context,
    *,
    region_id: Region,
    security_group_id: str | None = None,
    security_group_ids: Ids | None = None,
    security_group_name: str | None = None,
    security_group_type: Annotated[str, OneOf(("normal", "enterprise"))] | None = None,
    vpc_id: str | None = None,
    network_type: Annotated[str, OneOf(("vpc", "classic"))] = "vpc",
    service_managed: bool = False,
    tag: TagFilter | None = None,
    page_number: Annotated[int, Between(1, 2**31 - 1), Doc("From 1.")] | None = None,
    page_size: Annotated[int, Between(1, 100), Doc("1 to 100.")] | None = None,
    max_results: Annotated[int, Between(1, 100), Doc("1 to 100.")] | None = None,
    next_token: NextToken = "",
) -> Listing[ListedGroup, GroupsPage]:
    """List the security groups of a region, by id.

    Args:
        security_group_id, security_group_name, security_group_type, vpc_id, network_type:
            Only what has this value.
        service_managed: Only what has this value.

    Returns:
        A page by number with the count of all groups, or by token without the count.
    """
    check_region(ctx, region_id)
    if (next_token or max_results) and (page_number or page_size):
        raise TwoPagings
    ids = None if security_group_ids is None else _ids(security_group_ids)
    held, wanted = SECURITY_GROUP.tags_by_id(ctx), pairs_of(tag)

    def is_asked(row: GroupRow) -> bool:
        return (
            security_group_id in (None, row.group_id)
            and (ids is None or row.group_id in ids)
            and security_group_name in (None, row.group_name)
            and security_group_type in (None, row.kind)
            and vpc_id in (None, row.vpc_id)
            and bears(held.get(row.group_id, {}), wanted)
        )

    rows: list[GroupRow] = []
    if network_type == "vpc" and not service_managed:
        rows = ctx.tx.find(
            GroupRow, order=("group_id",), account_id=ctx.account_id, region=ctx.region
        )
    listing = _page(
        [row for row in rows if is_asked(row)],
        ctx.region,
        (page_number or 1, page_size or _PAGE),
        (next_token, max_results),
    )
    return listing.map(lambda row: _listed(ctx, row, tag_list(held.get(row.group_id, {}))))


def _ids(text: str) -> frozenset[str]:
    try:
        found = msgspec.json.decode(text, type=list[str])
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadIds from bad
    if len(found) > _MOST_IDS:
        raise BadIds
    return frozenset(found)


def _page(
    rows: list[GroupRow],
    region: str,
    number_and_size: tuple[int, int],
    token_and_limit: tuple[str, int | None],
) -> Listing[GroupRow, GroupsPage]:
    number, size = number_and_size
    token, limit = token_and_limit
    if not token and limit is None:
        by_number = numbered(rows, number, size)
        page = GroupsPage(
            region_id=region, page_number=number, page_size=size, total_count=len(rows)
        )
        return Listing(by_number.items, page)
    part = _GROUPS.part(
        "security groups", rows, key=lambda row: (row.group_id,), token=token, limit=limit or _PAGE
    )
    return Listing(
        part.items, GroupsPage(region_id=region, next_token=_or_empty(part.page.next_token))
    )


def _or_empty(token: Next) -> str:
    """Return a token as these answers have it: an empty text on the last page."""
    return "" if token is msgspec.UNSET else token


def _listed(ctx: Context, row: GroupRow, tags: TagList) -> ListedGroup:
    rules = ctx.tx.find(RuleRow, group_id=row.group_id)
    ((machines,),) = ctx.tx.query(_machines, group_id=row.group_id)
    return ListedGroup.of(
        row,
        ecs_count=int(machines),
        available_instance_amount=max(0, room(ctx, row)),
        rule_count=len(rules),
        group_to_group_rule_count=sum(bool(rule.peer_group_id) for rule in rules),
        tags=tags,
    )


def _machines() -> "sa.Select[Any]":
    interface, member = table_of(InterfaceRow), table_of(MemberRow)
    return (
        sa.select(sa.func.count(sa.distinct(interface.c.instance_id)))
        .select_from(interface.join(member, member.c.interface_id == interface.c.interface_id))
        .where(member.c.group_id == sa.bindparam("group_id"), interface.c.instance_id != "")
    )


@operation(ECS, "DescribeSecurityGroupAttribute", on=ONE, reads_only=True, scans=True)
def describe_security_group_attribute(
    ctx: Context,
    group: GroupRow,
    *,
    direction: Annotated[
        str, OneOf(("ingress", "egress", "all")), Doc("`ingress`, `egress` or `all`.")
    ] = "all",
    max_results: Annotated[int, Between(1, 1000), Doc("1 to 1000; below 10, 10.")] = 500,
    next_token: NextToken = "",
) -> Attribute:
    """Return a security group with its rules, in the order in which they were added."""
    listing = f"rules of {group.group_id} {direction}"
    (after,) = _RULES.position(listing, next_token, 0)
    rules = ctx.tx.find(RuleRow, order=("position",), group_id=group.group_id)
    left = [row for row in rules if row.position > after and direction in ("all", row.direction)]
    page = _RULES.cut(
        listing,
        left,
        key=lambda row: (row.position,),
        limit=max(max_results, _LEAST_RULES),
    )
    return Attribute.of(
        group,
        permissions=[permission(ctx.tx, row) for row in page.items],
        snapshot_policy_ids=[],
        next_token=_or_empty(page.page.next_token),
    )


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    return tuple(
        SECURITY_GROUP.arn_named(ctx, group_id) for group_id in arguments["security_group_id"]
    )


@operation(
    ECS,
    "DescribeSecurityGroupReferences",
    resource=_each,
    resource_conditions=SECURITY_GROUP.tag_conditions,
    raises=(NoGroup,),
    answers="SecurityGroupReferences.SecurityGroupReference",
    reads_only=True,
    scans=True,
)
def describe_security_group_references(
    ctx: Context,
    *,
    region_id: Region,
    security_group_id: Annotated[list[str], Items(1, 10), Doc("1 to 10 security groups.")],
) -> list[Reference]:
    """List the groups that rules name, of those asked for, with the groups of these rules."""
    check_region(ctx, region_id)
    asked = list(dict.fromkeys(security_group_id))
    if any(find_group(ctx, group_id) is None for group_id in asked):
        raise NoGroup
    return [
        Reference(security_group_id=group_id, referencing_security_groups=found)
        for group_id in asked
        if (found := list(_referencing(ctx, group_id)))
    ]


def _referencing(ctx: Context, group_id: str) -> Iterator[ReferencingGroup]:
    rules = ctx.tx.find(RuleRow, peer_group_id=group_id)
    for owner_id in sorted({rule.group_id for rule in rules}):
        yield ReferencingGroup(ali_uid=ctx.account_id, security_group_id=owner_id)
