"""Ask for a peering connection, accept or refuse it, change and delete it.

Source: VPC peering API reference (documented); codes of refusals (assumed).
"""

from datetime import timedelta
from typing import Annotated

from juyong.api.access import each
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import AccountId, new_instance_id
from juyong.services.network.asking import HERE, NO_GROUPS, Name
from juyong.services.network.peering.peerings import (
    ACCEPTING,
    ACTIVATED,
    REJECTED,
    pair_of,
    peerings_of_vpc,
)
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.routes.tables import RouteRow
from juyong.services.network.tables import VpcRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.vpc.facade import delete_routes_to
from juyong.services.vpcpeer.peering import ONE, PEERING, Description, status_at
from juyong.services.vpcpeer.product import PRODUCT as PEER
from juyong.store.errors import Duplicate

_ACCEPTED_WITHIN_S = int(timedelta(days=7).total_seconds())
_NO_LINES = {
    "Bandwidth": "a connection has no bandwidth of its own",
    "LinkType": "there is one kind of link",
}
NoVpc = fact(
    "ResourceNotFound.VpcId",
    404,
    "The specified resource of VpcId is not found.",
    why="The caller has no such VPC in the region.",
)
NoAcceptingVpc = fact(
    "ResourceNotFound.AcceptingVpcId",
    404,
    "The specified resource of AcceptingVpcId is not found.",
    why="The other account has no such VPC in the other region.",
)
SameVpc = fact(
    "OperationDenied.SameVpc",
    400,
    "The operation is not allowed because a VPC cannot be connected with itself.",
    why="Both VPCs are the same.",
)
PeeringExists = fact(
    "ResourceAlreadyExist.VpcPeer",
    409,
    "The VPC peering connection already exists.",
    why="The two VPCs have a connection, or one that may be accepted.",
)
TooManyPeerings = fact(
    "QuotaExceeded.VpcPeerCountPerVpc",
    400,
    "The quota of VPC peering connections of a VPC is exceeded.",
    why="One of both VPCs holds the quota `vpcpeer.connections-per-vpc`.",
)
WrongStatus = fact(
    "IncorrectStatus.VpcPeer",
    409,
    "The status of the VPC peering connection does not support this operation.",
    why="The connection is not waiting to be accepted.",
)
NotAccepter = fact(
    "OperationDenied.NotAccepter",
    403,
    "The operation is not allowed because the caller does not own the accepting VPC.",
    why="The caller is the requester, of another account than the accepting VPC.",
)
HasRoutes = fact(
    "OperationDenied.RouteEntryExist",
    409,
    "The operation is not allowed because route entries lead to the VPC peering connection.",
    why="A route leads to the connection, and Force is not set.",
)


class NewPeering(Shape, frozen=True, kw_only=True):
    """The connection just made."""

    instance_id: Annotated[str, Of("peering_id")]


def _on_both(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    return (f"acs:vpc:{ctx.region}:{ctx.account_id}:vpc/{arguments.get('vpc_id') or '*'}",)


@operation(
    PEER,
    "CreateVpcPeerConnection",
    gateway=HERE | ONCE | CHECKED,
    resource=each(PEERING.new.arn, _on_both),
    unsupported={**NO_GROUPS, **_NO_LINES},
    raises=(NoVpc, NoAcceptingVpc, SameVpc, PeeringExists, TooManyPeerings),
)
def create_vpc_peer_connection(
    ctx: Context,
    *,
    vpc_id: Annotated[str, Text(1, 64), Doc("The VPC of the caller.")],
    accepting_ali_uid: Annotated[int, Doc("The account of the other VPC.")],
    accepting_region_id: Annotated[str, Text(1, 64), Doc("The region of the other VPC.")],
    accepting_vpc_id: Annotated[str, Text(1, 64), Doc("The other VPC.")],
    name: Name | None = None,
    description: Description = "",
    tag: Tags | None = None,
) -> NewPeering:
    """Ask for a connection; between VPCs of one account the connection is activated at once."""
    accepter = AccountId(str(accepting_ali_uid))
    own = ctx.tx.get(VpcRow, vpc_id)
    if own is None or (own.account_id, own.region) != (ctx.account_id, ctx.region):
        raise NoVpc
    other = ctx.tx.get(VpcRow, accepting_vpc_id)
    if other is None or (other.account_id, other.region) != (accepter, accepting_region_id):
        raise NoAcceptingVpc
    if vpc_id == accepting_vpc_id:
        raise SameVpc
    _refuse_more(ctx, vpc_id, accepting_vpc_id)
    peering_id = new_instance_id("pcc")
    try:
        row = PEERING.create(
            ctx,
            RULES.checked(pairs_of(tag)),
            peering_id=peering_id,
            vpc_id=vpc_id,
            accepting_account_id=accepter,
            accepting_region=accepting_region_id,
            accepting_vpc_id=accepting_vpc_id,
            pair=pair_of(vpc_id, accepting_vpc_id),
            peering_name=peering_id if name is None else name,
            description=description,
            status=ACTIVATED if accepter == ctx.account_id else ACCEPTING,
            expires_at=ctx.now + _ACCEPTED_WITHIN_S,
            updated_at=ctx.now,
        )
    except Duplicate:
        raise PeeringExists from None
    return NewPeering.of(row)


def _refuse_more(ctx: Context, *vpc_ids: str) -> None:
    """Free a pair whose request has expired; refuse one connection too many of a VPC.

    Raises:
        TooManyPeerings: see there.
    """
    for vpc_id in vpc_ids:
        held = 0
        for row in peerings_of_vpc(ctx.tx, vpc_id):
            status = status_at(row, ctx.now)
            held += status in (ACTIVATED, ACCEPTING)
            if status not in (ACTIVATED, ACCEPTING) and row.pair != row.peering_id:
                ctx.tx.update(row, pair=row.peering_id)
        if held >= ctx.quota("vpcpeer.connections-per-vpc"):
            raise TooManyPeerings


def _waiting(ctx: Context, row: PeeringRow) -> None:
    """Refuse an answer to a request that does not wait for the caller's.

    Raises:
        NotAccepter, WrongStatus: see there.
    """
    if row.accepting_account_id != ctx.account_id:
        raise NotAccepter
    if status_at(row, ctx.now) != ACCEPTING:
        raise WrongStatus


@operation(
    PEER,
    "AcceptVpcPeerConnection",
    gateway=HERE | ONCE | CHECKED,
    on=ONE,
    unsupported={**NO_GROUPS, "Tag": "the tags are those of the requester"},
    raises=(NotAccepter, WrongStatus),
)
def accept_vpc_peer_connection(ctx: Context, row: PeeringRow) -> None:
    """Activate a connection that another account asked for: routes may lead to it from now on."""
    _waiting(ctx, row)
    PEERING.change(ctx, row, status=ACTIVATED, updated_at=ctx.now)


@operation(
    PEER,
    "RejectVpcPeerConnection",
    gateway=HERE | ONCE | CHECKED,
    on=ONE,
    raises=(NotAccepter, WrongStatus),
)
def reject_vpc_peer_connection(ctx: Context, row: PeeringRow) -> None:
    """Refuse a connection that another account asked for."""
    _waiting(ctx, row)
    PEERING.change(ctx, row, status=REJECTED, pair=row.peering_id, updated_at=ctx.now)


@operation(
    PEER,
    "ModifyVpcPeerConnection",
    gateway=HERE | ONCE | CHECKED,
    on=ONE,
    unsupported=_NO_LINES,
)
def modify_vpc_peer_connection(
    ctx: Context,
    row: PeeringRow,
    *,
    name: Name | None = None,
    description: Description | None = None,
) -> None:
    """Change the name or the description of a connection."""
    PEERING.change(ctx, row, peering_name=name, description=description, updated_at=ctx.now)


@operation(
    PEER,
    "DeleteVpcPeerConnection",
    gateway=HERE | ONCE | CHECKED,
    on=ONE,
    raises=(HasRoutes,),
)
def delete_vpc_peer_connection(
    ctx: Context,
    row: PeeringRow,
    *,
    force: Annotated[bool, Doc("Delete the routes that lead to the connection too.")] = False,
) -> None:
    """Delete a connection, from either side; packets that go through are dropped from now on."""
    if force:
        delete_routes_to(ctx, row.peering_id)
    elif ctx.tx.find_one(RouteRow, hop_id=row.peering_id) is not None:
        raise HasRoutes
    PEERING.remove(ctx, row)
