"""Allocate, change and release EIPs.

Source: VPC API reference, AllocateEipAddress, ModifyEipAddressAttribute, ReleaseEipAddress
(documented); the code of an EIP under protection (observed in Terraform's provider).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.services.network.asking import HERE, NO_GROUPS
from juyong.services.network.public.eip import EIP, NoAddressLeft
from juyong.services.network.public.eips import NoPublicAddress, draw_address
from juyong.services.network.public.tables import EipRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.vpc.eips import fields
from juyong.services.vpc.eips.fields import NOT_SOLD
from juyong.services.vpc.product import PRODUCT as VPC

_DRAWN = "addresses are drawn by the platform"
_UNSERVED = {
    **dict.fromkeys(("ActivityId", "AutoPay", "Period", "PricingCycle"), NOT_SOLD),
    **dict.fromkeys(("IpAddress", "InstanceId", "PublicIpAddressPoolId"), _DRAWN),
    "Zone": "an EIP belongs to a region, and to no zone",
    "SecurityProtectionTypes": "there is no Anti-DDoS in front of EIPs",
    **NO_GROUPS,
}
EipBusy = fact(
    "IncorrectEipStatus",
    400,
    "Current elastic IP status does not support this operation.",
    why="The EIP is bound.",
)
Protected = fact(
    "InvalidOperation.DeletionProtection",
    400,
    "The operation is not allowed because deletion protection is enabled.",
    why="Deletion protection is on.",
)


class Allocated(Shape, frozen=True, kw_only=True):
    """The EIP just allocated. OrderId: None, since nothing is sold."""

    allocation_id: str
    eip_address: Annotated[str, Of("address")]
    order_id: int = 0
    resource_group_id: str = ""


@operation(
    VPC,
    "AllocateEipAddress",
    gateway=HERE | ONCE,
    on=EIP.new,
    unsupported=_UNSERVED,
    raises=(NotSupported,),
)
def allocate_eip_address(
    ctx: Context,
    *,
    bandwidth: fields.Bandwidth = "5",
    name: fields.EipName = "",
    description: fields.EipDescription = "",
    instance_charge_type: fields.ChargeType = "PostPaid",
    internet_charge_type: fields.InternetChargeType = fields.BY_BANDWIDTH,
    isp: fields.Isp = "BGP",  # noqa: ARG001  # there is no other
    netmode: Annotated[str, OneOf(("public",)), Doc("`public`.")] = "public",  # noqa: ARG001
    tag: Tags | None = None,
) -> Allocated:
    """Allocate an EIP: an address of the setting `eip_blocks` that no other EIP has."""
    fields.refuse_prepaid(instance_charge_type)
    try:
        address = draw_address(ctx.tx, ctx.platform.eip_blocks)
    except NoPublicAddress:
        raise NoAddressLeft from None
    row = EIP.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        allocation_id=new_instance_id("eip"),
        address=address,
        eip_name=name,
        description=description,
        bandwidth=fields.checked_bandwidth(bandwidth, internet_charge_type),
        internet_charge_type=internet_charge_type,
    )
    return Allocated.of(row)


@operation(
    VPC,
    "ModifyEipAddressAttribute",
    gateway=HERE,
    on=EIP.by(allocation_id=fields.AllocationId),
)
def modify_eip_address_attribute(
    ctx: Context,
    row: EipRow,
    *,
    bandwidth: fields.Bandwidth | None = None,
    name: fields.EipName | None = None,
    description: fields.EipDescription | None = None,
) -> None:
    """Change an EIP; what is absent stays."""
    mbits = None
    if bandwidth is not None:
        mbits = fields.checked_bandwidth(bandwidth, row.internet_charge_type)
    EIP.change(ctx, row, bandwidth=mbits, eip_name=name, description=description)


@operation(
    VPC,
    "ReleaseEipAddress",
    gateway=HERE,
    on=EIP.by(allocation_id=fields.AllocationId),
    raises=(EipBusy, Protected),
)
def release_eip_address(ctx: Context, row: EipRow) -> None:
    """Release an EIP that is bound to nothing; another EIP may be drawn at its address then."""
    if row.bound_id:
        raise EipBusy
    if row.deletion_protection:
        raise Protected
    EIP.remove(ctx, row)
