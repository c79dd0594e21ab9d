"""The next hops of routes: which kinds are followed, and the thing that one names.

Source: VPC API reference, CreateRouteEntry: kinds, and codes of what does not exist (documented).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Doc, Text
from juyong.services.network.peering.peerings import ACTIVATED, other_vpc
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.public.tables import NatRow
from juyong.services.network.tables import InterfaceRow

INSTANCE, INTERFACE, NAT, PEER = "Instance", "NetworkInterface", "NatGateway", "VpcPeer"
_NOT_FOLLOWED = {
    "HaVip": "there are no virtual addresses that move between instances",
    "RouterInterface": "there are no leased lines and no router interfaces",
    "VpnGateway": "there are no VPN gateways",
    "IPv6Gateway": "the networks of this platform carry IPv4 alone",
    "Attachment": "there are no transit routers",
    "Ipv4Gateway": "public addresses are reached without an IPv4 gateway",
    "GatewayEndpoint": "there are no gateway endpoints",
    "Ecr": "there are no Express Connect routers",
    "GatewayLoadBalancerEndpoint": "there are no load balancers that packets pass",
    "RouteTargetGroup": "a route has one next hop",
}
HopType = Annotated[
    str,
    Text(1, 64),
    Doc("`Instance`, `NetworkInterface`, `NatGateway` or `VpcPeer`; others are refused."),
]
HopId = Annotated[
    str, Text(1, 64), Doc("The instance, interface, NAT gateway or peering connection.")
]
BadHopType = fact(
    "InvalidNextHopType",
    400,
    'Specified parameter "NextHopType" is not valid',
    why="There is no such kind of next hop.",
)
NoInstance = fact(
    "InvalidInstanId.NotFound",
    404,
    "Specified instance does not exist.",
    why="The region has no such instance.",
)
NoHop = fact(
    "InvalidNextHopId.NotFound",
    404,
    "Specified next hop does not exist.",
    why="There is no such interface, NAT gateway, or peering connection that is activated.",
)
HopOfOtherVpc = fact(
    "INVALID_VPC_ID",
    400,
    "The Specified VpcId not match.",
    why="The next hop is in another VPC than the route table.",
)
HOP_ERRORS = (BadHopType, NoInstance, NoHop, HopOfOtherVpc, NotSupported)
"""The errors of `check_hop`."""


def check_hop(ctx: Context, vpc_id: str, kind: str, hop_id: str) -> None:
    """Refuse a next hop that a route of a VPC cannot have.

    An instance is one by its primary interface, which lives as long.

    Raises:
        ApiError: of HOP_ERRORS.
    """
    if kind in _NOT_FOLLOWED:
        raise NotSupported(name=f"NextHopType {kind}", reason=_NOT_FOLLOWED[kind])
    if kind == PEER:
        _check_peering(ctx, vpc_id, hop_id)
        return
    found: InterfaceRow | NatRow | None
    if kind == INSTANCE:
        own = {"account_id": ctx.account_id, "instance_id": hop_id}
        found = ctx.tx.find_one(InterfaceRow, **own, is_primary=True)
    elif kind == INTERFACE:
        found = ctx.tx.get(InterfaceRow, hop_id)
    elif kind == NAT:
        found = ctx.tx.get(NatRow, hop_id)
    else:
        raise BadHopType
    if found is None or (found.account_id, found.region) != (ctx.account_id, ctx.region):
        raise NoInstance if kind == INSTANCE else NoHop
    if found.vpc_id != vpc_id:
        raise HopOfOtherVpc


def _check_peering(ctx: Context, vpc_id: str, peering_id: str) -> None:
    """Refuse a peering connection that carries nothing, so that each route leads somewhere.

    Raises:
        NoHop, HopOfOtherVpc: see there.
    """
    row = ctx.tx.get(PeeringRow, peering_id)
    if row is None or row.status != ACTIVATED:
        raise NoHop
    if not other_vpc(row, vpc_id):
        raise HopOfOtherVpc
