"""The peering connections of VPCs, as routes, VPCs and the picture of all networks ask for them.

Source: VPC peering documentation: statuses, and that a request may be accepted for seven days
(documented).
"""

from juyong.services.network.peering.tables import PeeringRow
from juyong.store.transaction import Transaction

ACCEPTING, ACTIVATED, REJECTED, EXPIRED = "Accepting", "Activated", "Rejected", "Expired"


def pair_of(one: str, other: str) -> str:
    """Return the name of the two VPCs that a connection joins, the same whichever VPC asked."""
    return " ".join(sorted((one, other)))


def other_vpc(row: PeeringRow, vpc_id: str) -> str:
    """Return the VPC at the other end; empty for a VPC that is at neither."""
    if row.vpc_id == vpc_id:
        return row.accepting_vpc_id
    return row.vpc_id if row.accepting_vpc_id == vpc_id else ""


def peerings_of_vpc(tx: Transaction, vpc_id: str) -> list[PeeringRow]:
    """Return the connections that have a VPC at one end."""
    return [
        *tx.find(PeeringRow, vpc_id=vpc_id),
        *tx.find(PeeringRow, accepting_vpc_id=vpc_id),
    ]
