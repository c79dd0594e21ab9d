"""Peering connections, described and listed.

Source: VPC peering API reference, GetVpcPeerConnectionAttribute, ListVpcPeerConnections
(documented): members and statuses; -1 stands for no bound of the bandwidth.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Commas, Doc, Items
from juyong.api.listing import NextToken, TokenPage, by_token
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.tags import TagParameter, bears, pairs_of
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.network.asking import HERE, NO_GROUPS
from juyong.services.network.cidrs import texts_of
from juyong.services.network.peering.peerings import ACCEPTING, EXPIRED
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.tables import VpcRow
from juyong.services.network.tags import TagFilter
from juyong.services.vpcpeer.peering import ONE, PEERING, status_at
from juyong.services.vpcpeer.product import PRODUCT as PEER

BY_TOKEN = by_token(
    lambda: BadParameter("IllegalParam.NextToken", "The param of NextToken is illegal.")
)


class PeeringPage(TokenPage, frozen=True, kw_only=True):
    """A page, and how many connections there are in all."""

    max_results: int
    total_count: int


class Side(Shape, frozen=True, kw_only=True):
    """One VPC of a connection, and its blocks."""

    vpc_id: str
    ipv4_cidrs: list[str]
    ipv6_cidrs: list[str]


class Peering(Shape, frozen=True, kw_only=True):
    """A peering connection; GmtExpired is there while the connection waits, and once too late."""

    instance_id: Annotated[str, Of("peering_id")]
    name: Annotated[str, Of("peering_name")]
    description: str
    status: str
    biz_status: str = "Normal"
    bandwidth: int = -1
    link_type: str = "Gold"
    owner_id: Annotated[int, Of("account_id", int)]
    region_id: Annotated[str, Of("region")]
    vpc: Side
    accepting_owner_uid: Annotated[int, Of("accepting_account_id", int)]
    accepting_region_id: Annotated[str, Of("accepting_region")]
    accepting_vpc: Side
    resource_group_id: str = ""
    managed_service: str = ""
    gmt_create: Annotated[str, Of("created_at", iso)]
    gmt_modified: Annotated[str, Of("updated_at", iso)]
    gmt_expired: str | None
    tags: list[TagParameter]


def _side(ctx: Context, vpc_id: str) -> Side:
    vpc = ctx.tx.get(VpcRow, vpc_id)
    blocks = [] if vpc is None else [vpc.cidr, *texts_of(vpc.secondary_cidrs)]
    return Side(vpc_id=vpc_id, ipv4_cidrs=blocks, ipv6_cidrs=[])


def _shown(ctx: Context, row: PeeringRow) -> Peering:
    status = status_at(row, ctx.now)
    tags = PEERING.tags_of(ctx.tx, row) if row.account_id == ctx.account_id else {}
    return Peering.of(
        row,
        status=status,
        vpc=_side(ctx, row.vpc_id),
        accepting_vpc=_side(ctx, row.accepting_vpc_id),
        gmt_expired=iso(row.expires_at) if status in (ACCEPTING, EXPIRED) else None,
        tags=[TagParameter(key=key, value=value) for key, value in sorted(tags.items())],
    )


@operation(PEER, "GetVpcPeerConnectionAttribute", gateway=HERE, on=ONE, reads_only=True)
def get_vpc_peer_connection_attribute(ctx: Context, row: PeeringRow) -> Peering:
    """Describe a connection."""
    return _shown(ctx, row)


@operation(
    PEER,
    "ListVpcPeerConnections",
    gateway=HERE,
    on=PEERING.all,
    unsupported=NO_GROUPS,
    answers="VpcPeerConnects",
    reads_only=True,
    scans=True,
)
def list_vpc_peer_connections(
    ctx: Context,
    *,
    instance_id: Annotated[str, Doc("Only this one.")] | None = None,
    vpc_id: Annotated[list[str], Items(1, 20), Commas(), Doc("Only those of these VPCs.")]
    | None = None,
    name: Annotated[str, Doc("Only those of a name.")] | None = None,
    tags: TagFilter | None = None,
    max_results: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 20,
    next_token: NextToken = "",
) -> Listing[Peering, PeeringPage]:
    """List the connections of the caller's VPCs in a region, by id."""
    wanted = pairs_of(tags)
    held = PEERING.tags_by_id(ctx) if wanted else {}
    own = ctx.tx.find(PeeringRow, account_id=ctx.account_id, region=ctx.region)
    asked = ctx.tx.find(
        PeeringRow, accepting_account_id=ctx.account_id, accepting_region=ctx.region
    )
    rows = {
        row.peering_id: row
        for row in (*own, *asked)
        if instance_id in (None, row.peering_id)
        and (vpc_id is None or {row.vpc_id, row.accepting_vpc_id} & {*vpc_id})
        and name in (None, row.peering_name)
        and (not wanted or bears(held.get(row.peering_id, {}), wanted))
    }
    page = BY_TOKEN.part(
        "vpc-peerings",
        sorted(rows.values(), key=lambda row: row.peering_id),
        key=lambda row: (row.peering_id,),
        token=next_token,
        limit=max_results,
    )
    counts = PeeringPage(
        max_results=max_results, total_count=len(rows), next_token=page.page.next_token
    )
    return Listing([_shown(ctx, row) for row in page.items], counts)
