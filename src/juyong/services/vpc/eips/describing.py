"""EIPs described.

Source: VPC API reference, DescribeEipAddresses (documented); members that clients read (observed in
the official SDK and Terraform's provider). Assumed: EIPs are listed by the time of their making.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import NotSupported
from juyong.api.fields import Between, Doc, OneOf, Text
from juyong.api.listing import NumberedPage, PageNumber, numbered
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import TagParameter
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.network.asking import HERE, NO_GROUPS
from juyong.services.network.public.eip import EIP
from juyong.services.network.public.tables import EipRow, NatRow
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.describing_vpcs import shown_tags
from juyong.services.vpc.eips import fields
from juyong.services.vpc.naming import tagged
from juyong.services.vpc.product import PRODUCT as VPC

_MOST_IDS = 50
_NOT_KEPT = {
    **dict.fromkeys(("ISP", "LockReason", "IncludeReservationData"), fields.NOT_SOLD),
    **dict.fromkeys(
        ("PublicIpAddressPoolId", "SegmentInstanceId"), "addresses are drawn one by one"
    ),
    "SecurityProtectionEnabled": "there is no Anti-DDoS in front of EIPs",
    "ServiceManaged": "no service makes EIPs here",
    **NO_GROUPS,
    "Filter": "a list is not cut by times",
}
Ids = Annotated[str, Text(1, 4096), Doc("Only these, up to 50 with commas between them.")]
Status = Annotated[
    str,
    OneOf(("Associating", "Unassociating", "InUse", "Available", "Releasing")),
    Doc("Only those of a status; EIPs here are `InUse` or `Available`."),
]


class LockReason(Shape, frozen=True, kw_only=True):
    """Why an EIP is locked; none is."""

    lock_reason: str


class Eip(Shape, frozen=True, kw_only=True):
    """An EIP in a list. Members about sales, pools and monitoring say that there are none.

    VpcId: Only of an EIP that is bound to a bare address, which none is (observed in Terraform's
    provider). AvailableRegions, Descritpion: Of an older edition, which Terraform's provider reads.
    """

    allocation_id: str
    ip_address: Annotated[str, Of("address")]
    status: str
    instance_id: Annotated[str, Of("bound_id")]
    instance_type: Annotated[str, Of("bound_type")]
    instance_region_id: str
    private_ip_address: Annotated[str, Of("shown_address")]
    mode: str
    region_id: Annotated[str, Of("region")]
    name: Annotated[str, Of("eip_name")]
    description: str
    older_description: Annotated[str, Of("description")] = msgspec.field(name="Descritpion")
    available_regions: Annotated[list[str], Within("AvailableRegion")]
    bandwidth: Annotated[str, Of("bandwidth", str)]
    eip_bandwidth: Annotated[str, Of("bandwidth", str)]
    internet_charge_type: str
    charge_type: str = "PostPaid"
    isp: str = msgspec.field(name="ISP", default="BGP")
    netmode: str = "public"
    business_status: str = "Normal"
    deletion_protection: bool
    vpc_id: str
    allocation_time: Annotated[str, Of("created_at", iso)]
    expired_time: str = ""
    has_reservation_data: str = "false"
    hd_monitor_status: str = msgspec.field(name="HDMonitorStatus", default="OFF")
    bandwidth_package_id: str = ""
    bandwidth_package_type: str = ""
    bandwidth_package_bandwidth: str = ""
    public_ip_address_pool_id: str = ""
    segment_instance_id: str = ""
    resource_group_id: str = ""
    second_limited: bool = False
    service_managed: int = 0
    zone: str = ""
    operation_locks: Annotated[list[LockReason], Within("LockReason")]
    security_protection_types: Annotated[list[str], Within("SecurityProtectionType")]
    tags: Annotated[list[TagParameter], Within("Tag")]


def _among(asked: str | None) -> frozenset[str] | None:
    """Return the values of a list with commas, of which the first 50 count; None for any."""
    return None if asked is None else frozenset(asked.split(",")[:_MOST_IDS])


@operation(
    VPC,
    "DescribeEipAddresses",
    gateway=HERE | CHECKED,
    on=EIP.all,
    unsupported=_NOT_KEPT,
    answers="EipAddresses.EipAddress",
    raises=(NotSupported,),
    reads_only=True,
    scans=True,
)
def describe_eip_addresses(
    ctx: Context,
    *,
    allocation_id: Ids | None = None,
    eip_address: Ids | None = None,
    eip_name: Annotated[str, Doc("Only those of a name.")] | None = None,
    associated_instance_id: Annotated[str, Doc("Only those bound to it.")] | None = None,
    associated_instance_type: Annotated[str, Doc("Only those bound to such a resource.")]
    | None = None,
    charge_type: fields.ChargeType = "PostPaid",
    status: Status | None = None,
    tag: TagFilter | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 10,
) -> Listing[Eip, NumberedPage]:
    """List the EIPs of a region; ids and addresses that no EIP has are passed over."""
    fields.refuse_prepaid(charge_type)
    ids, addresses = _among(allocation_id), _among(eip_address)
    rows = [
        row
        for row in ctx.tx.find(
            EipRow,
            order=("created_at", "allocation_id"),
            account_id=ctx.account_id,
            region=ctx.region,
        )
        if (ids is None or row.allocation_id in ids)
        and (addresses is None or row.address in addresses)
        and eip_name in (None, row.eip_name)
        and associated_instance_id in (None, row.bound_id)
        and associated_instance_type in (None, row.bound_type)
        and status in (None, row.status)
    ]

    def shown(row: EipRow) -> Eip:
        nat = ctx.tx.get(NatRow, row.bound_id) if row.bound_id else None
        return Eip.of(
            row,
            instance_region_id=row.region if row.bound_id else "",
            mode=nat.bind_mode if nat else "NAT",
            available_regions=[row.region],
            vpc_id="",
            operation_locks=[],
            security_protection_types=[],
            tags=shown_tags(EIP.tags_of(ctx.tx, row)),
        )

    found = tagged(ctx, EIP, rows, tag)
    return numbered(found, page_number, page_size).map(shown)
