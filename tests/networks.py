"""A small network for tests of ECS: two VPCs of an account, each with a vSwitch and a group."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_instance_id
from juyong.services.network.tables import GroupRow, VpcRow, VSwitchRow
from juyong.store.transaction import Transaction

REGION = "cn-hangzhou"
ZONE = f"{REGION}-h"


@dataclass(frozen=True)
class Net:
    """One VPC with one vSwitch and one security group."""

    vpc_id: str
    vswitch_id: str
    group_id: str


def lay(
    tx: Transaction,
    account_id: AccountId,
    now: Instant,
    *,
    cidr: str = "10.0.0.0/24",
    zone: str = ZONE,
    vpc_id: str = "",
    kind: str = "normal",
) -> Net:
    """Store a VPC with a vSwitch, or a further vSwitch of a VPC, and a group."""
    net = Net(vpc_id or new_instance_id("vpc"), new_instance_id("vsw"), new_instance_id("sg"))
    of = {"account_id": account_id, "region": REGION, "created_at": now, "vpc_id": net.vpc_id}
    known = tx.get(VpcRow, vpc_id) if vpc_id else None
    table_id = known.table_id if known is not None else new_instance_id("vtb")
    if known is None:
        named = {"vpc_name": "", "description": "", "vrouter_id": "vrt-1"}
        tx.insert(VpcRow(**of, **named, table_id=table_id, cidr="10.0.0.0/8"))
    tx.insert(
        VSwitchRow(
            **of,
            vswitch_id=net.vswitch_id,
            zone_id=zone,
            vswitch_name="",
            description="",
            cidr=cidr,
            table_id=table_id,
        )
    )
    tx.insert(
        GroupRow(
            **of,
            group_id=net.group_id,
            group_name="",
            description="",
            kind=kind,
            inner_access=True,
        )
    )
    return net
