"""The things in a VPC or a vSwitch that keep it from being deleted.

Source: VPC API reference, error tables of DeleteVpc and DeleteVSwitch (documented); the codes for
route tables and network ACLs (observed in the Terraform provider).
"""

from typing import Any

from juyong.api.errors import ApiError, fact
from juyong.services.network.acls.tables import AclRow
from juyong.services.network.peering.peerings import peerings_of_vpc
from juyong.services.network.public.nats import nats_in_vswitch, snats_of_vswitch
from juyong.services.network.public.tables import NatRow
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
from juyong.services.network.tables import AddressRow, GroupRow, VpcRow, VSwitchRow
from juyong.store.transaction import Transaction


def _has(what: str, why: str, text: str = "Specified object has dependent resources") -> Any:
    return fact(f"DependencyViolation.{what}", 400, text, why=why)


HasVSwitch = _has("VSwitch", "The VPC has a vSwitch.")
HasGroup = _has(
    "SecurityGroup",
    "The VPC has a security group.",
    "Specified object has dependent resources SecurityGroup.",
)
HasNat = _has(
    "NatGateway",
    "The VPC has a NAT gateway.",
    "Specified object has dependent resources NatGateway.",
)
HasRoute = _has("RouteEntry", "The VPC has a custom route entry.")
HasTable = _has("RouteTable", "The VPC has a custom route table, or one is bound to the vSwitch.")
HasAcl = _has("NetworkAcl", "The VPC has a network ACL, or one is bound to the vSwitch.")
HasPeering = _has("VpcPeer", "The VPC has a peering connection.")
HasNatInside = _has("EnhancedNatgw", "A NAT gateway is in the vSwitch.")
HasSnat = _has("SnatEntry", "An SNAT entry has the vSwitch as its source.")
HasAddress = fact(
    "DependencyViolation",
    400,
    "Specified object has dependent resources.",
    why="An address of the vSwitch is in use.",
)
_OF_VPC: tuple[tuple[type[Any], dict[str, str], type[ApiError]], ...] = (
    (RouteRow, {}, HasRoute),
    (NatRow, {}, HasNat),
    (VSwitchRow, {}, HasVSwitch),
    (GroupRow, {}, HasGroup),
    (RouteTableRow, {"kind": "Custom"}, HasTable),
    (AclRow, {}, HasAcl),
)
"""Rows with a `vpc_id`, which of them count, and the error while there are any."""
IN_THE_WAY = (*(error for _, _, error in _OF_VPC), HasPeering)
"""The errors of `refuse_used_vpc`."""
IN_THE_WAY_OF_VSWITCH = (HasAcl, HasTable, HasNatInside, HasSnat, HasAddress)
"""The errors of `refuse_used_vswitch`."""


def refuse_used_vpc(tx: Transaction, vpc: VpcRow) -> None:
    """Refuse to delete a VPC that something is in.

    Raises:
        ApiError: of IN_THE_WAY.
    """
    for row_type, which, error in _OF_VPC:
        if tx.find_one(row_type, vpc_id=vpc.vpc_id, **which) is not None:
            raise error
    if peerings_of_vpc(tx, vpc.vpc_id):
        raise HasPeering


def refuse_used_vswitch(tx: Transaction, vswitch: VSwitchRow) -> None:
    """Refuse to delete a vSwitch that something is in or bound to.

    Raises:
        ApiError: of IN_THE_WAY_OF_VSWITCH.
    """
    if vswitch.acl_id:
        raise HasAcl
    table = tx.get(RouteTableRow, vswitch.table_id)
    if table is not None and table.kind == "Custom":
        raise HasTable
    if nats_in_vswitch(tx, vswitch.vswitch_id):
        raise HasNatInside
    if snats_of_vswitch(tx, vswitch.vswitch_id):
        raise HasSnat
    if tx.find_one(AddressRow, vswitch_id=vswitch.vswitch_id) is not None:
        raise HasAddress
