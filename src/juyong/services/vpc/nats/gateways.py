"""Make, change, protect and delete NAT gateways for the Internet.

Source: VPC API reference, CreateNatGateway, ModifyNatGatewayAttribute, DeleteNatGateway
(documented): codes of the quota and of a vSwitch of another VPC; codes of what keeps a gateway from
being deleted (observed in Terraform's provider for EIPs, assumed for entries).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.services.network.addresses import NoFreeAddress, give_back, take_address
from juyong.services.network.asking import HERE
from juyong.services.network.errors import NoVpc, NoVSwitch
from juyong.services.network.public.eip import EIP, unbind
from juyong.services.network.public.eips import eips_bound_to
from juyong.services.network.public.nat import NAT_GATEWAY
from juyong.services.network.public.nats import (
    AS_NAT,
    MULTI,
    forwards_of,
    nats_in_vpc,
    snats_of,
)
from juyong.services.network.public.tables import NatRow
from juyong.services.network.routes.tables import RouteRow
from juyong.services.network.tables import VpcRow, VSwitchRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.vpc.dependents import HasRoute
from juyong.services.vpc.eips.allocating import Protected
from juyong.services.vpc.eips.binding import NatIsFull, take_of_vswitch
from juyong.services.vpc.eips.fields import NOT_SOLD, refuse_prepaid
from juyong.services.vpc.nats import fields
from juyong.services.vpc.product import PRODUCT as VPC

_UNSERVED = {
    **dict.fromkeys(("AutoPay", "Duration", "PricingCycle", "Spec"), NOT_SOLD),
    **dict.fromkeys(("AccessMode", "Ipv4Prefix"), fields.NO_PRIVATE),
    "AvailabilityMode": "a gateway belongs to the zone of its vSwitch",
    "NatIp": "a gateway gets the lowest free address of its vSwitch",
    "PrivateLinkEnabled": "there is no PrivateLink",
    "SecurityProtectionEnabled": "there is no firewall in front of gateways",
}
_NO_LOG = "sessions of a gateway are not logged; flow logs show the flows of interfaces"
_NO_ICMP = "an address of a gateway does not answer ICMP"
NoVSwitchGiven = fact(
    "MissingParameter",
    400,
    'The input parameter "VSwitchId" that is mandatory for processing this request is not'
    " supplied.",
    why="No vSwitch is named.",
)
OtherVpc = fact(
    "OperationFailed.VswNotBelongToVpc",
    400,
    "Operation failed because the specified VSwitch is not bound to the same VPC with NAT gateway.",
    why="The vSwitch is one of another VPC.",
)
TooManyNats = fact(
    "OperationFailed.EnhancedQuotaExceed",
    400,
    "Operation failed because the maximum number of enhanced NAT gateways in the same VPC is"
    " exceeded.",
    why="The VPC holds the quota `vpc.nat-gateways`.",
)
HasEips = fact(
    "DependencyViolation.EIPS",
    400,
    "There are EIPs on specified NatGateway not unassociated.",
    why="EIPs are bound to the gateway, and Force is not set.",
)
HasSnatEntries = fact(
    "DependencyViolation.SnatEntry",
    400,
    "There are SNAT entries on specified NatGateway not deleted.",
    why="The gateway has SNAT entries, and Force is not set.",
)
HasForwardEntries = fact(
    "DependencyViolation.ForwardEntry",
    400,
    "There are DNAT entries on specified NatGateway not deleted.",
    why="The gateway has DNAT entries, and Force is not set.",
)
HasRoutes = fact(
    "DependencyViolation.RouteEntry",
    400,
    "There are route entries whose next hop is the specified NatGateway.",
    why="A route leads to the gateway, by force too.",
)
BadMode = fact(
    "OperationUnsupported.EipBindMode",
    400,
    "The EIP bind mode of the NAT gateway can only be changed from MULTI_BINDED to NAT.",
    why="The gateway's mode is NAT, which is not changed back.",
)
BindMode = Annotated[
    str,
    OneOf((MULTI, AS_NAT)),
    Doc("`NAT`: each EIP takes an address of the vSwitch; `MULTI_BINDED`: none does."),
]
Icmp = Annotated[bool, Doc("Only false: an address of a gateway does not answer ICMP.")]


class NatMade(Shape, frozen=True, kw_only=True):
    """The gateway just made, and its tables."""

    nat_gateway_id: Annotated[str, Of("nat_id")]
    snat_table_ids: Annotated[list[str], Within("SnatTableId")]
    forward_table_ids: Annotated[list[str], Within("ForwardTableId")]
    full_nat_table_ids: Annotated[list[str], Within("FullNatTableId")]


@operation(
    VPC,
    "CreateNatGateway",
    gateway=HERE | ONCE,
    on=NAT_GATEWAY.new,
    unsupported=_UNSERVED,
    raises=(
        *(NatIsFull, NoVSwitch, NoVSwitchGiven, NoVpc, OtherVpc, TooManyNats),
        NotSupported,
    ),
)
def create_nat_gateway(
    ctx: Context,
    *,
    vpc_id: Annotated[str, Doc("The VPC.")],
    v_switch_id: Annotated[str, Doc("The vSwitch, of which the gateway takes an address.")]
    | None = None,
    name: fields.Name | None = None,
    description: fields.Description = "",
    nat_type: Annotated[str, OneOf(("Enhanced",)), Doc("`Enhanced`.")] = "Enhanced",  # noqa: ARG001
    network_type: Annotated[str, OneOf(("internet", "intranet")), Doc("`internet`.")] = "internet",
    eip_bind_mode: BindMode = MULTI,
    instance_charge_type: Annotated[
        str, OneOf(("PostPaid", "PrePaid")), Doc("`PostPaid`.")
    ] = "PostPaid",
    internet_charge_type: Annotated[  # noqa: ARG001
        str, OneOf(("PayByLcu",)), Doc("`PayByLcu`.")
    ] = "PayByLcu",
    icmp_reply_enabled: Icmp = False,
    tag: Tags | None = None,
) -> NatMade:
    """Make a NAT gateway for the Internet, which carries packets by its entries and a route."""
    refuse_prepaid(instance_charge_type)
    if network_type != "internet":
        raise NotSupported(name="NetworkType", reason=fields.NO_PRIVATE)
    _refuse_icmp(icmp_reply_enabled)
    vswitch = _vswitch(ctx, vpc_id, v_switch_id)
    if len(nats_in_vpc(ctx.tx, vpc_id)) >= ctx.quota("vpc.nat-gateways"):
        raise TooManyNats
    nat_id = new_instance_id("ngw")
    try:
        address = take_address(ctx.tx, vswitch, nat_id)
    except NoFreeAddress:
        raise NatIsFull from None
    row = NAT_GATEWAY.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        nat_id=nat_id,
        vpc_id=vpc_id,
        vswitch_id=vswitch.vswitch_id,
        zone_id=vswitch.zone_id,
        nat_name=nat_id if name is None else name,
        description=description,
        snat_table_id=new_instance_id("stb"),
        forward_table_id=new_instance_id("ftb"),
        private_address=address,
        bind_mode=eip_bind_mode,
    )
    return NatMade.of(
        row,
        snat_table_ids=[row.snat_table_id],
        forward_table_ids=[row.forward_table_id],
        full_nat_table_ids=[],
    )


def _vswitch(ctx: Context, vpc_id: str, vswitch_id: str | None) -> VSwitchRow:
    vpc = ctx.tx.get(VpcRow, vpc_id)
    here = (ctx.account_id, ctx.region)
    if vpc is None or (vpc.account_id, vpc.region) != here:
        raise NoVpc
    if vswitch_id is None:
        raise NoVSwitchGiven
    vswitch = ctx.tx.get(VSwitchRow, vswitch_id)
    if vswitch is None or (vswitch.account_id, vswitch.region) != here:
        raise NoVSwitch
    if vswitch.vpc_id != vpc_id:
        raise OtherVpc
    return vswitch


def _refuse_icmp(is_asked: bool) -> None:
    if is_asked:
        raise NotSupported(name="IcmpReplyEnabled", reason=_NO_ICMP)


@operation(
    VPC,
    "ModifyNatGatewayAttribute",
    gateway=HERE,
    on=NAT_GATEWAY.by(nat_gateway_id=fields.NatId),
    unsupported=dict.fromkeys(("EnableSessionLog", "LogDelivery"), _NO_LOG),
    raises=(BadMode, NatIsFull, NotSupported),
)
def modify_nat_gateway_attribute(
    ctx: Context,
    row: NatRow,
    *,
    name: fields.Name | None = None,
    description: fields.Description | None = None,
    eip_bind_mode: BindMode | None = None,
    icmp_reply_enabled: Icmp = False,
) -> None:
    """Change a gateway; what is absent stays, and the mode MULTI_BINDED may become NAT."""
    _refuse_icmp(icmp_reply_enabled)
    if eip_bind_mode not in (None, row.bind_mode):
        if eip_bind_mode != AS_NAT:
            raise BadMode
        for eip in eips_bound_to(ctx.tx, row.nat_id):
            EIP.change(ctx, eip, private_address=take_of_vswitch(ctx, eip, row))
    NAT_GATEWAY.change(ctx, row, nat_name=name, description=description, bind_mode=eip_bind_mode)


@operation(
    VPC,
    "DeleteNatGateway",
    gateway=HERE,
    on=NAT_GATEWAY.by(nat_gateway_id=fields.NatId),
    raises=(HasEips, HasForwardEntries, HasSnatEntries, HasRoute, Protected),
)
def delete_nat_gateway(
    ctx: Context,
    row: NatRow,
    *,
    force: Annotated[bool, Doc("Delete its entries, and unbind its EIPs.")] = False,
) -> None:
    """Delete a gateway that no route leads to; what it holds keeps it, unless by force."""
    if row.deletion_protection:
        raise Protected
    if ctx.tx.find_one(RouteRow, hop_id=row.nat_id) is not None:
        raise HasRoute
    snats, forwards = snats_of(ctx.tx, row.nat_id), forwards_of(ctx.tx, row.nat_id)
    eips = eips_bound_to(ctx.tx, row.nat_id)
    if not force:
        held = ((snats, HasSnatEntries), (forwards, HasForwardEntries), (eips, HasEips))
        for found, error in held:
            if found:
                raise error
    NAT_GATEWAY.remove(ctx, row)
    for entry in (*snats, *forwards):
        ctx.tx.delete(entry)
    for eip in eips:
        unbind(ctx, eip)
    give_back(ctx.tx, row.nat_id)
