"""Networks that tests of ECS and VPC begin with."""

from typing import Any

from tests.local import Caller

from juyong.base.ids import new_instance_id
from juyong.services.network.addresses import take_address
from juyong.services.network.tables import InterfaceRow, VSwitchRow
from juyong.store.transaction import Transaction

ZONE, OTHER_ZONE = "cn-hangzhou-h", "cn-hangzhou-i"


def new_vpc(call: Caller, cidr: str = "10.0.0.0/8", **params: Any) -> str:
    """Make a VPC and return its id."""
    return str(call("Vpc", "CreateVpc", CidrBlock=cidr, **params)["VpcId"])


def new_vswitch(
    call: Caller, vpc_id: str, cidr: str | None = "10.1.0.0/16", zone: str = ZONE, **params: Any
) -> str:
    """Make a vSwitch and return its id."""
    given = {"VpcId": vpc_id, "CidrBlock": cidr, "ZoneId": zone, **params}
    return str(call("Vpc", "CreateVSwitch", **given)["VSwitchId"])


def new_interface(
    call: Caller, vswitch_id: str, instance_id: str = "", *, primary: bool = False
) -> InterfaceRow:
    """Store an interface with an address of a vSwitch, alone or of an instance."""

    def store(tx: Transaction) -> InterfaceRow:
        vswitch = tx.get(VSwitchRow, vswitch_id)
        assert vswitch is not None
        interface_id = new_instance_id("eni")
        row = InterfaceRow(
            interface_id=interface_id,
            account_id=vswitch.account_id,
            region=vswitch.region,
            vpc_id=vswitch.vpc_id,
            vswitch_id=vswitch_id,
            zone_id=vswitch.zone_id,
            interface_name="",
            description="",
            mac="00:16:3e:00:00:01",
            address=take_address(tx, vswitch, interface_id),
            instance_id=instance_id,
            is_primary=primary,
            status="InUse" if instance_id else "Available",
            created_at=call.local.clock(),
        )
        tx.insert(row)
        return row

    return call.local.running.store.call(store)
