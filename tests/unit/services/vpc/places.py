"""A VPC with a vSwitch and interfaces, made of rows: what public addresses are bound to."""

from typing import Any

from tests.local import Caller

from juyong.base.ids import new_instance_id
from juyong.services.network.addresses import take_address
from juyong.services.network.tables import InterfaceRow, VpcRow, VSwitchRow
from juyong.store.transaction import Transaction

REGION = "cn-hangzhou"


class Place:
    """One VPC of 10.0.0.0/8 with the vSwitch 10.1.0.0/24, or another block."""

    def __init__(self, call: Caller, vswitch: str = "10.1.0.0/24", region: str = REGION) -> None:
        self.call = call
        self.of_region: dict[str, Any] = {
            "account_id": call.account.account_id,
            "region": region,
            "created_at": call.local.clock(),
        }
        self.vpc_id, self.vswitch_id = new_instance_id("vpc"), new_instance_id("vsw")
        self.vpc = VpcRow(
            vpc_id=self.vpc_id,
            vpc_name="",
            description="",
            cidr="10.0.0.0/8",
            vrouter_id=new_instance_id("vrt"),
            table_id=new_instance_id("vtb"),
            **self.of_region,
        )
        self.vswitch = VSwitchRow(
            vswitch_id=self.vswitch_id,
            vpc_id=self.vpc_id,
            zone_id=f"{region}-b",
            vswitch_name="",
            description="",
            cidr=vswitch,
            table_id=self.vpc.table_id,
            **self.of_region,
        )
        self.insert(self.vpc, self.vswitch)

    def insert(self, *rows: object) -> None:
        """Store rows."""

        def store(tx: Transaction) -> None:
            for row in rows:
                tx.insert(row)

        self.call.local.running.store.call(store)

    def interface(self, instance_id: str = "", *, primary: bool = False) -> InterfaceRow:
        """Store an interface in the vSwitch, alone or of an instance."""

        def store(tx: Transaction) -> InterfaceRow:
            interface_id = new_instance_id("eni")
            row = InterfaceRow(
                interface_id=interface_id,
                vpc_id=self.vpc_id,
                vswitch_id=self.vswitch_id,
                zone_id=self.vswitch.zone_id,
                interface_name="",
                description="",
                mac="00:16:3e:00:00:01",
                address=take_address(tx, self.vswitch, interface_id),
                instance_id=instance_id,
                is_primary=primary,
                status="InUse" if instance_id else "Available",
                **self.of_region,
            )
            tx.insert(row)
            return row

        made: InterfaceRow = self.call.local.running.store.call(store)
        return made

    def instance(self) -> InterfaceRow:
        """Store the primary interface of a new instance."""
        return self.interface(new_instance_id("i"), primary=True)
