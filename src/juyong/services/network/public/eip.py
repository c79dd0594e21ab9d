"""The EIP as a resource: how calls name one, what the inventory keeps, and how one is unbound."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.resource import Quota, Resource
from juyong.api.shape import Of, Shape
from juyong.base.clock import iso
from juyong.services.network.addresses import give_back
from juyong.services.network.public.eips import FREE, eips_bound_to, eips_of_interface
from juyong.services.network.public.tables import EipRow
from juyong.services.network.tags import RULES

NoEip = fact(
    "InvalidAllocationId.NotFound",
    404,
    "Specified allocation ID is not found.",
    why="The region has no such EIP.",
)
TooManyEips = fact(
    "QuotaExceeded.Eip",
    400,
    "Elastic IP address quota exceeded.",
    why="The region holds the quota `vpc.eips`.",
)
NoAddressLeft = fact(
    "ReserveIpFail",
    400,
    "Reserve eip failed.",
    why="All addresses of the setting `eip_blocks` are taken.",
)


class EipState(Shape, frozen=True, kw_only=True):
    """The inventory's state of an EIP."""

    allocation_id: str
    ip_address: Annotated[str, Of("address")]
    name: Annotated[str, Of("eip_name")]
    description: str
    status: str
    bandwidth: Annotated[str, Of("bandwidth", str)]
    internet_charge_type: str
    instance_type: Annotated[str, Of("bound_type")]
    instance_id: Annotated[str, Of("bound_id")]
    network_interface_id: Annotated[str, Of("interface_id")]
    private_ip_address: Annotated[str, Of("private_address")]
    vpc_id: str
    deletion_protection: bool
    region_id: Annotated[str, Of("region")]
    allocation_time: Annotated[str, Of("created_at", iso)]


def find_eip(ctx: Context, allocation_id: str) -> EipRow | None:
    """Return an EIP of the account in the region called, or None."""
    row = ctx.tx.get(EipRow, allocation_id)
    is_own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
    return row if is_own else None


EIP: Resource[EipRow] = Resource(
    kind="ACS::EIP::EipAddress",
    row=EipRow,
    id="allocation_id",
    name="allocation_id",
    arn="vpc:eip/",
    regional=True,
    find=find_eip,
    missing=NoEip,
    taken=NoAddressLeft,
    quota=Quota("vpc.eips", TooManyEips),
    state=EipState,
    tags=RULES,
)


def unbind(ctx: Context, row: EipRow) -> EipRow:
    """Make an EIP free; the address that it took of a NAT gateway's vSwitch is given back."""
    give_back(ctx.tx, row.allocation_id)
    return EIP.change(ctx, row, **FREE)


def unbind_all(ctx: Context, resource_id: str) -> None:
    """Make all EIPs free that are bound to an instance, an interface or a NAT gateway.

    Source: ECS API reference, DeleteInstance: the EIP is unbound, and not released (documented).
    """
    found = {row.allocation_id: row for row in eips_bound_to(ctx.tx, resource_id)}
    found |= {row.allocation_id: row for row in eips_of_interface(ctx.tx, resource_id)}
    for row in found.values():
        unbind(ctx, row)
