"""NAT gateways described.

Source: VPC API reference, DescribeNatGateways, GetNatGatewayAttribute (documented); members that
clients read (observed in the official SDK and Terraform's provider).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import NotSupported
from juyong.api.fields import Doc, OneOf
from juyong.api.listing import NumberedPage, PageNumber, numbered
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import TagList, tag_list
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.network.asking import HERE, NO_GROUPS, PageSize
from juyong.services.network.public.eips import eips_bound_to
from juyong.services.network.public.nat import NAT_GATEWAY
from juyong.services.network.public.nats import forwards_of, snats_of
from juyong.services.network.public.tables import EipRow, NatRow
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.eips.fields import NOT_SOLD, ChargeType, refuse_prepaid
from juyong.services.vpc.naming import tagged
from juyong.services.vpc.nats import fields
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.store.transaction import Transaction

_NOT_KEPT = {
    "Spec": NOT_SOLD,
    **NO_GROUPS,
    "AvailabilityMode": "every gateway belongs to the zone of its vSwitch",
}
_STATES = ("Creating", "Available", "Modifying", "Deleting", "Converting")
Status = Annotated[str, OneOf(_STATES), Doc("Only those of a status; all are `Available`.")]


class BoundEip(Shape, frozen=True, kw_only=True):
    """An EIP of a gateway, and what uses the EIP."""

    allocation_id: str
    ip_address: Annotated[str, Of("address")]
    using_status: str


class ListedEip(BoundEip, frozen=True, kw_only=True):
    """An EIP of a gateway in a list of gateways."""

    private_ip_address: Annotated[str, Of("private_address")]
    snat_entry_enabled: bool


class PrivateInfo(Shape, frozen=True, kw_only=True):
    """Where a gateway is; it has no interface of its own."""

    vswitch_id: str
    private_ip_address: Annotated[str, Of("private_address")]
    iz_no: Annotated[str, Of("zone_id")]
    eni_instance_id: str = ""
    max_bandwidth: int = 0


class ListedInfo(PrivateInfo, frozen=True, kw_only=True):
    """Where a gateway of a list is."""

    eni_type: str = ""
    max_session_establish_rate: int = 0
    max_session_quota: int = 0


class Described(Shape, frozen=True, kw_only=True):
    """The members that both answers have."""

    nat_gateway_id: Annotated[str, Of("nat_id")]
    name: Annotated[str, Of("nat_name")]
    description: str
    vpc_id: str
    region_id: Annotated[str, Of("region")]
    creation_time: Annotated[str, Of("created_at", iso)]
    expired_time: str = ""
    status: str = "Available"
    business_status: str = "Normal"
    nat_type: str = "Enhanced"
    network_type: str = "internet"
    resource_group_id: str = ""
    ecs_metric_enabled: bool = False
    private_link_enabled: bool = False


class NatGateway(Described, frozen=True, kw_only=True):
    """A gateway in a list."""

    eip_bind_mode: Annotated[str, Of("bind_mode")]
    deletion_protection: bool
    icmp_reply_enabled: bool = False
    instance_charge_type: str = "PostPaid"
    internet_charge_type: str = "PayByLcu"
    security_protection_enabled: bool = False
    enable_session_log: str = "false"
    auto_pay: bool = False
    spec: str = ""
    nat_gateway_private_info: ListedInfo
    ip_lists: Annotated[list[ListedEip], Within("IpList")]
    snat_table_ids: Annotated[list[str], Within("SnatTableId")]
    forward_table_ids: Annotated[list[str], Within("ForwardTableId")]
    full_nat_table_ids: Annotated[list[str], Within("FullNatTableId")]
    tags: TagList


class Billing(Shape, frozen=True, kw_only=True):
    """How a gateway would be paid for; nothing is sold here."""

    instance_charge_type: str = "PostPaid"
    internet_charge_type: str = "PayByLcu"
    auto_pay: str = "false"
    spec: str = ""


class Protection(Shape, frozen=True, kw_only=True):
    """Whether a gateway is protected."""

    enabled: Annotated[bool, Of("deletion_protection")]


class SnatTable(Shape, frozen=True, kw_only=True):
    """The table of SNAT entries."""

    snat_table_id: str
    snat_entry_count: int


class ForwardTable(Shape, frozen=True, kw_only=True):
    """The table of DNAT entries."""

    forward_table_id: str
    forward_entry_count: int


class Attribute(Described, frozen=True, kw_only=True):
    """One gateway."""

    enable_session_log: bool = False
    billing_config: Billing = Billing()
    deletion_protection_info: Protection
    private_info: PrivateInfo
    snat_table: SnatTable
    forward_table: ForwardTable
    ip_list: list[BoundEip]


def _used(tx: Transaction, row: NatRow) -> dict[str, str]:
    """Return what uses each address of a gateway that entries have."""
    snats = {each.address: "UsedBySnatTable" for each in snats_of(tx, row.nat_id)}
    forwards = forwards_of(tx, row.nat_id)
    return snats | {each.external_address: "UsedByForwardTable" for each in forwards}


@operation(
    VPC,
    "DescribeNatGateways",
    gateway=HERE | CHECKED,
    on=NAT_GATEWAY.all,
    unsupported=_NOT_KEPT,
    raises=(NotSupported,),
    answers="NatGateways.NatGateway",
    reads_only=True,
    scans=True,
)
def describe_nat_gateways(
    ctx: Context,
    *,
    nat_gateway_id: Annotated[str, Doc("Only this one.")] | None = None,
    vpc_id: Annotated[str, Doc("Only those of a VPC.")] | None = None,
    zone_id: Annotated[str, Doc("Only those of a zone.")] | None = None,
    name: Annotated[str, Doc("Only those of a name.")] | None = None,
    nat_type: Annotated[str, OneOf(("Enhanced",)), Doc("`Enhanced`.")] | None = None,  # noqa: ARG001
    network_type: Annotated[str, OneOf(("internet", "intranet")), Doc("Only those of a type.")]
    | None = None,
    instance_charge_type: ChargeType = "PostPaid",
    status: Status | None = None,
    tag: TagFilter | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[NatGateway, NumberedPage]:
    """List the gateways of a region, the oldest first."""
    refuse_prepaid(instance_charge_type)
    is_any = network_type in (None, "internet") and status in (None, "Available")
    rows = [
        row
        for row in ctx.tx.find(
            NatRow, order=("created_at", "nat_id"), account_id=ctx.account_id, region=ctx.region
        )
        if is_any
        and nat_gateway_id in (None, row.nat_id)
        and vpc_id in (None, row.vpc_id)
        and zone_id in (None, row.zone_id)
        and name in (None, row.nat_name)
    ]
    found = tagged(ctx, NAT_GATEWAY, rows, tag)
    return numbered(found, page_number, page_size).map(lambda row: _listed(ctx.tx, row))


def _listed(tx: Transaction, row: NatRow) -> NatGateway:
    used = _used(tx, row)

    def shown(eip: EipRow) -> ListedEip:
        using = used.get(eip.address, "Idle")
        return ListedEip.of(
            eip, using_status=using, snat_entry_enabled=using != "UsedByForwardTable"
        )

    return NatGateway.of(
        row,
        ip_lists=[shown(each) for each in eips_bound_to(tx, row.nat_id)],
        snat_table_ids=[row.snat_table_id],
        forward_table_ids=[row.forward_table_id],
        full_nat_table_ids=[],
        tags=tag_list(NAT_GATEWAY.tags_of(tx, row)),
    )


@operation(
    VPC,
    "GetNatGatewayAttribute",
    gateway=HERE,
    on=NAT_GATEWAY.by(nat_gateway_id=fields.NatId),
    reads_only=True,
)
def get_nat_gateway_attribute(ctx: Context, row: NatRow) -> Attribute:
    """Describe one gateway, and how many entries its tables have."""
    used = _used(ctx.tx, row)
    eips: list[EipRow] = eips_bound_to(ctx.tx, row.nat_id)
    return Attribute.of(
        row,
        snat_table=SnatTable(
            snat_table_id=row.snat_table_id, snat_entry_count=len(snats_of(ctx.tx, row.nat_id))
        ),
        forward_table=ForwardTable(
            forward_table_id=row.forward_table_id,
            forward_entry_count=len(forwards_of(ctx.tx, row.nat_id)),
        ),
        ip_list=[BoundEip.of(each, using_status=used.get(each.address, "Idle")) for each in eips],
    )
